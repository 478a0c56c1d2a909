"""Reports and findings as dicts with the contract's JSON keys. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.azure.printable import printable
from ..core.azure.resource_id import ResourceId
from ..core.rules.rule import Finding, Report, Rule, Status


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
