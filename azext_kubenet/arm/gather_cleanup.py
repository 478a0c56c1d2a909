"""Reads what cleanup decides on, in three rounds: what bears prepare's mark, what is around it, what may be done to it.

Does network IO.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from ..core.azure.access import RoleAssignment
from ..core.azure.managed_clusters import ManagedCluster
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import ROUTE_TABLE_TYPE, SUBNET_TYPE
from ..core.azure.restrictions import Lock
from ..core.azure.unreadable import Unreadable
from ..core.changes.change import RefusedError, least_privilege_role_name
from ..core.changes.cleanup import CleanupState, marked, plan_cleanup
from ..core.changes.refuse_cleanup import needed_rights, place_of
from ..core.clusters.hidden import hidden_clusters
from .client import ArmClient
from .parse.access import parse_identity, parse_lock, parse_role_assignment
from .parse.networks import parse_route_table, parse_subnet
from .reads import LOCKS, Reads
from .rounds import Answer, Round

T = TypeVar("T")

_IDENTITIES: Final = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
_TABLES: Final = "providers/Microsoft.Network/routeTables"


def gather_cleanup(client: ArmClient, cluster_id: ResourceId) -> CleanupState:
    """What prepare made for the cluster, and all that decides whether it may go.

    Raises RefusedError where it cannot be told what prepare made.
    """
    reads = Reads(client)
    state = _found(reads, cluster_id)
    if state.marked.is_empty:
        return state
    state = _with_surroundings(reads, cluster_id, state)
    return _with_locks_and_rights(reads, cluster_id, state)


def _found(reads: Reads, cluster_id: ResourceId) -> CleanupState:
    """Round 1: everything in the cluster's group, every assignment on its subscription, and all clusters."""
    group, subscription = cluster_id.resource_group_id, cluster_id.subscription_id
    authorization = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
    with Round() as ask:
        identities = ask(reads.list(f"{group}/{_IDENTITIES}", parse_identity, may_be_absent=True))
        tables = ask(reads.list(f"{group}/{_TABLES}", parse_route_table, may_be_absent=True))
        assignments = ask(reads.list(f"{authorization}/roleAssignments", parse_role_assignment))
        roles = ask(reads.roles_named(least_privilege_role_name(subscription), f"/subscriptions/{subscription}"))
        assignments_everywhere = ask(reads.marked_assignments())
        clusters = ask(reads.clusters_of(subscription))
        clusters_everywhere = ask(reads.clusters_by_graph())
        caller = ask(reads.caller(f"/subscriptions/{subscription}"))
    return CleanupState(
        marked=marked(
            cluster_id,
            identities=_known(_in_group(identities.value, tables.value)),
            route_tables=_known(_in_group(tables.value, identities.value)),
            assignments=_known(_assignments(assignments.value, assignments_everywhere.value)),
            custom_roles=_known(roles.value or ()),
        ),
        managed_clusters=hidden_clusters(f"subscription '{subscription}'", caller.value)
        or _clusters(subscription, clusters.value, clusters_everywhere.value),
    )


def _with_surroundings(reads: Reads, cluster_id: ResourceId, state: CleanupState) -> CleanupState:
    """Round 2: the subnets and tables that are touched, who has the identities, and the subscription's locks."""
    found, subscription = state.marked, cluster_id.subscription_id
    on_tables = dict.fromkeys(subnet for table in found.route_tables for subnet in table.subnets)
    listed = {each.id for each in found.route_tables}
    scopes = dict.fromkeys(ResourceId(each.scope) for each in found.assignments)
    for_roles = [each for each in scopes if each.is_type(SUBNET_TYPE) and each not in on_tables]
    tables_for_roles = [each for each in scopes if each.is_type(ROUTE_TABLE_TYPE) and each not in listed]
    elsewhere = [each for each in found.assignments if not _is_in(subscription, each.scope)]
    with Round() as ask:
        subnets = [ask(reads.resource(each, parse_subnet)) for each in on_tables]
        subnets += [ask(reads.resource(each, parse_subnet, may_be_absent=True)) for each in for_roles]
        tables = [ask(reads.resource(each, parse_route_table, may_be_absent=True)) for each in tables_for_roles]
        again = [ask(reads.assignment(each.id)) for each in elsewhere]
        users = {each.id: ask(reads.users_of_identity(each.id)) for each in found.identities}
        locks = ask(reads.list(f"/subscriptions/{subscription}{LOCKS}", parse_lock))
    read_subnets, read_tables, read_again = _there(subnets), _there(tables), _there(again)
    there = {each.id.lower(): each for each in map(_known, read_again)}
    still = (each for each in found.assignments if each not in elsewhere or _is_still(each, there.get(each.id.lower())))
    return replace(
        state,
        marked=replace(found, assignments=tuple(still)),
        subnets=read_subnets,
        other_tables=read_tables,
        users={identity: each.value or () for identity, each in users.items()},
        locks=locks.value or (),
    )


def _with_locks_and_rights(reads: Reads, cluster_id: ResourceId, state: CleanupState) -> CleanupState:
    """Round 3: what the caller may do on each thing, and the locks of what is in another subscription."""
    changes = plan_cleanup(cluster_id, state).changes
    scopes = dict.fromkeys(scope for change in changes for _, scope in needed_rights(change, state.subnets))
    places = dict.fromkeys(place for place in map(place_of, changes) if not _is_in(cluster_id.subscription_id, place))
    with Round() as ask:
        callers = {scope: ask(reads.caller(scope, may_be_absent=True)) for scope in scopes}
        locks = [ask(reads.locks_covering(place)) for place in places]
    return replace(
        state,
        callers={scope.lower(): each.value for scope, each in callers.items() if each.value is not None},
        locks=_joined((state.locks, *_there(locks))),
    )


def _is_in(subscription: str, resource_id: str) -> bool:
    return f"{resource_id}/".lower().startswith(f"/subscriptions/{subscription}/".lower())


def _is_still(known: RoleAssignment, now: RoleAssignment | None) -> bool:
    """Whether an assignment that Resource Graph knows is what it was, mark and all."""

    def facts(of: RoleAssignment) -> tuple[str, ...]:
        return tuple(each.lower() for each in (of.scope, of.role_guid, of.principal_id, of.description or ""))

    return now is not None and facts(known) == facts(now)


def _there(answers: list[Answer[T]]) -> tuple[T | Unreadable, ...]:
    return tuple(each.value for each in answers if each.value is not None)


def _joined(lists: tuple[tuple[Lock, ...] | Unreadable, ...]) -> tuple[Lock, ...] | Unreadable:
    """All of them, or why one may lack."""
    hidden = next((each for each in lists if isinstance(each, Unreadable)), None)
    return hidden or tuple(lock for each in lists if isinstance(each, tuple) for lock in each)


def _known(fact: T | Unreadable) -> T:
    if isinstance(fact, Unreadable):
        raise RefusedError(
            f"It could not be determined what prepare made: {fact.reason} Nothing was deleted.", fact.remedy
        )
    return fact


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
