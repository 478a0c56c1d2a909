"""How many more nodes a cluster that runs has room for: now, at its pools' maximum, during an upgrade then. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..addresses.prefixes import nodes_served
from ..azure import limits
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from .limit import Limit
from .pool_subnets import internal_balancers_in
from .request import ClusterRequest, NodePool
from .running_nodes import nodes_of
from .running_routes import OtherKind, cluster_table, other_routes
from .subnet_use import other_use, usable_in, usage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRoom:
    """A subnet of the cluster with the nodes that its pools have or would have, and what else holds addresses of it.

    `balancers` are the cluster's own: internal load balancers, and the API server of a private cluster.
    """

    subnet: Subnet
    nodes: int
    others: int
    balancers: int

    @property
    def limit(self) -> int:
        """The nodes that it can hold."""
        return usable_in(self.subnet) - self.others - self.balancers

    @property
    def room(self) -> int:
        """Negative where there are too many."""
        return self.limit - self.nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Nodes against limits; a limit is None where it could not be read."""

    nodes: int
    limits: tuple[tuple[Limit, int | None], ...]
    subnets: tuple[SubnetRoom, ...]

    @property
    def binding(self) -> tuple[Limit, int] | None:
        """The limit that stops the cluster first, and the nodes until then; None where one that counts is not known."""
        if any(limit is None for _, limit in self.limits):
            return None
        return min(self._rooms(), key=lambda entry: entry[1])

    def _rooms(self) -> Iterator[tuple[Limit, int]]:
        yield from ((Limit.SUBNET, each.room) for each in self.subnets)
        yield from ((limit, most - self.nodes) for limit, most in self.limits if most is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCapacity:
    """`upgrade` is the maximum with the surge of all pools at once."""

    now: Capacity
    maximum: Capacity
    upgrade: Capacity


def capacity_of(cluster: ClusterRequest, running: RunningCluster, snapshot: Snapshot) -> RunningCapacity:
    """The room of the cluster as it runs; `cluster` is what `as_it_runs` has made of it."""
    places = tuple(_place(each, cluster, snapshot) for each in running.subnets if isinstance(each, Subnet))
    all_read = bool(places) and len(places) == len(running.subnets)
    most = (
        (Limit.SUBNET, sum(each.limit for each in places) if all_read else None),
        (Limit.POD_CIDR, nodes_served(cluster.effective_pod_cidr)),
        (Limit.ROUTE_TABLE, _nodes_with_routes(cluster, running)),
        (Limit.NODE_POOLS, limits.MAX_POOL_NODES * len(cluster.node_pools)),
    )

    def at(count: Callable[[NodePool], int]) -> Capacity:
        filled = (replace(each, nodes=sum(map(count, cluster.pools_in(each.subnet)))) for each in places)
        return Capacity(nodes=sum(map(count, cluster.node_pools)), limits=most, subnets=tuple(filled))

    return RunningCapacity(
        now=at(lambda pool: pool.now),
        maximum=at(lambda pool: pool.max_count),
        upgrade=at(lambda pool: pool.peak_nodes),
    )


def _place(subnet: Subnet, cluster: ClusterRequest, snapshot: Snapshot) -> SubnetRoom:
    """The subnet with what is in it besides nodes."""
    is_judged = isinstance(snapshot.subnet, Subnet) and snapshot.subnet.id == subnet.id
    others = other_use(
        subnet,
        cluster=cluster,
        managed_clusters=snapshot.managed_clusters,
        subnet_usage=usage_of(subnet.id, snapshot.subnet_usages),
    )
    balancers = internal_balancers_in(subnet, cluster.node_resource_group or "")
    api_server = cluster.api_server_addresses if is_judged else 0
    return SubnetRoom(subnet=subnet, nodes=0, others=others.addresses, balancers=balancers + api_server)


def _nodes_with_routes(cluster: ClusterRequest, running: RunningCluster) -> int | None:
    """Nodes whose routes fit the cluster's table beside those that are no node's."""
    table = cluster_table(running)
    if not isinstance(table, RouteTable):
        return None
    others = other_routes(running, nodes_of(running), table.routes)
    kept = sum(kind is not OtherKind.STALE for _, kind in others)
    return (limits.MAX_ROUTES - kept) // max(1, len(cluster.ip_families))
