"""Whether the condition of a role assignment holds for an action, as far as the action alone decides it. No IO.

A condition often concerns a few actions only: `(!(ActionMatches{'.../roleAssignments/write'})) OR (...)`. For any
other action it holds, whatever stands in the second part.
Source: https://learn.microsoft.com/azure/role-based-access-control/conditions-format
"""

from __future__ import annotations

import re
from typing import Final

from .action_patterns import matches

_TOKEN: Final = re.compile(
    r"""\s* ( [()] | && | \|\| | ! (?!=)
      | '[^']*' | \{ (?: '[^']*' | [^{}'] )* \} | \[ [^\[\]]* \]
      | [^\s(){}\[\]'!&|]+ )""",
    re.VERBOSE,
)
_ACTION: Final = re.compile(r"ActionMatches\s*\{\s*'([^']*)'\s*\}", re.IGNORECASE)
_NOT, _AND, _OR, _OPEN, _CLOSE = ("!", "not"), ("&&", "and"), ("||", "or"), ("(",), (")",)
_OPERATORS: Final = (*_NOT, *_AND, *_OR, *_OPEN, *_CLOSE)

_DEEPEST: Final = 50
"""Parentheses and negations within each other that are followed; Azure's own conditions have about five."""


def holds(condition: str, action: str) -> bool | None:
    """Whether `condition` lets `action` through; None where that depends on more than the action, or is not clear."""
    tokens = _tokens(condition)
    if tokens is None:
        return None
    reader = _Condition(tokens, action)
    try:
        value = reader.any_of()
    except _UnclearError:
        return None
    return value if reader.ended else None


def _tokens(condition: str) -> list[str] | None:
    found: list[str] = []
    position, text = 0, condition.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        found.append(token[1])
        position = token.end()
    return found


class _UnclearError(Exception):
    """The text is not of the documented form."""


class _Condition:
    """Reads a condition once, from left to right; what an attribute holds is not known, so such a part is None."""

    def __init__(self, tokens: list[str], action: str) -> None:
        self._tokens = tokens
        self._action = action
        self._position = 0
        self._depth = 0

    @property
    def ended(self) -> bool:
        return self._position == len(self._tokens)

    def any_of(self) -> bool | None:
        values = [self._all_of()]
        while self._takes(_OR):
            values.append(self._all_of())
        return True if True in values else None if None in values else False

    def _all_of(self) -> bool | None:
        values = [self._one()]
        while self._takes(_AND):
            values.append(self._one())
        return False if False in values else None if None in values else True

    def _one(self) -> bool | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UnclearError
        if self._takes(_NOT):
            value = self._one()
            value = None if value is None else not value
        elif self._takes(_OPEN):
            value = self.any_of()
            if not self._takes(_CLOSE):
                raise _UnclearError
        else:
            value = self._expression()
        self._depth -= 1
        return value

    def _expression(self) -> bool | None:
        words: list[str] = []
        while not self.ended and self._tokens[self._position].lower() not in _OPERATORS:
            words.append(self._tokens[self._position])
            self._position += 1
        if not words:
            raise _UnclearError
        named = _ACTION.fullmatch(" ".join(words))
        return matches(named[1], self._action) if named else None

    def _takes(self, operators: tuple[str, ...]) -> bool:
        if self.ended or self._tokens[self._position].lower() not in operators:
            return False
        self._position += 1
        return True
