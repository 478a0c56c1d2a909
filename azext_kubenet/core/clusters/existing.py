"""The cluster asked about among those that are already there. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable
from ..rights.permissions import READ_CLUSTERS_ACTION, caller_may

if TYPE_CHECKING:
    from ..azure.access import CallerAccess
    from ..azure.managed_clusters import ManagedCluster
    from ..azure.snapshot import Snapshot

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


def hidden_clusters(where: str, caller: CallerAccess | Unreadable | None) -> Unreadable | None:
    """Why clusters of `where` may be missing from lists: Azure leaves out, without a word, what may not be read."""
    if isinstance(caller, Unreadable):
        return caller
    if caller is not None and caller_may(caller, READ_CLUSTERS_ACTION):
        return None
    return Unreadable(
        reason=f"you may not read the clusters of {where}; the permission {READ_CLUSTERS_ACTION} is missing.",
        permission=READ_CLUSTERS_ACTION,
    )


def hidden_own_cluster(cluster_id: ResourceId, snapshot: Snapshot) -> Unreadable | None:
    """Why the cluster may be there already without being seen; None where it was found, would be, or cannot be."""
    known, caller = snapshot.managed_clusters, snapshot.caller_on_group
    if caller is None or own_cluster(cluster_id, known) is not None:
        return None  # a group that is not there holds no cluster
    if isinstance(known, Unreadable):
        return known
    return hidden_clusters(f"resource group '{cluster_id.resource_group}'", caller)


def is_default_node_group(node_resource_group: str, cluster_id: ResourceId) -> bool:
    """Whether it is called as AKS calls the node resource group of that cluster: `MC_<group>_<cluster>_<region>`.

    Source: https://learn.microsoft.com/azure/aks/faq
    """
    group, start = node_resource_group.lower(), f"mc_{cluster_id.resource_group}_{cluster_id.name}_".lower()
    return group.startswith(start) and "_" not in group.removeprefix(start)
