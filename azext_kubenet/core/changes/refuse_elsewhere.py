"""Where what a preparation makes has to be: in a group that exists, and where the network is. No IO."""

from __future__ import annotations

from ..azure.az_words import az
from ..azure.networks import VirtualNetwork
from ..azure.regions import same_region
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from .change import CreateIdentity, CreateRouteTable, MissingResourceError, RefusedError
from .prepare import Intent, PrepareRequest


def refuse_elsewhere(request: PrepareRequest, intent: Intent, snapshot: Snapshot) -> None:
    """Raise RefusedError where Azure would take the first writes of `intent` and refuse the rest, each time anew.

    `snapshot` is one that was read for a preparation, so that a group without a location is not there.
    """
    cluster_id, subnet_id = request.cluster_id, request.subnet_id
    if cluster_id.subscription_id.lower() != subnet_id.subscription_id.lower():
        raise RefusedError(
            f"Subnet '{subnet_id.name}' is in subscription '{subnet_id.subscription_id}', and the cluster would be in "
            f"'{cluster_id.subscription_id}'; both have to be in one (SN1).",
            f"Add --subscription {subnet_id.subscription_id}, or name another subnet.",
        )
    table_id = intent.route_table_id
    if table_id is not None and table_id.subscription_id.lower() != subnet_id.subscription_id.lower():
        raise RefusedError(
            f"Route table '{table_id.name}' is in subscription '{table_id.subscription_id}', and subnet "
            f"'{subnet_id.name}' in '{subnet_id.subscription_id}'; both have to be in one (RT6).",
            "Name another route table with --route-table, or omit it to have one created.",
        )
    network = snapshot.virtual_network
    if table_id is not None and isinstance(network, VirtualNetwork) and network.location:
        _refuse_other_region(table_id, intent, snapshot, network)
    made = (each.write for each in intent.changes if isinstance(each.write, CreateIdentity | CreateRouteTable))
    if snapshot.group_location is None and any(_is_in_group_of(each.id, cluster_id) for each in made):
        group, subscription = cluster_id.resource_group, cluster_id.subscription_id
        make = az("group", "create", subscription=subscription, name=group, location=intent.location)
        raise MissingResourceError(
            f"Resource group '{cluster_id.resource_group}' was not found.", ("Check its name, or create it:", make)
        )


def _refuse_other_region(table_id: ResourceId, intent: Intent, snapshot: Snapshot, network: VirtualNetwork) -> None:
    tables = (snapshot.route_table, snapshot.candidate_route_table)
    table = next((each for each in tables if isinstance(each, RouteTable) and each.id == table_id), None)
    region = intent.location if table is None else table.location
    if same_region(region, network.location):
        return
    raise RefusedError(
        f"Route table '{table_id.name}' {'would be' if table is None else 'is'} in {region}, and virtual "
        f"network '{network.name}' is in {network.location}; both have to be in one region (RT6).",
        "Omit --location." if table is None else "Name another route table with --route-table.",
    )


def _is_in_group_of(one: ResourceId, other: ResourceId) -> bool:
    return one.resource_group_id.lower() == other.resource_group_id.lower()
