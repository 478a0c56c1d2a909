"""Whether the caller may make the Changes, told before the first of them is made. No IO.

A right that could not be read is not held against the caller: Azure then decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..azure.access import CallerAccess
from ..azure.az_words import Option, Word, assign_role, az, joined, named, principal_of, service_principal
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.resource_types import IDENTITY_TYPE
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..rights.permissions import (
    ASSIGN_ROLE_ACTION,
    NAT_GATEWAY_JOIN_ACTIONS,
    NETWORK_SECURITY_GROUP_JOIN_ACTIONS,
    ROUTE_TABLE_JOIN_ACTIONS,
    caller_may,
)
from .change import (
    AddTags,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    RefusedError,
    WriteAgain,
)

DEFINE_ROLE_ACTION: Final = "Microsoft.Authorization/roleDefinitions/write"
WRITE_IDENTITY_ACTION: Final = "Microsoft.ManagedIdentity/userAssignedIdentities/write"
WRITE_ROUTE_TABLE_ACTION: Final = "Microsoft.Network/routeTables/write"
WRITE_TAGS_ACTION: Final = "Microsoft.Resources/tags/write"
_FOR_ADMINISTRATORS: Final = {DEFINE_ROLE_ACTION: "define roles in subscription", ASSIGN_ROLE_ACTION: "assign roles on"}

_Right = tuple[str, str, CallerAccess | Unreadable | None]
"""An action, the scope it is needed on, and what was read of the caller's rights there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRight:
    """A permission that the caller lacks to make one Change."""

    change: Change
    action: str
    scope: str

    def __str__(self) -> str:
        change = self.change
        name = "" if change.resource_id is None else f" '{change.resource_id.rsplit('/', 1)[-1]}'"
        return (
            f"You may not {change.action.value} {change.resource_type}{name}: the permission {self.action} on "
            f"'{self.scope}' is missing."
        )


def missing_rights(changes: tuple[Change, ...], snapshot: Snapshot) -> tuple[MissingRight, ...]:
    """All that the caller lacks to make `changes`, in their order."""
    return tuple(
        MissingRight(change=change, action=action, scope=scope)
        for change in changes
        for action, scope, access in _rights(change, snapshot)
        if isinstance(access, CallerAccess) and not caller_may(access, action)
    )


def refuse_without_rights(changes: tuple[Change, ...], snapshot: Snapshot) -> None:
    """Raise RefusedError, with all that is missing, where the caller may not make one of `changes`.

    Where only rights on roles are missing, the advice is the commands for an administrator; after those, nothing is
    left to assign and the same run succeeds.
    """
    missing = missing_rights(changes, snapshot)
    if not missing:
        return
    if all(each.action in _FOR_ADMINISTRATORS for each in missing):
        raise RefusedError(
            f"You may not {' or '.join(_about_roles(missing))}. Nothing was written.",
            ("Have an administrator run these commands, then run your command again:", *admin_commands(changes)),
        )
    raise RefusedError(
        f"{' '.join(dict.fromkeys(str(each) for each in missing))} Nothing was written.",
        "Ask for roles with the missing permissions, such as Network Contributor on those scopes, or have somebody who "
        "has them run this.",
    )


def _about_roles(missing: Iterable[MissingRight]) -> Iterator[str]:
    for action, verb in _FOR_ADMINISTRATORS.items():
        scopes = ", ".join(f"'{each.scope.rsplit('/', 1)[-1]}'" for each in missing if each.action == action)
        if scopes:
            yield f"{verb} {scopes}: the permission {action} is missing"


def _rights(change: Change, snapshot: Snapshot) -> Iterator[_Right]:
    """What one write needs of the caller."""
    group = snapshot.caller_on_group
    match change.write:
        case CreateIdentity(id=resource_id):
            yield WRITE_IDENTITY_ACTION, resource_id.resource_group_id, group
        case CreateRouteTable(id=resource_id):
            yield WRITE_ROUTE_TABLE_ACTION, resource_id.resource_group_id, group
        case AddTags(id=resource_id) if resource_id.is_type(IDENTITY_TYPE):
            yield from _tag_rights(WRITE_IDENTITY_ACTION, resource_id, snapshot.caller_on_identity)
        case AddTags(id=resource_id):
            yield from _tag_rights(WRITE_ROUTE_TABLE_ACTION, resource_id, snapshot.caller_on_route_table)
        case WriteAgain(id=resource_id):
            yield WRITE_ROUTE_TABLE_ACTION, str(resource_id), snapshot.caller_on_route_table
        case CreateRoute(route_table_id=table):
            for verb in ("read", "write"):  # it is read back
                yield f"Microsoft.Network/routeTables/routes/{verb}", str(table), snapshot.caller_on_route_table
        case AssociateRouteTable() as write:
            yield from _subnet_rights(write, snapshot)
        case AssignRole(scope=scope):
            yield ASSIGN_ROLE_ACTION, scope, _caller_on(scope, snapshot)
        case CreateRole(assignable_scope=scope):
            yield DEFINE_ROLE_ACTION, scope, snapshot.caller_on_subscription


