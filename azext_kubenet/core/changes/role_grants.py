"""Which roles the cluster's identity needs where, which it holds, and which assignments are to be made. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ..azure import limits
from ..azure.access import ManagedIdentity, RoleDefinition, ScopeAccess
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.resource_types import ROLE_ASSIGNMENT_TYPE, ROLE_DEFINITION_TYPE
from ..azure.resource_words import words_of
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..rights.action_patterns import includes
from ..rights.permissions import (
    CREATED_IDENTITY_ACTIONS,
    LEAST_PRIVILEGE_ACTIONS,
    NETWORK_CONTRIBUTOR_ROLE,
    PRIVATE_DNS_ZONE_ACTIONS,
    PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE,
    ROUTE_TABLE_ACTIONS,
    SUBNET_ACTIONS,
    SUBNET_WRITE_ACTIONS,
    VIRTUAL_NETWORK_JOIN_ACTIONS,
    Grant,
    granting,
    missing_actions,
)
from .change import (
    Action,
    AssignRole,
    Change,
    CreateRole,
    Phase,
    RefusedError,
    assignment_id,
    least_privilege_role_id,
    least_privilege_role_name,
    role_definition_id,
)
from .marks import assignment_mark


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateCluster:
    """What a cluster whose API server is private needs beside the nodes' subnet; nothing where it is not private.

    `uses_zone_of_aks` holds where AKS makes the DNS zone, unless `private_dns_zone_id` names one.
    """

    private_dns_zone_id: ResourceId | None = None
    uses_zone_of_aks: bool = False
    api_server_subnet_id: ResourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    id: str
    name: str
    definition: RoleDefinition | None = None
    exists: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """The actions the identity needs on a scope, what was read of its rights there, and the role that gives them."""

    scope: ResourceId
    actions: tuple[str, ...]
    access: ScopeAccess | Unreadable | None
    role: _Role


def wanted_grants(
    *,
    role: RoleChoice,
    cluster_id: ResourceId,
    subnet: Subnet,
    route_table_id: ResourceId | None,
    identity: ManagedIdentity | None,
    snapshot: Snapshot,
    private: PrivateCluster = PrivateCluster(),
) -> tuple[WantedGrant, ...]:
    """What the identity needs on subnet and route table, and for a private cluster on its zone, network and subnet.

    Without a route table AKS attaches its own to the subnet.
    It needs nothing on the security group and the NAT gateway: AKS never changes those of the subnet.
    Source: https://learn.microsoft.com/azure/aks/configure-kubenet
    """
    chosen = _chosen_role(role, cluster_id, snapshot)
    needs = [
        *_needs_on_subnets(chosen, subnet, route_table_id, private, snapshot),
        *_needs_for_names(subnet, private, snapshot),
    ]
    grants = tuple(_grant(need, identity, cluster_id) for need in needs)
    if chosen.definition is not None:
        _refuse_altered(chosen.definition, (grant for grant in grants if grant.role_id == chosen.id))
    return grants


def grant_to_created(
    cluster_id: ResourceId, subnet_id: ResourceId, identity: ManagedIdentity, access: ScopeAccess
) -> Change:
    """Network Contributor on the subnet for the identity that came with a cluster."""
    role = _built_in(cluster_id.subscription_id, limits.NETWORK_CONTRIBUTOR, NETWORK_CONTRIBUTOR_ROLE)
    need = _Need(scope=subnet_id, actions=CREATED_IDENTITY_ACTIONS, access=access, role=role)
    return _assignment_change(_grant(need, identity, cluster_id))


def _grant(need: _Need, identity: ManagedIdentity | None, cluster_id: ResourceId) -> WantedGrant:
    return WantedGrant(
        scope=str(need.scope),
        missing=missing_actions(need.access, need.actions) if isinstance(need.access, ScopeAccess) else need.actions,
        held=_held(need.access, need.actions),
        equal=_equal(need.access, need.role),
        identity=identity,
        cluster_id=cluster_id,
        role_id=need.role.id,
        role_name=need.role.name,
        role_exists=need.role.exists,
    )


def _chosen_role(role: RoleChoice, cluster_id: ResourceId, snapshot: Snapshot) -> _Role:
    """The role on subnets and route table."""
    subscription = cluster_id.subscription_id
    if role is RoleChoice.NETWORK_CONTRIBUTOR:
        return _built_in(subscription, limits.NETWORK_CONTRIBUTOR, NETWORK_CONTRIBUTOR_ROLE)
    existing = snapshot.custom_role if isinstance(snapshot.custom_role, RoleDefinition) else None
    role_id = least_privilege_role_id(subscription) if existing is None else existing.id
    return _Role(
        id=role_id, name=least_privilege_role_name(subscription), definition=existing, exists=existing is not None
    )


def _built_in(subscription_id: str, guid: str, name: str) -> _Role:
    return _Role(id=role_definition_id(subscription_id, guid), name=name)


def _needs_on_subnets(
    role: _Role, subnet: Subnet, route_table_id: ResourceId | None, private: PrivateCluster, snapshot: Snapshot
) -> Iterator[_Need]:
    if subnet.id is not None:
        attaching = SUBNET_WRITE_ACTIONS if route_table_id is None else ()  # AKS puts its own table on
        actions = (*SUBNET_ACTIONS, *attaching)
        yield _Need(scope=subnet.id, actions=actions, access=snapshot.subnet_access, role=role)
    if route_table_id is not None:
        access = snapshot.route_table_access
        yield _Need(scope=route_table_id, actions=ROUTE_TABLE_ACTIONS, access=access, role=role)
    if private.api_server_subnet_id is not None and private.api_server_subnet_id != subnet.id:
        access = snapshot.api_server_subnet_access
        yield _Need(scope=private.api_server_subnet_id, actions=SUBNET_ACTIONS, access=access, role=role)


def _needs_for_names(subnet: Subnet, private: PrivateCluster, snapshot: Snapshot) -> Iterator[_Need]:
    """What it takes to link the DNS zone and to write into one of your own: AKS asks for these built-in roles.

    Source: https://learn.microsoft.com/azure/aks/private-clusters
    """
    zone_id, network = private.private_dns_zone_id, snapshot.virtual_network
    if zone_id is not None:
        yield _Need(
            scope=zone_id,
            actions=PRIVATE_DNS_ZONE_ACTIONS,
            access=snapshot.private_dns_zone_access,
            role=_built_in(
                zone_id.subscription_id, limits.PRIVATE_DNS_ZONE_CONTRIBUTOR, PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE
            ),
        )
    custom_servers = isinstance(network, VirtualNetwork) and network.custom_dns_servers
    if subnet.id is not None and (zone_id is not None or (private.uses_zone_of_aks and custom_servers)):
        network_id = subnet.id.parent
        yield _Need(
            scope=network_id,
            actions=VIRTUAL_NETWORK_JOIN_ACTIONS,
            access=snapshot.virtual_network_access,
            role=_built_in(network_id.subscription_id, limits.NETWORK_CONTRIBUTOR, NETWORK_CONTRIBUTOR_ROLE),
        )


def _refuse_altered(role: RoleDefinition, grants: Iterable[WantedGrant]) -> None:
    """The custom role belongs to the whole subscription; one that somebody made smaller is not changed back."""
    needed = dict.fromkeys(action for wanted in grants for action in wanted.missing)
    lacking = [action for action in needed if not includes(role.permissions, action)]
    if lacking:
        raise RefusedError(
            f"The custom role '{role.name}' is there, but without {', '.join(lacking)}. Nothing was written.",
            "Add these actions to it, or use --role network-contributor.",
        )


def _held(access: ScopeAccess | Unreadable | None, actions: tuple[str, ...]) -> tuple[Grant, ...]:
    if not isinstance(access, ScopeAccess):
        return ()
    return tuple(grant for action in actions if (grant := granting(access, action)) is not None)


def _equal(access: ScopeAccess | Unreadable | None, role: _Role) -> Grant | None:
    """The assignment of the role to the identity at exactly this scope: Azure allows no second one."""
    if not isinstance(access, ScopeAccess):
        return None
    wanted = (access.principal_id.lower(), access.scope.lower(), role.id.rsplit("/", 1)[-1].lower())
    for each in access.assignments:
        if (each.principal_id.lower(), each.scope.lower(), each.role_guid) == wanted and not each.condition:
            return Grant(assignment=each, role_name=role.name)
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
    assignments = [(wanted, _assignment_change(wanted)) for wanted in grants]
    absent = [each.role_id for each, change in assignments if change.write is not None and not each.role_exists]
    if absent:
        yield _role_definition_change(absent[0])
    yield from (change for _, change in assignments)


def _role_definition_change(role_id: str) -> Change:
    scope = role_id.partition("/providers/")[0]
    return Change(
        action=Action.CREATE,
        resource_type=ROLE_DEFINITION_TYPE,
        resource_id=role_id,
        reason="the documented actions and nothing else",
        write=CreateRole(
            id=role_id,
            name=least_privilege_role_name(scope.rsplit("/", 1)[-1]),
            actions=LEAST_PRIVILEGE_ACTIONS,
            assignable_scope=scope,
        ),
    )


def _assignment_change(wanted: WantedGrant) -> Change:
    scope = words_of(wanted.scope)
    if not wanted.missing:
        return Change(
            action=Action.NONE,
            resource_type=ROLE_ASSIGNMENT_TYPE,
            resource_id=wanted.held[0].assignment.id,
            reason=f"the identity may already use {scope}",
        )
    if wanted.equal is not None:
        return Change(
            action=Action.NONE,
            resource_type=ROLE_ASSIGNMENT_TYPE,
            resource_id=wanted.equal.assignment.id,
            reason=f"already assigned on {scope}, but something denies {wanted.missing[0]}",
        )
    principal = None if wanted.identity is None else wanted.identity.principal_id
    return Change(
        action=Action.CREATE,
        resource_type=ROLE_ASSIGNMENT_TYPE,
        resource_id=None if principal is None else assignment_id(wanted.scope, principal, wanted.role_id),
        reason=f"the identity must be able to use {scope}",
        write=AssignRole(
            scope=wanted.scope,
            role_definition_id=wanted.role_id,
            role_name=wanted.role_name,
            principal_id=principal,
            mark=assignment_mark(wanted.cluster_id, wanted.scope, wanted.role_name),
        ),
        phase=Phase.LINKS,
    )
