"""Recorded traffic of Azure and examples of its specifications, where they lie beside the project. IO: reads files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("KUBENET_REFERENCE", ROOT.parent / "shared" / "reference"))

needs_reference = pytest.mark.skipif(
    not (REFERENCE / "traffic").is_dir(),
    reason=f"no recorded traffic at {REFERENCE}; KUBENET_REFERENCE says where it is",
)


def resources(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with an id and properties, at any depth."""
    if isinstance(value, list):
        for element in value:
            yield from resources(element)
    elif isinstance(value, dict):
        if isinstance(value.get("id"), str) and isinstance(value.get("properties"), dict):
            yield value
        for element in value.values():
            yield from resources(element)


def answers() -> Iterator[tuple[str, Any]]:
    """Every successful recorded response and every example of a specification, with where it is from."""
    for file in sorted((REFERENCE / "traffic").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            entry = json.loads(line)
            if 200 <= int(entry.get("status") or 0) < 300:
                yield f"{file.name}:{number}", entry.get("response")
    for file in sorted((REFERENCE / "specs").rglob("*.json")):
        document = json.loads(file.read_text(encoding="utf-8-sig"))
        for answer in document.get("responses", {}).values() if isinstance(document, dict) else ():
            if isinstance(answer, dict):
                yield file.name, answer.get("body")


def recorded(resource_type: str) -> Iterator[dict[str, Any]]:
    """The recorded resources of a type; the examples of old specifications are no answers of today's Azure."""
    for origin, answer in answers():
        for document in resources(answer) if ".jsonl:" in origin else ():
            if str(document.get("type", "")).lower() == resource_type and type_of(document["id"]) == resource_type:
                yield document


def type_of(path: str) -> str:
    """The type of the resource or collection, in lower case."""
    parts = path.lower().rpartition("/providers/")[2].split("/")
    return "/".join([parts[0], *parts[1::2]])
