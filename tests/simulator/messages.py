"""What goes in and out of the simulator: one request, one response. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import Json
from .identifiers import Target, parse


@dataclass(frozen=True)
class Principal:
    """Somebody who signs in or is granted roles; `name` is what Azure's error sentences call the client."""

    object_id: str
    name: str
    kind: str = "ServicePrincipal"


@dataclass
class Request:
    """One HTTP request. A seeding request comes from a test: it bypasses authorization, locks and validation."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    base_url: str = ""
    caller: Principal | None = None
    seeding: bool = False

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")

    @property
    def target(self) -> Target:
        return parse(self.path)

    @property
    def json(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    @property
    def object_id(self) -> str | None:
        return self.caller.object_id if self.caller else None


@dataclass
class Response:
    """One HTTP response; `body` None sends no body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


def is_modern(api_version: str) -> bool:
    """Whether an answer carries the fields that came with the api-versions of 2024 and later."""
    return api_version >= "2024" or not api_version
