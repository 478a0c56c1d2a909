"""What a principal may do on a scope, from role assignments, role definitions and deny assignments. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..azure.model import CallerAccess, DenyAssignment, Permission, RoleAssignment, RoleDefinition, ScopeAccess
from ..azure.resource_id import scope_covers

SUBNET_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
)
"""What the cluster's identity needs on its subnet (ID2).
Source: https://learn.microsoft.com/azure/aks/configure-kubenet"""

ROUTE_TABLE_ACTIONS: Final = (
    "Microsoft.Network/routeTables/read",
    "Microsoft.Network/routeTables/write",
    "Microsoft.Network/routeTables/routes/read",
    "Microsoft.Network/routeTables/routes/write",
    "Microsoft.Network/routeTables/routes/delete",
)
"""What the cluster's identity needs on its own route table (ID3).
Source: https://learn.microsoft.com/azure/aks/aks-service-permissions"""

ROUTE_TABLE_JOIN_ACTIONS: Final = ("Microsoft.Network/routeTables/join/action",)
"""What a write of a subnet needs on the route table that it carries (ID4).
Source: https://github.com/microsoft/tyger/pull/320"""

NETWORK_SECURITY_GROUP_JOIN_ACTIONS: Final = ("Microsoft.Network/networkSecurityGroups/join/action",)
"""What a write of a subnet needs on the network security group that it carries (ID4).
Source: https://github.com/microsoft/tyger/pull/320"""

NAT_GATEWAY_JOIN_ACTIONS: Final = ("Microsoft.Network/natGateways/join/action",)
"""What a write of a subnet needs on the NAT gateway that it carries (ID4).
Source: https://github.com/microsoft/tyger/pull/320"""

NETWORK_SECURITY_GROUP_ACTIONS: Final = (
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/networkSecurityGroups/write",
)
"""What the cluster's identity needs on a network security group in another resource group (ID5).
Source: https://learn.microsoft.com/azure/aks/aks-service-permissions"""

SUBNET_WRITE_ACTIONS: Final = ("Microsoft.Network/virtualNetworks/subnets/write",)
"""What the cluster's identity needs to attach a route table of its own making to the subnet (ID6)."""

VIRTUAL_NETWORK_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/read",
)
"""What the cluster's identity needs for an internal load balancer in another resource group (ID7).
Source: https://learn.microsoft.com/azure/aks/aks-service-permissions"""

JOIN_LOAD_BALANCER_ACTION: Final = "Microsoft.Network/virtualNetworks/joinLoadBalancer/action"
"""What whoever creates the cluster needs for load balancer pools by address (ID8).
Source: https://learn.microsoft.com/azure/aks/aks-service-permissions"""

ASSIGN_IDENTITY_ACTION: Final = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
"""What it takes to give an identity to a resource (ID9, ID10).
Source: https://learn.microsoft.com/azure/aks/managed-identity-overview"""

ASSIGN_ROLE_ACTION: Final = "Microsoft.Authorization/roleAssignments/write"
"""What it takes to assign a role (ID10).
Source: https://learn.microsoft.com/azure/role-based-access-control/role-assignments"""

NETWORK_CONTRIBUTOR_ROLE: Final = "Network Contributor"
"""The built-in role that holds all of these actions on the network; its GUID is `limits.NETWORK_CONTRIBUTOR`.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking"""

