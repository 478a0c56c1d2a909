"""The search for the box that decides: what it must find, and where it stops."""

from __future__ import annotations

from collections.abc import Iterator

from azext_kubenet.core.security_groups.first_match import MOST_CANDIDATES, Candidate, FirstMatch
from tests.work import lines_run


def search(*candidates: Candidate, sizes: tuple[int, ...]) -> FirstMatch:
    found = FirstMatch(candidates=candidates, sizes=sizes)
    found.run()
    return found


def make_entangled(count: int) -> Iterator[Candidate]:
    """Boxes that overlap in every dimension, so that hardly two points have the same ones."""
    full = ((0, 2_000),)
    for number in range(count):
        box = tuple(((number * factor % 997, 1_000 + number * factor % 991),) for factor in (7, 13, 29, 31))
        yield Candidate(index=number, certain=True, wanted=number % 2 == 0, box=box)
    yield Candidate(index=count, certain=True, wanted=False, box=(full,) * 4)


def test_entangled_boxes_end_incomplete_and_what_is_found_is_true() -> None:
    boxes = tuple(make_entangled(400))
    found = search(*boxes, sizes=(2_000,) * 4)
    assert not found.complete
    assert found.decided
    for index, corner in found.decided.items():
        containing = [
            each.index
            for each in boxes
            if all(side[0][0] <= place < side[0][1] for side, place in zip(each.box, corner, strict=True))
        ]
        assert containing[0] == index


def test_entangled_boxes_are_no_more_work_than_there_are_boxes() -> None:
    def work(count: int) -> int:
        return lines_run(lambda: search(*make_entangled(count), sizes=(2_000,) * 4))

    assert work(800) < work(400) * 3


def make_comb(teeth: int, columns: int) -> Iterator[Candidate]:
    """`columns` boxes beside each other, and one of many teeth that crosses them all: each column cuts all teeth."""
    comb = tuple((2 * number, 2 * number + 1) for number in range(teeth))
    size = 2 * teeth
    for number in range(columns):
        yield Candidate(index=number, certain=True, wanted=True, box=(((number, number + 1),), ((1, size),)))
    yield Candidate(index=columns, certain=True, wanted=False, box=(((0, columns),), comb))
    yield Candidate(index=columns + 1, certain=True, wanted=True, box=(((0, columns),), ((0, size),)))


def test_a_box_of_many_parts_is_not_cut_again_and_again() -> None:
    def work(columns: int) -> int:
        return lines_run(lambda: search(*make_comb(5_000, columns), sizes=(columns, 10_000)))

    assert work(400) < work(4) * 12


def make_row(count: int) -> tuple[Candidate, ...]:
    """Boxes beside each other, all of them wanted, and one behind them that contains everything."""
    beside = (
        Candidate(index=number, certain=True, wanted=True, box=(((number, number + 1),),)) for number in range(count)
    )
    return (*beside, Candidate(index=count, certain=True, wanted=True, box=(((0, count + 1),),)))


def test_every_box_that_is_looked_at_is_found() -> None:
    row = make_row(MOST_CANDIDATES - 1)
    found = search(*row, sizes=(MOST_CANDIDATES,))
    assert found.complete
    assert len(found.decided) == MOST_CANDIDATES


def test_boxes_beyond_the_most_are_left_out_and_nothing_is_said_of_them() -> None:
    row = make_row(MOST_CANDIDATES + 1)
    found = search(*row, sizes=(MOST_CANDIDATES + 2,))
    assert not found.complete
    assert sorted(found.decided) == list(range(MOST_CANDIDATES))
    assert not found.undecided
