"""What a preparation is asked for, with the ids of what it names or makes. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from ..core.azure.identity_kind import IdentityKind
from ..core.azure.networks import Subnet
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import IDENTITY_TYPE, PRIVATE_DNS_ZONE_TYPE, ROUTE_TABLE_TYPE, SUBNET_TYPE
from .cluster import ClusterArguments, parse_cluster
from .validate import in_subnets
from .values import (
    UsageError,
    parse_address,
    parse_cluster_id,
    parse_codes,
    parse_id,
    parse_name_or_id,
    parse_subnet_id,
)

if TYPE_CHECKING:
    from ..core.changes.prepare import PrepareRequest
    from ..core.clusters.request import ClusterRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareArguments(ClusterArguments):
    """What `prepare` is to make, and the cluster that it is for, as typed."""

    resource_group_name: str
    cluster_name: str
    vnet_subnet_id: str | None = None
    vnet_name: str | None = None
    subnet_name: str | None = None
    location: str | None = None
    identity: str | None = None
    assign_kubelet_identity: str | None = None
    route_table: str | None = None
    no_route_table: bool = False
    role: str = "network-contributor"
    default_route_next_hop: str | None = None
    tags: Mapping[str, str] | None = None
    private_dns_zone: str | None = None
    apiserver_subnet_id: str | None = None


def parse_prepare(arguments: PrepareArguments, *, subscription: str) -> PrepareRequest:
    """The request of `prepare`; names without an id are in `subscription`."""
    from ..core.changes.role_grants import RoleChoice

    group = arguments.resource_group_name
    _refuse_beside_no_table(arguments)
    subnet_id = parse_subnet_id(
        vnet_subnet_id=arguments.vnet_subnet_id,
        group=group,
        vnet_name=arguments.vnet_name,
        subnet_name=arguments.subnet_name,
        subscription=subscription,
    )
    cluster_id = parse_cluster_id(arguments.cluster_name, group=group, subscription=subscription)
    request = parse_preparation(
        cluster_id=cluster_id,
        subnet_id=subnet_id,
        identity=arguments.identity,
        route_table=arguments.route_table,
        without_route_table=arguments.no_route_table,
        role=RoleChoice(arguments.role),
        location=arguments.location,
        default_route_next_hop=parse_next_hop(arguments.default_route_next_hop),
        tags=tuple((arguments.tags or {}).items()),
        private_cluster=arguments.private_dns_zone is not None,
        **parse_private_dns_zone(arguments.private_dns_zone),
        api_server_subnet_id=parse_api_server_subnet_id(arguments.apiserver_subnet_id),
    )
    return replace(request, wanted=_described(arguments, request))


def _described(arguments: PrepareArguments, request: PrepareRequest) -> ClusterRequest | None:
    """The cluster that was described; None where nothing says what it will be."""
    kubelet = arguments.assign_kubelet_identity
    parse_codes(arguments.ignore)  # a usage error, whatever is judged
    of_cluster = (getattr(arguments, each.name) for each in fields(ClusterArguments) if each.name != "ignore")
    if kubelet is None and not any(of_cluster):
        return None
    wanted = parse_cluster(
        arguments,
        location=arguments.location,
        cluster_id=request.cluster_id,
        identity_kind=IdentityKind.USER_ASSIGNED,
        identity_id=request.identity_id,
        kubelet_identity_id=None if kubelet is None else parse_id(kubelet, "--assign-kubelet-identity", IDENTITY_TYPE),
        private_cluster=request.private_cluster,
        private_dns_zone_id=request.private_dns_zone_id,
        public_dns_only=request.public_dns_only,
        api_server_subnet_id=request.api_server_subnet_id,
    )
    wanted, _ = in_subnets(wanted, request.subnet_id, runs=False)
    if not wanted.pools_in(Subnet(name="", address_prefixes=(), id=request.subnet_id)):
        raise UsageError(
            f"--nodepool: no pool is in subnet '{request.subnet_id.name}', which is to be prepared.",
            "Omit subnet= for the pool that is, or prepare the subnet of the first pool.",
        )
    return wanted


def _refuse_beside_no_table(arguments: PrepareArguments) -> None:
    """What `--no-route-table` cannot be together with."""
    beside = (
        ("--route-table", arguments.route_table is not None, "names a table"),
        ("--default-route-next-hop", arguments.default_route_next_hop is not None, "is a route in that table"),
        ("--role", arguments.role == "least-privilege", "least-privilege may not attach AKS's own table to the subnet"),
    )
    for option, is_given, why in beside:
        if arguments.no_route_table and is_given:
            raise UsageError(f"{option} {why}, and --no-route-table makes none.", f"Omit {option} or --no-route-table.")


def parse_preparation(
    *, cluster_id: ResourceId, identity: str | None, route_table: str | None, **further: Any
) -> PrepareRequest:
    """The request with its ids; names are in the cluster's group, and what is not named gets the cluster's name.

    `further` are fields of PrepareRequest that are known from elsewhere.
    """
    from ..core.changes.prepare import (
        PrepareRequest,  # only now: commands are loaded together, and plan does without it
    )

    def named(text: str | None, option: str, resource_type: str, suffix: str) -> ResourceId:
        return parse_name_or_id(
            text or f"{cluster_id.name}-{suffix}",
            option,
            resource_type,
            subscription=cluster_id.subscription_id,
            group=cluster_id.resource_group,
        )

    return PrepareRequest(
        cluster_id=cluster_id,
        identity_id=named(identity, "--identity", IDENTITY_TYPE, "identity"),
        identity_given=identity is not None,
        route_table_id=named(route_table, "--route-table", ROUTE_TABLE_TYPE, "routes"),
        route_table_given=route_table is not None,
        **further,
    )


def parse_private_dns_zone(text: str | None) -> dict[str, Any]:
    """What `--private-dns-zone` says of the names of a private cluster, as fields of requests."""
    if text is None or text.lower() in ("system", "none"):
        return {"private_dns_zone_id": None, "public_dns_only": (text or "").lower() == "none"}
    return {
        "private_dns_zone_id": parse_id(text, "--private-dns-zone", PRIVATE_DNS_ZONE_TYPE),
        "public_dns_only": False,
    }


def parse_api_server_subnet_id(text: str | None) -> ResourceId | None:
    """The subnet of `--apiserver-subnet-id`."""
    return parse_id(text, "--apiserver-subnet-id", SUBNET_TYPE) if text else None


def parse_next_hop(text: str | None) -> IPv4Address | None:
    """The appliance of `--default-route-next-hop`."""
    return None if text is None else parse_address(text, "--default-route-next-hop")
