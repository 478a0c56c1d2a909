"""How much work a call is, counted rather than timed: no other load on the machine changes it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def lines_run(work: Callable[[], object]) -> int:
    """The lines of Python that run in this thread while `work` does."""
    lines = 0

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    present = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(present)
    return lines
