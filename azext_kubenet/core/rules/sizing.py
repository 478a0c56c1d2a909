"""Rules of how many addresses, pod blocks and routes a cluster needs and gets. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ..addresses.prefixes import nodes_served, pod_prefix_length, smallest_prefix_length
from ..azure import limits
from ..azure.amounts import amount
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import text_of
from ..azure.unreadable import Unreadable, seen
from ..clusters.existing import own_cluster
from ..clusters.node_routes import is_route_of
from ..clusters.pool_subnets import internal_balancers_in, is_own_subnet, subnets_of_cluster
from ..clusters.request import ClusterRequest, NodePool
from ..clusters.subnet_use import other_use, usable_in, usage_of
from .repairs import ANOTHER_NETWORK, ANOTHER_SUBNET, Pin, Replan
from .rule import Confirmation, Evidence, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import ROUTES

if TYPE_CHECKING:
    from ..azure.links import SubnetUsage
    from ..azure.managed_clusters import ManagedCluster, RunningCluster
    from ..azure.route_tables import RouteTable

CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"
ADDRESS_PLANNING: Final = "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"
NETWORKS_FAQ: Final = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
SHOWN_CONFIGURATIONS: Final = 3


@rule(
    code="IP1",
    title="subnet prefix is one that Azure accepts",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation=f"Use a prefix of /{limits.LONGEST_SUBNET_PREFIX} or larger.",
    sources=(NETWORKS_FAQ,),
    of_each_subnet=True,
)
def subnet_prefix_is_accepted(subnet: Subnet) -> Iterator[Outcome]:
    """Azure keeps {limits.RESERVED_ADDRESSES} addresses of every subnet, the first ones and the last, so that the
    smallest subnet is a /{limits.LONGEST_SUBNET_PREFIX}.
    """
    if not subnet.address_prefixes:
        yield Violation(
            message=f"Subnet '{subnet.name}' has no IPv4 prefix; kubenet's nodes need IPv4 addresses.",
            resource_id=text_of(subnet.id),
            replan=ANOTHER_SUBNET,
        )
    for prefix in subnet.address_prefixes:
        if prefix.prefixlen > limits.LONGEST_SUBNET_PREFIX:
            yield Violation(
                message=f"Subnet '{subnet.name}' has the prefix {prefix}; "
                f"Azure accepts /{limits.LONGEST_SUBNET_PREFIX} at the smallest.",
                resource_id=text_of(subnet.id),
                evidence={"addressPrefix": str(prefix), "longestPrefixLength": limits.LONGEST_SUBNET_PREFIX},
                replan=ANOTHER_SUBNET,
            )


@rule(
    code="IP2",
    title="subnet has an address for every node at the peak of an upgrade",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Use a larger subnet, or plan fewer nodes or less surge: a subnet in use cannot be grown.",
    sources=(
        ADDRESS_PLANNING,
        "https://github.com/Azure/AKS/issues/1053",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/subnetisfull-upgrade",
    ),
)
def subnet_holds_the_peak(
    cluster: ClusterRequest,
    subnet: Subnet,
    subnet_usage: SubnetUsage | Unreadable | None,
    subnet_usages: tuple[SubnetUsage, ...] | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
    running_cluster: RunningCluster | Unreadable | None,
    further_subnets: tuple[Subnet, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Every node takes one address, every internal load balancer another, and so does the API server of a private
    cluster that has no subnet of its own. An upgrade adds its surge nodes before it takes old ones away, in all pools
    at once at worst. Without that room upgrades stop with SubnetIsFull. Less than {limits.SUBNET_SLACK_PERCENT} % of
    slack is a warning. Each subnet is judged by its own pools; in a cluster that runs an error is what the nodes that
    there are cannot upgrade in, and a warning what the pools cannot grow to.
    """
    for each in subnets_of_cluster(subnet, further_subnets, running_cluster):
        is_main = each.id == subnet.id
        usage = subnet_usage if is_main else usage_of(each.id, subnet_usages)
        others = other_use(each, cluster=cluster, managed_clusters=managed_clusters, subnet_usage=usage).addresses
        place = _Place(
            subnet=each,
            pools=cluster.pools_in(each),
            others=others,
            balancers=cluster.internal_load_balancers
            if is_main
            else internal_balancers_in(each, cluster.node_resource_group or ""),
            api_server=cluster.api_server_addresses if is_main else 0,
        )
        running = seen(running_cluster)
        is_own = running is not None and is_own_subnet(running, each.id)
        outcome = _room_of_running(place) if is_own else _room_of_planned(place)
        certain = isinstance(outcome, Violation) and outcome.severity is None
        yield Unknown(cause=usage) if isinstance(usage, Unreadable) and not certain else outcome
    if isinstance(further_subnets, Unreadable):
        yield Unknown(cause=further_subnets)


