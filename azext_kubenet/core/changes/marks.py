"""What marks a resource as made by prepare for one cluster, so that cleanup finds it and nothing else. No IO.

A mark holds a digest of what it is on and of the cluster: copied elsewhere by a policy or a template it says nothing.
Those of the first release held none; what bears one is shown, and never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from ..azure import limits
from ..azure.access import RoleAssignment, RoleDefinition
from ..azure.resource_id import ResourceId
from ..rights.permissions import NETWORK_CONTRIBUTOR_ROLE, PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE

PREPARED_FOR_TAG: Final = "aks-kubenet-prepared-for"
"""Tag of an identity or route table that prepare made; its value is the cluster's name and the digest."""

PART_TAG_PREFIX: Final = "aks-kubenet-part-"
"""With a digest, the name of a tag of a route table that prepare made: one for each subnet that prepare put it on, and
for the default route that it put in. A tag for each, so that two runs at once lose neither."""

_DIGITS: Final = 16

BUILT_IN_ROLES: Final = {
    limits.NETWORK_CONTRIBUTOR: NETWORK_CONTRIBUTOR_ROLE,
    limits.PRIVATE_DNS_ZONE_CONTRIBUTOR: PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE,
}
"""The built-in roles that prepare assigns."""

Tag = tuple[str, str]


def _digest(cluster_id: ResourceId, *places: str) -> str:
    return sha256("|".join((str(cluster_id), *places)).lower().encode()).hexdigest()[:_DIGITS]


def made_for_tag(cluster_id: ResourceId, resource_id: ResourceId) -> Tag:
    """The mark of an identity or route table that prepare makes for the cluster."""
    return PREPARED_FOR_TAG, f"{cluster_id.name}:{_digest(cluster_id, str(resource_id))}"


def part_tag(cluster_id: ResourceId, route_table_id: ResourceId, part: ResourceId) -> Tag:
    """The mark of a subnet that prepare puts its table on, or of a route that it puts in."""
    return f"{PART_TAG_PREFIX}{_digest(cluster_id, str(route_table_id), str(part))}", part.name


def is_made_for(tags: tuple[Tag, ...], cluster_id: ResourceId, resource_id: ResourceId) -> bool:
    """Whether these are the tags of what prepare made there, for the cluster."""
    return _holds(tags, made_for_tag(cluster_id, resource_id))


def is_part(tags: tuple[Tag, ...], cluster_id: ResourceId, route_table_id: ResourceId, part: ResourceId) -> bool:
    """Whether the tags of the table say that prepare put it on that subnet, or that route into it."""
    name, _ = part_tag(cluster_id, route_table_id, part)
    return any(each.lower() == name for each, _ in tags)


def is_of_first_release(tags: tuple[Tag, ...], cluster_id: ResourceId) -> bool:
    """Whether a tag says what the first release wrote for the cluster; a copy of it says the same."""
    return _holds(tags, (PREPARED_FOR_TAG, cluster_id.name))


def _holds(tags: tuple[Tag, ...], wanted: Tag) -> bool:
    return any((name.lower(), value.lower()) == (wanted[0], wanted[1].lower()) for name, value in tags)


def assignment_mark(cluster_id: ResourceId, scope: str, role_name: str) -> str:
    """What a colon and the principal follow in the description of an assignment that prepare makes.

    Scope, role and principal say which one it is. By its name, as the id of a role that an administrator makes for
    prepare is drawn at random.
    """
    return f"{_first_description(cluster_id)}:{_digest(cluster_id, scope, role_name)}"


def is_assigned_for(assignment: RoleAssignment, cluster_id: ResourceId, custom_roles: Iterable[RoleDefinition]) -> bool:
    """Whether prepare made the assignment, for the cluster; `custom_roles` are those of prepare's name."""
    names = BUILT_IN_ROLES | {each.guid: each.name for each in custom_roles}
    role_name = names.get(assignment.role_guid)
    if role_name is None:
        return False
    mark = assignment_mark(cluster_id, assignment.scope, role_name)
    return (assignment.description or "").lower() == f"{mark}:{assignment.principal_id}".lower()


def is_assigned_by_first_release(assignment: RoleAssignment, cluster_id: ResourceId) -> bool:
    """Whether its description is what the first release wrote for the cluster; a copy of it says the same."""
    return (assignment.description or "").lower() == _first_description(cluster_id).lower()


def _first_description(cluster_id: ResourceId) -> str:
    return f"{PREPARED_FOR_TAG}:{cluster_id.resource_group}/{cluster_id.name}"
