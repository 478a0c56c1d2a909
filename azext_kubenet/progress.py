"""What a long piece of work says while it runs: a protocol, one that says nothing, and az's own on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from azure.cli.core import AzCli


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
        self._controller = cli_ctx.get_progress_controller(det=False)
        self._began = False

    def say(self, message: str) -> None:
        if not self._began:
            self._controller.begin()
            self._began = True
        shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in message)
        self._controller.add(message=shown)

    def done(self) -> None:
        if self._began:
            self._controller.end()
            self._began = False
