"""Reads what cleanup decides on: marked resources, assignments and clusters, in one round. Does network IO."""

from __future__ import annotations

from typing import Final, TypeVar

from ..core.azure.model import CallerAccess, ManagedCluster, RoleAssignment, Unreadable
from ..core.azure.resource_id import ResourceId
from ..core.changes.cleanup import CleanupState
from ..core.rights.permissions import caller_may
from . import parse
from .client import ArmClient
from .reads import Reads
from .rounds import Round

T = TypeVar("T")

_IDENTITIES: Final = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
_TABLES: Final = "providers/Microsoft.Network/routeTables"
READ_CLUSTERS_ACTION: Final = "Microsoft.ContainerService/managedClusters/read"


def gather_cleanup(client: ArmClient, cluster_id: ResourceId) -> CleanupState:
    """Everything in the cluster's group and every assignment on its subscription that cleanup has to look at."""
    reads = Reads(client)
    group, subscription = cluster_id.resource_group_id, cluster_id.subscription_id
    authorization = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
    with Round() as ask:
        identities = ask(
            reads.list(f"{group}/{_IDENTITIES}", parse.parse_identity, may_be_absent=True),
        )
        tables = ask(reads.list(f"{group}/{_TABLES}", parse.parse_route_table, may_be_absent=True))
        assignments = ask(reads.list(f"{authorization}/roleAssignments", parse.parse_role_assignment))
        assignments_everywhere = ask(reads.marked_assignments())
        clusters = ask(reads.clusters_of(subscription))
        clusters_everywhere = ask(reads.clusters_by_graph())
        caller = ask(reads.caller(f"/subscriptions/{subscription}"))
    return CleanupState(
        identities=_in_group(identities.value, tables.value),
        route_tables=_in_group(tables.value, identities.value),
        assignments=_assignments(assignments.value, assignments_everywhere.value),
        managed_clusters=_hidden(subscription, caller.value)
        or _clusters(subscription, clusters.value, clusters_everywhere.value),
    )


def _in_group(found: tuple[T, ...] | Unreadable | None, other: object) -> tuple[T, ...] | Unreadable:
    """What the group holds: nothing where it is not there, which the other list of it has to say too."""
    if found is None and other is not None:
        return Unreadable(reason="Azure says that the resource group is not there, and lists what is in it.")
    return () if found is None else found


def _assignments(
    here: tuple[RoleAssignment, ...] | Unreadable | None, everywhere: tuple[RoleAssignment, ...] | Unreadable | None
) -> tuple[RoleAssignment, ...] | Unreadable:
    """Those of the subscription as they are now, and those of others: a private DNS zone may be in a hub's."""
    if not isinstance(here, tuple):
        return here or ()
    known = {each.id.lower() for each in here}
    further = everywhere if isinstance(everywhere, tuple) else ()
    return (*here, *(each for each in further if each.id.lower() not in known))


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
    if isinstance(here, Unreadable):
        return here  # Resource Graph is late and never enough to delete on
    if here is None:
        return Unreadable(reason=f"Azure gave no list of the clusters of subscription '{subscription}'.")
    found = everywhere or ()
    return (*here, *(each for each in found if each.id.subscription_id.lower() != subscription.lower()))
