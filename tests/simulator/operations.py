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
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "InProgress"
    error: Json | None = None
    started: str = field(default_factory=timestamp)
    ended: str | None = None

    @property
    def running(self) -> bool:
        return self.status == "InProgress"

    def advance(self) -> None:
        """One poll: counts down, then ends."""
        if not self.running:
            return
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

    def _fail(self, error: Json) -> None:
        self.status, self.error = "Failed", error
        self.fail()


@dataclass
class PlannedFailure:
    """The next operations whose resource id matches `pattern` end with this error."""

    pattern: re.Pattern[str]
    error: Json
    times: int


class Operations:
    """All operations by id, and the failures that a test has planned."""

    def __init__(self) -> None:
        self._by_id: dict[str, Operation] = {}
        self._planned: list[PlannedFailure] = []

    def plan_failure(self, pattern: str, code: str, message: str, times: int = 1) -> None:
        error: Json = {"code": code, "message": message, "details": []}
        self._planned.append(PlannedFailure(re.compile(pattern, re.IGNORECASE), error, times))

    def start(self, key: str, verb: str, polls: int, finish: Callable[[], None], fail: Callable[[], None]) -> Operation:
        operation = Operation(key, verb, polls, finish, fail, self._take_failure(key))
        self._by_id[operation.id] = operation
        return operation

    def find(self, operation_id: str) -> Operation | None:
        return self._by_id.get(operation_id.lower())

    def pending(self, key: str) -> Operation | None:
        """The running operation on this resource, on one below it or above it."""
        for operation in self._by_id.values():
            if not operation.running:
                continue
            if operation.key == key or operation.key.startswith(key + "/") or key.startswith(operation.key + "/"):
                return operation
        return None

    def touch(self, key: str) -> None:
        """Reading a resource counts as a poll, so an operation nobody polls still ends."""
        operation = self.pending(key)
        if operation is not None:
            operation.advance()

    def _take_failure(self, key: str) -> Json | None:
        for planned in self._planned:
            if planned.times > 0 and planned.pattern.search(key):
                planned.times -= 1
                return planned.error
        return None
