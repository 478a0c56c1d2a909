"""A minimal client of the simulator for its own tests. IO: HTTPS to the loopback address."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass
from typing import Any

from tests.simulator import Simulator

API_VERSION = "2025-05-01"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The error code, in whichever of the two shapes it comes."""
        body = self.body if isinstance(self.body, dict) else {}
        code = (body.get("error") or body).get("code")
        return str(code) if code else None

    @property
    def codes(self) -> list[str]:
        """The error code and those of its details."""
        body = self.body if isinstance(self.body, dict) else {}
        details = (body.get("error") or body).get("details") or []
        return [self.code or "", *(str(entry.get("code")) for entry in details if isinstance(entry, dict))]

    @property
    def message(self) -> str:
        return str((self.body.get("error") or self.body)["message"])


class Client:
    """Keeps one connection; `subscription` is the path prefix of the simulator's subscription."""

    def __init__(self, simulator: Simulator, client_id: str | None = None) -> None:
        self.subscription = f"/subscriptions/{simulator.subscription_id}"
        self.group = f"{self.subscription}/resourceGroups/rg"
        self.network = f"{self.group}/providers/Microsoft.Network"
        self.cluster = f"{self.group}/providers/Microsoft.ContainerService/managedClusters/aks"
        self._authorization = f"Bearer {simulator.token(client_id)}"
        parts = urllib.parse.urlsplit(simulator.url)
        context = ssl.create_default_context(cafile=str(simulator.ca_file))
        self._connection = http.client.HTTPSConnection("localhost", parts.port, context=context, timeout=10)

    def close(self) -> None:
        self._connection.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        anonymous: bool = False,
    ) -> Answer:
        path = path.removeprefix("https://localhost").split("/", 1)[-1] if path.startswith("https:") else path
        path = "/" + path.lstrip("/")
        if "api-version" not in path:
            path += ("&" if "?" in path else "?") + f"api-version={API_VERSION}"
        sent = {"Content-Type": "application/json", **(headers or {})}
        if not anonymous:
            sent.setdefault("Authorization", self._authorization)
        payload = None if body is None else json.dumps(body)
        self._connection.request(method, path.replace(" ", "%20").replace("'", "%27"), payload, sent)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        parsed = json.loads(text) if text else None
        return Answer(answer.status, parsed, {name.lower(): value for name, value in answer.getheaders()})

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def put(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        return self.send("PUT", path, body, headers)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.send("POST", path, body)
