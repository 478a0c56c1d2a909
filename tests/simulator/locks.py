"""Management locks: kept at subscriptions, groups and resources, and enforced on writes. No IO."""

from __future__ import annotations

from .azure import Azure
from .errors import ArmError, Json, method_not_allowed, scope_locked
from .identifiers import parse, within
from .messages import Request, Response
from .store import Record

LOCK = "Microsoft.Authorization/locks"


def render(record: Record) -> Json:
    return {"properties": dict(record.properties), "id": record.id, "type": LOCK, "name": record.name}


def serve(azure: Azure, request: Request) -> Response:
    """GET, list, PUT and DELETE of locks."""
    target = request.target
    if target.is_collection:
        return Response(body={"value": [render(record) for record in _listed(azure, request)]})
    record = azure.store.find(target.path)
    match request.method:
        case "GET":
            if record is None:
                raise ArmError(404, "LockNotFound", f"The lock '{target.name}' could not be found.")
            return Response(body=render(record))
        case "PUT":
            sent = request.json.get("properties") or {}
            if sent.get("level") not in ("CanNotDelete", "ReadOnly"):
                raise ArmError(400, "InvalidLockLevel", f"The lock level '{sent.get('level')}' is not valid.")
            scope = parse(target.scope)
            if scope.group and not request.seeding:
                azure.group(scope)
            kept = record.target if record else target
            body = {"properties": {name: sent[name] for name in ("level", "notes", "owners") if name in sent}}
            azure.store.put(Record(kept, body))
            return Response(200 if record else 201, render(Record(kept, body)))
        case "DELETE":
            return Response(200 if azure.store.remove(target.path) else 204)
    raise method_not_allowed(request.method)


def _listed(azure: Azure, request: Request) -> list[Record]:
    """Locks below the scope, and those it inherits unless `atScope()` is asked."""
    scope = request.target.scope
    at_scope = "atscope()" in request.query.get("$filter", "").lower()
    return [
        record
        for record in azure.store.of_type(LOCK)
        if within(scope, record.target.scope) and not (at_scope and not within(record.target.scope, scope))
    ]


def enforce(azure: Azure, request: Request, canonical_type: str) -> None:
    """Refuses a write under a lock: ReadOnly stops every write, CanNotDelete every delete, also of what is above."""
    if request.seeding or request.method in ("GET", "HEAD") or canonical_type.lower() == LOCK.lower():
        return
    target = request.target
    if request.method == "POST" and not _changes_something(target.types[-1] if target.types else ""):
        return
    deleting = request.method == "DELETE"
    refuse_locked(azure, target.path, deleting=deleting)


def refuse_locked(azure: Azure, resource_id: str, *, deleting: bool = False) -> None:
    """Raises ScopeLocked where a lock forbids to write or delete a resource, whoever does it."""
    locked = []
    for record in azure.store.of_type(LOCK):
        scope = record.target.scope
        above = within(scope, resource_id)
        below = deleting and within(resource_id, scope)
        if (above and (deleting or record.properties["level"] == "ReadOnly")) or below:
            locked.append(scope)
    if locked:
        raise scope_locked(resource_id, "delete" if deleting else "write", locked)


def _changes_something(action: str) -> bool:
    # A ReadOnly lock also stops listing credentials, which is a POST.
    return action.lower() not in ("queryresults", "resources", "getbyids", "listassociatedresources")
