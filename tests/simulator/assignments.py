"""Role assignments, deny assignments and the caller's permissions, at any scope. No IO."""

from __future__ import annotations

import re
import uuid

from .access import DENY_ASSIGNMENT, ROLE_ASSIGNMENT, covers, list_permissions, scope_of
from .azure import Azure
from .errors import ArmError, Json, method_not_allowed, resource_not_found
from .identifiers import Target, parse, same, within
from .lists import paged
from .messages import Principal, Request, Response
from .operations import timestamp
from .roles import definition_id, definitions, find_role
from .store import Record

_PRINCIPAL_TYPES = {"user": "User", "group": "Group", "serviceprincipal": "ServicePrincipal"}


def grant(azure: Azure, principal: Principal, scope: str, role: str) -> Record:
    """Assigns a role at once and effectively, for callers and tests."""
    guid = find_role(azure, role)
    prefix = scope.rstrip("/")
    target = parse(f"{prefix}/providers/{ROLE_ASSIGNMENT}/{uuid.uuid4()}")
    role_id = definition_id(target.subscription, guid)
    properties = _properties(target, principal.object_id, principal.kind, role_id, {}, None, principal.object_id)
    record = Record(target, {"properties": properties}, private={"seeded": True})
    azure.store.put(record)
    return record


def revoke_all(azure: Azure, principal: Principal) -> None:
    for record in azure.store.of_type(ROLE_ASSIGNMENT):
        if same(record.properties["principalId"], principal.object_id):
            azure.store.remove(record.id)


def _properties(
    target: Target, principal: str, kind: str, role_id: str, sent: Json, old: Json | None, who: str | None
) -> Json:
    now = timestamp()
    return {
        "roleDefinitionId": role_id,
        "principalId": principal,
        "principalType": kind,
        "scope": scope_of(target),
        "condition": sent.get("condition"),
        "conditionVersion": sent.get("conditionVersion"),
        "createdOn": old["createdOn"] if old else now,
        "updatedOn": now,
        "createdBy": old["createdBy"] if old else who,
        "updatedBy": who,
        "delegatedManagedIdentityResourceId": sent.get("delegatedManagedIdentityResourceId"),
        "description": sent.get("description"),
    }


def render(record: Record) -> Json:
    return {
        "properties": dict(record.properties),
        "id": record.id,
        "type": record.type,
        "name": record.name,
    }


def serve(azure: Azure, request: Request) -> Response:
    """GET, list, PUT and DELETE of role assignments."""
    target = request.target
    if target.is_collection:
        return paged(azure, request, [render(record) for record in _listed(azure, request)])
    record = azure.store.find(target.path)
    match request.method:
        case "GET":
            if record is None:
                message = f"The role assignment '{target.name}' is not found."
                raise ArmError(404, "RoleAssignmentNotFound", message)
            return Response(body=render(record))
        case "PUT":
            return _put(azure, request, record)
        case "DELETE":
            if record is None:
                return Response(204)
            azure.store.remove(record.id)
            return Response(body=render(record))
    raise method_not_allowed(request.method)


def _listed(azure: Azure, request: Request) -> list[Record]:
    """Without a filter: at, above and below the scope; `atScope()` leaves out what lies below."""
    scope = scope_of(request.target)
    filters = request.query.get("$filter", "")
    at_scope = "atscope()" in filters.lower()
    principal = re.search(r"principalId\s+eq\s+'([^']*)'", filters, re.IGNORECASE)
    assigned_to = re.search(r"assignedTo\('([^']*)'\)", filters, re.IGNORECASE)
    holders = azure.directory.with_groups(assigned_to.group(1)) if assigned_to else frozenset()
    result = []
    for record in azure.store.of_type(ROLE_ASSIGNMENT):
        assigned = record.properties["scope"]
        if not (covers(assigned, scope) or (not at_scope and within(scope, assigned))):
            continue
        if assigned_to and record.properties["principalId"].lower() not in holders:
            continue
        if principal and not same(record.properties["principalId"], principal.group(1)):
            continue
        result.append(record)
    return result


