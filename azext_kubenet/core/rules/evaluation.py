"""How rules are evaluated to a report. No IO.

`evaluate` answers for what a rule cannot see: an absent fact makes it skipped, an unreadable one unknown, unless the
type of the rule's parameter accepts `None` or `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from ..azure.networks import Subnet, VirtualNetwork
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from ..clusters.subnet_use import usage_of
from .facts import FACTS
from .repairs import PREPARED, plan_again, prepare_subnet
from .rule import Confirmation, Finding, NotApplicable, Outcome, Report, Rule, Stage, Status, Unknown, Violation

_TELLING = (Violation, Unknown)
"""What somebody has to know: it failed, or is unknown."""

_HOLDS = Confirmation(message="")
"""The rule holds, and its title says all there is to say."""


def evaluate(
    rules: Iterable[Rule],
    *,
    cluster: ClusterRequest,
    snapshot: Snapshot,
    today: date,
    stage: Stage,
    ignore: frozenset[str] = frozenset(),
    not_applicable: Mapping[str, str] = MappingProxyType({}),
    own_subnets: Sequence[Subnet | Unreadable] = (),
    only_telling: bool = False,
) -> Report:
    """Judge `cluster` on `snapshot` by every rule that `stage` can decide, in the rules' order.

    `ignore` holds codes in upper case, `not_applicable` why rules by their codes are not to be judged here,
    `own_subnets` those of a running cluster that are judged besides `snapshot.subnet`. One finding a violating object,
    one for a rule that passed; `only_telling` leaves out all that neither failed nor is unknown.
    """
    facts: dict[str, object] = dict(zip(FACTS, (cluster, today, *snapshot), strict=True))
    hidden = next((each for each in own_subnets if isinstance(each, Unreadable)), None)
    if facts["further_subnets"] is None:
        facts["further_subnets"] = hidden
    own = tuple(each for each in own_subnets if isinstance(each, Subnet))
    findings: list[Finding] = []
    for each in rules:
        if each.stage > stage:
            continue
        if each.code in ignore or each.code in not_applicable:
            if not only_telling:
                findings.append(_left_out(each, not_applicable.get(each.code) if each.code not in ignore else None))
            continue
        told = _judge(each, facts, own)
        if only_telling:
            told = [outcome for outcome in told if isinstance(outcome, _TELLING)]
            if not told:
                continue
        said = _of_running(each) if cluster.runs else each
        findings += [_finding(said, outcome) for outcome in told]
    return Report(findings=tuple(_with_preparation(findings, cluster, snapshot)))


def _left_out(each: Rule, not_applicable: str | None) -> Finding:
    """A rule that is not to be judged: ignored on request where nothing says why it does not apply."""
    if not_applicable is None:
        return skipped(each, "ignored", f"Ignored on request: {each.title}.")
    return skipped(each, "notApplicable", not_applicable)


def _of_running(each: Rule) -> Rule:
    """The rule as it is said of a cluster that is there."""
    return each._replace(remediation=each.when_running, when_running="") if each.when_running else each


def _judge(each: Rule, facts: Mapping[str, object], own: tuple[Subnet, ...]) -> list[Outcome]:
    found, further = _judge_once(each, facts), facts["further_subnets"]
    if not each.of_each_subnet or not (further or own):
        return found
    for place in (*own, *(further if isinstance(further, tuple) else ())):
        found += _judge_once(each, {**facts, **_on(place, facts)})
    if isinstance(further, Unreadable):
        found.append(Unknown(cause=further))
    return [outcome for outcome in found if isinstance(outcome, _TELLING)] or found[:1]


def _on(place: Subnet, facts: Mapping[str, object]) -> Mapping[str, object]:
    """The facts of another subnet than the first."""
    usages = facts["subnet_usages"]
    usage = usage_of(place.id, usages) if isinstance(usages, tuple) else usages
    return {"subnet": place, "subnet_usage": usage}


def _judge_once(each: Rule, facts: Mapping[str, object]) -> list[Outcome]:
    read: list[object] = []
    for fact in each.facts:  # in the order of the function's parameters
        value = facts[fact.name]
        if value is None and not fact.may_be_absent:
            return [NotApplicable(message=f"Not applicable: no {fact.words} to look at.")]
        if not fact.may_be_unreadable and isinstance(value, Unreadable):
            return [Unknown(cause=value)]
        read.append(value)
    return [_with_plan(outcome, facts) for outcome in each.check(*read)] or [_HOLDS]


def _with_plan(outcome: Outcome, facts: Mapping[str, object]) -> Outcome:
    """The outcome with the command of the plan that repairs it, where it names one and what it needs is known."""
    if not isinstance(outcome, Violation) or outcome.replan is None:
        return outcome
    cluster, network, subnet = (facts[name] for name in ("cluster", "virtual_network", "subnet"))
    if (
        not isinstance(cluster, ClusterRequest)
        or not isinstance(network, VirtualNetwork | None)
        or not isinstance(subnet, Subnet | None)
    ):
        return outcome
    return outcome._replace(commands=(*outcome.commands, *plan_again(outcome.replan, cluster, network, subnet)))


def _with_preparation(findings: Sequence[Finding], cluster: ClusterRequest, snapshot: Snapshot) -> Iterator[Finding]:
    """The findings, with the preparation as the command of those that it repairs.

    It refuses a cluster that `create` would refuse, so it is not told of one with which something else is wrong.
    """
    subnet = snapshot.subnet if isinstance(snapshot.subnet, Subnet) else None
    others = any(each.is_error and not _is_prepared(each) for each in findings)
    for each in findings:
        if each.prepares:
            yield each._replace(commands=prepare_subnet(cluster, subnet, described=not others))
        else:
            yield each


def _is_prepared(finding: Finding) -> bool:
    """Whether the rule holds once the subnet is prepared; a role that is denied has no command, and is not had then."""
    return finding.rule.code in PREPARED and (finding.prepares or bool(finding.commands))


def _finding(each: Rule, outcome: Outcome) -> Finding:
    match outcome:
        case Violation():
            return Finding(
                rule=each,
                severity=outcome.severity or each.severity,
                status=Status.FAILED,
                message=outcome.message,
                remediation=outcome.remediation or each.remediation,
                resource_id=outcome.resource_id,
                evidence=outcome.evidence,
                commands=outcome.commands,
                destructive_commands=outcome.destructive_commands,
                prepares=outcome.prepares,
            )
        case Unknown(cause=cause):
            return Finding(
                rule=each,
                severity=outcome.severity or each.severity,
                status=Status.UNKNOWN,
                message=f"Not checked whether {each.title}: {cause.reason}",
                remediation=outcome.remediation or cause.remedy,
                resource_id=cause.resource_id,
                evidence={
                    **outcome.evidence,
                    **({} if cause.permission is None else {"missingPermission": cause.permission}),
                },
            )
        case Confirmation():
            return Finding(
                rule=each,
                severity=each.severity,
                status=Status.PASSED,
                message=outcome.message or f"{each.title[0].upper()}{each.title[1:]}.",
                remediation="",
                resource_id=outcome.resource_id,
                evidence=outcome.evidence,
            )
        case _:
            return skipped(each, "notApplicable", outcome.message)


def skipped(each: Rule, reason: str, message: str) -> Finding:
    """The rule was not judged; `reason` is a word for scripts."""
    return Finding(
        rule=each,
        severity=each.severity,
        status=Status.SKIPPED,
        message=message,
        remediation="",
        evidence={"reason": reason},
    )
