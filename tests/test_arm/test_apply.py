"""Executing Changes: phases, conditional writes, concurrency, and what is said of a run that ended in between."""

from __future__ import annotations

import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from ipaddress import IPv4Address
from types import CodeType, FrameType
from typing import Any

import pytest
from requests.exceptions import ConnectionError as NoConnectionError

from azext_kubenet.arm.apply import (
    BUSY_PAUSES,
    InterruptedApplyError,
    apply_changes,
)
from azext_kubenet.arm.confirm import NotWrittenError
from azext_kubenet.arm.errors import ArmError, ArmUnreachableError, JsonObject
from azext_kubenet.arm.read_back import read_back
from azext_kubenet.arm.writes import SUBNET_TRIES, ConcurrentChangeError
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import (
    Action,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    DeleteResource,
    Phase,
    Write,
    WriteAgain,
    assignment_id,
)

from .documents import (
    GROUP,
    IDENTITY,
    OTHER_TABLE,
    PRINCIPAL,
    ROLE_ID,
    SUBNET,
    TABLE,
    Json,
    identity_document,
    subnet_document,
    table_document,
)
from .fake import Call, FakeArm, MeetingArm, forbidden, not_found, stale

TAGS = (("aks-kubenet-prepared-for", "aks"),)
HOP = IPv4Address("10.9.9.4")


class Reporter:
    """Remembers what was said; `interrupt_at` is the number of the sentence at which somebody presses Ctrl-C."""

    def __init__(self, interrupt_at: int | None = None) -> None:
        self.said: list[str] = []
        self._interrupt_at = interrupt_at

    def say(self, message: str) -> None:
        self.said.append(message)
        if len(self.said) == self._interrupt_at:
            raise KeyboardInterrupt

    def done(self) -> None:
        pass


class Answering(FakeArm):
    """Gives an identity that is made its principal, as Azure does."""

    def put(self, path: str, body: Json, **how: Any) -> Json:
        answer = super().put(path, body, **how)
        if path != str(IDENTITY):
            return answer
        self.add({**answer, **identity_document(), "tags": body["tags"]})
        return self.documents[path.lower()]


def change(write: Write, resource_id: str | None, phase: Phase, action: Action = Action.CREATE) -> Change:
    kind = "Microsoft.X/things" if resource_id is None else ResourceId.parse(resource_id).resource_type
    return Change(action=action, resource_type=kind, resource_id=resource_id, reason="needed", write=write, phase=phase)


def make_identity() -> Change:
    write = CreateIdentity(id=IDENTITY, location="westeurope", tags=TAGS)
    return change(write, str(IDENTITY), Phase.RESOURCES)


def make_table(next_hop: IPv4Address | None = None) -> Change:
    write = CreateRouteTable(id=TABLE, location="westeurope", tags=TAGS, default_route_next_hop=next_hop)
    return change(write, str(TABLE), Phase.RESOURCES)


def associate(table: ResourceId | None = TABLE, expected: ResourceId | None = None) -> Change:
    write = AssociateRouteTable(subnet_id=SUBNET, route_table_id=table, expected=expected)
    return change(write, str(SUBNET), Phase.LINKS, Action.UPDATE)


def assign(scope: ResourceId = SUBNET, principal: str | None = PRINCIPAL) -> Change:
    write = AssignRole(
        scope=str(scope),
        role_definition_id=ROLE_ID,
        role_name="Network Contributor",
        principal_id=principal,
        mark="aks-kubenet-prepared-for:rg/aks:d",
    )
    resource_id = None if principal is None else assignment_id(str(scope), principal, ROLE_ID)
    return change(write, resource_id, Phase.LINKS)


def nothing() -> Change:
    return Change(action=Action.NONE, resource_type="x/y", resource_id="/id", reason="already there")


def run(fake: FakeArm, *changes: Change, documents: dict[ResourceId, JsonObject] | None = None) -> tuple[Change, ...]:
    return apply_changes(fake, changes, documents or {}, Reporter(), sleep=no_sleep).changes


def no_sleep(_: float) -> None:
    pass


def with_subnet(fake: FakeArm, **properties: object) -> dict[ResourceId, JsonObject]:
    """Puts the subnet into the fake; the documents as a snapshot would have read them."""
    fake.add(subnet_document(**properties))
    return {SUBNET: subnet_document(**properties)}


