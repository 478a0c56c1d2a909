"""Identities, roles and who has which on what, as they were read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .resource_id import ResourceId
from .unreadable import Unreadable

GROUP_TYPES: Final = ("group", "foreigngroup")
"""Types of principals that have members, in lower case.
Source: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    id: ResourceId
    location: str
    principal_id: str
    client_id: str
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One block of a role definition; actions may hold `*`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    id: str
    name: str
    permissions: tuple[Permission, ...]

    @property
    def guid(self) -> str:
        return self.id.rsplit("/", 1)[-1].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """An assignment; `condition` is Azure's ABAC text where there is one."""

    id: str
    scope: str
    role_definition_id: str
    principal_id: str
    principal_type: str = "ServicePrincipal"
    condition: str | None = None
    description: str | None = None

    @property
    def role_guid(self) -> str:
        return self.role_definition_id.rsplit("/", 1)[-1].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyAssignment:
    """A deny assignment; without principals and groups it is for everyone but those excluded.

    `group_ids` also hold principals of which Azure does not say what they are.
    """

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    principal_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    excluded_principal_ids: tuple[str, ...] = ()
    excluded_group_ids: tuple[str, ...] = ()
    applies_to_children: bool = True
    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeAccess:
    """What decides a principal's rights on one scope: everything assigned there and above.

    `identity_id` is the managed identity, or for a system-assigned one the cluster, that the principal stands for.
    """

    scope: str
    principal_id: str
    identity_id: ResourceId | None = None
    assignments: tuple[RoleAssignment, ...] = ()
    definitions: tuple[RoleDefinition, ...] = ()
    denials: tuple[DenyAssignment, ...] | Unreadable = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerAccess:
    """What the caller may do on one scope, as `Microsoft.Authorization/permissions` lists it."""

    scope: str
    permissions: tuple[Permission, ...] = ()
