"""A PUT on a cluster that is there: what AKS refuses, kubenet to overlay and its ends, and the switches of both."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.world import cluster_body

from .builders import make_identity, make_network, make_permitted_cluster
from .client import Answer, Client

NEWEST = "2026-06-01"
Change = dict[str, Any]


def start(sim: Simulator, client: Client, **changes: Any) -> Change:
    """A kubenet cluster on a table of the customer's; returns the document as az would read it."""
    client.put(client.cluster, make_permitted_cluster(sim, client, **changes))
    document: Change = client.get(f"{client.cluster}?api-version={NEWEST}").body
    return document


def change(client: Client, document: Change, headers: dict[str, str] | None = None, **profile: Any) -> Answer:
    body = copy.deepcopy(document)
    body["properties"]["networkProfile"].update(profile)
    return client.put(f"{client.cluster}?api-version={NEWEST}", body, headers)


def migrate(client: Client, document: Change, **profile: Any) -> Answer:
    return change(client, document, networkPlugin="azure", networkPluginMode="overlay", **profile)


def polled(sim: Simulator, client: Client, answer: Answer) -> Change:
    body: Change = client.get(answer.headers["azure-asyncoperation"].removeprefix(sim.url)).body
    return body


def profile_of(client: Client) -> Change:
    profile: Change = client.get(client.cluster).body["properties"]["networkProfile"]
    return profile


def routes(client: Client) -> list[str]:
    return [each["name"] for each in client.get(f"{client.network}/routeTables/rt").body["properties"]["routes"]]


def test_overlay_takes_the_node_routes_and_leaves_the_rest(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    assert len(routes(client)) == 2
    sim.settings.operation_polls = 1
    answer = migrate(client, document)
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (200, "Updating")
    polls = [polled(sim, client, answer) for _ in range(2)]
    assert [(each["status"], each["error"]["code"]) for each in polls] == [
        ("InProgress", "NotLatestOperation"),
        ("Succeeded", "NotLatestOperation"),
    ]
    after = client.get(client.cluster).body["properties"]
    assert after["agentPoolProfiles"][0]["maxPods"] == 110
    assert after["identityProfile"]["kubeletidentity"]
    profile = after["networkProfile"]
    assert (profile["networkPluginMode"], profile["networkDataplane"], profile["podCidr"]) == (
        "overlay",
        "azure",
        "10.244.0.0/16",
    )
    assert routes(client) == []


def test_the_configuration_of_azurerm_s_acceptance_test(sim: Simulator, client: Client) -> None:
    """System-assigned, network and table of AKS's own; only the two members change, as azapi sends them."""
    sim.put(client.group, {})
    client.put(client.cluster, cluster_body())
    table = next(record.id for record in sim.records() if record.type.lower().endswith("/routetables"))
    properties = {"networkProfile": {"networkPlugin": "azure", "networkPluginMode": "overlay"}}
    body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties}
    assert client.put(client.cluster, body).status == 200
    assert profile_of(client)["networkPluginMode"] == "overlay"
    assert sim.get(table) is None