def puts(fake: FakeArm) -> list[str]:
    return [path.rsplit("/", 2)[-2] for path in fake.paths("PUT")]


def test_a_phase_starts_when_the_one_before_has_ended() -> None:
    fake = Answering()
    documents = with_subnet(fake)
    reporter = Reporter()
    planned = (make_identity(), make_table(), associate(), assign(principal=None), assign(TABLE, principal=None))
    applied = apply_changes(fake, planned, documents, reporter)
    assert sorted(puts(fake)[:2]) == ["routeTables", "userAssignedIdentities"]
    assert sorted(puts(fake)[2:]) == ["roleAssignments", "roleAssignments", "subnets"]
    assert reporter.said == [
        "Creating identity 'aks-identity', creating route table 'routes'",
        "Updating subnet 'nodes' of virtual network 'vnet', creating role assignment on subnet 'nodes' of virtual "
        "network 'vnet', creating role assignment on route table 'routes'",
    ]
    assert applied.identity is not None and applied.identity.principal_id == PRINCIPAL
    assert [each.resource_id for each in applied.changes[3:]] == [
        assignment_id(str(scope), PRINCIPAL, ROLE_ID) for scope in (SUBNET, TABLE)
    ]


def test_the_writes_of_a_phase_run_side_by_side() -> None:
    class Meeting(MeetingArm, Answering):
        pass

    fake = Meeting(2, 2, 1, 2)  # is it there, make it, who is the identity, and its roles
    apply_changes(fake, (make_identity(), make_table(), assign(), assign(TABLE)), {}, Reporter())
    assert fake.is_exhausted


def test_what_is_none_is_not_written_but_told() -> None:
    fake = FakeArm()
    assert run(fake, nothing()) == (nothing(),)
    assert fake.calls == []


def test_the_bodies_of_what_is_made() -> None:
    fake = Answering()
    route = CreateRoute(route_table_id=TABLE, name="default", next_hop=IPv4Address("10.9.9.4"))
    role = CreateRole(id=ROLE_ID, name="Custom", actions=("a/read",), assignable_scope="/subscriptions/s")
    run(
        fake,
        make_identity(),
        make_table(IPv4Address("10.1.255.4")),
        change(route, str(TABLE.child("routes", "default")), Phase.RESOURCES),
        Change(action=Action.CREATE, resource_type="r", resource_id=ROLE_ID, reason="", write=role),
    )
    bodies = {call.path: call.body for call in fake.calls if call.method == "PUT"}
    tags = {"aks-kubenet-prepared-for": "aks"}
    hop = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}
    assert bodies[str(IDENTITY)] == {"location": "westeurope", "tags": tags}
    assert bodies[str(TABLE)] == {
        "location": "westeurope",
        "tags": tags,
        "properties": {"routes": [{"name": "default", "properties": {**hop, "nextHopIpAddress": "10.1.255.4"}}]},
    }
    assert bodies[f"{TABLE}/routes/default"] == {"properties": {**hop, "nextHopIpAddress": "10.9.9.4"}}
    made = bodies[ROLE_ID]
    assert made is not None
    assert made["properties"]["permissions"] == [{"actions": ["a/read"], "notActions": []}]
    assert made["properties"]["assignableScopes"] == ["/subscriptions/s"]


def test_what_is_made_is_sent_as_new_and_what_is_changed_is_not() -> None:
    fake = Answering()
    documents = with_subnet(fake)
    path = str(TABLE.child("routes", "default"))
    route = change(CreateRoute(route_table_id=TABLE, name="default", next_hop=HOP), path, Phase.RESOURCES)
    run(fake, make_identity(), make_table(), route, associate(), assign(), documents=documents)
    assert {call.path: call.new for call in fake.calls if call.method == "PUT"} == {
        str(IDENTITY): True,
        str(TABLE): True,
        str(TABLE.child("routes", "default")): True,
        str(SUBNET): False,
        str(assign().resource_id): False,
    }


