"""What Azure's own descriptions know of a body: field names, types, allowed values. IO: reads reference data.

From the command models of azure-cli (`aaz`), and from OpenAPI documents for what those do not have. Descriptions refer
to each other in circles, so they are followed only as deep as a value goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

_TYPES: Final = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
_AAZ_TEXTS: Final = frozenset({"ResourceId", "ResourceLocation", "dateTime", "uuid", "duration"})


@dataclass(frozen=True)
class Shape:
    """One description of a type; `properties` is empty where anything goes."""

    kind: str
    properties: dict[str, Callable[[], Shape]]
    required: frozenset[str] = frozenset()
    item: Callable[[], Shape] | None = None
    values: Callable[[], Shape] | None = None
    allowed: frozenset[str] | None = None


def complaints(shapes: tuple[Shape, ...], value: Any, path: str = "") -> Iterator[str]:
    """What of a value none of the descriptions knows; the first one says what is required."""
    if value is None or not shapes:
        return
    first = shapes[0]
    expected = _TYPES[first.kind]
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        yield f"{path}: {first.kind} expected, {json.dumps(value)[:60]} sent"
    elif isinstance(value, dict):
        yield from _of_object(shapes, value, path)
    elif isinstance(value, list):
        items = tuple(each.item() for each in shapes if each.item is not None)
        for element in value:
            yield from complaints(items, element, f"{path}[]")
    elif isinstance(value, str) and all(each.allowed is not None for each in shapes):
        allowed = frozenset().union(*(each.allowed or () for each in shapes))
        if value.lower() not in allowed:
            yield f"{path}: '{value}' is none of {sorted(allowed)}"


def _of_object(shapes: tuple[Shape, ...], value: Json, path: str) -> Iterator[str]:
    if not any(each.properties or each.values for each in shapes):
        return
    for name, inner in value.items():
        described = [each.properties.get(name) or each.values for each in shapes]
        known = tuple(each() for each in described if each is not None)
        if known:
            yield from complaints(known, inner, f"{path}.{name}")
        else:
            yield f"{path}.{name}: unknown"
    for name in sorted(shapes[0].required - value.keys()):
        yield f"{path}.{name}: required, not sent"


class CommandModel:
    """One file of `aaz`: the commands of a resource type."""

    def __init__(self, file: Path) -> None:
        self._document = json.loads(file.read_text(encoding="utf-8"))
        self._classes: dict[str, Json] = {}
        self._learn(self._document)

    @property
    def request(self) -> Shape:
        """The body that `create` may send."""
        bodies = (each.get("request", {}).get("body") for each in self._operations("create"))
        return next(self._shape(body["json"]["schema"]) for body in bodies if body)

    @property
    def answer(self) -> Shape:
        """What `show` reads; an update sends all of it back."""
        responses = (response for each in self._operations("show") for response in each["responses"])
        bodies = (each["body"] for each in responses if "body" in each and not each.get("isError"))
        return next(self._shape(body["json"]["schema"]) for body in bodies)

    def _operations(self, command: str) -> Iterator[Json]:
        for group in self._document["commandGroups"]:
            for each in group["commands"]:
                if each["name"] == command:
                    yield from (operation["http"] for operation in each["operations"] if "http" in operation)

    def _learn(self, node: Any) -> None:
        if isinstance(node, dict):
            if "cls" in node and not str(node["type"]).startswith("@"):
                self._classes[node["cls"]] = node
            for inner in node.values():
                self._learn(inner)
        elif isinstance(node, list):
            for inner in node:
                self._learn(inner)

    def _shape(self, schema: Json) -> Shape:
        kind = str(schema["type"])
        if kind.startswith("@"):
            return self._shape(self._classes[kind[1:]])
        enum = schema.get("enum", {}).get("items")
        return Shape(
            kind=_json_kind(kind),
            properties={each["name"]: self._later(each) for each in schema.get("props", ())},
            required=frozenset(each["name"] for each in schema.get("props", ()) if each.get("required")),
            item=self._later(schema["item"]) if "item" in schema else None,
            values=self._later(schema["additionalProps"]["item"]) if "additionalProps" in schema else None,
            allowed=frozenset(str(each["value"]).lower() for each in enum) if enum else None,
        )

    def _later(self, schema: Json) -> Callable[[], Shape]:
        return lambda: self._shape(schema)


def _json_kind(kind: str) -> str:
    if kind.startswith("array"):
        return "array"
    if kind in _AAZ_TEXTS:
        return "string"
    return "integer" if kind.startswith("integer") else kind


def openapi_shape(file: Path, definition: str) -> Shape:
    """A definition of an OpenAPI 2 document that refers to nothing outside."""
    definitions = json.loads(file.read_text(encoding="utf-8"))["definitions"]

    def shape(schema: Json) -> Shape:
        if "$ref" in schema:
            return shape(definitions[schema["$ref"].rsplit("/", 1)[-1]])
        enum = schema.get("enum")
        return Shape(
            kind=schema.get("type", "object"),
            properties={name: later(inner) for name, inner in schema.get("properties", {}).items()},
            item=later(schema["items"]) if "items" in schema else None,
            allowed=frozenset(str(each).lower() for each in enum) if enum else None,
        )

    def later(schema: Json) -> Callable[[], Shape]:
        return lambda: shape(schema)

    return shape(definitions[definition])


def differences(example: Any, sent: Any, path: str = "") -> Iterator[str]:
    """Where a value is of another kind than in an official example, and what the example has and it lacks."""
    if isinstance(example, dict) and isinstance(sent, dict):
        for name, inner in example.items():
            if name not in sent:
                yield f"{path}.{name}: in the example only"
            else:
                yield from differences(inner, sent[name], f"{path}.{name}")
    elif isinstance(example, list) and isinstance(sent, list):
        if example and sent:
            yield from differences(example[0], sent[0], f"{path}[]")
    elif type(example) is not type(sent):
        yield f"{path}: {type(example).__name__} in the example, {type(sent).__name__} sent"
