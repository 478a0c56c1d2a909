"""What az leaves to its commands about the terminal: no colours with NO_COLOR, help no wider than the screen. No IO."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from azure.cli.core.style import format_styled_text
from knack.log import cli_logger_names

if TYPE_CHECKING:
    from azure.cli.core import AzCli

    from .render.tables import Screen

NARROWEST_HELP: Final = 60
"""Columns below which the texts next to the names of arguments would be single words."""


def leave_colours_out(cli_ctx: AzCli, args: list[str]) -> None:
    """Do what azure-cli does with AZURE_CORE_NO_COLOR, which it has read before any command is loaded.

    Source: https://no-color.org: NO_COLOR counts where it is present and not empty.
    """
    if not os.environ.get("NO_COLOR") or not cli_ctx.enable_color:
        return
    cli_ctx.enable_color = False
    format_styled_text.theme = "none"
    for name in (None, *cli_logger_names):
        logging.getLogger(name).handlers.clear()  # configure() makes them only where the root has none
    cli_ctx.logging.configure(args)


def screen(cli_ctx: AzCli) -> Screen:
    """What a table is made for: as wide as the terminal, in colour only there and where az uses colours."""
    from .judging import was_written
    from .render.tables import SCREEN, Screen

    columns = shutil.get_terminal_size((SCREEN, 24)).columns
    colour = bool(cli_ctx.enable_color) and sys.stdout.isatty()
    return Screen(columns=columns, colour=colour, written=was_written(cli_ctx))


def fit_help(cli_ctx: AzCli) -> None:
    """Wrap the help at the width of the terminal, where that is less than azure-cli's fixed 100 columns."""
    shown = cli_ctx.invocation.help
    columns = shutil.get_terminal_size((shown.textwrap_width, 24)).columns
    shown.textwrap_width = max(NARROWEST_HELP, min(columns, shown.textwrap_width))