def test_what_somebody_else_made_meanwhile_is_not_written_over() -> None:
    fake = FakeArm.of(table_document())
    fake.refuse("PUT", str(TABLE), stale())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_table())
    assert isinstance(caught.value.failures[0][1], ConcurrentChangeError)
    assert str(caught.value.failures[0][1]) == f"Somebody else made '{TABLE}' meanwhile."


def test_another_refusal_of_what_is_new_ends_the_run() -> None:
    fake = FakeArm()
    fake.refuse("PUT", str(TABLE), forbidden())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_table())
    assert isinstance(caught.value.failures[0][1], ArmError)


def test_a_put_that_is_repeated_finds_its_own_work() -> None:
    made = {**identity_document(), "tags": dict(TAGS)}
    fake = FakeArm.of(made, subnet_document())
    fake.refuse("PUT", str(IDENTITY), stale())
    applied = apply_changes(fake, (make_identity(), assign(principal=None)), {}, Reporter(), sleep=no_sleep)
    assert applied.identity is not None and applied.identity.principal_id == PRINCIPAL
    assert [each.action for each in applied.changes] == [Action.CREATE, Action.CREATE]


def test_what_an_operation_that_failed_left_behind_is_written_again() -> None:
    failed = {**table_document(), "etag": "e1", "tags": dict(TAGS)}
    failed["properties"] = {**failed["properties"], "provisioningState": "Failed"}
    fake = FakeArm.of(failed)
    run(fake, make_table())
    assert [(call.new, call.etag) for call in fake.calls if call.method == "PUT"] == [(False, "e1")]


def test_what_somebody_makes_in_the_same_moment_is_looked_at_again() -> None:
    fake = FakeArm.of({**table_document(), "tags": dict(TAGS)})
    fake.refuse("GET", str(TABLE), not_found(), times=1)
    fake.refuse("PUT", str(TABLE), stale())
    with pytest.raises(InterruptedApplyError, match="Somebody else made"):
        run(fake, make_table(HOP))
    run(fake, make_table())
    assert len(fake.paths("PUT")) == 1


@pytest.mark.parametrize("routes", [[], [{"name": "default", "properties": {"nextHopIpAddress": "10.9.9.5"}}]])
def test_what_another_run_made_without_our_route_is_not_taken_for_ours(routes: list[Json]) -> None:
    made = {**table_document(), "tags": dict(TAGS)}
    made["properties"] = {**made["properties"], "routes": routes}
    fake = FakeArm.of(made)
    fake.refuse("PUT", str(TABLE), stale())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_table(HOP))
    assert isinstance(caught.value.failures[0][1], ConcurrentChangeError)


ROLE = CreateRole(id=ROLE_ID, name="AKS kubenet cluster network", actions=("x/read",), assignable_scope="/s")


def test_a_role_that_another_run_made_is_used() -> None:
    fake = FakeArm.of({"id": ROLE_ID, "properties": {"roleName": ROLE.name}})
    run(fake, change(ROLE, None, Phase.RESOURCES))
    assert fake.paths("PUT") == []


def test_a_role_that_somebody_renamed_is_not_written_over() -> None:
    fake = FakeArm.of({"id": ROLE_ID, "properties": {"roleName": "Ours now"}})
    with pytest.raises(InterruptedApplyError, match="exists, and is called 'Ours now'"):
        run(fake, change(ROLE, None, Phase.RESOURCES))
    assert fake.paths("PUT") == []


def test_a_role_that_cannot_be_looked_for_is_not_written() -> None:
    fake = FakeArm()
    fake.refuse("GET", ROLE_ID, forbidden())
    with pytest.raises(InterruptedApplyError):
        run(fake, change(ROLE, None, Phase.RESOURCES))
    assert fake.paths("PUT") == []


def test_tags_that_are_lacking_are_added_and_nothing_else_is_changed() -> None:
    document = {**table_document(), "etag": "e1", "tags": {"Team": "theirs"}, "somethingNew": {"kept": True}}
    fake = FakeArm.of(document)
    write = WriteAgain(id=TABLE, tags=(("team", "ours"), ("cost", "1")))
    run(fake, change(write, str(TABLE), Phase.RESOURCES, Action.UPDATE))
    (call,) = (each for each in fake.calls if each.method == "PUT")
    assert call.etag == "e1"
    assert call.body == {**{k: v for k, v in document.items() if k != "etag"}, "tags": {"Team": "theirs", "cost": "1"}}


