"""What counts as an answer: a resource with its own id, a list that is one, pages that add up. No IO.

Anything else raises ArmError with the code InvalidAnswer: what is not there is never taken for empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import JsonObject, no_answer

_BY_NAME = "microsoft.authorization/roledefinitions"
"""Role definitions answer with the id of another scope than they were asked at; their names are unique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Elements of a list, and where the next are: behind a link, or at the same place with another body."""

    elements: list[JsonObject]
    link: str | None = None
    body: JsonObject | None = None

    @property
    def is_last(self) -> bool:
        return self.link is None and self.body is None


def document_of(content: bytes) -> JsonObject:
    """The JSON object that was sent."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:  # the second where it is nested without end
        raise no_answer("Azure answered with something that is not JSON.") from error
    if not isinstance(document, dict):
        raise no_answer("Azure answered with something that is not a JSON object.")
    if isinstance(document.get("error"), Mapping):
        told = json.dumps(document["error"])[:300]
        raise no_answer(f"Azure answered with an error, but with the status of success: {told}")
    return document


def resource_of(document: JsonObject, path: str) -> JsonObject:
    """The resource at `path`, known by its own id."""
    identity = document.get("id")
    if not isinstance(identity, str) or _known_by(identity) != _known_by(path):
        raise no_answer("Azure answered with something that is not the resource asked for: its id is another.")
    return document


def _known_by(identity: str) -> str:
    lowered = identity.strip("/").lower()
    return lowered.rsplit("/", 1)[-1] if _BY_NAME in lowered else lowered


def page_of_list(document: JsonObject) -> Page:
    """A page of `value`, with `nextLink` or, as policy states have it, `@odata.nextLink`."""
    links = [document[name] for name in ("nextLink", "@odata.nextLink") if document.get(name) not in (None, "")]
    if not all(isinstance(link, str) for link in links):
        raise no_answer("Azure answered with a list whose next page is not given as a link.")
    return Page(elements=_objects(document, "value"), link=links[0] if links else None)


def page_of_graph(document: JsonObject, body: JsonObject, before: int, *, may_lack: bool = False) -> Page:
    """A page of Resource Graph's `data`, after `before` other entries; the next has its `$skipToken` in the body.

    Without a next one, and unless it `may_lack` some, all entries have to have come.
    Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results
    """
    elements = _objects(document, "data")
    token, total = document.get("$skipToken"), document.get("totalRecords")
    if not isinstance(total, int) or document.get("count") != len(elements):
        raise no_answer("Resource Graph's answer does not add up: 'count' is not what 'data' holds.")
    if token in (None, ""):
        if total != before + len(elements) and not may_lack:
            raise no_answer(f"Resource Graph found {total} entries, and sent {before + len(elements)}.")
        return Page(elements=elements)
    if not isinstance(token, str) or token == body.get("options", {}).get("$skipToken"):
        raise no_answer("Resource Graph's answer has no usable '$skipToken'.")
    return Page(elements=elements, body={**body, "options": {**body.get("options", {}), "$skipToken": token}})


def _objects(document: JsonObject, name: str) -> list[JsonObject]:
    elements = document.get(name)
    if not isinstance(elements, list) or not all(isinstance(each, dict) for each in elements):
        raise no_answer(f"Azure answered with something that is not a list: '{name}' has to be one, of objects.")
    return elements
