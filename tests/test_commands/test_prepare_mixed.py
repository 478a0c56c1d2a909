"""Prepare where part of it is there already, in some other shape or place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import Action, RefusedError
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.preparing import Prepared
from tests.simulator import Simulator

from .azure import CLUSTERS, GROUP, NETWORK, SUBNET, Json, put_cluster, put_identity, put_network, put_table, writes
from .preparing import (
    ADOPTING,
    FULL,
    HOP,
    MADE_IDENTITY,
    MADE_TABLE,
    REQUEST,
    prepare,
    start,
)

SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"
ELSEWHERE = "00000000-0000-0000-0000-0000000000e1"
FOREIGN_IDENTITY = (
    f"/subscriptions/{ELSEWHERE}/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared"
)


def roles_on(applied: Prepared) -> dict[str, Action]:
    """What became of each role assignment, by the last name of its scope."""
    found = {}
    for change in applied.changes:
        if change.resource_type.endswith("/roleAssignments"):
            assert change.resource_id is not None
            found[change.reason.rsplit(" ", 1)[-1]] = change.action
    return found


def put_principal(sim: Simulator) -> str:
    identity: Json = sim.put(MADE_IDENTITY, {"location": "westeurope"})
    return str(identity["properties"]["principalId"])


def assigned_scopes(sim: Simulator) -> list[str]:
    return [entry.path.partition("/providers/Microsoft.Authorization/")[0] for entry in sim.sent("PUT", "roleAssign")]


def test_nothing_is_granted_on_what_the_subnet_carries(sim: Simulator) -> None:
    start(sim, FULL)
    prepare(sim, FULL.request)
    assert sorted(assigned_scopes(sim)) == sorted([SUBNET, MADE_TABLE])


@pytest.mark.parametrize(
    ("scope", "left"),
    [(SUBSCRIPTION, []), (GROUP, []), (NETWORK, [MADE_TABLE]), (SUBNET, [MADE_TABLE])],
    ids=["subscription", "group", "network", "subnet"],
)
@pytest.mark.parametrize("role", list(RoleChoice))
def test_a_role_under_another_name_or_above_counts(
    sim: Simulator, scope: str, left: list[str], role: RoleChoice
) -> None:
    put_network(sim)
    sim.grant(put_principal(sim), scope, "Network Contributor")
    sim.clear_log()
    request = replace(REQUEST, role=role)
    prepare(sim, request)
    assert assigned_scopes(sim) == left
    sim.clear_log()
    prepare(sim, request)
    assert writes(sim) == []


def test_a_role_that_gives_only_part_does_not_count(sim: Simulator) -> None:
    put_network(sim)
    sim.grant(put_principal(sim), SUBSCRIPTION, "Reader")
    assert set(roles_on(prepare(sim)).values()) == {Action.CREATE}


def test_a_deny_assignment_is_not_answered_with_the_same_write_again_and_again(sim: Simulator) -> None:
    put_network(sim)
    denied = {"actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"], "notActions": []}
    body = {
        "properties": {
            "denyAssignmentName": "locked",
            "permissions": [denied],
            "principals": [{"id": put_principal(sim), "type": "ServicePrincipal"}],
        }
    }
    sim.put(f"{SUBNET}/providers/Microsoft.Authorization/denyAssignments/d1", body)
    assert set(roles_on(prepare(sim)).values()) == {Action.CREATE}
    sim.clear_log()
    prepare(sim)
    assert writes(sim) == []


def test_an_adopted_table_keeps_its_routes_and_tags_and_gets_the_default_route(sim: Simulator) -> None:
    start(sim, ADOPTING)
    prepare(sim, ADOPTING.request)
    table = sim.get(MADE_TABLE)
    assert table is not None
    hops = {route["name"]: route["properties"].get("nextHopIpAddress") for route in table["properties"]["routes"]}
    assert hops == {"office": None, "default": str(HOP)}
    assert table["tags"] == {"team": "net"}
    assert sim.sent("PUT", "/routeTables/aks-routes$") == []


def test_an_identity_in_another_subscription_gets_its_roles_here(sim: Simulator) -> None:
    put_network(sim)
    sim.add_subscription(ELSEWHERE)
    sim.put(FOREIGN_IDENTITY, {"location": "westeurope"})
    prepare(sim, replace(REQUEST, identity_id=ResourceId(FOREIGN_IDENTITY), identity_given=True))
    assert sorted(assigned_scopes(sim)) == sorted([SUBNET, MADE_TABLE])


def test_a_custom_role_that_lost_an_action_is_refused_before_anything_is_written(sim: Simulator) -> None:
    start(sim, FULL)
    prepare(sim, FULL.request)
    (role,) = (each for each in sim.records() if each.type == "Microsoft.Authorization/roleDefinitions")
    smaller = {**role.properties, "permissions": [{"actions": ["Microsoft.Network/routeTables/*"]}]}
    sim.put(role.id, {"properties": smaller})
    sim.delete(MADE_IDENTITY)
    sim.clear_log()
    with pytest.raises(RefusedError, match=r"is there, but without Microsoft\.Network/virtualNetworks/subnets/read"):
        prepare(sim, FULL.request)
    assert writes(sim) == []


def serve_another_cluster(sim: Simulator) -> None:
    """The table of prepare's name serves a cluster on another subnet."""
    put_table(sim, MADE_TABLE)
    subnets = [
        {"name": "nodes", "properties": {"addressPrefix": "10.1.0.0/24"}},
        {"name": "other", "properties": {"addressPrefix": "10.1.1.0/24", "routeTable": {"id": MADE_TABLE}}},
    ]
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": subnets}
    sim.put(NETWORK, {"location": "westeurope", "properties": space})
    put_identity(sim)
    put_cluster(sim, f"{CLUSTERS}/old", subnet=f"{NETWORK}/subnets/other")


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        (serve_another_cluster, r"serves cluster 'old' \(subnet 'other'\)"),
    ],
)
def test_what_serves_a_cluster_is_left_alone(sim: Simulator, seed: Callable[[Simulator], None], reason: str) -> None:
    seed(sim)
    sim.clear_log()
    with pytest.raises(RefusedError, match=reason):
        prepare(sim)
    assert writes(sim) == []
    sim.settings.refuse_resource_graph = True
    with pytest.raises(RefusedError, match=reason):
        prepare(sim)
