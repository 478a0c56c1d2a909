"""The Snapshot as it will be once prepare's Changes are made, for `create --prepare` to judge. No IO."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from ..azure.access import ManagedIdentity, Permission, RoleAssignment, RoleDefinition, ScopeAccess
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.resource_types import PRIVATE_DNS_ZONE_TYPE, SUBNET_TYPE, VIRTUAL_NETWORK_TYPE
from ..azure.route_tables import Route, RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..rights.permissions import (
    LEAST_PRIVILEGE_ACTIONS,
    NETWORK_CONTRIBUTOR_ROLE,
    PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE,
)
from .change import AssignRole, CreateIdentity, CreateRoute, CreateRouteTable
from .prepare import DEFAULT_ROUTE_NAME, Intent

PLANNED_PRINCIPAL = "00000000-0000-0000-0000-000000000000"
"""Stands for the principal of an identity that is not made yet."""

_BUILT_IN_ACTIONS: Final = {
    NETWORK_CONTRIBUTOR_ROLE: ("Microsoft.Network/*",),
    PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE: ("Microsoft.Network/privateDnsZones/*",),
}
"""What the built-in roles that prepare assigns allow, as far as a rule asks about it.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking"""


def as_prepared(intent: Intent, snapshot: Snapshot) -> Snapshot:
    """`snapshot` with every write of `intent` done: identity, route table, association and role assignments.

    Subnets of further pools get the table and the roles too, by the preparations that follow once the cluster is there.
    """
    identity = intent.identity or _planned_identity(intent)
    table = None if intent.route_table_id is None else _table(intent.route_table_id, intent, snapshot)
    subnet = replace(intent.subnet, route_table_id=intent.route_table_id)
    network_id = _granted_on(intent, VIRTUAL_NETWORK_TYPE)
    api_server_subnet_id = _granted_on(intent, SUBNET_TYPE, other_than=subnet.id)
    granted = {
        change.write.scope.lower(): change.write for change in intent.changes if isinstance(change.write, AssignRole)
    }

    def access(scope: ResourceId | None, present: ScopeAccess | Unreadable | None) -> ScopeAccess | Unreadable | None:
        if scope is None:
            return present
        return _access(str(scope), present, identity, granted.get(str(scope).lower()))

    return snapshot._replace(
        virtual_network=_network(snapshot.virtual_network, subnet),
        subnet=subnet,
        route_table=table,
        further_subnets=_with_table(snapshot.further_subnets, intent.route_table_id),
        further_subnet_access=None,
        identity=identity,
        subnet_access=access(subnet.id, snapshot.subnet_access),
        route_table_access=access(intent.route_table_id, snapshot.route_table_access),
        virtual_network_access=access(network_id, snapshot.virtual_network_access),
        private_dns_zone_access=access(_granted_on(intent, PRIVATE_DNS_ZONE_TYPE), snapshot.private_dns_zone_access),
        api_server_subnet_access=access(api_server_subnet_id, snapshot.api_server_subnet_access),
        caller_on_route_table=snapshot.caller_on_route_table or snapshot.caller_on_group,
    )


def _with_table(
    subnets: tuple[Subnet, ...] | Unreadable | None, table_id: ResourceId | None
) -> tuple[Subnet, ...] | Unreadable | None:
    """A table that is on one of them already is not replaced."""
    if not isinstance(subnets, tuple):
        return subnets
    return tuple(replace(each, route_table_id=each.route_table_id or table_id) for each in subnets)


def _granted_on(intent: Intent, resource_type: str, other_than: ResourceId | None = None) -> ResourceId | None:
    """The resource of that type on which a role will be assigned."""
    scopes = (ResourceId(each.write.scope) for each in intent.changes if isinstance(each.write, AssignRole))
    return next((each for each in scopes if each.is_type(resource_type) and each != other_than), None)


def _planned_identity(intent: Intent) -> ManagedIdentity:
    made = next((change.write for change in intent.changes if isinstance(change.write, CreateIdentity)), None)
    return ManagedIdentity(
        id=intent.identity_id,
        location=intent.location,
        principal_id=PLANNED_PRINCIPAL,
        client_id=PLANNED_PRINCIPAL,
        tags=() if made is None else made.tags,
    )


def _network(network: VirtualNetwork | Unreadable | None, subnet: Subnet) -> VirtualNetwork | Unreadable | None:
    if not isinstance(network, VirtualNetwork):
        return network
    return replace(network, subnets=tuple(subnet if each.id == subnet.id else each for each in network.subnets))


def _table(table_id: ResourceId, intent: Intent, snapshot: Snapshot) -> RouteTable:
    table = next(
        (
            each
            for each in (snapshot.route_table, snapshot.candidate_route_table)
            if isinstance(each, RouteTable) and each.id == table_id
        ),
        RouteTable(id=table_id, location=intent.location),
    )
    routes = table.routes
    for change in intent.changes:
        match change.write:
            case CreateRouteTable(default_route_next_hop=IPv4Address() as next_hop):
                routes = (*routes, _default_route(DEFAULT_ROUTE_NAME, next_hop))
            case CreateRoute(name=name, next_hop=next_hop):
                routes = (*routes, _default_route(name, next_hop))
    subnets = table.subnets
    if intent.subnet.id is not None and intent.subnet.id not in subnets:
        subnets = (*subnets, intent.subnet.id)
    return replace(table, routes=routes, subnets=subnets)


def _default_route(name: str, next_hop: IPv4Address) -> Route:
    return Route(
        name=name,
        destination="0.0.0.0/0",
        address_prefix=IPv4Network("0.0.0.0/0"),
        next_hop_type="VirtualAppliance",
        next_hop_ip=next_hop,
    )


def _access(
    scope: str, present: ScopeAccess | Unreadable | None, identity: ManagedIdentity, granted: AssignRole | None
) -> ScopeAccess | Unreadable | None:
    """What was read of the identity's rights on `scope`, and the assignment that is going to be made there."""
    if granted is None:
        return present
    base = present
    if not isinstance(base, ScopeAccess):
        # what could not be read of the present rights may hold deny assignments; a new identity has none of either
        hidden = present if isinstance(present, Unreadable) else ()
        base = ScopeAccess(scope=scope, principal_id=identity.principal_id, denials=hidden)
    assignment = RoleAssignment(
        id=f"{scope}/providers/Microsoft.Authorization/roleAssignments/planned",
        scope=scope,
        role_definition_id=granted.role_definition_id,
        principal_id=identity.principal_id,
        description=granted.description,
    )
    actions = _BUILT_IN_ACTIONS.get(granted.role_name, LEAST_PRIVILEGE_ACTIONS)
    role = RoleDefinition(
        id=granted.role_definition_id,
        name=granted.role_name,
        permissions=(Permission(actions=actions),),
    )
    return replace(base, assignments=(*base.assignments, assignment), definitions=(*base.definitions, role))