def _tag_rights(action: str, resource_id: ResourceId, access: CallerAccess | Unreadable | None) -> Iterator[_Right]:
    """Whoever may write tags needs no right to write the resource."""
    if not (isinstance(access, CallerAccess) and caller_may(access, WRITE_TAGS_ACTION)):
        yield action, str(resource_id), access


def _subnet_rights(write: AssociateRouteTable, snapshot: Snapshot) -> Iterator[_Right]:
    """Whoever writes a subnet must be able to join everything that it carries, not only what is new.

    Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
    """
    yield "Microsoft.Network/virtualNetworks/subnets/write", str(write.subnet_id), snapshot.caller_on_subnet
    carried = [(ROUTE_TABLE_JOIN_ACTIONS[0], write.route_table_id)]
    if isinstance(snapshot.subnet, Subnet):
        carried.append((NETWORK_SECURITY_GROUP_JOIN_ACTIONS[0], snapshot.subnet.network_security_group_id))
        carried.append((NAT_GATEWAY_JOIN_ACTIONS[0], snapshot.subnet.nat_gateway_id))
    for action, resource_id in carried:
        if resource_id is not None:
            yield action, str(resource_id), _caller_on(str(resource_id), snapshot)


def _caller_on(scope: str, snapshot: Snapshot) -> CallerAccess | Unreadable | None:
    kind = ResourceId(scope).resource_type.lower()
    if kind.endswith("/subnets"):
        another = isinstance(snapshot.subnet, Subnet) and snapshot.subnet.id != ResourceId(scope)
        return snapshot.caller_on_api_server_subnet if another else snapshot.caller_on_subnet
    if kind.endswith("/virtualnetworks"):
        return snapshot.caller_on_virtual_network
    if kind.endswith("/privatednszones"):
        return snapshot.caller_on_private_dns_zone
    if kind.endswith("/networksecuritygroups"):
        return snapshot.caller_on_network_security_group
    if kind.endswith("/natgateways"):
        return snapshot.caller_on_nat_gateway
    return snapshot.caller_on_route_table or snapshot.caller_on_group


def admin_commands(changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The commands, quoted for a POSIX shell, that make the role assignments and what they need to be there.

    They leave what prepare would have left, tags and descriptions included, so that cleanup finds it.
    """
    return tuple(_admin_commands(changes))


def _admin_commands(changes: tuple[Change, ...]) -> Iterator[str]:
    principal: Word = ""
    for change in changes:
        match change.write:
            case CreateIdentity(id=resource_id, location=location, tags=tags):
                yield az("identity", "create", **_made_as(resource_id, location, tags))
                principal = principal_of(resource_id)
            case CreateRouteTable(id=resource_id, location=location, tags=tags):
                yield az("network", "route-table", "create", **_made_as(resource_id, location, tags))
            case CreateRole(name=name, actions=needed, assignable_scope=scope):
                actions = ", ".join(f'"{action}"' for action in needed)
                role = f'{{"Name": "{name}", "Actions": [{actions}], "AssignableScopes": ["{scope}"]}}'
                yield az("role", "definition", "create", role_definition=role)
            case AssignRole(scope=scope, role_name=role_name, principal_id=known, mark=mark):
                assignee = principal if known is None else known
                description = joined(f"{mark}:", assignee)
                yield assign_role(service_principal(assignee), role=role_name, scope=scope, description=description)


def _made_as(resource_id: ResourceId, location: str, tags: tuple[tuple[str, str], ...]) -> Mapping[str, Option]:
    return {**named(resource_id), "location": location, "tags": [f"{name}={value}" for name, value in tags]}
