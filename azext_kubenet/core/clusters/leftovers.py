"""What a cluster that has moved to overlay leaves behind: the routes of its nodes, and their table. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..azure.az_words import delete_route, update_subnet
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from .node_routes import is_in_pod_cidrs, is_node_route

USER_DEFINED_ROUTING = "userdefinedrouting"


class LeftoverKind(str, Enum):
    """A route of a node, a table that is left on a subnet with nothing in it."""

    ROUTE = "route"
    ROUTE_TABLE = "routeTable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What is left, and the command that takes it away."""

    kind: LeftoverKind
    resource_id: ResourceId
    command: str


def leftovers_of(running: RunningCluster) -> tuple[Leftover, ...]:
    """The routes of nodes in the pod CIDR, and each table that holds no other; with userDefinedRouting tables stay."""
    found: list[Leftover] = []
    keeps_table = running.cluster.outbound_type.lower() == USER_DEFINED_ROUTING
    for table in running.route_tables:
        if not isinstance(table, RouteTable):
            continue
        routes = [each for each in table.routes if is_node_route(each)]
        own = [each for each in routes if is_in_pod_cidrs(each, running.cluster.pod_cidrs)]
        for route in own:
            route_id = table.id.child("routes", route.name)
            found.append(Leftover(kind=LeftoverKind.ROUTE, resource_id=route_id, command=delete_route(route_id)))
        if len(own) == len(table.routes) and not keeps_table:
            found += _table_left(running, table)
    return tuple(found)


def _table_left(running: RunningCluster, table: RouteTable) -> list[Leftover]:
    """The table on each of the cluster's subnets, to be taken off there."""
    subnets = (each for each in running.subnets if isinstance(each, Subnet) and each.route_table_id == table.id)
    return [
        Leftover(
            kind=LeftoverKind.ROUTE_TABLE,
            resource_id=table.id,
            command=update_subnet(each.id, route_table="null"),
        )
        for each in subnets
        if each.id is not None
    ]
