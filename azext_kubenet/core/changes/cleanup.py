"""What `cleanup` has to take away so that nothing of `prepare` is left: what was read to Changes. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..azure.az_words import az, named
from ..azure.model import ManagedCluster, ManagedIdentity, RoleAssignment, RouteTable, Unreadable
from ..azure.resource_id import ResourceId
from ..azure.resource_types import IDENTITY_TYPE, ROLE_ASSIGNMENT_TYPE, ROUTE_TABLE_TYPE, SUBNET_TYPE
from .change import (
    Action,
    AssociateRouteTable,
    Change,
    DeleteResource,
    Phase,
    RefusedError,
    assignment_description,
    is_marked,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupState:
    """What is in the cluster's group and on the subscription; all of it, also what prepare did not make."""

    identities: tuple[ManagedIdentity, ...] | Unreadable
    route_tables: tuple[RouteTable, ...] | Unreadable
    assignments: tuple[RoleAssignment, ...] | Unreadable
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What bears the mark of prepare for one cluster."""

    identities: tuple[ManagedIdentity, ...]
    route_tables: tuple[RouteTable, ...]
    assignments: tuple[RoleAssignment, ...]


def decide_cleanup(cluster_id: ResourceId, state: CleanupState) -> tuple[Change, ...]:
    """The deletions that undo prepare for `cluster_id`: assignments and associations, then the resources.

    Only what bears prepare's mark is touched: tags on identity and route table, the description of an assignment.
    Raises RefusedError where a cluster uses any of it, or where that cannot be told.
    """
    made = _made(cluster_id, state)
    if not (made.identities or made.route_tables or made.assignments):
        return ()
    _refuse_in_use(made, _known(state.managed_clusters))
    return (*_unlink(made), *_remove(made))


def _known(fact: T | Unreadable) -> T:
    if isinstance(fact, Unreadable):
        raise RefusedError(
            f"It cannot be told what prepare made and whether a cluster uses it: {fact.reason} Nothing was deleted.",
            fact.remedy,
        )
    return fact


def _made(cluster_id: ResourceId, state: CleanupState) -> _Made:
    mark = assignment_description(cluster_id).lower()
    marked = [each for each in _known(state.assignments) if (each.description or "").lower() == mark]
    return _Made(
        identities=tuple(each for each in _known(state.identities) if is_marked(each.tags, cluster_id)),
        route_tables=tuple(each for each in _known(state.route_tables) if is_marked(each.tags, cluster_id)),
        assignments=tuple(
            sorted(marked, key=lambda each: (each.scope.lower(), each.id.lower()))
        ),  # Azure's order varies
    )


def _refuse_in_use(made: _Made, clusters: tuple[ManagedCluster, ...]) -> None:
    identities = {identity.id for identity in made.identities}
    scopes = {assignment.scope.lower() for assignment in made.assignments}
    subnets = {subnet: table for table in made.route_tables for subnet in table.subnets}
    for cluster in clusters:
        used = [identity for identity in cluster.identity_ids if identity in identities]
        used += [subnets[subnet].id for subnet in cluster.subnet_ids if subnet in subnets]
        used += [subnet for subnet in cluster.subnet_ids if subnet.text.lower() in scopes]
        if used:
            raise RefusedError(
                f"Cluster '{cluster.id.name}' uses '{used[0].name}', which prepare set up. Nothing was deleted.",
                f"Delete the cluster first: {az('aks', 'delete', **named(cluster.id))}",
            )


def _unlink(made: _Made) -> Iterator[Change]:
    for assignment in made.assignments:
        yield Change(
            action=Action.DELETE,
            resource_type=ROLE_ASSIGNMENT_TYPE,
            resource_id=assignment.id,
            reason=f"made by prepare on {assignment.scope.rsplit('/', 1)[-1]}",
            write=DeleteResource(id=assignment.id),
            phase=Phase.UNLINK,
        )
    for table in made.route_tables:
        for subnet in table.subnets:
            yield Change(
                action=Action.UPDATE,
                resource_type=SUBNET_TYPE,
                resource_id=str(subnet),
                reason=f"take route table {table.id.name} off",
                write=AssociateRouteTable(subnet_id=subnet, route_table_id=None, expected=table.id),
                phase=Phase.UNLINK,
            )


def _remove(made: _Made) -> Iterator[Change]:
    for table in made.route_tables:
        count = len(table.routes)
        with_routes = f", with {count} route{'s' if count > 1 else ''}" if count else ""
        yield _removal(ROUTE_TABLE_TYPE, table.id, f"made by prepare{with_routes}")
    for identity in made.identities:
        yield _removal(IDENTITY_TYPE, identity.id, "made by prepare")


def _removal(resource_type: str, resource_id: ResourceId, reason: str) -> Change:
    return Change(
        action=Action.DELETE,
        resource_type=resource_type,
        resource_id=str(resource_id),
        reason=reason,
        write=DeleteResource(id=str(resource_id)),
        phase=Phase.REMOVE,
    )
