"""The tables of Resource Graph: resources, what holds them, and role assignments. No IO."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .access import ROLE_ASSIGNMENT
from .azure import Azure
from .container_service.rendering import MANAGED_CLUSTER
from .container_service.rendering import render as render_cluster
from .errors import Json
from .graph_query import LazyRow, whole
from .resources import identity, plain
from .resources.registry import NETWORK_TYPES, render
from .store import Record

RESOURCES, CONTAINERS, AUTHORIZATION = "resources", "resourcecontainers", "authorizationresources"
_MODERN = "2025-05-01"
_RENDERED = ("sku", "properties", "tags", "identity", "zones")
_SUBSCRIPTION, _GROUP = "Microsoft.Resources/subscriptions", "Microsoft.Resources/subscriptions/resourceGroups"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row, with where it is and the right without which it is left out."""

    table: str
    scope: str
    subscription: str
    right: str
    body: Json


def all_rows(azure: Azure) -> list[Row]:
    """Every row of all tables, as things are now; children such as subnets and routes have none."""
    rows = [_subscription(azure, subscription) for subscription in azure.directory.subscriptions]
    for record in azure.store.all():
        if not record.target.namespace and record.target.group:
            rows.append(_group(azure, record))
        elif record.type.lower() == ROLE_ASSIGNMENT.lower():
            rows.append(_assignment(azure, record))
        elif len(record.target.types) == 1 and record.target.namespace.lower() != "microsoft.authorization":
            rows.append(_resource(azure, record))
    return rows


def seen_now(azure: Azure) -> list[Row]:
    """Every row as it is at this moment, whatever happens afterwards."""
    return [replace(row, body=dict(whole(row.body))) for row in all_rows(azure)]


def _columns(azure: Azure, subscription: str, **known: object) -> Json:
    """A row with all columns of a table, in Azure's order; those that are not known are null."""
    row: Json = dict.fromkeys(
        (
            "id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku",
            "plan", "properties", "tags", "identity", "zones", "extendedLocation",
        )
    )  # fmt: skip
    return {**row, "tenantId": azure.directory.tenant_id, "subscriptionId": subscription, "kind": "", **known}


def _subscription(azure: Azure, subscription: str) -> Row:
    path = f"/subscriptions/{subscription}"
    body = _columns(
        azure,
        subscription,
        id=path,
        name=azure.directory.subscriptions[subscription],
        type=_SUBSCRIPTION.lower(),
        location="",
        resourceGroup="",
        properties={"state": "Enabled", "subscriptionPolicies": {"quotaId": "Simulated_2014-09-01"}},
    )
    return Row(table=CONTAINERS, scope=path, subscription=subscription, right=f"{_SUBSCRIPTION}/read", body=body)


def _group(azure: Azure, record: Record) -> Row:
    subscription = record.target.subscription
    body = _columns(
        azure,
        subscription,
        id=record.id,
        name=record.target.group,
        type=_GROUP.lower(),
        location=record.location,
        resourceGroup=record.target.group.lower(),
        managedBy=record.body.get("managedBy", ""),
        properties={"provisioningState": record.state},
        tags=record.body.get("tags"),
    )
    return Row(table=CONTAINERS, scope=record.id, subscription=subscription.lower(), right=f"{_GROUP}/read", body=body)


def _assignment(azure: Azure, record: Record) -> Row:
    subscription, properties = record.target.subscription, dict(record.properties)
    body = _columns(
        azure, subscription, id=record.id, name=record.name, type=ROLE_ASSIGNMENT.lower(), properties=properties
    )
    right = f"{ROLE_ASSIGNMENT}/read"
    return Row(table=AUTHORIZATION, scope=record.id, subscription=subscription.lower(), right=right, body=body)


def _resource(azure: Azure, record: Record) -> Row:
    """What has to be rendered is rendered only for rows that a query looks into or shows."""
    known = _columns(
        azure,
        record.target.subscription,
        id=record.id,
        name=record.name,
        type=record.type.lower(),
        location=record.location,
        resourceGroup=record.target.group.lower(),
        managedBy="",
    )

    def make() -> Json:
        shown = _render(azure, record)
        return {name: shown.get(name) for name in _RENDERED}

    body = LazyRow(known, _RENDERED, make)
    subscription = record.target.subscription.lower()
    return Row(table=RESOURCES, scope=record.id, subscription=subscription, right=f"{record.type}/read", body=body)


def _render(azure: Azure, record: Record) -> Json:
    kind = record.type.lower()
    if kind == MANAGED_CLUSTER.lower():
        return render_cluster(azure, record, _MODERN)
    if kind in NETWORK_TYPES:
        return render(azure, record, _MODERN)
    if kind == identity.IDENTITY.lower():
        return identity.render(azure, record)
    return plain.render(record)