def test_a_table_without_an_appliance_has_no_routes() -> None:
    fake = FakeArm()
    run(fake, make_table())
    (body,) = (call.body for call in fake.calls if call.method == "PUT")
    assert body is not None and body["properties"] == {"routes": []}


def test_the_subnet_is_written_back_whole_with_its_etag() -> None:
    fake = FakeArm()
    carried = {
        "networkSecurityGroup": {"id": str(GROUP)},
        "serviceEndpoints": [{"service": "S"}],
        "somethingNew": {"x": 1},
    }
    documents = with_subnet(fake, **carried)
    before = documents[SUBNET]
    run(fake, associate(), documents=documents)
    (call,) = fake.calls
    assert (call.method, call.path, call.etag) == ("PUT", str(SUBNET), 'W/"1"')
    expected = subnet_document(**carried, routeTable={"id": str(TABLE)})
    del expected["etag"]
    assert call.body == expected
    assert before == subnet_document(**carried), "the document of the snapshot stays as it was"


def test_a_subnet_that_was_not_read_is_read_first() -> None:
    fake = FakeArm()
    with_subnet(fake)
    run(fake, associate())
    assert [call.method for call in fake.calls] == ["GET", "PUT"]


def test_a_subnet_that_has_the_table_by_now_is_left_alone() -> None:
    fake = FakeArm()
    run(fake, associate(), documents=with_subnet(fake, routeTable={"id": str(TABLE).upper()}))
    assert fake.calls == []


def test_a_subnet_that_somebody_changed_is_read_anew_and_keeps_that_change() -> None:
    fake = FakeArm()
    documents = with_subnet(fake)
    fake.add(subnet_document(serviceEndpoints=[{"service": "Microsoft.Storage"}]) | {"etag": 'W/"2"'})
    fake.refuse("PUT", str(SUBNET), stale(), times=1)
    run(fake, associate(), documents=documents)
    assert [(call.method, call.etag) for call in fake.calls] == [("PUT", 'W/"1"'), ("GET", None), ("PUT", 'W/"2"')]
    body = fake.calls[-1].body
    assert body is not None
    assert body["properties"]["serviceEndpoints"] == [{"service": "Microsoft.Storage"}]
    assert body["properties"]["routeTable"] == {"id": str(TABLE)}


def test_the_fifth_try_still_succeeds() -> None:
    fake = FakeArm()
    documents = with_subnet(fake)
    fake.refuse("PUT", str(SUBNET), stale(), times=SUBNET_TRIES - 1)
    run(fake, associate(), documents=documents)
    assert len(fake.paths("PUT")) == SUBNET_TRIES == 5


def test_a_subnet_that_never_rests_ends_the_run() -> None:
    fake = FakeArm()
    documents = with_subnet(fake)
    fake.refuse("PUT", str(SUBNET), stale())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, associate(), documents=documents)
    assert isinstance(caught.value.failures[0][1], ArmError) and caught.value.failures[0][1].status == 412
    assert len(fake.paths("PUT")) == SUBNET_TRIES


def test_a_table_that_somebody_else_associated_meanwhile_is_never_replaced() -> None:
    fake = FakeArm()
    documents = with_subnet(fake)
    fake.add(subnet_document(routeTable={"id": str(OTHER_TABLE)}))
    fake.refuse("PUT", str(SUBNET), stale(), times=1)
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_table(), associate(), documents=documents)
    cause = caught.value.failures[0][1]
    assert isinstance(cause, ConcurrentChangeError)
    assert str(cause) == f"Subnet 'nodes' meanwhile carries route table '{OTHER_TABLE}'."
    assert caught.value.done == (make_table(),)
    assert fake.documents[str(SUBNET).lower()]["properties"]["routeTable"] == {"id": str(OTHER_TABLE)}


def test_taking_a_table_off_takes_off_the_expected_one_only() -> None:
    fake = FakeArm()
    run(fake, associate(None, expected=TABLE), documents=with_subnet(fake, routeTable={"id": str(TABLE)}))
    body = fake.calls[-1].body
    assert body is not None and "routeTable" not in body["properties"]
    with pytest.raises(InterruptedApplyError):
        run(fake, associate(None, expected=TABLE), documents=with_subnet(fake, routeTable={"id": str(OTHER_TABLE)}))


