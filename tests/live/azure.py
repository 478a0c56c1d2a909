"""The Azure that is asked, real or local: plain requests, so that the client under test is in no answer. IO: HTTPS."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import requests

Json = dict[str, Any]

GROUPS: Final = "2021-04-01"
VERSIONS: Final = {
    "microsoft.network": "2025-05-01",
    "microsoft.managedidentity": "2023-01-31",
    "microsoft.containerservice": "2025-07-01",
    "microsoft.authorization": "2022-04-01",
}
ENDED: Final = ("Succeeded", "Failed", "Canceled")
NETWORK_CONTRIBUTOR: Final = "4d97b98b-1d4f-4787-a291-c67834d212e7"
REQUEST_SECONDS: Final = 120
MOST_TRIES: Final = 40
TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status, and the body where it is an object."""

    status: int
    body: Json

    @property
    def code(self) -> str:
        """Azure's error code, of either shape; empty without one."""
        error = self.body.get("error", self.body)
        return str(error.get("code", "")) if self.status >= 400 and isinstance(error, dict) else ""

    @property
    def said(self) -> str:
        """In a cell of a table: `201`, `400 SubnetIsFull`."""
        return f"{self.status} {self.code}".strip()

    @property
    def accepted(self) -> bool:
        return self.status < 300


@dataclass(kw_only=True, slots=True)
class Site:
    """A resource group of its own in an Azure, and how to ask there.

    `token` gives a bearer token, each time anew as they end after an hour; `pause` waits between two looks.
    """

    url: str
    subscription: str
    group: str
    location: str
    token: Callable[[], str]
    verify: bool | str = True
    nodes: int = 2
    size: str = "Standard_D2s_v5"
    pause: Callable[[float], None] = time.sleep
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def group_id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    def resource(self, kind: str, name: str) -> str:
        """The id of a resource of the group; `kind` with its provider."""
        return f"{self.group_id}/providers/{kind}/{name}"

    def send(self, method: str, path: str, body: Json | None = None, **headers: str) -> Answer:
        """One request, again only where Azure asks to wait. `headers` with `_` for `-`; `path` may be a `nextLink`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        linked = path.startswith("https://")
        for attempt in range(MOST_TRIES):
            answer = self.http.request(
                method,
                path if linked else f"{self.url}{path}",
                params=None if linked else {"api-version": _version(path)},
                json=body,
                headers={**sent, "Authorization": f"Bearer {self.token()}"},
                verify=self.verify,
                timeout=REQUEST_SECONDS,
            )
            if answer.status_code != TOO_MANY_REQUESTS:
                break
            self.pause(min(60.0, float(answer.headers.get("Retry-After", 5 + attempt))))
        try:
            document = answer.json() if answer.content else {}
        except ValueError:
            document = {}
        return Answer(status=answer.status_code, body=document if isinstance(document, dict) else {})

    def put(self, path: str, body: Json) -> Json:
        """A resource that has to be made, when it is there."""
        answer = self.send("PUT", path, body)
        if not answer.accepted:
            raise SiteError(f"PUT {path}: {answer.said} {answer.body}")
        return self.settled(path)

    def get(self, path: str) -> Json:
        answer = self.send("GET", path)
        if not answer.accepted:
            raise SiteError(f"GET {path}: {answer.said}")
        return answer.body

    def settled(self, path: str) -> Json:
        """The resource when no operation is under way."""
        while True:
            document = self.get(path)
            state = (document.get("properties") or {}).get("provisioningState", "Succeeded")
            if state in ENDED:
                return document
            self.pause(10)

    def delete(self, path: str) -> Answer:
        """Deletes, and waits until it is gone where Azure takes it."""
        answer = self.send("DELETE", path)
        while answer.accepted and self.send("GET", path).status != 404:
            self.pause(10)
        return answer

    def grant(self, principal: str, scope: str) -> str:
        """Network Contributor on a scope; the assignment's id."""
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        role = f"/subscriptions/{self.subscription}/providers/Microsoft.Authorization/roleDefinitions"
        properties = {
            "roleDefinitionId": f"{role}/{NETWORK_CONTRIBUTOR}",
            "principalId": principal,
            "principalType": "ServicePrincipal",
        }
        self.put(path, {"properties": properties})
        return path

    def pages(self, path: str) -> Iterator[list[Json]]:
        """The pages of a list."""
        link: str | None = path
        while link:
            answer = self.send("GET", link)
            if not answer.accepted:
                return
            yield list(answer.body.get("value") or [])
            link = answer.body.get("nextLink")


class SiteError(Exception):
    """What an experiment stands on could not be made or read."""


def _version(path: str) -> str:
    provider = path.lower().rpartition("/providers/")[2].partition("/")[0]
    return VERSIONS.get(provider, GROUPS)
