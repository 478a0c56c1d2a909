"""Reads what cleanup decides on: marked resources, assignments and clusters, in one round. Does network IO."""

from __future__ import annotations

from typing import Final

from ..core.azure.model import CallerAccess, ManagedCluster, Unreadable
from ..core.azure.resource_id import ResourceId
from ..core.changes.cleanup import CleanupState
from ..core.rights.permissions import caller_may
from . import parse
from .client import ArmClient
from .reads import Reads
from .rounds import Round

READ_CLUSTERS_ACTION: Final = "Microsoft.ContainerService/managedClusters/read"


def gather_cleanup(client: ArmClient, cluster_id: ResourceId) -> CleanupState:
    """Everything in the cluster's group and every assignment on its subscription that cleanup has to look at."""
    reads = Reads(client)
    group, subscription = cluster_id.resource_group_id, cluster_id.subscription_id
    authorization = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
    with Round() as ask:
        identities = ask(
            reads.list(f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities", parse.parse_identity)
        )
        tables = ask(reads.list(f"{group}/providers/Microsoft.Network/routeTables", parse.parse_route_table))
        assignments = ask(reads.list(f"{authorization}/roleAssignments", parse.parse_role_assignment))
        clusters = ask(reads.clusters_of(subscription))
        clusters_everywhere = ask(reads.clusters_by_graph())
        caller = ask(reads.caller(f"/subscriptions/{subscription}"))
    # a group that is not there has nothing in it
    return CleanupState(
        identities=identities.value or (),
        route_tables=tables.value or (),
        assignments=assignments.value or (),
        managed_clusters=_hidden(subscription, caller.value)
        or _clusters(subscription, clusters.value, clusters_everywhere.value),
    )


def _hidden(subscription: str, caller: CallerAccess | Unreadable | None) -> Unreadable | None:
    """Why clusters may be missing from the lists: Azure leaves out, without a word, what the caller may not read."""
    if isinstance(caller, Unreadable):
        return caller
    if caller is not None and caller_may(caller, READ_CLUSTERS_ACTION):
        return None
    return Unreadable(
        reason=f"you may not read the clusters of subscription '{subscription}'; the permission "
        f"{READ_CLUSTERS_ACTION} is missing.",
        permission=READ_CLUSTERS_ACTION,
    )


def _clusters(
    subscription: str,
    here: tuple[ManagedCluster, ...] | Unreadable | None,
    everywhere: tuple[ManagedCluster, ...] | Unreadable | None,
) -> tuple[ManagedCluster, ...] | Unreadable:
    """Those of the subscription as they are now, and those of others as Resource Graph, minutes late, knows them."""
    if isinstance(everywhere, Unreadable):
        return everywhere  # a cluster of another subscription may have the identity
    found = everywhere or ()
    if here is None or isinstance(here, Unreadable):
        return found
    return (*here, *(each for each in found if each.id.subscription_id.lower() != subscription.lower()))
