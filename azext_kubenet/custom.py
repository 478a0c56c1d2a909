"""The commands, one thin function each: parse, gather, decide, apply, render. Network IO is in `arm` and `cluster`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from knack.log import get_logger

from .arguments import (
    UsageError,
    parse_cidr,
    parse_cidrs,
    parse_codes,
    parse_count,
    parse_id,
    parse_name_or_id,
    parse_subnet_id,
)
from .cluster_arguments import ClusterArguments, parse_cluster, takes
from .core.cluster_request import as_it_runs
from .core.model import IdentityKind, VirtualNetwork
from .core.resource_id import resource_id
from .core.resource_types import CLUSTER_TYPE, IDENTITY_TYPE, VIRTUAL_NETWORK_TYPE
from .core.rule import Stage, evaluate
from .session import confirm, exit_with_findings, parse_timeout, sign_in, today

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from .core.changes import Change

logger = get_logger(__name__)


@takes(ClusterArguments)
def kubenet_plan(
    cmd: AzCliCommand,
    vnet_address_prefixes: list[str] | None = None,
    used_prefixes: list[str] | None = None,
    peered_prefixes: list[str] | None = None,
    subnet_prefix: str | None = None,
    growth: str | None = None,
    need: list[str] | None = None,
    vnet_id: str | None = None,
    resource_group_name: str | None = None,
    vnet_name: str | None = None,
    **cluster: Any,
) -> dict[str, Any]:
    """Size the subnet and choose addresses; offline, unless a virtual network is named to be read."""
    from .core.comparison import Need
    from .core.plan import PlanRequest, plan_addresses, planned_snapshot
    from .core.rules import plan_rules
    from .render.plan import render_plan

    arguments = ClusterArguments(**cluster)
    ignored = parse_codes(arguments.ignore)
    request = PlanRequest(
        cluster=parse_cluster(arguments),
        address_prefixes=parse_cidrs(vnet_address_prefixes, "--vnet-address-prefixes"),
        used_prefixes=parse_cidrs(used_prefixes, "--used-prefixes"),
        peered_prefixes=parse_cidrs(peered_prefixes, "--peered-prefixes"),
        subnet_prefix=None if subnet_prefix is None else parse_cidr(subnet_prefix, "--subnet-prefix"),
        growth_percent=parse_count(growth or 0, "--growth"),
        needs=frozenset(Need(each) for each in need or ()),
    )
    network = _live_network(cmd, vnet_id, resource_group_name, vnet_name)
    plan = plan_addresses(replace(request, virtual_network=network))
    report = evaluate(
        plan_rules(),
        cluster=plan.cluster,
        snapshot=planned_snapshot(plan),
        today=today(),
        stage=Stage.PLAN,
        ignore=ignored,
    )
    exit_with_findings(cmd, report)
    return render_plan(plan, report)


def _live_network(
    cmd: AzCliCommand, vnet_id: str | None, group: str | None, vnet_name: str | None
) -> VirtualNetwork | None:
    """The virtual network that was named, read from Azure; None where none was."""
    if vnet_id is None and vnet_name is None:
        return None
    if vnet_id is not None and vnet_name is not None:
        raise UsageError("--vnet-id already names the network.", "Give --vnet-id or --vnet-name.")
    from .arm.parse import parse_virtual_network

    session = sign_in(cmd)
    identity = parse_name_or_id(
        vnet_id or str(vnet_name),
        "--vnet-id" if vnet_id else "--vnet-name",
        VIRTUAL_NETWORK_TYPE,
        subscription=session.subscription,
        group=group,
    )
    session.reporter.say("Reading the virtual network")
    try:
        return parse_virtual_network(session.client.get(str(identity)))
    finally:
        session.reporter.done()


@takes(ClusterArguments)
def kubenet_validate_subnet(
    cmd: AzCliCommand,
    vnet_subnet_id: str | None = None,
    resource_group_name: str | None = None,
    vnet_name: str | None = None,
    subnet_name: str | None = None,
    assign_identity: str | None = None,
    location: str | None = None,
    cluster_name: str | None = None,
    **cluster: Any,
) -> dict[str, Any]:
    """Read the real state around a subnet and judge it; writes nothing."""
    from .arm.assemble import GatherRequest
    from .core.rules import all_rules
    from .render.report import render_report

    arguments = ClusterArguments(**cluster)
    ignored = parse_codes(arguments.ignore)
    wanted = parse_cluster(arguments, location=location)
    if assign_identity is not None:
        identity = parse_id(assign_identity, "--assign-identity", IDENTITY_TYPE)
        wanted = replace(wanted, identity_kind=IdentityKind.USER_ASSIGNED, identity_id=identity)
    session = sign_in(cmd)
    subnet_id = parse_subnet_id(
        vnet_subnet_id=vnet_subnet_id,
        group=resource_group_name,
        vnet_name=vnet_name,
        subnet_name=subnet_name,
        subscription=session.subscription,
    )
    if cluster_name is not None:
        group = resource_group_name or subnet_id.resource_group
        cluster_id = parse_name_or_id(
            cluster_name, "--cluster-name", CLUSTER_TYPE, subscription=subnet_id.subscription_id, group=group
        )
        wanted = replace(wanted, cluster_id=cluster_id)
    state = session.state(GatherRequest(subnet_id=subnet_id, identity_id=wanted.identity_id))
    report = evaluate(
        all_rules(),
        cluster=as_it_runs(wanted, state.snapshot),
        snapshot=state.snapshot,
        today=today(),
        stage=Stage.VALIDATE,
        ignore=ignored,
    )
    exit_with_findings(cmd, report)
    return render_report(report, subnet_id)


def kubenet_prepare(
    cmd: AzCliCommand,
    resource_group_name: str,
    cluster_name: str,
    vnet_subnet_id: str | None = None,
    vnet_name: str | None = None,
    subnet_name: str | None = None,
    location: str | None = None,
    identity: str | None = None,
    route_table: str | None = None,
    role: str = "network-contributor",
    default_route_next_hop: str | None = None,
    tags: Mapping[str, str] | None = None,
    dry_run: bool = False,
    role_propagation_timeout: str | None = None,
    return_at_once: bool = False,
    yes: bool = False,
) -> dict[str, Any]:
    """Make identity, route table, association and role assignments, as far as they are not there."""
    from .arm.apply import apply_changes
    from .arm.assemble import GatherRequest, with_preparation
    from .arm.read_back import read_back
    from .core.caller_rights import refuse_without_rights
    from .core.grants import RoleChoice
    from .core.prepare import decide_prepare
    from .prepare_arguments import parse_next_hop, parse_preparation
    from .render.prepare import prepare_command, render_prepared

    timeout = parse_timeout(role_propagation_timeout)
    session = sign_in(cmd)
    subnet_id = parse_subnet_id(
        vnet_subnet_id=vnet_subnet_id,
        group=resource_group_name,
        vnet_name=vnet_name,
        subnet_name=subnet_name,
        subscription=session.subscription,
    )
    request = parse_preparation(
        cluster_id=resource_id(session.subscription, resource_group_name, CLUSTER_TYPE, cluster_name),
        subnet_id=subnet_id,
        identity=identity,
        route_table=route_table,
        role=RoleChoice(role),
        location=location,
        default_route_next_hop=parse_next_hop(default_route_next_hop),
        tags=tuple((tags or {}).items()),
    )
    state = session.state(with_preparation(GatherRequest(subnet_id=subnet_id, for_validation=False), request))
    intent = decide_prepare(request, state.snapshot)
    if dry_run:
        return render_prepared(request, intent, intent.changes, intent.identity)
    refuse_without_rights(intent.changes, state.snapshot)
    if intent.asks and not yes:
        confirm(intent.asks)
    again = prepare_command(request, *(["--yes"] if yes else []), *(["--no-wait"] if return_at_once else []))
    client, reporter = session.client, session.reporter
    try:
        applied = apply_changes(
            client, intent.changes, state.documents, reporter, wait=not return_at_once, resume_command=again
        )
        unseen = () if return_at_once else read_back(client, applied.changes, reporter, timeout, resume_command=again)
    finally:
        session.reporter.done()
    _say_propagation(applied.changes, unseen)
    return render_prepared(request, intent, applied.changes, applied.identity or intent.identity)


def _say_propagation(changes: tuple[Change, ...], unseen: tuple[str, ...]) -> None:
    from .core.changes import AssignRole

    if unseen:
        logger.warning("%d role assignment(s) are not visible yet; Azure can take up to an hour.", len(unseen))
    elif any(isinstance(change.write, AssignRole) for change in changes):
        logger.warning(
            "The new role assignments are stored; until Azure enforces them everywhere, some minutes can pass. "
            "'az aks kubenet create' waits for that."
        )


def kubenet_cleanup(
    cmd: AzCliCommand,
    resource_group_name: str,
    cluster_name: str,
    dry_run: bool = False,
    return_at_once: bool = False,
    yes: bool = False,
) -> dict[str, Any]:
    """Take away what prepare made for a cluster; given and adopted things stay."""
    from .arm.apply import apply_changes
    from .arm.gather_cleanup import gather_cleanup
    from .core.cleanup import decide_cleanup
    from .render.prepare import cleanup_command, render_cleaned

    session = sign_in(cmd)
    cluster_id = resource_id(session.subscription, resource_group_name, CLUSTER_TYPE, cluster_name)
    session.reporter.say("Looking for what prepare made")
    try:
        changes = decide_cleanup(cluster_id, gather_cleanup(session.client, cluster_id))
    finally:
        session.reporter.done()
    if changes and not dry_run:
        if not yes:
            deleted = ", ".join(f"{each.action.value} {str(each.resource_id).rsplit('/', 1)[-1]}" for each in changes)
            confirm(f"This will {deleted}. Continue?")
        again = cleanup_command(cluster_id, *(["--yes"] if yes else []), *(["--no-wait"] if return_at_once else []))
        try:
            apply_changes(session.client, changes, {}, session.reporter, wait=not return_at_once, resume_command=again)
        finally:
            session.reporter.done()
    return render_cleaned(changes)


def kubenet_list_rules() -> list[dict[str, Any]]:
    """The catalogue of rules."""
    from .core.rules import all_rules
    from .render.report import render_rule

    return [render_rule(rule) for rule in all_rules()]


def kubenet_show(client: Any, resource_group_name: str, resource_name: str) -> Any:
    """The cluster; `wait` asks for it again and again."""
    return client.get(resource_group_name, resource_name)
