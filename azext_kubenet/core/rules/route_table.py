"""Rules of the route table that kubenet writes its nodes' routes into. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from ..addresses.intervals import of_networks
from ..azure.managed_clusters import ManagedCluster, RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.regions import same_region
from ..azure.resource_id import ResourceId, text_of
from ..azure.route_tables import Route, RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.existing import own_cluster
from ..clusters.longest_prefix import decided_by
from ..clusters.node_routes import VNET_LOCAL, foreign_routes, goes_to, is_node_route, pod_cidrs_of
from ..clusters.pool_subnets import is_own_subnet
from ..clusters.request import ClusterRequest
from ..clusters.running_routes import cluster_table
from ..clusters.sharing import (
    claims_on,
    clusters_on,
    hidden_node_groups,
    known_subnets,
    subnets_on_table,
)
from .repairs import ANOTHER_SUBNET, associate_route_table, delete_route
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import FIXED, NEXT_HOP

CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"
ROUTE_CONTROLLER: Final = (
    "https://github.com/kubernetes/cloud-provider/blob/master/controllers/route/route_controller.go"
)


_RUNS: Final = NotApplicable(message="Not applicable: RT10 judges the subnets of a cluster that runs.")


@rule(
    code="RT1",
    title="subnet carries a route table of its own before the cluster is created",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Run `az aks kubenet prepare`, or create a route table and associate it with the subnet.",
    sources=(CONFIGURE_KUBENET, "https://github.com/hashicorp/terraform-provider-azurerm/issues/4719"),
)
def subnet_carries_a_route_table(
    cluster: ClusterRequest, subnet: Subnet, route_table: RouteTable | Unreadable | None
) -> Iterator[Outcome]:
    """Without a route table AKS makes one in the node resource group and attaches it to the subnet, for which the
    cluster's identity needs subnets/write. That table cannot be replaced later, and infrastructure code that does not
    know of it takes it off the subnet at the next run: an outage.
    """
    if cluster.runs:
        yield _RUNS
    elif subnet.route_table_id is None and route_table is None:
        yield Violation(
            message=f"Subnet '{subnet.name}' has no route table; AKS would make one in the node resource group.",
            resource_id=text_of(subnet.id),
            evidence={"routeTable": None},
            prepares=True,
        )


@rule(
    code="RT2",
    title="all subnets of the cluster have one route table",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Associate the first pool's route table with the subnets of all further pools.",
    sources=(CONFIGURE_KUBENET,),
)
def node_pools_share_a_route_table(
    subnet: Subnet,
    further_subnets: tuple[Subnet, ...] | None,
    running_cluster: RunningCluster | Unreadable | None,
) -> Iterator[Outcome]:
    """The cloud provider writes routes into one table only, so nodes behind another table cannot reach the pods."""
    if isinstance(running_cluster, RunningCluster):
        yield from _other_tables(running_cluster, _coming(running_cluster, subnet, further_subnets))
        return
    if not further_subnets:
        yield NotApplicable(message="Not applicable: all node pools are in one subnet.")
    for further in further_subnets or ():
        if further.route_table_id is not None and further.route_table_id != subnet.route_table_id:
            expected = "no table of its own" if subnet.route_table_id is None else f"'{subnet.route_table_id.name}'"
            yield Violation(
                message=f"Subnet '{further.name}' has the route table '{further.route_table_id.name}'; "
                f"the first pool's subnet '{subnet.name}' has {expected}, and a cluster has one for all.",
                resource_id=text_of(further.id),
                evidence={"routeTable": str(further.route_table_id), "expected": text_of(subnet.route_table_id)},
                destructive_commands=associate_route_table(further.id, subnet.route_table_id),
            )


@rule(
    code="RT3",
    title="route table serves one cluster only",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Give the cluster a route table of its own, on a subnet of its own.",
    when_running="Recreate one of the clusters on a route table of its own: that of a cluster cannot be replaced.",
    sources=(CONFIGURE_KUBENET, ROUTE_CONTROLLER),
)
def route_table_serves_one_cluster(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """A kubenet cluster's route controller deletes each route whose first or last address lies in its pod CIDR and that
    is none of its nodes' (`isResponsibleForRoute`). Two clusters on one table with pod CIDRs that overlap therefore
    delete each other's routes, and even with different ones they share the limit of routes and race for writes.
    A cluster that the caller may not see is recognised by the scale sets of its nodes, in this virtual network.
    """
    table_id = route_table.id if isinstance(route_table, RouteTable) else subnet.route_table_id
    if table_id is None:
        yield NotApplicable(message="Not applicable: the subnet has no route table.")
        return
    if managed_clusters is None:
        yield NotApplicable(message="Not applicable: other clusters were not read.")
        return
    associated = subnets_on_table(table_id, subnet, route_table, virtual_network)
    others = clusters_on(associated, cluster.cluster_id, managed_clusters)
    foreign = foreign_routes(cluster, subnet, route_table, virtual_network, managed_clusters)
    claims = claims_on(foreign, others)
    for other in others:
        shared = tuple(str(each) for each in other.subnet_ids if each in associated)
        yield _shared_table(table_id, other, shared, claims[other.id])
    readable = known_subnets(associated, subnet, virtual_network)
    hidden = hidden_node_groups(cluster.cluster_id, readable, managed_clusters)
    for each, group in hidden:
        yield _shared_unseen(table_id, each, group)
    if not others and not hidden:
        yield from (Unknown(cause=fact) for fact in (managed_clusters, route_table) if isinstance(fact, Unreadable))


def _shared_table(
    table_id: ResourceId, other: ManagedCluster, shared: tuple[str, ...], deleted: tuple[str, ...]
) -> Violation:
    loss = f" This cluster's route controller would delete {len(deleted)} of its routes." if deleted else ""
    return Violation(
        message=f"Route table '{table_id.name}' is on a subnet of cluster '{other.id.name}' in resource group "
        f"'{other.id.resource_group}'; a kubenet cluster needs a table of its own.{loss}",
        resource_id=str(table_id),
        evidence={
            "cluster": str(other.id),
            "networkPlugin": other.network_plugin,
            "subnets": shared,
            "podCidrs": tuple(str(each) for each in other.pod_cidrs),
            "deletedRoutes": deleted,
        },
        replan=ANOTHER_SUBNET,
    )


def _shared_unseen(table_id: ResourceId, subnet: Subnet, node_resource_group: str) -> Violation:
    return Violation(
        message=f"Route table '{table_id.name}' is on subnet '{subnet.name}', which holds AKS nodes of resource group "
        f"'{node_resource_group}', whose cluster cannot be seen; a kubenet cluster needs a table of its own.",
        resource_id=str(table_id),
        evidence={"nodeResourceGroup": node_resource_group, "subnets": (text_of(subnet.id),)},
        replan=ANOTHER_SUBNET,
    )


@rule(
    code="RT4",
    title="no route starts or ends inside the pod CIDR",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Choose another pod CIDR, or remove the route: the cluster would delete it.",
    when_running="Remove the route, which the cluster would delete: its pod CIDR cannot be changed.",
    sources=(ROUTE_CONTROLLER,),
)
def no_route_lies_in_the_pod_cidr(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable,
    virtual_network: VirtualNetwork | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """The cluster's route controller deletes each route whose first or last address lies in its pod CIDR and that is
    none of its nodes' (`isResponsibleForRoute`). A wider route, such as 0.0.0.0/0, stays. Routes of another cluster
    that shares the table are named by RT3; a node's route that no cluster known owns is named here, and no command
    deletes it, as a cluster that cannot be seen may need it.
    """
    associated = subnets_on_table(route_table.id, subnet, route_table, virtual_network)
    foreign = foreign_routes(cluster, subnet, route_table, virtual_network, managed_clusters)
    claims = claims_on(foreign, clusters_on(associated, cluster.cluster_id, managed_clusters))
    claimed = {name for names in claims.values() for name in names}
    pod_cidrs = tuple(str(each) for each in pod_cidrs_of(cluster, own_cluster(cluster.cluster_id, managed_clusters)))
    undecided = isinstance(managed_clusters, Unreadable) and cluster.cluster_id is not None
    for route in foreign:
        if cluster.runs and is_node_route(route):
            continue  # RT8 and RT9 judge the routes of nodes
        if route.name not in claimed and not (undecided and is_node_route(route)):
            yield _deleted_route(route, route_table, pod_cidrs)
    if undecided and isinstance(managed_clusters, Unreadable) and any(is_node_route(route) for route in foreign):
        yield Unknown(cause=managed_clusters)


def _deleted_route(route: Route, route_table: RouteTable, pod_cidrs: tuple[str, ...]) -> Violation:
    route_id = route_table.id.child("routes", route.name)
    owner = " It looks like the route of another cluster's node." if is_node_route(route) else ""
    return Violation(
        message=f"Route '{route.name}' to {route.destination} starts or ends inside the pod CIDR "
        f"{', '.join(pod_cidrs)}; the cluster's route controller would delete it.{owner}",
        resource_id=str(route_id),
        evidence={
            "deletedRoutes": (route.name,),
            "destination": route.destination,
            "nextHopType": route.next_hop_type,
            "nextHop": None if route.next_hop_ip is None else str(route.next_hop_ip),
            "podCidrs": pod_cidrs,
        },
        remediation="Choose another pod CIDR: the route may belong to a cluster that you cannot see."
        if owner
        else None,
        destructive_commands=() if owner else delete_route(route_id),
    )


@rule(
    code="RT5",
    title="subnets of further node pools carry the route table",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Associate the route table with the subnets of all further pools.",
    sources=("https://github.com/Azure/AKS/issues/1500", CONFIGURE_KUBENET),
)
def further_subnets_carry_the_route_table(
    subnet: Subnet,
    further_subnets: tuple[Subnet, ...] | None,
    running_cluster: RunningCluster | Unreadable | None,
) -> Iterator[Outcome]:
    """AKS does not put a route table of your own on the subnets of further pools: their nodes become ready, but their
    pods cannot reach those of other nodes until somebody associates the table.
    """
    if isinstance(running_cluster, RunningCluster):
        yield from _without_table(running_cluster, _coming(running_cluster, subnet, further_subnets))
        return
    if not further_subnets or subnet.route_table_id is None:
        yield NotApplicable(
            message="Not applicable: the subnet has no route table of its own, or there are no further subnets."
        )
        return
    for further in further_subnets:
        if further.route_table_id is None:
            yield Violation(
                message=f"Subnet '{further.name}' has no route table; it needs '{subnet.route_table_id.name}', "
                f"as the first pool's subnet '{subnet.name}' has.",
                resource_id=text_of(further.id),
                evidence={"routeTable": None, "expected": str(subnet.route_table_id)},
                commands=associate_route_table(further.id, subnet.route_table_id),
            )


def _coming(running: RunningCluster, subnet: Subnet, further: tuple[Subnet, ...] | None) -> tuple[Subnet, ...]:
    """The subnets that are judged and are not yet the running cluster's."""
    return tuple(each for each in (subnet, *(further or ())) if not is_own_subnet(running, each.id))


