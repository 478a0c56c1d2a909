"""What a rule is, and how rules are evaluated to a report. No IO.

A rule is a generator function over the facts it names as parameters. `evaluate` answers for what a rule cannot see:
an absent fact makes it skipped, an unreadable one unknown, unless the parameter's type accepts `None` or `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple, Union

from ..azure import limits
from ..azure.az_words import kubenet
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from ..clusters.subnet_use import usage_of
from .facts import FACTS, Fact, facts_of
from .repairs import PREPARED, Replan, plan_again, prepare_subnet

OFFICIAL = "https://learn.microsoft.com/"

EvidenceValue = Union[str, int, bool, None, Sequence["EvidenceValue"]]  # noqa: UP007 - recursive: `|` fails on a str at run time
Evidence = Mapping[str, EvidenceValue]
NO_EVIDENCE: Evidence = MappingProxyType({})


class Severity(str, Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Status(str, Enum):
    FAILED = "failed"
    UNKNOWN = "unknown"
    PASSED = "passed"
    SKIPPED = "skipped"


class Stage(IntEnum):
    """The first that knows enough to decide a rule; later ones decide it too.

    RUNNING is a cluster that is there, MIGRATION its move to overlay, FLEET all clusters that one sees.
    """

    PLAN = 1
    VALIDATE = 2
    CREATE = 3
    RUNNING = 4
    MIGRATION = 5
    FLEET = 6


class Verdict(str, Enum):
    READY = "ready"
    READY_WITH_WARNINGS = "readyWithWarnings"
    NOT_READY = "notReady"


class Violation(NamedTuple):
    """One object that breaks the rule. What is None here is the rule's own.

    `commands` repair; what takes something away to repair stands in `destructive_commands`. `replan` adds the plan
    that repairs it, `prepares` the preparation of the subnet, each filled in with everything that was given.
    """

    message: str
    resource_id: str | None = None
    evidence: Evidence = NO_EVIDENCE
    severity: Severity | None = None
    remediation: str | None = None
    commands: tuple[str, ...] = ()
    destructive_commands: tuple[str, ...] = ()
    replan: Replan | None = None
    prepares: bool = False


class Confirmation(NamedTuple):
    """The rule holds, and there is something worth showing for it."""

    message: str
    resource_id: str | None = None
    evidence: Evidence = NO_EVIDENCE


class Unknown(NamedTuple):
    """Part of what the rule decides on could not be read, or not be evaluated; then `remediation` says what helps."""

    cause: Unreadable
    severity: Severity | None = None
    remediation: str | None = None
    evidence: Evidence = NO_EVIDENCE


class NotApplicable(NamedTuple):
    """The rule has no object here."""

    message: str


Outcome = Violation | Confirmation | Unknown | NotApplicable

_TELLING = (Violation, Unknown)
"""What somebody has to know: it failed, or is unknown."""

_HOLDS = Confirmation(message="")
"""The rule holds, and its title says all there is to say."""


class Rule(NamedTuple):
    code: str
    name: str
    title: str
    severity: Severity
    stage: Stage
    remediation: str
    rationale: str
    sources: tuple[str, ...]
    check: Callable[..., Iterator[Outcome]]
    facts: tuple[Fact, ...]
    uncounted: bool = False
    when_running: str = ""
    no_command: str = ""
    of_each_subnet: bool = False

    @property
    def documentation(self) -> str:
        """The first source that is Azure's own documentation; the first of all where none is."""
        return next((each for each in self.sources if each.startswith(OFFICIAL)), self.sources[0])

    @property
    def page(self) -> str:
        """The command that shows why the rule is there and how to repair what breaks it."""
        return kubenet("list-rules", code=self.code)


def rule(
    *,
    code: str,
    title: str,
    severity: Severity,
    stage: Stage,
    remediation: str,
    sources: tuple[str, ...],
    uncounted: bool = False,
    when_running: str = "",
    no_command: str = "",
    of_each_subnet: bool = False,
) -> Callable[[Callable[..., Iterator[Outcome]]], Rule]:
    """Make a `Rule` of a generator function: its name, docstring and parameters become name, rationale and facts.

    The docstring names numbers as `{limits.MAX_ROUTES}`.

    `title` states the healthy condition; `uncounted` keeps the finding out of counts and verdict (RET1).
    `when_running` is the remediation for a cluster that is there, where the other asks for what cannot be changed then.
    `no_command` says why no command can repair it, for a rule whose findings have none.
    `of_each_subnet` judges the subnets of further pools too, each as `subnet` with its `subnet_usage`.
    """

    def make(check: Callable[..., Iterator[Outcome]]) -> Rule:
        return Rule(
            code=code,
            name=check.__name__.replace("_", "-"),
            title=title,
            severity=severity,
            stage=stage,
            remediation=remediation,
            rationale=(check.__doc__ or "").strip().format(limits=limits),
            sources=sources,
            check=check,
            facts=facts_of(check),
            uncounted=uncounted,
            when_running=when_running,
            no_command=no_command,
            of_each_subnet=of_each_subnet,
        )

    return make


class Finding(NamedTuple):
    """A rule's outcome for one object."""

    rule: Rule
    severity: Severity
    status: Status
    message: str
    remediation: str
    resource_id: str | None = None
    evidence: Evidence = NO_EVIDENCE
    commands: tuple[str, ...] = ()
    destructive_commands: tuple[str, ...] = ()
    prepares: bool = False

    @property
    def is_error(self) -> bool:
        return self.status is Status.FAILED and self.severity is Severity.ERROR


class Report(NamedTuple):
    findings: tuple[Finding, ...]

    @property
    def counted(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.rule.uncounted)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.counted if finding.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(
            finding
            for finding in self.counted
            if finding.status is Status.FAILED and finding.severity is Severity.WARNING
        )

    @property
    def verdict(self) -> Verdict:
        if self.errors:
            return Verdict.NOT_READY
        unknown_errors = (f for f in self.counted if f.status is Status.UNKNOWN and f.severity is Severity.ERROR)
        if self.warnings or any(unknown_errors):
            return Verdict.READY_WITH_WARNINGS
        return Verdict.READY

    def count(self, status: Status) -> int:
        return sum(finding.status is status for finding in self.counted)


def _of_running(each: Rule) -> Rule:
    """The rule as it is said of a cluster that is there."""
    return each._replace(remediation=each.when_running, when_running="") if each.when_running else each


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
    asked: dict[str, object] = {"cluster": cluster, "today": today}
    facts = {name: asked[name] if name in asked else getattr(snapshot, name) for name in FACTS}
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
        read.append(value)
        if value is None and not fact.may_be_absent:
            return [NotApplicable(message=f"Not applicable: no {fact.words} to look at.")]
        if isinstance(value, Unreadable) and not fact.may_be_unreadable:
            return [Unknown(cause=value)]
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
