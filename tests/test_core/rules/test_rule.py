"""How rules are judged: facts that are absent or unreadable, outcomes, counts and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import (
    Confirmation,
    NotApplicable,
    Outcome,
    Report,
    Rule,
    Severity,
    Stage,
    Status,
    Unknown,
    Verdict,
    Violation,
    rule,
)

from ..make import TODAY, judge, make_cluster, make_route_table, make_subnet, make_unreadable


def make_rule(
    check: Callable[..., Iterator[Outcome]],
    code: str = "X1",
    severity: Severity = Severity.ERROR,
    stage: Stage = Stage.VALIDATE,
    *,
    uncounted: bool = False,
) -> Rule:
    return rule(
        code=code,
        title="thing is right",
        severity=severity,
        stage=stage,
        remediation="Repair the thing.",
        sources=("https://example.org",),
        uncounted=uncounted,
    )(check)


def yielding(*outcomes: Outcome, **rest: Any) -> Rule:
    def thing_is_right() -> Iterator[Outcome]:
        """Why it matters."""
        yield from outcomes

    return make_rule(thing_is_right, **rest)


def report_of(
    *rules: Rule, stage: Stage = Stage.CREATE, ignore: Iterable[str] = (), only_telling: bool = False
) -> Report:
    return evaluate(
        rules,
        cluster=make_cluster(),
        snapshot=Snapshot(),
        today=TODAY,
        stage=stage,
        ignore=frozenset(ignore),
        only_telling=only_telling,
    )


def test_a_rule_takes_name_reason_and_link_from_its_function() -> None:
    made = yielding()
    assert (made.name, made.rationale) == ("thing-is-right", "Why it matters.")
    assert made.page == "az aks kubenet list-rules --code X1"
    assert made.uncounted is False


def test_the_documentation_is_azures_own_where_there_is_any() -> None:
    theirs, ours = "https://github.com/Azure/AKS/issues/1", "https://learn.microsoft.com/azure/aks/x"
    made = yielding()
    assert made._replace(sources=(theirs, ours)).documentation == ours
    assert made._replace(sources=(theirs,)).documentation == theirs


def test_a_rule_without_a_docstring_has_no_reason() -> None:
    assert make_rule(lambda: iter(())).rationale == ""


def test_nothing_yielded_is_passed_and_says_the_title() -> None:
    (finding,) = judge(yielding())
    assert (finding.status, finding.message, finding.remediation) == (Status.PASSED, "Thing is right.", "")
    assert finding.is_error is False


def test_a_confirmation_is_passed_with_its_evidence() -> None:
    (finding,) = judge(yielding(Confirmation(message="Fine.", resource_id="/x", evidence={"value": 1})))
    assert (finding.status, finding.message, finding.resource_id) == (Status.PASSED, "Fine.", "/x")
    assert finding.evidence == {"value": 1}


def test_each_violation_is_a_finding_with_the_rules_own_severity_and_repair() -> None:
    first, second = judge(yielding(Violation(message="One."), Violation(message="Two.")))
    assert (first.message, second.message) == ("One.", "Two.")
    assert (first.status, first.severity, first.remediation) == (Status.FAILED, Severity.ERROR, "Repair the thing.")
    assert first.is_error is True


def test_a_violation_may_say_otherwise() -> None:
    violation = Violation(
        message="One.", severity=Severity.INFO, remediation="Wait.", commands=("az x",), resource_id="/x"
    )
    (finding,) = judge(yielding(violation))
    assert (finding.severity, finding.remediation, finding.commands) == (Severity.INFO, "Wait.", ("az x",))
    assert (finding.resource_id, finding.is_error) == ("/x", False)


def test_an_unknown_names_the_reason_and_the_missing_permission() -> None:
    (finding,) = judge(yielding(Unknown(cause=make_unreadable("a/read", resource_id="/x"), severity=Severity.WARNING)))
    assert (finding.status, finding.severity, finding.resource_id) == (Status.UNKNOWN, Severity.WARNING, "/x")
    assert finding.message == "Not checked whether thing is right: The caller may not read it."
    assert finding.evidence == {"missingPermission": "a/read"}
    assert "a/read" in finding.remediation


def test_an_unknown_without_a_permission_advises_to_run_again() -> None:
    (finding,) = judge(yielding(Unknown(cause=make_unreadable(None))))
    assert finding.evidence == {}
    assert finding.severity is Severity.ERROR
    assert finding.remediation.startswith("Run the command again")


def test_not_applicable_is_skipped() -> None:
    (finding,) = judge(yielding(NotApplicable(message="No thing.")))
    assert (finding.status, finding.message, finding.evidence) == (
        Status.SKIPPED,
        "No thing.",
        {"reason": "notApplicable"},
    )


def strict(route_table: RouteTable) -> Iterator[Outcome]:
    yield Confirmation(message=route_table.id.name)


def lenient(route_table: RouteTable | Unreadable | None) -> Iterator[Outcome]:
    yield Confirmation(message=type(route_table).__name__)


def test_an_absent_fact_makes_a_rule_skipped() -> None:
    (finding,) = judge(make_rule(strict))
    assert (finding.status, finding.evidence) == (Status.SKIPPED, {"reason": "notApplicable"})
    assert finding.message == "Not applicable: no route table to look at."


def test_an_unreadable_fact_makes_a_rule_unknown() -> None:
    (finding,) = judge(make_rule(strict), route_table=make_unreadable("a/read"))
    assert (finding.status, finding.evidence) == (Status.UNKNOWN, {"missingPermission": "a/read"})


def test_a_rule_gets_the_fact_it_names() -> None:
    (finding,) = judge(make_rule(strict), route_table=make_route_table())
    assert finding.message == "routes"


@pytest.mark.parametrize(("fact", "seen"), [(None, "NoneType"), (make_unreadable(), "Unreadable")])
def test_a_rule_that_accepts_it_gets_the_absent_or_unreadable_fact(fact: Unreadable | None, seen: str) -> None:
    (finding,) = judge(make_rule(lenient), route_table=fact)
    assert finding.message == seen


def test_the_first_fact_that_is_missing_decides() -> None:
    def both(subnet: Subnet, route_table: RouteTable) -> Iterator[Outcome]:
        yield Confirmation(message=f"{subnet.name} {route_table.id.name}")

    (skipped,) = judge(make_rule(both), route_table=make_unreadable())
    (unknown,) = judge(make_rule(both), subnet=make_subnet(), route_table=make_unreadable())
    (passed,) = judge(make_rule(both), subnet=make_subnet(), route_table=make_route_table())
    assert [skipped.status, unknown.status] == [Status.SKIPPED, Status.UNKNOWN]
    assert passed.message == "nodes routes"


def test_cluster_and_today_are_facts_too() -> None:
    def seen(cluster: ClusterRequest, today: date) -> Iterator[Outcome]:
        count = cluster.peak_nodes
        yield Confirmation(message=f"{count} on {today}")

    (finding,) = judge(make_rule(seen))
    assert finding.message == "4 on 2026-11-22"


def test_an_ignored_rule_is_skipped_and_not_run() -> None:
    report = report_of(yielding(Violation(message="Bad.")), ignore=["X1"])
    (finding,) = report.findings
    assert (finding.status, finding.evidence) == (Status.SKIPPED, {"reason": "ignored"})
    assert finding.message == "Ignored on request: thing is right."


@pytest.mark.parametrize(
    ("stage", "codes"), [(Stage.PLAN, "A1"), (Stage.VALIDATE, "A1 B1"), (Stage.CREATE, "A1 B1 C1")]
)
def test_a_stage_decides_its_rules_and_those_before(stage: Stage, codes: str) -> None:
    stages = {"A1": Stage.PLAN, "B1": Stage.VALIDATE, "C1": Stage.CREATE}
    report = report_of(*(yielding(code=code, stage=each) for code, each in stages.items()), stage=stage)
    assert [finding.rule.code for finding in report.findings] == codes.split()


FAILED = Violation(message="Bad.")
UNKNOWN = Unknown(cause=Unreadable(reason="No."))
NOT_READY, WITH_WARNINGS, READY = Verdict.NOT_READY, Verdict.READY_WITH_WARNINGS, Verdict.READY


@pytest.mark.parametrize(
    ("outcome", "severity", "verdict"),
    [
        (FAILED, Severity.ERROR, NOT_READY),
        (FAILED, Severity.WARNING, WITH_WARNINGS),
        (FAILED, Severity.INFO, READY),
        (UNKNOWN, Severity.ERROR, WITH_WARNINGS),
        (UNKNOWN, Severity.WARNING, READY),
        (UNKNOWN, Severity.INFO, READY),
        (Confirmation(message="Fine."), Severity.ERROR, READY),
        (NotApplicable(message="None."), Severity.ERROR, READY),
    ],
)
def test_the_verdict_of_one_finding(outcome: Outcome, severity: Severity, verdict: Verdict) -> None:
    assert report_of(yielding(outcome, severity=severity)).verdict is verdict


def test_an_error_outweighs_a_warning_and_an_unknown() -> None:
    rules = [yielding(FAILED, severity=severity) for severity in (Severity.WARNING, Severity.ERROR)]
    assert report_of(*rules, yielding(UNKNOWN)).verdict is NOT_READY


def test_an_empty_report_is_ready() -> None:
    assert report_of().verdict is READY


def test_counts_by_status_and_severity() -> None:
    report = report_of(
        yielding(),
        yielding(FAILED, FAILED),
        yielding(FAILED, severity=Severity.WARNING),
        yielding(FAILED, severity=Severity.INFO),
        yielding(UNKNOWN),
        yielding(FAILED, code="IGNORED1"),
        ignore=["IGNORED1"],
    )
    assert [report.count(status) for status in Status] == [4, 1, 1, 1]
    assert (len(report.errors), len(report.warnings)) == (2, 1)


def test_only_what_somebody_has_to_know_can_be_asked_for() -> None:
    report = report_of(
        yielding(),
        yielding(Confirmation(message="Fine.")),
        yielding(NotApplicable(message="No thing.")),
        yielding(UNKNOWN, FAILED),
        yielding(FAILED, code="IGNORED1"),
        ignore=["IGNORED1"],
        only_telling=True,
    )
    assert [each.status for each in report.findings] == [Status.UNKNOWN, Status.FAILED]


def test_an_uncounted_rule_is_shown_but_in_no_count_and_no_verdict() -> None:
    report = report_of(yielding(FAILED, uncounted=True), yielding(UNKNOWN, uncounted=True))
    assert len(report.findings) == 2
    assert report.counted == report.errors == report.warnings == ()
    assert sum(report.count(status) for status in Status) == 0
    assert report.verdict is READY


@pytest.mark.parametrize(
    ("further", "statuses"),
    [
        (None, [Status.PASSED]),
        ((make_subnet("ok"),), [Status.PASSED]),
        ((make_subnet("bad"), make_subnet("ok")), [Status.FAILED]),
        (make_unreadable(), [Status.UNKNOWN]),
    ],
)
def test_a_rule_of_each_subnet_judges_those_of_further_pools(
    further: tuple[Subnet, ...] | Unreadable | None, statuses: list[Status]
) -> None:
    def subnet_is_right(subnet: Subnet) -> Iterator[Outcome]:
        if subnet.name == "bad":
            yield Violation(message=f"'{subnet.name}' is wrong.")

    each = make_rule(subnet_is_right)._replace(of_each_subnet=True)
    findings = judge(each, subnet=make_subnet(), further_subnets=further)
    assert [finding.status for finding in findings] == statuses
