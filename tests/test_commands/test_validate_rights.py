"""`az aks kubenet validate-subnet` through the real az: where the identity's rights come from, or may be taken away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import AzSession, Simulator

from .azure import (
    GROUP,
    IDENTITY,
    NAMES,
    SUBNET,
    TABLE,
    Json,
    answer,
    finding,
    kubenet,
    put_identity,
    put_network,
    put_table,
)

INNER, OUTER = "00000000-0000-0000-0000-0000000000e1", "00000000-0000-0000-0000-0000000000e2"
DENIAL = f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/00000000-0000-0000-0000-0000000000d1"


def judged(az: AzSession, code: int = 0) -> Json:
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", IDENTITY), code)
    return {each: finding(report, each) for each in ("ID2", "ID3")}


def put_grouped(sim: Simulator) -> str:
    """An identity in a group in a group, and that one is Network Contributor on the resource group."""
    put_network(sim, routeTable={"id": put_table(sim)})
    put_identity(sim)
    principal = str((sim.get(IDENTITY) or {})["properties"]["principalId"])
    sim.add_group([principal], INNER)
    sim.add_group([INNER], OUTER)
    sim.grant(OUTER, GROUP, "Network Contributor")
    return principal


def test_rights_through_a_group_in_a_group_count_and_are_told(az: AzSession, sim: Simulator) -> None:
    put_grouped(sim)
    for code, found in judged(az).items():
        assert (found["status"], found["evidence"]["throughGroups"]) == ("passed", [OUTER]), code
        assert found["message"].endswith(" by Network Contributor, through a group.")
    asked = {entry.query["$filter"] for entry in sim.sent("GET", "/roleAssignments$")}
    assert len(asked) == 1 and asked.pop().startswith("atScope() and assignedTo('")


@pytest.mark.parametrize(
    ("whom", "status"),
    [
        ({"principals": [{"id": INNER, "type": "Group"}]}, "unknown"),
        ({"excludePrincipals": [{"id": INNER, "type": "Group"}]}, "unknown"),
        ({"condition": "@Resource[a:b] StringEquals 'c'"}, "unknown"),
        ({}, "failed"),
    ],
    ids=["for a group", "but for a group", "with a condition", "for everyone"],
)
def test_deny_assignments_take_away_or_may(az: AzSession, sim: Simulator, whom: Json, status: str) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    put_identity(sim, SUBNET, TABLE)
    permission: dict[str, Any] = {"actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"]}
    everyone = [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}]
    properties = {"denyAssignmentName": "Locked", "permissions": [permission], "principals": everyone, **whom}
    sim.put(DENIAL, {"properties": properties})
    found = judged(az, 4 if status == "failed" else 0)
    assert (found["ID2"]["status"], found["ID3"]["status"]) == (status, "passed")
    assert "'Locked'" in found["ID2"]["message"]
    assert found["ID2"]["commands"] == []


def test_a_role_under_a_condition_is_unknown_unless_it_is_about_other_actions(az: AzSession, sim: Simulator) -> None:
    principal = put_grouped(sim)
    sim.add_group([], INNER)
    role = f"/subscriptions/{sim.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/"
    delegated = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[a:b] GuidEquals 'c')"
    for number, (scope, condition) in enumerate([(SUBNET, delegated), (TABLE, "@Resource[a:b] StringEquals 'c'")]):
        name = f"{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000a{number}"
        properties = {"roleDefinitionId": role + "4d97b98b-1d4f-4787-a291-c67834d212e7", "principalId": principal}
        sim.put(name, {"properties": {**properties, "condition": condition}})
    found = judged(az)
    assert (found["ID2"]["status"], found["ID3"]["status"]) == ("passed", "unknown")
    assert "under a condition, which is not evaluated" in found["ID3"]["message"]
