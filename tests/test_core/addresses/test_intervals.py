"""Interval sets, held against Python's own sets of the same numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.addresses.intervals import Axis, Intervals, subtract, union
from tests.work import lines_run

NUMBERS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=4).map(union)


def members(intervals: Intervals) -> set[int]:
    return {number for low, high in intervals for number in range(low, high)}


def is_normal(intervals: Intervals) -> bool:
    flat = [edge for interval in intervals for edge in interval]
    return flat == sorted(set(flat))


@given(NUMBERS, NUMBERS)
def test_interval_sets_are_sets(one: Intervals, other: Intervals) -> None:
    assert members(subtract(one, other)) == members(one) - members(other)
    assert members(union((*one, *other))) == members(one) | members(other)
    assert is_normal(subtract(one, other))
    assert is_normal(union((*one, *other)))


@given(NUMBERS, NUMBERS)
def test_an_axis_counts_its_numbers_in_order(numbers: Intervals, part: Intervals) -> None:
    axis, counted = Axis(numbers), sorted(members(numbers))
    assert axis.size == len(counted)
    assert [axis.at(coordinate) for coordinate in range(axis.size)] == counted
    projected = axis.project(part)
    assert is_normal(projected)
    assert members(projected) == {place for place, number in enumerate(counted) if number in members(part)}


def test_a_part_is_projected_without_the_gaps() -> None:
    assert Axis(((0, 5), (12, 30))).project(((10, 20),)) == ((5, 13),)


@pytest.mark.parametrize("coordinate", [-1, 3, 2**32])
def test_an_axis_ends(coordinate: int) -> None:
    with pytest.raises(IndexError, match=rf"{coordinate} is beyond an axis of 3\."):
        Axis(((0, 1), (4, 6))).at(coordinate)


def every_other(count: int, first: int = 0) -> Intervals:
    return tuple((first + number * 10, first + number * 10 + 5) for number in range(count))


def test_two_large_sets_are_no_more_work_than_their_lengths() -> None:
    def work(count: int) -> int:
        one, other = every_other(count), every_other(count, first=3)
        axis = Axis(one)
        return lines_run(lambda: (subtract(one, other), axis.project(other), axis.at(axis.size - 1)))

    assert work(4_000) < work(400) * 12
