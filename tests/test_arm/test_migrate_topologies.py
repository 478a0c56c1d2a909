"""Kubenet clusters on the way to overlay, read from the local Azure and judged as `migrate` does, in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from azext_kubenet.arm.gather_check import gather_check
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.infrastructure_code import CodeFormat
from azext_kubenet.core.changes.migration_steps import MigrationRequest
from azext_kubenet.core.rules.migrating import judge_migration
from azext_kubenet.progress import SilentReporter
from azext_kubenet.render.migrate import migration_table, render_migration
from tests import migrating_clusters as migrating
from tests import running_clusters as world
from tests.simulator import Simulator
from tests.test_simulator.client import Client

from .conftest import make_client

Json = dict[str, Any]
Seed = Callable[[Simulator], object]

TODAY: Final = date(2026, 11, 26)
REQUEST: Final = MigrationRequest(cluster_id=ResourceId.parse(world.CLUSTER))
ALL_DONE_BUT_MOVE: Final = {
    "identity": "done",
    "uninstallPolicy": "done",
    "detach": "done",
    "overlay": "planned",
    "verify": "planned",
    "installPolicy": "skipped",
    "cleanUp": "planned",
}


def migrated(sim: Simulator, *, proof: bool = False, **asked: Any) -> Json:
    """The answer of migrate."""
    request = replace(REQUEST, **asked)
    client = make_client(sim)
    found = gather_check(client, request.cluster_id, SilentReporter(), identity_id=request.identity_id, all_tables=True)
    running = found.snapshot.running_cluster
    assert isinstance(running, RunningCluster)
    return render_migration(judge_migration(request, running, found.snapshot, today=TODAY, proof=proof))


def states(result: Json) -> dict[str, str]:
    return {each["name"]: each["state"] for each in result["steps"]}


def command(result: Json, name: str) -> str:
    return str(next(each["command"] for each in result["steps"] if each["name"] == name))


def wrong(result: Json) -> set[tuple[str, str]]:
    """Code and severity of all that failed and counts."""
    failed = (each for each in result["findings"] if each["status"] == "failed" and each["severity"] != "info")
    return {(each["code"], each["severity"]) for each in failed}


def test_a_cluster_in_order_is_ready(sim: Simulator) -> None:
    world.put_running(sim)
    result = migrated(sim)
    assert wrong(result) == set()
    assert result["verdict"] == "ready"
    assert states(result) == ALL_DONE_BUT_MOVE
    assert "--if-match" in command(result, "overlay")
    assert "--pod-cidr" not in command(result, "overlay")
    assert result["estimate"]["reimages"] == 1
    notes = [each["code"] for each in result["findings"] if (each["status"], each["severity"]) == ("failed", "info")]
    assert notes == ["MG28", "EG10", "MG4", "MG8", "MG9", "MG13", "MG15", "MG18", "MG19", "RET1"]


def test_the_network_of_aks_moves_with_a_system_assigned_identity(sim: Simulator) -> None:
    world.put_managed(sim)
    result = migrated(sim)
    assert (result["verdict"], wrong(result)) == ("ready", set())
    assert states(result)["identity"] == "skipped"


def put(**changes: Any) -> Seed:
    return lambda sim: world.put_running(sim, **changes)


def foreign(sim: Simulator, **gateway: Any) -> None:
    world.put_running(sim)
    migrating.put_gateway(sim, **gateway)


def plain_neighbour(sim: Simulator) -> None:
    foreign(sim, gateway=False)


def large_gateway(sim: Simulator) -> None:
    foreign(sim, prefix="10.1.128.0/20")


def system_assigned(sim: Simulator) -> None:
    world.put_running(sim)
    migrating.become_system_assigned(sim)


def locked_nodes(sim: Simulator) -> None:
    world.put_running(sim)
    sim.put(f"{world.NODE_GROUP}/providers/Microsoft.Authorization/locks/frozen", {"properties": {"level": "ReadOnly"}})


def denied(sim: Simulator) -> None:
    world.put_denial(sim)
    world.put_running(sim, subnet={"networkSecurityGroup": {"id": world.SECURITY_GROUP}})


def long_names(sim: Simulator) -> None:
    world.put_running(sim)
    name = f"{world.NETWORK}/subnets/{'n' * 64}"
    sim.put(name, {"properties": {"addressPrefix": "10.1.9.0/24", "routeTable": {"id": world.TABLE}}})
    body = world.running_body()
    body["properties"]["agentPoolProfiles"][0]["vnetSubnetID"] = name
    sim.grant(migrating.principal(sim), name, "Network Contributor")
    sim.put(world.CLUSTER, body)
    world.strip(sim)


def copied_routes(sim: Simulator) -> None:
    world.put_running(sim)
    migrating.put_copies(sim)


def in_availability_set(sim: Simulator) -> None:
    world.put_running(sim)
    record = next(each for each in sim.records() if each.id.lower() == world.CLUSTER.lower())
    record.properties["agentPoolProfiles"][0]["type"] = "AvailabilitySet"


def dual_stack(sim: Simulator) -> None:
    world.put_running(sim)
    record = next(each for each in sim.records() if each.id.lower() == world.CLUSTER.lower())
    families = {"ipFamilies": ["IPv4", "IPv6"], "podCidrs": [world.POD_CIDR, "fd12:3456::/64"]}
    record.properties["networkProfile"].update(families)


GATEWAY_ADDON: Final = {"ingressApplicationGateway": {"enabled": True, "config": {}}}
BLOCKS: Final[tuple[tuple[str, Seed, set[tuple[str, str]], str], ...]] = (
    ("old", put(cluster={"kubernetesVersion": "1.26.3"}), {("MG1", "error")}, "notReady"),
    ("identity", system_assigned, {("MG2", "error"), ("ID1", "error")}, "notReady"),
    ("engine", put(profile={"networkPolicy": "calico"}), {("MG3", "error")}, "notReady"),
    ("confidential", put(pool={"vmSize": "Standard_DC2s_v2"}), {("MG5", "error")}, "notReady"),
    ("gateway", foreign, {("MG7", "warning")}, "readyWithWarnings"),
    ("neighbour", plain_neighbour, {("MG7", "warning"), ("MG12", "warning")}, "readyWithWarnings"),
    ("large", large_gateway, {("MG7", "warning"), ("MG17", "error")}, "notReady"),
    ("denied", denied, {("MG10", "error")}, "notReady"),
    ("stopped", put(cluster={"powerState": {"code": "Stopped"}}), {("MG20", "error"), ("CL1", "warning")}, "notReady"),
    ("long names", long_names, {("MG6", "error")}, "notReady"),
    ("availability set", in_availability_set, {("MG5", "error")}, "notReady"),
    ("dual stack", dual_stack, {("MG11", "warning"), ("POD2", "warning")}, "readyWithWarnings"),
    ("copied routes", copied_routes, {("MG12", "warning")}, "readyWithWarnings"),
    ("failed", put(pool={"provisioningState": "Failed"}), {("MG20", "error"), ("CL1", "error")}, "notReady"),
    ("locked", locked_nodes, {("MG20", "error")}, "notReady"),
    ("add-on", put(cluster={"addonProfiles": GATEWAY_ADDON}), {("MG27", "warning")}, "readyWithWarnings"),
    (
        "old engine",
        put(profile={"networkPolicy": "calico"}, cluster={"kubernetesVersion": "1.29.0"}),
        {("MG3", "error"), ("MG16", "error")},
        "notReady",
    ),
)


@pytest.mark.parametrize(("seed", "found", "verdict"), [each[1:] for each in BLOCKS], ids=[each[0] for each in BLOCKS])
def test_each_block_alone(sim: Simulator, seed: Seed, found: set[tuple[str, str]], verdict: str) -> None:
    seed(sim)
    result = migrated(sim)
    assert wrong(result) == found
    assert result["verdict"] == verdict
    assert [each["number"] for each in result["steps"]] == [1, 2, 3, 4, 5, 6, 7]


def test_what_nobody_could_see_is_no_block_and_no_pass(sim: Simulator) -> None:
    world.put_running(sim)
    sim.set_caller_roles([(world.GROUP, "Reader")])
    result = migrated(sim)
    statuses = {each["code"]: each["status"] for each in result["findings"]}
    assert (statuses["MG20"], statuses["LCK1"]) == ("unknown", "passed")
    assert result["verdict"] == "readyWithWarnings"


NEWEST: Final = f"{world.CLUSTER}?api-version=2026-06-01"
OVERLAY: Final = {"networkPlugin": "azure", "networkPluginMode": "overlay"}


@pytest.fixture
def service(sim: Simulator) -> Iterator[Client]:
    client = Client(sim)
    yield client
    client.close()


def update(service: Client, **profile: str) -> None:
    """What `az aks update` does: the whole document back, with that network profile."""
    document = service.get(NEWEST).body
    document["properties"]["networkProfile"].update(profile)
    assert service.put(NEWEST, document).status == 200


def test_an_engine_goes_before_the_move_and_comes_back_after_it(sim: Simulator, service: Client) -> None:
    foreign(sim)
    update(service, networkPolicy="calico")
    asked: dict[str, Any] = {"then_network_policy": "cilium", "code_format": CodeFormat.TERRAFORM}
    result = migrated(sim, **asked)
    assert result["verdict"] == "readyWithWarnings"
    assert wrong(result) == {("MG3", "warning"), ("MG7", "warning")}
    planned = [name for name, state in states(result).items() if state == "planned"]
    assert planned == ["uninstallPolicy", "detach", "overlay", "verify", "installPolicy", "cleanUp"]
    assert "--if-match" not in command(result, "overlay")
    assert "--network-dataplane cilium --network-policy cilium" in command(result, "installPolicy")
    assert "--then-network-policy cilium --iac terraform" in command(result, "verify")
    assert result["estimate"]["reimages"] == 3
    assert f"--route-table {world.TABLE}" in result["steps"][2]["reason"]

    update(service, networkPolicy="none")
    result = migrated(sim, **asked)
    assert states(result)["uninstallPolicy"] == "done"
    assert states(result)["detach"] == "planned"

    document = service.get(migrating.GATEWAY).body
    document["properties"].pop("routeTable")
    assert service.put(migrating.GATEWAY, document).status in (200, 201)
    result = migrated(sim, **asked)
    assert (wrong(result), result["verdict"], states(result)["detach"]) == (set(), "ready", "done")
    assert "--if-match" in command(result, "overlay")

    update(service, **OVERLAY)
    result = migrated(sim, **asked)
    assert result["verdict"] == "migrated"
    assert states(result) == {
        **dict.fromkeys(["identity", "uninstallPolicy", "detach", "overlay", "verify"], "done"),
        **dict.fromkeys(["installPolicy", "cleanUp"], "planned"),
    }
    assert [each["kind"] for each in result["leftovers"]] == ["routeTable"]

    update(service, networkPolicy="cilium", networkDataplane="cilium")
    assert states(migrated(sim, **asked))["installPolicy"] == "done"


def test_an_identity_that_was_asked_for_is_the_first_step(sim: Simulator) -> None:
    system_assigned(sim)
    result = migrated(sim)
    assert states(result)["identity"] == "byYou"
    assert result["steps"][0]["command"] is None
    result = migrated(sim, identity_id=ResourceId(world.IDENTITY))
    assert states(result)["identity"] == "planned"
    assert wrong(result) == {("MG2", "warning"), ("MG14", "warning")}
    assert result["verdict"] == "readyWithWarnings"
    words = command(result, "identity")
    assert words.count("az role assignment create") == 2
    assert words.endswith(f"--enable-managed-identity --assign-identity {world.IDENTITY} --yes")
    assert f"--assign-identity {world.IDENTITY}" in command(result, "verify")


def test_while_the_operation_runs_its_step_runs(sim: Simulator, service: Client) -> None:
    world.put_running(sim)
    sim.settings.operation_polls = 5
    update(service, **OVERLAY)
    for proof in (False, True):
        result = migrated(sim, proof=proof)
        assert (result["verdict"], states(result)["overlay"]) == ("inProgress", "running")
        assert result["counts"]["errors"] == 0
        assert result["nextCommands"][0].startswith("az aks wait ")


def test_an_operation_that_cannot_be_told_is_in_progress_too(sim: Simulator) -> None:
    world.put_running(sim, pool={"provisioningState": "Updating"})
    result = migrated(sim)
    assert (result["verdict"], states(result)["overlay"]) == ("inProgress", "planned")


def test_an_engine_that_is_not_to_come_back_is_no_step(sim: Simulator) -> None:
    world.put_running(sim, profile={"networkPolicy": "calico"})
    result = migrated(sim, then_network_policy="none")
    assert states(result)["installPolicy"] == "skipped"
    assert wrong(result) == {("MG3", "warning")}


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (world.put_running, ["READY", "The steps reimage all 3 nodes once, in about 27 to 63 minutes"]),
        (large_gateway, ["NOT READY", "Do not run the steps yet.", "MG17"]),
    ],
)
def test_the_table_tells_verdict_steps_and_findings(sim: Simulator, seed: Seed, words: list[str]) -> None:
    seed(sim)
    rows = migration_table(migrated(sim))
    assert [row["Code"] for row in rows[:7]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert rows[-1]["Severity"] == words[0]
    text = "\n".join(f"{row['Code']} {row['Severity']} {row['Message']}" for row in rows).replace("\n", " ")
    assert all(each in text for each in words)
    assert max(len(line) for row in rows for line in row["Message"].splitlines()) <= 60


def test_the_table_of_a_cluster_that_has_moved_has_no_times(sim: Simulator, service: Client) -> None:
    world.put_running(sim)
    update(service, **OVERLAY)
    *_, last = migration_table(migrated(sim))
    assert last["Severity"] == "MIGRATED"
    assert last["Message"].startswith("No step is left that reimages nodes.\n")


@pytest.mark.parametrize("detaches", [False, True])
def test_a_cluster_that_has_moved_is_proved(sim: Simulator, service: Client, detaches: bool) -> None:
    world.put_running(sim)
    sim.settings.overlay_detaches_table = detaches
    update(service, **OVERLAY)
    result = migrated(sim, proof=True)
    assert result["verdict"] == "migrated"
    assert wrong(result) == set()
    assert all(each["passed"] for each in result["verification"]["checks"])
    (association,) = result["verification"]["associations"]
    assert association["routeTableId"] == (None if detaches else world.TABLE)
    assert migrated(sim)["verification"] is None


def test_the_network_of_aks_is_proved_by_its_table_being_gone(sim: Simulator, service: Client) -> None:
    world.put_managed(sim)
    update(service, **OVERLAY)
    result = migrated(sim, proof=True)
    assert (result["verdict"], wrong(result)) == ("migrated", set())


def test_succeeded_without_the_change_is_not_verified(sim: Simulator, service: Client) -> None:
    world.put_running(sim)
    sim.settings.overlay_outcomes = ["unchanged"]
    update(service, **OVERLAY)
    result = migrated(sim, proof=True)
    assert result["verdict"] == "notVerified"
    assert wrong(result) == {("MG29", "error")}
    assert migrated(sim)["verdict"] == "ready"


def test_a_failure_half_way_is_not_verified_and_goes_on(sim: Simulator, service: Client) -> None:
    world.put_running(sim)
    sim.settings.overlay_outcomes = ["halfway"]
    update(service, **OVERLAY)
    result = migrated(sim, proof=True)
    assert result["verdict"] == "notVerified"
    assert wrong(result) == {("MG29", "error"), ("CL1", "error")}
    assert states(result)["overlay"] == "planned"
    update(service, **OVERLAY)
    assert migrated(sim, proof=True)["verdict"] == "migrated"


def test_what_may_not_be_read_proves_nothing(sim: Simulator, service: Client) -> None:
    world.put_running(sim)
    update(service, **OVERLAY)
    sim.settings.unreadable = [world.TABLE]
    result = migrated(sim, proof=True)
    assert result["verdict"] == "notVerified"
    assert result["counts"]["unknown"] == 1
    assert None in [each["passed"] for each in result["verification"]["checks"]]
