"""Which clusters there are besides the one asked about: on its subnet, on its route table, seen or unseen. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable, seen
from .existing import is_default_node_group, other_clusters, own_cluster
from .node_routes import is_route_of

if TYPE_CHECKING:
    from ..azure.managed_clusters import ManagedCluster
    from ..azure.route_tables import Route, RouteTable

NODE_SCALE_SET: Final = re.compile(
    r"/resourcegroups/(?P<group>[^/]+)/providers/microsoft\.compute/virtualmachinescalesets/aks-[^/]+-vmss/",
    re.IGNORECASE,
)


def subnets_on_table(
    table_id: ResourceId | None,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> frozenset[ResourceId]:
    """Every subnet that is known to have the table, from the table, the virtual network and the subnet itself.

    Without a table that is the subnet itself.
    """
    table = seen(route_table)
    found = set() if table is None else set(table.subnets)
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    on_table = (each for each in siblings if table_id is not None and each.route_table_id == table_id)
    found |= {each.id for each in on_table if each.id is not None}
    return frozenset(found if subnet.id is None else found | {subnet.id})


def known_subnets(
    ids: frozenset[ResourceId], subnet: Subnet, virtual_network: VirtualNetwork | Unreadable | None
) -> tuple[Subnet, ...]:
    """Those of the subnets with these ids that were read: `subnet` itself first, then its siblings."""
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    own = (subnet,) if subnet.id in ids else ()
    return (*own, *(each for each in siblings if each.id in ids and each.id != subnet.id))


def clusters_on(
    subnets: frozenset[ResourceId],
    cluster_id: ResourceId | None,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> tuple[ManagedCluster, ...]:
    """Other clusters that have nodes in one of these subnets."""
    others = other_clusters(cluster_id, managed_clusters)
    return tuple(each for each in others if not subnets.isdisjoint(each.subnet_ids))


def claims_on(routes: tuple[Route, ...], clusters: tuple[ManagedCluster, ...]) -> dict[ResourceId, tuple[str, ...]]:
    """Names of the routes that nodes of each cluster can have, by the cluster's id.

    Many clusters have the default pod CIDR, so each plugin with its pod CIDRs is looked at once.
    """
    kinds = {(each.network_plugin, each.pod_cidrs): each for each in clusters}
    names = {kind: tuple(route.name for route in routes if is_route_of(route, owner)) for kind, owner in kinds.items()}
    return {each.id: names[each.network_plugin, each.pod_cidrs] for each in clusters}


def hidden_node_groups(
    cluster_id: ResourceId | None,
    subnets: tuple[Subnet, ...],
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
) -> tuple[tuple[Subnet, str], ...]:
    """Node resource groups on the subnets whose cluster is certainly neither listed nor the one asked about.

    A reader of the network alone gets an empty list of clusters, without an error; their nodes are in the subnet.
    """
    if isinstance(managed_clusters, Unreadable) and cluster_id is not None:
        return ()
    own = own_cluster(cluster_id, managed_clusters)
    listed = clusters_on(frozenset(each.id for each in subnets if each.id is not None), cluster_id, managed_clusters)
    known = {each.node_resource_group.lower() for each in (listed if own is None else [own, *listed])}
    if "" in known:
        return ()
    return tuple(
        (subnet, group)
        for subnet in subnets
        for group in node_groups(subnet)
        if group.lower() not in known and (cluster_id is None or not is_default_node_group(group, cluster_id))
    )


def node_groups(subnet: Subnet) -> tuple[str, ...]:
    """Resource groups of AKS node scale sets that have an address of the subnet, in order of appearance."""
    groups: dict[str, str] = {}
    for configuration in subnet.ip_configurations:
        if found := NODE_SCALE_SET.search(configuration):
            groups.setdefault(found["group"].lower(), found["group"])
    return tuple(groups.values())
