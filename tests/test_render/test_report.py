"""Findings and reports in the contract's keys; what is printed cannot steer a terminal; tables of 80 columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Rule, Severity, Stage, Unknown, Violation, rule
from azext_kubenet.render.report import render_report, render_rule, render_value
from azext_kubenet.render.report_table import report_table, rules_table
from tests.test_core.make import TODAY, make_cluster, make_id

SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
FINDING_KEYS = [
    *("code", "name", "title", "severity", "status", "message", "resourceId", "evidence", "remediation", "commands"),
    *("destructiveCommands", "documentation"),
]
COUNTS = ["passed", "failed", "unknown", "skipped", "errors", "warnings"]
REPLACED = "\N{REPLACEMENT CHARACTER}"


@rule(code="X1", title="all is well", severity=Severity.ERROR, stage=Stage.PLAN, remediation="Mend it.", sources=("s",))
def broken() -> Iterator[Violation | Unknown]:
    """It breaks."""
    yield Violation(
        message="It is \x1b[31mbroken\x07.",
        resource_id="/sub/\x1bx",
        evidence={"prefix": IPv4Network("10.0.0.0/8"), "names": ["a\x00"], "count": 3, "none": None, "yes": True},  # type: ignore[dict-item] # networks are shown as text
        commands=("az x \x9b",),
    )
    yield Violation(message="It is worn.", severity=Severity.WARNING)
    yield Unknown(cause=Unreadable(reason="you may not look.", permission="X/read"))


@rule(code="X2", title="it stands", severity=Severity.INFO, stage=Stage.PLAN, remediation="Lift it.", sources=("s",))
def standing() -> Iterator[Violation]:
    """It stands."""
    yield from ()


def report(*rules: Rule, ignore: frozenset[str] = frozenset()) -> dict[str, Any]:
    judged = evaluate(rules, cluster=make_cluster(), snapshot=Snapshot(), today=TODAY, stage=Stage.FLEET, ignore=ignore)
    return render_report(judged, SUBNET)


def test_a_report_has_exactly_the_keys_of_the_contract() -> None:
    result = report(broken, standing)
    assert list(result) == ["subnetId", "verdict", "counts", "findings"]
    assert list(result["counts"]) == COUNTS
    assert all(list(finding) == FINDING_KEYS for finding in result["findings"])
    assert json.loads(json.dumps(result)) == result


def test_a_report_of_all_rules_is_json_with_those_keys() -> None:
    result = report(*all_rules())
    assert all(list(finding) == FINDING_KEYS for finding in result["findings"])
    assert {finding["code"] for finding in result["findings"]} == {each.code for each in all_rules()}
    assert json.loads(json.dumps(result)) == result


def test_verdict_and_counts() -> None:
    result = report(broken, standing)
    assert (result["subnetId"], result["verdict"]) == (str(SUBNET), "notReady")
    assert result["counts"] == dict(zip(COUNTS, (1, 2, 1, 0, 1, 1), strict=True))
    ignored = report(broken, standing, ignore=frozenset(("X1",)))
    assert ignored["verdict"] == "ready"
    assert ignored["findings"][0]["evidence"] == {"reason": "ignored"}


def test_without_a_subnet_the_id_is_null() -> None:
    judged = evaluate((standing,), cluster=make_cluster(), snapshot=Snapshot(), today=TODAY, stage=Stage.CREATE)
    assert render_report(judged, None)["subnetId"] is None


def test_texts_of_azure_lose_their_control_characters() -> None:
    finding = report(broken)["findings"][0]
    assert finding["message"] == f"It is {REPLACED}[31mbroken{REPLACED}."
    assert finding["resourceId"] == f"/sub/{REPLACED}x"
    assert finding["commands"] == [f"az x {REPLACED}"]
    assert finding["evidence"] == {
        "prefix": "10.0.0.0/8",
        "names": [f"a{REPLACED}"],
        "count": 3,
        "none": None,
        "yes": True,
    }


def test_values_become_json() -> None:
    assert render_value({"a": (IPv4Network("10.0.0.0/8"), [SUBNET]), 1: b"x"}) == {
        "a": ["10.0.0.0/8", [str(SUBNET)]],
        "1": [120],
    }
    assert render_value("text") == "text"


def test_the_table_shows_what_failed_first_and_the_worst_of_it_first() -> None:
    rows = report_table(report(standing, broken))
    assert [(row["Code"], row["Severity"]) for row in rows] == [
        *(("X1", "error"), ("X1", "warning")),
        *(("", "unknown"), ("", "NOT READY")),
    ]
    assert list(rows[0]) == ["Code", "Severity", "Message"]


def width(rows: list[dict[str, Any]]) -> int:
    """Columns that az's table takes: each as wide as its widest line or its heading and two, two blanks between."""
    widest = [
        max(len(line) for text in (f"{key}  ", *(str(row[key]) for row in rows)) for line in text.splitlines() or [""])
        for key in rows[0]
    ]
    return sum(widest) + 2 * (len(widest) - 1)


def test_tables_are_80_columns_wide_at_most() -> None:
    findings = report(*all_rules())["findings"]
    wordy = {**findings[0], "code": "OVL7", "severity": "warning", "status": "unknown", "message": "word " * 60}
    assert width(report_table({"findings": [*findings, wordy], "verdict": "notReady"})) <= 80
    assert width(rules_table([render_rule(each) for each in all_rules()])) <= 80


def test_a_rule_of_the_catalogue() -> None:
    assert render_rule(broken._replace(code="IP2")) == {
        "code": "IP2",
        "name": "broken",
        "severity": "error",
        "title": "all is well",
        "remediation": "Mend it.",
        "documentation": broken.documentation,
    }
