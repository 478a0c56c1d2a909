"""`az aks kubenet create --prepare`: one look at Azure, the rules on what will be, the Changes, the cluster."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.simulator import AzSession, Simulator

from .azure import (
    CLUSTER,
    IDENTITIES,
    SUBNET,
    TABLE,
    TABLES,
    answer,
    codes,
    kubenet,
    put_identity,
    put_ready,
    put_table,
    refused,
    writes,
)
from .creating import BASE, GRANTS, OWN_NETWORK, PREPARED, body_sent, create, put_unprepared
from .preparing import left_behind

PREPARE = (*OWN_NETWORK, "--prepare")


def types_written(sim: Simulator) -> list[str]:
    """The type of each resource written, in order of the requests."""
    return [each.path.split("/")[-2] for each in writes(sim)]


def route_table_of_the_subnet(sim: Simulator) -> str:
    subnet = sim.get(SUBNET)
    assert subnet is not None
    return str(subnet["properties"]["routeTable"]["id"])


def test_it_makes_everything_and_then_the_cluster(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    created = answer(create(az, *PREPARE))
    assert created["provisioningState"] == "Succeeded"
    assert list(body_sent(sim)["identity"]["userAssignedIdentities"]) == [f"{IDENTITIES}/aks-identity"]
    assert route_table_of_the_subnet(sim) == f"{TABLES}/aks-routes"
    assert types_written(sim)[-1] == "managedClusters"
    assert sorted(types_written(sim)) == sorted(
        ["userAssignedIdentities", "routeTables", "subnets", "roleAssignments", "roleAssignments", "managedClusters"]
    )


def test_it_reads_the_state_once(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    answer(create(az, *PREPARE))
    first_write = sim.requests.index(writes(sim)[0])
    before = [each.path for each in sim.requests[:first_write] if each.method == "GET"]
    assert len(sim.sent("POST", "ResourceGraph")) == 1
    assert before.count(SUBNET.rpartition("/subnets/")[0]) == 1


def test_with_errors_nothing_is_made(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    report = answer(create(az, *PREPARE, "--node-count", "251"), 4)
    assert codes(report) == {"IP2", "POD1"}
    assert writes(sim) == []


def test_a_given_table_role_and_way_out_work_in_one_go(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    put_table(sim)
    egress = ("--outbound-type", "userDefinedRouting", "--default-route-next-hop", "10.1.255.4")
    answer(create(az, *PREPARE, *egress, "--route-table", "routes", "--role", "least-privilege"))
    table = sim.get(TABLE)
    assert table is not None
    assert [each["properties"]["nextHopIpAddress"] for each in table["properties"]["routes"][:1]] == ["10.1.255.4"]
    assert route_table_of_the_subnet(sim) == TABLE
    assert body_sent(sim)["properties"]["networkProfile"]["outboundType"] == "userDefinedRouting"
    assert len(sim.sent("PUT", "/roleDefinitions/")) == 1
    assert len(sim.sent("PUT", GRANTS)) == 2


def test_without_the_next_hop_the_rule_on_the_future_state_stops_it(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    report = answer(create(az, *PREPARE, "--outbound-type", "userDefinedRouting"), 4)
    assert codes(report) == {"EG1"}
    assert writes(sim) == []


def with_machine(sim: Simulator) -> None:
    """A network interface of somebody's machine in the subnet, which has no route table yet."""
    put_unprepared(sim, table=False)
    interfaces = f"{SUBNET.partition('/virtualNetworks/')[0]}/networkInterfaces"
    configuration = {"name": "one", "properties": {"subnet": {"id": SUBNET}}}
    sim.put(f"{interfaces}/machine", {"location": "westeurope", "properties": {"ipConfigurations": [configuration]}})
    sim.clear_log()


@pytest.mark.parametrize("stdin", [None, "n\n"])
def test_nobody_agreeing_to_new_routes_for_a_machine_stops_it(az: AzSession, sim: Simulator, stdin: str | None) -> None:
    with_machine(sim)
    text = refused(create(az, *PREPARE, stdin=stdin))
    assert "--yes" in text
    assert writes(sim) == []


def test_yes_agrees(az: AzSession, sim: Simulator) -> None:
    with_machine(sim)
    assert answer(create(az, *PREPARE, "--yes"))["provisioningState"] == "Succeeded"


