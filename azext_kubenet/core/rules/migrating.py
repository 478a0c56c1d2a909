"""The move of a running cluster to overlay: what every rule says of it, the steps, and what they come to. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ..azure.az_words import az, named
from ..azure.identity_kind import IdentityKind
from ..azure.managed_clusters import RunningCluster
from ..azure.snapshot import Snapshot
from ..changes.infrastructure_code import CodeChange, code_change
from ..changes.migration_estimate import Estimate, estimate
from ..changes.migration_steps import OPEN, MigrationPlan, MigrationRequest, StepName, plan_migration
from ..clusters.migration import NO_ENGINE, policy_engine
from ..clusters.pool_subnets import own_subnets_besides
from ..clusters.request import ClusterRequest
from ..clusters.running import as_it_runs
from ..clusters.verification import Verification, verify
from . import all_rules, rules_of_kubenet
from .evaluation import evaluate
from .rule import Finding, Report, Rule, Severity, Stage, Verdict
from .under_migration_codes import ALREADY_JUDGED

PROOF: Final = "MG29"
OF_CODE: Final = "MG28"
OF_PROOF: Final = ("CL1", "CL2", OF_CODE, PROOF, "RET1")
"""The rules that `--verify` judges: what has been before the move is over."""

GATEWAY_ON_TABLE: Final = "UN6"
"""It asks for the cluster's table on the subnet of an application gateway."""

BY_STEP_1: Final = ("ID2", "ID3")
"""What the identity lacks before step 1 has given it its roles."""


class MigrationVerdict(str, Enum):
    READY = "ready"
    READY_WITH_WARNINGS = "readyWithWarnings"
    NOT_READY = "notReady"
    IN_PROGRESS = "inProgress"
    MIGRATED = "migrated"
    NOT_VERIFIED = "notVerified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """All that migrate answers; `verification` is None where no proof was asked for."""

    request: MigrationRequest
    cluster: ClusterRequest
    plan: MigrationPlan
    estimate: Estimate
    report: Report
    verdict: MigrationVerdict
    verification: Verification | None
    code: CodeChange | None
    next_commands: tuple[str, ...]


def judge_migration(
    request: MigrationRequest,
    running: RunningCluster,
    snapshot: Snapshot,
    *,
    today: date,
    proof: bool,
) -> Migration:
    """Judge whether `running`, which `snapshot` holds, can move or (`proof`) has moved."""
    wanted = ClusterRequest(
        node_pools=(),
        cluster_id=request.cluster_id,
        policy_after_migration=request.then_network_policy,
        identity_id=request.identity_id,
        identity_given=request.identity_id is not None,
        identity_kind=IdentityKind.SYSTEM_ASSIGNED if request.identity_id is None else IdentityKind.USER_ASSIGNED,
    )
    cluster = as_it_runs(wanted, snapshot)
    plan = plan_migration(request, running, snapshot)
    report = _in_order_of_reading(
        evaluate(
            all_rules(),
            cluster=cluster,
            snapshot=snapshot,
            today=today,
            stage=Stage.MIGRATION,
            not_applicable={each.code: why for each in all_rules() if (why := _why_not(each, running, plan, proof))},
            own_subnets=own_subnets_besides(snapshot),
        )
    )
    verdict = _verdict(report, plan, moved=running.cluster.is_overlay, proof=proof)
    return Migration(
        request=request,
        cluster=cluster,
        plan=plan,
        estimate=estimate(plan, cluster),
        report=report,
        verdict=verdict,
        verification=verify(running) if proof else None,
        code=_code(request, running),
        next_commands=_next_commands(request, plan, verdict),
    )


def _why_not(each: Rule, running: RunningCluster, plan: MigrationPlan, proof: bool) -> str | None:
    """Why a rule is not judged here; None where it is."""
    moved = running.cluster.is_overlay
    if each.code == PROOF:
        return None if proof or moved else "Not applicable: the cluster has not moved yet."
    if (proof or moved) and each.code not in OF_PROOF and (proof or each.code.startswith("MG")):
        return "Not applicable: judged before the move."
    if moved and each in rules_of_kubenet():
        return "Not applicable: the cluster is not on kubenet."
    if each.code == GATEWAY_ON_TABLE:
        return "Not applicable: the move requires the opposite, and with overlay no gateway needs the table: see MG7."
    if each.code in ALREADY_JUDGED:
        return f"Not applicable: see {ALREADY_JUDGED[each.code]}."
    gets_roles = any(step.name is StepName.IDENTITY and step.command for step in plan.open_steps)
    if gets_roles and each.code in BY_STEP_1:
        return "Not applicable: step 1 gives the identity its roles."
    return None


def _in_order_of_reading(report: Report) -> Report:
    """The note on code that describes the cluster comes before the other notes on the move."""
    first = [each for each in report.findings if each.rule.code == OF_CODE]
    others = [each for each in report.findings if each.rule.code != OF_CODE]
    place = next((at for at, each in enumerate(others) if _is_note(each)), len(others))
    return report._replace(findings=(*others[:place], *first, *others[place:]))


def _is_note(finding: Finding) -> bool:
    return finding.severity is Severity.INFO


def _verdict(report: Report, plan: MigrationPlan, *, moved: bool, proof: bool) -> MigrationVerdict:
    if plan.changing:
        return MigrationVerdict.IN_PROGRESS
    if moved or proof:
        arrived = all(each.rule.code != PROOF for each in report.errors) and moved
        proved = any(step.name is StepName.VERIFY and step.state not in OPEN for step in plan.steps)
        return MigrationVerdict.MIGRATED if arrived and proved else MigrationVerdict.NOT_VERIFIED
    match report.verdict:
        case Verdict.READY:
            return MigrationVerdict.READY
        case Verdict.READY_WITH_WARNINGS:
            return MigrationVerdict.READY_WITH_WARNINGS
        case _:
            return MigrationVerdict.NOT_READY


def _code(request: MigrationRequest, running: RunningCluster) -> CodeChange | None:
    after = request.then_network_policy
    return code_change(
        request.code_format,
        pod_cidr=next((str(each) for each in running.cluster.pod_cidrs), None),
        policy=policy_engine(running.cluster),
        policy_after=None if after in (None, NO_ENGINE) else after,
    )


def _next_commands(request: MigrationRequest, plan: MigrationPlan, verdict: MigrationVerdict) -> tuple[str, ...]:
    """What to run now: wait, the first step that is left, and this command again after it."""
    if verdict is MigrationVerdict.IN_PROGRESS:
        return (az("aks", "wait", **named(request.cluster_id), updated=True), request.command())
    if verdict in (MigrationVerdict.NOT_READY, MigrationVerdict.NOT_VERIFIED):
        return (request.command(),)
    command = next((each.command for each in plan.open_steps if each.command is not None), None)
    return () if command is None else (command, request.command())
