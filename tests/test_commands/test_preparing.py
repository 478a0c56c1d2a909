"""The way that prepare and `create --prepare` share, in process: what it refuses, asks and says, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.arm.apply import InterruptedApplyError
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import MissingResourceError, RefusedError
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.refuse_without_rights import WRITE_IDENTITY_ACTION
from azext_kubenet.preparing import Prepared, carry_out, decide, read
from tests.simulator import Simulator

from .azure import GROUP, NETWORK, SUBNET, TABLE, put_network, put_table, writes
from .preparing import REQUEST, no_pause, sign_in

SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"


def carry(sim: Simulator, request: PrepareRequest = REQUEST, *, yes: bool = True) -> Prepared:
    session = sign_in(sim)
    return carry_out(session, decide(request, read(session, request)), yes=yes, sleep=no_pause)


def test_what_is_decided_is_made(sim: Simulator) -> None:
    put_network(sim)
    session = sign_in(sim)
    preparation = decide(REQUEST, read(session, REQUEST))
    sim.clear_log()
    prepared = carry_out(session, preparation, yes=False, sleep=no_pause)
    assert [each.action for each in prepared.changes] == [each.action for each in preparation.intent.changes]
    assert prepared.identity is not None
    assert [each.resource_id for each in prepared.changes if each.resource_id is None] == []
    assert len(writes(sim)) == 5


def test_without_read_back_no_assignment_is_looked_for(sim: Simulator) -> None:
    put_network(sim)
    carry(sim)
    assert [each.path for each in sim.sent("GET") if "/roleAssignments/" in each.path] == []


def test_a_table_of_another_region_is_refused_before_the_first_write(sim: Simulator) -> None:
    put_network(sim)
    put_table(sim, location="northeurope")
    sim.clear_log()
    with pytest.raises(RefusedError, match=r"is in northeurope.*\(RT6\)"):
        carry(sim, replace(REQUEST, route_table_id=ResourceId(TABLE), route_table_given=True))
    assert writes(sim) == []


def moved(resource_id: ResourceId) -> ResourceId:
    """The same in a group that is not there."""
    return ResourceId(str(resource_id).replace(GROUP, f"{SUBSCRIPTION}/resourceGroups/nowhere"))


def test_a_group_that_is_not_there_is_refused_before_the_first_write(sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    elsewhere = replace(
        REQUEST,
        cluster_id=moved(REQUEST.cluster_id),
        identity_id=moved(REQUEST.identity_id),
        route_table_id=moved(REQUEST.route_table_id),
    )
    with pytest.raises(MissingResourceError, match="'nowhere' was not found"):
        carry(sim, elsewhere)
    assert writes(sim) == []


def test_what_the_caller_lacks_is_decided_without_refusing_and_refused_before_the_first_write(sim: Simulator) -> None:
    put_network(sim)
    sim.set_caller_roles([(SUBSCRIPTION, "Reader")])
    sim.clear_log()
    session = sign_in(sim)
    preparation = decide(REQUEST, read(session, REQUEST))
    assert (preparation.missing_rights[0].action, preparation.missing_rights[0].scope) == (WRITE_IDENTITY_ACTION, GROUP)
    with pytest.raises(RefusedError, match=WRITE_IDENTITY_ACTION):
        carry_out(session, preparation, yes=True)
    assert writes(sim) == []


def put_machine(sim: Simulator) -> None:
    """A network whose subnet has the interface of somebody's machine in it."""
    put_network(sim)
    interface = f"{NETWORK.partition('/virtualNetworks/')[0]}/networkInterfaces/machine"
    configuration = {"name": "one", "properties": {"subnet": {"id": SUBNET}}}
    sim.put(interface, {"location": "westeurope", "properties": {"ipConfigurations": [configuration]}})
    sim.clear_log()


def test_nobody_to_ask_stops_it_before_the_first_write(sim: Simulator) -> None:
    put_machine(sim)
    with pytest.raises(RefusedError, match="no terminal to prompt on"):
        carry(sim, yes=False)
    assert writes(sim) == []


def test_who_agreed_is_not_asked(sim: Simulator) -> None:
    put_machine(sim)
    assert len(carry(sim, yes=True).changes) == 5


class Line:
    """A reporter that shows one line."""

    shown: str | None = None

    def say(self, message: str) -> None:
        self.shown = message

    def done(self) -> None:
        self.shown = None


def test_a_failed_preparation_takes_its_progress_line_away(sim: Simulator) -> None:
    put_network(sim)
    line = Line()
    session = replace(sign_in(sim), reporter=line)
    during: list[str | None] = []
    sim.add_fault(method="PUT", path="/routeTables/", status=403, hook=lambda _: during.append(line.shown))
    with pytest.raises(InterruptedApplyError):
        carry_out(session, decide(REQUEST, read(session, REQUEST)), yes=True, sleep=no_pause)
    assert during[0] is not None
    assert line.shown is None
