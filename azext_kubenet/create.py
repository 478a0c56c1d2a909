"""`az aks kubenet create`: az's own create, after the rules have been judged. Network IO is in `arm` and `cluster`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from knack.log import get_logger

from . import preparing
from .after_creation import see_to_rights
from .aks_create.call import create_managed_cluster, managed_cluster_body, refuse_existing
from .aks_create.failure import ClusterName
from .aks_create.signature import create_signature
from .arguments.create import OWN_ARGUMENTS, Creation, parse_creation
from .arm.errors import ArmError, ArmUnreachableError
from .arm.gather import Gathered, GatherRequest
from .arm.json_reader import ParseError
from .arm.parse.access import parse_identity
from .arm.parse.clusters import parse_managed_cluster
from .core.azure.printable import printable
from .core.azure.resource_id import ResourceId
from .core.azure.snapshot import Snapshot
from .core.changes.change import RefusedError
from .core.changes.forecast import as_prepared
from .core.clusters.same_cluster import differences
from .core.rights.refusal import Actors
from .core.rules import all_rules
from .core.rules.evaluation import evaluate
from .core.rules.rule import Report, Stage, Status
from .core.rules.without_answer import refuse_without_answer
from .judging import NOT_DONE_EXIT, exit_once_printed, exit_with_findings, today
from .render.prepare import render_forecast
from .render.report import render_report
from .session import Session, sign_in

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was decided before the first write; `preparation` is None without `--prepare`."""

    snapshot: Snapshot
    report: Report
    preparation: preparing.Preparation | None

    def refuse_without_answer(self, creation: Creation) -> None:
        """Raise RefusedError where what could break clusters is unknown because Azure gave no answer."""
        if not creation.skip_validation:
            refuse_without_answer(self.snapshot, creation.wanted.ignored)


def kubenet_create(cmd: AzCliCommand, client: Any, resource_group_name: str, name: str, **given: Any) -> Any:
    """Judge, then create: the report where an error was found, else what `az aks create` returns."""
    session = sign_in(cmd)
    creation = parse_creation(given, group=resource_group_name, name=name, subscription=session.subscription)
    if creation.if_not_exists and _is_there(session, creation):
        logger.warning("Cluster '%s' already exists and matches what was asked for.", name)
        if not see_to_rights(session, creation, created=False):
            exit_once_printed(cmd, NOT_DONE_EXIT)
        return client.get(resource_group_name, name)
    judged = judge(session, creation)
    creation = _located(creation, judged.snapshot)
    if judged.report.errors or creation.dry_run:
        exit_with_findings(cmd, judged.report)
        if creation.dry_run:
            return _dry_run(cmd, client, creation, judged)
        count = len(judged.report.errors)
        logger.error("Nothing was created: %d %s.", count, "error" if count == 1 else "errors")
        return render_report(judged.report, creation.subnet_id)
    cluster = ClusterName(group=resource_group_name, name=name, subscription=cmd.cli_ctx.data.get("subscription_id"))
    judged.refuse_without_answer(creation)
    _say_warnings(judged.report)
    if judged.preparation is not None:
        refuse_existing(client, cluster)
        managed_cluster_body(cmd, client, creation.given)  # what azure-cli refuses, it refuses before anything is made
        preparing.carry_out(session, judged.preparation, yes=creation.yes)  # the creation waits for the roles itself
    result = create_managed_cluster(
        cmd,
        client,
        creation.given,
        cluster,
        session.reporter,
        timeout=creation.role_timeout,
        actors=lambda: _actors(cmd, session, creation),
    )
    if not see_to_rights(session, creation, created=True):
        exit_once_printed(cmd, NOT_DONE_EXIT)
    _say_next(cluster, waited=not creation.no_wait)
    return None if creation.no_wait else result


kubenet_create.__signature__ = create_signature(OWN_ARGUMENTS)  # type: ignore[attr-defined] # read by inspect


def _is_there(session: Session, creation: Creation) -> bool:
    """Whether the cluster is there and is the one asked for; RefusedError where it is another one."""
    try:
        found = parse_managed_cluster(session.client.get(str(creation.cluster_id)))
    except ArmError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return False
    others = differences(creation.wanted, creation.subnet_id, found)
    if others:
        raise RefusedError(
            f"Cluster '{found.id.name}' in resource group '{found.id.resource_group}' already exists, and differs "
            f"from what was asked for: {'; '.join(others)}.",
            "Choose another name, or omit the options that may differ.",
        )
    return True


