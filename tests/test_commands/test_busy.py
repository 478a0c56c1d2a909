"""prepare, cleanup and create while somebody else's operations run: what Azure refuses meanwhile is waited for."""

from __future__ import annotations

import pytest

from azext_kubenet.arm.apply import InterruptedApplyError
from tests.simulator import AzSession, Simulator

from .azure import CLUSTER, SUBNET, answer, put_ready, writes
from .creating import OWN_NETWORK, PREPARED, create, put_unprepared
from .preparing import ADOPTING, FULL, MADE_TABLE, World, left_behind, prepare, start, undisturbed
from .test_cleanup import clean, start_prepared

ANSWERS = ("RetryableError", "AnotherOperationInProgress")
PHASES = ["CreatingAgentPools: 0/1 nodes completed", "CreatingAgentPools: 1/1 nodes completed", "Finishing"]
MARKS = {
    "networkIntentPolicies": [{"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/p/mi"}],
    "subnetID": "8f4a0f0e-2f0b-4f6f-9d61-0a4d9f3c2b11",
    "serviceAssociationLinks": [
        {"name": "AppServiceLink", "properties": {"enabledForArmDeployments": False, "allowDelete": True}}
    ],
}

every_answer = pytest.mark.parametrize("busy", ANSWERS)


def refusals(sim: Simulator) -> list[str]:
    return [entry.code or "" for entry in writes(sim) if (entry.status or 0) >= 400]


def without_roles(sim: Simulator) -> object:
    """What is there, but for the custom role, which belongs to the subscription and stays."""
    left = left_behind(sim)
    assert isinstance(left, dict)
    return {**left, "roles": []}


@every_answer
@pytest.mark.parametrize("world", [FULL, ADOPTING], ids=["full", "adopting"])
def test_prepare_waits_for_the_network_and_the_table(sim: Simulator, world: World, busy: str) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.occupy(SUBNET, times=2, answer=busy)
    prepare(sim, world.request)
    assert refusals(sim) == [busy, busy]
    assert left_behind(sim) == expected


def test_prepare_waits_until_its_own_table_is_provisioned(sim: Simulator) -> None:
    expected = undisturbed(sim, FULL)
    start(sim, FULL)
    sim.occupy(MADE_TABLE)
    prepare(sim, FULL.request)
    assert left_behind(sim) == expected


@every_answer
def test_cleanup_waits_for_the_network(sim: Simulator, busy: str) -> None:
    before = start_prepared(sim)
    sim.occupy(SUBNET, times=2, answer=busy)
    clean(sim)
    assert refusals(sim) == [busy, busy]
    assert without_roles(sim) == before


@every_answer
def test_cleanup_waits_for_the_table(sim: Simulator, busy: str) -> None:
    before = start_prepared(sim)
    sim.occupy(MADE_TABLE, answer=busy)
    clean(sim)
    assert refusals(sim) == [busy]
    assert without_roles(sim) == before


@every_answer
def test_create_prepares_in_a_busy_network(az: AzSession, sim: Simulator, busy: str) -> None:
    put_unprepared(sim)
    sim.occupy(SUBNET, answer=busy)
    assert answer(create(az, *OWN_NETWORK, "--prepare"))["provisioningState"] == "Succeeded"


def test_create_follows_an_operation_through_its_phases(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.update({"operation_polls": len(PHASES), "aks_phases": PHASES})
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"
    assert [pool["count"] for pool in (sim.get(CLUSTER) or {})["properties"]["agentPoolProfiles"]] == [3]


def test_what_another_service_wrote_on_the_subnet_survives_prepare_and_cleanup(sim: Simulator) -> None:
    start(sim, FULL)
    found = sim.get(SUBNET) or {}
    sim.put(SUBNET, {**found, "properties": {**found["properties"], **MARKS}})
    sim.clear_log()
    prepare(sim, FULL.request)
    (sent,) = [entry.body["properties"] for entry in writes(sim) if entry.path.lower() == SUBNET.lower()]
    assert {name: sent[name] for name in MARKS} == MARKS
    assert {name: value for name, value in (sim.get(SUBNET) or {})["properties"].items() if name in MARKS} == MARKS
    sim.clear_log()
    clean(sim)
    (sent,) = [entry.body["properties"] for entry in writes(sim) if entry.path.lower() == SUBNET.lower()]
    assert {name: sent[name] for name in MARKS} == MARKS


@pytest.mark.parametrize("position", ["refused", "failed"])
def test_cleanup_tells_of_a_table_that_came_into_use_meanwhile(sim: Simulator, position: str) -> None:
    """Azure refuses to delete it at once, or accepts and fails; no recording says which."""
    start_prepared(sim)
    sim.settings.deletes_in_use = position
    other = f"{SUBNET.rsplit('/', 1)[0]}/other"
    body = {"properties": {"addressPrefix": "10.1.200.0/24", "routeTable": {"id": MADE_TABLE}}}
    sim.add_fault(method="DELETE", path="/routeTables/aks-routes$", put={"id": other, "body": body})
    with pytest.raises(InterruptedApplyError) as caught:
        clean(sim)
    assert "InUseRouteTableCannotBeDeleted" in str(caught.value)
    assert sim.get(MADE_TABLE) is not None