def test_overlay_with_kubenet_is_refused_in_azure_s_words(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    answer = change(client, document, networkPluginMode="overlay")
    assert (answer.status, answer.body) == (
        400,
        {
            "code": "UnsupportedNetworkPluginModeWithNetworkPlugin",
            "details": None,
            "message": "NetworkPluginMode overlay is not supported with NetworkPlugin kubenet.",
            "subcode": "",
            "target": "networkProfile.networkPluginMode",
        },
    )


@pytest.mark.parametrize("engine", ["calico", "cilium"])
def test_overlay_is_refused_while_an_engine_is_there(sim: Simulator, client: Client, engine: str) -> None:
    document = start(sim, client, profile={"networkPolicy": engine})
    answer = migrate(client, document)
    assert (answer.code, answer.message) == (
        "ValidationError",
        "Cannot update cluster to Azure CNI Overlay while using network policies with Azure CNI v1.",
    )
    assert migrate(client, document, networkPolicy="none").code == "ValidationError"


def test_overlay_needs_kubernetes_1_27_of_cluster_and_pools(sim: Simulator, client: Client) -> None:
    document = start(sim, client, pool={"orchestratorVersion": "1.26.3"})
    assert migrate(client, document).code == "ValidationError"


@pytest.mark.parametrize(("version", "status"), [("1.29.9", 400), ("1.30.0", 200)])
def test_an_engine_goes_from_kubernetes_1_30(sim: Simulator, client: Client, version: str, status: int) -> None:
    body = make_permitted_cluster(sim, client, profile={"networkPolicy": "calico"})
    body["properties"]["kubernetesVersion"] = version
    client.put(client.cluster, body)
    assert change(client, client.get(client.cluster).body, networkPolicy="none").status == status


def test_overlay_is_refused_with_a_masquerading_configuration_of_ones_own(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    sim.settings.own_masq_configs = [client.cluster]
    assert migrate(client, document).code == "ValidationError"


@pytest.mark.parametrize("moment", ["put", "operation"])
def test_a_foreign_subnet_on_the_table(sim: Simulator, client: Client, moment: str) -> None:
    document = start(sim, client)
    table = {"id": f"{client.network}/routeTables/rt"}
    gateway = f"{client.network}/virtualNetworks/vnet/subnets/gateway"
    sim.put(gateway, {"properties": {"addressPrefix": "10.1.9.0/24", "routeTable": table}})
    sim.settings.foreign_subnets_fail = moment
    answer = migrate(client, document)
    assert answer.status == (400 if moment == "put" else 200)
    code = answer.code if moment == "put" else polled(sim, client, answer)["error"]["code"]
    assert code == "CustomRouteTableInvalidUpdateAttempt"


@pytest.mark.parametrize(
    ("profile", "target"),
    [
        ({"networkPlugin": "kubenet", "networkPluginMode": ""}, "networkProfile.networkPlugin"),
        ({"networkPluginMode": ""}, "networkProfile.networkPluginMode"),
        ({"serviceCidr": "10.3.0.0/16"}, "networkProfile.serviceCidr"),
        ({"podCidr": "10.9.0.0/16", "podCidrs": ["10.9.0.0/16"]}, "networkProfile.podCIDR"),
    ],
)
def test_what_never_changes(sim: Simulator, client: Client, profile: Change, target: str) -> None:
    migrate(client, start(sim, client))
    answer = change(client, client.get(client.cluster).body, **profile)
    assert (answer.status, answer.code, answer.body["target"]) == (400, "PropertyChangeNotAllowed", target)


def test_kubenet_does_not_become_node_subnet(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    assert change(client, document, networkPlugin="azure").code == "PropertyChangeNotAllowed"


@pytest.mark.parametrize(
    ("position", "status", "cidr"),
    [("ignored", 200, "10.244.0.0/16"), ("refused", 400, "10.244.0.0/16"), ("taken", 200, "10.240.0.0/12")],
)
def test_a_new_pod_cidr_beside_the_old_list(
    sim: Simulator, client: Client, position: str, status: int, cidr: str
) -> None:
    """What az sends for --pod-cidr."""
    document = start(sim, client)
    sim.settings.contradictory_pod_cidrs = position
    assert migrate(client, document, podCidr="10.240.0.0/12").status == status
    assert (profile_of(client)["podCidr"], profile_of(client)["podCidrs"]) == (cidr, [cidr])


@pytest.mark.parametrize("detached", [True, False])
def test_the_association_after_overlay(sim: Simulator, client: Client, detached: bool) -> None:
    document = start(sim, client)
    sim.settings.overlay_detaches_table = detached
    migrate(client, document)
    subnet = client.get(f"{client.network}/virtualNetworks/vnet/subnets/nodes").body["properties"]
    assert ("routeTable" not in subnet) is detached
    assert client.get(f"{client.network}/routeTables/rt").status == 200


@pytest.mark.parametrize(("back", "status"), [(True, 200), (False, 400)])
def test_calico_on_overlay(sim: Simulator, client: Client, back: bool, status: int) -> None:
    migrate(client, start(sim, client))
    sim.settings.calico_comes_back = back
    assert change(client, client.get(client.cluster).body, networkPolicy="calico").status == status


def test_an_overlay_operation_that_changes_nothing(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    sim.settings.overlay_outcomes = ["unchanged"]
    assert polled(sim, client, migrate(client, document))["status"] == "Succeeded"
    assert (profile_of(client)["networkPlugin"], len(routes(client))) == ("kubenet", 2)


def test_an_overlay_operation_that_fails_half_way(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    sim.settings.overlay_outcomes = ["halfway"]
    assert polled(sim, client, migrate(client, document))["status"] == "Failed"
    after = client.get(client.cluster).body["properties"]
    assert (after["provisioningState"], after["networkProfile"]["networkPlugin"]) == ("Failed", "azure")
    assert [pool["provisioningState"] for pool in after["agentPoolProfiles"]] == ["Failed"]
    assert migrate(client, client.get(client.cluster).body).status == 200
    assert client.get(client.cluster).body["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(("position", "status"), [("preempts", 200), ("refused", 409)])
def test_a_second_put_during_an_update(sim: Simulator, client: Client, position: str, status: int) -> None:
    document = start(sim, client)
    sim.settings.update({"operation_polls": 5, "second_put": position})
    first = migrate(client, document)
    second = migrate(client, document)
    assert second.status == status
    assert polled(sim, client, first)["status"] == ("Failed" if position == "preempts" else "InProgress")
    if position == "preempts":
        error = polled(sim, client, first)["error"]
        number = second.headers["azure-asyncoperation"].rsplit("/", 1)[-1].split("?")[0]
        assert error == {
            "code": "AKSOperationPreempted",
            "message": f"This operation has been preempted by another operation with ID {number}",
        }


def test_the_etag_of_a_cluster_guards_it(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    etag = document["eTag"]
    assert "eTag" not in client.get(f"{client.cluster}?api-version=2025-05-01").body
    assert change(client, document, {"If-Match": etag}, networkPolicy="calico").status == 200
    refused = change(client, document, {"If-Match": etag}, networkPolicy="calico")
    assert (refused.status, sorted(refused.body)) == (412, ["code", "details", "message", "subcode"])
    assert client.get(f"{client.cluster}?api-version={NEWEST}").body["eTag"] != etag


@pytest.mark.parametrize(("seconds", "route_is_back"), [(7200.0, False), (0.0, True)])
def test_the_control_plane_acts_as_its_old_identity_for_a_while(
    sim: Simulator, client: Client, seconds: float, route_is_back: bool
) -> None:
    document = start(sim, client)
    other = make_identity(sim, client, "other")
    sim.grant(other["properties"]["principalId"], client.group, "Network Contributor")
    sim.settings.identity_switch_seconds = seconds
    body = copy.deepcopy(document)
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {other["id"]: {}}}
    assert client.put(client.cluster, body).status == 200
    _revoke_old(sim, client)
    client.delete(f"{client.network}/routeTables/rt/routes/{routes(client)[0]}")
    sim.advance(60)
    assert (len(routes(client)) == 2) is route_is_back
    sim.advance(7200)
    assert len(routes(client)) == 2


def _revoke_old(sim: Simulator, client: Client) -> None:
    """Nobody but the new identity keeps a role on the table."""
    old = (sim.get(f"{client.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id") or {})["properties"]
    for record in sim.records():
        if record.type.lower().endswith("/roleassignments") and record.properties["principalId"] == old["principalId"]:
            sim.delete(record.id)


def test_too_many_puts_are_told_when_to_come_back(sim: Simulator, client: Client) -> None:
    document = start(sim, client)
    body = {"code": "Throttled", "details": None, "message": "The PutManagedCluster request limit ...", "subcode": ""}
    sim.add_fault(method="PUT", path="/managedClusters/aks$", status=429, body=body, headers={"Retry-After": "60"})
    answer = migrate(client, document)
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "Throttled", "60")


def test_usages_of_cores_follow_the_clusters(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    sim.put(client.cluster, cluster_body(pool={"count": 3, "vmSize": "Standard_D4s_v3"}))
    sim.settings.vcpu_quota = 40
    path = f"{client.subscription}/providers/Microsoft.Compute/locations/westeurope/usages"
    usages = {entry["name"]["value"]: entry for entry in client.get(path).body["value"]}
    assert (usages["cores"]["currentValue"], usages["cores"]["limit"]) == (12, 40)
    assert (usages["standardDSv3Family"]["currentValue"], usages["standardDSv2Family"]["currentValue"]) == (12, 0)
    sim.set_caller_roles([])
    assert client.get(path).status == 403
