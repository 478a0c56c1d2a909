"""A Snapshot for each cluster of a fleet: the picture that rules judge, as far as it was read. No IO."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..azure.managed_clusters import ManagedCluster, RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from .fleet import Fleet, did_not_come, judged, subnet_ids_of, subnets_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A cluster, and what was read around it; `snapshot.running_cluster` is `running`."""

    running: RunningCluster
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """The fleet by what clusters are beside each other on; one pass makes it."""

    fleet: Fleet
    subnets: Mapping[ResourceId, Subnet]
    in_network: Mapping[ResourceId, tuple[ManagedCluster, ...]]
    on_table: Mapping[ResourceId, tuple[ManagedCluster, ...]]

    def neighbours(self, network_id: ResourceId, table_id: ResourceId | None) -> tuple[ManagedCluster, ...]:
        """The clusters in the network or on the table, each once, in the order of their ids."""
        on_table = () if table_id is None else self.on_table.get(table_id, ())
        found = {each.id: each for each in (*self.in_network.get(network_id, ()), *on_table)}
        return tuple(sorted(found.values(), key=lambda each: str(each.id).lower()))


def pictures(fleet: Fleet, *, with_migrated: bool) -> Iterator[Picture]:
    """One for each cluster that is judged, in the order of their ids."""
    index = _index(fleet)
    for cluster in judged(fleet.clusters, with_migrated=with_migrated):
        yield _picture(index, cluster)


def _index(fleet: Fleet) -> _Index:
    subnets = subnets_in(fleet.networks.values())
    in_network: dict[ResourceId, list[ManagedCluster]] = defaultdict(list)
    on_subnet: dict[ResourceId, list[ManagedCluster]] = defaultdict(list)
    for cluster in fleet.clusters:
        for subnet_id in cluster.subnet_ids:
            on_subnet[subnet_id].append(cluster)
        for network_id in {each.parent for each in cluster.subnet_ids}:
            in_network[network_id].append(cluster)
    on_table: dict[ResourceId, list[ManagedCluster]] = defaultdict(list)
    for table in fleet.tables.values():
        for subnet_id in table.subnets:
            on_table[table.id] += on_subnet.get(subnet_id, ())
    return _Index(
        fleet=fleet,
        subnets=subnets,
        in_network={key: tuple(value) for key, value in in_network.items()},
        on_table={key: tuple(value) for key, value in on_table.items()},
    )


def _picture(index: _Index, cluster: ManagedCluster) -> Picture:
    subnet_ids = subnet_ids_of(cluster)
    subnets = tuple(_subnet(index, each) for each in subnet_ids)
    tables = _tables(index, subnets)
    running = RunningCluster(cluster=cluster, subnets=subnets, route_tables=tuple(tables.values()), by_name=True)
    if not subnet_ids:
        return Picture(running=running, snapshot=Snapshot(running_cluster=running))
    first, network_id = subnets[0], subnet_ids[0].parent
    table_id = first.route_table_id if isinstance(first, Subnet) else None
    snapshot = Snapshot(
        virtual_network=_network(index, network_id),
        subnet=first,
        route_table=None if table_id is None else tables[table_id],
        managed_clusters=index.neighbours(network_id, table_id),
        running_cluster=running,
    )
    return Picture(running=running, snapshot=snapshot)


def _network(index: _Index, network_id: ResourceId) -> VirtualNetwork | Unreadable:
    return index.fleet.networks.get(network_id) or did_not_come(network_id, "virtual network")


def _subnet(index: _Index, subnet_id: ResourceId) -> Subnet | Unreadable:
    found = index.subnets.get(subnet_id)
    if found is not None:
        return found
    is_there = subnet_id.parent in index.fleet.networks
    return did_not_come(subnet_id, "subnet") if is_there else did_not_come(subnet_id.parent, "virtual network")


def _tables(index: _Index, subnets: tuple[Subnet | Unreadable, ...]) -> dict[ResourceId, RouteTable | Unreadable]:
    ids = (each.route_table_id for each in subnets if isinstance(each, Subnet))
    return {
        each: index.fleet.tables.get(each) or did_not_come(each, "route table")
        for each in dict.fromkeys(ids)
        if each is not None
    }
