"""Managed clusters: refusals, nodes and routes, identities, migration, Resource Graph."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.world import cluster_body

from .builders import make_assignment, make_identity, make_network, make_permitted_cluster
from .client import Client

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
QUERY = "resources | where type =~ 'Microsoft.ContainerService/managedClusters'"


def _routes(sim: Simulator, client: Client, table: str = "rt") -> dict[str, tuple[str, str]]:
    routes = (sim.get(f"{client.network}/routeTables/{table}") or {})["properties"]["routes"]
    properties = {route["name"]: route["properties"] for route in routes}
    return {name: (entry["addressPrefix"], entry["nextHopIpAddress"]) for name, entry in properties.items()}


def test_nodes_take_addresses_and_routes(sim: Simulator, client: Client) -> None:
    assert client.put(client.cluster, make_permitted_cluster(sim, client)).status == 201
    routes = _routes(sim, client)
    assert list(routes.values()) == [("10.244.0.0/24", "10.1.0.4"), ("10.244.1.0/24", "10.1.0.5")]
    assert all(name.startswith("aks-nodepool1-") and "-vmss00000" in name for name in routes)
    subnet = client.get(f"{client.network}/virtualNetworks/vnet/subnets/nodes").body["properties"]
    assert len(subnet["ipConfigurations"]) == 2
    assert "/resourceGroups/MC_rg_aks_westeurope/" in subnet["ipConfigurations"][0]["id"]
    assert client.delete(f"{client.network}/virtualNetworks/vnet").code == "InUseSubnetCannotBeDeleted"


def test_scaling_and_deleting_clean_up(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    client.put(client.cluster, body)
    body["properties"]["agentPoolProfiles"][0]["count"] = 4
    assert client.put(client.cluster, body).status == 200
    assert len(_routes(sim, client)) == 4
    body["properties"]["agentPoolProfiles"][0]["count"] = 1
    client.put(client.cluster, body)
    assert list(_routes(sim, client).values()) == [("10.244.0.0/24", "10.1.0.4")]
    deleted = client.delete(client.cluster)
    assert deleted.status == 202
    assert "/operationresults/" in deleted.headers["location"]
    assert _routes(sim, client) == {}
    assert (
        "ipConfigurations" not in (sim.get(f"{client.network}/virtualNetworks/vnet/subnets/nodes") or {})["properties"]
    )
    assert client.send("HEAD", f"{client.subscription}/resourcegroups/MC_rg_aks_westeurope").status == 404


def test_without_own_table_aks_makes_one(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    assert client.put(client.cluster, cluster_body(subnet)).status == 201
    table = client.get(subnet).body["properties"]["routeTable"]["id"]
    assert "/MC_rg_aks_westeurope/providers/Microsoft.Network/routeTables/aks-agentpool-" in table
    assert table.endswith("-routetable")
    assert len(client.get(table).body["properties"]["routes"]) == 2
    assert client.put(client.cluster, cluster_body(subnet, pool={"count": 3})).status == 200
    client.delete(client.cluster)
    assert "routeTable" not in client.get(subnet).body["properties"]


def test_without_own_network_aks_makes_one(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    client.put(client.cluster, cluster_body())
    networks = client.get(f"{client.subscription}/providers/Microsoft.Network/virtualNetworks").body["value"]
    assert [entry["name"][:8] for entry in networks] == ["aks-vnet"]
    assert len(networks[0]["properties"]["subnets"][0]["properties"]["ipConfigurations"]) == 2


def test_own_table_needs_a_user_assigned_identity(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    answer = client.put(client.cluster, cluster_body(subnet))
    assert (answer.status, answer.code) == (400, "CustomRouteTableWithUnsupportedMSIType")
    assert answer.message == (
        "Clusters using managed identity type SystemAssigned do not support bringing your own route table. Please see "
        "https://aka.ms/aks/customrt for more information"
    )
    assert client.get(client.cluster).status == 404


def test_own_table_needs_read_and_write(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    identity = make_identity(sim, client)
    principal = identity["properties"]["principalId"]
    sim.grant(principal, subnet, "Network Contributor")
    sim.grant(principal, f"{client.network}/routeTables/rt", "Reader")
    body = cluster_body(subnet, identity["id"])
    answer = client.put(client.cluster, body)
    assert (answer.status, answer.code) == (400, "CustomRouteTableMissingPermission")
    assert answer.message == (
        "Managed identity or service principle must be given permission to read and write to custom route table "
        f"{client.network}/routeTables/rt. Please see https://aka.ms/aks/customrt for more information"
    )
    sim.grant(principal, client.subscription, "Network Contributor")
    assert client.put(client.cluster, body).status == 201


def test_a_deny_assignment_takes_the_permission_away(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    deny = f"{client.group}/providers/Microsoft.Authorization/denyAssignments/00000000-0000-0000-0000-0000000000d1"
    everyone = [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}]
    caller = [{"id": "00000000-0000-0000-0000-0000000000aa"}]
    properties: dict[str, Any] = {"principals": everyone, "excludePrincipals": caller}
    properties["permissions"] = [{"actions": ["Microsoft.Network/routeTables/write"]}]
    sim.put(deny, {"properties": properties})
    assert client.put(client.cluster, body).code == "CustomRouteTableMissingPermission"


@pytest.mark.parametrize("setting", ["role_propagation_seconds", "role_propagation_refusals"])
def test_new_assignments_take_their_time(sim: Simulator, client: Client, setting: str) -> None:
    subnet = make_network(sim, client, table="rt")
    identity = make_identity(sim, client)
    sim.settings.update({setting: 2 if setting.endswith("refusals") else 0.15})
    name = f"{client.group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000a1"
    assert client.put(name, make_assignment(client, identity["properties"]["principalId"])).status == 201
    body = cluster_body(subnet, identity["id"])
    statuses: list[int] = []
    while not statuses or (statuses[-1] != 201 and len(statuses) < 10_000):
        statuses.append(client.put(client.cluster, body).status)
    assert statuses[:2] == [400, 400]
    assert statuses[-1] == 201
    if setting.endswith("refusals"):
        assert statuses == [400, 400, 201]


def test_an_identity_without_join_on_the_subnet(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    identity = make_identity(sim, client)
    answer = client.put(client.cluster, cluster_body(subnet, identity["id"]))
    assert (answer.status, answer.code) == (400, "LinkedAuthorizationFailed")
    assert "error" not in answer.body
    sim.settings.subnet_permission_fails_later = True
    started = client.put(client.cluster, cluster_body(subnet, identity["id"]))
    assert started.status == 201
    polled = client.get(started.headers["azure-asyncoperation"].removeprefix(sim.url)).body
    assert (polled["status"], polled["error"]["code"]) == ("Failed", "LinkedAuthorizationFailed")
    assert client.get(client.cluster).body["properties"]["provisioningState"] == "Failed"


def test_the_caller_must_join_and_assign(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    name = "00000000-0000-0000-0000-00000000000c"
    role = f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    sim.put(role, {"properties": {"roleName": "AKS", "permissions": [{"actions": ["Microsoft.ContainerService/*"]}]}})
    sim.set_caller_roles([(client.group, "AKS")])
    subnet = client.put(client.cluster, body)
    assert (subnet.status, subnet.code) == (403, "LinkedAuthorizationFailed")
    assert "Microsoft.Network/virtualNetworks/subnets/join/action" in subnet.message
    sim.set_caller_roles([(client.group, "AKS"), (client.group, "Network Contributor")])
    assert "userAssignedIdentities/assign/action" in client.put(client.cluster, body).message
    sim.set_caller_roles([(client.group, role) for role in ("AKS", "Network Contributor", "Managed Identity Operator")])
    assert client.put(client.cluster, body).status == 201


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"profile": {"podCidr": "10.1.100.0/22"}},
            "NetworkProfileCIDROverlapVNET",
            "NetworkProfile CIDR 10.1.100.0/22 overlaps with reserved VNET CIDR 10.1.0.0/16",
        ),
        (
            {"profile": {"podCidr": "10.240.100.0/22"}, "pool": {"count": 5}},
            "InsufficientSubnetSize",
            "Pre-allocated IPs 1280 exceeds IPs available 1024 in Subnet Cidr 10.240.100.0/22, Subnet Name "
            "networkProfile.podCIDR. If Autoscaler is enabled, the max-count from each nodepool is counted towards "
            "this total (which means that pre-allocated IPs count represents a theoretical max value, not the actual "
            "number of IPs requested). http://aka.ms/aks/insufficientsubnetsize",
        ),
        (
            {
                "profile": {"podCidr": "10.128.0.0/14"},
                "pool": {"enableAutoScaling": True, "maxCount": 252, "minCount": 1},
            },
            "InsufficientSubnetSize",
            "Pre-allocated IPs 252 exceeds IPs available 251 in Subnet Cidr 10.1.0.0/24, Subnet Name nodes. ",
        ),
        ({"profile": {"serviceCidr": "10.244.0.0/16"}}, "PodCidrOverlapServiceCidr", ""),
        (
            {"profile": {"podCidr": "what"}},
            "InvalidParameter",
            "The value of parameter networkProfile.podCIDR is invalid.",
        ),
        ({"location": "eastus"}, "InvalidParameter", "The Agentpool nodepool1's vnet "),
        ({"profile": {"outboundType": "userDefinedRouting"}}, "ExistingRouteTableNotAssociatedWithSubnet", ""),
    ],
)
def test_address_refusals(sim: Simulator, client: Client, changes: dict[str, Any], code: str, message: str) -> None:
    answer = client.put(client.cluster, make_permitted_cluster(sim, client, **changes))
    assert (answer.status, answer.code) == (400, code)
    assert answer.message.startswith(message)


@pytest.mark.parametrize(("hop", "status"), [("Internet", 400), ("VirtualNetworkGateway", 201)])
def test_user_defined_routing_looks_at_the_default_route(sim: Simulator, client: Client, hop: str, status: int) -> None:
    body = make_permitted_cluster(sim, client, profile={"outboundType": "userDefinedRouting"})
    route = {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": hop}}
    sim.put(f"{client.network}/routeTables/rt/routes/default", route)
    answer = client.put(client.cluster, body)
    assert answer.status == status
    if status == 400:
        assert answer.code == "RouteTableInvalidNextHop"
        assert answer.message.startswith("Default route 0.0.0.0/0 has a next hop of Internet but only next hops of")


def test_delegated_and_missing_subnets(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    missing = client.put(client.cluster, cluster_body(subnet + "x"))
    assert missing.message == "The value of parameter agentPoolProfile.vnetSubnetID is invalid."
    delegation = {"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}
    sim.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24", "delegations": [delegation]}})
    assert client.put(client.cluster, cluster_body(subnet)).message == (
        f"AgentPoolProfile subnet with id {subnet} cannot be used as it's a delegated subnet. Please check "
        "https://aka.ms/adv-network-prerequest for more details."
    )


def test_a_full_subnet_fails_the_operation(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, prefix="10.1.0.0/29")
    used = [{"id": f"/x/{number}"} for number in range(2)]
    sim.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/29", "ipConfigurations": used}})
    started = client.put(client.cluster, cluster_body(subnet))
    assert started.status == 201
    polled = client.get(started.headers["azure-asyncoperation"].removeprefix(sim.url)).body
    assert (polled["status"], polled["error"]["code"]) == ("Failed", "SubnetIsFull")
    assert (
        "Subnet nodes with address prefix 10.1.0.0/29 does not have enough capacity for 1 IP addresses."
        in (polled["error"]["message"])
    )


def test_a_locked_route_table_fails_the_operation(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    lock = f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/locks/l"
    sim.put(lock, {"properties": {"level": "ReadOnly"}})
    started = client.put(client.cluster, body)
    polled = client.get(started.headers["azure-asyncoperation"].removeprefix(sim.url)).body
    assert polled["error"]["code"] == "ScopeLocked"


def test_one_operation_at_a_time(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    sim.settings.operation_polls = 3
    client.put(client.cluster, body)
    answer = client.put(client.cluster, body)
    assert (answer.status, answer.code) == (409, "OperationNotAllowed")
    assert [client.get(client.cluster).body["properties"]["provisioningState"] for _ in range(4)] == [
        "Creating",
        "Creating",
        "Creating",
        "Succeeded",
    ]


def test_two_clusters_with_one_pod_cidr_on_one_table(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    client.put(client.cluster, body)
    assert client.put(f"{client.cluster}2", body).status == 201
    assert len(_routes(sim, client)) == 2


def test_migration_to_overlay_removes_the_routes(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    client.put(client.cluster, body)
    body["properties"]["networkProfile"].update(networkPlugin="azure", networkPluginMode="overlay")
    assert client.put(client.cluster, body).status == 200
    assert _routes(sim, client) == {}
    assert client.get(f"{client.network}/virtualNetworks/vnet/subnets/nodes").body["properties"]["routeTable"]


def test_pools_are_resources(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    client.put(client.cluster, body)
    subnet = body["properties"]["agentPoolProfiles"][0]["vnetSubnetID"]
    added = client.put(f"{client.cluster}/agentPools/two", {"properties": {"count": 1, "vnetSubnetID": subnet}})
    assert (added.status, added.body["type"]) == (201, "Microsoft.ContainerService/managedClusters/agentPools")
    assert len(_routes(sim, client)) == 3
    assert [pool["name"] for pool in client.get(f"{client.cluster}/agentPools").body["value"]] == ["nodepool1", "two"]
    assert client.get(f"{client.cluster}/agentPools/three").body["subcode"] == ("GetAgentPool_NotFound_HCPServerError")
    assert client.delete(f"{client.cluster}/agentPools/two").status == 202
    assert len(_routes(sim, client)) == 2
    body["properties"]["agentPoolProfiles"][0]["vnetSubnetID"] = subnet + "x"
    assert client.put(client.cluster, body).code == "PropertyChangeNotAllowed"


def test_credentials_and_profiles(sim: Simulator, client: Client) -> None:
    sim.put(client.cluster, cluster_body())
    for action, user in (("listClusterUserCredential", "clusterUser"), ("listClusterAdminCredential", "clusterAdmin")):
        config = client.post(f"{client.cluster}/{action}").body["kubeconfigs"][0]
        assert config["name"] == user
        assert b"server: https://aks-" in base64.b64decode(config["value"])
    assert client.get(f"{client.cluster}/upgradeProfiles/default").status == 200
    root = f"{client.subscription}/providers/Microsoft.ContainerService/locations/westeurope"
    assert client.get(f"{root}/kubernetesVersions").body["values"]


def test_resource_graph(sim: Simulator, client: Client) -> None:
    for name in ("one", "two", "three"):
        sim.put(client.cluster.replace("/aks", f"/{name}"), cluster_body())
    body: dict[str, Any] = {"query": QUERY, "subscriptions": [sim.subscription_id], "options": {"$top": 2}}
    first = client.post(GRAPH, body).body
    assert (first["totalRecords"], first["count"], len(first["data"])) == (3, 2, 2)
    assert first["data"][0]["type"] == "microsoft.containerservice/managedclusters"
    assert first["data"][0]["properties"]["networkProfile"]["networkPlugin"] == "kubenet"
    body["options"]["$skipToken"] = first["$skipToken"]
    last = client.post(GRAPH, body).body
    assert [row["name"] for row in last["data"]] == ["three"]
    assert "$skipToken" not in last
    projected = client.post(GRAPH, {"query": f"{QUERY} | project id, plugin = properties.networkProfile.networkPlugin"})
    assert projected.body["data"][0] == {"id": first["data"][0]["id"], "plugin": "kubenet"}
    body["subscriptions"] = ["00000000-0000-0000-0000-000000000002"]
    assert client.post(GRAPH, body).body["data"] == []
    sim.settings.refuse_resource_graph = True
    assert client.post(GRAPH, body).status == 403


def test_resource_graph_rows_have_all_columns(sim: Simulator, client: Client) -> None:
    sim.put(client.cluster, cluster_body())
    row = client.post(GRAPH, {"query": QUERY}).body["data"][0]
    columns = "extendedLocation id identity kind location managedBy name plan properties resourceGroup sku"
    assert sorted(row) == sorted([*columns.split(), "subscriptionId", "tags", "tenantId", "type", "zones"])


def test_secrets_are_taken_and_never_shown(sim: Simulator, client: Client) -> None:
    body = cluster_body()
    body["properties"]["servicePrincipalProfile"] = {"clientId": "app", "secret": "hidden"}
    body["properties"]["windowsProfile"] = {"adminUsername": "azureuser", "adminPassword": "hidden"}
    sim.put(client.group, {})
    answers = [client.put(client.cluster, body).body, client.get(client.cluster).body, sim.get(client.cluster)]
    assert "hidden" not in str(answers)
    assert all(each["properties"]["servicePrincipalProfile"] == {"clientId": "app"} for each in answers if each)
