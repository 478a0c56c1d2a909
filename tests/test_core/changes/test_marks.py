"""Marks bind: what they say holds for the thing they were made for, and for no copy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.access import RoleAssignment
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.marks import (
    assignment_mark,
    is_assigned_by_first_release,
    is_assigned_for,
    is_made_for,
    is_of_first_release,
    is_part,
    made_for_tag,
    part_tag,
)

from ..make import ROLE_PREFIX, make_id, make_role

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
OTHER_CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks", group="other")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
CUSTOM = make_role("x/read", guid="custom", name="AKS kubenet cluster network s")
ASSIGNED = RoleAssignment(
    id=f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments/a",
    scope=str(SUBNET),
    role_definition_id=ROLE_PREFIX + limits.NETWORK_CONTRIBUTOR,
    principal_id="p1",
    description=f"{assignment_mark(CLUSTER, str(SUBNET), 'Network Contributor')}:p1",
)
WORDS = st.text("abcdefgh-_.0123456789", min_size=1, max_size=80)


def test_a_mark_reads_well_and_never_changes() -> None:
    assert made_for_tag(CLUSTER, IDENTITY) == ("aks-kubenet-prepared-for", "aks:9feff75094b3349e")
    assert part_tag(CLUSTER, TABLE, SUBNET) == ("aks-kubenet-part-c974e2c2344a788b", "nodes")
    assert ASSIGNED.description == "aks-kubenet-prepared-for:rg/aks:680627d165b54698:p1"


def test_casing_does_not_hide_a_mark() -> None:
    shouted = tuple((name.upper(), value.upper()) for name, value in (made_for_tag(CLUSTER, IDENTITY),))
    assert is_made_for(shouted, ResourceId(str(CLUSTER).upper()), ResourceId(str(IDENTITY).upper()))
    part, _ = part_tag(CLUSTER, TABLE, SUBNET)
    assert is_part(((part.upper(), "renamed"),), CLUSTER, TABLE, ResourceId(str(SUBNET).upper()))


@pytest.mark.parametrize("cluster", [CLUSTER, OTHER_CLUSTER])
@pytest.mark.parametrize("place", [IDENTITY, TABLE])
def test_a_copied_tag_marks_nothing(cluster: ResourceId, place: ResourceId) -> None:
    copied = (("team", "net"), made_for_tag(CLUSTER, IDENTITY))
    assert is_made_for(copied, cluster, place) is ((cluster, place) == (CLUSTER, IDENTITY))
    assert not is_of_first_release(copied, cluster)


def test_a_tag_of_the_first_release_is_known_as_such() -> None:
    tags = (("AKS-kubenet-prepared-for", "AKS"),)
    assert is_of_first_release(tags, CLUSTER)
    assert not is_made_for(tags, CLUSTER, IDENTITY)
    assert not is_of_first_release((("aks-kubenet-prepared-for", "another"),), CLUSTER)


@given(names=st.tuples(WORDS, WORDS), places=st.tuples(WORDS, WORDS))
def test_different_things_have_different_marks(names: tuple[str, str], places: tuple[str, str]) -> None:
    clusters = [make_id("Microsoft.ContainerService/managedClusters", each) for each in names]
    tables = [make_id("Microsoft.Network/routeTables", each) for each in places]
    pairs = list(zip(clusters, tables, strict=True))
    assert (made_for_tag(*pairs[0]) == made_for_tag(*pairs[1])) is (pairs[0] == pairs[1])
    assert (part_tag(*pairs[0], SUBNET) == part_tag(*pairs[1], SUBNET)) is (pairs[0] == pairs[1])
    assert len(made_for_tag(*pairs[0])[1]) <= 256


@pytest.mark.parametrize(
    ("copy", "is_its_own"),
    [
        (ASSIGNED, True),
        (replace(ASSIGNED, scope=str(TABLE)), False),
        (replace(ASSIGNED, principal_id="p2"), False),
        (replace(ASSIGNED, role_definition_id=ROLE_PREFIX + "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), False),
        (replace(ASSIGNED, role_definition_id=ROLE_PREFIX + "custom"), False),
        (replace(ASSIGNED, description=None), False),
        (replace(ASSIGNED, description="aks-kubenet-prepared-for:rg/aks"), False),
    ],
    ids=["itself", "other scope", "other principal", "owner", "custom role", "none", "first release"],
)
def test_a_copied_description_marks_nothing(copy: RoleAssignment, is_its_own: bool) -> None:
    assert is_assigned_for(copy, CLUSTER, (CUSTOM,)) is is_its_own
    assert not is_assigned_for(copy, OTHER_CLUSTER, (CUSTOM,))


def test_an_assignment_of_the_custom_role_is_known_by_the_roles_name() -> None:
    mark = assignment_mark(CLUSTER, str(SUBNET), CUSTOM.name)
    assigned = replace(ASSIGNED, role_definition_id=CUSTOM.id, description=f"{mark}:P1")
    assert is_assigned_for(assigned, CLUSTER, (CUSTOM,))
    assert not is_assigned_for(assigned, CLUSTER, ())


@pytest.mark.parametrize(
    "description", [None, "", "by hand", "aks-kubenet-prepared-for:other/aks", ASSIGNED.description]
)
def test_only_what_the_first_release_wrote_is_its_mark(description: str | None) -> None:
    assert not is_assigned_by_first_release(replace(ASSIGNED, description=description), CLUSTER)
    assert is_assigned_by_first_release(replace(ASSIGNED, description="AKS-kubenet-prepared-for:RG/aks"), CLUSTER)