def judge(session: Session, creation: Creation) -> Judged:
    """One snapshot; the rules on it, with `--prepare` on the snapshot as its Changes would leave it."""
    wanted, preparation = creation.wanted, creation.preparation
    state = Gathered(snapshot=Snapshot())
    if creation.subnet_id is not None and (preparation is not None or not creation.skip_validation):
        state = session.state(_gather_request(creation, creation.subnet_id))
    snapshot, decided = state.snapshot, None
    if wanted.location is None and isinstance(snapshot.group_location, str):
        wanted = replace(wanted, location=snapshot.group_location)
    if preparation is not None:
        decided = preparing.decide(preparation, state)
        wanted = replace(wanted, identity_id=decided.intent.identity_id)
        snapshot = as_prepared(decided.intent, snapshot)
    rules, ignored = all_rules(), wanted.ignored
    if creation.skip_validation:
        ignored = frozenset(rule.code for rule in rules if not rule.uncounted)
    report = evaluate(rules, cluster=wanted, snapshot=snapshot, today=today(), stage=Stage.CREATE, ignore=ignored)
    return Judged(snapshot=state.snapshot, report=report, preparation=decided)


def _located(creation: Creation, snapshot: Snapshot) -> Creation:
    """With the group's region, which was read, where none is given: azure-cli would read it again, each time."""
    location = snapshot.group_location
    if creation.given.get("location") or not isinstance(location, str):
        return creation
    return replace(creation, given={**creation.given, "location": location})


def _gather_request(creation: Creation, subnet_id: ResourceId) -> GatherRequest:
    wanted = creation.wanted
    return GatherRequest(
        subnet_id=subnet_id,
        identity_id=wanted.identity_id,
        kubelet_identity_id=wanted.kubelet_identity_id,
        private_dns_zone_id=wanted.private_dns_zone_id,
        api_server_subnet_id=wanted.api_server_subnet_id,
        region_of_group_id=None if wanted.location else creation.cluster_id.resource_group_id,
        for_preparation=creation.preparation,
    )


def _dry_run(cmd: AzCliCommand, client: Any, creation: Creation, judged: Judged) -> dict[str, Any]:
    """What would be sent; with `--prepare` also what would be written before, and what the caller lacks for that."""
    shown: dict[str, Any] = {"report": render_report(judged.report, creation.subnet_id), "managedCluster": None}
    preparation = judged.preparation
    if not judged.report.errors:
        if preparation is not None:
            preparation.refuse_elsewhere()
        shown["managedCluster"] = managed_cluster_body(cmd, client, creation.given)
    if preparation is None:
        return shown
    return shown | render_forecast(preparation.intent.changes, preparation.missing_rights)


def _actors(cmd: AzCliCommand, session: Session, creation: Creation) -> Actors:
    """Whoever is signed in, and who the cluster will be, read anew: `--prepare` may have made it."""
    from azure.cli.core._profile import Profile

    account = Profile(cli_ctx=cmd.cli_ctx).get_subscription(session.subscription)
    identity_id, principal_id = creation.identity_id, None
    if identity_id is not None:
        try:
            principal_id = parse_identity(session.client.get(str(identity_id))).principal_id
        except (ArmError, ArmUnreachableError, ParseError) as error:
            logger.debug("Could not read identity '%s': %s", identity_id, error)
    return Actors(
        caller=str(account["user"]["name"]),
        identity_id=identity_id,
        principal_id=principal_id,
        service_principal=creation.given.get("service_principal"),
    )


def _say_warnings(report: Report) -> None:
    for finding in report.warnings:
        logger.warning("%s: %s", finding.rule.code, printable(finding.message))
    if any(finding.status is Status.UNKNOWN for finding in report.counted):
        logger.warning("Not everything could be checked; 'az aks kubenet validate-subnet' shows what and why.")
    for finding in report.findings:
        if finding.rule.uncounted and finding.status is Status.FAILED:
            logger.warning("%s: %s", finding.rule.code, finding.message)


def _say_next(cluster: ClusterName, *, waited: bool) -> None:
    command = cluster.az_command("get-credentials") if waited else cluster.az_command("kubenet", "wait", created=True)
    logger.warning("Next: %s", command)
