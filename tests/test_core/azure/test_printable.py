"""What a terminal and a log are given of text from Azure."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.printable import printable, without_credentials

REPLACED = "\N{REPLACEMENT CHARACTER}"

SEEN_FORMATS = {"ARABIC", "SYRIAC", "KAITHI"}
"""Scripts whose format characters are signs that are seen."""


@given(text=st.text())
def test_printable_keeps_all_but_what_steers_or_is_not_seen(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    for before, after in zip(text, shown, strict=True):
        assert after in (before, REPLACED)
        if before in "\t\n" or unicodedata.category(before)[0] in "LNPS":
            assert after == before or unicodedata.name(before).endswith(("FILLER", "BLANK"))
        if unicodedata.category(before) == "Cc" and before not in "\t\n":
            assert after == REPLACED


def test_no_character_that_turns_text_around_or_is_not_seen_is_left() -> None:
    formats = (chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cf", "Zl", "Zp", "Cs"))
    left = [each for each in formats if printable(each) == each]
    assert {unicodedata.name(each).split()[0] for each in left} == SEEN_FORMATS


@pytest.mark.parametrize(
    "text", ["\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\u00ad", "\ufeff", "\u3164", "\u2800", "\U000e0041"]
)
def test_what_turns_text_or_hides_in_it_is_shown(text: str) -> None:
    assert printable(f"rou{text}tes") == f"rou{REPLACED}tes"


@pytest.mark.parametrize("text", ["Größe", "دیوار", "北京", "naïve", "a\tb\n", "🚀"])
def test_text_in_any_script_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy.corp.example:3128/", "proxy.corp.example:3128/"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://user:secret@proxy:3128", "http://(hidden)@proxy:3128"),
        ("user:secret@proxy:3128", "(hidden)@proxy:3128"),
        ("http:user:secret@proxy", "(hidden)@proxy"),
        ("http:/user:secret@proxy", "(hidden)@proxy"),
        ("//user:secret@proxy", "(hidden)@proxy"),
        ("http://user:sec@ret@proxy", "http://(hidden)@proxy"),
        ("http://user:se/cret@proxy", "http://(hidden)@proxy"),
        ("http://user:secret\n@proxy", "http://(hidden)@proxy"),
        ("HTTP://user:secret@PROXY", "HTTP://(hidden)@PROXY"),
        ("http://user:secret%40proxy:3128", "(hidden)"),
        ("http://proxy/?password=secret", "(hidden)"),
        ("http://user:secret@proxy/secret", "(hidden)"),
        ("http://user:secret\\@proxy:80\\secret", "(hidden)"),
        ("", "(hidden)"),
    ],
)
def test_who_signs_in_at_a_proxy_is_not_shown(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


@given(
    scheme=st.sampled_from(["", "http://", "https://", "http:", "//", "socks5h://", "\\\\"]),
    user=st.text(st.characters(codec="utf-8", exclude_characters="@"), max_size=8),
    between=st.sampled_from([":", "/", "", "@", "%3A"]),
    end=st.sampled_from(["", ":3128", "/", ":3128/path", "?q"]),
)
def test_no_password_of_a_proxy_is_shown(scheme: str, user: str, between: str, end: str) -> None:
    shown = without_credentials(f"{scheme}{user}{between}S3CRET@proxy.example{end}")
    assert "S3CRET" not in shown
