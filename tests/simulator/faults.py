"""Faults a test asks for: refusals, closed connections, delays, and changes between two requests. No IO."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import Json
from .messages import Request, Response


@dataclass
class Fault:
    """One rule. It applies to the requests that match `method` and `path`, after `skip` of them, `times` times.

    Without `status` or `close` the request is handled as usual. `close` is `before` (the request never happened) or
    `after` (it happened, the answer is lost). `hook` runs in process; `put` stores `put["body"]` at `put["id"]`, before
    or after the request according to `when`.
    """

    method: str = ".*"
    path: str = ".*"
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    code: str = "SimulatedFault"
    message: str = "A fault asked for by the test."
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    close: str | None = None
    latency: float = 0.0
    hook: Callable[[Request], object] | None = None
    put: Json | None = None
    delete: str | None = None
    when: str = "before"

    def __post_init__(self) -> None:
        if self.close not in (None, "before", "after") or self.when not in ("before", "after"):
            raise ValueError("close and when are 'before' or 'after'")

    def matches(self, request: Request) -> bool:
        """Whether the rule applies now; counts the request."""
        if not re.fullmatch(self.method, request.method, re.IGNORECASE):
            return False
        if not re.search(self.path, request.path, re.IGNORECASE) or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def response(self) -> Response | None:
        if self.status is None:
            return None
        body = self.body
        if body is None and self.status >= 400:
            body = {"error": {"code": self.code, "message": self.message}}
        return Response(self.status, body, dict(self.headers))


class Faults:
    """Ordered rules; each request meets the first that matches and refuses, and all before it that only watch."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        self._rules.clear()

    def take(self, request: Request) -> list[Fault]:
        taken: list[Fault] = []
        for rule in self._rules:
            if rule.matches(request):
                taken.append(rule)
                if rule.status is not None or rule.close is not None:
                    break
        return taken
