"""Rounds: every read of one side by side, typed answers after it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from azext_kubenet.arm.errors import ArmError, ArmUnreachableError
from azext_kubenet.arm.rounds import Answer, Ask, Read, Round, only
from azext_kubenet.core.azure.unreadable import Unreadable

from .fake import forbidden, not_found


def make_read(value: int | Exception) -> Read[int]:
    def call() -> int:
        if isinstance(value, Exception):
            raise value
        return value

    return Read(call=call, permission="Microsoft.Network/routeTables/read", about="/table", may_be_absent=True)


def ask_all(ask: Ask, *values: int | Exception) -> list[Answer[int]]:
    return [ask(make_read(each)) for each in values]


def test_each_answer_is_its_reads_own() -> None:
    with Round() as ask:
        one, hidden, absent, two = ask_all(ask, 1, forbidden(), not_found(), 2)
    assert (one.value, absent.value, two.value) == (1, None, 2)
    assert isinstance(hidden.value, Unreadable)
    assert hidden.value.permission == "Microsoft.Network/routeTables/read"


def test_all_reads_of_a_round_run_side_by_side() -> None:
    meeting = threading.Barrier(3)
    with Round() as ask:
        met = [ask(Read(call=lambda: meeting.wait(10), permission="", about="")) for _ in range(3)]
    assert sorted(each.value for each in met if isinstance(each.value, int)) == [0, 1, 2]


def test_an_answer_before_the_end_of_its_round_is_a_mistake_of_ours() -> None:
    with Round() as ask:
        answer = ask(make_read(1))
        with pytest.raises(RuntimeError, match="only after its round"):
            _ = answer.value
    assert answer.value == 1


def test_nothing_to_read_is_nothing_there() -> None:
    with Round() as ask:
        assert ask(None).value is None


@pytest.mark.parametrize(("when", "found"), [(True, 1), (False, None)])
def test_what_is_not_wanted_is_not_read(when: bool, found: int | None) -> None:
    with Round() as ask:
        answer = only(ask, when=when)(make_read(1))
    assert answer.value == found


def test_an_error_while_asking_leaves_the_round_unread() -> None:
    called: list[int] = []
    with pytest.raises(ZeroDivisionError), Round() as ask:
        ask(Read(call=lambda: called.append(1), permission="", about=""))
        raise ZeroDivisionError
    assert called == []


@pytest.mark.parametrize("others", [(), (1, 2)])
@pytest.mark.parametrize(
    "error",
    [ArmUnreachableError("No answer"), ArmError(status=401, code="ExpiredAuthenticationToken", message="It expired.")],
)
def test_what_no_further_read_can_mend_ends_the_round(error: Exception, others: tuple[int, ...]) -> None:
    with pytest.raises(type(error)), Round() as ask:
        ask_all(ask, *others, error)


def test_a_404_of_what_has_to_be_there_is_no_absence() -> None:
    with Round() as ask:
        answer = ask(replace(make_read(not_found()), may_be_absent=False))
    assert isinstance(answer.value, Unreadable)
    assert answer.value.is_no_answer
