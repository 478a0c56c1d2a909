"""What no recording settles is a setting, and both of its positions are tested here."""

from __future__ import annotations

import pytest

from tests.simulator import Simulator

from .builders import make_network
from .client import Client

TAGS = {"location": "westeurope", "tags": {"by": "somebody"}}


@pytest.mark.parametrize(("honoured", "status", "tags"), [(True, 412, None), (False, 200, {"by": "somebody"})])
def test_if_none_match_protects_what_is_there_or_is_not_known(
    sim: Simulator, client: Client, honoured: bool, status: int, tags: dict[str, str] | None
) -> None:
    sim.settings.honours_if_none_match = honoured
    table = f"{client.network}/routeTables/rt"
    sim.put(table, {"location": "westeurope"})
    assert client.put(table, TAGS, {"If-None-Match": "*"}).status == status
    assert client.get(table).body.get("tags") == tags


@pytest.mark.parametrize("honoured", [True, False])
def test_if_none_match_lets_through_what_is_not_there(sim: Simulator, client: Client, honoured: bool) -> None:
    sim.settings.honours_if_none_match = honoured
    sim.put(client.group, {})
    assert client.put(f"{client.network}/routeTables/rt", TAGS, {"If-None-Match": "*"}).status == 201


def test_deleting_a_table_in_use_is_refused_at_once(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    answer = client.delete(f"{client.network}/routeTables/rt")
    assert (answer.status, answer.code) == (400, "InUseRouteTableCannotBeDeleted")


def test_deleting_a_table_in_use_fails_later(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    sim.settings.deletes_in_use = "failed"
    answer = client.delete(f"{client.network}/routeTables/rt")
    assert answer.status == 202
    polled = client.get(answer.headers["azure-asyncoperation"].removeprefix(sim.url)).body
    assert (polled["status"], polled["error"]["code"]) == ("Failed", "InUseRouteTableCannotBeDeleted")
    assert client.get(f"{client.network}/routeTables/rt").body["properties"]["provisioningState"] == "Failed"


@pytest.mark.parametrize(("keeps", "left"), [(True, ["nodes"]), (False, [])])
def test_subnets_that_a_network_leaves_out(sim: Simulator, client: Client, keeps: bool, left: list[str]) -> None:
    make_network(sim, client)
    sim.settings.keeps_subnets_left_out = keeps
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    network = client.put(f"{client.network}/virtualNetworks/vnet", {"location": "westeurope", "properties": space})
    assert [subnet["name"] for subnet in network.body["properties"]["subnets"]] == left


@pytest.mark.parametrize(("refused", "status"), [(True, 429), (False, 200)])
def test_a_reference_that_has_failed(sim: Simulator, client: Client, refused: bool, status: int) -> None:
    subnet = make_network(sim, client)
    table = f"{client.network}/routeTables/rt"
    sim.put(table, {"location": "westeurope", "properties": {"provisioningState": "Failed"}})
    sim.settings.refuse_failed_references = refused
    body = {"properties": {"addressPrefix": "10.1.0.0/24", "routeTable": {"id": table}}}
    assert client.put(subnet, body).status == status


@pytest.mark.parametrize(("own", "code", "wrapped"), [(False, "ResourceNotFound", True), (True, "NotFound", False)])
def test_who_answers_for_a_cluster_that_is_gone(
    sim: Simulator, client: Client, own: bool, code: str, wrapped: bool
) -> None:
    sim.put(client.group, {})
    sim.settings.aks_answers_for_what_is_gone = own
    answer = client.get(client.cluster)
    assert (answer.status, answer.code, "error" in answer.body) == (404, code, wrapped)


@pytest.mark.parametrize(("modern", "shown"), [(True, True), (False, False), (None, True)])
def test_members_of_clusters_that_came_in_2024(
    sim: Simulator, client: Client, modern: bool | None, shown: bool
) -> None:
    sim.settings.aks_is_modern = modern
    sim.put(client.cluster, {"properties": {"agentPoolProfiles": [{"name": "one", "count": 1}]}})
    assert ("resourceUID" in client.get(client.cluster).body["properties"]) is shown
