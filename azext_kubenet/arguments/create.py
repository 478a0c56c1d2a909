"""What the arguments of `az aks create` and our own ask for: a cluster, and what prepares its network. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from ..core.azure.identity_kind import IdentityKind
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import IDENTITY_TYPE, SUBNET_TYPE
from ..core.changes.prepare import PrepareRequest
from ..core.changes.role_grants import RoleChoice
from ..core.clusters.request import ClusterRequest
from .cluster import ClusterArguments, parse_cluster
from .prepare import parse_api_server_subnet_id, parse_next_hop, parse_preparation, parse_private_dns_zone
from .refuse_unsupported import refuse_unsupported
from .values import (
    UsageError,
    parse_cidr,
    parse_cluster_id,
    parse_id,
    parse_security_group_ids,
    parse_timeout,
)

OWN_ARGUMENTS: Final = (
    "skip_validation",
    "prepare",
    "route_table",
    "default_route_next_hop",
    "role",
    "role_propagation_timeout",
    "dry_run",
    "if_not_exists",
    "on_premises_ranges",
    "ignore",
    "max_surge",
    "internal_load_balancers",
    "return_at_once",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What one run is asked for; `given` is what azure-cli's own function takes, `role_timeout` is in seconds.

    `subnet_id` is None where AKS makes the network, `preparation` without `--prepare`.
    """

    cluster_id: ResourceId
    wanted: ClusterRequest
    subnet_id: ResourceId | None
    preparation: PrepareRequest | None
    given: Mapping[str, Any]
    role_timeout: int
    skip_validation: bool
    dry_run: bool
    if_not_exists: bool

    @property
    def identity_id(self) -> ResourceId | None:
        """The user-assigned identity that the cluster will have, given or to be made."""
        return self.wanted.identity_id if self.preparation is None else self.preparation.identity_id

    @property
    def yes(self) -> bool:
        return bool(self.given.get("yes"))

    @property
    def no_wait(self) -> bool:
        return bool(self.given.get("no_wait"))


def parse_creation(arguments: Mapping[str, Any], *, group: str, name: str, subscription: str) -> Creation:
    """Read all that `az aks kubenet create` takes; UsageError for what kubenet cannot do and what cannot be read."""
    own = {each: arguments.get(each) for each in OWN_ARGUMENTS}
    given = {each: value for each, value in arguments.items() if each not in OWN_ARGUMENTS}
    refuse_unsupported(given)
    role_timeout = parse_timeout(own["role_propagation_timeout"])
    text = given.get("vnet_subnet_id")
    subnet_id = parse_id(text, "--vnet-subnet-id", SUBNET_TYPE) if text else None
    cluster_id = parse_cluster_id(name, group=group, subscription=subscription)
    wanted = wanted_cluster(given, own, cluster_id)
    preparation = _preparation(given, own, cluster_id, subnet_id)
    if preparation is not None:
        given["assign_identity"] = str(preparation.identity_id)
    return Creation(
        cluster_id=cluster_id,
        wanted=wanted,
        subnet_id=subnet_id,
        preparation=preparation,
        given={**given, "resource_group_name": group, "name": name, "no_wait": bool(own["return_at_once"])},
        role_timeout=role_timeout,
        skip_validation=bool(own["skip_validation"]),
        dry_run=bool(own["dry_run"]),
        if_not_exists=bool(own["if_not_exists"]),
    )


def wanted_cluster(given: Mapping[str, Any], own: Mapping[str, Any], cluster_id: ResourceId) -> ClusterRequest:
    """The cluster that the arguments of `az aks create` and our own describe."""
    count = given.get("node_count")
    max_count = given.get("max_count") if given.get("enable_cluster_autoscaler") else None
    pods_ipv4, pods_ipv6 = _ranges(given, "pod_cidr")
    services_ipv4, services_ipv6 = _ranges(given, "service_cidr")
    arguments = ClusterArguments(
        node_count=_as_typed(count),
        max_count=None if max_count is None else str(max(max_count, count or 0)),
        max_pods=_as_typed(given.get("max_pods") or None),
        max_surge=own["max_surge"],
        internal_load_balancers=own["internal_load_balancers"],
        pod_cidr=pods_ipv4,
        service_cidr=services_ipv4,
        dns_service_ip=given.get("dns_service_ip"),
        outbound_type=given.get("outbound_type"),
        network_policy=given.get("network_policy"),
        on_premises_ranges=own["on_premises_ranges"],
        ignore=own["ignore"],
    )
    return parse_cluster(
        arguments,
        location=given.get("location"),
        cluster_id=cluster_id,
        ip_families=_texts(given.get("ip_families")) or ("IPv4",),
        ipv6_pod_cidrs=pods_ipv6,
        ipv6_service_cidrs=services_ipv6,
        addons=_addons(given),
        network_dataplane=given.get("network_dataplane"),
        private_cluster=bool(given.get("enable_private_cluster")),
        api_server_subnet_id=parse_api_server_subnet_id(given.get("apiserver_subnet_id")),
        **parse_private_dns_zone(given.get("private_dns_zone")),
        node_provisioning_mode=given.get("node_provisioning_mode"),
        application_security_groups=parse_security_group_ids(given.get("nodepool_asg_ids")),
        application_gateway_subnet_id=_subnet_id(given.get("appgw_subnet_id"), "--appgw-subnet-id"),
        application_gateway_subnet_prefix=_optional_cidr(given.get("appgw_subnet_cidr"), "--appgw-subnet-cidr"),
        kubelet_identity_id=_identity_id(given.get("assign_kubelet_identity"), "--assign-kubelet-identity"),
        **_control_plane(given, own),
    )


