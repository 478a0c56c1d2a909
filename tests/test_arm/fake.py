"""An ArmClient over documents in a dict, for tests that need no HTTP. No IO."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from azext_kubenet.arm.errors import ArmError

from .documents import Json

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
POLICY = "/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"


def not_found(path: str = "it") -> ArmError:
    return ArmError(status=404, code="ResourceNotFound", message=f"{path} was not found.")


def forbidden(action: str | None = None) -> ArmError:
    """Azure's refusal, with the action in its sentence or without."""
    message = "No." if action is None else f"The client does not have authorization to perform action '{action}'."
    return ArmError(status=403, code="AuthorizationFailed", message=message)


def stale() -> ArmError:
    return ArmError(status=412, code="PreconditionFailed", message="Precondition failed.")


@dataclass(frozen=True)
class Call:
    """One call of the client."""

    method: str
    path: str
    body: Json | None = None
    etag: str | None = None
    new: bool | None = None
    wait: bool | None = None
    filter_text: str | None = None


def _mend(document: Json) -> None:
    """What is written has no longer failed."""
    for name, properties in document.items():
        if name.lower() == "properties" and properties.get("provisioningState") == "Failed":
            properties["provisioningState"] = "Succeeded"


@dataclass
class _Refusal:
    method: str
    path: str
    error: Exception
    times: int | None
    skip: int


@dataclass
class FakeArm:
    """Keeps resources by id and collections by path, in any casing; records every call in its order.

    What is neither there nor refused is not found; a collection that nobody filled is empty. Where `readable` is set,
    all but that path is refused.
    """

    documents: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, Sequence[object]] = field(default_factory=dict)
    graph: list[Json] = field(default_factory=list)
    policy_states: list[Json] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    on_put: Callable[[str], None] | None = None
    readable: str | None = None
    _refusals: list[_Refusal] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, *documents: Json) -> FakeArm:
        """One with these resources."""
        fake = cls()
        fake.add(*documents)
        return fake

    def add(self, *documents: Json) -> None:
        for document in documents:
            self.documents[document["id"].lower()] = document

    def fill(self, path: str, *elements: object) -> None:
        """Make the collection at `path` hold these."""
        self.lists[path.lower()] = elements

    def refuse(self, method: str, path: str, error: Exception, *, times: int | None = None, skip: int = 0) -> None:
        """Raise `error` for calls whose path ends with `path`, after `skip` of them, `times` times or always."""
        self._refusals.append(_Refusal(method, path.lower(), error, times, skip))

    def paths(self, method: str) -> list[str]:
        return [call.path for call in self.calls if call.method == method]

    def arrive(self) -> None:
        """Called as each call begins; a subclass may wait here."""

    def get(self, path: str) -> Json:
        self._begin(Call("GET", path))
        with self._lock:
            found = self.documents.get(path.lower())
        if found is None:
            raise not_found(path)
        return deepcopy(found)

    def list(self, path: str, *, filter_text: str | None = None) -> list[Json]:
        self._begin(Call("LIST", path, filter_text=filter_text))
        return deepcopy(list(self.lists.get(path.lower(), ())))  # type: ignore[arg-type] # some tests put in what is no object

    def put(self, path: str, body: Json, *, etag: str | None = None, new: bool = False, wait: bool = True) -> Json:
        self._begin(Call("PUT", path, body=deepcopy(body), etag=etag, new=new, wait=wait))
        if self.on_put is not None:
            self.on_put(path)
        with self._lock:
            stored = {**deepcopy(body), "id": path}
            _mend(stored)
            self.documents[path.lower()] = stored
        return deepcopy(stored)

    def patch(self, path: str, body: Json) -> None:
        self._begin(Call("PATCH", path, body=deepcopy(body)))
        scope, is_tags, _ = path.lower().partition("/providers/microsoft.resources/tags/")
        with self._lock:
            document = self.documents[scope]
            if is_tags:
                document["tags"] = {**(document.get("tags") or {}), **body["properties"]["tags"]}
            else:
                document.update(deepcopy(body))

    def delete(self, path: str, *, wait: bool = True) -> None:
        self._begin(Call("DELETE", path, wait=wait))
        with self._lock:
            self.documents.pop(path.lower(), None)

    def query(self, path: str, body: Json) -> Sequence[Json]:
        self._begin(Call("POST", path, body=deepcopy(body)))
        return deepcopy(self.graph if path == GRAPH else self.policy_states)

    def _begin(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)
            refusal = next((each for each in self._refusals if self._meets(each, call)), None)
            if refusal is not None and refusal.times is not None:
                refusal.times -= 1
        self.arrive()
        if refusal is not None:
            raise refusal.error
        if self.readable is not None and call.path.lower() != self.readable.lower():
            raise forbidden()

    @staticmethod
    def _meets(refusal: _Refusal, call: Call) -> bool:
        if refusal.method != call.method or not call.path.lower().endswith(refusal.path) or refusal.times == 0:
            return False
        refusal.skip -= 1
        return refusal.skip < 0


class MeetingArm(FakeArm):
    """Lets the calls of one round pass only when all of them have come, so that a read that waits for another fails.

    `rounds` says how many calls each round has.
    """

    PATIENCE_SECONDS = 10
    """How long a call waits for the others before the test fails; a passing test never waits."""

    def __init__(self, *rounds: int) -> None:
        super().__init__()
        self._gates = [gate for size in rounds for gate in [threading.Barrier(size)] * size]
        self._arrived = 0

    def arrive(self) -> None:
        with self._lock:
            number, self._arrived = self._arrived, self._arrived + 1
        if number >= len(self._gates):
            raise AssertionError(f"one call more than the {len(self._gates)} expected: {self.calls[-1]}")
        gate = self._gates[number]
        try:
            gate.wait(self.PATIENCE_SECONDS)
        except threading.BrokenBarrierError:
            raise AssertionError(f"call {number + 1} waited for a round of {gate.parties} calls") from None

    @property
    def is_exhausted(self) -> bool:
        """Whether every expected call has come."""
        return self._arrived == len(self._gates)
