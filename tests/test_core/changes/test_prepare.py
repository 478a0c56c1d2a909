"""What prepare decides to write: from what is there and what is asked for to Changes, or to a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest

from azext_kubenet.core.azure.access import ManagedIdentity
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import (
    Action,
    AddTags,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRoute,
    CreateRouteTable,
    MissingResourceError,
    Phase,
    RefusedError,
    WriteAgain,
    assignment_id,
)
from azext_kubenet.core.changes.marks import made_for_tag, part_tag
from azext_kubenet.core.changes.prepare import Intent, PrepareRequest, decide_prepare, with_principal
from azext_kubenet.core.changes.role_grants import RoleChoice

from ..make import (
    SUBSCRIPTION,
    make_access,
    make_cluster,
    make_id,
    make_pool,
    make_role,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
OTHER = make_id("Microsoft.Network/routeTables", "other")
SUBNET = make_subnet()
ON_SUBNET = part_tag(CLUSTER, TABLE, SUBNET.id or TABLE)
HOP = IPv4Address("10.9.9.4")
FOUND = ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1")
EMPTY_TABLE = make_route_table()
TABLE_TAG = made_for_tag(CLUSTER, TABLE)


def request(**rest: Any) -> PrepareRequest:
    assert SUBNET.id is not None
    given: dict[str, Any] = {
        "cluster_id": CLUSTER,
        "subnet_id": SUBNET.id,
        "identity_id": IDENTITY,
        "identity_given": False,
        "route_table_id": TABLE,
        "route_table_given": False,
    }
    return PrepareRequest(**(given | rest))


def decide(subnet: Subnet = SUBNET, facts: dict[str, Any] | None = None, **rest: Any) -> Intent:
    known: dict[str, Any] = {"subnet": subnet, "virtual_network": make_virtual_network(subnet)}
    return decide_prepare(request(**rest), Snapshot(**(known | (facts or {}))))


def refusal(call: Callable[[], object]) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        call()
    return caught.value


def steps(intent: Intent) -> list[tuple[Action, str]]:
    return [(change.action, change.resource_type.rsplit("/", 1)[-1]) for change in intent.changes]


def of_type(intent: Intent, name: str) -> Change:
    return next(change for change in intent.changes if change.resource_type.endswith(f"/{name}"))


def test_from_nothing_all_is_made_in_the_order_of_dependencies() -> None:
    intent = decide()
    assert steps(intent) == [
        (Action.CREATE, "userAssignedIdentities"),
        (Action.CREATE, "routeTables"),
        (Action.UPDATE, "subnets"),
        (Action.CREATE, "roleAssignments"),
        (Action.CREATE, "roleAssignments"),
    ]
    assert [change.phase for change in intent.changes] == [Phase.RESOURCES] * 2 + [Phase.LINKS] * 3
    assert all(change.write is not None for change in intent.changes)
    assert (intent.location, intent.identity, intent.identity_id, intent.route_table_id) == (
        "westeurope",
        None,
        IDENTITY,
        TABLE,
    )
    assert (intent.held, intent.asks, intent.subnet) == ((), (), SUBNET)


def test_what_is_made_is_marked_with_cluster_place_and_parts() -> None:
    intent = decide(tags=(("team", "net"),), default_route_next_hop=HOP, location="northeurope")
    given = ("team", "net")
    assert of_type(intent, "userAssignedIdentities").write == CreateIdentity(
        id=IDENTITY, location="northeurope", tags=(given, made_for_tag(CLUSTER, IDENTITY))
    )
    assert SUBNET.id is not None
    parts = [part_tag(CLUSTER, TABLE, part) for part in (SUBNET.id, TABLE.child("routes", "default"))]
    tags = (given, TABLE_TAG, *parts)
    assert of_type(intent, "routeTables").write == CreateRouteTable(
        id=TABLE, location="northeurope", tags=tags, default_route_next_hop=HOP
    )
    assert of_type(intent, "subnets").write == AssociateRouteTable(subnet_id=SUBNET.id, route_table_id=TABLE)


def test_what_prepare_made_before_gets_the_tags_that_it_lacks() -> None:
    facts = {
        "identity": replace(FOUND, tags=(made_for_tag(CLUSTER, IDENTITY), ("Team", "theirs"))),
        "candidate_route_table": make_route_table(tags=(TABLE_TAG, ON_SUBNET)),
    }
    intent = decide(facts=facts, tags=(("team", "net"), ("cost", "1")))
    identity, table = of_type(intent, "userAssignedIdentities"), of_type(intent, "routeTables")
    assert (identity.action, identity.reason) == (Action.UPDATE, "add tag cost")
    assert identity.write == AddTags(id=IDENTITY, tags=(("cost", "1"),))
    assert (table.action, table.reason) == (Action.UPDATE, "add tags team, cost")
    assert table.write == AddTags(id=TABLE, tags=(("team", "net"), ("cost", "1")))


def test_a_table_that_failed_and_lacks_a_tag_is_written_once() -> None:
    table = make_route_table(tags=(TABLE_TAG, ON_SUBNET), provisioning_state="Failed")
    change = of_type(decide(facts={"candidate_route_table": table}, tags=(("team", "net"),)), "routeTables")
    assert (change.reason, change.write) == (
        "its last operation failed; add tag team",
        WriteAgain(id=TABLE, tags=(("team", "net"),)),
    )


@pytest.mark.parametrize(
    "tags", [(), (("aks-kubenet-prepared-for", "another"),), (("aks-kubenet-prepared-for", "aks"),)]
)
def test_what_is_adopted_is_not_tagged(tags: tuple[tuple[str, str], ...]) -> None:
    facts = {"identity": replace(FOUND, tags=tags), "candidate_route_table": make_route_table(tags=tags)}
    intent = decide(facts=facts, tags=(("team", "net"),))
    kept = (of_type(intent, "userAssignedIdentities"), of_type(intent, "routeTables"))
    assert {(change.action, change.write) for change in kept} == {(Action.NONE, None)}


def test_when_all_is_there_nothing_is_written() -> None:
    subnet = make_subnet(route_table_id=TABLE)
    role = make_role("Microsoft.Network/*")
    facts = {
        "identity": FOUND,
        "route_table": make_route_table(make_route(hop=str(HOP))),
        "subnet_access": make_access(str(subnet.id), role),
        "route_table_access": make_access(str(TABLE), role),
    }
    intent = decide(subnet, facts, default_route_next_hop=HOP)
    assert [change.action for change in intent.changes] == [Action.NONE] * 6
    assert [change.write for change in intent.changes] == [None] * len(intent.changes)
    assert [change.reason for change in intent.changes[:4]] == [
        *("already there", "already there", "already there", "already uses route table 'routes'")
    ]
    assert intent.identity is FOUND
    assert [held.scope for held in intent.held] == [str(subnet.id), str(TABLE)]


def test_a_given_identity_is_told_as_given() -> None:
    change = of_type(decide(facts={"identity": FOUND}, identity_given=True), "userAssignedIdentities")
    assert (change.action, change.reason, change.write) == (Action.NONE, "given", None)


def test_the_region_is_the_networks_unless_it_is_named() -> None:
    assert decide(location="northeurope").location == "northeurope"
    for network, why in (
        (None, "."),
        (make_unreadable(), f": {make_unreadable().reason}"),
        (make_virtual_network(SUBNET, location=""), "."),
    ):
        error = refusal(lambda network=network: decide(facts={"virtual_network": network}))  # type: ignore[misc] # a lambda's default has no type
        assert (error.message, error.recommendation) == (
            f"The virtual network's region could not be read{why}",
            "Name it with --location.",
        )


@pytest.mark.parametrize(
    ("facts", "rest", "message"),
    [
        ({"subnet": None}, {}, f"Subnet '{SUBNET.id}' was not found."),
        ({}, {"identity_given": True}, f"Identity '{IDENTITY}' was not found."),
        ({}, {"route_table_given": True}, f"Route table '{TABLE}' was not found."),
        ({"subnet": make_subnet(route_table_id=TABLE)}, {}, f"Route table '{TABLE}' was not found."),
    ],
)
def test_what_is_named_and_not_there_is_missing(facts: dict[str, Any], rest: dict[str, Any], message: str) -> None:
    error = refusal(lambda: decide(facts=facts, **rest))
    assert isinstance(error, MissingResourceError)
    assert error.message == message
    assert error.recommendation


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        (f"Subnet '{SUBNET.id}'", {"subnet": make_unreadable()}),
        (f"Identity '{IDENTITY}'", {"identity": make_unreadable()}),
        (f"Route table '{TABLE}'", {"candidate_route_table": make_unreadable()}),
        (
            f"Route table '{OTHER}'",
            {"subnet": make_subnet(route_table_id=OTHER), "route_table": make_unreadable()},
        ),
    ],
)
def test_what_may_not_be_read_is_refused(what: str, facts: dict[str, Any]) -> None:
    error = refusal(lambda: decide(facts=facts))
    assert not isinstance(error, MissingResourceError)
    assert error.message == f"{what}: The caller may not read it."
    assert recommended(error).startswith("Ask for the permission Microsoft.Network/routeTables/read, or have")


def test_what_could_not_be_read_for_another_reason_asks_for_no_permission() -> None:
    error = refusal(lambda: decide(facts={"identity": make_unreadable(None)}))
    assert recommended(error).startswith("Run the command again")


def recommended(error: RefusedError) -> str:
    """The advice; it is text where there is one piece of it."""
    return "".join(error.recommendation)


def test_the_table_on_the_subnet_is_adopted() -> None:
    own = make_route_table(id=OTHER)
    intent = decide(make_subnet(route_table_id=OTHER), {"route_table": own})
    assert intent.route_table_id == OTHER
    assert (of_type(intent, "routeTables").action, of_type(intent, "subnets").action) == (Action.NONE, Action.NONE)
    assert of_type(intent, "subnets").reason == "already uses route table 'other'"


def test_the_table_that_is_given_may_be_the_one_on_the_subnet() -> None:
    subnet = make_subnet(route_table_id=TABLE)
    intent = decide(subnet, {"route_table": EMPTY_TABLE}, route_table_given=True)
    assert of_type(intent, "subnets").action is Action.NONE


def test_another_table_on_the_subnet_is_never_replaced() -> None:
    subnet = make_subnet(route_table_id=OTHER)
    error = refusal(lambda: decide(subnet, {"route_table": make_route_table(id=OTHER)}, route_table_given=True))
    assert error.message == (
        f"Subnet 'nodes' already carries route table '{OTHER}', not '{TABLE}'. "
        "A route table that is in place is never replaced."
    )


def test_a_table_that_is_there_but_not_on_the_subnet_is_used() -> None:
    intent = decide(facts={"candidate_route_table": EMPTY_TABLE}, route_table_given=True)
    assert (of_type(intent, "routeTables").action, of_type(intent, "subnets").action) == (Action.NONE, Action.UPDATE)


def test_a_table_whose_last_operation_failed_is_written_again() -> None:
    failed = replace(EMPTY_TABLE, provisioning_state="Failed")
    change = of_type(decide(facts={"candidate_route_table": failed}), "routeTables")
    assert (change.action, change.write, change.reason) == (
        Action.UPDATE,
        WriteAgain(id=TABLE),
        "its last operation failed",
    )


def test_a_subnet_whose_last_operation_failed_is_written_again() -> None:
    subnet = make_subnet(route_table_id=TABLE, provisioning_state="Failed")
    change = of_type(decide(subnet, {"route_table": EMPTY_TABLE}), "subnets")
    assert (change.action, change.reason) == (Action.UPDATE, "its last operation failed")


def default_route(*routes: Any, hop: IPv4Address | None = HOP) -> Change | None:
    intent = decide(facts={"candidate_route_table": make_route_table(*routes)}, default_route_next_hop=hop)
    return next((each for each in intent.changes if each.resource_type.endswith("routeTables/routes")), None)


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ((), "default"),
        (("other",), "default"),
        (("DEFAULT",), "aks-kubenet-default-1"),
        (("default", "aks-kubenet-default-1"), "aks-kubenet-default-2"),
    ],
)
def test_a_default_route_is_added_under_a_free_name(taken: tuple[str, ...], name: str) -> None:
    change = default_route(*(make_route(each, f"10.{n}.0.0/16") for n, each in enumerate(taken)))
    assert change is not None
    assert (change.action, change.resource_id, change.phase) == (
        Action.CREATE,
        f"{TABLE}/routes/{name}",
        Phase.RESOURCES,
    )
    assert change.write == CreateRoute(route_table_id=TABLE, name=name, next_hop=HOP)


def test_an_equal_default_route_is_kept() -> None:
    change = default_route(make_route("mine", hop=str(HOP), next_hop_type="virtualappliance"))
    assert change is not None
    assert (change.action, change.resource_id) == (Action.NONE, f"{TABLE}/routes/mine")


def test_without_an_appliance_routes_are_not_looked_at() -> None:
    assert default_route(make_route("mine", hop="10.0.0.9"), hop=None) is None


@pytest.mark.parametrize(
    ("route", "target"),
    [
        (make_route("mine", hop="10.0.0.9"), "10.0.0.9"),
        (make_route("mine", next_hop_type="Internet", hop=""), "Internet"),
        (make_route("mine", next_hop_type="VirtualNetworkGateway", hop=str(HOP)), str(HOP)),
    ],
)
def test_another_default_route_is_never_replaced(route: Any, target: str) -> None:
    error = refusal(lambda: default_route(route))
    assert error.message == (
        f"Route table 'routes' already has a default route to {target} ('mine'), not to {HOP}. "
        "A route that is in place is never replaced."
    )


def test_with_principal_names_the_assignments_of_a_new_identity() -> None:
    intent = decide()
    planned = intent.changes[-1]
    assert isinstance(planned.write, AssignRole)
    assert (planned.resource_id, planned.write.principal_id) == (None, None)
    named = with_principal(planned, "p9")
    assert isinstance(named.write, AssignRole)
    assert named.write.principal_id == "p9"
    assert named.resource_id == assignment_id(named.write.scope, "p9", named.write.role_definition_id)
    assert with_principal(named, "p10") is named
    assert with_principal(intent.changes[0], "p9") is intent.changes[0]


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (RoleChoice.NETWORK_CONTRIBUTOR, None),
        (RoleChoice.LEAST_PRIVILEGE, f"AKS kubenet cluster network {SUBSCRIPTION}"),
    ],
)
def test_only_the_custom_role_is_looked_for_by_its_name(role: RoleChoice, name: str | None) -> None:
    assert request(role=role).custom_role_name == name


def test_a_table_that_prepare_made_is_marked_before_a_further_subnet_or_route_is_added() -> None:
    made = make_route_table(tags=(TABLE_TAG,))
    intent = decide(facts={"candidate_route_table": made}, default_route_next_hop=HOP)
    first = intent.changes[0]
    marks = (ON_SUBNET, part_tag(CLUSTER, TABLE, TABLE.child("routes", "default")))
    assert (first.phase, first.write) == (Phase.MARKS, AddTags(id=TABLE, tags=marks))


def test_a_subnet_that_somebody_put_the_table_on_is_not_marked() -> None:
    made = make_route_table(tags=(TABLE_TAG,))
    intent = decide(make_subnet(route_table_id=TABLE), {"route_table": made})
    assert of_type(intent, "routeTables").write is None


def test_subnets_of_further_pools_are_read_once_and_without_the_prepared_one() -> None:
    assert request().further_subnet_ids == ()
    work = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "work")
    places = (None, str(request().subnet_id), str(work), str(work).upper())
    pools = (make_pool(f"p{number}", subnet=place) for number, place in enumerate(places))
    assert request(wanted=make_cluster(*pools)).further_subnet_ids == (work,)
