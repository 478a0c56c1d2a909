"""Resources that only have to be there: stored as sent, read back with id, name and type. No IO."""

from __future__ import annotations

import copy

from ..access import readable
from ..azure import Azure, ensure_group
from ..errors import Json, method_not_allowed, resource_not_found, unknown_type
from ..lists import paged
from ..messages import Request, Response
from ..store import Record

PLAIN_TYPES = (
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Compute/virtualMachineScaleSets",
    "Microsoft.Compute/virtualMachines",
)


def canonical_type(resource_type: str) -> str | None:
    return next((entry for entry in PLAIN_TYPES if entry.lower() == resource_type.lower()), None)


def render(record: Record) -> Json:
    body: Json = {"id": record.id, "name": record.name, "type": canonical_type(record.type) or record.type}
    body.update(copy.deepcopy(record.body))
    body["properties"] = {"provisioningState": record.state, **body.get("properties", {})}
    return body


def serve(azure: Azure, request: Request) -> Response:
    target = request.target
    resource_type = canonical_type(target.type)
    if resource_type is None:
        raise unknown_type("/".join(target.types), target.namespace, request.api_version)
    if request.seeding and request.method == "PUT":
        ensure_group(azure, target)
    if target.group:
        azure.group(target)
    if target.is_collection:
        records = readable(azure, request, azure.store.of_type(resource_type, target.scope), f"{resource_type}/read")
        return paged(azure, request, [render(record) for record in records])
    record = azure.store.find(target.path)
    if request.method == "PUT":
        body = {name: value for name, value in request.json.items() if name not in ("id", "name", "type")}
        body.setdefault("location", azure.settings.location)
        stored = Record(record.target if record else target, body)
        azure.store.put(stored)
        return Response(200 if record else 201, render(stored))
    if request.method == "DELETE":
        return Response(200 if azure.store.remove(target.path) else 204)
    if record is None:
        raise resource_not_found(target.type_and_names, target.group)
    if request.method != "GET":
        raise method_not_allowed(request.method)
    return Response(body=render(record))
