"""`az aks kubenet create`: az's own create, after the rules have been judged. Network IO is in `arm` and `cluster`."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Network
from typing import TYPE_CHECKING, Any, Final

from knack.log import get_logger

from .arguments import (
    SUBNET_TYPE,
    ClusterArguments,
    parse_cluster,
    parse_codes,
    parse_id,
)
from .cluster import create_managed_cluster, create_signature, refuse_unsupported
from .core import limits
from .core.cluster_request import ClusterRequest
from .core.model import IdentityKind, Snapshot
from .core.resource_id import ResourceId, resource_id
from .core.rule import Report, Stage, Verdict, evaluate
from .custom import CLUSTER_TYPE, IDENTITY_TYPE
from .session import Session, exit_with_findings, parse_timeout, sign_in, today

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

logger = get_logger(__name__)

OWN_ARGUMENTS: Final = (
    "skip_validation",
    "role_propagation_timeout",
    "on_premises_ranges",
    "ignore",
    "max_surge",
    "internal_load_balancers",
)


def kubenet_create(cmd: AzCliCommand, client: Any, resource_group_name: str, name: str, **given: Any) -> Any:
    """Judge, then create: the report where an error was found, else what `az aks create` returns."""
    own = {each: given.pop(each, None) for each in OWN_ARGUMENTS}
    refuse_unsupported(given)
    timeout = parse_timeout(own["role_propagation_timeout"])
    session = sign_in(cmd)
    cluster_id = resource_id(session.subscription, resource_group_name, CLUSTER_TYPE, name)
    wanted = wanted_cluster(given, own, cluster_id)
    subnet_text = given.get("vnet_subnet_id")
    subnet_id = parse_id(subnet_text, "--vnet-subnet-id", SUBNET_TYPE) if subnet_text else None
    if not own["skip_validation"]:
        report = _judge(session, wanted, subnet_id, parse_codes(own["ignore"]))
        if report.errors:
            from .render.report import render_report

            exit_with_findings(cmd, report)
            return render_report(report, subnet_id)
        _say_warnings(report)
    _say_retirement()
    arguments = {**given, "resource_group_name": resource_group_name, "name": name}
    try:
        result = create_managed_cluster(cmd, client, arguments, session.reporter, timeout=timeout)
    finally:
        session.reporter.done()
    return None if given.get("no_wait") else result


kubenet_create.__signature__ = create_signature(OWN_ARGUMENTS)  # type: ignore[attr-defined] # read by inspect


def wanted_cluster(given: Mapping[str, Any], own: Mapping[str, Any], cluster_id: ResourceId) -> ClusterRequest:
    """The cluster that the arguments of `az aks create` and our own describe."""
    count = given.get("node_count")
    autoscaled = bool(given.get("enable_cluster_autoscaler"))
    max_count = given.get("max_count") if autoscaled else None
    arguments = ClusterArguments(
        node_count=count,
        max_count=None if max_count is None else max(max_count, count or 0),
        max_pods=given.get("max_pods") or None,
        max_surge=own["max_surge"],
        internal_load_balancers=own["internal_load_balancers"],
        pod_cidr=given.get("pod_cidr"),
        service_cidr=given.get("service_cidr"),
        dns_service_ip=given.get("dns_service_ip"),
        outbound_type=given.get("outbound_type"),
        network_policy=given.get("network_policy"),
        on_premises_ranges=own["on_premises_ranges"],
    )
    return parse_cluster(
        arguments,
        location=given.get("location"),
        cluster_id=cluster_id,
        ip_families=_texts(given.get("ip_families")) or ("IPv4",),
        ipv6_pod_cidrs=_ipv6(given.get("pod_cidrs")),
        ipv6_service_cidrs=_ipv6(given.get("service_cidrs")),
        addons=_texts(given.get("enable_addons")),
        network_dataplane=given.get("network_dataplane"),
        private_cluster=bool(given.get("enable_private_cluster")),
        kubelet_identity_id=_identity_id(given.get("assign_kubelet_identity"), "--assign-kubelet-identity"),
        **_control_plane(given),
    )


def _texts(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _ipv6(value: Any) -> tuple[IPv6Network, ...]:
    return tuple(IPv6Network(text) for text in _texts(value) if ":" in text)


def _identity_id(text: str | None, option: str) -> ResourceId | None:
    return parse_id(text, option, IDENTITY_TYPE) if text else None


def _control_plane(given: Mapping[str, Any]) -> dict[str, Any]:
    """Who the control plane will be: a user-assigned identity, a service principal, or the system's."""
    identity = _identity_id(given.get("assign_identity"), "--assign-identity")
    if identity is not None:
        return {"identity_kind": IdentityKind.USER_ASSIGNED, "identity_id": identity}
    kind = IdentityKind.SERVICE_PRINCIPAL if given.get("service_principal") else IdentityKind.SYSTEM_ASSIGNED
    return {"identity_kind": kind}


def _judge(session: Session, wanted: ClusterRequest, subnet_id: ResourceId | None, ignored: frozenset[str]) -> Report:
    from .arm.assemble import GatherRequest
    from .core.rules import all_rules

    snapshot = Snapshot()
    if subnet_id is not None:
        snapshot = session.state(
            GatherRequest(
                subnet_id=subnet_id,
                identity_id=wanted.identity_id,
                kubelet_identity_id=wanted.kubelet_identity_id,
            )
        ).snapshot
    return evaluate(all_rules(), cluster=wanted, snapshot=snapshot, today=today(), stage=Stage.CREATE, ignore=ignored)


def _say_warnings(report: Report) -> None:
    for finding in report.warnings:
        logger.warning("%s: %s", finding.rule.code, finding.message)
    if report.verdict is Verdict.READY_WITH_WARNINGS and not report.warnings:
        logger.warning("Some checks could not be made; see 'az aks kubenet validate-subnet'.")


def _say_retirement() -> None:
    left = max((limits.RETIREMENT - today()).days, 0)
    logger.warning("kubenet on AKS is unsupported from %s: %d days left.", limits.RETIREMENT.isoformat(), left)
