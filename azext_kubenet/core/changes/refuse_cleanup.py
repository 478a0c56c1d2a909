"""What forbids a cleanup before its first deletion: what is in use, locked, not allowed or not known. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from ..azure.access import CallerAccess
from ..azure.az_words import az, named
from ..azure.managed_clusters import ManagedCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId, scope_covers
from ..azure.resource_types import IDENTITY_TYPE, ROLE_ASSIGNMENT_TYPE, ROUTE_TABLE_TYPE, SUBNET_TYPE
from ..azure.restrictions import Lock
from ..azure.unreadable import Unreadable
from ..clusters.route_controller import READ_ONLY
from ..clusters.sharing import node_groups
from ..rights.permissions import (
    NAT_GATEWAY_JOIN_ACTIONS,
    NETWORK_SECURITY_GROUP_JOIN_ACTIONS,
    SUBNET_WRITE_ACTIONS,
    caller_may,
)
from .change import Action, AssociateRouteTable, Change, RefusedError
from .cleanup import Cleanup, CleanupState

T = TypeVar("T")

_UNASSIGN = "Microsoft.Authorization/roleAssignments/delete"
_DELETE = {
    ROUTE_TABLE_TYPE: "Microsoft.Network/routeTables/delete",
    IDENTITY_TYPE: "Microsoft.ManagedIdentity/userAssignedIdentities/delete",
}


def refuse_cleanup(cleanup: Cleanup, state: CleanupState) -> None:
    """Raise RefusedError where any of what prepare made must not be touched, or where that cannot be told."""
    if state.marked.is_empty:
        return
    _refuse_clusters(state)
    _refuse_hidden_nodes(state)
    for users in state.users.values():
        if isinstance(users, Unreadable) and users.is_no_answer:
            _known(users)
    _refuse_locked(cleanup.changes, _known(state.locks))
    _refuse_without_rights(cleanup.changes, state)


def _known(fact: T | Unreadable) -> T:
    if isinstance(fact, Unreadable):
        raise RefusedError(
            f"It could not be determined whether what prepare made may be deleted: {fact.reason} Nothing was deleted.",
            fact.remedy,
        )
    return fact


def _refuse_clusters(state: CleanupState) -> None:
    marked = state.marked
    identities = {identity.id for identity in marked.identities}
    scopes = {assignment.scope.lower() for assignment in marked.assignments}
    tables = (*marked.route_tables, *(_known(each) for each in state.other_tables))
    subnets = {subnet: table for table in tables for subnet in table.subnets}
    for cluster in _known(state.managed_clusters):
        used = [identity for identity in cluster.identity_ids if identity in identities]
        used += [subnets[subnet].id for subnet in cluster.subnet_ids if subnet in subnets]
        used += [subnet for subnet in cluster.subnet_ids if subnet.text.lower() in scopes]
        used += list(_scopes_by_principal(cluster, state))
        if used:
            raise RefusedError(
                f"Cluster '{cluster.id.name}' uses '{used[0].name}', which prepare set up. Nothing was deleted.",
                f"Delete the cluster first: {az('aks', 'delete', **named(cluster.id))}",
            )


def _scopes_by_principal(cluster: ManagedCluster, state: CleanupState) -> Iterator[ResourceId]:
    """Networks and zones on which the cluster has its role by an assignment that prepare made."""
    for each in state.marked.assignments:
        scope = ResourceId(each.scope)
        is_its_own = each.principal_id.lower() in cluster.principal_ids
        if is_its_own and not (scope.is_type(SUBNET_TYPE) or scope.is_type(ROUTE_TABLE_TYPE)):
            yield scope


def _refuse_hidden_nodes(state: CleanupState) -> None:
    """The clusters that one sees have been looked at: nodes that are there nevertheless have one that one does not."""
    for subnet in state.subnets:
        read = _known(subnet)
        for group in node_groups(read):
            raise RefusedError(
                f"AKS nodes of resource group '{group}' are in subnet '{read.name}', and you cannot see their cluster. "
                "Nothing was deleted.",
                "Have somebody who can see that cluster run this; if it is being deleted, wait until it is gone.",
            )


def _refuse_locked(changes: tuple[Change, ...], locks: tuple[Lock, ...]) -> None:
    held = [(change, lock) for change in changes for lock in locks if _stops(lock, change)]
    if held:
        told = dict.fromkeys(f"'{lock.name}' ({lock.level}) on '{lock.scope}'" for _, lock in held)
        raise RefusedError(
            f"{len(told)} lock{'s' if len(told) > 1 else ''} would stop this: {', '.join(told)}. Nothing was deleted.",
            "Have whoever set the lock remove it, then run this again.",
        )


def _stops(lock: Lock, change: Change) -> bool:
    """A lock above forbids to delete, one that is ReadOnly to write; one on what a resource holds, to delete it.

    Source: https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
    """
    target = change.resource_id or ""
    deletes = change.action is Action.DELETE
    above = scope_covers(lock.scope, target) and (deletes or lock.level.lower() == READ_ONLY)
    return above or (deletes and scope_covers(target, lock.scope))


def _refuse_without_rights(changes: tuple[Change, ...], state: CleanupState) -> None:
    missing = tuple(dict.fromkeys(_missing(changes, state)))
    if missing:
        told = " ".join(f"The permission {action} on '{scope}' is missing." for action, scope in missing)
        raise RefusedError(
            f"You may not delete everything that prepare made. {told} Nothing was deleted.",
            "Ask for roles with the missing permissions, or have somebody who has them run this.",
        )


def _missing(changes: Iterable[Change], state: CleanupState) -> Iterator[tuple[str, str]]:
    """Each action that the caller lacks, with its scope; whoever may not read rights learns it from Azure."""
    for change in changes:
        for action, scope in needed_rights(change, state.subnets):
            access = state.callers.get(scope.lower())
            if isinstance(access, Unreadable) and access.is_no_answer:
                _known(access)
            if isinstance(access, CallerAccess) and not caller_may(access, action):
                yield action, scope


def place_of(change: Change) -> str:
    """The id whose locks decide: of an assignment that of its scope."""
    return (change.resource_id or "").partition(f"/providers/{ROLE_ASSIGNMENT_TYPE}/")[0]


def needed_rights(change: Change, subnets: tuple[Subnet | Unreadable, ...]) -> Iterator[tuple[str, str]]:
    """The actions that one write needs, each with the scope that it needs it on.

    Whoever writes a subnet must be able to join all that stays on it.
    """
    if isinstance(change.write, AssociateRouteTable):
        subnet_id = change.write.subnet_id
        yield SUBNET_WRITE_ACTIONS[0], str(subnet_id)
        for subnet in subnets:
            if isinstance(subnet, Subnet) and subnet.id == subnet_id:
                if subnet.network_security_group_id is not None:
                    yield NETWORK_SECURITY_GROUP_JOIN_ACTIONS[0], str(subnet.network_security_group_id)
                if subnet.nat_gateway_id is not None:
                    yield NAT_GATEWAY_JOIN_ACTIONS[0], str(subnet.nat_gateway_id)
    elif change.resource_type == ROLE_ASSIGNMENT_TYPE:
        yield _UNASSIGN, place_of(change)
    else:
        yield _DELETE[change.resource_type], change.resource_id or ""