def test_an_assignment_names_the_kind_of_its_principal() -> None:
    fake = FakeArm()
    run(fake, assign())
    (call,) = fake.calls
    assert call.path == assignment_id(str(SUBNET), PRINCIPAL, ROLE_ID)
    assert call.body == {
        "properties": {
            "roleDefinitionId": ROLE_ID,
            "principalId": PRINCIPAL,
            "principalType": "ServicePrincipal",
            "description": f"aks-kubenet-prepared-for:rg/aks:d:{PRINCIPAL}",
        }
    }


def existing(name: str, **properties: str) -> Json:
    """An assignment that somebody made, with the scope, role and principal of `assign()` unless told otherwise."""
    given = {"scope": str(SUBNET), "roleDefinitionId": ROLE_ID, "principalId": PRINCIPAL, **properties}
    return {"id": f"{SUBNET}{ASSIGNMENTS}/{name}", "name": name, "properties": given}


ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
EXISTS = ArmError(status=409, code="RoleAssignmentExists", message="It exists.")


def test_an_equal_assignment_under_another_name_is_as_good() -> None:
    fake = FakeArm()
    fake.refuse("PUT", "", EXISTS)
    fake.fill(f"{SUBNET}{ASSIGNMENTS}", existing("inherited", scope=str(GROUP)), existing("theirs"))
    (done,) = run(fake, assign())
    assert (done.action, done.resource_id) == (Action.NONE, f"{SUBNET}{ASSIGNMENTS}/theirs")


@pytest.mark.parametrize("found", [(), (existing("theirs", condition="@Resource[x] StringEquals 'y'"),)])
def test_what_azure_calls_existing_and_is_not_equal_ends_the_run(found: tuple[Json, ...]) -> None:
    fake = FakeArm()
    fake.refuse("PUT", "", EXISTS)
    fake.fill(f"{SUBNET}{ASSIGNMENTS}", *found)
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, assign())
    assert caught.value.failures == ((assign(), EXISTS),)


def test_another_refusal_of_an_assignment_ends_the_run() -> None:
    fake = FakeArm()
    fake.refuse("PUT", "", forbidden())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, assign())
    assert caught.value.failures[0][0] == assign()


def test_an_assignment_without_a_principal_is_a_mistake_of_the_program() -> None:
    with pytest.raises(InterruptedApplyError, match="is not known yet") as caught:
        run(FakeArm(), assign(principal=None))
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_change_without_a_write_is_a_mistake_of_the_program() -> None:
    empty = Change(action=Action.CREATE, resource_type="x/y", resource_id="/id", reason="")
    with pytest.raises(InterruptedApplyError, match="create of /id has nothing to write") as caught:
        run(FakeArm(), empty)
    assert isinstance(caught.value.__cause__, ValueError)


DELETE = change(DeleteResource(id=str(TABLE)), str(TABLE), Phase.REMOVE, Action.DELETE)


def test_deleting_waits_and_looks_whether_it_is_gone() -> None:
    fake = FakeArm()
    run(fake, DELETE)
    assert [(call.method, call.path, call.wait) for call in fake.calls] == [
        ("DELETE", str(TABLE), True),
        ("GET", str(TABLE), None),
    ]


def test_deleting_without_waiting_looks_at_nothing() -> None:
    fake = FakeArm()
    apply_changes(fake, (DELETE,), {}, Reporter(), wait=False)
    assert [call.method for call in fake.calls] == ["DELETE"]


def test_a_table_with_a_route_that_nobody_knew_of_is_not_deleted() -> None:
    properties = {"addressPrefix": "10.9.0.0/16", "nextHopType": "VnetLocal"}
    theirs = {"id": f"{TABLE}/routes/theirs", "name": "theirs", "properties": properties}
    fake = FakeArm.of(table_document(TABLE, theirs))
    unaware = change(DeleteResource(id=str(TABLE), routes=()), str(TABLE), Phase.REMOVE, Action.DELETE)
    with pytest.raises(InterruptedApplyError, match="a route that nobody has agreed to lose: theirs") as caught:
        run(fake, unaware)
    assert isinstance(caught.value.__cause__, ConcurrentChangeError)
    assert [call.method for call in fake.calls] == ["GET"]


