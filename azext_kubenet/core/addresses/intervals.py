"""Sets of integers as sorted, disjoint, half-open intervals: addresses, ports, protocol numbers. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Network
from itertools import accumulate

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]

EVERY_ADDRESS: Intervals = ((0, 2**32),)
"""All IPv4 addresses."""


def union(intervals: Iterable[Interval]) -> Intervals:
    """The same set in normal form: sorted, disjoint, neighbours joined; empty intervals dropped."""
    joined: list[Interval] = []
    for low, high in sorted(intervals):
        if low >= high:
            continue
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def of_networks(networks: Iterable[IPv4Network]) -> Intervals:
    """The addresses of `networks`."""
    starts = ((int(each.network_address), each.prefixlen) for each in networks)
    return union((start, start + (1 << (32 - length))) for start, length in starts)


def subtract(minuend: Intervals, subtrahend: Intervals) -> Intervals:
    """What is in `minuend` and not in `subtrahend`; both in normal form."""
    left: list[Interval] = []
    ends = [high for _, high in subtrahend]
    for low, high in minuend:
        start = low
        for index in range(bisect_right(ends, low), len(subtrahend)):
            cut_low, cut_high = subtrahend[index]
            if cut_low >= high:
                break
            if start < cut_low:
                left.append((start, cut_low))
            start = cut_high
        if start < high:
            left.append((start, high))
    return tuple(left)


class Axis:
    """The numbers of a set, counted from 0 without gaps: 12 is coordinate 5 of ((0, 5), (12, 30)).

    Looks its set up by bisection, as both the set and what is projected on it can be large.
    """

    def __init__(self, numbers: Intervals) -> None:
        self._numbers = numbers
        self._ends = [high for _, high in numbers]
        self._offsets = list(accumulate((high - low for low, high in numbers), initial=0))

    @property
    def size(self) -> int:
        """How many numbers the set holds."""
        return self._offsets[-1]

    def project(self, part: Intervals) -> Intervals:
        """What `part`, in normal form, takes of the axis, in coordinates."""
        return union((self._below(low), self._below(high)) for low, high in part)

    def count(self, low: int, high: int) -> int:
        """How many numbers of the set are from `low` up to, but not including, `high`."""
        return self._below(high) - self._below(low)

    def at(self, coordinate: int) -> int:
        """The number at a coordinate. IndexError beyond the end."""
        if not 0 <= coordinate < self.size:
            raise IndexError(f"{coordinate} is beyond an axis of {self.size}.")
        index = bisect_right(self._offsets, coordinate) - 1
        return self._numbers[index][0] + coordinate - self._offsets[index]

    def _below(self, number: int) -> int:
        """How many numbers of the set are smaller than `number`: its coordinate, or that of the next one."""
        index = bisect_right(self._ends, number)
        if index == len(self._numbers):
            return self.size
        return self._offsets[index] + max(0, number - self._numbers[index][0])
