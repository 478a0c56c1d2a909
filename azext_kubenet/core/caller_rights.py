"""Whether the caller may make the Changes, told before the first of them is made. No IO.

A right that could not be read is not held against the caller: Azure then decides.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from .changes import (
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    DeleteResource,
    RefusedError,
)
from .model import CallerAccess, Snapshot, Unreadable
from .permissions import ASSIGN_ROLE_ACTION, LEAST_PRIVILEGE_ACTIONS, ROUTE_TABLE_JOIN_ACTIONS, caller_may
from .resource_id import ResourceId


def refuse_without_rights(changes: tuple[Change, ...], snapshot: Snapshot) -> None:
    """Raise RefusedError where the caller may not make one of `changes`.

    Where only the right to assign roles is missing, the advice is the commands for an administrator; after those,
    nothing is left to assign and the same run succeeds.
    """
    missing = [
        (change, action, scope)
        for change in changes
        for action, scope, access in _needed(change, snapshot)
        if isinstance(access, CallerAccess) and not caller_may(access, action)
    ]
    other = next((each for each in missing if each[1] != ASSIGN_ROLE_ACTION), None)
    if other is not None:
        change, action, scope = other
        raise RefusedError(
            f"You may not {change.action.value} {change.resource_type} '{_name(change)}': the permission {action} on "
            f"'{scope}' is missing. Nothing was written.",
            f"Ask for a role with {action} on that scope, such as Network Contributor, or have somebody who has it "
            "run this.",
        )
    if missing:
        scopes = ", ".join(f"'{scope.rsplit('/', 1)[-1]}'" for _, _, scope in missing)
        raise RefusedError(
            f"You may not assign roles on {scopes}: the permission {ASSIGN_ROLE_ACTION} is missing. Nothing was "
            "written.",
            ("Have an administrator run these commands, then run yours again:", *admin_commands(changes)),
        )


def _name(change: Change) -> str:
    return "(new)" if change.resource_id is None else change.resource_id.rsplit("/", 1)[-1]


def _needed(change: Change, snapshot: Snapshot) -> Iterator[tuple[str, str, CallerAccess | Unreadable | None]]:
    """Action, scope and what was read of the caller's rights there, for one write."""
    group = snapshot.caller_on_group
    match change.write:
        case CreateIdentity(id=identity):
            yield "Microsoft.ManagedIdentity/userAssignedIdentities/write", identity.resource_group_id, group
        case CreateRouteTable(id=identity):
            yield "Microsoft.Network/routeTables/write", identity.resource_group_id, group
        case CreateRoute(route_table_id=table):
            yield "Microsoft.Network/routeTables/routes/write", str(table), snapshot.caller_on_route_table
        case AssociateRouteTable(subnet_id=subnet, route_table_id=table):
            yield "Microsoft.Network/virtualNetworks/subnets/write", str(subnet), snapshot.caller_on_subnet
            if table is not None:
                yield ROUTE_TABLE_JOIN_ACTIONS[0], str(table), snapshot.caller_on_route_table or group
        case AssignRole(scope=scope):
            yield ASSIGN_ROLE_ACTION, scope, _caller_on(scope, snapshot)
        case CreateRole() | DeleteResource() | None:
            return


def _caller_on(scope: str, snapshot: Snapshot) -> CallerAccess | Unreadable | None:
    kind = ResourceId(scope).resource_type.lower()
    if kind.endswith("/subnets"):
        return snapshot.caller_on_subnet
    if kind.endswith("/networksecuritygroups"):
        return snapshot.caller_on_network_security_group
    if kind.endswith("/natgateways"):
        return snapshot.caller_on_nat_gateway
    return snapshot.caller_on_route_table or snapshot.caller_on_group


def admin_commands(changes: tuple[Change, ...]) -> tuple[str, ...]:
    """The commands, quoted for a POSIX shell, that make the role assignments and what they need to be there."""
    return tuple(_admin_commands(changes))


def _admin_commands(changes: tuple[Change, ...]) -> Iterator[str]:
    principal = ""
    for change in changes:
        match change.write:
            case CreateIdentity(id=identity, location=location):
                yield shlex.join(["az", "identity", "create", *_where(identity), "--location", location])
                show = shlex.join(["az", "identity", "show", "--ids", str(identity)])
                principal = f'"$({show} --query principalId --output tsv)"'
            case CreateRouteTable(id=identity, location=location):
                yield shlex.join(["az", "network", "route-table", "create", *_where(identity), "--location", location])
            case CreateRole(name=name, assignable_scope=scope):
                actions = ", ".join(f'"{action}"' for action in LEAST_PRIVILEGE_ACTIONS)
                role = f'{{"Name": "{name}", "Actions": [{actions}], "AssignableScopes": ["{scope}"]}}'
                yield shlex.join(["az", "role", "definition", "create", "--role-definition", role])
            case AssignRole(scope=scope, role_name=role_name, principal_id=known):
                words = ["--assignee-principal-type", "ServicePrincipal", "--role", role_name, "--scope", scope]
                assignee = principal if known is None else shlex.quote(known)
                yield f"az role assignment create --assignee-object-id {assignee} {shlex.join(words)}"


def _where(identity: ResourceId) -> list[str]:
    return [
        *("--subscription", identity.subscription_id),
        *("--resource-group", identity.resource_group, "--name", identity.name),
    ]