class _Place(NamedTuple):
    """A subnet with the pools in it, and the addresses of it that no node can have."""

    subnet: Subnet
    pools: tuple[NodePool, ...]
    others: int
    balancers: int
    api_server: int

    @property
    def words(self) -> str:
        return f"Subnet '{self.subnet.name}' ({_prefixes(self.subnet)})"


def _room_of_running(place: _Place) -> Outcome:
    from .running_room import outcome_of_room

    usable, taken = usable_in(place.subnet), place.others + place.balancers + place.api_server
    limit = usable - taken
    evidence: Evidence = {
        "otherAddresses": taken,
        "usableAddresses": usable,
        "freeAddresses": limit - sum(pool.peak_nodes for pool in place.pools),
    }
    what = f"{place.words} has room for {amount(limit, 'node')}; its pools have"
    return outcome_of_room(place.pools, limit, what, text_of(place.subnet.id), evidence)


def _room_of_planned(place: _Place) -> Outcome:
    peak = sum(pool.peak_nodes for pool in place.pools)
    usable, required = usable_in(place.subnet), peak + place.balancers + place.api_server
    needed = required + place.others
    free, resource_id = usable - needed, text_of(place.subnet.id)
    evidence: Evidence = {
        "requiredAddresses": required,
        "apiServerAddresses": place.api_server,
        "otherAddresses": place.others,
        "usableAddresses": usable,
        "freeAddresses": free,
        "minimumPrefixLength": smallest_prefix_length(needed),
    }
    users = [f"{peak} for nodes at the peak", *_besides_nodes(place)]
    needs = f"{needed}: {', '.join(users)}" if len(users) > 1 else users[0]
    use = f"{place.words} has {usable} usable addresses and needs {needs}"
    if free < 0:
        message = f"{use}; that is {-free} too few."
        return Violation(message=message, resource_id=resource_id, evidence=evidence, replan=ANOTHER_SUBNET)
    if _is_tight(free, usable):
        return Violation(
            message=f"{use}, which leaves {free}, less than {limits.SUBNET_SLACK_PERCENT} % in reserve.",
            resource_id=resource_id,
            evidence=evidence,
            severity=Severity.WARNING,
            remediation="Use the next larger subnet if the cluster may grow: a subnet in use cannot be grown.",
        )
    return Confirmation(message=f"{use}, which leaves {free}.", resource_id=resource_id, evidence=evidence)


def _besides_nodes(place: _Place) -> Iterator[str]:
    """What takes addresses besides the nodes, in words."""
    if place.balancers:
        yield f"{place.balancers} for internal load balancers"
    if place.api_server:
        yield f"{place.api_server} for the private API server"
    if place.others:
        yield f"{place.others} in use by others"


def _is_tight(free: int, usable: int) -> bool:
    return free * 100 < usable * limits.SUBNET_SLACK_PERCENT


