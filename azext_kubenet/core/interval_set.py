"""Sets of integers as sorted, disjoint, half-open intervals: addresses, ports, protocol numbers. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Network

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
    for low, high in minuend:
        start = low
        for cut_low, cut_high in subtrahend:
            if cut_low < high and start < cut_high:
                if start < cut_low:
                    left.append((start, cut_low))
                start = cut_high
        if start < high:
            left.append((start, high))
    return tuple(left)


def covers(outer: Intervals, inner: Intervals) -> bool:
    """Whether all of `inner` is in `outer`; both in normal form. Ends at the first that is not."""
    for low, high in inner:
        index = bisect_right(outer, low, key=_end)
        if index == len(outer) or outer[index][0] > low or outer[index][1] < high:
            return False
    return True


def overlap(one: Intervals, other: Intervals) -> bool:
    """Whether two sets in normal form have a number in common; fast where one of them is small."""
    few, many = sorted((one, other), key=len)
    for low, high in few:
        index = bisect_right(many, low, key=_end)
        if index < len(many) and many[index][0] < high:
            return True
    return False


def _end(interval: Interval) -> int:
    return interval[1]


def size(intervals: Intervals) -> int:
    """How many numbers the set holds."""
    return sum(high - low for low, high in intervals)


def project(part: Intervals, space: Intervals) -> Intervals:
    """`part`, limited to `space`, in coordinates that count through `space` from 0 without gaps.

    Both in normal form: ((10, 20),) in ((0, 5), (12, 30)) is ((5, 13),).
    """
    found: list[Interval] = []
    offset = 0
    for space_low, space_high in space:
        for low, high in part:
            if low < space_high and space_low < high:
                start = max(low, space_low) - space_low
                found.append((offset + start, offset + min(high, space_high) - space_low))
        offset += space_high - space_low
    return union(found)


def at(space: Intervals, coordinate: int) -> int:
    """The number at `coordinate` of `space`: the inverse of `project`. IndexError beyond the end."""
    left = coordinate
    for low, high in space:
        if left < high - low:
            return low + left
        left -= high - low
    raise IndexError(f"{coordinate} is beyond a space of {size(space)}.")
