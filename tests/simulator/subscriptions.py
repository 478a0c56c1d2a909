"""Subscriptions, their locations, providers and resources. No IO."""

from __future__ import annotations

import re

from .access import has_any_role, is_filtered_list, readable
from .azure import Azure
from .errors import Json
from .lists import paged
from .messages import Request, Response
from .resources.plain import PLAIN_TYPES
from .resources.registry import NETWORK_TYPES
from .settings import LOCATIONS
from .store import Record

_OTHER_TYPES = (
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.Authorization/locks",
    "Microsoft.PolicyInsights/policyStates",
    "Microsoft.ResourceGraph/resources",
    *PLAIN_TYPES,
)


def knows(resource_type: str) -> bool:
    """Whether this Azure has resources of a type."""
    known = {name.lower() for name in (*_OTHER_TYPES, *(entry.name for entry in NETWORK_TYPES.values()))}
    return resource_type.lower() in known


def _subscription(azure: Azure, subscription: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": azure.directory.tenant_id,
        "displayName": azure.directory.subscriptions[subscription],
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "Simulated_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def list_subscriptions(azure: Azure, request: Request) -> Response:
    """GET /subscriptions: those the caller has any role in."""
    who = request.object_id
    shown = [
        _subscription(azure, entry)
        for entry in azure.directory.subscriptions
        if request.seeding or who is None or has_any_role(azure, who, entry)
    ]
    return Response(body={"value": shown, "count": {"type": "Total", "value": len(shown)}})


def get_subscription(azure: Azure, request: Request) -> Response:
    return Response(body=_subscription(azure, request.target.subscription.lower()))


def list_locations(_azure: Azure, request: Request) -> Response:
    value = [
        {
            "id": f"/subscriptions/{request.target.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": name,
            "regionalDisplayName": name,
            "metadata": {"regionType": "Physical"},
        }
        for name in LOCATIONS
    ]
    return Response(body={"value": value})


def get_provider(_azure: Azure, request: Request) -> Response:
    """GET /subscriptions/S/providers/{namespace}."""
    target = request.target
    namespace = target.namespace or target.path.rsplit("/", 1)[-1]
    names = [entry.name for entry in NETWORK_TYPES.values()] + list(_OTHER_TYPES)
    words = [name.split("/", 1)[1] for name in names if name.lower().startswith(namespace.lower() + "/")]
    kinds = [
        {"resourceType": word, "locations": list(LOCATIONS), "apiVersions": ["2025-05-01", "2022-04-01"]}
        for word in words
    ]
    return Response(
        body={
            "id": f"/subscriptions/{target.subscription}/providers/{namespace}",
            "namespace": namespace,
            "registrationPolicy": "RegistrationRequired",
            "registrationState": "Registered" if kinds else "NotRegistered",
            "resourceTypes": kinds,
        }
    )


def list_resources(azure: Azure, request: Request) -> Response:
    """GET /subscriptions/S/resources and .../resourceGroups/G/resources: every resource that is no child."""
    scope = request.path.rsplit("/", 1)[0]
    wanted = re.search(r"resourceType\s+eq\s+'([^']*)'", request.query.get("$filter", ""), re.IGNORECASE)
    records = [record for record in azure.store.all(scope) if _is_listed(record)]
    if wanted:
        records = [record for record in records if record.type.lower() == wanted.group(1).lower()]
    if is_filtered_list(request):
        records = readable(azure, request, records, "Microsoft.Resources/subscriptions/resources/read")
    return paged(azure, request, [_summary(record) for record in records])


def _is_listed(record: Record) -> bool:
    return len(record.target.types) == 1 and record.target.namespace.lower() != "microsoft.authorization"


def _summary(record: Record) -> Json:
    body: Json = {"id": record.id, "name": record.name, "type": record.type, "location": record.location}
    for name in ("tags", "sku", "identity"):
        if record.body.get(name):
            body[name] = record.body[name]
    return body
