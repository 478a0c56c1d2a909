"""`az aks kubenet create`: az's own create, after the rules have been judged. Network IO is in `arm` and `cluster`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv6Network, NetmaskValueError
from typing import TYPE_CHECKING, Any, Final

from knack.log import get_logger

from .arguments import SUBNET_TYPE, ClusterArguments, UsageError, parse_cluster, parse_codes, parse_id
from .arm.assemble import GatherRequest, with_preparation
from .arm.gather import Gathered
from .cluster import Named, create_managed_cluster, managed_cluster_body, refuse_existing
from .core import limits
from .core.caller_rights import refuse_without_rights
from .core.cluster_request import ClusterRequest
from .core.grants import RoleChoice
from .core.model import IdentityKind, Snapshot
from .core.prepare import Intent, PrepareRequest, decide_prepare
from .core.prepared import as_prepared
from .core.resource_id import ResourceId, resource_id
from .core.rule import Report, Stage, Status, evaluate
from .core.rules import all_rules
from .custom import CLUSTER_TYPE, IDENTITY_TYPE, parse_next_hop, prepare_request
from .inherited import create_signature, refuse_unsupported
from .render.prepare import prepare_command
from .render.report import printable, render_report
from .session import Session, confirm, exit_with_findings, parse_timeout, sign_in, today

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

logger = get_logger(__name__)

OWN_ARGUMENTS: Final = (
    "skip_validation",
    "prepare",
    "route_table",
    "default_route_next_hop",
    "role",
    "role_propagation_timeout",
    "dry_run",
    "on_premises_ranges",
    "ignore",
    "max_surge",
    "internal_load_balancers",
    "return_at_once",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What was decided before the first write; `intent` is None without `--prepare`."""

    report: Report
    state: Gathered
    intent: Intent | None


def kubenet_create(cmd: AzCliCommand, client: Any, resource_group_name: str, name: str, **given: Any) -> Any:
    """Judge, then create: the report where an error was found, else what `az aks create` returns."""
    own = {each: given.pop(each, None) for each in OWN_ARGUMENTS}
    given["no_wait"] = bool(own["return_at_once"])
    refuse_unsupported(given)
    timeout, ignored = parse_timeout(own["role_propagation_timeout"]), parse_codes(own["ignore"])
    text = given.get("vnet_subnet_id")
    subnet_id = parse_id(text, "--vnet-subnet-id", SUBNET_TYPE) if text else None
    session = sign_in(cmd)
    cluster_id = resource_id(session.subscription, resource_group_name, CLUSTER_TYPE, name)
    wanted = wanted_cluster(given, own, cluster_id)
    preparation = _preparation(given, own, cluster_id, subnet_id)
    arguments = {**given, "resource_group_name": resource_group_name, "name": name}
    if preparation is not None:
        arguments["assign_identity"] = str(preparation.identity_id)
    judged = _judge(session, wanted, subnet_id, preparation, ignored, skip=bool(own["skip_validation"]))
    if judged.report.errors or own["dry_run"]:
        exit_with_findings(cmd, judged.report)
        report = render_report(judged.report, subnet_id)
        if not own["dry_run"]:
            return report
        body = None if judged.report.errors else managed_cluster_body(cmd, client, arguments)
        return {"report": report, "managedCluster": body}
    cluster = Named(group=resource_group_name, name=name, subscription=cmd.cli_ctx.data.get("subscription_id"))
    _say_warnings(judged.report)
    if judged.intent is not None and preparation is not None:
        refuse_existing(client, cluster)
        again = prepare_command(preparation, *(["--yes"] if given.get("yes") else []))
        _prepare(session, judged.intent, judged.state, yes=bool(given.get("yes")), resume_command=again)
    result = create_managed_cluster(cmd, client, arguments, cluster, session.reporter, timeout=timeout)
    no_wait = bool(given.get("no_wait"))
    _say_next(cluster, waited=not no_wait)
    return None if no_wait else result


kubenet_create.__signature__ = create_signature(OWN_ARGUMENTS)  # type: ignore[attr-defined] # read by inspect


def wanted_cluster(given: Mapping[str, Any], own: Mapping[str, Any], cluster_id: ResourceId) -> ClusterRequest:
    """The cluster that the arguments of `az aks create` and our own describe."""
    count = given.get("node_count")
    max_count = given.get("max_count") if given.get("enable_cluster_autoscaler") else None
    arguments = ClusterArguments(
        node_count=count,
        max_count=None if max_count is None else str(max(max_count, count or 0)),
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
        ipv6_pod_cidrs=_ipv6(given.get("pod_cidrs"), "--pod-cidrs"),
        ipv6_service_cidrs=_ipv6(given.get("service_cidrs"), "--service-cidrs"),
        addons=_addons(given),
        network_dataplane=given.get("network_dataplane"),
        private_cluster=bool(given.get("enable_private_cluster")),
        kubelet_identity_id=_identity_id(given.get("assign_kubelet_identity"), "--assign-kubelet-identity"),
        **_control_plane(given, own),
    )