def test_a_run_that_ended_between_prepare_and_create_is_taken_up(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    sim.add_fault(method="PUT", path="/managedClusters/aks$", status=400, code="SubnetIsFull")
    refused(create(az, *PREPARE))
    sim.clear_log()
    assert answer(create(az, *PREPARE))["provisioningState"] == "Succeeded"
    assert types_written(sim) == ["managedClusters"]


def killed(sim: Simulator, az: AzSession, *words: str) -> int:
    """How az ends that is killed when all is prepared and the PUT of the cluster is on its way; it never arrives."""
    command = [str(az.az), "aks", "kubenet", "create", "-g", "rg", "-n", "aks", *BASE, *words]
    with subprocess.Popen(  # noqa: S603 - the program and its arguments are the test's own
        command, env=az.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        sim.add_fault(
            method="PUT",
            path="/managedClusters/aks$",
            close="before",
            hook=lambda _: os.kill(running.pid, signal.SIGKILL),
        )
        return running.wait()


def test_killed_between_prepare_and_create_a_second_run_ends_in_the_same_state(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    answer(create(az, *PREPARE))
    undisturbed, all_writes = left_behind(sim), sorted(types_written(sim))

    sim.reset()
    put_unprepared(sim, table=False)
    assert killed(sim, az, *PREPARE) == -signal.SIGKILL
    assert sim.get(CLUSTER) is None
    assert sorted(types_written(sim)) == all_writes, "the preparation is whole, and the last PUT was lost"
    sim.clear_log()
    assert answer(create(az, *PREPARE))["provisioningState"] == "Succeeded"
    assert types_written(sim) == ["managedClusters"]
    assert left_behind(sim) == undisturbed


def test_a_table_of_another_region_stops_it_before_anything_is_made(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    put_table(sim, location="northeurope")
    sim.clear_log()
    words = (*PREPARE, "--route-table", "routes")
    assert "RT6" in codes(answer(create(az, *words), 4))
    for mode in ((), ("--dry-run",)):
        text = refused(create(az, *words, "--skip-validation", *mode))
        assert "Route table 'routes' is in northeurope, and virtual network 'vnet' is in westeurope" in text
        assert "Name another route table with --route-table." in text
    assert writes(sim) == []


def test_on_a_prepared_network_only_the_cluster_is_made(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    answer(create(az, *PREPARED, "--prepare"))
    assert types_written(sim) == ["managedClusters"]


def test_an_existing_cluster_stops_it_before_anything_is_made(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    pool = {"name": "nodepool1", "count": 1, "mode": "System"}
    properties = {
        "dnsPrefix": "aks",
        "agentPoolProfiles": [pool],
        "networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay"},
    }
    sim.put(CLUSTER, {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties})
    sim.clear_log()
    assert "already exists" in refused(create(az, *PREPARE))
    assert writes(sim) == []


AZURE_CLI_REFUSES = {
    "too few nodes": ("--enable-cluster-autoscaler", "--min-count", "5", "--max-count", "2"),
    "an autoscaler without bounds": ("--enable-cluster-autoscaler",),
    "Azure RBAC without Entra ID": ("--enable-azure-rbac",),
}


@pytest.mark.parametrize("words", AZURE_CLI_REFUSES.values(), ids=AZURE_CLI_REFUSES)
def test_what_azure_cli_refuses_stops_it_before_anything_is_made(
    az: AzSession, sim: Simulator, words: tuple[str, ...]
) -> None:
    put_unprepared(sim, table=False)
    refused(create(az, *PREPARE, *words))
    assert writes(sim) == []


@pytest.mark.parametrize("mode", ["--dry-run", "--yes"])
def test_a_kubelet_identity_goes_with_an_identity_that_is_not_there_yet(
    az: AzSession, sim: Simulator, mode: str
) -> None:
    put_unprepared(sim, table=False)
    kubelet = put_identity(sim, identity=f"{IDENTITIES}/kubelet")
    sim.clear_log()
    answer(create(az, *PREPARE, "--assign-kubelet-identity", kubelet, mode))
    assert (writes(sim) == []) == (mode == "--dry-run")


def test_a_second_run_goes_on_where_the_kubelet_identity_has_no_role_yet(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    words = (*PREPARE, "--assign-kubelet-identity", put_identity(sim, identity=f"{IDENTITIES}/kubelet"))
    answer(kubenet(az, "prepare", "-g", "rg", "--cluster-name", "aks", *OWN_NETWORK))
    sim.clear_log()
    assert answer(create(az, *words))["provisioningState"] == "Succeeded"
    (operator,) = sim.sent("PUT", GRANTS)
    assert operator.path.lower().startswith(words[-1].lower()), "what azure-cli assigns itself"


def test_skipping_the_validation_still_prepares(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    answer(create(az, *PREPARE, "--skip-validation"))
    assert len(sim.sent("PUT", GRANTS)) == 2


def test_a_service_principal_does_not_go_with_it(az: AzSession, sim: Simulator) -> None:
    principal = ("--service-principal", "00000000-0000-0000-0000-0000000000dd", "--client-secret", "hidden-from-all")
    text = refused(create(az, *PREPARE, *principal))
    assert "--service-principal" in text
    assert "hidden-from-all" not in text
    assert sim.requests == []