def test_a_table_that_is_gone_already_is_deleted_all_the_same() -> None:
    fake = FakeArm()
    run(fake, change(DeleteResource(id=str(TABLE), routes=()), str(TABLE), Phase.REMOVE, Action.DELETE))
    assert [call.method for call in fake.calls] == ["GET", "DELETE", "GET"]


class Undying(FakeArm):
    """Takes a deletion for a success, and keeps what was to go for so many of them."""

    times = 1

    def delete(self, path: str, *, wait: bool = True) -> None:
        self.times -= 1
        if self.times < 0:
            super().delete(path, wait=wait)


def test_what_is_still_there_for_a_moment_is_deleted_again() -> None:
    fake, reporter, pauses = Undying.of(table_document()), Reporter(), list[float]()
    apply_changes(fake, (DELETE,), {}, reporter, sleep=pauses.append)
    assert (str(TABLE).lower() in fake.documents, len(pauses)) == (False, 1)
    assert reporter.said[-1] == "Waiting for route table 'routes' to be gone"


def test_what_stays_after_its_deletion_is_an_error() -> None:
    fake = Undying.of(table_document())
    assert isinstance(fake, Undying)
    fake.times = 99
    with pytest.raises(InterruptedApplyError, match="was deleted, but it still exists"):
        run(fake, DELETE)


def test_whether_it_is_gone_has_to_be_told() -> None:
    fake = FakeArm()
    fake.refuse("GET", str(TABLE), forbidden())
    with pytest.raises(InterruptedApplyError, match="AuthorizationFailed"):
        run(fake, DELETE)


@pytest.mark.parametrize(("wait", "expected"), [(True, [True, True]), (False, [True, False])])
def test_without_wait_the_last_phase_only_is_not_awaited(wait: bool, expected: list[bool]) -> None:
    fake = FakeArm()
    documents = with_subnet(fake)
    apply_changes(fake, (make_table(), associate()), documents, Reporter(), wait=wait)
    assert [call.wait for call in fake.calls if call.method == "PUT"] == expected


def test_a_failure_lists_what_was_made_and_starts_no_later_phase() -> None:
    fake = Answering()
    documents = with_subnet(fake)
    fake.refuse("PUT", str(TABLE), ArmError(status=403, code="AuthorizationFailed", message="No."))
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_identity(), make_table(), associate(), documents=documents)
    error = caught.value
    assert (error.done, error.failures[0][0]) == ((make_identity(),), make_table())
    assert str(error) == "(AuthorizationFailed) No."
    assert "subnets" not in puts(fake)


def test_all_that_failed_side_by_side_is_told() -> None:
    fake = Answering()
    fake.refuse("PUT", str(TABLE), forbidden())
    fake.refuse("PUT", str(IDENTITY), stale())
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_table(), make_identity())
    assert [failed for failed, _ in caught.value.failures] == [make_table(), make_identity()]
    assert "; " in str(caught.value)


def test_a_sign_in_that_is_lost_lists_what_was_made() -> None:
    fake = Answering()
    lost = NoConnectionError("login")
    fake.refuse("PUT", str(TABLE), lost)
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_identity(), make_table())
    assert (caught.value.done, caught.value.failures) == ((make_identity(),), ((make_table(), lost),))


def test_a_default_route_that_somebody_else_made_meanwhile_is_kept() -> None:
    path = str(TABLE.child("routes", "default"))
    route = change(CreateRoute(route_table_id=TABLE, name="default", next_hop=HOP), path, Phase.RESOURCES)
    for hop, expected in (("10.9.9.9", ConcurrentChangeError), (str(HOP), None)):
        properties = {"addressPrefix": "0.0.0.0/0", "nextHopType": "virtualAppliance", "nextHopIpAddress": hop}
        fake = FakeArm.of({"id": path, "properties": {**properties, "provisioningState": "Succeeded"}})
        fake.refuse("PUT", path, stale())
        if expected is None:
            assert run(fake, route) == (route,)
        else:
            with pytest.raises(InterruptedApplyError) as caught:
                run(fake, route)
            assert isinstance(caught.value.failures[0][1], expected)


