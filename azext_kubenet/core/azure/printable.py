"""Text from Azure that a terminal can be given. No IO."""

from __future__ import annotations

from typing import Final

_UNPRINTABLE: Final = (*range(9), *range(11, 32), *range(127, 160), *range(0xD800, 0xE000))
"""Control characters but tab and line end, and halves of surrogate pairs, which no encoding can write."""

_CONTROLS: Final = dict.fromkeys(_UNPRINTABLE, "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    """The text without what is not text, so that a name from Azure can neither steer a terminal nor stop the output."""
    return text.translate(_CONTROLS)
