"""Who holds addresses of a subnet, beside the cluster asked about. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from . import limits
from .address_space import usable_addresses
from .cluster_request import ClusterRequest
from .model import ManagedCluster, Subnet, SubnetUsage, Unreadable
from .routes import own_cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetUse:
    """Addresses that others hold: the listed IP configurations, and how many more Azure counts in the subnet."""

    configurations: tuple[str, ...]
    unlisted: int

    @property
    def addresses(self) -> int:
        return len(self.configurations) + self.unlisted


def usable_in(subnet: Subnet) -> int:
    """Usable addresses of all prefixes of the subnet; Azure keeps its five in each."""
    return sum(usable_addresses(prefix.prefixlen) for prefix in subnet.address_prefixes)


def other_use(
    subnet: Subnet,
    *,
    cluster: ClusterRequest,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None,
    subnet_usage: SubnetUsage | Unreadable | None,
) -> SubnetUse:
    """What is in the subnet and not in the node resource group of the cluster asked about.

    `virtualNetworks/usages` may answer -1 (https://github.com/Azure/azure-cli/issues/23997): then only what is listed
    counts.
    """
    own_group = _node_resource_group(cluster, own_cluster(cluster.cluster_id, managed_clusters))
    others = tuple(each for each in subnet.ip_configurations if own_group is None or not _is_in(each, own_group))
    counted = subnet_usage.current if isinstance(subnet_usage, SubnetUsage) else 0
    reserved = limits.RESERVED_ADDRESSES * len(subnet.address_prefixes)
    return SubnetUse(configurations=others, unlisted=max(0, counted - reserved - len(subnet.ip_configurations)))


def _node_resource_group(cluster: ClusterRequest, own: ManagedCluster | None) -> str | None:
    """The group of the cluster's nodes; where it is not known, how its default name `MC_group_cluster_region` begins.

    Source: https://learn.microsoft.com/azure/aks/faq
    """
    if own is not None and own.node_resource_group:
        return f"{own.node_resource_group}/"
    if cluster.cluster_id is None:
        return None
    return f"MC_{cluster.cluster_id.resource_group}_{cluster.cluster_id.name}_"


def _is_in(configuration: str, group_start: str) -> bool:
    return f"/resourcegroups/{group_start}".lower() in configuration.lower()
