"""A cluster that runs: its machines, and its route controller on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import Simulator

from .builders import make_network, make_permitted_cluster
from .client import Client

Json = dict[str, Any]
CYCLE = 10
NODE_ROUTE_DELAY = 60


def _routes(sim: Simulator, client: Client, table: str = "rt") -> dict[str, str]:
    """Next hops by name."""
    routes = (sim.get(f"{client.network}/routeTables/{table}") or {})["properties"]["routes"]
    return {route["name"]: route["properties"].get("nextHopIpAddress", "") for route in routes}


def _machines(client: Client, pool: str = "nodepool1") -> list[Json]:
    answer = client.get(f"{client.cluster}/agentPools/{pool}/machines?api-version=2026-06-01")
    assert answer.status == 200
    return list(answer.body["value"])


def _scale(client: Client, body: Json, count: int) -> None:
    body["properties"]["agentPoolProfiles"][0]["count"] = count
    assert client.put(client.cluster, body).status == 200


@pytest.fixture
def body(sim: Simulator, client: Client) -> Json:
    """A cluster of two nodes, made as a client makes it, and its body."""
    made = make_permitted_cluster(sim, client)
    assert client.put(client.cluster, made).status == 201
    return made


@pytest.mark.usefixtures("body")
def test_machines_are_named_like_their_routes(sim: Simulator, client: Client) -> None:
    machines = _machines(client)
    addresses = {each["name"]: each["properties"]["network"]["ipAddresses"][0]["ip"] for each in machines}
    assert addresses == _routes(sim, client)
    first, pool = next(iter(addresses)), f"{client.get(client.cluster).body['id']}/agentPools/nodepool1"
    assert first.endswith("-vmss000000")
    assert machines[0]["id"] == f"{pool}/machines/{first}"
    assert machines[0]["properties"]["resourceId"].endswith("-vmss/virtualMachines/0")
    one = client.get(f"{client.cluster}/agentPools/nodepool1/machines/{machines[1]['name']}")
    assert one.body == machines[1]
    assert client.get(f"{client.cluster}/agentPools/nodepool1/machines/x").status == 404


def test_machines_come_in_pages(sim: Simulator, client: Client, body: Json) -> None:
    _scale(client, body, 5)
    sim.settings.page_size = 2
    path, names = f"{client.cluster}/agentPools/nodepool1/machines?api-version=2026-06-01", []
    for expected in (2, 2, 1):
        page = client.get(path).body
        assert len(page["value"]) == expected
        names += [each["name"] for each in page["value"]]
        path = page.get("nextLink", "").removeprefix(sim.url)
    assert not path
    assert len(set(names)) == 5


def test_the_name_of_a_node_ends_in_base_36(client: Client, body: Json) -> None:
    _scale(client, body, 86)
    last = _machines(client)[-1]
    assert last["properties"]["resourceId"].endswith("/85")
    assert last["name"].endswith("vmss00002d")


@pytest.mark.usefixtures("body")
def test_machines_need_their_right_and_a_newer_api_version(sim: Simulator, client: Client) -> None:
    path = f"{client.cluster}/agentPools/nodepool1/machines"
    assert client.get(f"{path}?api-version=2024-02-01").status == 400
    sim.settings.unreadable = [path]
    refused = client.get(f"{path}?api-version=2026-06-01")
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    assert "Microsoft.ContainerService/managedClusters/agentPools/machines/read" in refused.message


@pytest.mark.parametrize("place", ["cluster", "pool"])
def test_what_is_stopped_has_no_machines(sim: Simulator, client: Client, place: str) -> None:
    body = make_permitted_cluster(sim, client)
    at = body["properties"] if place == "cluster" else body["properties"]["agentPoolProfiles"][0]
    at["powerState"] = {"code": "Stopped"}
    sim.put(client.cluster, body)
    assert _machines(client) == []
    assert client.get(client.cluster).body["properties"]["powerState"]["code"] == (
        "Stopped" if place == "cluster" else "Running"
    )


def test_a_seeded_state_of_one_pool_is_shown(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client)
    body["properties"]["agentPoolProfiles"][0]["provisioningState"] = "Scaling"
    sim.put(client.cluster, body)
    assert client.get(client.cluster).body["properties"]["agentPoolProfiles"][0]["provisioningState"] == "Scaling"


def test_a_seeded_cluster_can_be_stored_as_it_is(sim: Simulator, client: Client) -> None:
    body = make_permitted_cluster(sim, client, table=None)
    sim.settings.seeded_clusters_run = False
    sim.put(client.cluster, body)
    assert _machines(client) == []
    subnet = client.get(f"{client.network}/virtualNetworks/vnet/subnets/nodes").body["properties"]
    assert "routeTable" not in subnet
    assert "kubeletidentity" in client.get(client.cluster).body["properties"]["identityProfile"]


def test_a_new_node_has_its_route_after_a_while_only(sim: Simulator, client: Client, body: Json) -> None:
    sim.settings.route_delay_seconds = NODE_ROUTE_DELAY
    _scale(client, body, 3)
    sim.advance(NODE_ROUTE_DELAY - 1)
    assert len(_machines(client)) == 3
    assert len(_routes(sim, client)) == 2
    sim.advance(1)
    assert len(_routes(sim, client)) == 3


@pytest.mark.usefixtures("body")
def test_a_deleted_route_comes_back(sim: Simulator, client: Client) -> None:
    before = _routes(sim, client)
    assert client.delete(f"{client.network}/routeTables/rt/routes/{next(iter(before))}").status == 202
    assert len(_routes(sim, client)) == 1
    sim.advance(CYCLE)
    assert _routes(sim, client) == before


@pytest.mark.usefixtures("body")
def test_a_wrong_next_hop_is_kept_for_ever(sim: Simulator, client: Client) -> None:
    name = next(iter(_routes(sim, client)))
    path = f"{client.network}/routeTables/rt/routes/{name}"
    route = client.get(path).body
    route["properties"]["nextHopIpAddress"] = "10.1.0.99"
    assert client.put(path, route).status == 200
    sim.advance(3600)
    assert _routes(sim, client)[name] == "10.1.0.99"
    client.delete(path)
    sim.advance(CYCLE)
    assert _routes(sim, client)[name] != "10.1.0.99"


@pytest.mark.usefixtures("body")
def test_a_stale_route_inside_the_pod_cidr_goes_and_others_stay(sim: Simulator, client: Client) -> None:
    for name, prefix in (("aks-gone-1-vmss000000", "10.244.200.0/24"), ("aks-far-1-vmss000000", "10.7.0.0/24")):
        hop = {"addressPrefix": prefix, "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.0.77"}
        sim.put(f"{client.network}/routeTables/rt/routes/{name}", {"properties": hop})
    sim.put(
        f"{client.network}/routeTables/rt/routes/default",
        {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}},
    )
    sim.advance(CYCLE)
    names = set(_routes(sim, client))
    assert {"aks-far-1-vmss000000", "default"} < names
    assert "aks-gone-1-vmss000000" not in names


def _take_right(sim: Simulator, client: Client) -> None:
    for record in sim.records(client.group):
        if record.type == "Microsoft.Authorization/roleAssignments":
            sim.delete(record.id)


def _lock(sim: Simulator, client: Client) -> None:
    lock = f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/locks/l"
    sim.put(lock, {"properties": {"level": "ReadOnly"}})


def _deny(sim: Simulator, client: Client) -> None:
    table = f"{client.network}/routeTables/rt"
    sim.set_policy_states([{"resourceId": table, "policyDefinitionAction": "modify"}])


@pytest.mark.usefixtures("body")
@pytest.mark.parametrize("stop", [_take_right, _lock, _deny], ids=["right", "lock", "policy"])
def test_a_controller_that_may_not_write_leaves_all_as_it_is(
    sim: Simulator, client: Client, stop: Callable[[Simulator, Client], None]
) -> None:
    gone = next(iter(_routes(sim, client)))
    sim.delete(f"{client.network}/routeTables/rt/routes/{gone}")
    stop(sim, client)
    sim.advance(3600)
    assert len(_routes(sim, client)) == 1


def test_a_further_subnet_gets_the_table_with_the_next_write_of_the_cluster(
    sim: Simulator, client: Client, body: Json
) -> None:
    more = f"{client.network}/virtualNetworks/vnet/subnets/more"
    sim.put(more, {"properties": {"addressPrefix": "10.1.1.0/24"}})
    added = client.put(f"{client.cluster}/agentPools/two", {"properties": {"count": 1, "vnetSubnetID": more}})
    assert added.status == 201
    assert "routeTable" not in client.get(more).body["properties"]
    assert len(_routes(sim, client)) == 3
    body["properties"]["agentPoolProfiles"].append({"name": "two", "count": 1, "vnetSubnetID": more})
    assert client.put(client.cluster, body).status == 200
    assert client.get(more).body["properties"]["routeTable"]["id"].endswith("/routeTables/rt")


def test_a_stripped_table_of_aks_is_attached_again_with_the_next_write(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    body = make_permitted_cluster(sim, client, table=None)
    client.put(client.cluster, body)
    table = client.get(subnet).body["properties"]["routeTable"]["id"]
    sim.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24"}})
    sim.advance(CYCLE)
    assert "routeTable" not in client.get(subnet).body["properties"]
    assert len(client.get(table).body["properties"]["routes"]) == 2
    client.put(client.cluster, body)
    assert client.get(subnet).body["properties"]["routeTable"]["id"] == table
