"""Role definitions: the built-in ones with their real ids and actions, and custom ones. No IO."""

from __future__ import annotations

import re

from .azure import Azure
from .errors import ArmError, Json, method_not_allowed
from .identifiers import parse, within
from .messages import Request, Response
from .operations import timestamp
from .store import Record

ROLE_DEFINITION = "Microsoft.Authorization/roleDefinitions"

_CONTRIBUTOR_EXCEPTIONS = [
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
    "Microsoft.Blueprint/blueprintAssignments/write",
    "Microsoft.Blueprint/blueprintAssignments/delete",
    "Microsoft.Compute/galleries/share/action",
    "Microsoft.Purview/consents/write",
    "Microsoft.Purview/consents/delete",
    "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
    "Microsoft.Subscription/cancel/action",
    "Microsoft.Subscription/enable/action",
]
_COMMON = [
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
]

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_BUILT_IN: tuple[tuple[str, str, str, list[str], list[str]], ...] = (
    (
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        ["*"],
        [],
    ),
    (
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage "
        "assignments in Azure Blueprints, or share image galleries.",
        ["*"],
        _CONTRIBUTOR_EXCEPTIONS,
    ),
    (
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        ["*/read"],
        [],
    ),
    (
        "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "Network Contributor",
        "Lets you manage networks, but not access to them.",
        [*_COMMON[:2], "Microsoft.Network/*", "Microsoft.ResourceHealth/availabilityStatuses/read", *_COMMON[2:]],
        [],
    ),
    (
        "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
        "Private DNS Zone Contributor",
        "Lets you manage private DNS zone resources, but not the virtual networks they are linked to.",
        [
            *_COMMON[1:],
            "Microsoft.Network/privateDnsZones/*",
            "Microsoft.Network/privateDnsOperationResults/*",
            "Microsoft.Network/privateDnsOperationStatuses/*",
            "Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/virtualNetworks/join/action",
            _COMMON[0],
        ],
        [],
    ),
    (
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        [],
    ),
    (
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC.",
        [
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ],
        [],
    ),
    (
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        "Read and Assign User Assigned Identity",
        [
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            *_COMMON,
        ],
        [],
    ),
    (
        "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
        "Managed Identity Contributor",
        "Create, Read, Update, and Delete User Assigned Identity",
        [
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
            *_COMMON,
        ],
        [],
    ),
    (
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        "AcrPull",
        "acr pull",
        ["Microsoft.ContainerRegistry/registries/pull/read"],
        [],
    ),
)

_BUILT_IN_DATES = ("2015-06-02T00:18:27.3542698Z", "2021-11-11T20:13:44.6328966Z")


def permission(actions: list[str], not_actions: list[str] | None = None) -> Json:
    return {"actions": actions, "notActions": not_actions or [], "dataActions": [], "notDataActions": []}


def _built_in() -> dict[str, Json]:
    return {
        name: {
            "roleName": role,
            "type": "BuiltInRole",
            "description": description,
            "assignableScopes": ["/"],
            "permissions": [permission(actions, not_actions)],
            "createdOn": _BUILT_IN_DATES[0],
            "updatedOn": _BUILT_IN_DATES[1],
            "createdBy": None,
            "updatedBy": None,
        }
        for name, role, description, actions, not_actions in _BUILT_IN
    }


BUILT_IN = _built_in()


def definitions(azure: Azure) -> dict[str, Json]:
    """All role definitions by GUID."""
    custom = {record.name.lower(): record.properties for record in azure.store.of_type(ROLE_DEFINITION)}
    return {**BUILT_IN, **custom}


def find_role(azure: Azure, role: str) -> str:
    """The GUID of a role given by name, GUID or id."""
    name = role.rsplit("/", 1)[-1].lower()
    for guid, properties in definitions(azure).items():
        if guid == name or properties["roleName"].lower() == role.lower():
            return guid
    raise ValueError(f"no role '{role}'")


def definition_id(subscription: str, guid: str) -> str:
    prefix = f"/subscriptions/{subscription}" if subscription else ""
    return f"{prefix}/providers/{ROLE_DEFINITION}/{guid}"


def _render(subscription: str, guid: str, properties: Json) -> Json:
    return {
        "properties": dict(properties),
        "id": definition_id(subscription, guid),
        "type": ROLE_DEFINITION,
        "name": guid,
    }


def serve(azure: Azure, request: Request) -> Response:
    """GET, list, PUT and DELETE of role definitions at any scope."""
    target = request.target
    if target.is_collection:
        return Response(body={"value": _listed(azure, request)})
    guid = target.name.lower()
    match request.method:
        case "GET":
            properties = definitions(azure).get(guid)
            if properties is None:
                raise _missing(guid)
            return Response(body=_render(target.subscription, guid, properties))
        case "PUT":
            return _put(azure, request)
        case "DELETE":
            record = azure.store.find(definition_id(target.subscription, guid))
            if record is None:
                return Response(204)
            azure.store.remove(record.id)
            return Response(body=_render(target.subscription, guid, record.properties))
    raise method_not_allowed(request.method)


def _listed(azure: Azure, request: Request) -> list[Json]:
    target = request.target
    filters = request.query.get("$filter", "")
    by_name = re.search(r"roleName\s+eq\s+'([^']*)'", filters, re.IGNORECASE)
    by_type = re.search(r"(?<![a-z])type\s+eq\s+'([^']*)'", filters, re.IGNORECASE)
    result = []
    for guid, properties in definitions(azure).items():
        if by_name and properties["roleName"].lower() != by_name.group(1).lower():
            continue
        if by_type and properties["type"].lower() != by_type.group(1).lower():
            continue
        if not any(within(scope, target.scope) for scope in properties["assignableScopes"]):
            continue
        result.append(_render(target.subscription, guid, properties))
    return result


def _put(azure: Azure, request: Request) -> Response:
    target = request.target
    sent = request.json.get("properties") or {}
    guid = target.name.lower()
    if guid in BUILT_IN:
        raise ArmError(400, "RoleDefinitionUpdateNotPermitted", "Built-in role definitions cannot be updated.")
    clash = [
        other
        for other, properties in definitions(azure).items()
        if other != guid and properties["roleName"].lower() == str(sent.get("roleName", "")).lower()
    ]
    if clash:
        message = f"A custom role with the same name already exists in this directory. Use a different name: {clash[0]}"
        raise ArmError(409, "RoleDefinitionWithSameNameExists", message)
    path = definition_id(target.subscription, target.name)
    old = azure.store.find(path)
    now, who = timestamp(), request.object_id
    properties = {
        "roleName": sent.get("roleName", ""),
        "type": "CustomRole",
        "description": sent.get("description", ""),
        "assignableScopes": sent.get("assignableScopes") or [target.scope],
        "permissions": [{**permission([]), **entry} for entry in sent.get("permissions") or [permission([])]],
        "createdOn": old.properties["createdOn"] if old else now,
        "updatedOn": now,
        "createdBy": who,
        "updatedBy": who,
    }
    azure.store.put(Record(parse(path), {"properties": properties}))
    shown = {**properties, "createdBy": None}
    return Response(201, _render(target.subscription, target.name, shown))


def _missing(guid: str) -> ArmError:
    message = f"The specified role definition with ID '{guid.replace('-', '')}' does not exist."
    return ArmError(404, "RoleDefinitionDoesNotExist", message)
