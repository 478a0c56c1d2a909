"""What a command sent, out of the simulator's log: requests, and how many of them had to follow one another. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.simulator import LoggedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests, and sequential rounds: the length of the longest chain in which each waited for the one before."""

    requests: int
    rounds: int


def traffic_of(log: Iterable[LoggedRequest]) -> Traffic:
    """Count what the log holds; meaningful where an answer takes longer than sending requests side by side does."""
    times = sorted((entry.time + entry.duration, entry.time) for entry in log)
    rounds, answered = 0, 0.0
    for end, begin in times:
        if begin >= answered:
            rounds, answered = rounds + 1, end
    return Traffic(requests=len(times), rounds=rounds)
