"""Azure Resource Graph: what one may read, in pages, as of its last look, at most so often. No IO."""

from __future__ import annotations

import base64
import json
import math
import time
from typing import Any

from .access import is_allowed, is_unreadable
from .azure import Azure
from .errors import ArmError, Json, gateway_error
from .graph_query import Query, QueryError, parse_query, whole
from .graph_rows import Row, all_rows
from .messages import Request, Response

DEFAULT_ROWS, MOST_ROWS = 100, 1000
QUOTA = 15
"""Queries in a window, as the headers tell; it is enforced where the setting `graph_quota` says so."""

_SUPPORT = "Please provide below info when asking for support: timestamp = 2026-01-01T00:00:00Z, correlationId = 0."


def serve(azure: Azure, request: Request) -> Response:
    """POST /providers/Microsoft.ResourceGraph/resources."""
    if azure.settings.refuse_resource_graph:
        message = "Please provide below info when asking for support: the caller has no access to Resource Graph."
        raise gateway_error(403, "AccessDenied", message)
    headers = _count(azure, request)
    query = _query(str(request.json.get("query", "")))
    rows, hit = _visible(azure, request, query)
    if hit:
        headers["x-ms-tenant-subscription-limit-hit"] = "true"
    body = _page(azure, request.json.get("options") or {}, query, query.run(rows))
    size = len(json.dumps(body))
    if size > azure.settings.graph_payload_limit:
        limit = azure.settings.graph_payload_limit
        raise _bad_request(
            "ResponsePayloadTooLarge",
            f"Response payload size is {size}, and has exceeded the limit of {limit}. Please consider querying less "
            "data at a time and make paginated call if needed.",
        )
    return Response(body=body, headers=headers)


def _count(azure: Azure, request: Request) -> dict[str, str]:
    """Counts a query against the caller's quota; refuses the one too many, and says for how long."""
    window, now = azure.settings.graph_window_seconds, time.monotonic()
    who = request.object_id or ""
    began, used = azure.graph_windows.get(who, (now, 0))
    if now - began >= window:
        began, used = now, 0
    quota = azure.settings.graph_quota or QUOTA
    left = math.ceil(max(0.0, began + window - now))
    headers = {
        "x-ms-user-quota-remaining": str(max(0, quota - used - 1)),
        "x-ms-user-quota-resets-after": f"00:00:{left:02d}",
    }
    if azure.settings.graph_quota and used >= quota:
        detail = (
            "Client application has been throttled and should not attempt to repeat the request until an amount of "
            "time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
        )
        details = [{"code": "RateLimiting", "message": detail}]
        headers["Retry-After"] = str(max(1, left))
        raise ArmError(429, "RateLimiting", _SUPPORT, details=details, headers=headers)
    azure.graph_windows[who] = (began, used + 1)
    return headers


def _query(text: str) -> Query:
    try:
        return parse_query(text)
    except (QueryError, ValueError) as error:
        raise _bad_request("InvalidQuery", f"Query is invalid. Please refer to the documentation: {error}.") from None


def _bad_request(code: str, message: str) -> ArmError:
    return ArmError(400, "BadRequest", _SUPPORT, details=[{"code": code, "message": message}])


def _visible(azure: Azure, request: Request, query: Query) -> tuple[list[Json], bool]:
    """The rows of the query's table that the caller may read; the others are missing without a word.

    Also whether the tenant has more subscriptions than a query without a scope looks into.
    """
    named = [str(entry).lower() for entry in request.json.get("subscriptions") or []]
    for group in request.json.get("managementGroups") or []:
        named += [entry.lower() for entry in azure.management_groups.get(str(group).lower(), [])]
    scoped = bool(named) or bool(request.json.get("managementGroups"))
    limit = azure.settings.graph_subscription_limit
    everything = list(azure.directory.subscriptions)
    searched = set(named if scoped else everything[:limit])
    rows = azure.graph_rows if azure.graph_rows is not None else all_rows(azure)
    found = [
        row.body
        for row in rows
        if row.table == query.table and row.subscription in searched and _may_read(azure, request, row)
    ]
    return found, not scoped and len(everything) > limit


def _may_read(azure: Azure, request: Request, row: Row) -> bool:
    who = request.object_id
    if is_unreadable(azure, row.scope):
        return False
    return who is None or request.seeding or is_allowed(azure, who, row.right, row.scope)


def _page(azure: Azure, options: Json, query: Query, rows: list[Json]) -> Json:
    """One page; the next has a token only where `id` comes along and nothing has cut the rows, else they are lost."""
    start, size = _rows_to_skip(options), _size(azure, options)
    page = [whole(row) for row in rows[start : start + size]]
    body: Json = {"totalRecords": len(rows), "count": len(page), "data": _formatted(options, query, page), "facets": []}
    more = start + size < len(rows)
    body["resultTruncated"] = "true" if more and not query.follows() else "false"
    if more and query.follows():
        token = {"$id": "1", "MaxRows": size, "RowsToSkip": start + size}
        body["$skipToken"] = base64.b64encode(json.dumps(token).encode()).decode()
    return body


def _size(azure: Azure, options: Json) -> int:
    asked = int(options.get("$top") or DEFAULT_ROWS)
    if not 1 <= asked <= MOST_ROWS:
        raise _bad_request("InvalidOptions", f"$top must be between 1 and {MOST_ROWS}, and is {asked}.")
    return min(asked, azure.settings.page_size or asked)


def _rows_to_skip(options: Json) -> int:
    token = options.get("$skipToken")
    if not token:
        return int(options.get("$skip") or 0)
    try:
        return int(json.loads(base64.b64decode(token))["RowsToSkip"])
    except (ValueError, KeyError, TypeError):
        raise _bad_request("InvalidSkipToken", "The skip token is invalid.") from None


def _formatted(options: Json, query: Query, page: list[Json]) -> Any:
    if str(options.get("resultFormat", "objectArray")).lower() != "table":
        return page
    names = list(query.columns or (page[0] if page else ()))
    return {
        "columns": [{"name": name, "type": "object"} for name in names],
        "rows": [[row.get(name) for name in names] for row in page],
    }
