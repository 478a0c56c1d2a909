"""The real az against the simulator: sign-in, and everything up to a kubenet cluster."""

from __future__ import annotations

from pathlib import Path

from tests.simulator import Simulator


def test_az_creates_a_kubenet_cluster(sim: Simulator, tmp_path: Path) -> None:
    az = sim.az(tmp_path / "azure")
    assert az.json("account", "show")["id"] == sim.subscription_id
    az.must_run("group", "create", "--name", "rg", "--location", "westeurope")
    az.must_run("network", "route-table", "create", "-g", "rg", "-n", "rt")
    network = ("network", "vnet", "create", "-g", "rg", "-n", "vnet", "--address-prefixes", "10.1.0.0/16")
    az.must_run(*network, "--subnet-name", "nodes", "--subnet-prefixes", "10.1.0.0/24")
    subnet = az.json(
        "network", "vnet", "subnet", "update", "-g", "rg", "--vnet-name", "vnet", "-n", "nodes", "--route-table", "rt"
    )
    identity = az.json("identity", "create", "-g", "rg", "-n", "id")
    options = ("--network-plugin", "kubenet", "--no-ssh-key", "--node-count", "2")
    placed = ("--vnet-subnet-id", subnet["id"], "--assign-identity", identity["id"])
    create = ("aks", "create", "-g", "rg", "-n", "aks", *options, *placed)
    refused = az.run(*create)
    assert refused.returncode == 1
    assert "(CustomRouteTableMissingPermission)" in refused.stderr
    assignment = ("--assignee-object-id", identity["principalId"], "--assignee-principal-type", "ServicePrincipal")
    table = subnet["routeTable"]["id"]
    az.must_run("role", "assignment", "create", *assignment, "--role", "Network Contributor", "--scope", table)
    cluster = az.json(*create)
    assert (cluster["provisioningState"], cluster["networkProfile"]["networkPlugin"]) == ("Succeeded", "kubenet")
    routes = az.json("network", "route-table", "route", "list", "-g", "rg", "--route-table-name", "rt")
    assert [route["addressPrefix"] for route in routes] == ["10.244.0.0/24", "10.244.1.0/24"]
    assert not [entry for entry in sim.requests if entry.code in ("SimulatorError", "NoRegisteredProviderFound")]


def test_az_registers_the_cloud_by_itself(sim: Simulator, tmp_path: Path) -> None:
    az = sim.az(tmp_path)
    az.must_run("cloud", "register", "-n", "Registered", "--endpoint-resource-manager", sim.url)
    endpoints = az.json("cloud", "show", "-n", "Registered")["endpoints"]
    assert endpoints["activeDirectory"] == sim.url
    assert endpoints["microsoftGraphResourceId"] == sim.url
