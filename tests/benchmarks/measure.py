"""Fair comparison on a noisy machine: turn by turn, ratios within a turn, medians over the turns. No IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Timings = Mapping[str, list[float]]
"""Seconds of each thing compared, one entry a turn."""


class CannotMeasureError(Exception):
    """What was to be measured did not run as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a ratio should be at most, or at least."""

    value: float
    at_least: bool = False

    def is_met(self, measured: float) -> bool:
        return measured >= self.value if self.at_least else measured <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `detail` holds the medians or the names behind `measured`, which is None if not there."""

    name: str
    measured: float | None
    target: Target | None
    detail: str
    requests: int | None = None
    rounds: int | None = None


def take_turns(compared: Mapping[str, Callable[[], float]], turns: int) -> Timings:
    """Time each thing once a turn, every other turn in reverse order, so that drift of the machine cancels out.

    A turn that is not counted comes first: it fills caches of files and of bytecode.
    """
    names = tuple(compared)
    timings: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(turns + 1):
        for name in names[::-1] if turn % 2 else names:
            seconds = compared[name]()
            if turn:
                timings[name].append(seconds)
    return timings


def median_of(timings: Timings, combine: Callable[..., float], *names: str) -> float:
    """The median over the turns of what `combine` makes of the seconds of `names` in one turn."""
    return median(combine(*seconds) for seconds in zip(*(timings[name] for name in names), strict=True))


def ratio(timings: Timings, numerator: str, denominator: str) -> float:
    """The median of the turns' ratios."""
    return median_of(timings, lambda above, below: above / below, numerator, denominator)


def medians(timings: Timings, *names: str) -> str:
    """`plan 0.48 s, aks create -h 0.50 s`."""
    return ", ".join(f"{name} {_seconds(median(timings[name]))}" for name in names)


def compared_row(name: str, timings: Timings, numerator: str, denominator: str, *, at_most: float) -> Row:
    """The line that compares two things that took turns, with the medians of both."""
    return Row(
        name=name,
        measured=ratio(timings, numerator, denominator),
        target=Target(value=at_most),
        detail=medians(timings, numerator, denominator),
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"
