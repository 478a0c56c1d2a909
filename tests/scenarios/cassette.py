"""Writes a recording, scrubbed, readable and with a header, and reads it again. IO: one file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped] # it has no types
from vcr.request import Request  # type: ignore[import-untyped] # it has no types
from vcr.serializers import yamlserializer  # type: ignore[import-untyped] # it has no types

from .scrubbing import Identifiers

Exchange = tuple[Request, dict[str, Any]]

HEADER: Final = "# Recorded against {source} with azure-cli {version}. Not to be edited: run 'make record'.\n"
LOCAL_AZURE: Final = "the local Azure of tests/simulator"


@dataclass(frozen=True)
class Recording:
    """What was recorded, in order of time, and against what."""

    exchanges: Sequence[Exchange]
    source: str
    azure_cli_version: str


class _Dumper(yaml.SafeDumper):  # type: ignore[misc] # PyYAML ships no type information
    """Bodies as blocks, a property a line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def write_cassette(path: Path, recording: Recording, identifiers: Identifiers) -> None:
    """Write the recording, over the one that may be there."""
    for request, _ in recording.exchanges:
        identifiers.note_write(request.method, request.uri, _body(request.body))
    interactions = [_interaction(*exchange, identifiers) for exchange in recording.exchanges]
    document = {"version": 1, "interactions": interactions}
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    header = HEADER.format(source=recording.source, version=recording.azure_cli_version)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + text, encoding="utf-8")


def _interaction(request: Request, response: dict[str, Any], identifiers: Identifiers) -> dict[str, Any]:
    replace = identifiers.replace
    asked = {
        "method": request.method,
        "uri": replace(request.uri),
        "headers": {name: [replace(value)] for name, value in sorted(request.headers.items())},
        "body": replace(_body(request.body)) or None,
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
    document = yamlserializer.deserialize(path.read_text(encoding="utf-8"))
    return list(document["interactions"])


def recorded_with(path: Path) -> str:
    """The version of azure-cli in a cassette's header."""
    with path.open(encoding="utf-8") as lines:
        found = re.search(r"with azure-cli (\d+(?:\.\d+)+)\.", lines.readline())
    if found is None:
        raise ValueError(f"{path.name} has no header")
    return found.group(1)


def json_of(body: str) -> Any:
    """A body, parsed; None where it is empty."""
    return json.loads(body) if body else None
