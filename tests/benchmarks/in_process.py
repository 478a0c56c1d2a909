"""What judging costs in this process, next to the start of az, and how it grows with its input. Runs az."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from .local_azure import LocalAzure
from .measure import Row, compared_row, take_turns


def judged_rows(
    azure: LocalAzure,
    turns: int,
    judged: Mapping[str, Callable[[], object]],
    *,
    next_to_az: tuple[str, float],
    growth: tuple[str, float],
) -> list[Row]:
    """Two rows, each with its name and what is allowed; `judged` is the judging of an input, and of a larger one."""
    once, more = judged
    gc.collect()
    gc.freeze()  # the collector must not walk through what is only the input
    try:
        timings = take_turns(
            {
                "az --version": lambda: azure.seconds("--version"),
                **{name: _seconds_of(judge) for name, judge in judged.items()},
            },
            turns,
        )
    finally:
        gc.unfreeze()
    return [
        compared_row(next_to_az[0], timings, once, "az --version", at_most=next_to_az[1]),
        compared_row(growth[0], timings, more, once, at_most=growth[1]),
    ]


def _seconds_of(judge: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        begin = time.perf_counter()
        judge()
        return time.perf_counter() - begin

    return timed
