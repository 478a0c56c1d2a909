"""`az aks kubenet create` in scripts: outputs, defaults, subscriptions, groups, and the legal ways without."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator import AzSession, Simulator

from .azure import CLUSTER, IDENTITY, SUBNET, answer, codes, put_identity, put_network, put_ready, refused, writes
from .creating import BASE, GRANTS, OWN_NETWORK, PREPARED, body_sent, create

OTHER = "00000000-0000-0000-0000-000000000002"


def test_the_result_is_that_of_azure_cli(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    done = create(az, *PREPARED)
    created = answer(done)
    assert _without_nulls(created) == _without_nulls(az.json("aks", "show", "-g", "rg", "-n", "aks"))
    assert done.stderr.count("2028-03-31") == 1
    assert "Next: az aks get-credentials --resource-group rg --name aks" in done.stderr


def _without_nulls(value: Any) -> Any:
    """Older azure-cli prints what Azure left out as null, and not everywhere alike."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def test_with_an_own_identity_azure_cli_grants_nothing(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    answer(create(az, *PREPARED))
    assert sim.sent("PUT", GRANTS) == []


def test_with_the_systems_identity_azure_clis_grant_stays(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    created = answer(create(az, *OWN_NETWORK))
    grant = sim.sent("PUT", GRANTS)
    assert [each.path.partition("/providers/Microsoft.Authorization")[0] for each in grant] == [SUBNET]
    assert grant[0].body["properties"]["principalId"] == created["identity"]["principalId"]


def test_no_subnet_at_all_is_legal(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    created = answer(create(az))
    assert created["networkProfile"]["networkPlugin"] == "kubenet"
    assert [each.path for each in writes(sim)] == [CLUSTER]


def test_no_subnet_at_all_is_judged_too(az: AzSession, sim: Simulator) -> None:
    report = answer(create(az, "--service-cidr", "172.31.0.0/16", "--dns-service-ip", "172.31.0.10"), 4)
    assert codes(report) == {"RES1"}
    assert report["subnetId"] is None
    assert writes(sim) == []


def test_a_query_and_tsv_give_one_word(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    done = create(az, *PREPARED, "--query", "networkProfile.networkPlugin", "--output", "tsv")
    assert (done.returncode, done.stdout) == (0, "kubenet\n")


def test_the_group_may_be_a_default(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    words = ("aks", "kubenet", "create", "-n", "aks", *BASE, *PREPARED)
    done = az.run(*words, env={"AZURE_DEFAULTS_GROUP": "rg"})
    assert answer(done)["resourceGroup"] == "rg"


def test_another_subscription_is_where_everything_is(az_apart: AzSession, sim: Simulator) -> None:
    sim.add_subscription(OTHER)
    subnet, identity = (each.replace(sim.subscription_id, OTHER) for each in (SUBNET, IDENTITY))
    network = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    nodes = {"name": "nodes", "properties": {"addressPrefix": "10.1.0.0/24"}}
    path = subnet.rpartition("/subnets/")[0]
    sim.put(path, {"location": "westeurope", "properties": {**network, "subnets": [nodes]}})
    put_identity(sim, subnet, identity=identity)
    az_apart.must_run("account", "list", "--refresh")
    words = ("--vnet-subnet-id", subnet, "--assign-identity", identity, "--subscription", OTHER)
    done = create(az_apart, *words)
    assert answer(done)["id"].split("/")[2] == OTHER
    assert f"--subscription {OTHER}" in done.stderr


def test_the_identity_may_be_in_another_subscription_and_group(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.add_subscription(OTHER)
    identity = IDENTITY.replace(sim.subscription_id, OTHER).replace("/rg/", "/people/")
    put_identity(sim, SUBNET.partition("/providers/")[0], identity=identity)
    answer(create(az, *OWN_NETWORK, "--assign-identity", identity))
    assert list(body_sent(sim)["identity"]["userAssignedIdentities"]) == [identity]


def test_the_cluster_may_be_in_another_group_than_its_network(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.put(f"/subscriptions/{sim.subscription_id}/resourceGroups/clusters", {"location": "westeurope"})
    done = az.run("aks", "kubenet", "create", "-g", "clusters", "-n", "aks", "--no-ssh-key", *PREPARED)
    created = answer(done)
    assert created["resourceGroup"] == "clusters"
    assert created["location"] == "westeurope"


def test_a_group_that_is_not_there_is_not_found(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    words = ("aks", "kubenet", "create", "-g", "nowhere", "-n", "aks", *BASE, *PREPARED)
    assert "(ResourceGroupNotFound)" in refused(az.run(*words), 3)


def test_a_subnet_that_is_not_there_is_not_found(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    assert "'none'" in refused(create(az, "--vnet-subnet-id", SUBNET.replace("/nodes", "/none")), 3)
    assert writes(sim) == []


@pytest.mark.parametrize("output", ["json", "table", "tsv", "none"])
def test_no_wait_prints_nothing_and_does_not_wait(az: AzSession, sim: Simulator, output: str) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 100_000
    done = create(az, *PREPARED, "--no-wait", "--output", output)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Next: az aks kubenet wait --created --resource-group rg --name aks" in done.stderr
    assert sim.sent("GET", "/operations/") == []


def test_no_wait_waits_where_azure_cli_does(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.settings.operation_polls = 2
    done = create(az, *OWN_NETWORK, "--no-wait")
    assert (done.returncode, done.stdout) == (0, "")
    assert sim.sent("GET", "/operations/") != []


def test_wait_ends_when_the_cluster_is_there(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 2
    create(az, *PREPARED, "--no-wait")
    az.must_run("aks", "kubenet", "wait", "--created", "-g", "rg", "-n", "aks", "--interval", "1")
    assert json.loads(az.must_run("aks", "show", "-g", "rg", "-n", "aks").stdout)["provisioningState"] == "Succeeded"