def _put(azure: Azure, request: Request, old: Record | None) -> Response:
    target, sent = request.target, request.json.get("properties") or {}
    principal, role_id = str(sent.get("principalId", "")), str(sent.get("roleDefinitionId", ""))
    if not request.seeding:
        _check_role(azure, role_id)
        _check_scope(azure, target)
    kind = _principal_type(azure, request, principal, str(sent.get("principalType") or ""))
    if not request.seeding:
        _check_duplicates(azure, target, principal, role_id)
    properties = _properties(target, principal, kind, role_id, sent, old.properties if old else None, request.object_id)
    record = Record(target, {"properties": properties}, private=_propagation(azure, request, old))
    if old is not None:
        record.created = old.created
    azure.store.put(record)
    body = render(record)
    body["properties"]["createdBy"] = None
    return Response(201, body)


def _propagation(azure: Azure, request: Request, old: Record | None) -> Json:
    if request.seeding:
        return {"seeded": True}
    return old.private if old else {"refusals_left": azure.settings.role_propagation_refusals}


def _check_role(azure: Azure, role_id: str) -> None:
    guid = role_id.rsplit("/", 1)[-1].lower()
    if guid not in definitions(azure):
        message = f"The specified role definition with ID '{guid.replace('-', '')}' does not exist."
        raise ArmError(400, "RoleDefinitionDoesNotExist", message)


def _check_scope(azure: Azure, target: Target) -> None:
    scope = parse(target.scope)
    if scope.group:
        azure.group(scope)
    if scope.group and scope.namespace and azure.store.find(scope.path) is None:
        raise resource_not_found(scope.type_and_names, scope.group)


def _check_duplicates(azure: Azure, target: Target, principal: str, role_id: str) -> None:
    for record in azure.store.of_type(ROLE_ASSIGNMENT):
        properties = record.properties
        alike = same(properties["principalId"], principal) and same(properties["scope"], scope_of(target))
        same_role = same(properties["roleDefinitionId"].rsplit("/", 1)[-1], role_id.rsplit("/", 1)[-1])
        if same(record.name, target.name):
            if not (alike and same_role):
                message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
                raise ArmError(400, "RoleAssignmentUpdateNotPermitted", message)
        elif alike and same_role:
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")


def _principal_type(azure: Azure, request: Request, principal: str, sent: str) -> str:
    known = azure.directory.find(principal)
    fresh = known is None or azure.directory.age(principal) < azure.settings.identity_replication_seconds
    if fresh and not sent and not request.seeding:
        message = (
            f"Principal {principal.replace('-', '')} does not exist in the directory {azure.directory.tenant_id}. "
            "Check that you have the correct principal ID. If you are creating this principal and then immediately "
            "assigning a role, this error might be related to a replication delay. In this case, set the role "
            "assignment principalType property to a value, such as ServicePrincipal, User, or Group.  "
            "See https://aka.ms/docs-principaltype"
        )
        raise ArmError(400, "PrincipalNotFound", message)
    kind = _PRINCIPAL_TYPES.get(sent.lower(), sent)
    if known is not None and kind and kind != known.kind and not request.seeding:
        message = f"The PrincipalId '{principal}' has type '{known.kind}' , which is different from specified "
        raise ArmError(400, "UnmatchedPrincipalType", f"{message}PrinciaplType '{kind}'.")
    return kind or (known.kind if known else "ServicePrincipal")


def serve_deny_assignments(azure: Azure, request: Request) -> Response:
    """Deny assignments are listed and read; only a test makes them, as in Azure only Azure does."""
    target = request.target
    if request.method == "PUT" and request.seeding:
        properties = {"scope": target.scope, "doNotApplyToChildScopes": False, "isSystemProtected": True}
        properties.update(request.json.get("properties") or {})
        azure.store.put(Record(target, {"properties": properties}))
        return Response(201, {"id": target.path})
    if request.method != "GET":
        raise method_not_allowed(request.method)
    if not target.is_collection:
        record = azure.store.find(target.path)
        if record is None:
            raise ArmError(404, "DenyAssignmentNotFound", f"The deny assignment '{target.name}' is not found.")
        return Response(body=render(record))
    scope = scope_of(target)
    only_at_scope = "atscope()" in request.query.get("$filter", "").lower()
    shown = [
        render(record)
        for record in azure.store.of_type(DENY_ASSIGNMENT)
        if covers(record.target.scope, scope) or (not only_at_scope and within(scope, record.target.scope))
    ]
    return Response(body={"value": shown})


def serve_permissions(azure: Azure, request: Request) -> Response:
    return Response(body={"value": list_permissions(azure, request)})
