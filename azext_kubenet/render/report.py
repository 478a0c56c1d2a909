"""Reports and findings as dicts with the contract's JSON keys, and as table rows. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.azure.printable import printable
from ..core.azure.resource_id import ResourceId
from ..core.rules.rule import Finding, Report, Rule, Status
from .tables import FINDING_WIDTHS, NARROW, Row, Screen, findings_rows, fit, verdict_row


def render_value(value: object) -> Any:
    """A value as JSON has it: networks and ids as text, sequences as lists."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): render_value(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [render_value(each) for each in value]
    return printable(str(value))


def render_rule(rule: Rule) -> dict[str, Any]:
    """One line of the catalogue; the severity is the rule's highest."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "title": rule.title,
        "remediation": rule.remediation,
        "documentation": rule.documentation,
    }


def render_whole_rule(rule: Rule) -> dict[str, Any]:
    """All that there is to say of a rule; `remediationWhenRunning` is null where it is the same, `withoutCommand` where
    its findings print commands.
    """
    return {
        **render_rule(rule),
        "reads": [fact.words for fact in rule.facts],
        "rationale": " ".join(rule.rationale.split()),
        "remediationWhenRunning": rule.when_running or None,
        "withoutCommand": rule.no_command or None,
        "sources": list(rule.sources),
    }


def rules_table(result: Sequence[Mapping[str, Any]], screen: Screen = NARROW) -> list[Row]:
    """The catalogue, a row for each rule; of rules that were asked for all that there is to say."""
    width = screen.left_of(*FINDING_WIDTHS)
    return [
        {
            "Code": rule["code"],
            "Severity": screen.coloured(rule["severity"]),
            "Title": "\n".join(fit(line, width) for line in (rule["title"], *_details(rule))),
        }
        for rule in result
    ]


def _details(rule: Mapping[str, Any]) -> Iterator[str]:
    if "sources" not in rule:
        return
    yield f"Reads: {', '.join(rule['reads'])}."
    yield f"Why: {rule['rationale']}"
    yield f"To repair: {rule['remediation']}"
    if rule["remediationWhenRunning"]:
        yield f"Where it runs: {rule['remediationWhenRunning']}"
    if rule["withoutCommand"]:
        yield f"No command: {rule['withoutCommand']}"
    yield from (f"Source: {source}" for source in rule["sources"])


def render_finding(finding: Finding) -> dict[str, Any]:
    """One finding with every key of the contract."""
    rule = finding.rule
    return {
        "code": rule.code,
        "name": rule.name,
        "title": rule.title,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "message": printable(finding.message),
        "resourceId": None if finding.resource_id is None else printable(str(finding.resource_id)),
        "evidence": render_value(finding.evidence),
        "remediation": printable(finding.remediation),
        "commands": [printable(command) for command in finding.commands],
        "destructiveCommands": [printable(command) for command in finding.destructive_commands],
        "documentation": rule.documentation,
    }


def render_report(report: Report, subnet_id: ResourceId | None) -> dict[str, Any]:
    """The answer of validate-subnet."""
    return {
        "subnetId": None if subnet_id is None else printable(str(subnet_id)),
        "verdict": report.verdict.value,
        "counts": render_counts(report),
        "findings": [render_finding(finding) for finding in report.findings],
    }


def render_counts(report: Report) -> dict[str, int]:
    """How many findings ended how."""
    return {
        "passed": report.count(Status.PASSED),
        "failed": report.count(Status.FAILED),
        "unknown": report.count(Status.UNKNOWN),
        "skipped": report.count(Status.SKIPPED),
        "errors": len(report.errors),
        "warnings": len(report.warnings),
    }


def report_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """The table of a whole report: what is wrong or unknown, worst first, and the verdict with the counts."""
    findings = result["findings"]
    return [*findings_rows(findings, screen), verdict_row(result["verdict"], findings, screen)]
