"""The tags of any resource as a thing of their own: read, and merged without touching the rest. No IO."""

from __future__ import annotations

import uuid

from .azure import Azure
from .errors import ArmError, Json, method_not_allowed, resource_not_found
from .identifiers import parse
from .messages import Request, Response
from .store import Record

OPERATIONS = ("Merge", "Replace", "Delete")


def serve(azure: Azure, request: Request) -> Response:
    """GET and PATCH of `{resource}/providers/Microsoft.Resources/tags/default`."""
    owner = parse(request.target.scope)
    record = azure.store.find(owner.path)
    if record is None:
        raise resource_not_found(owner.type_and_names, owner.group)
    if request.method == "PATCH":
        record.body["tags"] = _changed(dict(record.body.get("tags") or {}), request.json)
        top = azure.store.find(record.target.top.path) or record
        top.etag = str(uuid.uuid4())
    elif request.method != "GET":
        raise method_not_allowed(request.method)
    return Response(body=_render(record))


def _changed(present: Json, sent: Json) -> Json:
    operation, tags = sent.get("operation"), (sent.get("properties") or {}).get("tags") or {}
    if operation not in OPERATIONS:
        raise ArmError(400, "InvalidRequestContent", f"The operation '{operation}' is not valid.")
    if operation == "Replace":
        return dict(tags)
    names = {name.lower() for name in tags}
    kept = {name: value for name, value in present.items() if name.lower() not in names}
    return kept if operation == "Delete" else {**kept, **tags}


def _render(record: Record) -> Json:
    return {
        "id": f"{record.id}/providers/Microsoft.Resources/tags/default",
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": dict(record.body.get("tags") or {})},
    }
