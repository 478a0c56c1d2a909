"""What the commands that judge share: the day, and the exit code that tells what was found. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from knack.log import get_logger

from .core.azure.printable import printable

if TYPE_CHECKING:
    from azure.cli.core import AzCli
    from azure.cli.core.commands import AzCliCommand

    from .core.changes.cleanup import Kept
    from .core.rules.rule import Report

logger = get_logger(__name__)

FINDINGS_EXIT = 4
"""The command ran, and a finding of severity error failed."""

NOT_DONE_EXIT = 1
"""The command ran, and could not do all, or see enough to prove what it was asked to."""

_WRITTEN = "aks_kubenet_written"


def note_written(cmd: AzCliCommand) -> None:
    """Let the table tell what was done, not what would be."""
    cmd.cli_ctx.invocation.data[_WRITTEN] = True


def was_written(cli_ctx: AzCli) -> bool:
    """Whether what the answer lists has been done."""
    return bool(cli_ctx.invocation.data.get(_WRITTEN))


def today() -> date:
    """The day that rules judge by, in UTC."""
    return datetime.now(timezone.utc).date()


def exit_with_findings(cmd: AzCliCommand, report: Report, *, in_table: bool = True, unproved: bool = False) -> None:
    """Exit with 4 once az has printed the result, where an error was found or what had to be proved is `unproved`.

    The errors are told on stderr too, unless the result is a table and they are `in_table`: a long answer hides them,
    and a script may print none.
    """
    if not report.errors and not unproved:
        return
    if not (in_table and cmd.cli_ctx.invocation.data["output"] == "table"):
        for finding in report.errors:
            logger.error("%s: %s", finding.rule.code, printable(finding.message))
    exit_once_printed(cmd, FINDINGS_EXIT)


def exit_unproved(cmd: AzCliCommand) -> None:
    """Exit with 1 once az has printed the result: nothing was found, and not everything was seen."""
    logger.error("It is not proved that no cluster is on kubenet: not everything was seen.")
    exit_once_printed(cmd, NOT_DONE_EXIT)


def exit_incomplete(cmd: AzCliCommand, kept: Sequence[Kept]) -> None:
    """Exit with 1 once az has printed the result, where something that prepare may have made is kept."""
    for each in kept:
        logger.error("Kept: %s, because %s.", printable(each.resource_id), printable(each.reason))
    if kept:
        exit_once_printed(cmd, NOT_DONE_EXIT)


def exit_once_printed(cmd: AzCliCommand, code: int) -> None:
    """Exit with `code` once az has printed the result."""
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    def leave(_: Any, **__: Any) -> None:
        raise SystemExit(code)

    cmd.cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, leave)
