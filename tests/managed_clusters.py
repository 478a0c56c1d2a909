"""A client of managed clusters and a clock that the tests of creating answer for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from azext_kubenet.aks_create.failure import ClusterName

NAMED = ClusterName(group="rg", name="my aks", subscription=None)
ROLE = "CustomRouteTableMissingPermission"


def refusal(code: str | None, status: int = 400, message: str = "No.", **body: Any) -> HttpResponseError:
    """What azure-core raises for AKS's answer; without a code, for one that is no JSON."""
    text = "<html>" if code is None else json.dumps({"code": code, "message": message, **body})
    response: Any = SimpleNamespace(status_code=status, reason="Refused", text=lambda: text)
    return HttpResponseError(response=response)


@dataclass
class Clusters:
    """The client of managed clusters: answers each PUT with the next of `answers`, each GET with `found`."""

    answers: list[Any] = field(default_factory=list)
    found: Any = None
    puts: int = 0

    def begin_create_or_update(self, *_: Any, **__: Any) -> Any:
        self.puts += 1
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def get(self, *_: Any) -> Any:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


@dataclass
class Clock:
    """A clock that only sleeping moves, and a reporter."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def say(self, message: str) -> None:
        self.said.append(message)

    def done(self) -> None:
        pass


def in_state(state: str) -> Any:
    return SimpleNamespace(provisioning_state=state)


def not_found() -> ResourceNotFoundError:
    response: Any = SimpleNamespace(status_code=404, reason="Not Found", text=lambda: "{}")
    return ResourceNotFoundError(response=response)
