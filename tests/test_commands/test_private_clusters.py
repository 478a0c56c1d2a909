"""Private clusters through the real az: zones in a hub's subscription, the API server's subnet, and undoing it."""

from __future__ import annotations

import shlex

import pytest

from tests.simulator import AzSession, Simulator

from .azure import GROUP, NETWORK, SUBNET, Json, actions, answer, finding, kubenet, put_network, refused, writes
from .creating import body_sent, create

HUB_SUBSCRIPTION = "00000000-0000-0000-0000-000000000005"
ZONE = (
    f"/subscriptions/{HUB_SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/"
    "privatelink.westeurope.azmk8s.io"
)
API_SERVER = f"{NETWORK}/subnets/api"
PREPARE = ("prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET)
PRIVATE = ("--enable-private-cluster", "--private-dns-zone", ZONE)
WITH_API_SERVER = ("--enable-apiserver-vnet-integration", "--apiserver-subnet-id", API_SERVER)


def put_private(sim: Simulator, role: str = "Owner") -> None:
    """A network with a subnet for the API server, and a DNS zone in another subscription."""
    sim.add_subscription(HUB_SUBSCRIPTION, "Hub", role)
    sim.put(ZONE, {"location": "global"})
    put_network(sim)
    delegation = {"name": "aks", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}
    sim.put(API_SERVER, {"properties": {"addressPrefix": "10.1.1.0/28", "delegations": [delegation]}})
    sim.clear_log()


def granted(prepared: Json) -> set[tuple[str, str]]:
    return {(each["roleName"], each["scope"]) for each in prepared["roleAssignments"]}


def test_prepare_grants_on_zone_network_and_the_api_servers_subnet_and_cleanup_undoes_it(
    az: AzSession, sim: Simulator
) -> None:
    put_private(sim)
    words = ("--private-dns-zone", ZONE, "--apiserver-subnet-id", API_SERVER)
    prepared = answer(kubenet(az, *PREPARE, *words))
    wanted = {
        ("Private DNS Zone Contributor", ZONE),
        *(("Network Contributor", scope) for scope in (SUBNET, prepared["routeTable"]["id"], NETWORK, API_SERVER)),
    }
    assert granted(prepared) == wanted
    assert f"--enable-private-cluster --private-dns-zone {ZONE}" in prepared["createCommand"]
    assert f"--enable-apiserver-vnet-integration --apiserver-subnet-id {API_SERVER}" in prepared["createCommand"]
    sim.clear_log()
    again = answer(kubenet(az, *PREPARE, *words))
    assert ({each for each, _ in actions(again)}, writes(sim)) == ({"none"}, [])
    command = [each for each in shlex.split(prepared["createCommand"])[1:] if each != "--generate-ssh-keys"]
    created = az.run(*command, "--no-ssh-key", "--skip-validation")
    assert created.returncode == 0, created.stderr
    cluster = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
    sim.delete(cluster)
    cleaned = answer(kubenet(az, "cleanup", "-g", "rg", "-n", "aks", "--yes"))
    assert sum(kind == "roleAssignments" for _, kind in actions(cleaned)) == len(wanted)
    marked = [each for each in sim.records() if "aks-kubenet" in str(each.properties.get("description"))]
    assert marked == []


def test_create_prepare_makes_a_private_cluster_in_one_go(az: AzSession, sim: Simulator) -> None:
    put_private(sim)
    made = answer(create(az, "--vnet-subnet-id", SUBNET, "--prepare", *PRIVATE, *WITH_API_SERVER))
    assert made["provisioningState"] == "Succeeded"
    profile = body_sent(sim)["properties"]["apiServerAccessProfile"]
    assert (profile["privateDNSZone"], profile["subnetId"]) == (ZONE, API_SERVER)
    scopes = [entry.path.partition("/providers/Microsoft.Authorization/")[0] for entry in sim.sent("PUT", "roleAssign")]
    table = f"{GROUP}/providers/Microsoft.Network/routeTables/aks-routes"
    assert sorted(scopes) == sorted([SUBNET, table, API_SERVER, ZONE, NETWORK])


def test_who_may_not_assign_on_the_zone_gets_the_commands_for_an_administrator(az: AzSession, sim: Simulator) -> None:
    put_private(sim, role="Reader")
    error = refused(kubenet(az, *PREPARE, "--private-dns-zone", ZONE))
    assert "You may not assign roles on 'privatelink.westeurope.azmk8s.io'" in error
    assert f"--role 'Private DNS Zone Contributor' --scope {ZONE}" in error
    assert writes(sim) == []


def test_a_zone_that_is_not_there_is_said_before_the_first_write(az: AzSession, sim: Simulator) -> None:
    put_private(sim)
    error = refused(kubenet(az, *PREPARE, "--private-dns-zone", f"{ZONE}2"), 3)
    assert f"Private DNS zone '{ZONE}2' was not found." in error
    assert writes(sim) == []


@pytest.mark.parametrize("zone", ["system", "none"])
def test_custom_dns_servers_need_a_role_on_the_network_where_aks_makes_the_zone(
    az: AzSession, sim: Simulator, zone: str
) -> None:
    put_private(sim)
    network = sim.get(NETWORK) or {}
    sim.put(NETWORK, {**network, "properties": {**network["properties"], "dhcpOptions": {"dnsServers": ["10.9.0.4"]}}})
    prepared = answer(kubenet(az, *PREPARE, "--private-dns-zone", zone, "--dry-run"))
    assert (("Network Contributor", NETWORK) in granted(prepared)) is (zone == "system")


def test_a_subnet_for_the_api_server_that_does_not_fit_is_refused(az: AzSession, sim: Simulator) -> None:
    put_private(sim)
    sim.put(API_SERVER, {"properties": {"addressPrefix": "10.1.1.0/29"}})
    report = answer(create(az, "--vnet-subnet-id", SUBNET, "--prepare", *PRIVATE, *WITH_API_SERVER), 4)
    assert "is not delegated to" in finding(report, "API1")["message"]
    assert writes(sim) == []


AUTHORIZATION = "/providers/Microsoft.Authorization"
IDENTITY_MADE = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-identity"
TABLE_MADE = f"{GROUP}/providers/Microsoft.Network/routeTables/aks-routes"
CLUSTER_MADE = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"

ROUND: tuple[str, ...] = (
    *(f"GET {each}" for each in (GROUP, NETWORK, SUBNET, API_SERVER, ZONE, IDENTITY_MADE, TABLE_MADE)),
    *(f"GET {each}{AUTHORIZATION}/permissions" for each in (GROUP, NETWORK, SUBNET, API_SERVER, ZONE, IDENTITY_MADE)),
    f"GET {NETWORK}/usages",
    f"GET {GROUP}/providers/Microsoft.Network/localNetworkGateways",
    f"GET {GROUP}/providers/Microsoft.Network/virtualNetworkGateways",
    f"GET {SUBSCRIPTION}{AUTHORIZATION}/locks",
    f"GET {SUBNET}{AUTHORIZATION}/locks",
    "POST /providers/Microsoft.ResourceGraph/resources",
    f"POST {NETWORK}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults",
)
"""What one picture of the state takes; a second round has nothing to ask, as identity and table are not there yet."""

LOOKED_FOR: tuple[str, ...] = (f"GET {IDENTITY_MADE}", f"GET {TABLE_MADE}")
"""What is looked for a moment before it is made, and read back after it; so is the subnet."""

GRANTED = tuple(
    f"PUT {each}{AUTHORIZATION}/roleAssignments" for each in (SUBNET, TABLE_MADE, API_SERVER, ZONE, NETWORK)
)


def test_the_requests_of_one_create_prepare(az: AzSession, sim: Simulator) -> None:
    put_private(sim)
    answer(create(az, "--vnet-subnet-id", SUBNET, "--prepare", *PRIVATE, *WITH_API_SERVER))
    sent = [f"{each.method} {each.path}" for each in sim.requests]
    last = sim.requests.index(writes(sim)[-1])
    looked_at = {f"GET {CLUSTER_MADE}"}
    before = [each for each in sent[:last] if each not in looked_at]
    made = [each.rpartition("/")[0] if "/roleAssignments/" in each else each for each in before]
    asked = [each for each in before if not each.startswith("PUT ") and "/operations/" not in each]
    assert sorted(asked) == sorted((*ROUND, *LOOKED_FOR, *LOOKED_FOR, f"GET {SUBNET}"))
    assert sorted(each for each in made if each.startswith("PUT ")) == sorted(
        (f"PUT {IDENTITY_MADE}", f"PUT {TABLE_MADE}", f"PUT {SUBNET}", *GRANTED)
    )
    assert sum("/operations/" in each for each in made) == 2, "route table and subnet are waited for"
    assert sent[last] == f"PUT {CLUSTER_MADE}"
    assert {each for each in sent[last + 1 :] if "/operations/" not in each} == looked_at
