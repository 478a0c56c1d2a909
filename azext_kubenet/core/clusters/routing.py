"""The routing of a cluster that runs as one picture: its table and whose that is, subnets, nodes, the rest. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.route_tables import Route, RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from .existing import KUBENET
from .route_controller import stopped_by
from .running_nodes import Nodes, is_stopped, nodes_of
from .running_routes import (
    NodeRoute,
    OtherKind,
    RouteState,
    SubnetRouting,
    associations,
    cluster_table,
    is_made_by_aks,
    node_routes,
    other_routes,
)


class TableOwner(str, Enum):
    """Who made the cluster's route table; `NONE` has none."""

    USER = "user"
    AKS = "aks"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """`hidden_subnets` could not be read. Nodes of a table that could not be seen have no route and are `UNSEEN`."""

    table_id: ResourceId | None
    owner: TableOwner
    subnets: tuple[SubnetRouting, ...] = ()
    hidden_subnets: tuple[Unreadable, ...] = ()
    nodes: tuple[NodeRoute, ...] = ()
    others: tuple[tuple[Route, OtherKind], ...] = ()


def routing_of(running: RunningCluster, snapshot: Snapshot) -> Routing:
    """The picture; without nodes and routes where the cluster is stopped, and empty where it is not on kubenet."""
    if running.cluster.network_plugin != KUBENET:
        return Routing(table_id=None, owner=TableOwner.NONE)
    table = cluster_table(running)
    table_id = table.id if isinstance(table, RouteTable) else _only_table_on(running)
    nodes = Nodes(known=()) if is_stopped(running.cluster) else nodes_of(running)
    routes, others = _routes(running, nodes, table, snapshot)
    return Routing(
        table_id=table_id,
        owner=_owner(running, table, table_id),
        subnets=associations(running, table),
        hidden_subnets=tuple(each for each in running.subnets if isinstance(each, Unreadable)),
        nodes=routes,
        others=others,
    )


def lacking_nodes(running: RunningCluster) -> int:
    """How many nodes have no route in a table that could be read: what a wait waits for."""
    table = cluster_table(running)
    if running.cluster.network_plugin != KUBENET or is_stopped(running.cluster) or not isinstance(table, RouteTable):
        return 0
    return sum(each.route is None for each in node_routes(running, nodes_of(running), table.routes))


def _routes(
    running: RunningCluster, nodes: Nodes, table: RouteTable | Unreadable | None, snapshot: Snapshot
) -> tuple[tuple[NodeRoute, ...], tuple[tuple[Route, OtherKind], ...]]:
    if not isinstance(table, RouteTable):
        return tuple(NodeRoute(node=each, route=None, state=RouteState.UNSEEN) for each in nodes.known), ()
    causes = stopped_by(
        running,
        nodes,
        table,
        access=snapshot.route_table_access,
        locks=(snapshot.locks, snapshot.route_table_locks),
        policy_states=snapshot.policy_states,
    )
    others = () if is_stopped(running.cluster) else other_routes(running, nodes, table.routes)
    return node_routes(running, nodes, table.routes, can_write=not causes), others


def _only_table_on(running: RunningCluster) -> ResourceId | None:
    """The one table that all subnets carry, by its id alone."""
    carried = {each.route_table_id for each in running.subnets if isinstance(each, Subnet)} - {None}
    return carried.pop() if len(carried) == 1 else None


def _owner(running: RunningCluster, table: RouteTable | Unreadable | None, table_id: ResourceId | None) -> TableOwner:
    if table_id is not None:
        is_aks = is_made_by_aks(table_id, running.cluster.node_resource_group)
        return TableOwner.AKS if is_aks else TableOwner.USER
    all_read = bool(running.subnets) and all(isinstance(each, Subnet) for each in running.subnets)
    return TableOwner.NONE if table is None and all_read else TableOwner.UNKNOWN
