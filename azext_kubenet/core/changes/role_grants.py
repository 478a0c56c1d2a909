"""Which roles the cluster's identity needs where, which it holds, and which assignments are to be made. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ..azure import limits
from ..azure.model import ManagedIdentity, RoleDefinition, ScopeAccess, Snapshot, Subnet, Unreadable
from ..azure.resource_id import ResourceId
from ..azure.resource_types import ROLE_ASSIGNMENT_TYPE, ROLE_DEFINITION_TYPE
from ..rights.action_patterns import includes
from ..rights.permissions import (
    LEAST_PRIVILEGE_ACTIONS,
    NETWORK_CONTRIBUTOR_ROLE,
    ROUTE_TABLE_ACTIONS,
    SUBNET_ACTIONS,
    Grant,
    granting,
    missing_actions,
)
from .change import (
    LEAST_PRIVILEGE_ROLE,
    Action,
    AssignRole,
    Change,
    CreateRole,
    Phase,
    RefusedError,
    assignment_description,
    assignment_id,
    least_privilege_role_id,
    role_definition_id,
)


class RoleChoice(str, Enum):
    """What the identity is given: the built-in role, or a custom one with the documented actions only."""

    NETWORK_CONTRIBUTOR = "network-contributor"
    LEAST_PRIVILEGE = "least-privilege"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """An assignment that already gives the identity what it needs."""

    id: str
    role_name: str
    scope: str
    principal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGrant:
    """The actions the identity needs on one scope, what it has there, and the role that would give them.

    `missing` is empty where all are granted; `equal` is an assignment of the very role there, which a deny assignment
    may make void. `role_id` is the definition to assign, `role_exists` whether it is there.
    """

    scope: str
    missing: tuple[str, ...]
    held: tuple[Grant, ...]
    equal: Grant | None
    identity: ManagedIdentity | None
    cluster_id: ResourceId
    role_id: str
    role_name: str
    role_exists: bool


def wanted_grants(
    *,
    role: RoleChoice,
    cluster_id: ResourceId,
    subnet: Subnet,
    route_table_id: ResourceId,
    identity: ManagedIdentity | None,
    snapshot: Snapshot,
) -> tuple[WantedGrant, ...]:
    """What the identity needs on subnet and route table.

    It needs nothing on the security group and the NAT gateway: AKS never changes those of the subnet.
    Source: https://learn.microsoft.com/azure/aks/configure-kubenet
    """
    custom = role is RoleChoice.LEAST_PRIVILEGE
    subscription = cluster_id.subscription_id
    existing = snapshot.custom_role if isinstance(snapshot.custom_role, RoleDefinition) else None
    role_id = role_definition_id(subscription, limits.NETWORK_CONTRIBUTOR)
    if custom:
        role_id = least_privilege_role_id(subscription) if existing is None else existing.id
    role_name = LEAST_PRIVILEGE_ROLE if custom else NETWORK_CONTRIBUTOR_ROLE
    grants = tuple(
        WantedGrant(
            scope=scope,
            missing=missing_actions(access, actions) if isinstance(access, ScopeAccess) else actions,
            held=_held(access, actions),
            equal=_equal(access, role_id, role_name),
            identity=identity,
            cluster_id=cluster_id,
            role_id=role_id,
            role_name=role_name,
            role_exists=not custom or existing is not None,
        )
        for scope, actions, access in _needs(subnet, route_table_id, snapshot)
    )
    if custom and existing is not None:
        _refuse_altered(existing, grants)
    return grants


def _refuse_altered(role: RoleDefinition, grants: Iterable[WantedGrant]) -> None:
    """The custom role belongs to the whole subscription; one that somebody made smaller is not changed back."""
    needed = dict.fromkeys(action for wanted in grants for action in wanted.missing)
    lacking = [action for action in needed if not includes(role.permissions, action)]
    if lacking:
        raise RefusedError(
            f"The custom role '{role.name}' is there, but without {', '.join(lacking)}. Nothing was written.",
            "Add these actions to it, or use --role network-contributor.",
        )


def _needs(
    subnet: Subnet, route_table_id: ResourceId, snapshot: Snapshot
) -> Iterator[tuple[str, tuple[str, ...], ScopeAccess | Unreadable | None]]:
    """Scope, actions and what was read of the identity's rights there."""
    yield str(subnet.id), SUBNET_ACTIONS, snapshot.subnet_access
    yield str(route_table_id), ROUTE_TABLE_ACTIONS, snapshot.route_table_access