def _other_tables(running: RunningCluster, coming: tuple[Subnet, ...]) -> Iterator[Outcome]:
    if not coming:
        yield _RUNS
        return
    table, name = cluster_table(running), running.cluster.id.name
    for each in coming:
        if each.route_table_id is None:
            continue
        if not isinstance(table, RouteTable):
            yield _table_not_known(running, table)
        elif each.route_table_id != table.id:
            yield Violation(
                message=f"Subnet '{each.name}' has the route table '{each.route_table_id.name}'; cluster '{name}' has "
                f"'{table.id.name}', and a cluster has one for all.",
                resource_id=text_of(each.id),
                evidence={"routeTable": str(each.route_table_id), "expected": str(table.id)},
                destructive_commands=associate_route_table(each.id, table.id),
            )


def _without_table(running: RunningCluster, coming: tuple[Subnet, ...]) -> Iterator[Outcome]:
    if not coming:
        yield _RUNS
        return
    table, name = cluster_table(running), running.cluster.id.name
    for each in coming:
        if each.route_table_id is not None:
            continue
        if not isinstance(table, RouteTable):
            yield _table_not_known(running, table)
        else:
            yield Violation(
                message=f"Subnet '{each.name}' has no route table; a node pool of cluster '{name}' there needs "
                f"'{table.id.name}'.",
                resource_id=text_of(each.id),
                evidence={"routeTable": None, "expected": str(table.id)},
                commands=associate_route_table(each.id, table.id),
            )


