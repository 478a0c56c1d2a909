"""Azure Resource Graph: all rows of a query, in pages, within its quota; what it leaves out, said. Does network IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from .answers import Page, page_of_graph
from .client import RESOURCE_GRAPH, FleetClient
from .errors import ArmError, JsonObject
from .json_reader import ParseError
from .quota import Quota

T = TypeVar("T")

MOST_ROWS: Final = 1000
"""Rows of a page. Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data"""

TOO_LARGE: Final = "ResponsePayloadTooLarge"
LIMIT_HIT: Final = "x-ms-tenant-subscription-limit-hit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Generic[T]):
    """What was found; `faults` say, a sentence each, why there may be more."""

    found: tuple[T, ...]
    faults: tuple[str, ...] = ()


class ResourceGraph:
    """Queries over a scope: `subscriptions` or `managementGroups` as the request has them, or everything."""

    def __init__(self, client: FleetClient, scope: Mapping[str, list[str]]) -> None:
        self._client = client
        self._scope = scope
        self._quota = Quota()

    def rows(self, what: str, query: str, convert: Callable[[object], T], *, most: int = MOST_ROWS) -> Rows[T]:
        """All rows of the query, which projects `id` as pages need it.

        Where a page is too large, everything is asked for again in pages of half the rows. Raises ArmError where the
        first page is refused; where a later one fails, what was found until then stays.
        """
        top = most
        while True:
            try:
                return self._all_pages(what, query, convert, top)
            except _PageTooLargeError:
                top = max(1, top // 2)

    def _all_pages(self, what: str, query: str, convert: Callable[[object], T], top: int) -> Rows[T]:
        options = {"resultFormat": "objectArray", "$top": top}
        body: JsonObject | None = {**self._scope, "query": query, "options": options}
        found: list[T] = []
        faults: dict[str, None] = {}
        count = 0
        while body is not None:
            try:
                page, said = self._page(body, count)
            except ArmError as error:
                if TOO_LARGE in error.codes and top > 1:
                    raise _PageTooLargeError from error
                if body["options"] is options or error.is_signed_out:
                    raise
                faults[f"A page of {what} failed, and those after the first {count} are missing: {error}"] = None
                break
            faults.update(dict.fromkeys(each.format(what=what, count=count + len(page.elements)) for each in said))
            for element in page.elements:
                try:
                    found.append(convert(element))
                except ParseError as error:
                    faults[f"One of {what} was left out, as it has an unexpected format: {error}."] = None
            count += len(page.elements)
            body = page.body
        return Rows(found=tuple(found), faults=tuple(faults))

    def _page(self, body: JsonObject, before: int) -> tuple[Page, tuple[str, ...]]:
        def read(document: JsonObject, headers: Mapping[str, str]) -> tuple[Page, tuple[str, ...]]:
            self._quota.hear(headers)
            lacks = str(document.get("resultTruncated", "")).lower() == "true"
            return page_of_graph(document, body, before, may_lack=lacks), tuple(_said(lacks, headers))

        with self._quota.turn():
            return self._client.ask(RESOURCE_GRAPH, body, read)


class _PageTooLargeError(Exception):
    """Resource Graph found more bytes than it sends in one page."""


def _said(lacks: bool, headers: Mapping[str, str]) -> Iterable[str]:
    """What an answer says of itself, that there is more; `{what}` and `{count}` are still to be filled in."""
    if lacks:
        yield "Resource Graph truncated its answer about {what} after {count}."
    if headers.get(LIMIT_HIT, "").lower() == "true":
        yield "You see more subscriptions than Resource Graph looks into at once: name some with --subscriptions."
