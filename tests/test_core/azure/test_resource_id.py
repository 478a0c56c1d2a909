"""Resource ids: reading, parts, equality without case, and which scopes cover which."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId, resource_id, scope_covers, text_of

GROUP = "/subscriptions/S/resourceGroups/G"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/V"
SUBNET = f"{NETWORK}/subnets/N"


def test_parse_keeps_the_casing_and_drops_what_surrounds_the_id() -> None:
    assert ResourceId.parse(f"  {SUBNET}/ ").text == SUBNET


@pytest.mark.parametrize("text", [SUBNET, NETWORK.upper(), NETWORK.lower()])
def test_parse_reads_any_casing(text: str) -> None:
    assert str(ResourceId.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nodes",
        GROUP,
        "/subscriptions/S",
        f"{NETWORK}/subnets",
        NETWORK.removeprefix("/"),
        NETWORK.replace("/providers/", "/provider/"),
        NETWORK.replace("/resourceGroups/", "/groups/"),
        NETWORK.replace("/subscriptions/", "/subscription/"),
        f"{GROUP}/providers/Microsoft.Network//V/subnets/N",
        f"x{NETWORK}",
    ],
)
def test_parse_refuses_what_is_no_resource_in_a_group(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        ResourceId.parse(text)
    assert str(refusal.value) == f"'{text}' is not the ID of a resource in a resource group."


def test_parts() -> None:
    subnet = ResourceId.parse(SUBNET)
    assert (subnet.subscription_id, subnet.resource_group, subnet.name) == ("S", "G", "N")
    assert subnet.resource_group_id == GROUP
    assert subnet.resource_type == "Microsoft.Network/virtualNetworks/subnets"
    assert subnet.is_type("microsoft.network/VIRTUALNETWORKS/subnets")
    assert not subnet.is_type("Microsoft.Network/virtualNetworks")


def test_parent_and_child() -> None:
    assert ResourceId(SUBNET).parent.text == NETWORK
    assert ResourceId(NETWORK).child("subnets", "N").text == SUBNET


def test_a_top_level_resource_has_no_parent() -> None:
    with pytest.raises(ValueError, match="has no parent resource"):
        _ = ResourceId(NETWORK).parent


def test_equality_and_hash_ignore_case() -> None:
    assert ResourceId(SUBNET) == ResourceId(SUBNET.upper())
    assert len({ResourceId(SUBNET), ResourceId(SUBNET.lower())}) == 1
    assert ResourceId(SUBNET) != ResourceId(NETWORK)
    assert ResourceId(SUBNET) != SUBNET


def test_resource_id_builds_from_types_and_names() -> None:
    assert resource_id("S", "G", "Microsoft.Network/virtualNetworks/subnets", "V", "N").text == SUBNET


def test_resource_id_wants_a_name_for_each_type() -> None:
    with pytest.raises(ValueError, match="zip"):
        resource_id("S", "G", "Microsoft.Network/virtualNetworks/subnets", "V")


def test_text_of_a_planned_resource_is_none() -> None:
    assert text_of(None) is None
    assert text_of(ResourceId(SUBNET)) == SUBNET


@pytest.mark.parametrize(
    "scope",
    [
        "/",
        "",
        "/providers/Microsoft.Management/managementGroups/any",
        "/subscriptions/S",
        "/subscriptions/s/",
        GROUP.lower(),
        NETWORK.upper(),
        SUBNET,
        f"{SUBNET}/",
    ],
)
def test_a_scope_covers_itself_and_what_is_below(scope: str) -> None:
    assert scope_covers(scope, SUBNET)


@pytest.mark.parametrize(
    "scope",
    [
        "/subscriptions/S2",
        f"{GROUP}2",
        f"{NETWORK}2",
        f"{SUBNET}2",
        f"{SUBNET}/providers/x/y/z",
        "/providers/Microsoft.Authorization/x",
    ],
)
def test_a_scope_does_not_cover_its_neighbours_or_parents(scope: str) -> None:
    assert not scope_covers(scope, SUBNET)
