"""Sets of integers as sorted, disjoint, half-open intervals: addresses, ports, protocol numbers. No IO."""

from __future__ import annotations

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
    return union((int(each.network_address), int(each.broadcast_address) + 1) for each in networks)


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
