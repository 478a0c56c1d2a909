"""`check --wait` in process: it asks again at each cycle of the route controller, says so, and has an end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from azext_kubenet.arm.gather import Gathered
from azext_kubenet.arm.gather_check import gather_check
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.resource_id import ResourceId
from tests import running_clusters as world
from tests.simulator import Simulator

from .conftest import make_client


@dataclass
class Watch:
    """A clock that goes on by sleeping alone, what happens at each sleep, and what was said."""

    then: Callable[[int], object] = lambda _: None
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        self.said.append(message)

    def done(self) -> None:
        raise AssertionError("whoever began shows the end")

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)
        self.then(len(self.slept))

    def read(self, sim: Simulator, wait_seconds: int) -> Gathered:
        return gather_check(
            make_client(sim),
            ResourceId.parse(world.CLUSTER),
            self,
            wait_seconds=wait_seconds,
            sleep=self.sleep,
            clock=lambda: self.seconds,
        )


def waited(found: Gathered) -> bool:
    running = found.snapshot.running_cluster
    assert isinstance(running, RunningCluster)
    return running.waited


def test_a_cluster_is_read_once_where_nobody_waits(sim: Simulator) -> None:
    world.put_running(sim)
    world.lose_route(sim)
    watch = Watch()
    assert not waited(watch.read(sim, 0))
    assert (watch.slept, watch.said) == ([], ["Reading the cluster and what it runs on"])


def test_it_waits_for_nothing_where_no_route_is_missing(sim: Simulator) -> None:
    world.put_running(sim)
    watch = Watch()
    assert waited(watch.read(sim, 60))
    assert watch.slept == []


def test_it_stops_waiting_once_all_routes_are_there(sim: Simulator) -> None:
    world.put_running(sim)
    world.lose_route(sim)
    world.lose_route(sim)
    watch = Watch(then=lambda cycle: sim.advance(60) if cycle == 2 else None)
    watch.read(sim, 60)
    assert watch.slept == [10, 10]
    assert watch.said == ["Reading the cluster and what it runs on", *["Waiting for 2 routes"] * 2]


def test_the_wait_has_an_end(sim: Simulator) -> None:
    world.put_running(sim)
    world.lose_route(sim)
    watch = Watch()
    assert waited(watch.read(sim, 25))
    assert watch.slept == [10, 10, 5]
    assert watch.said[-1] == "Waiting for 1 route"


def test_a_cluster_that_goes_meanwhile_is_absent(sim: Simulator) -> None:
    world.put_running(sim)
    world.lose_route(sim)
    watch = Watch(then=lambda _: sim.delete(world.CLUSTER))
    assert watch.read(sim, 60).snapshot.running_cluster is None
    assert watch.slept == [10]
