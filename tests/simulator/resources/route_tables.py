"""Route tables and routes: what they refuse and what they derive. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import Json, network_error
from ..store import Record
from .network_type import NetworkType
from .references import subnets_referring
from .virtual_networks import parse_prefix

ROUTE_TABLE = "Microsoft.Network/routeTables"
NEXT_HOP_TYPES = ("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")


def _validate_route_table(azure: Azure, record: Record) -> None:
    limit = azure.settings.route_limit
    count = len(azure.store.children(record, "routes"))
    if count > limit:
        message = f"Cannot create more than {limit} routes for route table {record.name} in this subscription."
        raise network_error("TooManyRoutes", message)


def _validate_route(azure: Azure, record: Record) -> None:
    table = azure.store.find(record.target.parent.path)
    assert table is not None
    _validate_route_table(azure, table)
    prefix = str(record.properties.get("addressPrefix", ""))
    if not prefix[:1].isalpha() or ":" in prefix:
        parse_prefix(prefix, record.id)
    hop = record.properties.get("nextHopType")
    if hop not in NEXT_HOP_TYPES:
        message = f"Value provided for property 'nextHopType' of route {record.id} is invalid: {hop}."
        raise network_error("InvalidRequestFormat", message)
    if hop == "VirtualAppliance" and not record.properties.get("nextHopIpAddress"):
        message = f"Route {record.id} with next hop type VirtualAppliance must have a next hop IP address."
        raise network_error("RouteNextHopIpAddressRequired", message)
    for other in azure.store.children(table, "routes"):
        if other.key != record.key and other.properties.get("addressPrefix") == prefix:
            message = (
                f"Route: {record.name} conflicts with Route: {other.name}. Routes cannot have the same AddressPrefix."
            )
            raise network_error("RouteConflict", message)


def _check_route_table_delete(azure: Azure, record: Record) -> None:
    if subnets_referring(azure, "routeTable", record.id):
        message = f"Route table {record.name} is in use and cannot be deleted."
        raise network_error("InUseRouteTableCannotBeDeleted", message)


def _derive_route_table(azure: Azure, record: Record, _api_version: str) -> Json:
    subnets = subnets_referring(azure, "routeTable", record.id)
    return {"subnets": [{"id": subnet.id} for subnet in subnets]} if subnets else {}


TYPES = (
    NetworkType(
        name=ROUTE_TABLE,
        children={"routes": "routes"},
        defaults={"disableBgpRoutePropagation": False},
        hidden=frozenset({"subnets"}),
        validate=_validate_route_table,
        check_delete=_check_route_table_delete,
        derive=_derive_route_table,
    ),
    NetworkType(
        name=f"{ROUTE_TABLE}/routes",
        defaults={"hasBgpOverride": False},
        has_guid=False,
        validate=_validate_route,
    ),
)
