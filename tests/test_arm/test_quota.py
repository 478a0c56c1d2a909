"""Resource Graph's quota: what may go at once, what waits, and until when."""

from __future__ import annotations

import threading

import pytest

from azext_kubenet.arm.quota import REMAINING, RESETS_AFTER, Quota


class Clock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(remaining: int, resets: str = "00:00:05") -> dict[str, str]:
    return {REMAINING: str(remaining), RESETS_AFTER: resets}


def may_go(quota: Quota) -> bool:
    """Whether a query goes at once; one that has to wait is let go in the end."""
    went = threading.Event()

    def run() -> None:
        with quota.turn():
            went.set()

    threading.Thread(target=run, daemon=True).start()
    return went.wait(0.2)


def test_before_the_first_answer_nothing_waits() -> None:
    quota = Quota(Clock())
    with quota.turn(), quota.turn():
        assert may_go(quota)


def test_what_is_left_goes_and_no_more() -> None:
    quota = Quota(Clock())
    with quota.turn():
        quota.hear(told(1))
    assert [may_go(quota), may_go(quota)] == [True, False]


def test_a_query_waits_for_the_reset_that_azure_told() -> None:
    quota = Quota()
    with quota.turn():
        quota.hear(told(0, "00:00:01"))
    went = threading.Event()

    def run() -> None:
        with quota.turn():
            went.set()

    threading.Thread(target=run, daemon=True).start()
    assert not went.wait(0.3)
    assert went.wait(5)


def test_queries_under_way_are_not_counted_twice() -> None:
    clock = Clock()
    quota = Quota(clock)
    with quota.turn(), quota.turn(), quota.turn():
        quota.hear(told(2))
        assert not may_go(quota)


def test_after_a_reset_there_is_as_much_room_as_was_ever_told() -> None:
    clock = Clock()
    quota = Quota(clock)
    with quota.turn():
        quota.hear(told(2))
    with quota.turn():
        quota.hear(told(0))
    clock.now += 5.0
    assert [may_go(quota), may_go(quota), may_go(quota)] == [True, True, True]


@pytest.mark.parametrize(
    "headers", [{}, {REMAINING: "x", RESETS_AFTER: "00:00:05"}, {REMAINING: "0"}, told(0, "soon"), told(0, "5")]
)
def test_headers_that_say_nothing_hold_nothing_back(headers: dict[str, str]) -> None:
    quota = Quota(Clock())
    with quota.turn():
        quota.hear(headers)
    assert may_go(quota)


def test_no_wait_is_without_end() -> None:
    clock = Clock()
    quota = Quota(clock)
    with quota.turn():
        quota.hear(told(0, "23:00:00"))
    clock.now += 60.0
    assert may_go(quota)
