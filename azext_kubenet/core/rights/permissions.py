"""What a principal may do on a scope, from role assignments, role definitions and deny assignments. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..azure.access import GROUP_TYPES, CallerAccess, DenyAssignment, RoleAssignment, RoleDefinition, ScopeAccess
from ..azure.resource_id import scope_covers
from . import conditions
from .action_patterns import includes

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

CREATED_IDENTITY_ACTIONS: Final = (*SUBNET_ACTIONS, *SUBNET_WRITE_ACTIONS)
"""What a system-assigned identity needs on the subnet: AKS makes the route table and attaches it (ID12)."""

VIRTUAL_NETWORK_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/read",
)
"""What the cluster's identity needs for an internal load balancer in another resource group (ID7).
Source: https://learn.microsoft.com/azure/aks/aks-service-permissions"""

VIRTUAL_NETWORK_JOIN_ACTIONS: Final = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/join/action",
)
"""What the cluster's identity needs to link a private DNS zone to the virtual network (DNS1, DNS2).
Source: https://learn.microsoft.com/azure/aks/private-clusters"""

PRIVATE_DNS_ZONE_ACTIONS: Final = (
    "Microsoft.Network/privateDnsZones/read",
    "Microsoft.Network/privateDnsZones/write",
    "Microsoft.Network/privateDnsZones/A/read",
    "Microsoft.Network/privateDnsZones/A/write",
    "Microsoft.Network/privateDnsZones/A/delete",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write",
)
"""What the cluster's identity needs on a private DNS zone of its own: of Private DNS Zone Contributor, which AKS asks
for, what it takes to keep a record and a link (DNS1).
Source: https://learn.microsoft.com/azure/aks/private-clusters"""

PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE: Final = "Private DNS Zone Contributor"
"""The built-in role that holds these; its GUID is `limits.PRIVATE_DNS_ZONE_CONTRIBUTOR`.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking"""

READ_CLUSTERS_ACTION: Final = "Microsoft.ContainerService/managedClusters/read"
"""What clusters are seen with.
Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/containers"""

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
)
"""The actions of the custom role that `prepare --role least-privilege` makes: those of ID2 and ID3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An assignment that allows an action, the name of its role, and the group through which the principal has it."""

    assignment: RoleAssignment
    role_name: str
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAccess:
    """Whether one action is allowed, and why.

    `possibly_denied_by` is a deny assignment of which nobody can tell whether it is in force. `conditional` are
    assignments whose role allows the action, but under a condition that more than the action decides; `unresolved`
    those whose role definition is not known. Neither counts as a grant.
    """

    action: str
    grant: Grant | None
    denied_by: DenyAssignment | None = None
    possibly_denied_by: DenyAssignment | None = None
    conditional: tuple[RoleAssignment, ...] = ()
    unresolved: tuple[RoleAssignment, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether a role allows it and no deny assignment is known to take it away."""
        return self.grant is not None and self.denied_by is None

    @property
    def undecided(self) -> bool:
        """Whether nobody can tell: a grant that may not count is all there is, or one may be denied."""
        if self.denied_by is not None:
            return False
        if self.grant is not None:
            return self.possibly_denied_by is not None
        return bool(self.conditional or self.unresolved)


def examine(access: ScopeAccess, actions: Sequence[str]) -> tuple[ActionAccess, ...]:
    """What `access` says about each of `actions`, for the principal on the scope it was read for.

    Azure lists the assignments of the principal's groups with its own. Deny assignments that could not be read deny
    nothing: they are rare, and whoever asks should say that they were not looked at.
    """
    definitions = {definition.guid: definition for definition in access.definitions}
    assignments = [
        (assignment, definitions.get(assignment.role_guid))
        for assignment in access.assignments
        if _is_held(assignment, access.principal_id) and scope_covers(assignment.scope, access.scope)
    ]
    in_force = [(denial, _in_force(denial, access)) for denial in _denials(access)]
    certain = tuple(denial for denial, force in in_force if force)
    possible = tuple(denial for denial, force in in_force if force is None)
    return tuple(_examine(access.principal_id, action, assignments, certain, possible) for action in actions)


def granting(access: ScopeAccess, action: str) -> Grant | None:
    """The assignment that allows `action`; None where none does or a deny assignment takes it away."""
    found = examine(access, (action,))[0]
    return found.grant if found.allowed else None


def missing_actions(access: ScopeAccess, actions: Sequence[str]) -> tuple[str, ...]:
    """Those of `actions` that no role allows for certain, or that are denied for certain."""
    return tuple(each.action for each in examine(access, actions) if not each.allowed)


def caller_may(caller: CallerAccess, action: str) -> bool:
    """Whether the caller may do `action`, by what `Microsoft.Authorization/permissions` lists for the scope."""
    return includes(caller.permissions, action)


def _examine(
    principal_id: str,
    action: str,
    assignments: Sequence[tuple[RoleAssignment, RoleDefinition | None]],
    denials: Sequence[DenyAssignment],
    possible_denials: Sequence[DenyAssignment],
) -> ActionAccess:
    by_role: dict[str, bool] = {}
    grants: list[Grant] = []
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
        holds = conditions.holds(assignment.condition, action) if assignment.condition else True
        if holds is None:
            conditional.append(assignment)
        elif holds:
            group_id = None if _same(assignment.principal_id, principal_id) else assignment.principal_id
            grants.append(Grant(assignment=assignment, role_name=definition.name, group_id=group_id))
    return ActionAccess(
        action=action,
        grant=min(grants, key=lambda grant: grant.group_id is not None, default=None),  # one of its own first
        denied_by=_denying(denials, action),
        possibly_denied_by=_denying(possible_denials, action),
        conditional=tuple(conditional),
        unresolved=tuple(unresolved),
    )


def _denying(denials: Iterable[DenyAssignment], action: str) -> DenyAssignment | None:
    return next((denial for denial in denials if includes(denial.permissions, action)), None)


def _denials(access: ScopeAccess) -> tuple[DenyAssignment, ...]:
    return access.denials if isinstance(access.denials, tuple) else ()


def _is_held(assignment: RoleAssignment, principal_id: str) -> bool:
    """Whether it is the principal's own, or that of a group; Azure lists those of its groups only.

    Source: https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
    """
    return _same(assignment.principal_id, principal_id) or assignment.principal_type.lower() in GROUP_TYPES


def _in_force(denial: DenyAssignment, access: ScopeAccess) -> bool | None:
    """Whether a deny assignment is in force for this principal on this scope.

    None where that cannot be told: who is in the groups that it names is not read, and its condition not evaluated.
    Source: https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
    """
    at_scope = _same(denial.scope.rstrip("/"), access.scope.rstrip("/"))
    inherited = denial.applies_to_children and scope_covers(denial.scope, access.scope)
    excluded = _among(access.principal_id, (*denial.excluded_principal_ids, *denial.excluded_group_ids))
    mentioned = (*denial.principal_ids, *denial.group_ids)
    named = not mentioned or _among(access.principal_id, mentioned)
    if excluded or not (at_scope or inherited) or not (named or denial.group_ids):
        return False
    return True if named and not denial.excluded_group_ids and denial.condition is None else None


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _among(principal_id: str, principal_ids: Iterable[str]) -> bool:
    return any(_same(principal_id, each) for each in principal_ids)
