"""Azure Resource Graph, read loosely: the resource types a query names, in the subscriptions it lists. No IO."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from .access import is_allowed, is_unreadable
from .azure import Azure
from .container_service.rendering import MANAGED_CLUSTER
from .container_service.rendering import render as render_cluster
from .errors import ArmError, Json, gateway_error
from .messages import Request, Response
from .resources import plain
from .resources.registry import NETWORK_TYPES, render
from .store import Record

DEFAULT_PAGE = 1000
_MODERN = "2025-05-01"


def serve(azure: Azure, request: Request) -> Response:
    """POST /providers/Microsoft.ResourceGraph/resources."""
    if azure.settings.refuse_resource_graph:
        message = "Please provide below info when asking for support: the caller has no access to Resource Graph."
        raise gateway_error(403, "AccessDenied", message)
    options = request.json.get("options") or {}
    columns = _projection(str(request.json.get("query", "")))
    entries = [_project(_row(azure, record), columns) for record in _found(azure, request)]
    total = len(entries)
    start = _rows_to_skip(options)
    size = int(options.get("$top") or azure.settings.page_size or DEFAULT_PAGE)
    page = entries[start : start + size]
    body: Json = {"totalRecords": total, "count": len(page), "data": page, "facets": [], "resultTruncated": "false"}
    if start + size < total:
        body["$skipToken"] = _token(size, start + size)
    return Response(body=body)


def _token(rows: int, skip: int) -> str:
    """In the form of Azure's own tokens, which az passes on unread."""
    return base64.b64encode(json.dumps({"$id": "1", "MaxRows": rows, "RowsToSkip": skip}).encode()).decode()


def _rows_to_skip(options: Json) -> int:
    token = options.get("$skipToken")
    if not token:
        return int(options.get("$skip") or 0)
    try:
        return int(json.loads(base64.b64decode(token))["RowsToSkip"])
    except (ValueError, KeyError, TypeError):
        raise ArmError(400, "BadRequest", "The skip token is invalid.") from None


def _found(azure: Azure, request: Request) -> list[Record]:
    query = str(request.json.get("query", ""))
    wanted = {word.lower() for word in re.findall(r"microsoft\.\w+/[\w/]+", query, re.IGNORECASE)}
    wanted = wanted or {MANAGED_CLUSTER.lower()}
    subscriptions = {str(entry).lower() for entry in request.json.get("subscriptions") or []}
    who = request.object_id
    return [
        record
        for record in azure.store.all()
        if record.type.lower() in wanted
        and (not subscriptions or record.target.subscription.lower() in subscriptions)
        and not is_unreadable(azure, record.id)
        and (who is None or request.seeding or is_allowed(azure, who, f"{record.type}/read", record.id))
    ]


def _projection(query: str) -> list[tuple[str, list[str]]]:
    """The columns of a plain last `project`, each with the path it is read from; none for a query beyond that."""
    last = query.rsplit("|", 1)[-1].strip()
    if not re.match(r"project\s", last, re.IGNORECASE):
        return []
    terms = [re.fullmatch(r"\s*(?:(\w+)\s*=\s*)?([\w.]+)\s*", term) for term in last[len("project") :].split(",")]
    return [(term.group(1) or term.group(2), term.group(2).split(".")) for term in terms if term] if all(terms) else []


def _project(row: Json, columns: list[tuple[str, list[str]]]) -> Json:
    if not columns:
        return row
    shown: Json = {}
    for name, path in columns:
        value: Any = row
        for word in path:
            value = value.get(word) if isinstance(value, dict) else None
        shown[name.replace(".", "_")] = value
    return shown


def _row(azure: Azure, record: Record) -> Json:
    """One row with all columns of the table `resources`; types and group names come in lower case."""
    body = _render(azure, record)
    return {
        "id": record.id,
        "name": record.name,
        "type": record.type.lower(),
        "tenantId": azure.directory.tenant_id,
        "kind": "",
        "location": record.location,
        "resourceGroup": record.target.group.lower(),
        "subscriptionId": record.target.subscription,
        "managedBy": "",
        "sku": body.get("sku"),
        "plan": None,
        "properties": body.get("properties"),
        "tags": body.get("tags"),
        "identity": body.get("identity"),
        "zones": None,
        "extendedLocation": None,
    }


def _render(azure: Azure, record: Record) -> Json:
    if record.type.lower() == MANAGED_CLUSTER.lower():
        return render_cluster(azure, record, _MODERN)
    if record.type.lower() in NETWORK_TYPES:
        return render(azure, record, _MODERN)
    return plain.render(record)
