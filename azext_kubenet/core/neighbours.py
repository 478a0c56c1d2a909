"""Which clusters are beside the one asked about: on its subnet, on its route table, seen or unseen. No IO."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Final

from .cluster_request import ClusterRequest
from .model import ManagedCluster, RouteTable, Subnet, Unreadable, VirtualNetwork
from .resource_id import ResourceId
from .routes import other_clusters, own_cluster

NODE_SCALE_SET: Final = re.compile(
    r"/resourcegroups/(?P<group>[^/]+)/providers/microsoft\.compute/virtualmachinescalesets/aks-[^/]+-vmss/",
    re.IGNORECASE,
)


def subnets_on_table(
    table_id: ResourceId,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> frozenset[ResourceId]:
    """Every subnet that is known to have the table, from the table, the virtual network and the subnet itself."""
    found = set(route_table.subnets) if isinstance(route_table, RouteTable) else set()
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    found |= {each.id for each in siblings if each.id is not None and each.route_table_id == table_id}
    return frozenset(found if subnet.id is None else found | {subnet.id})


def node_prefixes(
    subnet: Subnet, virtual_network: VirtualNetwork | Unreadable | None, own: ManagedCluster
) -> tuple[IPv4Network, ...]:
    """Where the nodes of a cluster that is already there have their addresses: this subnet, and its other pools'."""
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    others = (each for each in siblings if each.id is not None and each.id in own.subnet_ids)
    return (*subnet.address_prefixes, *(prefix for each in others for prefix in each.address_prefixes))


def hidden_node_groups(
    cluster: ClusterRequest, subnet: Subnet, managed_clusters: tuple[ManagedCluster, ...] | Unreadable
) -> tuple[str, ...]:
    """Node resource groups on the subnet whose cluster is certainly neither listed nor the one asked about.

    A reader of the network alone gets an empty list of clusters, without an error; their nodes he sees.
    """
    if isinstance(managed_clusters, Unreadable) and cluster.cluster_id is not None:
        return ()
    own = own_cluster(cluster, managed_clusters)
    listed = [each for each in other_clusters(cluster, managed_clusters) if subnet.id in each.subnet_ids]
    known = {each.node_resource_group.lower() for each in (listed if own is None else [own, *listed])}
    if "" in known:
        return ()
    groups = _node_groups(subnet)
    return tuple(group for group in groups if group.lower() not in known and not _is_default_group(group, cluster))


def _node_groups(subnet: Subnet) -> tuple[str, ...]:
    """Resource groups of AKS node scale sets that have an address of the subnet, in order of appearance."""
    groups: dict[str, str] = {}
    for configuration in subnet.ip_configurations:
        if found := NODE_SCALE_SET.search(configuration):
            groups.setdefault(found["group"].lower(), found["group"])
    return tuple(groups.values())


def _is_default_group(node_resource_group: str, cluster: ClusterRequest) -> bool:
    """Whether a node group has the default name, `MC_<group>_<cluster>_<region>`, of the cluster asked about.

    Source: https://learn.microsoft.com/azure/aks/faq
    """
    if cluster.cluster_id is None:
        return False
    prefix = f"mc_{cluster.cluster_id.resource_group}_{cluster.cluster_id.name}_"
    return node_resource_group.lower().startswith(prefix.lower())