@rule(
    code="IP6",
    title="subnet serves the cluster alone",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Give the cluster a subnet of its own, or keep what else is in it out of the cluster's growth.",
    when_running="Move what else is in the subnet to another one, or add node pools in a subnet of the cluster's own.",
    sources=(
        "https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks/list-usage",
        "https://learn.microsoft.com/powershell/module/az.network/get-azvirtualnetworkusagelist",
        "https://github.com/Azure/azure-cli/issues/23997",
    ),
    of_each_subnet=True,
)
def subnet_has_no_other_users(
    cluster: ClusterRequest,
    subnet: Subnet,
    subnet_usage: SubnetUsage | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Every other network interface takes an address the nodes may need, and its traffic follows the cluster's routes.
    The addresses of the cluster asked about are not counted where it is already there.
    """
    use = other_use(subnet, cluster=cluster, managed_clusters=managed_clusters, subnet_usage=subnet_usage)
    if use.addresses:
        yield Violation(
            message=f"Subnet '{subnet.name}' has {amount(use.addresses, 'address', 'addresses')} in use by others; "
            "a kubenet cluster is best alone in its subnet.",
            resource_id=text_of(subnet.id),
            evidence={
                "otherAddresses": use.addresses,
                "ipConfigurations": use.configurations[:SHOWN_CONFIGURATIONS],
                "unlistedAddresses": use.unlisted,
            },
            replan=ANOTHER_SUBNET,
        )
    if isinstance(subnet_usage, Unreadable):
        yield Unknown(cause=subnet_usage)


@rule(
    code="IP10",
    title="virtual network is within Azure's size and number of addresses",
    severity=Severity.WARNING,
    stage=Stage.PLAN,
    remediation=f"Use address prefixes of /{limits.SHORTEST_VNET_PREFIX} or smaller, "
    "and another virtual network for what goes beyond.",
    sources=(ADDRESS_PLANNING,),
)
def virtual_network_is_within_limits(cluster: ClusterRequest, virtual_network: VirtualNetwork) -> Iterator[Outcome]:
    """A virtual network is a /{limits.SHORTEST_VNET_PREFIX} at the largest and has {limits.MAX_VNET_ADDRESSES:,}
    configured addresses at most: those in use now and those that the cluster takes at its peak.
    """
    for prefix in virtual_network.address_prefixes:
        if prefix.prefixlen < limits.SHORTEST_VNET_PREFIX:
            yield Violation(
                message=f"Virtual network '{virtual_network.name}' has the prefix {prefix}; "
                f"/{limits.SHORTEST_VNET_PREFIX} is the largest.",
                resource_id=text_of(virtual_network.id),
                evidence={"addressPrefix": str(prefix), "shortestPrefixLength": limits.SHORTEST_VNET_PREFIX},
                replan=ANOTHER_NETWORK,
            )
    in_use = sum(len(subnet.ip_configurations) for subnet in virtual_network.subnets)
    coming = cluster.required_addresses - sum(pool.nodes_now or 0 for pool in cluster.node_pools)
    configured = in_use + coming
    if configured > limits.MAX_VNET_ADDRESSES:
        yield Violation(
            message=f"Virtual network '{virtual_network.name}' would have {configured} configured addresses, "
            f"{coming} of them still to come for the cluster; {limits.MAX_VNET_ADDRESSES} is the limit.",
            resource_id=text_of(virtual_network.id),
            evidence={"configuredAddresses": configured, "limit": limits.MAX_VNET_ADDRESSES},
            replan=ANOTHER_NETWORK,
        )


@rule(
    code="POD1",
    title="pod CIDR has a block for every node at the peak of an upgrade",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a larger pod CIDR: it cannot be changed once the cluster exists.",
    sources=(
        CONFIGURE_KUBENET,
        "https://github.com/MicrosoftDocs/azure-docs/issues/108215",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/insufficientsubnetsize-error-advanced-networking",
    ),
)
def pod_cidr_serves_every_node(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Every node gets a /{limits.NODE_POD_PREFIX} of the pod CIDR, however many pods it may run: twice the nodes need
    twice the range. Surge nodes need theirs too.
    """
    pod_cidr, peak = cluster.effective_pod_cidr, cluster.peak_nodes
    served = nodes_served(pod_cidr)
    if cluster.runs:
        from .running_room import outcome_of_room

        what = f"Pod CIDR {pod_cidr} has blocks for {amount(served, 'node')}; the cluster has"
        yield outcome_of_room(cluster.node_pools, served, what, None, {"podCidr": str(pod_cidr)})
        return
    needed = pod_prefix_length(peak)
    evidence: Evidence = {
        "podCidr": str(pod_cidr),
        "nodesSupported": served,
        "peakNodes": peak,
        "minimumPrefixLength": needed,
    }
    if served < peak:
        yield Violation(
            message=f"Pod CIDR {pod_cidr} has blocks for {amount(served, 'node')}; the cluster peaks at {peak}, "
            f"which needs a /{needed}.",
            evidence=evidence,
            replan=Replan((Pin.POD_CIDR,)),
        )
    else:
        yield Confirmation(
            message=f"Pod CIDR {pod_cidr} has blocks for {amount(served, 'node')}; the cluster peaks at {peak}.",
            evidence=evidence,
        )


@rule(
    code="LIM1",
    title="route table has room for a route to every node",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Plan fewer nodes, remove routes, or use Azure CNI Overlay, which needs none.",
    no_command=ROUTES,
    sources=(CONFIGURE_KUBENET,),
)
def route_table_holds_the_peak(
    cluster: ClusterRequest,
    route_table: RouteTable | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Every node has a route for each address family in the cluster's one table, which AKS documents for
    {limits.MAX_ROUTES} routes, a route for 0.0.0.0/0 among them. Surge nodes have routes too. From
    {limits.ROUTES_WARNING_PERCENT} % on this warns.
    """
    node_routes = cluster.peak_nodes * len(cluster.ip_families)
    own = own_cluster(cluster.cluster_id, managed_clusters)
    table = seen(route_table)
    others = sum(own is None or not is_route_of(route, own) for route in (() if table is None else table.routes))
    resource = None if table is None else str(table.id)
    if cluster.runs and not isinstance(route_table, Unreadable):
        from .running_room import outcome_of_room

        limit = (limits.MAX_ROUTES - others) // max(1, len(cluster.ip_families))
        what = (
            f"The cluster's route table has room for the routes of {amount(limit, 'node')} besides "
            f"{amount(others, 'other')}; the cluster has"
        )
        yield outcome_of_room(cluster.node_pools, limit, what, resource, {"otherRoutes": others})
        return
    total = node_routes + others
    evidence: Evidence = {"nodeRoutes": node_routes, "otherRoutes": others, "limit": limits.MAX_ROUTES}
    besides = f", besides {amount(others, 'other')} in the table" if others else ""
    needs = f"The cluster needs {node_routes} routes at its peak{besides}: {total} of {limits.MAX_ROUTES}"
    if total > limits.MAX_ROUTES:
        yield Violation(message=f"{needs}, which is too many.", resource_id=resource, evidence=evidence)
    elif isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
    elif total * 100 >= limits.MAX_ROUTES * limits.ROUTES_WARNING_PERCENT:
        yield Violation(
            message=f"{needs}, which is {limits.ROUTES_WARNING_PERCENT} % or more.",
            resource_id=resource,
            evidence=evidence,
            severity=Severity.WARNING,
        )
    else:
        yield Confirmation(message=f"{needs}.", resource_id=resource, evidence=evidence)


def _prefixes(subnet: Subnet) -> str:
    return ", ".join(str(prefix) for prefix in subnet.address_prefixes) or "no IPv4 prefix"


RULES: Final = (
    subnet_prefix_is_accepted,
    subnet_holds_the_peak,
    subnet_has_no_other_users,
    virtual_network_is_within_limits,
    pod_cidr_serves_every_node,
    route_table_holds_the_peak,
)
