"""Whose routes a table holds: node routes, and those a cluster's route controller would delete. No IO."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from ..azure import limits
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.unreadable import Unreadable, seen
from .existing import own_cluster
from .request import ClusterRequest

if TYPE_CHECKING:
    from ..azure.managed_clusters import ManagedCluster
    from ..azure.route_tables import Route, RouteTable

VIRTUAL_APPLIANCE = "VirtualAppliance"
VIRTUAL_NETWORK_GATEWAY = "VirtualNetworkGateway"
VNET_LOCAL = "VnetLocal"
NO_NEXT_HOP = "None"
NEXT_HOP_TYPES = (VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY, VNET_LOCAL, "Internet", NO_NEXT_HOP)
NODE_NAME_PREFIX = "aks-"
DUAL_STACK_SEPARATOR = "____"
DEFAULT_IPV6_DESTINATION = IPv6Network("::/0")


def goes_to(route: Route, *next_hop_types: str) -> bool:
    """Whether the route's next hop is of one of these types, in any casing."""
    return route.next_hop_type.lower() in {each.lower() for each in next_hop_types}


def next_hop_of(route: Route) -> str:
    """The next hop in words: `the appliance 10.1.0.4`, `VirtualNetworkGateway`."""
    if route.next_hop_ip is not None and goes_to(route, VIRTUAL_APPLIANCE):
        return f"the appliance {route.next_hop_ip}"
    return route.next_hop_type


def destination_network(route: Route) -> IPv4Network | IPv6Network | None:
    """The route's destination in either family; None for a service tag."""
    if route.address_prefix is not None:
        return route.address_prefix
    try:
        return ip_network(route.destination, strict=False)
    except ValueError:
        return None


def is_node_route(route: Route) -> bool:
    """Whether the route is shaped like one that the cloud provider writes for a node of some AKS cluster.

    Its name is the node's (on dual stack `<node>____<cidr>`), its next hop a virtual appliance with the node's address.
    Source: https://github.com/kubernetes-sigs/cloud-provider-azure/blob/master/pkg/provider/azure_routes.go
    """
    if not route.name.lower().startswith(NODE_NAME_PREFIX) or not goes_to(route, VIRTUAL_APPLIANCE):
        return False
    if route.address_prefix is None:
        return DUAL_STACK_SEPARATOR in route.name
    return route.address_prefix.prefixlen == limits.NODE_POD_PREFIX


def is_in_pod_cidrs(route: Route, pod_cidrs: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether a cluster with these pod CIDRs is responsible for the route: its first or last address lies in one.

    What its controller is responsible for and none of its nodes has, it deletes (`isResponsibleForRoute`). A route that
    is wider than the pod CIDR on both sides, such as 0.0.0.0/0, is safe, and so is a service tag, which is no CIDR.
    Source: https://github.com/kubernetes/cloud-provider/blob/master/controllers/route/route_controller.go
    """
    network = destination_network(route)
    if network is None:
        return False
    first, last = network[0], network[-1]
    return any(first in pod_cidr or last in pod_cidr for pod_cidr in pod_cidrs)


def pod_cidrs_of(cluster: ClusterRequest, own: ManagedCluster | None) -> tuple[IPv4Network | IPv6Network, ...]:
    """The pod CIDRs that the cluster's route controller works with: the given ones, else its own, else the default."""
    if cluster.pod_cidr is None and own is not None and own.pod_cidrs:
        return (*own.pod_cidrs, *cluster.ipv6_pod_cidrs)
    return (cluster.effective_pod_cidr, *cluster.ipv6_pod_cidrs)


def is_route_of(route: Route, owner: ManagedCluster) -> bool:
    """Whether a node of `owner` can have this route; a cluster whose pod CIDR is not known can have any node route."""
    if owner.network_plugin.lower() != "kubenet" or not is_node_route(route):
        return False
    if route.address_prefix is None or not owner.pod_cidrs:
        return True
    return any(route.address_prefix.subnet_of(pod_cidr) for pod_cidr in owner.pod_cidrs)


def foreign_routes(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> tuple[Route, ...]:
    """The routes that the cluster's route controller would delete: in its pod CIDR, and not one of its own nodes'."""
    own = own_cluster(cluster.cluster_id, managed_clusters)
    pod_cidrs = pod_cidrs_of(cluster, own)
    prefixes = () if own is None else _node_prefixes(subnet, virtual_network, own)
    table = seen(route_table)
    inside = (route for route in (() if table is None else table.routes) if is_in_pod_cidrs(route, pod_cidrs))
    return tuple(route for route in inside if own is None or not _is_own(route, own, prefixes))


def _is_own(route: Route, own: ManagedCluster, prefixes: tuple[IPv4Network, ...]) -> bool:
    hop = route.next_hop_ip
    return is_route_of(route, own) and (hop is None or any(hop in prefix for prefix in prefixes))


def _node_prefixes(
    subnet: Subnet, virtual_network: VirtualNetwork | Unreadable | None, own: ManagedCluster
) -> tuple[IPv4Network, ...]:
    """Where the nodes of a cluster that is already there have their addresses: this subnet, and its other pools'."""
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    others = (each for each in siblings if each.id is not None and each.id in own.subnet_ids)
    return (*subnet.address_prefixes, *(prefix for each in others for prefix in each.address_prefixes))
