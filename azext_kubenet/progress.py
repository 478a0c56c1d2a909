"""What a long piece of work says while it runs: a protocol, one that says nothing, and az's own on stderr."""

from __future__ import annotations

import shutil
import threading
import time
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final, Protocol

from .core.azure.printable import printable

if TYPE_CHECKING:
    from azure.cli.core import AzCli

_SPINNER_WIDTH: Final = 8
"""Columns that the spinner puts around a message, and one to spare: a line that wraps cannot be taken away."""

_REDRAW_SECONDS: Final = 1.0
"""How often the line is drawn anew; from the second time on it says for how long the work goes on."""


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
    """azure-cli's spinner: on stderr, only on a terminal, off with --only-show-errors.

    The line says what is done, and for how long the whole work, from the first `say` to `done`, has gone on.
    """

    def __init__(self, cli_ctx: AzCli) -> None:
        self._cli_ctx = cli_ctx
        self._is_off = getattr(cli_ctx, "only_show_errors", False)
        self._lock = threading.Lock()
        self._controller: Any = None
        self._message = ""
        self._began = 0.0
        self._ended = threading.Event()

    def say(self, message: str) -> None:
        if self._is_off:
            return
        with self._lock:
            is_first, self._message = self._controller is None, printable(message)
            if is_first:
                self._began = time.monotonic()
            self._draw()
        if is_first:
            self._ended = threading.Event()
            threading.Thread(target=self._go_on, args=(self._ended,), daemon=True).start()

    def done(self) -> None:
        self._ended.set()
        with self._lock:
            if self._controller is not None:
                self._controller.end()
                self._controller = None

    def _go_on(self, ended: threading.Event) -> None:
        while not ended.wait(_REDRAW_SECONDS):
            with self._lock:
                if not ended.is_set():
                    self._draw()

    def _draw(self) -> None:
        seconds = int(time.monotonic() - self._began)
        lasting = f" ({seconds} s)" if seconds else ""
        width = max(shutil.get_terminal_size().columns - _SPINNER_WIDTH, _SPINNER_WIDTH) - len(lasting)
        # each time a spinner of its own: one that has drawn leaves out what follows within 0.2 s
        self._controller = self._cli_ctx.get_progress_controller(det=False)
        self._controller.add(message=shorten(self._message, width, placeholder="...") + lasting)
