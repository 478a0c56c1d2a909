"""One thing is no things."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.amounts import amount


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 routes"), (1, "1 route"), (2, "2 routes"), (1_000, "1,000 routes"), (-1, "-1 routes")],
)
def test_a_count_with_its_noun(count: int, words: str) -> None:
    assert amount(count, "route") == words


def test_a_plural_of_its_own() -> None:
    assert [amount(each, "address", "addresses") for each in (1, 2)] == ["1 address", "2 addresses"]
