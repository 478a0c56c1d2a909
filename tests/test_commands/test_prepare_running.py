"""`az aks kubenet prepare` for a cluster that runs: a table that was taken off comes back, a further subnet joins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import RefusedError
from tests.simulator import AzSession, Simulator
from tests.test_arm.conftest import make_client
from tests.test_arm.fake import forbidden, not_found

from .azure import (
    CLUSTER,
    IDENTITY,
    NAMES,
    NETWORK,
    SUBNET,
    TABLE,
    TABLES,
    Json,
    answer,
    finding,
    kubenet,
    put_cluster,
    put_ready,
    put_table,
    refused,
    writes,
)
from .preparing import REQUEST, DyingClient, prepare

FURTHER = f"{NETWORK}/subnets/more"
ON_FURTHER = replace(REQUEST, subnet_id=ResourceId(FURTHER))
WORDS = ("prepare", "--resource-group", "rg", "--cluster-name", "aks")


def run_a_cluster(sim: Simulator, table: str | None = TABLE) -> None:
    """A cluster on a table of its own; its subnet carries `table`."""
    put_ready(sim)
    put_cluster(sim)
    properties = {**(sim.get(SUBNET) or {})["properties"], "routeTable": None if table is None else {"id": table}}
    sim.put(SUBNET, {"properties": properties})
    sim.clear_log()


def put_further(sim: Simulator, **properties: Json) -> None:
    run_a_cluster(sim)
    sim.put(FURTHER, {"properties": {"addressPrefix": "10.1.1.0/24", **properties}})
    sim.clear_log()


def written(sim: Simulator) -> list[str]:
    return [each.path.rsplit("/", 2)[-2] for each in writes(sim)]


def carried(sim: Simulator, subnet: str) -> str:
    return str((sim.get(subnet) or {})["properties"]["routeTable"]["id"])


def tables(sim: Simulator) -> list[str]:
    return [each.name for each in sim.records() if each.type == "Microsoft.Network/routeTables"]


def test_a_stripped_table_is_attached_again_after_a_question(az: AzSession, sim: Simulator) -> None:
    run_a_cluster(sim, table=None)
    words = (*WORDS, "--vnet-subnet-id", SUBNET)
    assert "'routes' will be attached again" in refused(kubenet(az, *words))
    assert writes(sim) == []
    answer(kubenet(az, *words, "--yes"))
    assert written(sim) == ["subnets"]
    assert carried(sim, SUBNET) == TABLE
    judged = answer(kubenet(az, "validate-subnet", *NAMES, "--cluster-name", CLUSTER))
    assert finding(judged, "RT10")["status"] == "passed"


def test_a_second_run_writes_nothing(sim: Simulator) -> None:
    run_a_cluster(sim, table=None)
    prepare(sim)
    sim.clear_log()
    prepare(sim)
    assert writes(sim) == []


def test_a_further_subnet_joins_the_one_table(az: AzSession, sim: Simulator) -> None:
    put_further(sim)
    result = answer(kubenet(az, *WORDS, "--vnet-subnet-id", FURTHER))
    assert carried(sim, FURTHER) == TABLE
    assert tables(sim) == ["routes"]
    assert sorted(written(sim)) == ["roleAssignments", "subnets"]
    assert result["identity"]["id"] == IDENTITY
    assert result["createCommand"] is None
    add = f"az aks nodepool add --subscription {sim.subscription_id} --resource-group rg --cluster-name aks"
    assert result["nextCommands"] == [f"{add} --name nodepool2 --node-count 3 --vnet-subnet-id {FURTHER}"]
    sim.clear_log()
    again = answer(kubenet(az, *WORDS, "--vnet-subnet-id", FURTHER))
    assert {each["action"] for each in again["changes"]} == {"none"}
    assert writes(sim) == []


@pytest.mark.parametrize("subnet", [SUBNET, FURTHER])
def test_a_swapped_table_ends_it_before_the_first_write(sim: Simulator, subnet: str) -> None:
    other = f"{TABLES}/other"
    put_further(sim)
    put_table(sim, other)
    prefix = (sim.get(subnet) or {})["properties"]["addressPrefix"]
    sim.put(subnet, {"properties": {"addressPrefix": prefix, "routeTable": {"id": other}}})
    sim.clear_log()
    with pytest.raises(RefusedError, match="in place of the cluster's 'routes'"):
        prepare(sim, replace(REQUEST, subnet_id=ResourceId(subnet)))
    assert writes(sim) == []


class OneAnswer(DyingClient):
    """Resource Graph shows the cluster; asked for it by its id Azure answers with `error`."""

    def __init__(self, sim: Simulator, error: Exception) -> None:
        super().__init__(make_client(sim), writes=99)
        self._error = error

    def get(self, path: str) -> Json:
        if path == CLUSTER:
            raise self._error
        return super().get(path)


def test_a_cluster_that_may_not_be_read_ends_it(sim: Simulator) -> None:
    put_further(sim)
    with pytest.raises(RefusedError, match="No"):
        prepare(sim, ON_FURTHER, OneAnswer(sim, forbidden()))
    assert writes(sim) == []


def test_a_cluster_that_only_resource_graph_still_shows_is_none(sim: Simulator) -> None:
    put_further(sim)
    prepare(sim, ON_FURTHER, OneAnswer(sim, not_found()))
    assert "aks-routes" in tables(sim)


UNSEEN = (
    "Whether cluster 'aks' is there already is unknown: you may not read the clusters of resource group 'rg'; the "
    "permission Microsoft.ContainerService/managedClusters/read is missing. "
)


def test_a_cluster_that_may_not_be_seen_is_not_silently_a_new_one(az: AzSession, sim: Simulator) -> None:
    put_further(sim)
    words = (*WORDS, "--vnet-subnet-id", FURTHER, "--dry-run")
    assert "is unknown" not in kubenet(az, *words).stderr
    roles = ("Network Contributor", "Managed Identity Contributor")
    sim.set_caller_roles([(f"/subscriptions/{Simulator.subscription_id}", each) for each in roles])
    said = kubenet(az, *words)
    assert UNSEEN in " ".join(said.stderr.split())
    assert answer(said)["identity"]["name"] == "aks-identity"
