"""Text from Azure that a terminal and a log can be given. No IO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

HIDDEN: Final = "(hidden)"

_UNPRINTABLE: Final = (
    *range(9),
    *range(11, 32),
    *range(127, 160),
    *range(0xD800, 0xE000),  # halves of surrogate pairs, which no encoding can write
)
"""Control characters but tab and line end."""

_UNSEEN: Final = (
    0xAD,
    0x34F,
    0x61C,
    *range(0x115F, 0x1161),
    *range(0x17B4, 0x17B6),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0x2800,
    0x3164,
    *range(0xFE00, 0xFE10),
    0xFEFF,
    0xFFA0,
    *range(0xFFF0, 0xFFFC),
    *range(0x13430, 0x13440),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)
"""What turns the direction of text, ends a line, or is not seen at all, so that two names look like one.
Source: Default_Ignorable_Code_Point in https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, and the
format characters and separators beside them."""

_PLAIN_URL: Final = (
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?P<user>.*@)?(?P<host>([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?/?)"
)


@cache
def _controls() -> Mapping[int, str]:
    """Made when the first text needs it: thousands of entries, which a text of ASCII does not ask for."""
    return dict.fromkeys((*_UNPRINTABLE, *_UNSEEN), "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    """The text without what is not text, so that a name from Azure can neither steer a terminal nor stop the output."""
    return text if text.isascii() and text.isprintable() else text.translate(_controls())


def without_credentials(url: str) -> str:
    """The address of a proxy without who signs in there; nothing of it, where it is written in any other way."""
    found = re.fullmatch(_PLAIN_URL, url, re.IGNORECASE | re.DOTALL)
    if found is None:
        return HIDDEN
    return f"{found['scheme'] or ''}{HIDDEN + '@' if found['user'] else ''}{found['host']}"
