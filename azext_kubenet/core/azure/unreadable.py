"""Something that should have been read and was not. No IO.

Everywhere `None` says that a thing is not there; `Unreadable` says that nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that could not be read: why, and the permission that is missing where that is the cause."""

    reason: str
    permission: str | None = None
    resource_id: str | None = None

    @property
    def is_no_answer(self) -> bool:
        """Whether what came was no answer, rather than that a right is missing."""
        return self.permission is None

    @property
    def remedy(self) -> str:
        """What somebody can do to have it read; a whole sentence."""
        if self.permission is None:
            return "Run the command again; if the error persists, see the message above."
        return f"Ask for the permission {self.permission}, or have somebody who has it run the command."


def seen(fact: T | Unreadable | None) -> T | None:
    """The fact where it was read and is there; None where it is not there, and where nobody knows."""
    return None if isinstance(fact, Unreadable) else fact
