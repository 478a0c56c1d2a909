"""Rounds of reads side by side, each read ending in its value, None (absent) or Unreadable. Does network IO."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from ..core.azure.model import Unreadable
from .errors import ArmError
from .json_reader import ParseError

T = TypeVar("T")

PARALLEL_READS: Final = 20
_ACTION = re.compile(r"action '([^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Generic[T]):
    """One read: what to call, the permission it needs, and what it is about."""

    call: Callable[[], T]
    permission: str
    about: str


def run_round(reads: Mapping[str, Read[object]]) -> dict[str, object]:
    """Run the reads in parallel.

    A 404 becomes None, what Azure refuses or sends in an unknown shape Unreadable; that nobody is signed in any more
    (ArmError with status 401) or that Azure does not answer at all (ArmUnreachableError) ends the round.
    """
    if len(reads) == 1:
        return {name: attempt(read) for name, read in reads.items()}
    with ThreadPoolExecutor(max_workers=PARALLEL_READS) as pool:
        futures = {name: pool.submit(attempt, read) for name, read in reads.items()}
        return {name: future.result() for name, future in futures.items()}


def attempt(read: Read[T]) -> T | Unreadable | None:
    """One read, with refusals turned into Unreadable."""
    try:
        return read.call()
    except ArmError as error:
        if error.is_signed_out:
            raise
        if error.is_not_found:
            return None
        return unreadable(error, read.permission, read.about)
    except ParseError as error:
        return Unreadable(
            reason=f"Azure's answer for {read.about} has an unknown shape: {error}.", resource_id=read.about
        )


def unreadable(error: ArmError, permission: str, about: str) -> Unreadable:
    """Why something could not be read; a 403 names the missing permission, by Azure's own words where they hold it."""
    if not error.is_forbidden:
        return Unreadable(reason=f"{about} could not be read: {error}", resource_id=about)
    named = _ACTION.search(error.message)
    missing = named.group(1) if named else permission
    return Unreadable(
        reason=f"you may not read {about}; the permission {missing} is missing.", permission=missing, resource_id=about
    )
