"""Reports and the catalogue of rules as tables. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .tables import FINDING_WIDTHS, NARROW, Row, Screen, findings_rows, fit, verdict_row


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


def report_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """The table of a whole report: what is wrong or unknown, worst first, and the verdict with the counts."""
    findings = result["findings"]
    return [*findings_rows(findings, screen), verdict_row(result["verdict"], findings, screen)]
