"""A cluster that runs, read in process: how many rounds and requests it takes, and pools that go meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from azext_kubenet.arm.gather import GatherRequest, gather
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.unreadable import Unreadable
from tests import running_clusters as world
from tests.simulator import Simulator

from .conftest import make_client
from .documents import Json

MOST_ROUNDS = 4
CLUSTER_ID = ResourceId.parse(world.CLUSTER)
OWN = GatherRequest(running_id=CLUSTER_ID, subnet_id=ResourceId.parse(world.SUBNET))
OF_FURTHER = GatherRequest(running_id=CLUSTER_ID, subnet_id=ResourceId.parse(world.FURTHER))


class CountingClient:
    """Reads from the local Azure; a round is one pool of threads, or one read by itself."""

    def __init__(self, sim: Simulator) -> None:
        self._client = make_client(sim)
        self._rounds: list[str] = []

    @property
    def rounds(self) -> int:
        return len(set(self._rounds))

    def get(self, path: str) -> Json:
        self._count()
        return self._client.get(path)

    def list(self, path: str, *, filter_text: str | None = None) -> list[Json]:
        self._count()
        return self._client.list(path, filter_text=filter_text)

    def query(self, path: str, body: Json) -> Sequence[Json]:
        self._count()
        return self._client.query(path, body)

    def put(self, path: str, body: Json, *, etag: str | None = None, new: bool = False, wait: bool = True) -> Json:
        raise AssertionError(f"writes {path} {body} {etag} {new} {wait}")

    def patch(self, path: str, body: Json) -> None:
        raise AssertionError(f"writes {path} {body}")

    def delete(self, path: str, *, wait: bool = True) -> None:
        raise AssertionError(f"deletes {path} {wait}")

    def _count(self) -> None:
        thread = threading.current_thread()
        alone = thread is threading.main_thread()
        self._rounds.append(str(len(self._rounds)) if alone else thread.name.rpartition("_")[0])


def running(sim: Simulator, request: GatherRequest = OWN) -> RunningCluster:
    found = gather(make_client(sim), request).snapshot.running_cluster
    assert isinstance(found, RunningCluster)
    return found


def put_two_pools(sim: Simulator) -> None:
    world.put_running(sim)
    world.add_pool(sim, attached=True)


def put_stripped(sim: Simulator) -> None:
    world.put_running(sim)
    world.strip(sim)


def put_swapped(sim: Simulator) -> None:
    world.put_running(sim)
    world.swap(sim)


@pytest.mark.parametrize(
    ("seed", "request_of", "most_requests"),
    [
        (world.put_running, OWN, 24),
        (world.put_running, OF_FURTHER, 24),
        (put_two_pools, OWN, 28),
        (put_stripped, OWN, 20),
        (put_swapped, OWN, 25),
        (world.put_managed, GatherRequest(running_id=CLUSTER_ID), 16),
    ],
    ids=["in order", "a further subnet", "two pools", "stripped", "swapped", "network of AKS"],
)
def test_a_cluster_that_runs_is_read_in_four_rounds_at_most(
    sim: Simulator, seed: Callable[[Simulator], object], request_of: GatherRequest, most_requests: int
) -> None:
    seed(sim)
    sim.clear_log()
    client = CountingClient(sim)
    gather(client, request_of)
    assert client.rounds <= MOST_ROUNDS
    assert len(sim.requests) <= most_requests
    paths = [each.path for each in sim.requests if each.method == "GET"]
    assert len(paths) == len(set(paths)), "asks twice"


def test_three_pools_with_400_nodes_take_four_rounds(sim: Simulator) -> None:
    world.put_large(sim)
    client = CountingClient(sim)
    found = gather(client, GatherRequest(running_id=CLUSTER_ID)).snapshot.running_cluster
    assert isinstance(found, RunningCluster)
    assert [len(each.machines) for each in found.machines if isinstance(each.machines, tuple)] == [200, 150, 50]
    assert client.rounds <= MOST_ROUNDS
    assert len(sim.requests) <= 29


def test_a_pool_that_goes_between_two_rounds_is_asked_for_no_more(sim: Simulator) -> None:
    put_two_pools(sim)
    sim.clear_log()
    without = {"id": world.CLUSTER, "body": world.running_body()}
    sim.add_fault(method="GET", path="/agentPools/work/machines", put=without)
    found = running(sim)
    assert [pool.name for pool in found.cluster.agent_pools] == ["nodepool1"]
    assert [each.pool for each in found.machines] == ["nodepool1"]
    assert len(sim.sent("GET", f"{world.CLUSTER}$")) == 2


def test_a_pool_that_is_there_and_is_not_found_twice_is_unreadable(sim: Simulator) -> None:
    put_two_pools(sim)
    sim.clear_log()
    sim.add_fault(method="GET", path="/agentPools/work/machines", status=404, code="NotFound", times=None)
    found = {each.pool: each.machines for each in running(sim).machines}
    assert isinstance(found["work"], Unreadable)
    assert "does not exist, although it has to" in found["work"].reason
    assert len(sim.sent("GET", f"{world.CLUSTER}$")) == 2


def test_a_cluster_that_goes_between_two_rounds_is_absent(sim: Simulator) -> None:
    put_two_pools(sim)
    sim.add_fault(method="GET", path="/machines", status=404, code="NotFound", delete=world.CLUSTER, times=None)
    assert gather(make_client(sim), OWN).snapshot.running_cluster is None
