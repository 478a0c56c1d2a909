"""User-assigned identities, which Azure creates, updates and deletes synchronously. No IO."""

from __future__ import annotations

from collections.abc import Iterator

from ..access import readable
from ..azure import Azure, ensure_group
from ..errors import Json, method_not_allowed, resource_not_found, unknown_type
from ..identifiers import parse, within
from ..lists import paged
from ..locations import check_location, normalize
from ..messages import Request, Response
from ..store import Record

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


def render(azure: Azure, record: Record) -> Json:
    principal = azure.directory.managed_identity(record.id)
    return {
        "location": record.location,
        "tags": dict(record.body.get("tags") or {}),
        "id": record.id,
        "name": record.name,
        "type": IDENTITY,
        "properties": {
            "tenantId": azure.directory.tenant_id,
            "principalId": principal.object_id,
            "clientId": principal.name,
        },
    }


def serve(azure: Azure, request: Request) -> Response:
    """GET, list, PUT, PATCH and DELETE of user-assigned identities."""
    target = request.target
    if target.types[-1].lower() == "listassociatedresources":
        users = list(_users(azure, target.scope and target.parent.path))
        return Response(body={"totalCount": len(users), "value": users})
    if target.type.lower() != IDENTITY.lower():
        raise unknown_type("/".join(target.types), target.namespace, request.api_version)
    if request.seeding and request.method == "PUT":
        ensure_group(azure, target)
    if target.group:
        azure.group(target)
    if target.is_collection:
        records = readable(azure, request, azure.store.of_type(IDENTITY, target.scope), f"{IDENTITY}/read")
        return paged(azure, request, [render(azure, record) for record in records])
    record = azure.store.find(target.path)
    match request.method:
        case "PUT":
            return _put(azure, request, record)
        case "DELETE":
            if record is None:
                return Response(204)
            azure.store.remove(record.id)
            azure.directory.remove(azure.directory.managed_identity(record.id).object_id)
            return Response(200)
    if record is None:
        raise resource_not_found(target.type_and_names, target.group)
    match request.method:
        case "GET":
            return Response(body=render(azure, record))
        case "PATCH":
            record.body["tags"] = dict(request.json.get("tags") or {})
            return Response(body=render(azure, record))
    raise method_not_allowed(request.method)


def _users(azure: Azure, identity_id: str) -> Iterator[Json]:
    """Every resource that has the identity, as Resource Graph, from which Azure takes them, knows it."""
    for record in azure.store.all():
        assigned = (record.body.get("identity") or {}).get("userAssignedIdentities") or {}
        if any(within(each, identity_id) for each in assigned):
            yield {
                "id": record.id,
                "name": record.name,
                "type": record.type.lower(),
                "resourceGroup": record.target.group,
                "subscriptionId": record.target.subscription,
            }


def _put(azure: Azure, request: Request, old: Record | None) -> Response:
    target = request.target
    if not request.seeding:
        check_location(IDENTITY, target, request.json, old)
    # This provider writes `resourcegroups`, in lower case, into its ids.
    path = f"/subscriptions/{target.subscription}/resourcegroups/{target.group}/providers/{IDENTITY}/{target.name}"
    location = normalize(str(request.json.get("location") or azure.settings.location))
    record = Record(old.target if old else parse(path), {"location": location, "tags": request.json.get("tags")})
    azure.store.put(record)
    azure.directory.managed_identity(record.id)
    headers = {} if old else {"Location": record.id}
    return Response(200 if old else 201, render(azure, record), headers)
