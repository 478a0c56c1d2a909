"""Rounds of reads side by side, each read ending in its value, None (absent) or Unreadable. Does network IO.

with Round() as ask:
    subnet = ask(reads.resource(subnet_id, parse_subnet))
    locks = ask(reads.list(path, parse_lock))
subnet.value, locks.value
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Final, Generic, Protocol, TypeVar

from ..core.azure.resource_words import words_of
from ..core.azure.unreadable import Unreadable
from .errors import ArmError
from .json_reader import ParseError

T = TypeVar("T")

PARALLEL_READS: Final = 32
_ACTION = re.compile(r"action '([^']+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Generic[T]):
    """One read: what to call, the permission it needs, and what it is about.

    `may_be_absent` where nothing but the user names it, so that a 404 is an answer. Of what something else names, or of
    a list, it is none.
    """

    call: Callable[[], T]
    permission: str
    about: str
    may_be_absent: bool = False


class Answer(Generic[T]):
    """What a read found. There once its round has ended."""

    __slots__ = ("_found",)

    def __init__(self, *found: T | Unreadable | None) -> None:
        self._found = found

    @property
    def value(self) -> T | Unreadable | None:
        """None where it is absent, or where nothing was asked."""
        if not self._found:
            raise RuntimeError("An answer is there only after its round.")
        return self._found[0]

    def arrive(self, found: T | Unreadable | None) -> None:
        self._found = (found,)


class Ask(Protocol):
    """Takes a read into a round. No read has None for an answer."""

    def __call__(self, read: Read[T] | None, /) -> Answer[T]:
        """Where the answer will be once the round has ended."""
        ...


def only(ask: Ask, *, when: bool) -> Ask:
    """`ask` where that holds; else one that asks nothing."""
    return ask if when else _ask_nothing


def _ask_nothing(_: Read[T] | None) -> Answer[T]:
    return Answer(None)


class Round:
    """Runs what was asked inside its block as the block ends, so many side by side.

    A 404 of what may be absent becomes None, what Azure refuses or what is no answer Unreadable; that nobody is signed
    in any more (ArmError with status 401) or that Azure does not answer at all (ArmUnreachableError) is raised.
    """

    def __init__(self, parallel: int = PARALLEL_READS) -> None:
        self._parallel = parallel
        self._asked: list[Callable[[], None]] = []

    def __enter__(self) -> Ask:
        return self._ask

    def _ask(self, read: Read[T] | None) -> Answer[T]:
        if read is None:
            return Answer(None)
        answer = Answer[T]()
        self._asked.append(partial(_run, read, answer))
        return answer

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is not None:
            return
        if len(self._asked) == 1:
            self._asked[0]()
            return
        with ThreadPoolExecutor(max_workers=self._parallel) as pool:
            for future in [pool.submit(each) for each in self._asked]:
                future.result()


def _run(read: Read[T], answer: Answer[T]) -> None:
    found = attempt(read)
    answer.arrive(found)


def attempt(read: Read[T]) -> T | Unreadable | None:
    """One read, with refusals turned into Unreadable."""
    try:
        return read.call()
    except ArmError as error:
        if error.is_signed_out:
            raise
        if error.is_not_found and read.may_be_absent:
            return None
        return unreadable(error, read.permission, read.about)
    except ParseError as error:
        return Unreadable(
            reason=f"Azure's answer for {words_of(read.about)} has an unexpected format: {error}.",
            resource_id=read.about,
        )


def unreadable(error: ArmError, permission: str, about: str) -> Unreadable:
    """Why something could not be read; a 403 names the missing permission, by Azure's own words where they hold it."""
    what = words_of(about)
    if error.is_not_found:
        return Unreadable(reason=f"Azure says that {what} does not exist, although it has to.", resource_id=about)
    if error.is_busy:
        return Unreadable(reason=f"Azure is busy, and did not let {what} be read: {error}", resource_id=about)
    if not error.is_forbidden:
        return Unreadable(reason=f"{what} could not be read: {error}", resource_id=about)
    named = _ACTION.search(error.message)
    missing = named.group(1) if named else permission
    return Unreadable(
        reason=f"you may not read {what}; the permission {missing} is missing.", permission=missing, resource_id=about
    )
