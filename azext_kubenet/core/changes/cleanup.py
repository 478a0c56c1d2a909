"""What `cleanup` has to take away so that nothing of `prepare` is left: what was read to Changes. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..azure.access import CallerAccess, ManagedIdentity, RoleAssignment, RoleDefinition
from ..azure.az_words import delete_by_id, update_subnet
from ..azure.managed_clusters import ManagedCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.resource_types import (
    CLUSTER_TYPE,
    IDENTITY_TYPE,
    ROLE_ASSIGNMENT_TYPE,
    ROUTE_TABLE_TYPE,
    SUBNET_TYPE,
)
from ..azure.restrictions import Lock
from ..azure.route_tables import Route, RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.node_routes import is_node_route
from .change import Action, AssociateRouteTable, Change, DeleteResource, Phase
from .marks import (
    BUILT_IN_ROLES,
    is_assigned_by_first_release,
    is_assigned_for,
    is_made_for,
    is_of_first_release,
    is_part,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What bears a mark of prepare for one cluster; `earlier` are those of the first release, which do not bind."""

    identities: tuple[ManagedIdentity, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    assignments: tuple[RoleAssignment, ...] = ()
    earlier: tuple[ManagedIdentity | RouteTable | RoleAssignment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to undo."""
        return not (self.identities or self.route_tables or self.assignments)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupState:
    """What prepare made for a cluster, and all that decides whether it may go.

    `subnets` are those that a table is on or a role was assigned on, `other_tables` those that a role was assigned on.
    `callers` tells by scope, in lower case, what the caller may do there, `users` by identity which resources have it.
    """

    marked: Marked
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable
    subnets: tuple[Subnet | Unreadable, ...] = ()
    other_tables: tuple[RouteTable | Unreadable, ...] = ()
    locks: tuple[Lock, ...] | Unreadable = ()
    callers: Mapping[str, CallerAccess | Unreadable] = field(default_factory=dict)
    users: Mapping[ResourceId, tuple[str, ...] | Unreadable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What bears a mark of prepare and stays: why, and the commands with which somebody can take it away."""

    resource_type: str
    resource_id: str
    reason: str
    destructive_commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """The decision: what goes, in its order, what stays, and what a person has to know who agrees to it."""

    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]
    warnings: tuple[str, ...] = ()


def marked(
    cluster_id: ResourceId,
    *,
    identities: tuple[ManagedIdentity, ...],
    route_tables: tuple[RouteTable, ...],
    assignments: tuple[RoleAssignment, ...],
    custom_roles: tuple[RoleDefinition, ...],
) -> Marked:
    """Those of them that bear a mark of prepare for the cluster; `custom_roles` are those of prepare's name."""
    resources: tuple[ManagedIdentity | RouteTable, ...] = (*identities, *route_tables)
    return Marked(
        identities=tuple(each for each in identities if is_made_for(each.tags, cluster_id, each.id)),
        route_tables=tuple(each for each in route_tables if is_made_for(each.tags, cluster_id, each.id)),
        assignments=_in_order(each for each in assignments if is_assigned_for(each, cluster_id, custom_roles)),
        earlier=(
            *_in_order(each for each in assignments if is_assigned_by_first_release(each, cluster_id)),
            *(each for each in resources if is_of_first_release(each.tags, cluster_id)),
        ),
    )


def _in_order(assignments: Iterable[RoleAssignment]) -> tuple[RoleAssignment, ...]:
    return tuple(sorted(assignments, key=lambda each: (each.scope.lower(), each.id.lower())))  # Azure's order varies


def plan_cleanup(cluster_id: ResourceId, state: CleanupState) -> Cleanup:
    """What undoes prepare for `cluster_id`: assignments and associations, then the resources; and what is kept.

    Whether any of it may be touched `refuse_cleanup` decides.
    """
    found = state.marked
    tables = tuple(_Table.read(cluster_id, each) for each in found.route_tables)
    used = {each.id: _others(state.users.get(each.id, ()), cluster_id, state) for each in found.identities}
    unused = tuple(each for each in found.identities if not used[each.id])
    kept = (
        *(_kept_as_earlier(each) for each in found.earlier),
        *(each.kept for each in tables if each.is_kept),
        *(_kept_identity(each, _use(used[each.id])) for each in found.identities if used[each.id]),
    )
    changes = (
        *(_unassigned(each) for each in found.assignments),
        *(_detached(subnet, each.table) for each in tables for subnet in each.detached),
        *(_removed_table(each.table) for each in tables if not each.is_kept),
        *(_removed(IDENTITY_TYPE, each.id, "made by prepare") for each in unused),
    )
    return Cleanup(changes=changes, kept=kept, warnings=(*_routing(changes, state), *_unseen_users(unused, state)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A table that prepare made, with what it did not: subnets that others put it on, and routes of theirs."""

    table: RouteTable
    own_subnets: tuple[ResourceId, ...]
    foreign_subnets: tuple[ResourceId, ...]
    foreign_routes: tuple[Route, ...]

    @classmethod
    def read(cls, cluster_id: ResourceId, table: RouteTable) -> _Table:
        """Routes of nodes are nobody's where no cluster and no node uses the table."""

        def is_own(part: ResourceId) -> bool:
            return is_part(table.tags, cluster_id, table.id, part)

        return cls(
            table=table,
            own_subnets=tuple(each for each in table.subnets if is_own(each)),
            foreign_subnets=tuple(each for each in table.subnets if not is_own(each)),
            foreign_routes=tuple(
                each
                for each in table.routes
                if not is_node_route(each) and not is_own(table.id.child("routes", each.name))
            ),
        )

    @property
    def is_kept(self) -> bool:
        return bool(self.foreign_subnets or self.foreign_routes)

    @property
    def detached(self) -> tuple[ResourceId, ...]:
        """Where somebody's routes are in the table they go on serving the subnet."""
        return () if self.foreign_routes else self.own_subnets

    @property
    def kept(self) -> Kept:
        foreign = [
            *(f"subnet {each.name}, on which prepare did not put it" for each in self.foreign_subnets),
            *(f"route {each.name}, which prepare did not make" for each in self.foreign_routes),
        ]
        return _kept_table(self.table, f"it has {_listed(foreign)}")


def _listed(texts: list[str], most: int = 3) -> str:
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def _kept_table(table: RouteTable, reason: str) -> Kept:
    detach = (update_subnet(each, route_table="null") for each in table.subnets)
    return Kept(
        resource_type=ROUTE_TABLE_TYPE,
        resource_id=str(table.id),
        reason=reason,
        destructive_commands=(*detach, delete_by_id("network", "route-table", resource_id=str(table.id))),
    )


def _kept_identity(identity: ManagedIdentity, reason: str) -> Kept:
    return Kept(
        resource_type=IDENTITY_TYPE,
        resource_id=str(identity.id),
        reason=reason,
        destructive_commands=(delete_by_id("identity", resource_id=str(identity.id)),),
    )


def _use(users: tuple[str, ...]) -> str:
    return f"it is used by {_listed([each.rsplit('/', 1)[-1] for each in users])}"


_FIRST_RELEASE = "it has the mark of the first release, which copies have too: check whether it is yours"


def _kept_as_earlier(found: ManagedIdentity | RouteTable | RoleAssignment) -> Kept:
    if isinstance(found, RouteTable):
        return _kept_table(found, _FIRST_RELEASE)
    if isinstance(found, ManagedIdentity):
        return _kept_identity(found, _FIRST_RELEASE)
    return Kept(
        resource_type=ROLE_ASSIGNMENT_TYPE,
        resource_id=found.id,
        reason=_FIRST_RELEASE,
        destructive_commands=(delete_by_id("role", "assignment", resource_id=found.id),),
    )


def _others(users: tuple[str, ...] | Unreadable, cluster_id: ResourceId, state: CleanupState) -> tuple[str, ...]:
    """Who has the identity, without clusters of the subscription that are gone: Azure's list of users is late."""
    if isinstance(users, Unreadable) or isinstance(state.managed_clusters, Unreadable):
        return ()
    listed = {str(each.id).lower() for each in state.managed_clusters}
    here = f"/subscriptions/{cluster_id.subscription_id}/".lower()

    def is_gone(user: str) -> bool:
        return f"/{CLUSTER_TYPE}/".lower() in user and user.startswith(here) and user not in listed

    return tuple(each for each in users if not is_gone(each.lower()))


def _unassigned(assignment: RoleAssignment) -> Change:
    role = BUILT_IN_ROLES.get(assignment.role_guid, "the least-privilege role")
    return Change(
        action=Action.DELETE,
        resource_type=ROLE_ASSIGNMENT_TYPE,
        resource_id=assignment.id,
        reason=f"made by prepare: {role}",
        write=DeleteResource(id=assignment.id),
        phase=Phase.UNLINK,
    )


def _detached(subnet_id: ResourceId, table: RouteTable) -> Change:
    return Change(
        action=Action.UPDATE,
        resource_type=SUBNET_TYPE,
        resource_id=str(subnet_id),
        reason=f"take route table '{table.id.name}' off",
        write=AssociateRouteTable(subnet_id=subnet_id, route_table_id=None, expected=table.id),
        phase=Phase.UNLINK,
    )


def _removed_table(table: RouteTable) -> Change:
    count = len(table.routes)
    with_routes = f", with {count} route{'s' if count > 1 else ''}" if count else ""
    return _removed(ROUTE_TABLE_TYPE, table.id, f"made by prepare{with_routes}", table.routes)


def _removed(
    resource_type: str, resource_id: ResourceId, reason: str, routes: tuple[Route, ...] | None = None
) -> Change:
    return Change(
        action=Action.DELETE,
        resource_type=resource_type,
        resource_id=str(resource_id),
        reason=reason,
        write=DeleteResource(id=str(resource_id), routes=routes),
        phase=Phase.REMOVE,
    )


def _routing(changes: tuple[Change, ...], state: CleanupState) -> Iterator[str]:
    """Whose routing changes: who is in the subnets that lose their table."""
    read = {each.id: each for each in state.subnets if isinstance(each, Subnet)}
    for change in changes:
        match change.write:
            case AssociateRouteTable(subnet_id=subnet_id, expected=ResourceId() as table):
                count = len(read[subnet_id].ip_configurations) if subnet_id in read else 0
                if count:
                    interfaces = "network interface" if count == 1 else "network interfaces"
                    yield f"{count} {interfaces} in subnet '{subnet_id.name}' will lose the routes of '{table.name}'."


def _unseen_users(identities: tuple[ManagedIdentity, ...], state: CleanupState) -> Iterator[str]:
    for identity in identities:
        users = state.users.get(identity.id)
        if isinstance(users, Unreadable):
            yield f"Whether other resources use identity '{identity.id.name}' could not be determined: {users.reason}"
