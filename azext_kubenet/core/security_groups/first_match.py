"""Which of an ordered list of boxes is the first to contain a point, asked for all points of a space at once. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..addresses.intervals import Intervals

_SPARE_STEPS: Final = 60_000
_STEPS_AN_EDGE: Final = 4
"""Edges that a search may look at, all in all, and for each edge given: our choice, far beyond what a real list needs.

So the work is linear in what is given, whatever it is, and below a second for all that Azure takes."""

MOST_CANDIDATES: Final = 20_000
"""Candidates that are looked at: twenty times the rules that a security group can have, as the masks grow with them.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A box, one set a dimension. `certain` False says that the box bounds what is really matched.

    `index` names it in the results; `wanted` is the property that the search is for.
    """

    index: int
    certain: bool
    wanted: bool
    box: tuple[Intervals, ...]


class FirstMatch:
    """Finds the wanted candidates that decide some part of the space: none before them contains it.

    Sets of candidates are bit masks, the lowest bit the first in order. The space is cut dimension by dimension at the
    candidates' edges; behind the first candidate that certainly contains all that is left, no other matters, and a part
    in which no wanted candidate is left to be found is not looked at. That keeps real rule lists near linear.

    The last candidate must certainly contain the whole space, so that every point is decided.
    `decided` and `undecided` hold for an index the lowest corner of a part: decided by that candidate, or dependent on
    what it really matches. `complete` is False when the search stopped early; what it has found is sound all the same.
    """

    def __init__(self, *, candidates: Sequence[Candidate], sizes: Sequence[int]) -> None:
        self.decided: dict[int, tuple[int, ...]] = {}
        self.undecided: dict[int, tuple[int, ...]] = {}
        self.complete = True
        if len(candidates) > MOST_CANDIDATES:
            # the last stands for all that is left out, and is not wanted: nothing is found of what was not looked at
            candidates = (*candidates[:MOST_CANDIDATES], replace(candidates[-1], wanted=False))
            self.complete = False
        self._candidates = candidates
        self._sizes = sizes
        self._steps = _SPARE_STEPS + _STEPS_AN_EDGE * sum(2 * len(side) for each in candidates for side in each.box)
        self._seen: set[tuple[int, int]] = set()
        self._wanted = self._open = _mask(number for number, each in enumerate(candidates) if each.wanted)
        self._certain = _mask(number for number, each in enumerate(candidates) if each.certain)
        self._full = [
            _mask(number for number, each in enumerate(candidates) if each.box[dimension] == ((0, size),))
            for dimension, size in enumerate(sizes)
        ]
        self._full_from = [-1]
        for full in reversed(self._full):
            self._full_from.insert(0, self._full_from[0] & full)

    def run(self) -> None:
        """Search the whole space."""
        self._visit(0, (1 << len(self._candidates)) - 1, ())

    def _visit(self, dimension: int, mask: int, corner: tuple[int, ...]) -> None:
        """Look at the part of the space at `corner`, whose first `dimension` coordinates the `mask` contains."""
        decisive = mask & self._certain & self._full_from[dimension]
        first = decisive & -decisive
        mask &= (first << 1) - 1
        if not mask & self._open or (dimension, mask) in self._seen:
            return
        self._seen.add((dimension, mask))
        if mask == first or dimension == len(self._sizes):
            self._decide(mask, first, corner + (0,) * (len(self._sizes) - dimension))
            return
        for start, active in self._cut(dimension, mask):
            if self._steps < 0:
                self.complete = False
                return
            self._visit(dimension + 1, active, (*corner, start))

    def _cut(self, dimension: int, mask: int) -> Iterator[tuple[int, int]]:
        """The pieces of one dimension: where each starts, and which of `mask` contain it."""
        active = mask & self._full[dimension]
        edges = sorted(
            (edge, number)
            for number in _numbers(mask ^ active)
            for interval in self._candidates[number].box[dimension]
            for edge in interval
        )
        self._steps -= len(edges) + 1
        start = 0
        for edge, number in edges:
            if edge > start:
                yield start, active
                start = edge
            active ^= 1 << number
        if start < self._sizes[dimension]:
            yield start, active

    def _decide(self, mask: int, first: int, corner: tuple[int, ...]) -> None:
        """All of `mask` contain this part, only `first` for certain."""
        unsure = mask ^ first
        differing = unsure & (~self._wanted if first & self._wanted else self._wanted)
        if differing:
            for number in _numbers(differing):
                self.undecided.setdefault(self._candidates[number].index, corner)
            self._open &= ~unsure
        else:
            self.decided.setdefault(self._candidates[_lowest(first)].index, corner)
            self._open &= ~first


def _mask(numbers: Iterable[int]) -> int:
    found = bytearray()
    for number in numbers:
        byte, bit = divmod(number, 8)
        if byte >= len(found):
            found.extend(bytes(byte + 1 - len(found)))
        found[byte] |= 1 << bit
    return int.from_bytes(found, "little")


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _numbers(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    left = mask
    while left:
        number = _lowest(left)
        yield number
        left &= left - 1
