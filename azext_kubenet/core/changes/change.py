"""Writes as values: what would be created, updated or deleted, and why; `arm/apply.py` executes them. No IO.

The order of a tuple of Changes is the order of their phases; Changes of one phase do not depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from ipaddress import IPv4Address
from typing import Final
from uuid import UUID, uuid5

from ..azure.resource_id import ResourceId
from ..azure.resource_types import ROLE_ASSIGNMENT_TYPE
from ..azure.resource_words import words_of
from ..azure.route_tables import Route

_NAMES: Final = UUID("6f0c5d0e-94a8-5c1f-9a07-3f1f0b5a7a11")
"""Namespace of the deterministic GUIDs, drawn once at random; changing it would make duplicates."""


class Action(str, Enum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NONE = "none"


class Phase(IntEnum):
    """When a write may start: everything of the earlier phases is there."""

    MARKS = 0
    RESOURCES = 1
    LINKS = 2
    UNLINK = 3
    REMOVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIdentity:
    id: ResourceId
    location: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRouteTable:
    id: ResourceId
    location: str
    tags: tuple[tuple[str, str], ...]
    default_route_next_hop: IPv4Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRoute:
    """A default route in a table that is already there."""

    route_table_id: ResourceId
    name: str
    next_hop: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRole:
    """The custom role with exactly the documented actions."""

    id: str
    name: str
    actions: tuple[str, ...]
    assignable_scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTags:
    """Tags that a resource lacks; all others stay, also those that somebody adds meanwhile."""

    id: ResourceId
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAgain:
    """A route table as it is, once more, with those of `tags` that it lacks.

    After an operation that failed this mends it; what refers to it may fail until one succeeds.
    """

    id: ResourceId
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociateRouteTable:
    """The subnet's route table; None takes it away, if it is `expected`."""

    subnet_id: ResourceId
    route_table_id: ResourceId | None
    expected: ResourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRole:
    """An assignment; `principal_id` is None while the identity is only planned. `mark` is prepare's."""

    scope: str
    role_definition_id: str
    role_name: str
    principal_id: str | None
    mark: str

    @property
    def description(self) -> str:
        """By what cleanup finds it."""
        return f"{self.mark}:{self.principal_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteResource:
    """`routes` are those that a route table has when it is decided on; one that has others by then stays."""

    id: str
    routes: tuple[Route, ...] | None = None


Write = (
    CreateIdentity
    | CreateRouteTable
    | CreateRoute
    | CreateRole
    | AddTags
    | WriteAgain
    | AssociateRouteTable
    | AssignRole
    | DeleteResource
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of what will be, or was, done. `resource_id` is None where it follows from an identity not yet made."""

    action: Action
    resource_type: str
    resource_id: str | None
    reason: str
    write: Write | None = None
    phase: Phase = Phase.RESOURCES


def described(change: Change) -> str:
    """What it does in a few words, such as `create route table 'aks-routes'`."""
    if isinstance(change.write, AssociateRouteTable):
        subnet, table_id = words_of(change.write.subnet_id), change.write.route_table_id
        return f"take the route table off {subnet}" if table_id is None else f"put {words_of(table_id)} on {subnet}"
    return f"{change.action.value} {described_object(change)}"


def described_object(change: Change) -> str:
    """Kind and name of what is changed; where that is a GUID that nobody knows, what it is about."""
    if isinstance(change.write, CreateRole):
        return f"role '{change.write.name}'"
    if isinstance(change.write, AssignRole):
        return f"role assignment on {words_of(change.write.scope)}"
    if change.resource_id is None:
        return f"{change.resource_type} (new)"
    scope, is_assignment, _ = change.resource_id.partition(f"/providers/{ROLE_ASSIGNMENT_TYPE}/")
    return f"role assignment on {words_of(scope)}" if is_assignment else words_of(change.resource_id)


class RefusedError(Exception):
    """A change that will not be made, decided before anything was written: what and why, and what to do."""

    def __init__(self, message: str, recommendation: str | tuple[str, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation


class MissingResourceError(RefusedError):
    """A resource that was named does not exist."""


def assignment_id(scope: str, principal_id: str, role_definition_id: str) -> str:
    """The id of the assignment of a role to a principal on a scope: the same for the same three, always.

    So a repeated run is the same PUT.
    Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
    """
    role_guid = role_definition_id.rsplit("/", 1)[-1]
    name = uuid5(_NAMES, "|".join((scope.lower(), principal_id.lower(), role_guid.lower())))
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"


def role_definition_id(subscription_id: str, guid: str) -> str:
    """The id of a role definition in a subscription."""
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def least_privilege_role_name(subscription_id: str) -> str:
    """The name of the custom role, one a subscription: names of roles are unique in a tenant.

    Source: https://learn.microsoft.com/azure/role-based-access-control/custom-roles
    """
    return f"AKS kubenet cluster network {subscription_id.lower()}"


def least_privilege_role_id(subscription_id: str) -> str:
    """The id of the custom role, one a subscription."""
    name = least_privilege_role_name(subscription_id)
    return role_definition_id(subscription_id, str(uuid5(_NAMES, f"role|{name}")))
