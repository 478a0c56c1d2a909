"""The move to overlay as a dict with the contract's JSON keys, and as a table. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..core.azure.printable import printable
from ..core.changes.infrastructure_code import CodeChange
from ..core.changes.migration_steps import Step, StepState
from ..core.clusters.leftovers import Leftover
from ..core.clusters.verification import Check, Verification
from ..core.rules.migrating import Migration, MigrationVerdict
from .report import render_counts, render_finding
from .tables import FINDING_WIDTHS, NARROW, Row, Screen, conclusion, findings_rows, fit


def render_migration(migration: Migration) -> dict[str, Any]:
    """The answer of migrate."""
    estimate, report = migration.estimate, migration.report
    return {
        "verdict": migration.verdict.value,
        "steps": [_step(each) for each in migration.plan.steps],
        "estimate": {
            "reimages": estimate.reimages,
            "nodes": estimate.nodes,
            "minutes": {"low": estimate.low, "high": estimate.high},
            "basis": estimate.basis,
        },
        "verification": None if migration.verification is None else _verification(migration.verification),
        "leftovers": [_leftover(each) for each in migration.plan.leftovers],
        "iac": None if migration.code is None else _code(migration.code),
        "counts": render_counts(report),
        "findings": [render_finding(each) for each in report.findings],
        "nextCommands": [printable(each) for each in migration.next_commands],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "number": step.number,
        "name": step.name.value,
        "state": step.state.value,
        "irreversible": step.irreversible,
        "reimages": step.reimages,
        "command": None if step.command is None else printable(step.command),
        "reason": printable(step.reason),
    }


def _verification(verification: Verification) -> dict[str, Any]:
    return {
        "checks": [_check(each) for each in verification.checks],
        "associations": [
            {
                "subnetId": None if subnet is None else printable(str(subnet)),
                "routeTableId": None if table is None else printable(str(table)),
            }
            for subnet, table in verification.associations
        ],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": printable(check.name),
        "expected": printable(check.expected),
        "found": printable(check.found),
        "passed": None if check.hidden is not None else check.passed,
    }


def _leftover(leftover: Leftover) -> dict[str, Any]:
    return {
        "kind": leftover.kind.value,
        "resourceId": printable(str(leftover.resource_id)),
        "command": printable(leftover.command),
    }


def _code(code: CodeChange) -> dict[str, Any]:
    return {
        "format": code.format.value,
        "before": code.before,
        "after": code.after,
        "minimumVersion": code.minimum_version,
    }


def migration_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """The steps, the findings that are not passed or skipped, worst first, then the verdict with the counts."""
    findings = result["findings"]
    word = _WORDS[result["verdict"]]
    width = screen.left_of(FINDING_WIDTHS[0], max(FINDING_WIDTHS[1], len(word)))
    return [
        *(_row(str(each["number"]), each["state"], _text(each), screen, width) for each in result["steps"]),
        *findings_rows(findings, screen, width),
        *([_row("", "commands", f"add {COMMANDS}", screen, width)] if any(map(_is_to_run, result["steps"])) else []),
        {
            **_row("", word, "", screen, width),
            "Message": f"{fit(reimages_in_words(result), width)}\n{conclusion(findings, width)}",
        },
    ]


def _is_to_run(step: Mapping[str, Any]) -> bool:
    return step["state"] == StepState.PLANNED.value and step["command"] is not None


COMMANDS: Final = "--query \"steps[?state=='planned'].command\" -o tsv"
"""Where the commands of the steps are: no table can hold them in one line."""

_WORDS: Final = {
    MigrationVerdict.READY.value: "READY",
    MigrationVerdict.READY_WITH_WARNINGS.value: "WARNINGS",
    MigrationVerdict.NOT_READY.value: "NOT READY",
    MigrationVerdict.IN_PROGRESS.value: "IN PROGRESS",
    MigrationVerdict.MIGRATED.value: "MIGRATED",
    MigrationVerdict.NOT_VERIFIED.value: "UNPROVED",
}


def reimages_in_words(result: Mapping[str, Any]) -> str:
    """How often all nodes are reimaged, and how long that takes."""
    estimate, minutes = result["estimate"], result["estimate"]["minutes"]
    if not estimate["reimages"]:
        return "No step is left that reimages nodes."
    not_yet = "Do not run the steps yet. " if result["verdict"] == MigrationVerdict.NOT_READY.value else ""
    times = "once" if estimate["reimages"] == 1 else f"{estimate['reimages']} times"
    return (
        f"{not_yet}The steps reimage {_nodes(estimate['nodes'])} {times}, in about {minutes['low']} to "
        f"{minutes['high']} minutes, as few recordings show."
    )


def _nodes(count: int) -> str:
    return "the one node" if count == 1 else f"all {count:,} nodes"


def _text(step: Mapping[str, Any]) -> str:
    """What the step is; of one that is left also what it costs."""
    is_left = step["state"] not in (StepState.DONE.value, StepState.SKIPPED.value)
    traits = ["cannot be undone"] * step["irreversible"] + ["reimages all nodes"] * step["reimages"]
    marks = f" ({', '.join(traits)})" if traits and is_left else ""
    return f"{step['name']}{marks}: {step['reason']}"


def _row(code: str, word: str, message: str, screen: Screen, width: int) -> Row:
    return {"Code": code, "Severity": screen.coloured(word), "Message": fit(message, width)}
