"""Recorded traffic of Azure as pairs of request and response. IO: reads recordings."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulator.identifiers import Target, parse

HOST = re.compile(r"^https://[^/]+")
FINAL = ("Succeeded", "Failed", "Canceled", "Cancelled")
_OPERATION = re.compile(r"/operation(?:s|results)/([^/?]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """One recorded request with its response."""

    file: str
    index: int
    method: str
    path: str
    request: Any
    status: int
    headers: Mapping[str, str]
    response: Any

    @property
    def name(self) -> str:
        return f"{self.file}:{self.index}"

    @property
    def asked(self) -> str:
        """Method and path, without the query: what `request` of a known difference is searched in."""
        return f"{self.method} {self.bare_path}"

    def __str__(self) -> str:
        return f"{self.name} {self.method} {self.bare_path.rsplit('/providers/')[-1]}:"

    @property
    def bare_path(self) -> str:
        return urllib.parse.unquote(self.path.split("?")[0])

    @property
    def target(self) -> Target:
        return parse(self.bare_path)

    @property
    def body(self) -> dict[str, Any]:
        """The response, where it is an object."""
        return self.response if isinstance(self.response, dict) else {}

    @property
    def sent(self) -> dict[str, Any]:
        """The request's body, where it is an object."""
        return self.request if isinstance(self.request, dict) else {}

    @property
    def error(self) -> dict[str, Any]:
        """The refusal, in either of Azure's two shapes; empty for an answer that is none."""
        if self.status < 400:
            return {}
        error = self.body.get("error", self.body)
        return error if isinstance(error, dict) else {}

    @property
    def codes(self) -> list[str]:
        """The refusal's code and those of its details."""
        details = [entry for entry in self.error.get("details") or [] if isinstance(entry, dict)]
        return [str(entry.get("code")) for entry in (self.error, *details)]

    @property
    def succeeded(self) -> bool:
        return self.status < 400

    @property
    def polled(self) -> str | None:
        """The id of the operation that this pair polls."""
        match = _OPERATION.search(self.path)
        return match.group(1) if match else None

    @property
    def started(self) -> str | None:
        """The id of the operation that this pair starts."""
        return None if self.polled else operation_of(self.headers)

    @property
    def still_running(self) -> bool:
        """Whether this poll says that its operation goes on: by any word but the final ones, or by 202."""
        status = self.body.get("status")
        return self.polled is not None and (self.status == 202 or (bool(status) and status not in FINAL))


def operation_of(headers: Mapping[str, str]) -> str | None:
    match = _OPERATION.search(headers.get("azure-asyncoperation") or headers.get("location") or "")
    return match.group(1) if match else None


def read_pairs(file: Path) -> list[Pair]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_pair(file.stem, index, line) for index, line in enumerate(lines) if line.strip()]


def _pair(file: str, index: int, line: str) -> Pair:
    entry = json.loads(line)
    headers = {
        name.lower(): value if isinstance(value, str) else value[0]
        for name, value in (entry.get("headers") or {}).items()
        if value
    }
    path = HOST.sub("", entry["uri"])
    return Pair(
        file, index, entry["method"], path, entry.get("request"), entry["status"], headers, entry.get("response")
    )


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a body, the outermost first."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
