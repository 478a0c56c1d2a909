"""Every way of giving no answer, and a transport that replays what was asked with one answer spoiled. No IO."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy
from azure.core.pipeline.transport import HttpTransport
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azext_kubenet.arm.bounds import Patience
from azext_kubenet.arm.client import AzureCoreClient
from azext_kubenet.arm.hosts import ResourceManagerOnly
from azext_kubenet.arm.transport import BoundedTransport

Json = dict[str, Any]

Key = tuple[str, str, str]
"""Method, URL without its host, and body."""


@dataclass(frozen=True)
class Answered:
    """Status and body as they were sent."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Spoiled:
    """One answer that is none, and, where it is the first page of a list, what its next page answers."""

    name: str
    first: Answered
    second: Answered | None = None


class Response:
    """What azure-core's policies and the client look at."""

    def __init__(self, request: Any, answered: Answered) -> None:
        self.request = request
        self.status_code = answered.status
        self.headers: dict[str, str] = {"Content-Type": "application/json"}
        self.content_type = "application/json"
        self.content = answered.body
        self.reason = ""

    def text(self, encoding: str | None = None) -> str:
        return self.content.decode(encoding or "utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.content)

    def read(self) -> bytes:
        return self.content


class Recording(BoundedTransport):
    """Keeps what Azure answers."""

    def __init__(self, **further: Any) -> None:
        super().__init__(Patience(print), **further)
        self.answers: dict[Key, Answered] = {}

    def send(self, request: Any, **options: Any) -> Any:
        response = super().send(request, **options)
        self.answers[key_of(request)] = Answered(response.status_code, response.content)
        return response


class Token:
    """Any bearer token."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("a-token", int(time.time()) + 3600)


@dataclass
class Replay(HttpTransport[Any, Any]):
    """Answers as Azure did, but for one request; what Azure was never asked it does not know."""

    answers: dict[Key, Answered]
    spoiled_key: Key | None = None
    spoiled: Spoiled | None = None
    asked: list[Key] = field(default_factory=list)

    def send(self, request: Any, **_: Any) -> Response:
        key = key_of(request)
        self.asked.append(key)
        if self.spoiled is not None and self.spoiled.second is not None and "second-page" in key[1]:
            return Response(request, self.spoiled.second)
        if self.spoiled is not None and key == self.spoiled_key:
            return Response(request, self.spoiled.first)
        found = self.answers.get(key)
        return Response(request, found or Answered(404, b'{"error": {"code": "NotFound", "message": "Not there."}}'))

    def sleep(self, duration: float) -> None:
        """Nobody waits."""

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def __exit__(self, *_: object) -> None:
        """Nothing to leave."""


def key_of(request: Any) -> Key:
    body = str(getattr(request, "content", None))
    _, _, rest = str(request.url).partition("://")
    return request.method, rest.partition("/")[2], body


def client_on(transport: Any, url: str) -> AzureCoreClient:
    """The client of the commands on another transport: its policies, its reading, its judgement of answers."""
    policies = [
        ResourceManagerOnly(url),
        RequestIdPolicy(),
        RetryPolicy(retry_backoff_factor=0, retry_total=0),
        ARMChallengeAuthenticationPolicy(Token(), f"{url}/.default"),
    ]
    pipeline: ARMPipelineClient[Any, Any] = ARMPipelineClient(base_url=url, policies=policies, transport=transport)
    return AzureCoreClient(pipeline)


def _as_json(body: object) -> bytes:
    return json.dumps(body).encode()


AN_ERROR: Final = {"error": {"code": "SomethingBroke", "message": "It broke."}}
HTML: Final = b"<html><body>Welcome to the hotel</body></html>"

BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "{}": b"{}",
    "null": b"null",
    "[]": b"[]",
    "text": b'"text"',
    "a number": b"0",
    "value null": b'{"value": null}',
    "value object": b'{"value": {}}',
    "value of null": b'{"value": [null]}',
    "value of lists": b'{"value": [[]]}',
    "data null": b'{"data": null, "count": 0, "totalRecords": 0}',
    "an error": _as_json(AN_ERROR),
    "HTML": HTML,
}
STATUSES: Final = (201, 202, 204, 206, 301, 302, 304, 307, 400, 409, 500, 501)
BROKEN_GRAPHS: Final[tuple[Json, ...]] = (
    {"count": -1},
    {"totalRecords": 10**6},
    {"totalRecords": None},
    {"data": [], "count": 0, "totalRecords": 10**6},
    {"$skipToken": 5},
    {"$skipToken": "a page that is not there"},
)
SECOND_PAGES: Final = {
    "broken": Answered(500, _as_json(AN_ERROR)),
    "gone": Answered(404, _as_json(AN_ERROR)),
    "moved": Answered(307, b""),
    "accepted": Answered(202, b'{"value": []}'),
    "{}": Answered(200, b"{}"),
    "value null": Answered(200, b'{"value": null}'),
    "HTML": Answered(200, HTML),
}


def no_answers(true: Answered, url: str) -> Iterator[Spoiled]:
    """Every way of giving no answer instead of the true one, but for another type inside of it."""
    for name, body in BODIES.items():
        yield Spoiled(name, Answered(200, body))
    for status in STATUSES:
        yield Spoiled(f"status {status}", Answered(status, true.body))
    yield Spoiled("cut off", Answered(200, true.body[: len(true.body) * 2 // 3]))
    yield Spoiled("with an error", Answered(200, _as_json({**true.json, **AN_ERROR})))
    yield Spoiled("not found", Answered(404, _as_json(AN_ERROR)))
    yield Spoiled("not found, in HTML", Answered(404, HTML))
    yield Spoiled("forbidden, in HTML", Answered(403, HTML))
    yield from _broken_lists(true.json, url)


def _broken_lists(true: Json, url: str) -> Iterator[Spoiled]:
    if isinstance(true.get("value"), list):
        for link in ("nextLink", "@odata.nextLink"):
            page = _as_json({"value": [], link: f"{url}/second-page"})
            for name, second in SECOND_PAGES.items():
                yield Spoiled(f"{link} {name}", Answered(200, page), second)
        yield Spoiled("foreign link", Answered(200, _as_json({"value": [], "nextLink": "https://evil.example/"})))
        yield Spoiled("link no text", Answered(200, _as_json({"value": [], "nextLink": 5})))
    if isinstance(true.get("data"), list):
        for change in BROKEN_GRAPHS:
            yield Spoiled(f"graph {change}", Answered(200, _as_json({**true, **change})))


def other_types(true: Answered) -> Iterator[Spoiled]:
    """The true answer with one member of another type, for each member at each level."""
    for path in _paths(true.json, ()):
        changed = deepcopy(true.json)
        place = changed
        for step in path[:-1]:
            place = place[step]
        there = place[path[-1]]
        if there is None:
            continue
        place[path[-1]] = "Nothing of the kind" if isinstance(there, dict | list | bool | int | float) else {"of": 1}
        yield Spoiled(".".join(map(str, path)), Answered(200, _as_json(changed)))


def _paths(value: Any, before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Each place, but of a list the first element alone: the others are read alike."""
    steps: list[Any] = list(value) if isinstance(value, dict) else [0] if isinstance(value, list) and value else []
    for step in steps:
        yield (*before, step)
        yield from _paths(value[step], (*before, step))
