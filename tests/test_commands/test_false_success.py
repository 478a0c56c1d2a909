"""Every write x every success that is none: it ends with 1 and says what is not there.

In process on the local Azure, with the typed client: the write is answered, and never done. A sample goes through the
real az.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from azext_kubenet import undoing
from azext_kubenet._errors import translate
from azext_kubenet.arm.apply import InterruptedApplyError
from tests.simulator import AzSession, Simulator

from .azure import SUBNET, answer, kubenet, put_network, refused
from .preparing import (
    ADOPTING,
    FULL,
    MADE_IDENTITY,
    MADE_TABLE,
    World,
    no_pause,
    prepare,
    sign_in,
    start,
)
from .test_cleanup import CLUSTER_ID, start_prepared

Run = Callable[[Simulator], object]


@dataclass(frozen=True)
class Written:
    """A write: what leads to it, the request that it is, what its error names, and whether it makes something new."""

    before: Run
    run: Run
    method: str
    path: str
    named: str
    is_new: bool = False


def world(of: World) -> Run:
    return lambda sim: start(sim, of)


def preparing(of: World) -> Run:
    return lambda sim: prepare(sim, of.request)


def tagged(sim: Simulator) -> object:
    """A preparation again, with a tag that what it made lacks."""
    return prepare(sim, replace(FULL.request, tags=(("cost", "1"),)))


def failed_table(sim: Simulator) -> object:
    """The operation of the table has failed, and prepare writes it again."""
    start(sim, FULL)
    sim.fail_operation("/routeTables/aks-routes$", "InternalServerError")
    with pytest.raises(InterruptedApplyError):
        prepare(sim, FULL.request)
    return None


def clean(sim: Simulator) -> object:
    session = sign_in(sim)
    return undoing.carry_out(session, CLUSTER_ID, undoing.decide(session, CLUSTER_ID), yes=True, sleep=no_pause)


PREPARED = preparing(FULL)
WRITES = {
    "identity": Written(world(FULL), PREPARED, "PUT", "/aks-identity$", "aks-identity", is_new=True),
    "route table": Written(world(FULL), PREPARED, "PUT", "/routeTables/aks-routes$", "aks-routes", is_new=True),
    "route": Written(world(ADOPTING), preparing(ADOPTING), "PUT", "/routes/default$", "routes/default", is_new=True),
    "role": Written(world(FULL), PREPARED, "PUT", "/roleDefinitions/[^/]*$", "roleDefinitions"),
    "association": Written(world(FULL), PREPARED, "PUT", "/subnets/nodes$", "subnets/nodes"),
    "role on subnet": Written(world(FULL), PREPARED, "PUT", "/nodes/.*/roleAssignments/", "roleAssignments"),
    "role on table": Written(world(FULL), PREPARED, "PUT", "/aks-routes/.*/roleAssignments/", "roleAssignments"),
    "tags of identity": Written(start_prepared, tagged, "PATCH", "/aks-identity/.*/tags/default$", "aks-identity"),
    "tags of table": Written(start_prepared, tagged, "PATCH", "/aks-routes/.*/tags/default$", "aks-routes"),
    "table again": Written(failed_table, PREPARED, "PUT", "/routeTables/aks-routes$", "aks-routes"),
    "role off subnet": Written(start_prepared, clean, "DELETE", "/nodes/.*/roleAssignments/", "roleAssignments"),
    "role off table": Written(start_prepared, clean, "DELETE", "/aks-routes/.*/roleAssignments/", "roleAssignments"),
    "association off": Written(start_prepared, clean, "PUT", "/subnets/nodes$", "subnets/nodes"),
    "table gone": Written(start_prepared, clean, "DELETE", "/routeTables/aks-routes$", "aks-routes"),
    "identity gone": Written(start_prepared, clean, "DELETE", "/aks-identity$", "aks-identity"),
}
FOREIGN = {"id": f"{SUBNET}-of-another", "name": "another", "properties": {"provisioningState": "Succeeded"}}
FALSE: dict[str, dict[str, Any]] = {
    "200 empty": {"status": 200},
    "200 {}": {"status": 200, "body": {}},
    "202 bare": {"status": 202},
    "201 foreign": {"status": 201, "body": FOREIGN},
    "302": {"status": 302, "headers": {"Location": "/subscriptions"}},
    "307 elsewhere": {"status": 307, "headers": {"Location": "https://elsewhere.example/"}},
    "304": {"status": 304},
}


@pytest.mark.parametrize("false", FALSE.values(), ids=FALSE)
@pytest.mark.parametrize("written", WRITES.values(), ids=WRITES)
def test_a_success_that_is_none_is_an_error(sim: Simulator, written: Written, false: dict[str, Any]) -> None:
    written.before(sim)
    sim.add_fault(method=written.method, path=written.path, times=None, **false)
    with pytest.raises(InterruptedApplyError) as caught:
        written.run(sim)
    error = str(translate(caught.value))
    assert written.named.lower() in error.lower()
    assert "up to an hour" not in error
    undone = [failed for failed, _ in caught.value.failures]
    assert undone and not set(undone) & set(caught.value.done)


NEW = {name: written for name, written in WRITES.items() if written.is_new}


@pytest.mark.parametrize("written", NEW.values(), ids=NEW)
def test_200_where_201_was_due_is_said_and_ends_the_run(sim: Simulator, written: Written) -> None:
    """Somebody made it a moment before, and what they made is replaced."""
    sim.settings.honours_if_none_match = False
    written.before(sim)
    sim.settings.honours_if_none_match = False
    theirs = {
        "identity": (MADE_IDENTITY, {"location": "westeurope", "tags": {"owner": "somebody"}}),
        "route table": (MADE_TABLE, {"location": "westeurope", "tags": {"owner": "somebody"}}),
        "route": (
            f"{MADE_TABLE}/routes/default",
            {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}},
        ),
    }[next(name for name, each in NEW.items() if each is written)]
    sim.add_fault(method="PUT", path=written.path, put={"id": theirs[0], "body": theirs[1]})
    with pytest.raises(InterruptedApplyError, match=r"as if .* had already existed when it was created") as caught:
        written.run(sim)
    assert written.named in str(translate(caught.value))
    prepare(sim, FULL.request if written.before is not WRITES["route"].before else ADOPTING.request)


def test_an_assignment_that_never_shows_is_an_error(sim: Simulator) -> None:
    start(sim, FULL)
    missing = {"error": {"code": "RoleAssignmentNotFound", "message": "Not there."}}
    sim.add_fault(method="GET", path="/nodes/.*/roleAssignments/", status=404, body=missing, times=None)
    with pytest.raises(InterruptedApplyError, match="was written, but it does not exist") as caught:
        prepare(sim)
    ((failed, _),) = caught.value.failures
    assert "/subnets/nodes/" in str(failed.resource_id)
    assert len(caught.value.done) == 4


SAMPLE = [
    ("association", "200 {}"),
    ("association", "202 bare"),
    ("route table", "201 foreign"),
    ("identity", "200 empty"),
    ("role on subnet", "202 bare"),
    ("role on table", "302"),
]


@pytest.mark.parametrize(("what", "false"), SAMPLE, ids=[" ".join(each) for each in SAMPLE])
def test_az_ends_with_1_and_what_is_not_there(sim: Simulator, az: AzSession, what: str, false: str) -> None:
    put_network(sim)
    written = WRITES[what]
    sim.add_fault(method=written.method, path=written.path, times=None, **FALSE[false])
    text = refused(kubenet(az, "prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET))
    assert "an hour" not in text
    assert "az aks kubenet prepare --subscription" in text
    sim.clear_faults()
    done = answer(kubenet(az, "prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET))
    assert {each["action"] for each in done["changes"]} <= {"none", "create", "update"}
