"""Identities, roles and their assignments, locks and policies, from ARM JSON. No IO."""

from __future__ import annotations

from ...core.azure.access import DenyAssignment, ManagedIdentity, Permission, RoleAssignment, RoleDefinition
from ...core.azure.restrictions import Lock, PolicyState
from ..json_reader import JsonReader
from .values import one_of, own_id, tags_of, with_members

_lock_level = one_of("CanNotDelete", "ReadOnly")


def parse_identity(document: object) -> ManagedIdentity:
    """A user-assigned managed identity."""
    reader = JsonReader(document)
    return ManagedIdentity(
        id=own_id(document),
        location=reader.text_or("location"),
        principal_id=reader.text("properties.principalId"),
        client_id=reader.text_or("properties.clientId"),
        tags=tags_of(reader),
    )


def parse_associated_resource(document: object) -> str:
    """The id of a resource that has an identity; it need not be in a resource group."""
    return JsonReader(document).text("id")


def parse_role_assignment(document: object) -> RoleAssignment:
    """A role assignment of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleAssignment(
        id=reader.text("id"),
        scope=reader.text_or("properties.scope"),
        role_definition_id=reader.text("properties.roleDefinitionId"),
        principal_id=reader.text("properties.principalId"),
        principal_type=reader.text_or("properties.principalType"),
        condition=reader.text_or("properties.condition") or None,
        description=reader.text_or("properties.description") or None,
    )


@with_members("properties.permissions")
def parse_role_definition(document: object) -> RoleDefinition:
    """A role definition of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleDefinition(
        id=reader.text("id"),
        name=reader.text_or("properties.roleName"),
        permissions=reader.each("properties.permissions", parse_permission),
    )


@with_members("actions")
def parse_permission(document: object) -> Permission:
    """One `{actions, notActions}` block, of a role definition or of the caller."""
    reader = JsonReader(document)
    return Permission(actions=reader.texts("actions"), not_actions=reader.texts("notActions"))


EVERYONE = "00000000-0000-0000-0000-000000000000"


@with_members("properties.permissions", "properties.principals")
def parse_deny_assignment(document: object) -> DenyAssignment:
    """A deny assignment; the all-zero principal stands for everyone."""
    reader = JsonReader(document)
    principals, groups = _principals(reader, "properties.principals")
    excluded, excluded_groups = _principals(reader, "properties.excludePrincipals")
    everyone = EVERYONE in (*principals, *groups)
    return DenyAssignment(
        id=reader.text("id"),
        name=reader.text_or("properties.denyAssignmentName"),
        scope=reader.text_or("properties.scope"),
        permissions=reader.each("properties.permissions", parse_permission),
        principal_ids=() if everyone else principals,
        group_ids=() if everyone else groups,
        excluded_principal_ids=excluded,
        excluded_group_ids=excluded_groups,
        applies_to_children=not reader.flag("properties.doNotApplyToChildScopes"),
        condition=reader.text_or("properties.condition") or None,
    )


def _principals(reader: JsonReader, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of users and service principals, and those of groups or of nobody knows what."""
    found = reader.each(name, _principal)
    members = tuple(each for each, kind in found if kind in ("user", "serviceprincipal"))
    return members, tuple(each for each, _ in found if each not in members)


def _principal(document: object) -> tuple[str, str]:
    reader = JsonReader(document)
    return reader.text_or("id"), reader.text_or("type").lower()


def parse_lock(document: object) -> Lock:
    """A lock; its scope is the part of its id before the lock's own."""
    reader = JsonReader(document)
    lock_id = reader.text("id")
    marker = lock_id.lower().rfind("/providers/microsoft.authorization/locks/")
    return Lock(
        name=reader.text_or("name"),
        level=reader.get("properties.level", _lock_level),
        scope=lock_id[: max(marker, 0)] or lock_id,
    )


def parse_policy_state(document: object) -> PolicyState:
    """One element of `policyStates/latest/queryResults`."""
    reader = JsonReader(document)
    return PolicyState(
        assignment_id=reader.text_or("policyAssignmentId"),
        definition_name=reader.text_or("policyDefinitionName"),
        effect=reader.text_or("policyDefinitionAction"),
        resource_id=reader.text_or("resourceId"),
    )
