"""What a rule is, what it finds, and what a report is. No IO.

A rule is a generator function over the facts it names as parameters; `evaluation` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple, Union

from ..azure import limits
from ..azure.az_words import kubenet
from ..azure.unreadable import Unreadable
from .facts import Fact, facts_of
from .repairs import Replan

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