def _table_not_known(running: RunningCluster, table: Unreadable | None) -> Unknown:
    name = running.cluster.id.name
    return Unknown(cause=table or Unreadable(reason=f"the route table of cluster '{name}' is not known."))


@rule(
    code="RT6",
    title="route table is in the virtual network's region and subscription",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Use a route table of the virtual network's region and subscription.",
    no_command=FIXED,
    sources=("https://learn.microsoft.com/azure/virtual-network/manage-route-table",),
)
def route_table_is_beside_the_virtual_network(
    subnet: Subnet, route_table: RouteTable, virtual_network: VirtualNetwork | Unreadable
) -> Iterator[Outcome]:
    """A route table can only be associated with subnets of its own region and subscription."""
    table_id = route_table.id
    if subnet.id is not None and subnet.id.subscription_id.lower() != table_id.subscription_id.lower():
        yield Violation(
            message=f"Route table '{table_id.name}' is in subscription {table_id.subscription_id}; "
            f"subnet '{subnet.name}' is in {subnet.id.subscription_id}.",
            resource_id=str(table_id),
            evidence={"subscription": table_id.subscription_id, "expected": subnet.id.subscription_id},
        )
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
        return
    here, there = route_table.location, virtual_network.location
    if here and there and not same_region(here, there):
        yield Violation(
            message=f"Route table '{table_id.name}' is in {here}; "
            f"virtual network '{virtual_network.name}' is in {there}.",
            resource_id=str(table_id),
            evidence={"location": here, "expected": there},
        )


