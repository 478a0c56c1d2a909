"""Counts in sentences: one route, two routes. No IO."""

from __future__ import annotations


def amount(count: int, one: str, more: str | None = None) -> str:
    """The count with its noun; `more` is the plural where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"