def _held(access: ScopeAccess | Unreadable | None, actions: tuple[str, ...]) -> tuple[Grant, ...]:
    if not isinstance(access, ScopeAccess):
        return ()
    return tuple(grant for action in actions if (grant := granting(access, action)) is not None)


def _equal(access: ScopeAccess | Unreadable | None, role_id: str, role_name: str) -> Grant | None:
    """The assignment of the role to the identity at exactly this scope: Azure allows no second one."""
    if not isinstance(access, ScopeAccess):
        return None
    wanted = (access.principal_id.lower(), access.scope.lower(), role_id.rsplit("/", 1)[-1].lower())
    for each in access.assignments:
        if (each.principal_id.lower(), each.scope.lower(), each.role_guid) == wanted and not each.condition:
            return Grant(assignment=each, role_name=role_name)
    return None


def held_roles(grants: Iterable[WantedGrant]) -> tuple[HeldRole, ...]:
    """The assignments that grant what is needed already, each once."""
    found: dict[str, HeldRole] = {}
    for wanted in grants:
        equal = (wanted.equal,) if wanted.missing and wanted.equal is not None else ()
        for grant in (*wanted.held, *equal):
            assignment = grant.assignment
            held = HeldRole(
                id=assignment.id,
                role_name=grant.role_name,
                scope=assignment.scope,
                principal_id=assignment.principal_id,
            )
            found.setdefault(assignment.id.lower(), held)
    return tuple(found.values())


def role_changes(grants: Iterable[WantedGrant]) -> Iterator[Change]:
    """The custom role where it is asked for, needed and not there, and an assignment for each scope."""
    assignments = [_assignment_change(wanted) for wanted in grants]
    needed = [change.write for change in assignments if isinstance(change.write, AssignRole)]
    if needed and not all(wanted.role_exists for wanted in grants):
        yield _role_definition_change(needed[0].role_definition_id)
    yield from assignments


def _role_definition_change(role_id: str) -> Change:
    return Change(
        action=Action.CREATE,
        resource_type=ROLE_DEFINITION_TYPE,
        resource_id=role_id,
        reason="the documented actions and nothing else",
        write=CreateRole(
            id=role_id,
            name=LEAST_PRIVILEGE_ROLE,
            actions=LEAST_PRIVILEGE_ACTIONS,
            assignable_scope=role_id.partition("/providers/")[0],
        ),
    )


def _assignment_change(wanted: WantedGrant) -> Change:
    name = wanted.scope.rsplit("/", 1)[-1]
    if not wanted.missing:
        return Change(
            action=Action.NONE,
            resource_type=ROLE_ASSIGNMENT_TYPE,
            resource_id=wanted.held[0].assignment.id,
            reason=f"the identity already may use {name}",
        )
    if wanted.equal is not None:
        return Change(
            action=Action.NONE,
            resource_type=ROLE_ASSIGNMENT_TYPE,
            resource_id=wanted.equal.assignment.id,
            reason=f"already assigned on {name}, but something denies {wanted.missing[0]}",
        )
    principal = None if wanted.identity is None else wanted.identity.principal_id
    return Change(
        action=Action.CREATE,
        resource_type=ROLE_ASSIGNMENT_TYPE,
        resource_id=None if principal is None else assignment_id(wanted.scope, principal, wanted.role_id),
        reason=f"the identity must be able to use {name}",
        write=AssignRole(
            scope=wanted.scope,
            role_definition_id=wanted.role_id,
            role_name=wanted.role_name,
            principal_id=principal,
            description=assignment_description(wanted.cluster_id),
        ),
        phase=Phase.LINKS,
    )
