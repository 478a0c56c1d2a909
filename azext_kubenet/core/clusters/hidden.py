"""Clusters that may be there without being seen. No IO."""

from __future__ import annotations

from ..azure.access import CallerAccess
from ..azure.resource_id import ResourceId
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..rights.permissions import READ_CLUSTERS_ACTION, caller_may
from .existing import own_cluster


def sees_every_cluster(caller: CallerAccess | Unreadable | None) -> bool:
    """Whether lists hold all clusters of the scope: Azure leaves out, without a word, what may not be read."""
    return isinstance(caller, CallerAccess) and caller_may(caller, READ_CLUSTERS_ACTION)


def hidden_clusters(where: str, caller: CallerAccess | Unreadable | None) -> Unreadable | None:
    """Why clusters of `where` may be missing from lists."""
    if isinstance(caller, Unreadable):
        return caller
    if sees_every_cluster(caller):
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
