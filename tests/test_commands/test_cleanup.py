"""Cleanup undoes prepare, and nothing but prepare: against the local Azure, through az and in process."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from azext_kubenet import undoing
from azext_kubenet.arm.apply import InterruptedApplyError
from azext_kubenet.arm.client import ArmClient
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import Change, RefusedError
from azext_kubenet.render.prepare import cleanup_command
from tests.simulator import AzSession, Simulator
from tests.test_arm.conftest import make_client

from .azure import (
    CLUSTER,
    CLUSTERS,
    IDENTITY,
    NETWORK,
    SUBNET,
    TABLE,
    actions,
    answer,
    kubenet,
    put_cluster,
    put_identity,
    put_network,
    put_table,
    refused,
    writes,
)
from .preparing import (
    ADOPTING,
    FULL,
    MADE_IDENTITY,
    MADE_TABLE,
    REQUEST,
    DyingClient,
    Killed,
    World,
    left_behind,
    no_pause,
    prepare,
    sign_in,
    start,
)

CLEANUP = ("cleanup", "--resource-group", "rg", "--cluster-name", "aks")
CLUSTER_ID = ResourceId(CLUSTER)
LINKS = ["/roleAssignments/", "/subnets/nodes$"]
REMOVALS = ["/routeTables/aks-routes$", "/userAssignedIdentities/aks-identity$"]


def clean(sim: Simulator, client: ArmClient | None = None) -> tuple[Change, ...]:
    """What `az aks kubenet cleanup --yes` does."""
    session = sign_in(sim, client)
    cleanup = undoing.decide(session, CLUSTER_ID)
    command = cleanup_command(CLUSTER_ID)
    return undoing.carry_out(session, CLUSTER_ID, cleanup, yes=True, sleep=no_pause, resume_command=command)


def kept(sim: Simulator) -> list[str]:
    """Names of what cleanup would keep."""
    return [each.resource_id.rsplit("/", 1)[-1] for each in undoing.decide(sign_in(sim), CLUSTER_ID).kept]


def start_prepared(sim: Simulator, world: World = FULL) -> object:
    """A world in which prepare has run; returns what was there before."""
    start(sim, world)
    before = left_behind(sim)
    prepare(sim, world.request)
    sim.clear_log()
    return before


def test_az_asks_shows_and_undoes_what_prepare_made(sim: Simulator, az: AzSession) -> None:
    before = start_prepared(sim)
    text = refused(kubenet(az, *CLEANUP))
    assert "Add --yes to agree." in text
    assert all(name in text for name in ("aks-identity", "aks-routes", "nodes"))
    planned = answer(kubenet(az, *CLEANUP, "--dry-run"))
    assert writes(sim) == []
    done = answer(kubenet(az, *CLEANUP, "--yes"))
    assert done == planned
    assert actions(done) == [
        *[("delete", "roleAssignments")] * 2,
        *[("update", "subnets"), ("delete", "routeTables"), ("delete", "userAssignedIdentities")],
    ]
    after = left_behind(sim)
    assert isinstance(before, dict)
    # the custom role belongs to the subscription, not to the cluster
    assert {**after, "roles": []} == before
    assert len(after["roles"]) == 1


def test_az_with_nothing_to_undo_ends_well(sim: Simulator, az: AzSession) -> None:
    put_network(sim)
    sim.clear_log()
    done = kubenet(az, *CLEANUP)
    assert answer(done) == {"changes": [], "kept": []}
    assert "WARNING: Nothing that prepare made for 'aks' was found in group 'rg'." in done.stderr
    assert writes(sim) == []


def test_az_refuses_what_a_cluster_uses(sim: Simulator, az: AzSession) -> None:
    start_prepared(sim)
    run_cluster(sim, identity=MADE_IDENTITY)
    sim.clear_log()
    text = refused(kubenet(az, *CLEANUP, "--yes"))
    assert "Cluster 'aks' uses 'aks-identity', which prepare set up. Nothing was deleted." in text
    assert writes(sim) == []


def run_cluster(sim: Simulator, identity: str = IDENTITY, subnet: str = SUBNET, cluster: str = CLUSTER) -> None:
    put_identity(sim)
    put_cluster(sim, cluster, subnet=subnet)
    document = sim.get(cluster)
    assert document is not None
    document["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    sim.put(cluster, document)


def test_links_go_before_what_they_link(sim: Simulator) -> None:
    start_prepared(sim)
    clean(sim)
    paths = [entry.path for entry in writes(sim)]
    last_link = max(paths.index(entry.path) for part in LINKS for entry in sim.sent("PUT|DELETE", part))
    first_removal = min(paths.index(entry.path) for part in REMOVALS for entry in sim.sent("DELETE", part))
    assert last_link < first_removal
    sim.clear_log()
    assert clean(sim) == ()
    assert writes(sim) == []


def test_the_subnet_keeps_everything_but_the_table(sim: Simulator) -> None:
    start_prepared(sim)
    clean(sim)
    subnet = sim.get(SUBNET)
    assert subnet is not None
    assert "routeTable" not in subnet["properties"]
    assert subnet["properties"]["somethingNew"] == {"kept": True}
    assert "networkSecurityGroup" in subnet["properties"]
    assert sim.sent("PUT", "/subnets/nodes$")[-1].headers["if-match"]


def test_an_adopted_table_stays_on_the_subnet_with_its_default_route(sim: Simulator) -> None:
    start_prepared(sim, ADOPTING)
    clean(sim)
    table, subnet = sim.get(MADE_TABLE), sim.get(SUBNET)
    assert table is not None
    assert {route["name"] for route in table["properties"]["routes"]} == {"office", "default"}
    assert subnet is not None
    assert subnet["properties"]["routeTable"] == {"id": MADE_TABLE}
    assert sim.get(MADE_IDENTITY) is None


def test_a_given_identity_and_table_stay_without_their_roles(sim: Simulator) -> None:
    put_network(sim)
    put_table(sim)
    put_identity(sim)
    request = replace(
        REQUEST,
        identity_id=ResourceId(IDENTITY),
        identity_given=True,
        route_table_id=ResourceId(TABLE),
        route_table_given=True,
    )
    prepare(sim, request)
    clean(sim)
    subnet = sim.get(SUBNET)
    assert subnet is not None
    assert subnet["properties"]["routeTable"] == {"id": TABLE}
    assert sim.get(IDENTITY) is not None
    prepare(sim, request)
    assert len(sim.sent("PUT", "/roleAssignments/")) == 4, "cleanup had taken both roles away"


def test_what_was_prepared_for_another_cluster_stays(sim: Simulator) -> None:
    start_prepared(sim)
    other = ResourceId(f"{CLUSTERS}/other")
    cleanup = undoing.decide(sign_in(sim), other)
    assert (cleanup.changes, cleanup.kept) == ((), ())


def test_roles_that_somebody_else_assigned_stay(sim: Simulator) -> None:
    start_prepared(sim)
    document = sim.get(MADE_IDENTITY)
    assert document is not None
    sim.grant(document["properties"]["principalId"], NETWORK, "Reader")
    clean(sim)
    left = [each for each in sim.records(NETWORK) if each.type == "Microsoft.Authorization/roleAssignments"]
    assert [each.properties["roleDefinitionId"].rsplit("/", 1)[-1][:8] for each in left] == ["acdd72a7"]


@pytest.mark.parametrize("graph", [True, False], ids=["with Resource Graph", "without"])
@pytest.mark.parametrize(
    ("identity", "cluster"),
    [(MADE_IDENTITY, CLUSTER), (IDENTITY, f"{CLUSTERS}/other")],
    ids=["by identity", "by subnet"],
)
def test_what_a_cluster_uses_is_refused(sim: Simulator, graph: bool, identity: str, cluster: str) -> None:
    start_prepared(sim)
    run_cluster(sim, identity=identity, cluster=cluster)
    sim.settings.refuse_resource_graph = not graph
    sim.clear_log()
    with pytest.raises(RefusedError, match="Nothing was deleted"):
        clean(sim)
    assert writes(sim) == []


GRAPH = "/Microsoft.ResourceGraph/resources$"


def test_a_cluster_that_resource_graph_does_not_know_yet_is_refused(sim: Simulator) -> None:
    start_prepared(sim)
    run_cluster(sim, identity=MADE_IDENTITY)
    sim.add_fault(method="POST", path=GRAPH, status=200, body={"data": [], "count": 0, "totalRecords": 0})
    with pytest.raises(RefusedError, match="Cluster 'aks' uses"):
        clean(sim)


def test_resource_graph_alone_is_never_enough_to_delete_on(sim: Simulator) -> None:
    start_prepared(sim)
    refusal = {"error": {"code": "AuthorizationFailed", "message": "No."}}
    sim.add_fault(method="GET", path="/Microsoft.ContainerService/managedClusters$", status=403, body=refusal)
    sim.clear_log()
    with pytest.raises(RefusedError, match="Nothing was deleted"):
        clean(sim)
    assert writes(sim) == []


def test_a_cluster_that_resource_graph_still_knows_is_no_obstacle(sim: Simulator) -> None:
    start_prepared(sim)
    gone = {
        "id": CLUSTER,
        "name": "aks",
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {MADE_IDENTITY: {}}},
        "properties": {"networkProfile": {"networkPlugin": "kubenet"}, "agentPoolProfiles": []},
    }
    sim.add_fault(method="POST", path=GRAPH, status=200, body={"data": [gone], "count": 1, "totalRecords": 1})
    assert len(clean(sim)) == 5


@pytest.mark.parametrize(
    ("graph", "reason"),
    [(True, "uses 'aks-identity'"), (False, "It could not be determined")],
    ids=["seen", "not seen"],
)
def test_a_cluster_of_another_subscription_that_uses_the_identity_is_refused(
    sim: Simulator, graph: bool, reason: str
) -> None:
    start_prepared(sim)
    sim.settings.refuse_resource_graph = not graph
    elsewhere = "00000000-0000-0000-0000-0000000000e1"
    sim.add_subscription(elsewhere)
    away = {name: each.replace(sim.subscription_id, elsewhere) for name, each in (("id", CLUSTER), ("net", NETWORK))}
    space = {"addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}, "subnets": []}
    sim.put(away["net"], {"location": "westeurope", "properties": space})
    sim.put(f"{away['net']}/subnets/nodes", {"properties": {"addressPrefix": "10.7.0.0/24"}})
    run_cluster(sim, identity=MADE_IDENTITY, subnet=f"{away['net']}/subnets/nodes", cluster=away["id"])
    sim.clear_log()
    with pytest.raises(RefusedError, match=reason):
        clean(sim)
    assert writes(sim) == []


def test_who_may_not_see_the_assignments_deletes_nothing(sim: Simulator) -> None:
    start_prepared(sim)
    sim.settings.unreadable += [f"/subscriptions/{sim.subscription_id}/providers/Microsoft.Authorization"]
    with pytest.raises(RefusedError, match="Nothing was deleted"):
        clean(sim)
    assert writes(sim) == []


@pytest.mark.parametrize("number", range(1, 6))
def test_killed_after_any_write_a_second_run_ends_in_the_same_state(sim: Simulator, number: int) -> None:
    before = start_prepared(sim)
    with pytest.raises(Killed):
        clean(sim, DyingClient(make_client(sim), number))
    assert len(writes(sim)) == number
    clean(sim)
    assert len(writes(sim)) == 5
    assert isinstance(before, dict)
    assert {**left_behind(sim), "roles": []} == before


def test_an_interrupted_cleanup_says_what_is_gone_and_how_to_go_on(sim: Simulator) -> None:
    start_prepared(sim)
    sim.settings.retry_after_ms = 1
    sim.fail_operation("/routeTables/aks-routes$", "InternalServerError", "Not now.")
    with pytest.raises(InterruptedApplyError) as caught:
        clean(sim)
    assert caught.value.failures[0][0].resource_id == MADE_TABLE
    kinds = {change.resource_type.rsplit("/", 1)[-1] for change in caught.value.done}
    assert kinds == {"roleAssignments", "subnets", "userAssignedIdentities"}
    assert shlex.split(caught.value.resume_command)[:4] == ["az", "aks", "kubenet", "cleanup"]
    clean(sim)
    assert sim.get(MADE_TABLE) is None


def test_a_subnet_that_is_deleted_meanwhile_is_no_obstacle(sim: Simulator) -> None:
    start_prepared(sim)
    sim.add_fault(method="GET", path="/subnets/nodes$", skip=1, delete=SUBNET)  # the first is what is decided on
    clean(sim)
    assert sim.get(MADE_TABLE) is None


def test_another_table_that_somebody_puts_on_the_subnet_meanwhile_stays(sim: Simulator) -> None:
    start_prepared(sim)
    put_table(sim)
    document = sim.get(SUBNET)
    assert document is not None
    document["properties"]["routeTable"] = {"id": TABLE}
    sim.add_fault(method="GET", path="/subnets/nodes$", skip=1, put={"id": SUBNET, "body": document})
    with pytest.raises(InterruptedApplyError, match="meanwhile carries route table"):
        clean(sim)
    after = sim.get(SUBNET)
    assert after is not None
    assert after["properties"]["routeTable"] == {"id": TABLE}
    clean(sim)
    assert sim.get(MADE_TABLE) is None


def test_what_was_made_without_a_route_table_is_undone(sim: Simulator, az: AzSession) -> None:
    put_network(sim)
    before = left_behind(sim)
    words = ("prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET, "--no-route-table")
    prepared = answer(kubenet(az, *words))
    assert actions(prepared) == [("create", "userAssignedIdentities"), ("create", "roleAssignments")]
    assert (prepared["routeTable"], prepared["subnet"]["routeTableId"]) == (None, None)
    assert {action for action, _ in actions(answer(kubenet(az, *words)))} == {"none"}
    assert sim.get(MADE_TABLE) is None
    answer(kubenet(az, *CLEANUP, "--yes"))
    assert left_behind(sim) == before
