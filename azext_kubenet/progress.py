"""What a long piece of work says while it runs: a protocol, one that says nothing, and az's own on stderr."""

from __future__ import annotations

import shutil
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final, Protocol

from .core.azure.printable import printable

if TYPE_CHECKING:
    from azure.cli.core import AzCli

_SPINNER_WIDTH: Final = 8
"""Columns that the spinner puts around a message, and one to spare: a line that wraps cannot be taken away."""


class Reporter(Protocol):
    """Takes a sentence about what is being done now."""

    def say(self, message: str) -> None:
        """Show that this is being done."""
        ...

    def done(self) -> None:
        """Take the progress line away."""
        ...


class SilentReporter:
    """Says nothing."""

    def say(self, message: str) -> None:
        """Say nothing."""

    def done(self) -> None:
        """Nothing to take away."""


class AzReporter:
    """azure-cli's spinner: on stderr, only on a terminal, off with --only-show-errors."""

    def __init__(self, cli_ctx: AzCli) -> None:
        self._cli_ctx = cli_ctx
        self._is_off = getattr(cli_ctx, "only_show_errors", False)
        self._controller: Any = None

    def say(self, message: str) -> None:
        if self._is_off:
            return
        width = max(shutil.get_terminal_size().columns - _SPINNER_WIDTH, _SPINNER_WIDTH)
        # each time a spinner of its own: one that has drawn leaves out what follows within 0.2 s
        self._controller = self._cli_ctx.get_progress_controller(det=False)
        self._controller.add(message=shorten(printable(message), width, placeholder="..."))

    def done(self) -> None:
        if self._controller is not None:
            self._controller.end()
            self._controller = None
