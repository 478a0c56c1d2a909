"""Resource Graph's quota of queries, kept by what its answers tell. No IO but waiting."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

REMAINING: Final = "x-ms-user-quota-remaining"
RESETS_AFTER: Final = "x-ms-user-quota-resets-after"
LONGEST_WAIT_SECONDS: Final = 60.0
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?")


class Quota:
    """Lets queries go as long as the last answers left room for them, else when Azure said that there is room again.

    Before the first answer nothing is known, and nothing is held back. A query that is under way counts as not yet
    counted. After a reset there is as much room as was ever told.
    Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._left: int | None = None
        self._until = 0.0
        self._most = 1
        self._under_way = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a query may go, and count it while the block runs."""
        with self._changed:
            while not self._may_go():
                self._changed.wait(max(0.0, self._until - self._clock()))
            self._under_way += 1
            if self._left is not None:
                self._left -= 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _may_go(self) -> bool:
        if self._left is not None and self._left <= 0 and self._clock() >= self._until:
            self._left = max(1, self._most - self._under_way)
        return self._left is None or self._left > 0

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take note of the headers of an answer, names in lower case, while its query's turn lasts."""
        remaining, span = headers.get(REMAINING, ""), _SPAN.fullmatch(headers.get(RESETS_AFTER, ""))
        if not remaining.isdecimal() or span is None:
            return
        hours, minutes, seconds = (int(each) for each in span.groups())
        resets = min(LONGEST_WAIT_SECONDS, float(hours * 3600 + minutes * 60 + seconds))
        with self._changed:
            others = self._under_way - 1
            self._most = max(self._most, int(remaining) + 1)
            self._left = int(remaining) - others
            self._until = self._clock() + resets
            self._changed.notify_all()
