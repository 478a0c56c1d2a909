"""Every fault on every write of prepare: it completes, or says what is made and how to go on, and a re-run does."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import Any

import pytest

from azext_kubenet._errors import translate
from azext_kubenet.arm.apply import BUSY_PAUSES, InterruptedApplyError
from azext_kubenet.render.prepare import prepare_command
from tests.simulator import AzSession, Simulator

from .azure import SUBNET, kubenet, put_network, refused, writes
from .preparing import (
    ADOPTING,
    FULL,
    MADE_TABLE,
    World,
    left_behind,
    marks_of,
    part_of,
    prepare,
    start,
    undisturbed,
)

CLIENT_TRIES = 4
"""How often azure-core sends a request."""

WRITES = [(FULL, path) for path in FULL.writes] + [(ADOPTING, "/routes/default$")]
OPERATIONS = [(FULL, "/routeTables/aks-routes$"), (FULL, "/subnets/nodes$"), (ADOPTING, "/routes/default$")]
"""The writes that Azure answers before they have ended."""


@dataclass(frozen=True)
class Kind:
    """A fault, and how often a write that meets it is sent before the run gives up."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    tries: int = CLIENT_TRIES

    def __str__(self) -> str:
        return self.name


BUSY = {"code": "RetryableError", "message": "A retryable error occurred."}
KINDS = [
    Kind("429 with Retry-After", {"status": 429, "headers": {"Retry-After": "0.001"}}),
    Kind("429", {"status": 429}),
    Kind("500", {"status": 500}),
    Kind("503", {"status": 503}),
    Kind("closed before", {"close": "before"}),
    Kind("closed after", {"close": "after"}),
    Kind("409 another operation", {"status": 409, "code": "AnotherOperationInProgress"}, len(BUSY_PAUSES) + 1),
    Kind("429 retryable", {"status": 429, **BUSY}, CLIENT_TRIES * (len(BUSY_PAUSES) + 1)),
    Kind("409 retryable", {"status": 409, **BUSY}, len(BUSY_PAUSES) + 1),
]

