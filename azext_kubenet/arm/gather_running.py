"""Reads a cluster that runs, beside the rounds of `gather`: its machines, its subnets, their tables. Does network IO.

Round 1 is the cluster itself; a round later its machines and subnets are asked for, then the tables on these, and last,
where it may have lost its own, every table of the subscription.
"""

from __future__ import annotations

from ..core.azure.model import (
    Machine,
    ManagedCluster,
    PoolMachines,
    RouteTable,
    RunningCluster,
    Subnet,
    Unreadable,
    VirtualNetwork,
)
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import ROUTE_TABLE_TYPE
from ..core.clusters.running_nodes import is_stopped
from ..core.clusters.running_routes import may_have_lost_its_table
from . import parse
from .reads import Reads
from .rounds import Answer, Ask, Round


def read_cluster(reads: Reads, cluster_id: ResourceId) -> ManagedCluster | Unreadable | None:
    """The cluster by its id: a round of its own."""
    with Round() as ask:
        cluster = ask(reads.resource(cluster_id, parse.parse_managed_cluster, may_be_absent=True))
    return cluster.value


def subnet_of_managed_network(reads: Reads, cluster: ManagedCluster) -> ResourceId | None:
    """The first subnet of the network that AKS made in the node resource group: a round of its own."""
    path = f"{cluster.node_group_id}/providers/Microsoft.Network/virtualNetworks"
    with Round() as ask:
        networks = ask(reads.list(path, parse.parse_virtual_network))
    found = networks.value if isinstance(networks.value, tuple) else ()
    return next((subnet.id for network in found for subnet in network.subnets), None)


class RunningReads:
    """The reads of one running cluster; the subnet with `subnet_id`, and the table on it, `gather` reads itself."""

    def __init__(self, reads: Reads, cluster: ManagedCluster, subnet_id: ResourceId) -> None:
        self._reads = reads
        self._cluster = cluster
        self._subnet_id = subnet_id
        own = (pool.subnet_id for pool in cluster.agent_pools if pool.subnet_id is not None)
        self._subnet_ids = tuple(dict.fromkeys(own)) or (subnet_id,)
        self._machines: dict[str, Answer[tuple[Machine, ...]]] = {}
        self._asked: dict[ResourceId, Answer[Subnet]] = {}
        self._subnets: tuple[Subnet | Unreadable, ...] = ()
        self._tables: dict[ResourceId, Answer[RouteTable]] = {}
        self._others: Answer[tuple[RouteTable, ...]] = Answer(None)

    def ask_machines_and_subnets(self, ask: Ask) -> None:
        """Round 2. A stopped pool has no machines to ask for."""
        for pool in self._cluster.agent_pools:
            if not is_stopped(self._cluster, pool):
                path = f"{self._cluster.id}/agentPools/{pool.name}/machines"
                self._machines[pool.name] = ask(self._reads.list(path, parse.parse_machine))
        for subnet_id in self._subnet_ids:
            if subnet_id != self._subnet_id:
                self._asked[subnet_id] = ask(self._reads.resource(subnet_id, parse.parse_subnet))

    def ask_tables(
        self, ask: Ask, subnet: Subnet | Unreadable | None, network: VirtualNetwork | Unreadable | None
    ) -> None:
        """Round 3: the tables on the subnets; `subnet` and `network` are what `gather` has read."""
        siblings = network.subnets if isinstance(network, VirtualNetwork) else ()
        found: list[Subnet | Unreadable] = []
        for subnet_id in self._subnet_ids:
            value = subnet if subnet_id == self._subnet_id else self._asked[subnet_id].value
            if isinstance(value, Unreadable):
                value = next((each for each in siblings if each.id == subnet_id), value)
            if value is not None:
                found.append(value)
        self._subnets = tuple(found)
        judged = subnet.route_table_id if isinstance(subnet, Subnet) else None
        for table_id in self._carried:
            if table_id != judged:
                self._tables[table_id] = ask(self._reads.resource(table_id, parse.parse_route_table))

    @property
    def _carried(self) -> tuple[ResourceId, ...]:
        ids = (each.route_table_id for each in self._subnets if isinstance(each, Subnet))
        return tuple(dict.fromkeys(each for each in ids if each is not None))

    def ask_other_tables(
        self, ask: Ask, subnet: Subnet | Unreadable | None, table: RouteTable | Unreadable | None
    ) -> None:
        """Round 4: where the cluster may have lost its table, all that can be seen in its subscription."""
        if may_have_lost_its_table(self.found(subnet, table)):
            path = f"/subscriptions/{self._cluster.id.subscription_id}/providers/{ROUTE_TABLE_TYPE}"
            self._others = ask(self._reads.list(path, parse.parse_route_table))

    def found(self, subnet: Subnet | Unreadable | None, table: RouteTable | Unreadable | None) -> RunningCluster:
        """The cluster with all that has been read; `table` is what `gather` has read on `subnet`."""
        tables: list[RouteTable | Unreadable | None] = [each.value for each in self._tables.values()]
        if isinstance(subnet, Subnet) and subnet.route_table_id in self._carried:
            tables.append(table)
        return RunningCluster(
            cluster=self._cluster,
            machines=tuple(PoolMachines(pool=name, machines=each.value) for name, each in self._machines.items()),
            subnets=self._subnets,
            route_tables=tuple(each for each in tables if each is not None),
            other_tables=self._others.value,
        )
