"""Writes a recording: scrubbed, in an order that no thread decides, readable, with a header. IO: writes one file.

Exchanges are ordered by the command that made them, then by address, then by time. Playback looks requests up by
method, address and body, so only the order of equal requests matters, and that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from vcr.request import Request

from .scrubbing import GUID, Identifiers

Exchange = tuple[Request, dict[str, Any]]

HEADER: Final = "# Recorded against {source} with azure-cli {version}. Not to be edited: run 'make record'.\n"
LOCAL_AZURE: Final = "the local Azure of tests/simulator"


@dataclass(frozen=True)
class Recording:
    """What was recorded: `boundaries` are the numbers of exchanges before each command."""

    exchanges: Sequence[Exchange]
    boundaries: Sequence[int]
    source: str
    azure_cli_version: str


class _Dumper(yaml.SafeDumper):
    """Bodies as blocks, a property a line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def write_cassette(path: Path, recording: Recording, identifiers: Identifiers) -> None:
    """Write the recording, over the one that may be there."""
    ordered = _ordered(recording)
    for request, _ in ordered:
        identifiers.note_write(request.method, request.uri, _body(request.body))
    interactions = [_interaction(*exchange, identifiers) for exchange in ordered]
    document = {"version": 1, "interactions": interactions}
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    header = HEADER.format(source=recording.source, version=recording.azure_cli_version)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + text, encoding="utf-8")


def _ordered(recording: Recording) -> list[Exchange]:
    def key(numbered: tuple[int, Exchange]) -> tuple[int, str, int]:
        number, (request, _) = numbered
        command = sum(number >= boundary for boundary in recording.boundaries)
        return command, GUID.sub("", request.uri).lower(), number

    return [exchange for _, exchange in sorted(enumerate(recording.exchanges), key=key)]


def _interaction(request: Request, response: dict[str, Any], identifiers: Identifiers) -> dict[str, Any]:
    replace = identifiers.replace
    asked = {
        "method": request.method,
        "uri": replace(request.uri),
        "headers": {name: [replace(value)] for name, value in sorted(request.headers.items())},
        "body": replace(_body(request.body)),
    }
    headers = {name: [replace(value) for value in values] for name, values in sorted(response["headers"].items())}
    answered = {
        "status": response["status"],
        "headers": headers,
        "body": {"string": replace(_body(response["body"]["string"]))},
    }
    return {"request": asked, "response": answered}


def _body(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")


def read_cassette(path: Path) -> list[dict[str, Any]]:
    """The interactions of a cassette."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return list(document["interactions"])


def json_of(body: str) -> Any:
    """A body, parsed; None where it is empty."""
    return json.loads(body) if body else None
