"""Adds tags to a resource and keeps all that are there, also those that somebody else adds meanwhile. Network IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..core.azure.resource_id import ResourceId
from .client import ArmClient
from .confirm import confirmed, holds
from .errors import ArmError, JsonObject
from .json_reader import JsonReader, as_object

TAGS: Final = "/providers/Microsoft.Resources/tags/default"


def add_tags(client: ArmClient, resource_id: ResourceId, tags: Mapping[str, str]) -> None:
    """Merge the tags in; without the right to, write those that were read a moment ago and these.

    Source: https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
    """
    body: JsonObject = {"operation": "Merge", "properties": {"tags": dict(tags)}}
    try:
        client.patch(f"{resource_id}{TAGS}", body)
    except ArmError as error:
        if not error.is_forbidden:
            raise
        found = client.get(str(resource_id))
        merged = with_tags(found, tags)
        client.patch(str(resource_id), {"tags": merged[name_in(merged, "tags")]})
    # whatever it answered: the resource itself has to have them
    confirmed(client, str(resource_id), {}, lambda document: holds(document, {"tags": dict(tags)}))


def with_tags(document: JsonObject, tags: Mapping[str, str]) -> JsonObject:
    """With those of `tags` whose name it lacks; names of tags have no case."""
    here = name_in(document, "tags")
    present = JsonReader(document).maybe(here, as_object) or {}
    names = {name.lower() for name in present}
    lacking = {name: value for name, value in tags.items() if name.lower() not in names}
    return {**document, here: {**present, **lacking}} if lacking else document


def name_in(document: JsonObject, name: str) -> str:
    """The name as the document spells it: read in any casing, it must not be written twice."""
    return next((key for key in document if key.lower() == name.lower()), name)
