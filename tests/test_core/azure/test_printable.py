"""What a terminal is given of text from Azure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.printable import printable

REPLACED = "\N{REPLACEMENT CHARACTER}"


@given(text=st.text())
def test_printable_keeps_all_but_control_characters(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        control = ord(before) < 32 or 127 <= ord(before) < 160
        assert after == (REPLACED if control and before not in "\t\n" else before)
