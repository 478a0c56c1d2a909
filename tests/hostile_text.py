"""Text that a terminal would take as commands, and where to find it in an answer."""

from __future__ import annotations

import unicodedata
from typing import Any

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\r\x7f\x85"
"""Sets the title, clears the screen, changes colours, goes back to the start of the line."""


def steers(text: str) -> bool:
    """Whether a terminal would take part of the text as a command."""
    return any((ord(each) < 32 and each not in "\t\n") or 127 <= ord(each) < 160 for each in text)


def unseen(text: str) -> bool:
    """Whether part of the text shows nothing: formats, separators of lines, marks, what is not assigned, fillers."""
    hidden = ("Cf", "Zl", "Zp", "Mn", "Cn")
    return any(unicodedata.category(each) in hidden or each in "\u115f\u1160\u2800\u3164\uffa0" for each in text)


def everything_in(value: Any) -> list[str]:
    """All the texts of an answer, keys included."""
    if isinstance(value, dict):
        return [text for each in value.items() for part in each for text in everything_in(part)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in everything_in(each)]
    return [value] if isinstance(value, str) else []
