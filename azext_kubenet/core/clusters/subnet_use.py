"""Who holds addresses of a subnet, besides the cluster asked about. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ..addresses.prefixes import usable_addresses
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable, seen
from .existing import is_default_node_group, own_cluster
from .request import ClusterRequest

if TYPE_CHECKING:
    from ..azure.links import SubnetUsage
    from ..azure.managed_clusters import ManagedCluster

_GROUP: Final = re.compile(r"/resourcegroups/(?P<group>[^/]+)/", re.IGNORECASE)


class SubnetUse(NamedTuple):
    """Addresses that others hold: the listed IP configurations, and how many more Azure counts in the subnet."""

    configurations: tuple[str, ...]
    unlisted: int

    @property
    def addresses(self) -> int:
        return len(self.configurations) + self.unlisted


def usage_of(
    subnet_id: ResourceId | None, usages: tuple[SubnetUsage, ...] | Unreadable | None
) -> SubnetUsage | Unreadable | None:
    """What Azure counts in the subnet; None where it tells no count."""
    if not isinstance(usages, tuple):
        return usages
    return next((each for each in usages if each.subnet_id == subnet_id and each.current >= 0), None)


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

    `virtualNetworks/usages` counts users alone, without what Azure keeps: an empty subnet is at 0. It may answer -1
    (https://github.com/Azure/azure-cli/issues/23997): then only what is listed counts.
    """
    own = own_cluster(cluster.cluster_id, managed_clusters)
    others = tuple(each for each in subnet.ip_configurations if not _is_own(each, cluster, own))
    usage = seen(subnet_usage)
    counted = 0 if usage is None else usage.current
    return SubnetUse(configurations=others, unlisted=max(0, counted - len(subnet.ip_configurations)))


def _is_own(configuration: str, cluster: ClusterRequest, own: ManagedCluster | None) -> bool:
    """Whether the configuration belongs to a node of the cluster: by its node resource group, or that one's default."""
    found = _GROUP.search(configuration)
    if found is None:
        return False
    if own is not None and own.node_resource_group:
        return found["group"].lower() == own.node_resource_group.lower()
    return cluster.cluster_id is not None and is_default_node_group(found["group"], cluster.cluster_id)
