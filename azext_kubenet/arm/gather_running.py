"""Reads a cluster that runs, beside the rounds of `gather`: its machines, its subnets, their tables. Does network IO.

Round 1 is the cluster itself; a round later its machines and subnets are asked for, then the tables on these, and last,
where it may have lost its own or all are wanted, every table of the subscription.
"""

from __future__ import annotations

from ..core.azure.managed_clusters import Machine, ManagedCluster, PoolMachines, RunningCluster
from ..core.azure.networks import Subnet, VirtualNetwork
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import ROUTE_TABLE_TYPE
from ..core.azure.restrictions import PolicyState
from ..core.azure.route_tables import RouteTable
from ..core.azure.unreadable import Unreadable
from ..core.clusters.running_nodes import is_stopped
from ..core.clusters.running_routes import is_made_by_aks, may_have_lost_its_table
from .parse.clusters import parse_machine, parse_managed_cluster
from .parse.networks import parse_route_table, parse_subnet, parse_virtual_network
from .reads import Reads
from .rounds import Answer, Ask, Round


def read_cluster(reads: Reads, cluster_id: ResourceId) -> ManagedCluster | Unreadable | None:
    """The cluster by its id: a round of its own."""
    with Round() as ask:
        cluster = ask(reads.resource(cluster_id, parse_managed_cluster, may_be_absent=True))
    return cluster.value


class MachineReads:
    """The machines of every pool; a stopped one has none to ask for.

    Where `may_be_gone`, a pool that is not there when it is asked went since its cluster was read.
    """

    def __init__(self, reads: Reads, cluster: ManagedCluster, *, may_be_gone: bool) -> None:
        self._reads = reads
        self._cluster = cluster
        self._may_be_gone = may_be_gone
        self._asked: dict[str, Answer[tuple[Machine, ...]]] = {}

    def ask(self, ask: Ask) -> None:
        """In the first round that takes them; in a later one nothing."""
        for pool in self._cluster.agent_pools:
            if pool.name not in self._asked and not is_stopped(self._cluster, pool):
                path = f"{self._cluster.id}/agentPools/{pool.name}/machines"
                read = self._reads.list(path, parse_machine, may_be_absent=self._may_be_gone)
                self._asked[pool.name] = ask(read)

    @property
    def found(self) -> tuple[PoolMachines, ...]:
        values = {name: each.value for name, each in self._asked.items()}
        return tuple(PoolMachines(pool=name, machines=each) for name, each in values.items() if each is not None)

    @property
    def lack_a_pool(self) -> bool:
        """Whether a pool went meanwhile, so that all has to be read again."""
        return any(each.value is None for each in self._asked.values())


def subnet_of_managed_network(
    reads: Reads, cluster: ManagedCluster, machines: MachineReads
) -> ResourceId | Unreadable | None:
    """The first subnet of the network that AKS made in the node resource group: a round, with the machines."""
    path = f"{cluster.node_group_id}/providers/Microsoft.Network/virtualNetworks"
    with Round() as ask:
        networks = ask(reads.list(path, parse_virtual_network))
        machines.ask(ask)
    if isinstance(networks.value, Unreadable):
        return networks.value
    return next((subnet.id for network in networks.value or () for subnet in network.subnets), None)


class RunningReads:
    """The reads of one running cluster; the subnet with `subnet_id`, and the table on it, `gather` reads itself."""

    def __init__(
        self,
        reads: Reads,
        cluster: ManagedCluster,
        machines: MachineReads,
        subnet_id: ResourceId,
        *,
        all_tables: bool = False,
    ) -> None:
        self._reads = reads
        self._cluster = cluster
        self._machines = machines
        self._subnet_id = subnet_id
        self._all_tables = all_tables
        own = tuple(dict.fromkeys(pool.subnet_id for pool in cluster.agent_pools if pool.subnet_id is not None))
        self._is_managed = not own
        self._subnet_ids = own or (subnet_id,)
        self._asked: dict[ResourceId, Answer[Subnet]] = {}
        self._subnets: tuple[Subnet | Unreadable, ...] = ()
        self._tables: dict[ResourceId, Answer[RouteTable]] = {}
        self._policies: list[Answer[tuple[PolicyState, ...]]] = []
        self._others: Answer[tuple[RouteTable, ...]] | None = None

    @property
    def node_group_id(self) -> str | None:
        """The resource group of the nodes."""
        return self._cluster.node_group_id or None

    @property
    def other_subnet_ids(self) -> tuple[ResourceId, ...]:
        """The subnets of its pools but the one that `gather` reads."""
        return tuple(each for each in self._subnet_ids if each != self._subnet_id)

    def ask_machines_and_subnets(self, ask: Ask) -> None:
        """Round 2."""
        self._machines.ask(ask)
        for subnet_id in self.other_subnet_ids:
            self._asked[subnet_id] = ask(self._reads.resource(subnet_id, parse_subnet))

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
            self._policies.append(ask(self._reads.policy_states(table_id.text)))
            if table_id != judged:
                self._tables[table_id] = ask(self._reads.resource(table_id, parse_route_table))
        if self._all_tables or self._has_lost_its_table:
            self._ask_all_tables(ask)

    @property
    def _has_lost_its_table(self) -> bool:
        """Whether the subnets alone tell so; AKS puts the table of its own network into the node resource group."""
        carried = [each.route_table_id for each in self._subnets if isinstance(each, Subnet)]
        group = self._cluster.node_resource_group
        return any(each is None or (self._is_managed and not is_made_by_aks(each, group)) for each in carried)

    @property
    def _carried(self) -> tuple[ResourceId, ...]:
        ids = (each.route_table_id for each in self._subnets if isinstance(each, Subnet))
        return tuple(dict.fromkeys(each for each in ids if each is not None))

    def ask_other_tables(
        self, ask: Ask, subnet: Subnet | Unreadable | None, table: RouteTable | Unreadable | None
    ) -> None:
        """Round 4: where its own table may be another one, all that can be seen in its subscription."""
        if self._others is None and not self._is_managed and may_have_lost_its_table(self.found(subnet, table)):
            self._ask_all_tables(ask)

    def _ask_all_tables(self, ask: Ask) -> None:
        path = f"/subscriptions/{self._cluster.id.subscription_id}/providers/{ROUTE_TABLE_TYPE}"
        self._others = ask(self._reads.list(path, parse_route_table))

    @property
    def subnets(self) -> tuple[Subnet | Unreadable, ...]:
        """Those of the cluster's pools, after round 2."""
        return self._subnets

    @property
    def policy_states(self) -> tuple[tuple[PolicyState, ...] | Unreadable | None, ...]:
        """Those of the tables on the subnets."""
        return tuple(each.value for each in self._policies)

    def found(self, subnet: Subnet | Unreadable | None, table: RouteTable | Unreadable | None) -> RunningCluster:
        """The cluster with all that has been read; `table` is what `gather` has read on `subnet`."""
        tables: list[RouteTable | Unreadable | None] = [each.value for each in self._tables.values()]
        if isinstance(subnet, Subnet) and subnet.route_table_id in self._carried:
            tables.append(table)
        return RunningCluster(
            cluster=self._cluster,
            machines=self._machines.found,
            subnets=self._subnets,
            route_tables=tuple(each for each in tables if each is not None),
            other_tables=None if self._others is None else self._others.value,
        )
