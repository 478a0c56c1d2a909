"""The cluster asked about among those that are already there. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable

if TYPE_CHECKING:
    from ..azure.managed_clusters import ManagedCluster

KUBENET: Final = "kubenet"
"""The network plugin, as clusters name it in lower case."""


def own_cluster(
    cluster_id: ResourceId | None, managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None
) -> ManagedCluster | None:
    """The cluster that is already there under the id asked about."""
    if not isinstance(managed_clusters, tuple):
        return None
    return next((each for each in managed_clusters if each.id == cluster_id), None)


def other_clusters(
    cluster_id: ResourceId | None, managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None
) -> tuple[ManagedCluster, ...]:
    """Clusters that are known and are not the one asked about."""
    if not isinstance(managed_clusters, tuple):
        return ()
    return tuple(each for each in managed_clusters if each.id != cluster_id)


def is_default_node_group(node_resource_group: str, cluster_id: ResourceId) -> bool:
    """Whether it is called as AKS calls the node resource group of that cluster: `MC_<group>_<cluster>_<region>`.

    Source: https://learn.microsoft.com/azure/aks/faq
    """
    group, start = node_resource_group.lower(), f"mc_{cluster_id.resource_group}_{cluster_id.name}_".lower()
    return group.startswith(start) and "_" not in group.removeprefix(start)
