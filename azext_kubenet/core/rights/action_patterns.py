"""Which actions the patterns of a role definition or deny assignment name. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from ..azure.access import Permission

_ALSO_DIRECT: Final = "microsoft.managedidentity/userassignedidentities/*/assign/action"
"""The one pattern whose `/*/` also stands for `/`: the action that Managed Identity Operator gives is
`userAssignedIdentities/assign/action`.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity"""


def includes(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any block names `action`; a block's notActions take away only from that block.

    Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#notactions
    """
    return any(
        any(matches(pattern, action) for pattern in block.actions)
        and not any(matches(pattern, action) for pattern in block.not_actions)
        for block in permissions
    )


def matches(pattern: str, action: str) -> bool:
    """Whether `action` is one of `pattern`, whose `*` stand for any text, case ignored."""
    wanted = action.lower()
    return any(_in_turn(pieces, wanted) for pieces in _pieces(pattern))


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> tuple[tuple[str, ...], ...]:
    """The texts between the `*` of a pattern, in lower case, for each of its readings."""
    lower = pattern.strip().lower()
    readings = (lower, lower.replace("/*/", "/")) if lower == _ALSO_DIRECT else (lower,)
    return tuple(tuple(reading.split("*")) for reading in readings)


def _in_turn(pieces: tuple[str, ...], text: str) -> bool:
    """Whether `text` starts with the first piece, ends with the last and holds the others between, in their order."""
    first, *between = pieces
    if not between:
        return text == first
    last = between.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True
