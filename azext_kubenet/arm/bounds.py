"""What one read, and one command, may take: bytes, pages, memory, seconds of transfer, and waits. No IO but waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ..core.azure.limits import (
    LONGEST_WAITS_SECONDS,
    MAX_ANSWER_BYTES,
    MAX_HELD_BYTES,
    MAX_PAGES,
    MAX_TRANSFER_SECONDS,
    WAITS_TOLD_FROM_SECONDS,
)
from .errors import ArmError, ArmUnreachableError

TOO_LARGE: Final = "AnswerTooLarge"


class EndlessWaitError(ArmUnreachableError):
    """Azure asks to wait for longer than a command does."""


class Memory:
    """What the answers of one command hold, estimated; reads side by side share it."""

    def __init__(self, most: int = MAX_HELD_BYTES) -> None:
        self._most = most
        self._held = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        with self._lock:
            self._held += count
            held = self._held
        if held > self._most:
            raise _too_large(f"Azure's answers would take more than {self._most >> 20} MiB of memory.")

    def give(self, count: int) -> None:
        with self._lock:
            self._held -= count


class Reading:
    """What is left of the bounds of one read: all its tries and all its pages."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.seconds = float(MAX_TRANSFER_SECONDS)
        self._bytes = 0
        self._pages = 0

    def received(self, count: int) -> None:
        """Count bytes as they come, decompressed."""
        self._bytes += count
        if self._bytes > MAX_ANSWER_BYTES:
            raise _too_large(f"Azure's answer is larger than {MAX_ANSWER_BYTES >> 20} MiB.")
        self.memory.take(count)

    def page(self) -> None:
        """Count one more page."""
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise _too_large(f"Azure's list has more than {MAX_PAGES:,} pages.")


def _too_large(message: str) -> ArmError:
    return ArmError(status=200, code=TOO_LARGE, message=message)


def decoded_size(content: bytes) -> int:
    """What JSON may take in memory once it is decoded, estimated from above by what it is made of.

    A list takes up to 30 times the bytes that it is written with. Texts take one byte a character, or four where one
    of them needs that.
    """
    wide = 1 if content.isascii() and b"\\u" not in content else 4
    return (
        4_096
        + 2 * wide * len(content)
        + 64 * (content.count(b",") + content.count(b"["))
        + 72 * content.count(b"{")
        + 150 * content.count(b":")
    )


class Patience:
    """How long a command waits because Azure asks for it: told as it gets long, and not without end.

    Waits side by side count once.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell = tell
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0
        self._waited = 0.0
        self._told = 0.0

    def wait(self, seconds: float) -> None:
        """Wait; raises EndlessWaitError instead, where that would be too long."""
        with self._lock:
            now = self._clock()
            until = now + seconds
            total = self._waited + max(0.0, until - max(now, self._until))
            if total > LONGEST_WAITS_SECONDS:
                raise EndlessWaitError(
                    f"Azure asks to wait for {seconds:,.0f} s, after {self._waited:,.0f} s of waiting; "
                    f"that is more than the {LONGEST_WAITS_SECONDS} s that a command waits for it",
                    recommendation="Azure limits requests, or is slow today: run the command again later.",
                )
            self._waited, self._until = total, max(until, self._until)
            if total - self._told >= WAITS_TOLD_FROM_SECONDS:
                self._told = total
                self._tell(f"Azure asks to wait for {seconds:,.0f} s ({total:,.0f} s in all so far).")
        self._sleep(seconds)
