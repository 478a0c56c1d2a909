"""The routes of a cluster that runs: its one table, the subnets that carry it, a route a node, and the others. No IO.

nodes, table = nodes_of(running), cluster_table(running)
associations(running, table)                    each subnet: does it carry the table
node_routes(running, nodes, table.routes)       each node: does it have its route
other_routes(running, nodes, table.routes)      every other route: left over, another cluster's, a person's
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from ..azure.managed_clusters import AgentPool, ManagedCluster, RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.route_tables import Route, RouteTable
from ..azure.unreadable import Unreadable
from .node_routes import DUAL_STACK_SEPARATOR, NODE_NAME_PREFIX, VIRTUAL_APPLIANCE, goes_to, is_in_pod_cidrs
from .running_nodes import Node, Nodes, nodes_of, scale_set_of

MADE_BY_AKS: Final = re.compile(r"aks-agentpool-\d+-routetable", re.IGNORECASE)
"""How AKS calls the table that it makes in the node resource group."""

AT_WORK: Final = frozenset({"creating", "scaling", "upgrading", "updating", "upgradingnodeimageversion"})
"""States of a pool whose nodes come and go.
Source: https://learn.microsoft.com/azure/aks/upgrade-options"""


class Association(str, Enum):
    """Whether a subnet of the cluster carries its one table."""

    ASSOCIATED = "associated"
    STRIPPED = "stripped"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRouting:
    """One subnet of the cluster's pools. Where the cluster's table is not known, carrying any table is associated."""

    subnet: Subnet
    pools: tuple[str, ...]
    association: Association


class RouteState(str, Enum):
    """`UNSEEN` is a route with a next hop that nobody can compare, because the node's address is not known."""

    OK = "ok"
    MISSING = "missing"
    PENDING = "pending"
    WRONG_NEXT_HOP = "wrongNextHop"
    UNSEEN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRoute:
    node: Node
    route: Route | None
    state: RouteState


class OtherKind(str, Enum):
    """What a route is that no node has: left over in the pod CIDR, a node's name outside it, or a person's."""

    STALE = "stale"
    FOREIGN = "foreign"
    USER = "user"


def is_made_by_aks(table_id: ResourceId, node_resource_group: str | None) -> bool:
    """Whether the table is AKS's own: it lies in the cluster's node resource group."""
    return node_resource_group is not None and table_id.resource_group.lower() == node_resource_group.lower()


@lru_cache(maxsize=1)
def cluster_table(running: RunningCluster) -> RouteTable | Unreadable | None:
    """The table that the cluster writes its routes into, wherever it is associated; None where it is not found.

    By what it holds (routes of this cluster's nodes), then by AKS's name in the node resource group, then because it is
    the only one on the subnets.
    """
    nodes = nodes_of(running)
    others = running.other_tables if isinstance(running.other_tables, tuple) else ()
    readable = [each for each in running.route_tables if isinstance(each, RouteTable)]
    carried = {each.id for each in readable}
    candidates = [*readable, *(each for each in others if each.id not in carried)]
    held = {each.id: sum(1 for _ in _own_routes(running.cluster, nodes, each.routes)) for each in candidates}
    best = max(candidates, key=lambda each: held[each.id], default=None)
    if best is not None and held[best.id]:
        return best
    made = (each for each in candidates if is_made_by_aks(each.id, running.cluster.node_resource_group))
    named = next((each for each in made if MADE_BY_AKS.fullmatch(each.id.name)), None)
    if named is not None:
        return named
    hidden = next((each for each in running.route_tables if isinstance(each, Unreadable)), None)
    if hidden is not None or len(readable) == 1:
        return hidden or readable[0]
    unread = (running.other_tables, *running.subnets)
    return next((each for each in unread if isinstance(each, Unreadable)), None)


def may_have_lost_its_table(running: RunningCluster) -> bool:
    """Whether the cluster's own table has to be looked for: a subnet has none, or none that is there holds its routes.

    `other_tables` need not be there yet.
    """
    subnets = [each for each in running.subnets if isinstance(each, Subnet)]
    if any(each.route_table_id is None for each in subnets):
        return True
    if any(isinstance(each, Unreadable) for each in running.route_tables):
        return False
    nodes = nodes_of(running)
    tables = [each for each in running.route_tables if isinstance(each, RouteTable)]
    return bool(nodes.known) and not any(any(_own_routes(running.cluster, nodes, each.routes)) for each in tables)