def _texts(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _addons(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The addons by name; Application Gateway for Containers has a flag of its own on newer azure-cli."""
    alone = ("application-load-balancer",) if given.get("enable_application_load_balancer") else ()
    return (*_texts(given.get("enable_addons")), *alone)


def _ipv6(value: Any, option: str) -> tuple[IPv6Network, ...]:
    try:
        return tuple(IPv6Network(text) for text in _texts(value) if ":" in text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise UsageError(f"{option}: {error}.", "Give an IPv6 prefix such as 'fd12:3456:789a::/64'.") from error


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
            raise UsageError(f"--{alone.replace('_', '-')} goes with --prepare.", "Add --prepare, or leave it away.")
        return None
    if subnet_id is None:
        raise UsageError("--prepare has no subnet to prepare.", "Add --vnet-subnet-id.")
    if given.get("service_principal"):
        raise UsageError("--prepare gives the cluster an identity.", "Leave --service-principal away.")
    return prepare_request(
        cluster_id=cluster_id,
        subnet_id=subnet_id,
        identity=given.get("assign_identity"),
        route_table=own["route_table"],
        role=RoleChoice(own["role"] or RoleChoice.NETWORK_CONTRIBUTOR.value),
        location=given.get("location"),
        default_route_next_hop=parse_next_hop(own["default_route_next_hop"]),
        tags=(),
    )


def _judge(
    session: Session,
    wanted: ClusterRequest,
    subnet_id: ResourceId | None,
    preparation: PrepareRequest | None,
    ignored: frozenset[str],
    *,
    skip: bool,
) -> _Judged:
    """One snapshot; the rules on it, with `--prepare` on the snapshot as its Changes would leave it."""
    nothing = Gathered(snapshot=Snapshot())
    if skip and preparation is None:
        return _Judged(report=Report(findings=()), state=nothing, intent=None)
    state = nothing if subnet_id is None else session.state(_gather_request(wanted, subnet_id, preparation))
    snapshot, intent = state.snapshot, None
    if wanted.location is None and isinstance(snapshot.group_location, str):
        wanted = replace(wanted, location=snapshot.group_location)
    if preparation is not None:
        intent = decide_prepare(preparation, snapshot)
        refuse_without_rights(intent.changes, snapshot)
        wanted = replace(wanted, identity_id=intent.identity_id)
        snapshot = as_prepared(intent, snapshot)
    report = Report(findings=())
    if not skip:
        report = evaluate(
            all_rules(), cluster=wanted, snapshot=snapshot, today=today(), stage=Stage.CREATE, ignore=ignored
        )
    return _Judged(report=report, state=state, intent=intent)


def _gather_request(wanted: ClusterRequest, subnet_id: ResourceId, preparation: PrepareRequest | None) -> GatherRequest:
    assert wanted.cluster_id is not None  # noqa: S101 - create always knows the cluster's id
    request = GatherRequest(
        subnet_id=subnet_id,
        identity_id=wanted.identity_id,
        kubelet_identity_id=wanted.kubelet_identity_id,
        located_group_id=None if wanted.location else wanted.cluster_id.resource_group_id,
    )
    return request if preparation is None else with_preparation(request, preparation)


def _prepare(session: Session, intent: Intent, state: Gathered, *, yes: bool, resume_command: str) -> None:
    """Make the Changes; that Azure enforces the roles is what the creation itself waits for."""
    from .arm.apply import apply_changes

    if intent.asks and not yes:
        confirm(intent.asks)
    apply_changes(session.client, intent.changes, state.documents, session.reporter, resume_command=resume_command)


def _say_warnings(report: Report) -> None:
    for finding in report.warnings:
        logger.warning("%s: %s", finding.rule.code, printable(finding.message))
    if any(finding.status is Status.UNKNOWN for finding in report.counted):
        logger.warning("Not everything could be checked; 'az aks kubenet validate-subnet' tells what and why.")
    left = max((limits.RETIREMENT - today()).days, 0)
    logger.warning("kubenet on AKS is unsupported from %s: %d days left.", limits.RETIREMENT.isoformat(), left)


def _say_next(cluster: Named, *, waited: bool) -> None:
    words = ("get-credentials",) if waited else ("kubenet", "wait", "--created")
    logger.warning("Next: %s", cluster.az_command(*words))