def test_a_connection_that_breaks_lists_what_was_made() -> None:
    fake = Answering()
    fake.refuse("PUT", str(TABLE), ArmUnreachableError("No answer"))
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_identity(), make_table())
    assert caught.value.done == (make_identity(),)


def test_an_answer_in_an_unknown_shape_lists_what_was_made() -> None:
    fake = FakeArm()  # answers the making of an identity without a principal
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_identity(), make_table())
    assert (caught.value.done, caught.value.failures[0][0]) == ((make_table(),), make_identity())
    assert "principalId" in str(caught.value)


def test_ctrl_c_between_two_phases_lists_what_was_made() -> None:
    fake = Answering()
    documents = with_subnet(fake)
    with pytest.raises(InterruptedApplyError) as caught:
        apply_changes(fake, (make_identity(), associate()), documents, Reporter(interrupt_at=2))
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)
    assert (caught.value.done, caught.value.failures) == ((make_identity(),), ())
    assert puts(fake) == ["userAssignedIdentities"]


def press_ctrl_c(*, once_in: CodeType) -> None:
    """Interrupt the main thread, once it runs a function with this code."""
    main = threading.main_thread().ident
    assert main is not None
    while once_in not in codes(sys._current_frames().get(main)):
        time.sleep(0.001)
    signal.pthread_kill(main, signal.SIGINT)


def codes(frame: FrameType | None) -> list[CodeType]:
    return [] if frame is None else [frame.f_code, *codes(frame.f_back)]


def test_ctrl_c_during_a_write_waits_for_it_and_lists_it() -> None:
    fake = Answering(on_put=lambda _: press_ctrl_c(once_in=wait.__code__))
    with pytest.raises(InterruptedApplyError) as caught:
        run(fake, make_identity())
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)
    assert (caught.value.done, caught.value.unsure) == ((make_identity(),), ())


def test_a_second_ctrl_c_does_not_wait_and_says_what_may_be_done() -> None:
    told = threading.Event()

    def press_twice(_: str) -> None:
        press_ctrl_c(once_in=wait.__code__)
        press_ctrl_c(once_in=ThreadPoolExecutor.shutdown.__code__)
        told.wait(10)

    with pytest.raises(InterruptedApplyError) as caught:
        run(Answering(on_put=press_twice), make_identity())
    told.set()
    assert (caught.value.done, caught.value.unsure) == ((), (make_identity(),))


def busy(code: str = "AnotherOperationInProgress") -> ArmError:
    return ArmError(status=409, code="RetryableError", message="Busy.", inner_codes=(code,))


def test_a_resource_that_is_being_written_is_tried_again_with_growing_pauses() -> None:
    fake = FakeArm()
    fake.refuse("PUT", str(TABLE), busy(), times=len(BUSY_PAUSES))
    reporter, pauses = Reporter(), list[float]()
    apply_changes(fake, (make_table(),), {}, reporter, sleep=pauses.append)
    assert tuple(pauses) == BUSY_PAUSES
    assert reporter.said[1] == "Waiting for another operation on route table 'routes' to end"
    assert len(fake.paths("PUT")) == len(BUSY_PAUSES) + 1


def test_a_resource_that_stays_busy_ends_the_run() -> None:
    fake = FakeArm()
    fake.refuse("PUT", str(TABLE), busy())
    with pytest.raises(InterruptedApplyError, match=r"\(RetryableError\) Busy\."):
        run(fake, make_table())


def test_assignments_are_read_back_until_all_are_there() -> None:
    fake, pauses = FakeArm(), list[float]()
    first, second = assign(), assign(TABLE)
    for each in (first, second):
        assert each.resource_id is not None
        fake.add({"id": each.resource_id})
    fake.refuse("GET", str(second.resource_id), ArmError(status=404, code="NotFound", message="m"), times=2)
    reporter = Reporter()
    unseen = read_back(fake, (nothing(), first, second), reporter, 60, sleep=pauses.append, clock=lambda: 0.0)
    assert unseen == ()
    assert len(pauses) == 2
    assert reporter.said == ["Waiting for 1 role assignment to become visible"] * 2
    assert len(fake.paths("GET")) == 4


