"""What a write is told while somebody else's operation runs: the two answers of Azure, and for how long."""

from __future__ import annotations

import pytest

from tests.simulator import Simulator
from tests.world import cluster_body

from .builders import make_network
from .client import Answer, Client

SUBNET = {"properties": {"addressPrefix": "10.1.0.0/24"}}


def details(answer: Answer) -> list[str]:
    return [str(entry["code"]) for entry in answer.body["error"]["details"]]


def test_a_subnet_of_a_busy_network_is_told_to_retry(sim: Simulator, client: Client) -> None:
    """https://github.com/hashicorp/terraform-provider-azurerm/issues/3673 and recorded traffic of 2026."""
    subnet = make_network(sim, client)
    sim.settings.busy_retry_after = 12
    sim.occupy(subnet.rsplit("/subnets", 1)[0])
    answer = client.put(subnet, SUBNET)
    assert (answer.status, answer.code, details(answer)) == (
        429,
        "RetryableError",
        ["RetryableErrorDueToAnotherOperation"],
    )
    assert answer.headers["retry-after"] == "12"
    message = answer.body["error"]["details"][0]["message"]
    assert message.startswith("Operation PutVirtualNetworkOperation (")
    assert message.endswith("/virtualNetworks/vnet. The call can be retried in 12 seconds.")
    assert client.put(subnet, SUBNET).status == 200


def test_a_subnet_of_a_busy_network_is_told_where_to_look(sim: Simulator, client: Client) -> None:
    """https://github.com/Azure/bicep/issues/5132."""
    subnet = make_network(sim, client)
    sim.occupy(subnet, times=2, answer="AnotherOperationInProgress")
    answers = [client.put(subnet, SUBNET) for _ in range(3)]
    assert [answer.status for answer in answers] == [409, 409, 200]
    assert answers[0].code == "AnotherOperationInProgress"
    assert "retry-after" not in answers[0].headers
    assert "/providers/Microsoft.Network/locations/westeurope/operations/" in answers[0].message


@pytest.mark.parametrize(("answer", "status"), [("RetryableError", 429), ("AnotherOperationInProgress", 409)])
def test_an_operation_of_ones_own_makes_busy_as_well(sim: Simulator, client: Client, answer: str, status: int) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    sim.settings.update({"operation_polls": 1, "busy_answer": answer})
    route = {"properties": {"addressPrefix": "10.9.0.0/24", "nextHopType": "None"}}
    assert client.put(f"{client.network}/routeTables/rt/routes/one", route).status == 201
    refused = client.delete(f"{client.network}/routeTables/rt/routes/one")
    assert (refused.status, refused.code) == (status, answer)


def test_a_reference_that_is_being_written_is_waited_for(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    table = f"{client.network}/routeTables/rt"
    sim.put(table, {"location": "westeurope"})
    sim.occupy(table)
    body = {"properties": {"addressPrefix": "10.1.0.0/24", "routeTable": {"id": table}}}
    answer = client.put(subnet, body)
    assert (answer.status, details(answer)) == (429, ["ReferencedResourceNotProvisioned"])
    assert "retry-after" not in answer.headers
    assert client.put(subnet, body).status == 200


def test_a_peering_to_a_network_that_is_being_written(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    remote = f"{client.network}/virtualNetworks/remote"
    sim.put(remote, {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}})
    sim.occupy(f"{remote}/subnets/one")
    path = f"{subnet.rsplit('/subnets', 1)[0]}/virtualNetworkPeerings/peer"
    answer = client.put(path, {"properties": {"remoteVirtualNetwork": {"id": remote}}})
    assert (answer.status, answer.code) == (400, "ReferencedResourceNotProvisioned")
    assert answer.message.endswith(
        "Resource is in Updating state and the last operation that updated/is updating the resource is "
        "PutSubnetOperation."
    )


def test_a_group_that_is_being_deleted_is_still_shown(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    sim.settings.operation_polls = 1
    client.delete(client.group)
    states = [client.get(client.group).body for _ in range(2)]
    assert states[0]["properties"]["provisioningState"] == "Deleting"
    assert states[1]["error"]["code"] == "ResourceGroupNotFound"


def test_a_busy_cluster_refuses_in_its_own_shape(sim: Simulator, client: Client) -> None:
    sim.put(client.cluster, cluster_body())
    sim.occupy(client.cluster)
    answer = client.put(client.cluster, cluster_body())
    assert (answer.status, answer.code, "error" in answer.body) == (409, "OperationNotAllowed", False)
    assert client.put(client.cluster, cluster_body()).status == 200