def _as_typed(number: int | None) -> str | None:
    """A number that azure-cli has read already, as ClusterArguments takes it."""
    return None if number is None else str(number)


def _texts(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _addons(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The addons by name; Application Gateway for Containers has a flag of its own on newer azure-cli."""
    alone = ("application-load-balancer",) if given.get("enable_application_load_balancer") else ()
    return (*_texts(given.get("enable_addons")), *alone)


def _ranges(given: Mapping[str, Any], name: str) -> tuple[str | None, tuple[IPv6Network, ...]]:
    """The IPv4 range and the IPv6 ones, given as `--pod-cidr` or among `--pod-cidrs`, or as those of the services.

    azure-cli sends both options as they are. The service takes one range of each IP family, and nothing tells which it
    would take of two.
    Source: https://learn.microsoft.com/azure/aks/configure-dual-stack
    """
    option = f"--{name.replace('_', '-')}"
    texts = _texts(given.get(f"{name}s"))
    ipv4 = tuple(parse_cidr(text, f"{option}s") for text in texts if ":" not in text)
    ipv6 = tuple(_ipv6(text, f"{option}s") for text in texts if ":" in text)
    _refuse_second(ipv4, f"{option}s")
    _refuse_second(ipv6, f"{option}s")
    alone = given.get(name)
    if alone is None:
        return (str(ipv4[0]) if ipv4 else None), ipv6
    if ipv4 and parse_cidr(alone, option) != ipv4[0]:
        raise UsageError(
            f"{option} {alone} and {option}s {ipv4[0]} are two IPv4 ranges; a cluster takes one.",
            f"Omit {option}, or give the same range in both.",
        )
    return alone, ipv6


def _ipv6(text: str, option: str) -> IPv6Network:
    advice = "Give it in CIDR notation, such as 'fd12:3456:789a::/64'."
    if "/" not in text:
        raise UsageError(f"{option}: '{text}' is not an IPv6 prefix: it has no prefix length.", advice)
    try:
        return IPv6Network(text)
    except ValueError as error:
        raise UsageError(f"{option}: '{text}' is not an IPv6 prefix: {error}.", advice) from error


def _refuse_second(ranges: tuple[IPv4Network, ...] | tuple[IPv6Network, ...], option: str) -> None:
    if len(ranges) > 1:
        raise UsageError(
            f"{option}: {ranges[0]} and {ranges[1]} are both IPv{ranges[0].version}; a cluster takes one range of each "
            "IP family.",
            "Omit one of them.",
        )


def _subnet_id(text: str | None, option: str) -> ResourceId | None:
    return parse_id(text, option, SUBNET_TYPE) if text else None


def _optional_cidr(text: str | None, option: str) -> IPv4Network | None:
    return parse_cidr(text, option) if text else None


def _identity_id(text: str | None, option: str) -> ResourceId | None:
    return parse_id(text, option, IDENTITY_TYPE) if text else None


def _control_plane(given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Who the control plane will be: a user-assigned identity, a service principal, or the system's."""
    identity = _identity_id(given.get("assign_identity"), "--assign-identity")
    if identity is not None or own["prepare"]:
        return {"identity_kind": IdentityKind.USER_ASSIGNED, "identity_id": identity}
    kind = IdentityKind.SERVICE_PRINCIPAL if given.get("service_principal") else IdentityKind.SYSTEM_ASSIGNED
    return {"identity_kind": kind}


def _preparation(
    given: Mapping[str, Any], own: Mapping[str, Any], cluster_id: ResourceId, subnet_id: ResourceId | None
) -> PrepareRequest | None:
    """What `--prepare` asks for; its flags without it, or it without a subnet, are usage errors."""
    if not own["prepare"]:
        alone = next((each for each in ("route_table", "default_route_next_hop", "role") if own[each]), None)
        if alone is not None:
            raise UsageError(f"--{alone.replace('_', '-')} goes with --prepare.", "Add --prepare, or omit it.")
        return None
    if subnet_id is None:
        raise UsageError("--prepare has no subnet to prepare.", "Add --vnet-subnet-id.")
    if given.get("service_principal"):
        raise UsageError("--prepare gives the cluster an identity.", "Omit --service-principal.")
    return parse_preparation(
        cluster_id=cluster_id,
        subnet_id=subnet_id,
        identity=given.get("assign_identity"),
        route_table=own["route_table"],
        role=RoleChoice(own["role"] or RoleChoice.NETWORK_CONTRIBUTOR.value),
        location=given.get("location"),
        default_route_next_hop=parse_next_hop(own["default_route_next_hop"]),
        tags=(),
        private_cluster=bool(given.get("enable_private_cluster")),
        **parse_private_dns_zone(given.get("private_dns_zone")),
        api_server_subnet_id=parse_api_server_subnet_id(given.get("apiserver_subnet_id")),
    )