every_write = pytest.mark.parametrize(
    ("world", "path"), WRITES, ids=[path.strip("/$").replace("/.*/", " ") for _, path in WRITES]
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


def failing(sim: Simulator, world: World) -> InterruptedApplyError:
    with pytest.raises(InterruptedApplyError) as caught:
        prepare(sim, world.request)
    return caught.value


def advice(error: InterruptedApplyError) -> list[str]:
    recommendations: list[str] = translate(error).recommendations
    return recommendations


def check_that_a_second_run_completes(sim: Simulator, world: World, expected: object) -> None:
    sim.clear_faults()
    prepare(sim, world.request)
    assert left_behind(sim) == expected
    sim.clear_log()
    prepare(sim, world.request)
    assert writes(sim) == []


@every_kind
@every_write
def test_a_passing_fault_is_survived(sim: Simulator, world: World, path: str, kind: Kind) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.add_fault(method="PUT", path=path, times=kind.tries - 1, **kind.fields)
    prepare(sim, world.request)
    assert len(sim.sent("PUT", path)) == kind.tries
    assert left_behind(sim) == expected


@every_kind
@every_write
def test_a_lasting_fault_ends_with_one_error_and_a_second_run_completes(
    sim: Simulator, world: World, path: str, kind: Kind
) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.add_fault(method="PUT", path=path, times=None, **kind.fields)
    error = failing(sim, world)
    assert len(sim.sent("PUT", path)) == kind.tries
    check_the_error(sim, world, error)
    check_that_a_second_run_completes(sim, world, expected)


def check_the_error(sim: Simulator, world: World, error: InterruptedApplyError) -> None:
    """It names what failed, lists all else that was made, and ends with the command to go on with."""
    done = {change.resource_id for change in error.done}
    assert done == {entry.path for entry in writes(sim) if entry.status in (200, 201)} - {
        error.failures[0][0].resource_id
    }
    assert advice(error)[-2:] == ["To continue where this run stopped, run:", prepare_command(world.request)]


@pytest.mark.parametrize(("world", "path"), OPERATIONS, ids=[path.strip("/$") for _, path in OPERATIONS])
def test_an_operation_that_fails_is_told_and_mended_by_a_second_run(sim: Simulator, world: World, path: str) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.settings.operation_polls = 1
    sim.fail_operation(path, "InternalServerError", "The operation failed.")
    error = failing(sim, world)
    assert "(InternalServerError) The operation failed." in str(translate(error))
    check_the_error(sim, world, error)
    sim.settings.operation_polls = 0
    check_that_a_second_run_completes(sim, world, expected)


@pytest.mark.parametrize(("world", "path"), OPERATIONS, ids=[path.strip("/$") for _, path in OPERATIONS])
def test_an_operation_that_another_one_superseded_is_started_again(sim: Simulator, world: World, path: str) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.fail_operation(path, "CanceledAndSupersededDueToAnotherOperation")
    prepare(sim, world.request)
    assert len(sim.sent("PUT", path)) > 1
    assert left_behind(sim) == expected


@every_write
def test_slow_operations_are_awaited(sim: Simulator, world: World, path: str) -> None:
    expected = undisturbed(sim, world)
    start(sim, world)
    sim.settings.operation_polls = 2
    sim.settings.refuse_concurrent_writes = True
    prepare(sim, world.request)
    assert len(sim.sent("PUT", path)) == 1
    assert left_behind(sim) == expected


@pytest.mark.parametrize("code", ["PrincipalNotFound", "RoleDefinitionDoesNotExist"])
@pytest.mark.parametrize("path", [path for path in FULL.writes if path.endswith("/roleAssignments/")])
def test_an_assignment_waits_until_its_identity_and_role_are_known(sim: Simulator, path: str, code: str) -> None:
    expected = undisturbed(sim, FULL)
    start(sim, FULL)
    sim.add_fault(method="PUT", path=path, status=400, code=code, times=len(BUSY_PAUSES))
    prepare(sim, FULL.request)
    assert left_behind(sim) == expected


def test_two_writes_that_fail_are_both_mended_by_a_second_run(sim: Simulator) -> None:
    expected = undisturbed(sim, FULL)
    start(sim, FULL)
    sim.add_fault(method="PUT", path="/roleAssignments/", status=400, times=None)
    sim.add_fault(method="PUT", path="/subnets/nodes$", status=400, times=None)
    error = failing(sim, FULL)
    assert {change.resource_type.rsplit("/", 1)[-1] for change in error.done} == {
        "userAssignedIdentities",
        "routeTables",
        "roleDefinitions",
    }
    check_that_a_second_run_completes(sim, FULL, expected)


def test_a_missing_join_is_explained(sim: Simulator) -> None:
    start(sim, FULL)
    message = "It does not have permission to perform action 'Microsoft.Network/networkSecurityGroups/join/action'."
    sim.add_fault(method="PUT", path="/subnets/nodes$", status=403, code="LinkedAuthorizationFailed", message=message)
    error = failing(sim, FULL)
    assert message in str(translate(error))
    assert advice(error)[0] == (
        "Whoever writes a subnet needs the join action, named above, on everything the subnet carries: ask for Network "
        "Contributor on that scope."
    )


def test_az_lists_what_is_made_and_prints_the_command_that_goes_on(sim: Simulator, az: AzSession) -> None:
    put_network(sim)
    sim.settings.retry_after_ms = 1
    sim.fail_operation("/subnets/nodes$", "InternalServerError", "The subnet could not be updated.")
    words = ("--resource-group", "rg", "--cluster-name", "aks", "--vnet-subnet-id", SUBNET, "--tags", "owner=a b")
    text = refused(kubenet(az, "prepare", *words, "--default-route-next-hop", "10.9.9.4"))
    assert "Could not put route table 'aks-routes' on subnet 'nodes' of virtual network 'vnet'. " in text
    assert "(InternalServerError) The subnet could not be updated." in text
    assert (
        "Already done, and kept: create identity 'aks-identity', create route table 'aks-routes', "
        "create role assignment on subnet " in text
    )
    (command,) = (line for line in text.splitlines() if line.startswith("az aks kubenet prepare "))
    done = az.json(*shlex.split(command)[1:])
    assert {change["action"] for change in done["changes"]} == {"none", "update"}
    subnet = sim.get(SUBNET)
    assert subnet is not None
    assert subnet["properties"]["provisioningState"] == "Succeeded"
    assert subnet["properties"]["routeTable"]["id"] == MADE_TABLE
    table = sim.get(MADE_TABLE)
    assert table is not None
    parts = {**part_of(SUBNET), **part_of(f"{MADE_TABLE}/routes/default")}
    assert table["tags"] == {"owner": "a b", **marks_of(MADE_TABLE), **parts}
