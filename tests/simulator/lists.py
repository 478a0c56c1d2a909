"""Paged lists: `value`, and `nextLink` while there is more. No IO."""

from __future__ import annotations

import urllib.parse

from .azure import Azure
from .errors import Json
from .messages import Request, Response


def paged(azure: Azure, request: Request, entries: list[Json]) -> Response:
    """One page of a list; the skip token is the index of the next entry."""
    size = azure.settings.page_size
    if request.seeding or size <= 0:
        return Response(body={"value": entries})
    token = request.query.get("$skiptoken") or request.query.get("$skipToken") or "0"
    start = int(token)
    body: Json = {"value": entries[start : start + size]}
    if start + size < len(entries):
        query = {**request.query, "$skiptoken": str(start + size)}
        body["nextLink"] = f"{request.base_url}{request.path}?{urllib.parse.urlencode(query)}"
    return Response(body=body)
