"""The address plan: how large, which ranges, how far the cluster can grow and what stops it first. No IO.

A plan judges nothing. `planned_snapshot` shows the topology it would make, so that the rules can.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, NamedTuple

from ..addresses.prefixes import in_order, nodes_served, pod_block, usable_addresses
from ..azure import limits
from ..azure.networks import Peering, Subnet, VirtualNetwork
from ..azure.snapshot import Snapshot
from ..clusters.limit import Limit
from ..clusters.request import ClusterRequest, PlannedWith
from .address_choice import choose_service_and_pod_cidr, propose_address_prefix
from .comparison import ModelDemand, Need, Recommendation, compare_models, recommend
from .next_commands import GIVEN, VIRTUAL_NETWORK, next_commands
from .subnets import SubnetPlan, place, settled

if TYPE_CHECKING:
    from ..azure.route_tables import RouteTable

FIRST_BLOCKS = 3
"""Pod blocks shown before that of the last planned node."""


class PlanRequest(NamedTuple):
    """What to plan for. Ranges that `cluster` sets are pinned: checked by the rules, not changed.

    `virtual_network` is the live one, with its subnets and peerings; `address_prefixes`, `used_prefixes` and
    `peered_prefixes` are given as arguments, instead or in addition. With `subnet_prefix` nothing is chosen for the
    subnet. `growth_percent` raises each pool's maximum first. None of the routes in `route_table` is a node's.
    """

    cluster: ClusterRequest
    virtual_network: VirtualNetwork | None = None
    address_prefixes: tuple[IPv4Network, ...] = ()
    used_prefixes: tuple[IPv4Network, ...] = ()
    peered_prefixes: tuple[IPv4Network, ...] = ()
    subnet_prefix: IPv4Network | None = None
    growth_percent: int = 0
    needs: frozenset[Need] = frozenset()
    route_table: RouteTable | None = None


class NextPrefix(NamedTuple):
    """What a subnet of twice the size would give."""

    prefix_length: int
    max_nodes: int


class Capacity(NamedTuple):
    """Nodes, surge included, that each limit allows; `headroom_nodes` is negative where the demand is beyond."""

    max_nodes: int
    headroom_nodes: int
    max_pods: int
    limited_by: Limit
    limits: tuple[tuple[Limit, int], ...]
    next_prefix: NextPrefix | None


class Plan(NamedTuple):
    """A plan; `cluster` is the grown demand with the chosen ranges, None among them where nothing was free.

    `subnets` has one for each that pools name, the first pool's first; it is empty where the virtual network has no
    room for all of them, and with it `capacity` is None. `next_commands` is empty where any range is missing.
    `virtual_network` has no prefix where none could be proposed.
    """

    cluster: ClusterRequest
    virtual_network: VirtualNetwork
    virtual_network_proposed: bool
    subnets: tuple[SubnetPlan, ...]
    route_table: RouteTable | None
    capacity: Capacity | None
    comparison: tuple[ModelDemand, ...]
    recommendation: Recommendation
    next_commands: tuple[str, ...]

    @property
    def subnet(self) -> SubnetPlan | None:
        """The first pool's; None where there is no room."""
        return next(iter(self.subnets), None)

    @property
    def nodes_supported(self) -> int:
        """Nodes that the pod CIDR has a block for."""
        return 0 if self.cluster.pod_cidr is None else nodes_served(self.cluster.pod_cidr)

    @property
    def planned_pods(self) -> int:
        """Pods on the fully scaled pools, no upgrade running."""
        return sum(pool.max_count * pool.pods_per_node for pool in self.cluster.node_pools)

    @property
    def pod_blocks(self) -> tuple[tuple[int, IPv4Network], ...]:
        """Node number and pod block of the first three nodes and of the last at the peak, as far as blocks reach."""
        pod_cidr, peak = self.cluster.pod_cidr, self.cluster.peak_nodes
        if pod_cidr is None:
            return ()
        nodes = [*range(1, min(FIRST_BLOCKS, peak) + 1), *([peak] if peak > FIRST_BLOCKS else [])]
        return tuple((node, pod_block(pod_cidr, node)) for node in nodes if node <= self.nodes_supported)

    @property
    def dns_service_ip(self) -> IPv4Address | None:
        """The pinned address, else the tenth of the service CIDR; None where there is neither."""
        if self.cluster.service_cidr is None:
            return self.cluster.dns_service_ip
        return self.cluster.effective_dns_service_ip