@rule(
    code="RT7",
    title="no route overrides the virtual network's own",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Remove the route, or make sure that its next hop sends traffic between nodes back.",
    no_command=NEXT_HOP,
    sources=("https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",),
)
def no_route_overrides_the_virtual_network(
    subnet: Subnet, route_table: RouteTable, virtual_network: VirtualNetwork | Unreadable
) -> Iterator[Outcome]:
    """A user's route to the virtual network's range, or to a part of it, wins over Azure's own route. Traffic between
    nodes, and so between pods, then takes a detour through its next hop. The longest prefix wins: wider routes than the
    network never do, and one to the network leaves out the nodes where longer ones, VnetLocal ones, cover their subnet.
    """
    spaces = subnet.address_prefixes
    if isinstance(virtual_network, VirtualNetwork):
        spaces += virtual_network.address_prefixes
    candidates, left_open = [], False
    for route in route_table.routes:
        prefix = route.address_prefix
        if prefix is None or is_node_route(route):
            continue
        inside = any(prefix.subnet_of(space) for space in spaces)
        candidates += [route] if inside else []
        left_open = left_open or not (inside or goes_to(route, VNET_LOCAL))
    of_nodes = decided_by(candidates, of_networks(subnet.address_prefixes))
    for route in candidates:
        nodes = tuple(
            each for each in subnet.address_prefixes if route.address_prefix and route.address_prefix.overlaps(each)
        )
        if not goes_to(route, VNET_LOCAL) and (route in of_nodes or not nodes):
            yield _detour(route, route_table, nodes)
    if left_open and isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)


def _detour(route: Route, route_table: RouteTable, nodes: tuple[IPv4Network, ...]) -> Violation:
    prefixes = tuple(str(each) for each in nodes)
    target = f"the node subnet {', '.join(prefixes)}" if prefixes else "the virtual network"
    return Violation(
        message=f"Route '{route.name}' to {route.destination} sends traffic of {target} to {route.next_hop_type}.",
        resource_id=str(route_table.id.child("routes", route.name)),
        evidence={
            "route": route.name,
            "addressPrefix": str(route.address_prefix),
            "nextHopType": route.next_hop_type,
            "nodeSubnet": prefixes,
        },
    )


RULES: Final = (
    subnet_carries_a_route_table,
    node_pools_share_a_route_table,
    route_table_serves_one_cluster,
    no_route_lies_in_the_pod_cidr,
    further_subnets_carry_the_route_table,
    route_table_is_beside_the_virtual_network,
    no_route_overrides_the_virtual_network,
)