def associations(running: RunningCluster, table: RouteTable | Unreadable | None) -> tuple[SubnetRouting, ...]:
    """Every subnet of the cluster's pools that could be read, with its pools."""
    found: list[SubnetRouting] = []
    for subnet in running.subnets:
        if not isinstance(subnet, Subnet):
            continue
        pools = running.cluster.agent_pools
        names = tuple(pool.name for pool in pools if pool.subnet_id is None or pool.subnet_id == subnet.id)
        if subnet.route_table_id is None:
            association = Association.STRIPPED
        elif isinstance(table, RouteTable) and subnet.route_table_id != table.id:
            association = Association.OTHER
        else:
            association = Association.ASSOCIATED
        found.append(SubnetRouting(subnet=subnet, pools=names, association=association))
    return tuple(found)


def node_routes(
    running: RunningCluster, nodes: Nodes, routes: tuple[Route, ...], *, can_write: bool = True
) -> tuple[NodeRoute, ...]:
    """The route of every known node. One that is missing is `pending` while its pool changes, unless the controller
    cannot write or has had its time.
    """
    by_node: dict[str, Route] = {}
    for route in routes:
        if route.address_prefix is not None:
            by_node.setdefault(_node_of(route), route)
    changing = {pool.name for pool in running.cluster.agent_pools if is_changing(running.cluster, pool)}
    patient = can_write and not running.waited
    return tuple(
        _route_of(node, by_node.get(node.name.lower()), pending=patient and node.pool in changing)
        for node in nodes.known
    )


def is_changing(cluster: ManagedCluster, pool: AgentPool) -> bool:
    """Whether nodes of the pool may be new: it is at work, or its autoscaler is on."""
    states = (cluster.provisioning_state.lower(), pool.provisioning_state.lower())
    return pool.autoscaler or not AT_WORK.isdisjoint(states)


def other_routes(
    running: RunningCluster, nodes: Nodes, routes: tuple[Route, ...]
) -> tuple[tuple[Route, OtherKind], ...]:
    """The routes that are no known node's. Those of nodes that are hidden are left out: they may be theirs."""
    names = {node.name.lower() for node in nodes.known}
    hidden = _names_of_hidden(nodes)
    found: list[tuple[Route, OtherKind]] = []
    for route in routes:
        owner = _node_of(route)
        if owner in names or owner.startswith(hidden):
            continue
        if not owner.startswith(NODE_NAME_PREFIX) or not goes_to(route, VIRTUAL_APPLIANCE):
            kind = OtherKind.USER
        elif is_in_pod_cidrs(route, running.cluster.pod_cidrs):
            kind = OtherKind.STALE
        else:
            kind = OtherKind.FOREIGN
        found.append((route, kind))
    return tuple(found)


def _route_of(node: Node, route: Route | None, *, pending: bool) -> NodeRoute:
    if route is None:
        state = RouteState.PENDING if pending else RouteState.MISSING
    elif not goes_to(route, VIRTUAL_APPLIANCE):
        state = RouteState.WRONG_NEXT_HOP
    elif node.address is None:
        state = RouteState.UNSEEN
    else:
        state = RouteState.OK if route.next_hop_ip == node.address else RouteState.WRONG_NEXT_HOP
    return NodeRoute(node=node, route=route, state=state)


def _node_of(route: Route) -> str:
    """The name of the node that the route is for, in lower case; on dual stack the destination follows it."""
    return route.name.lower().partition(DUAL_STACK_SEPARATOR)[0]


def _own_routes(cluster: ManagedCluster, nodes: Nodes, routes: Iterable[Route]) -> Iterator[Route]:
    """The routes that are a node's of this cluster: by its scale set, or by its pool where that is not known."""
    scale_sets = {scale_set_of(node.name.lower()) for node in nodes.known}
    hidden = _names_of_hidden(nodes)
    for route in routes:
        owner = _node_of(route)
        is_named = scale_set_of(owner) in scale_sets or owner.startswith(hidden)
        if is_named and is_in_pod_cidrs(route, cluster.pod_cidrs):
            yield route


def _names_of_hidden(nodes: Nodes) -> tuple[str, ...]:
    """How the names of nodes begin that may be there and are not known."""
    return tuple(f"{NODE_NAME_PREFIX}{pool}-".lower() for pool, _ in nodes.hidden)
