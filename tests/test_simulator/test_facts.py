"""The ten facts about Azure that every client and every simulator has to match."""

from __future__ import annotations

import re

from tests.simulator import Simulator
from tests.world import cluster_body

from .builders import make_assignment, make_identity, make_network, make_permitted_cluster
from .client import Client

NIC = "Microsoft.Network/networkInterfaces"


def test_fact_1_aks_errors_have_no_wrapper(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    body = cluster_body(subnet, profile={"dnsServiceIP": "10.9.0.10"})
    assert client.put(client.cluster, body).body == {
        "code": "DnsServiceIpOutOfServiceCidr",
        "details": None,
        "message": "The DNS service IP 10.9.0.10 is out of the range defined by service CIDR 10.0.0.0/16.",
        "subcode": "",
        "target": "networkProfile.dnsServiceIP",
    }


def test_fact_1_network_errors_are_wrapped_and_list_details(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    answer = client.put(f"{client.network}/virtualNetworks/vnet/subnets/two", {"properties": {"addressPrefix": "x"}})
    assert (answer.status, answer.code) == (400, "InvalidAddressPrefixFormat")
    assert answer.body["error"]["details"] == []


def test_fact_2_three_kinds_of_404(sim: Simulator, client: Client) -> None:
    missing_group = client.get(f"{client.network}/routeTables/rt")
    assert missing_group.body == {
        "error": {"code": "ResourceGroupNotFound", "message": "Resource group 'rg' could not be found."}
    }
    make_network(sim, client)
    missing_resource = client.get(f"{client.network}/routeTables/rt")
    assert missing_resource.headers["x-ms-failure-cause"] == "gateway"
    assert missing_resource.body["error"] == {
        "code": "ResourceNotFound",
        "message": "The Resource 'Microsoft.Network/routeTables/rt' under resource group 'rg' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    }
    path = f"{client.network}/virtualNetworks/vnet/subnets/missing"
    missing_child = client.get(path)
    assert "x-ms-failure-cause" not in missing_child.headers
    assert missing_child.body["error"] == {
        "code": "NotFound",
        "message": f"Resource {path} not found.",
        "details": [],
    }
    assert client.get(f"{client.network}/virtualNetworks/no/subnets/s").code == "ResourceNotFound"


def test_fact_3_network_put_and_delete_are_operations(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    path = f"{client.network}/routeTables/rt"
    created = client.put(path, {"location": "westeurope"})
    assert (created.status, created.body["properties"]["provisioningState"]) == (201, "Updating")
    assert "location" not in created.headers
    assert created.headers["x-ms-retry-after-ms"] == "50"
    assert client.get(_relative(sim, created.headers["azure-asyncoperation"])).body == {"status": "Succeeded"}
    assert client.put(path, {"location": "westeurope", "tags": {"a": "b"}}).status == 200
    deleted = client.delete(path)
    assert deleted.status == 202
    assert client.get(_relative(sim, deleted.headers["azure-asyncoperation"])).body == {"status": "Succeeded"}
    assert client.get(_relative(sim, deleted.headers["location"])).status == 204
    assert client.get(path).code == "ResourceNotFound"


def test_fact_3_a_failed_operation_is_http_200(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    sim.fail_operation("routeTables/rt$", "InternalServerError", "An error occurred.")
    started = client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"})
    polled = client.get(_relative(sim, started.headers["azure-asyncoperation"]))
    error = {"code": "InternalServerError", "message": "An error occurred.", "details": []}
    assert (polled.status, polled.body) == (200, {"status": "Failed", "error": error})
    assert client.get(f"{client.network}/routeTables/rt").body["properties"]["provisioningState"] == "Failed"


def test_fact_4_etags(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    path = f"{client.network}/virtualNetworks/vnet"
    network = client.get(path)
    etag = network.body["etag"]
    assert re.fullmatch(r'W/"[0-9a-f-]{36}"', etag)
    assert network.headers["etag"] == etag == network.body["properties"]["subnets"][0]["etag"]
    sim.settings.operation_polls = 1
    body = {"properties": {"addressPrefix": "10.1.1.0/24"}}
    refused = client.put(f"{path}/subnets/two", body, {"If-Match": 'W/"wrong"'})
    assert (refused.status, refused.code) == (412, "PreconditionFailed")
    started = client.put(f"{path}/subnets/two", body)
    assert "etag" not in started.headers
    assert started.body["etag"] != etag
    operation = _relative(sim, started.headers["azure-asyncoperation"])
    assert [client.get(operation).body["status"] for _ in range(2)] == ["InProgress", "Succeeded"]
    assert client.get(path).body["etag"] not in (etag, started.body["etag"])


def test_fact_4_what_a_test_changes_gets_a_new_etag_too(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    path = f"{client.network}/virtualNetworks/vnet/subnets/two"
    sim.put(path, {"properties": {"addressPrefix": "10.1.1.0/24"}})
    etag = client.get(path).body["etag"]
    sim.put(path, {"properties": {"addressPrefix": "10.1.1.0/24"}})
    assert client.get(path).body["etag"] == etag
    sim.put(path, {"properties": {"addressPrefix": "10.1.2.0/24"}})
    assert client.get(path).body["etag"] != etag


def test_fact_4_an_etag_that_matches_is_accepted(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {"location": "westeurope"})
    path = f"{client.network}/routeTables/rt"
    etag = client.get(path).headers["etag"]
    body = {"location": "westeurope", "tags": {"a": "b"}}
    assert client.put(path, body, {"If-Match": etag}).status == 200
    refused = client.put(path, body, {"If-Match": etag})
    assert refused.body["error"]["details"][0]["code"] == "PreconditionFailedEtagMismatch"


def test_fact_5_subnet_fields(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    body = client.get(subnet).body
    assert "location" not in body
    assert body["properties"] == {
        "provisioningState": "Succeeded",
        "addressPrefix": "10.1.0.0/24",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "routeTable": {"id": f"{client.network}/routeTables/rt"},
    }
    table = client.get(f"{client.network}/routeTables/rt").body["properties"]
    assert table.pop("resourceGuid")
    assert table == {
        "provisioningState": "Succeeded",
        "disableBgpRoutePropagation": False,
        "routes": [],
        "subnets": [{"id": subnet}],
    }


def test_fact_5_subnets_with_a_list_of_prefixes(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    path = f"{client.network}/virtualNetworks/vnet/subnets/two"
    body = client.put(path, {"properties": {"addressPrefixes": ["10.1.1.0/24"]}}).body["properties"]
    assert body["addressPrefixes"] == ["10.1.1.0/24"]
    assert "addressPrefix" not in body


def test_fact_6_aks_operations_may_warn(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    sim.settings.update({"operation_polls": 1, "aks_poll_warning": {"code": "NotLatestOperation", "message": "So."}})
    started = client.put(client.cluster, cluster_body())
    operation = _relative(sim, started.headers["azure-asyncoperation"])
    first, last = client.get(operation).body, client.get(operation).body
    assert sorted(first) == ["error", "name", "startTime", "status"]
    assert (first["status"], last["status"]) == ("InProgress", "Succeeded")
    assert last["endTime"]
    assert last["error"]["code"] == "NotLatestOperation"
    assert client.get(client.cluster).body["properties"]["provisioningState"] == "Succeeded"


def test_fact_7_ids_are_case_insensitive_and_vary(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    assert client.get(subnet.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).body["id"] == subnet
    sim.put(client.cluster, cluster_body())
    cluster = client.get(client.cluster).body
    assert "/resourcegroups/" in cluster["id"]
    assert cluster["type"] == "Microsoft.ContainerService/ManagedClusters"
    assert cluster["properties"]["networkProfile"]["loadBalancerSku"] == "Standard"


def test_fact_8_a_missing_plugin_becomes_overlay(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    body = cluster_body()
    del body["properties"]["networkProfile"]
    profile = client.put(client.cluster, body).body["properties"]["networkProfile"]
    assert (profile["networkPlugin"], profile["networkPluginMode"]) == ("azure", "overlay")


def test_fact_8_kubenet_defaults_and_late_identity(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    identity = next(iter(body["identity"]["userAssignedIdentities"]))
    created = client.put(client.cluster, body).body
    assert created["identity"]["userAssignedIdentities"] == {identity: {}}
    assert created["properties"]["agentPoolProfiles"][0]["maxPods"] == 110
    profile = created["properties"]["networkProfile"]
    assert (profile["podCidr"], profile["podCidrs"]) == ("10.244.0.0/16", ["10.244.0.0/16"])
    assert (profile["serviceCidr"], profile["serviceCidrs"]) == ("10.0.0.0/16", ["10.0.0.0/16"])
    assert (profile["dnsServiceIP"], profile["ipFamilies"]) == ("10.0.0.10", ["IPv4"])
    assert created["properties"]["nodeResourceGroup"] == "MC_rg_aks_westeurope"
    shown = client.get(client.cluster).body["identity"]["userAssignedIdentities"][identity]
    assert sorted(shown) == ["clientId", "principalId"]


def test_fact_9_role_assignments(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    sim.settings.identity_replication_seconds = 60
    identity = client.put(
        f"{client.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fresh", {"location": "westeurope"}
    )
    assert identity.status == 201
    body = make_assignment(client, identity.body["properties"]["principalId"])
    assignments = f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/roleAssignments"
    first = f"{assignments}/00000000-0000-0000-0000-0000000000a1"
    kind = body["properties"].pop("principalType")
    refused = client.put(first, body)
    assert (refused.status, refused.code) == (400, "PrincipalNotFound")
    assert refused.message.endswith("See https://aka.ms/docs-principaltype")
    body["properties"]["principalType"] = kind
    assert [client.put(first, body).status for _ in range(2)] == [201, 201]
    duplicate = client.put(f"{assignments}/00000000-0000-0000-0000-0000000000a2", body)
    assert (duplicate.status, duplicate.message) == (409, "The role assignment already exists.")
    scopes = [entry["properties"]["scope"] for entry in client.get(f"{assignments}?$filter=atScope()").body["value"]]
    assert scopes == [client.subscription, f"{client.network}/routeTables/rt"]
    assert client.delete(identity.body["id"]).status == 200


def test_fact_10_the_service_cidr_is_checked_against_every_subnet(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    sim.put(f"{client.network}/virtualNetworks/vnet/subnets/other", {"properties": {"addressPrefix": "10.1.8.0/24"}})
    answer = client.put(client.cluster, cluster_body(subnet, profile={"serviceCidr": "10.1.8.0/22"}))
    assert (answer.status, answer.code) == (400, "ServiceCidrOverlapExistingSubnetsCidr")
    assert (
        answer.message
        == "The specified service CIDR 10.1.8.0/22 is conflicted with an existing subnet CIDR 10.1.8.0/24"
    )


def test_fact_10_joining_a_route_table_needs_a_right_of_its_own(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    joiner = (
        f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-00000000000b"
    )
    actions = ["Microsoft.Network/virtualNetworks/*"]
    sim.put(joiner, {"properties": {"roleName": "Subnets only", "permissions": [{"actions": actions}]}})
    sim.set_caller_roles([(client.group, "Subnets only")])
    table = {"id": f"{client.network}/routeTables/rt"}
    answer = client.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24", "routeTable": table}})
    assert (answer.status, answer.code) == (403, "LinkedAuthorizationFailed")
    assert answer.message == (
        f"The client '{sim.client_id}' with object id '00000000-0000-0000-0000-0000000000aa' has permission to "
        f"perform action 'Microsoft.Network/virtualNetworks/subnets/write' on scope '{subnet}'; however, it does not "
        f"have permission to perform action 'Microsoft.Network/routeTables/join/action' on the linked scope(s) "
        f"'{table['id']}' or the linked scope(s) are invalid."
    )
    assert client.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24"}}).status == 200


def test_fact_10_concurrent_writes_are_told_to_retry(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    sim.settings.operation_polls = 5
    route = {"properties": {"addressPrefix": "10.9.0.0/24", "nextHopType": "None"}}
    assert client.put(f"{client.network}/routeTables/rt/routes/one", route).status == 201
    answer = client.put(f"{client.network}/routeTables/rt/routes/two", route)
    assert (answer.status, answer.code) == (429, "RetryableError")
    assert answer.body["error"]["details"][0]["code"] == "RetryableErrorDueToAnotherOperation"


def test_fact_10_the_route_limit_is_a_setting(sim: Simulator, client: Client) -> None:
    sim.settings.route_limit = 2
    sim.put(f"{client.network}/routeTables/rt", {})
    statuses = [
        client.put(
            f"{client.network}/routeTables/rt/routes/r{number}",
            {"properties": {"addressPrefix": f"10.9.{number}.0/24", "nextHopType": "None"}},
        ).status
        for number in range(3)
    ]
    assert statuses == [201, 201, 400]


def test_identity_is_the_same_for_the_same_id(sim: Simulator, client: Client) -> None:
    before = make_identity(sim, client)["properties"]
    sim.reset()
    assert make_identity(sim, client)["properties"] == before


def _relative(sim: Simulator, url: str) -> str:
    assert url.startswith(sim.url)
    return url.removeprefix(sim.url)