LEAST_PRIVILEGE_ACTIONS: Final = (
    *SUBNET_ACTIONS,
    *ROUTE_TABLE_ACTIONS,
    *ROUTE_TABLE_JOIN_ACTIONS,
    *NETWORK_SECURITY_GROUP_JOIN_ACTIONS,
    *NAT_GATEWAY_JOIN_ACTIONS,
)
"""The actions of the custom role that `prepare --role least-privilege` makes: those of ID2, ID3 and ID4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An assignment that allows an action, and the name of its role."""

    assignment: RoleAssignment
    role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAccess:
    """Whether one action is allowed, and why.

    `conditional` are assignments whose role allows the action, but under a condition that is not evaluated;
    `unresolved` those whose role definition is not known. Neither counts as a grant.
    """

    action: str
    grant: Grant | None
    denied_by: DenyAssignment | None = None
    conditional: tuple[RoleAssignment, ...] = ()
    unresolved: tuple[RoleAssignment, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.grant is not None and self.denied_by is None


def examine(access: ScopeAccess, actions: Sequence[str]) -> tuple[ActionAccess, ...]:
    """What `access` says about each of `actions`, for the principal on the scope it was read for.

    Assignments to groups are not resolved. Deny assignments that could not be read deny nothing: they are rare, and
    whoever asks should say that they were not looked at.
    """
    definitions = {definition.guid: definition for definition in access.definitions}
    assignments = [
        (assignment, definitions.get(assignment.role_guid))
        for assignment in access.assignments
        if _same(assignment.principal_id, access.principal_id) and scope_covers(assignment.scope, access.scope)
    ]
    denials = tuple(each for each in _denials(access) if _concerns(each, access))
    return tuple(_examine(action, assignments, denials) for action in actions)


def granting(access: ScopeAccess, action: str) -> Grant | None:
    """The assignment that allows `action`; None where none does or a deny assignment takes it away."""
    found = examine(access, (action,))[0]
    return found.grant if found.allowed else None


def missing_actions(access: ScopeAccess, actions: Sequence[str]) -> tuple[str, ...]:
    """Those of `actions` that the principal may not do, or not for certain."""
    return tuple(each.action for each in examine(access, actions) if not each.allowed)


def caller_may(caller: CallerAccess, action: str) -> bool:
    """Whether the caller may do `action`, by what `Microsoft.Authorization/permissions` lists for the scope."""
    return includes(caller.permissions, action)


def _examine(
    action: str,
    assignments: Sequence[tuple[RoleAssignment, RoleDefinition | None]],
    denials: Sequence[DenyAssignment],
) -> ActionAccess:
    by_role: dict[str, bool] = {}
    grant: Grant | None = None
    conditional: list[RoleAssignment] = []
    unresolved: list[RoleAssignment] = []
    for assignment, definition in assignments:
        if definition is None:
            unresolved.append(assignment)
            continue
        if definition.id not in by_role:
            by_role[definition.id] = includes(definition.permissions, action)
        if not by_role[definition.id]:
            continue
        if assignment.condition:
            conditional.append(assignment)
        elif grant is None:
            grant = Grant(assignment=assignment, role_name=definition.name)
    return ActionAccess(
        action=action,
        grant=grant,
        denied_by=next((denial for denial in denials if includes(denial.permissions, action)), None),
        conditional=tuple(conditional),
        unresolved=tuple(unresolved),
    )


def _denials(access: ScopeAccess) -> tuple[DenyAssignment, ...]:
    return access.denials if isinstance(access.denials, tuple) else ()


def _concerns(denial: DenyAssignment, access: ScopeAccess) -> bool:
    """Whether a deny assignment is in force for this principal on this scope.

    Source: https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
    """
    at_scope = _same(denial.scope.rstrip("/"), access.scope.rstrip("/"))
    inherited = denial.applies_to_children and scope_covers(denial.scope, access.scope)
    everyone = not denial.principal_ids
    return (
        (at_scope or inherited)
        and (everyone or _among(access.principal_id, denial.principal_ids))
        and not _among(access.principal_id, denial.excluded_principal_ids)
    )


def includes(permissions: Iterable[Permission], action: str) -> bool:
    """Whether any block of a role definition names `action`; a block's notActions take away only from that block.

    Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#notactions
    """
    return any(
        any(_matches(pattern, action) for pattern in block.actions)
        and not any(_matches(pattern, action) for pattern in block.not_actions)
        for block in permissions
    )


def _matches(pattern: str, action: str) -> bool:
    """Whether `action` is one of `pattern`, whose `*` stand for any text, case ignored.

    `/*/` also stands for `/`: Managed Identity Operator holds `userAssignedIdentities/*/assign/action`, and the
    action that it gives is `userAssignedIdentities/assign/action`.
    Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity
    """
    wanted = action.lower()
    return any(_in_turn(pieces, wanted) for pieces in _pieces(pattern))


@lru_cache(maxsize=4096)
def _pieces(pattern: str) -> tuple[tuple[str, ...], ...]:
    """The texts between the `*` of a pattern, in lower case, for each of its readings."""
    lower = pattern.strip().lower()
    readings = (lower, lower.replace("/*/", "/")) if "/*/" in lower else (lower,)
    return tuple(tuple(reading.split("*")) for reading in readings)


def _in_turn(pieces: tuple[str, ...], text: str) -> bool:
    """Whether `text` starts with the first piece, ends with the last and holds the others between, in their order."""
    first, *between = pieces
    if not between:
        return text == first
    last = between.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _among(principal_id: str, principal_ids: Iterable[str]) -> bool:
    return any(_same(principal_id, each) for each in principal_ids)
