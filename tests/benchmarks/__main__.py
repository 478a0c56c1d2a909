"""`python -m tests.benchmarks [--only NAME] [--repeat N]`: one table of ratios. Runs az and prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

from .auditing import measure_audit
from .checking import measure_check, measure_migration
from .creating import measure_creation
from .judging import measure_rules
from .local_azure import LocalAzure, local_azure
from .measure import CannotMeasureError, Row
from .memory import measure_memory
from .planning import measure_imports, measure_plan, measure_prefixes
from .reporting import measure_report
from .validating import measure_validation

Measurement = Callable[[LocalAzure, int], list[Row]]

MEASUREMENTS: Final[dict[str, Measurement]] = {
    "plan": measure_plan,
    "prefixes": measure_prefixes,
    "imports": measure_imports,
    "validate-subnet": measure_validation,
    "rules": measure_rules,
    "audit": measure_audit,
    "check": measure_check,
    "migrate": measure_migration,
    "report": measure_report,
    "create": measure_creation,
    "memory": measure_memory,
}
HEADINGS: Final = ("Name", "Measured", "Allowed", "OK", "Requests", "Rounds", "Medians")
TURNS: Final = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where something could not be measured, 0 however slow it was."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Speed as ratios within one run.")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="measure this alone; can be repeated")
    parser.add_argument("--repeat", type=_turns, default=TURNS, metavar="N", help=f"turns, {TURNS} by default")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    failures: list[str] = []
    try:
        with local_azure() as azure:
            for name in options.only or MEASUREMENTS:
                print(f"Measuring {name}", file=sys.stderr, flush=True)
                try:
                    rows += MEASUREMENTS[name](azure, options.repeat)
                except CannotMeasureError as error:
                    failures.append(f"{name} could not be measured: {error}")
    except CannotMeasureError as error:
        failures.append(str(error))
    if rows:
        print(render_table(rows))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _turns(text: str) -> int:
    turns = int(text)
    if turns < 1:
        raise argparse.ArgumentTypeError("at least one turn")
    return turns


def render_table(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    verdict = "-"
    if row.measured is not None and row.target is not None:
        verdict = "yes" if row.target.is_met(row.measured) else "NO"
    return (
        row.name,
        "-" if row.measured is None else f"{row.measured:.2f}".removesuffix(".00"),
        "-" if row.target is None else str(row.target),
        verdict,
        "-" if row.requests is None else str(row.requests),
        "-" if row.rounds is None else str(row.rounds),
        row.detail,
    )


if __name__ == "__main__":
    sys.exit(main())
