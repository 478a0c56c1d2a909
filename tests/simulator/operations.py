"""Long-running operations: what they do at their end, how often they say InProgress, and how they fail. No IO."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import ArmError, Json


def timestamp() -> str:
    """The present, as Azure writes it: seven fractional digits and Z."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "1Z"


@dataclass
class Operation:
    """One running or ended operation on the resource with `key`."""

    key: str
    verb: str
    polls_left: int
    finish: Callable[[], None]
    fail: Callable[[], None]
    planned_error: Json | None = None
    kind: str = ""
    polls_seen: int = 0
    warning: Json | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    error: Json | None = None
    started: str = field(default_factory=timestamp)
    ended: str | None = None

    @property
    def name(self) -> str:
        """As the refusals of Microsoft.Network call it: `PutSubnetOperation`."""
        return f"{self.verb}{singular(self.kind)}Operation"

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    def advance(self) -> None:
        """One poll: counts down, then ends."""
        if not self.running:
            return
        self.polls_seen += 1
        if self.polls_left > 0:
            self.polls_left -= 1
            return
        self.ended = timestamp()
        if self.planned_error is not None:
            self._fail(self.planned_error)
            return
        try:
            self.finish()
            self.status = "Succeeded"
        except ArmError as error:
            self._fail({"code": error.code, "message": error.message, "details": error.details or []})

    def preempt(self, by: Operation) -> None:
        """Ends because another operation on the same cluster has begun; what it wanted is the other's to do."""
        message = f"This operation has been preempted by another operation with ID {by.id}"
        self.ended = timestamp()
        self.status, self.error = "Failed", {"code": "AKSOperationPreempted", "message": message}

    def _fail(self, error: Json) -> None:
        self.status, self.error = "Failed", error
        self.fail()


_SINGULAR = {"publicipaddresses": "PublicIpAddress"}


def singular(kind: str) -> str:
    """One resource of a collection's name, capitalized: `VirtualNetworkPeering`, `PublicIpAddress`."""
    found = _SINGULAR.get(kind.lower())
    if found is not None:
        return found
    word = kind[:1].upper() + kind[1:]
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


@dataclass
class PlannedFailure:
    """The next operations whose resource id matches `pattern` end with this error."""

    pattern: re.Pattern[str]
    error: Json
    times: int


@dataclass
class Occupation:
    """Somebody else's operation on a resource, met by the next `times` writes that touch it."""

    key: str
    times: int
    answer: str
    operation: Operation


class Operations:
    """All operations by id, the failures that a test has planned, and what others are doing meanwhile."""

    def __init__(self) -> None:
        self._by_id: dict[str, Operation] = {}
        self._planned: list[PlannedFailure] = []
        self._occupations: list[Occupation] = []

    def occupy(self, key: str, kind: str, times: int, answer: str) -> None:
        operation = Operation(key, "Put", 0, lambda: None, lambda: None, kind=kind)
        self._occupations.append(Occupation(key, times, answer, operation))

    def meet(self, key: str) -> Occupation | None:
        """What somebody else is doing to this resource, or to one above or below; this write counts."""
        for occupation in self._occupations:
            if occupation.times > 0 and _touch(occupation.key, key):
                occupation.times -= 1
                return occupation
        return None

    def plan_failure(self, pattern: str, code: str, message: str, times: int = 1) -> None:
        error: Json = {"code": code, "message": message, "details": []}
        self._planned.append(PlannedFailure(re.compile(pattern, re.IGNORECASE), error, times))

    def start(
        self, key: str, kind: str, verb: str, polls: int, finish: Callable[[], None], fail: Callable[[], None]
    ) -> Operation:
        operation = Operation(key, verb, polls, finish, fail, self._take_failure(key), kind)
        self._by_id[operation.id] = operation
        return operation

    def find(self, operation_id: str) -> Operation | None:
        return self._by_id.get(operation_id.lower())

    def pending(self, key: str) -> Operation | None:
        """The running operation on this resource, on one below it or above it."""
        return next((each for each in self._by_id.values() if each.running and _touch(each.key, key)), None)

    def preempt(self, newest: Operation) -> None:
        """Ends the other running operations on the resource of this one."""
        for operation in list(self._by_id.values()):
            if operation.running and operation is not newest and _touch(operation.key, newest.key):
                operation.preempt(newest)

    def finish(self, key: str) -> None:
        """Ends every running operation on a resource, on what is above and below it, however many polls are left."""
        for operation in list(self._by_id.values()):
            if operation.running and _touch(operation.key, key):
                operation.polls_left = 0
                operation.advance()

    def touch(self, key: str) -> None:
        """Reading a resource counts as a poll, so an operation nobody polls still ends."""
        operation = self.pending(key)
        if operation is not None:
            operation.advance()

    def touch_own(self, key: str) -> None:
        """As `touch`, for the operation on exactly this resource."""
        own = (each for each in self._by_id.values() if each.running and each.key == key.lower())
        for operation in list(own):
            operation.advance()

    def _take_failure(self, key: str) -> Json | None:
        for planned in self._planned:
            if planned.times > 0 and planned.pattern.search(key):
                planned.times -= 1
                return planned.error
        return None


def _touch(left: str, right: str) -> bool:
    """Whether two resources are the same, or one lies below the other."""
    return left == right or left.startswith(f"{right}/") or right.startswith(f"{left}/")