def plan_addresses(request: PlanRequest) -> Plan:
    """Size the subnet, choose what is not pinned, and say how far it reaches; the same for any order of the input."""
    asked = replace(request.cluster, on_premises_ranges=in_order(request.cluster.on_premises_ranges))
    grown = _grow(asked, request)
    network, proposed = _virtual_network(request, grown)
    placed = place(network, grown, live=request.virtual_network, prefix=request.subnet_prefix)
    subnets = placed.subnets
    network = placed.network if subnets else network
    grown = replace(grown, node_pools=tuple(settled(grown.node_pools, subnets)))
    service_cidr, pod_cidr = choose_service_and_pod_cidr(network, grown)
    cluster = replace(grown, service_cidr=service_cidr, pod_cidr=pod_cidr)
    prefix_length = subnets[0].address_prefix.prefixlen if subnets else None
    comparison = compare_models(cluster, subnet_prefix_length=prefix_length)
    commands: tuple[str, ...] = ()
    if subnets and service_cidr is not None and pod_cidr is not None:
        wanted = replace(cluster, node_pools=tuple(settled(asked.node_pools, subnets)))
        first, *further = (each.subnet for each in subnets)
        commands = next_commands(
            wanted, virtual_network=network, subnet=first, further=tuple(further), proposed=proposed
        )
    return Plan(
        cluster=cluster,
        virtual_network=network,
        virtual_network_proposed=proposed,
        subnets=subnets,
        route_table=request.route_table,
        capacity=_capacity(cluster, subnets, request.route_table) if subnets else None,
        comparison=comparison,
        recommendation=recommend(cluster, needs=request.needs, comparison=comparison),
        next_commands=commands,
    )


def planned_snapshot(plan: Plan) -> Snapshot:
    """The topology of the plan as if it were there, for the rules; judge it with `plan.cluster`."""
    subnets = tuple(each.subnet for each in plan.subnets)
    return Snapshot(
        virtual_network=plan.virtual_network,
        subnet=next(iter(subnets), None),
        further_subnets=subnets[1:] or None,
        route_table=plan.route_table,
    )


def _grow(cluster: ClusterRequest, request: PlanRequest) -> ClusterRequest:
    """Each pool's maximum raised by the percentage, rounded up."""
    percent = request.growth_percent
    given = PlannedWith(
        growth_percent=percent,
        node_pools=cluster.node_pools,
        address_prefixes=in_order(request.address_prefixes),
        needs=tuple(sorted(need.value for need in request.needs)),
    )
    pools = (replace(pool, max_count=-(-pool.max_count * (100 + percent) // 100)) for pool in cluster.node_pools)
    return replace(cluster, node_pools=tuple(pools), planned_with=given)


def _virtual_network(request: PlanRequest, cluster: ClusterRequest) -> tuple[VirtualNetwork, bool]:
    """The virtual network to plan into, before the planned subnet, and whether it is only proposed."""
    live = request.virtual_network or VirtualNetwork(name=VIRTUAL_NETWORK, address_prefixes=())
    prefixes = in_order((*live.address_prefixes, *request.address_prefixes))
    proposed = request.virtual_network is None and not prefixes
    if proposed:
        pinned = (cidr for cidr in (cluster.service_cidr, cluster.pod_cidr) if cidr is not None)
        given = (*request.used_prefixes, *request.peered_prefixes, *cluster.on_premises_ranges, *pinned)
        prefix = propose_address_prefix(given=given, subnet_prefix=request.subnet_prefix)
        prefixes = () if prefix is None else (prefix,)
    used = (Subnet(name=GIVEN, address_prefixes=in_order(request.used_prefixes)),) if request.used_prefixes else ()
    peerings = live.peerings
    if request.peered_prefixes:
        remote = in_order(request.peered_prefixes)
        peerings += (Peering(name=GIVEN, remote_address_prefixes=remote),)
    network = replace(
        live, address_prefixes=prefixes, proposed=proposed, subnets=(*live.subnets, *used), peerings=peerings
    )
    return network, proposed


def _capacity(cluster: ClusterRequest, subnets: tuple[SubnetPlan, ...], route_table: RouteTable | None) -> Capacity:
    """The least of the limits, and what one bit more of the first subnet would give."""
    prefix_length = subnets[0].address_prefix.prefixlen
    further = sum(each.usable for each in subnets) - usable_addresses(prefix_length)
    balancers, pools = cluster.internal_load_balancers, cluster.node_pools
    routes = 0 if route_table is None else len(route_table.routes)
    others = (
        (Limit.POD_CIDR, 0 if cluster.pod_cidr is None else nodes_served(cluster.pod_cidr)),
        (Limit.ROUTE_TABLE, max(0, limits.MAX_ROUTES - routes)),
        (Limit.NODE_POOLS, limits.MAX_POOL_NODES * len(pools)),
    )
    all_limits = ((Limit.SUBNET, further + max(0, usable_addresses(prefix_length) - balancers)), *others)
    limited_by, max_nodes = min(all_limits, key=lambda entry: entry[1])
    next_prefix = None
    if prefix_length > limits.SHORTEST_VNET_PREFIX:
        in_next = further + max(0, usable_addresses(prefix_length - 1) - balancers)
        nodes = min(in_next, *(count for _, count in others))
        next_prefix = NextPrefix(prefix_length=prefix_length - 1, max_nodes=nodes)
    return Capacity(
        max_nodes=max_nodes,
        headroom_nodes=max_nodes - cluster.peak_nodes,
        max_pods=max_nodes * max((pool.pods_per_node for pool in pools), default=0),
        limited_by=limited_by,
        limits=all_limits,
        next_prefix=next_prefix,
    )