def test_what_cannot_be_read_back_in_time_is_told() -> None:
    fake, ticks = FakeArm(), iter(range(0, 100, 3))
    changes = (make_table(), assign())
    with pytest.raises(InterruptedApplyError, match="was written, but it does not exist") as caught:
        read_back(
            fake, changes, Reporter(), 7, sleep=no_sleep, clock=lambda: float(next(ticks)), resume_command="az it"
        )
    assert (caught.value.done, caught.value.failures[0][0]) == ((make_table(),), assign())
    assert (len(fake.paths("GET")), caught.value.resume_command) == (2, "az it")


def test_without_assignments_nothing_is_read_back() -> None:
    fake = FakeArm()
    assert read_back(fake, (nothing(), make_table()), Reporter(), 60, sleep=no_sleep) == ()
    assert fake.calls == []


@pytest.mark.parametrize("refusal", [forbidden(), ArmUnreachableError("No answer")])
def test_what_azure_will_not_show_is_told_without_waiting(refusal: Exception) -> None:
    fake, pauses = FakeArm(), list[float]()
    fake.refuse("GET", "", refusal)
    assert read_back(fake, (assign(),), Reporter(), 60, sleep=pauses.append) == (assign().resource_id,)
    assert pauses == []


def test_ctrl_c_while_reading_back_lists_all_that_was_made() -> None:
    with pytest.raises(InterruptedApplyError) as caught:
        read_back(FakeArm(), (nothing(), assign()), Reporter(interrupt_at=1), 60, sleep=no_sleep)
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)
    assert caught.value.done == (assign(),)


class FalseSuccess(FakeArm):
    """Takes every PUT for a success, answers with `false`, and stores nothing."""

    false: Json = {}  # noqa: RUF012 # set once for each test, never changed

    def put(self, path: str, body: Json, **how: Any) -> Json:
        self.calls.append(Call("PUT", path, body=body, wait=how["wait"]))
        return self.false


NEW_ROUTE = change(
    CreateRoute(route_table_id=TABLE, name="default", next_hop=HOP), str(TABLE.child("routes", "default")), Phase.LINKS
)
NEW_ROLE = change(
    CreateRole(id=ROLE_ID, name="Custom", actions=("a/read",), assignable_scope="/subscriptions/s"),
    None,
    Phase.RESOURCES,
)
EVERY_WRITE = {
    "identity": make_identity(),
    "table": make_table(),
    "route": NEW_ROUTE,
    "role": NEW_ROLE,
    "association": associate(),
    "association taken off": associate(None, TABLE),
    "assignment": assign(),
}


@pytest.mark.parametrize("false", [{}, {"id": "/subscriptions/x/foreign"}], ids=["empty", "foreign"])
@pytest.mark.parametrize("written", EVERY_WRITE.values(), ids=EVERY_WRITE)
def test_a_success_after_which_nothing_is_there_is_an_error(written: Change, false: Json) -> None:
    fake = FalseSuccess()
    fake.false = false
    taken_off = written is EVERY_WRITE["association taken off"]
    with_subnet(fake, **({"routeTable": {"id": str(TABLE)}} if taken_off else {}))
    with pytest.raises(InterruptedApplyError, match=r"Azure reported that .* was written, but it") as caught:
        run(fake, written)
    assert caught.value.done == ()
    assert isinstance(caught.value.failures[0][1], NotWrittenError)


def test_an_answer_that_says_nothing_is_enough_where_the_resource_reads_back() -> None:
    class Silent(FakeArm):
        def put(self, path: str, body: Json, **how: Any) -> Json:
            super().put(path, body, **how)
            return {}

    fake = Silent()
    run(fake, make_table())
    assert [call.method for call in fake.calls] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize(
    "planned",
    [associate(), change(WriteAgain(id=TABLE, tags=TAGS), str(TABLE), Phase.RESOURCES, Action.UPDATE)],
    ids=["subnet", "table"],
)
def test_a_network_resource_without_an_etag_is_not_written_back(planned: Change) -> None:
    fake = FakeArm()
    for document in (subnet_document(), table_document()):
        document.pop("etag", None)
        fake.add(document)
    with pytest.raises(InterruptedApplyError, match="has no ETag"):
        run(fake, planned)
    assert fake.paths("PUT") == []
