"""The commands, one thin function each: parse, gather, decide, apply, render. Network IO is in `arm` and `cluster`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from knack.log import get_logger

from .arguments.check import CheckArguments, parse_check, parse_running_cluster
from .arguments.cluster import takes
from .arguments.migrate import MigrateArguments, parse_migrate, parse_mode
from .arguments.prepare import PrepareArguments, parse_prepare
from .arguments.validate import ValidateArguments, in_subnets, parse_judged_cluster, parse_places
from .arguments.values import parse_cluster_id, parse_codes, parse_timeout
from .core.azure.amounts import amount
from .core.azure.printable import printable
from .core.clusters.request import ClusterRequest
from .core.clusters.running import as_it_runs
from .core.rules.evaluation import evaluate
from .core.rules.rule import Stage
from .judging import exit_incomplete, exit_unproved, exit_with_findings, note_written, today
from .session import read_whole_fleet, refuse_moved_pools, refuse_other_models, sign_in

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from .preparing import Prepared
    from .report_file import ReportFile

logger = get_logger(__name__)


def _report_file(path: str | None, mark: str, *, overwrite: bool, as_csv: bool = False) -> ReportFile | None:
    """The file of `--report`, if one was asked for; `as_csv` says that it may be one."""
    if path is None and not overwrite:
        return None
    from .report_file import CSV, HTML, report_file

    return report_file(path, mark, overwrite=overwrite, suffixes=(HTML, CSV) if as_csv else (HTML,))


@takes(ValidateArguments)
def kubenet_validate_subnet(
    cmd: AzCliCommand, report_path: str | None = None, overwrite: bool = False, **given: Any
) -> dict[str, Any]:
    """Read the real state around a subnet and judge it; writes nothing."""
    from .arm.gather import GatherRequest
    from .core.rules import all_rules
    from .render.report import render_report

    arguments = ValidateArguments(**given)
    wanted = parse_judged_cluster(arguments)
    session = sign_in(cmd)
    subnet_id, cluster_id = parse_places(arguments, subscription=session.subscription)
    page_file = _report_file(report_path, f"validate-subnet {subnet_id}", overwrite=overwrite)
    wanted, further = in_subnets(replace(wanted, cluster_id=cluster_id), subnet_id, runs=cluster_id is not None)
    state = session.state(
        GatherRequest(
            subnet_id=subnet_id,
            further_subnet_ids=further,
            identity_id=wanted.identity_id,
            running_id=cluster_id,
        )
    )
    refuse_other_models(state.snapshot)
    refuse_moved_pools(wanted, state.snapshot)
    cluster = as_it_runs(wanted, state.snapshot)
    report = evaluate(
        all_rules(),
        cluster=cluster,
        snapshot=state.snapshot,
        today=today(),
        stage=Stage.VALIDATE if cluster_id is None else Stage.RUNNING,
        ignore=cluster.ignored,
    )
    result = render_report(report, subnet_id)
    if page_file is not None:
        from .render.page.document import write_page
        from .render.page.pages import subnet_page

        page_file.write(write_page(subnet_page(cluster, state.snapshot, report, result, mark=page_file.mark)))
    exit_with_findings(cmd, report)
    return result


@takes(CheckArguments)
def kubenet_check(
    cmd: AzCliCommand, report_path: str | None = None, overwrite: bool = False, **given: Any
) -> dict[str, Any]:
    """Read a cluster that runs and judge its routes, its room and all it stands on; writes nothing."""
    from .core.rules.checked import check_cluster
    from .render.check import render_check

    arguments = CheckArguments(**given)
    request = parse_check(arguments)
    session = sign_in(cmd)
    cluster_id = parse_running_cluster(arguments, subscription=session.subscription)
    page_file = _report_file(report_path, f"check {cluster_id}", overwrite=overwrite)
    running, snapshot = session.running_state(cluster_id, wait_seconds=request.wait_seconds)
    wanted = ClusterRequest(node_pools=(), cluster_id=cluster_id, on_premises_ranges=request.on_premises_ranges)
    checked = check_cluster(running, snapshot, wanted, today=today(), ignore=request.ignore)
    result = render_check(checked)
    if page_file is not None:
        from .render.page.document import write_page
        from .render.page.pages import check_page

        page_file.write(write_page(check_page(checked, snapshot, result, mark=page_file.mark)))
    exit_with_findings(cmd, checked.report)
    return result


@takes(MigrateArguments)
def kubenet_migrate(
    cmd: AzCliCommand, report_path: str | None = None, overwrite: bool = False, **given: Any
) -> dict[str, Any]:
    """Judge whether a cluster can move to overlay and print the steps, or prove that it has moved; writes nothing."""
    from .core.rules.migrating import MigrationVerdict, judge_migration
    from .render.migrate import render_migration

    arguments = MigrateArguments(**given)
    parse_mode(arguments)
    session = sign_in(cmd)
    request = parse_migrate(arguments, subscription=session.subscription)
    page_file = _report_file(report_path, f"migrate {request.cluster_id}", overwrite=overwrite)
    running, snapshot = session.running_state(request.cluster_id, identity_id=request.identity_id, all_tables=True)
    migration = judge_migration(request, running, snapshot, today=today(), proof=arguments.verify)
    result = render_migration(migration)
    if page_file is not None:
        from .render.page.document import write_page
        from .render.page.migration import migration_page

        page_file.write(write_page(migration_page(request.cluster_id.name, result, mark=page_file.mark)))
    exit_with_findings(cmd, migration.report, unproved=migration.verdict is MigrationVerdict.NOT_VERIFIED)
    return result


@takes(PrepareArguments)
def kubenet_prepare(
    cmd: AzCliCommand,
    dry_run: bool = False,
    role_propagation_timeout: str | None = None,
    return_at_once: bool = False,
    yes: bool = False,
    **given: Any,
) -> dict[str, Any]:
    """Make identity, route table, association and role assignments, as far as they are not there."""
    from . import preparing
    from .render.prepare import prepare_command, render_prepared

    timeout = parse_timeout(role_propagation_timeout)
    session = sign_in(cmd)
    request = parse_prepare(PrepareArguments(**given), subscription=session.subscription)
    preparation = preparing.decide(request, preparing.read(session, request))
    preparing.refuse_what_create_refuses(preparation)
    if preparation.unseen is not None:
        logger.warning("%s", printable(preparation.unseen))
    intent = preparation.intent
    if dry_run:
        preparation.refuse_elsewhere()
        return render_prepared(request, intent, intent.changes, intent.identity)
    prepared = preparing.carry_out(
        session,
        preparation,
        yes=yes,
        wait=not return_at_once,
        read_back_seconds=None if return_at_once else timeout,
        resume_command=prepare_command(request, yes=yes, no_wait=return_at_once),
    )
    note_written(cmd)
    _say_propagation(prepared)
    return render_prepared(request, intent, prepared.changes, prepared.identity)


def _say_propagation(prepared: Prepared) -> None:
    from .core.changes.change import AssignRole

    if prepared.unseen:
        made = amount(len(prepared.unseen), "role assignment")
        logger.warning("%s made, which you may not read back.", made)
    elif any(isinstance(change.write, AssignRole) for change in prepared.changes):
        logger.warning(
            "The new role assignments are stored; it can take some minutes until Azure enforces them everywhere. "
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
    from . import undoing
    from .render.prepare import cleanup_command, render_cleaned

    session = sign_in(cmd)
    cluster_id = parse_cluster_id(cluster_name, group=resource_group_name, subscription=session.subscription)
    cleanup = undoing.decide(session, cluster_id)
    if not cleanup.changes:
        logger.warning("Nothing that prepare made for '%s' was found in group '%s'.", cluster_name, resource_group_name)
    elif not dry_run:
        again = cleanup_command(cluster_id, yes=yes, no_wait=return_at_once)
        undoing.carry_out(session, cluster_id, cleanup, yes=yes, wait=not return_at_once, resume_command=again)
        note_written(cmd)
    exit_incomplete(cmd, cleanup.kept)
    return render_cleaned(cleanup)


def kubenet_audit(
    cmd: AzCliCommand,
    subscriptions: list[str] | None = None,
    management_groups: list[str] | None = None,
    include_migrated: bool = False,
    require_none: bool = False,
    ignore: list[str] | None = None,
    report_path: str | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Read every cluster that one sees, and judge what moving those on kubenet takes; writes nothing."""
    from .arguments.audit import parse_scope
    from .core.fleet.audit import audit_fleet
    from .render.audit import render_audit

    ignored = parse_codes(ignore)
    scope = parse_scope(
        subscriptions,
        management_groups,
        subscription=cmd.cli_ctx.data.get("subscription_id"),
        with_migrated=include_migrated,
        proves_none=require_none,
    )
    page_file = _report_file(report_path, f"audit {scope.words}", overwrite=overwrite, as_csv=True)
    fleet, day = read_whole_fleet(cmd, scope), today()
    audit = audit_fleet(fleet, today=day, ignore=ignored, require_none=require_none, with_migrated=scope.with_migrated)
    result = render_audit(audit, day)
    if page_file is not None:
        page_file.write(_fleet_report(result, page_file))
    for reason in audit.coverage.reasons:
        logger.warning("Not complete: %s", printable(reason))
    exit_with_findings(cmd, audit.report, in_table=False)
    if require_none and not audit.report.errors and not audit.coverage.is_complete:
        exit_unproved(cmd)
    return result


def _fleet_report(result: dict[str, Any], page_file: ReportFile) -> str:
    if page_file.is_csv:
        from .render.fleet_csv import fleet_csv

        return fleet_csv(result)
    from .render.page.document import write_page
    from .render.page.fleet import fleet_page

    return write_page(fleet_page(result, mark=page_file.mark))


def kubenet_list_rules(code: list[str] | None = None) -> list[dict[str, Any]]:
    """The catalogue of rules; of those asked for also why they are there, what they read and where they come from."""
    from .core.rules import all_rules
    from .render.report import render_rule, render_whole_rule

    asked = parse_codes(code, option="--code")
    if code is None:
        return [render_rule(rule) for rule in all_rules()]
    return [render_whole_rule(rule) for rule in all_rules() if rule.code in asked]


def kubenet_show(client: Any, resource_group_name: str, resource_name: str) -> Any:
    """The cluster; `wait` asks for it again and again."""
    return client.get(resource_group_name, resource_name)
