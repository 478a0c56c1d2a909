"""`az aks kubenet check` through the real az: exit codes, waiting, and what a Reader of the cluster alone is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import running_clusters as world
from tests.simulator import AzSession, Simulator
from tests.world import cluster_body

from .azure import answer, finding, kubenet, refused, writes
from .screen import on_terminal

CHECK = ("check", "--resource-group", "rg", "--name", "aks")
ROUTES = ("RT8", "RT9", "RT10")


def test_a_cluster_in_order_is_healthy(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    done = kubenet(az, *CHECK)
    assert (answer(done)["verdict"], done.stderr) == ("healthy", "")
    assert writes(sim) == []


def test_a_broken_cluster_exits_with_4_and_the_report_is_printed(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    lost = world.lose_route(sim)
    done = kubenet(az, *CHECK)
    report = answer(done, 4)
    assert (report["verdict"], finding(report, "RT8")["evidence"]["nodes"]) == ("broken", [lost])
    assert f"RT8: 1 of 3 nodes of node pool 'nodepool1' has no route in route table 'routes': {lost}" in done.stderr
    assert answer(kubenet(az, *CHECK, "--ignore", "rt8"))["verdict"] == "healthy"
    assert writes(sim) == []


def test_a_degraded_cluster_exits_with_0(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    world.leave_route(sim)
    assert answer(kubenet(az, *CHECK))["verdict"] == "degraded"


def test_a_cluster_that_is_not_there_exits_with_3(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    assert "'other' was not found in group 'rg'" in refused(kubenet(az, *CHECK[:-1], "other"), 3)


@pytest.mark.parametrize("profile", [{"networkPlugin": "azure"}, {"networkPlugin": "none"}])
def test_a_cluster_of_a_third_model_is_refused(az: AzSession, sim: Simulator, profile: dict[str, str]) -> None:
    sim.put(world.CLUSTER, cluster_body(profile=profile))
    assert "not kubenet" in refused(kubenet(az, *CHECK))


def test_a_cluster_on_overlay_is_checked_as_far_as_that_goes(az: AzSession, sim: Simulator) -> None:
    sim.put(world.CLUSTER, cluster_body(profile={"networkPlugin": "azure", "networkPluginMode": "overlay"}))
    done = kubenet(az, *CHECK)
    report = answer(done)
    assert "is on Azure CNI Overlay, not on kubenet" in done.stderr
    assert {finding(report, code)["status"] for code in ROUTES} == {"skipped"}


def test_it_waits_until_the_routes_are_there_and_says_so(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    world.lose_route(sim)
    sim.add_fault(method="GET", path="/managedClusters/aks$", skip=1, hook=lambda _: sim.advance(60))
    shown = on_terminal(az, "aks", "kubenet", *CHECK, "--wait", "2", "--output", "json")
    assert "Waiting for 1 route" in shown
    assert '"verdict": "healthy"' in shown


def test_what_is_missing_after_the_wait_is_an_error(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim, pool={"enableAutoScaling": True, "minCount": 3, "maxCount": 5})
    world.lose_route(sim)
    assert finding(answer(kubenet(az, *CHECK)), "RT8")["severity"] == "warning"
    report = answer(kubenet(az, *CHECK, "--wait", "1"), 4)
    assert finding(report, "RT8")["severity"] == "error"
    assert [each["state"] for each in report["routing"]["nodes"]] == ["missing", "ok", "ok"]


@pytest.mark.parametrize("seconds", ["-1", "soon", "3601"])
def test_a_wait_that_is_none_is_refused(az: AzSession, sim: Simulator, seconds: str) -> None:
    assert "--wait" in refused(kubenet(az, *CHECK, "--wait", seconds), 1)
    assert sim.sent("GET", "managedClusters") == []


Seed = Callable[[Simulator], object]


@pytest.mark.parametrize("seed", [world.put_running, world.put_managed])
def test_a_reader_of_the_cluster_alone_gets_an_honest_report(az: AzSession, sim: Simulator, seed: Seed) -> None:
    seed(sim)
    sim.set_caller_roles([(world.CLUSTER, "Reader")])
    report = answer(kubenet(az, *CHECK))
    unknown = [each for each in report["findings"] if each["status"] == "unknown"]
    assert report["verdict"] == "degraded"
    assert {finding(report, code)["status"] for code in ROUTES} == {"unknown"}
    assert all("Microsoft." in each["evidence"].get("missingPermission", "") for each in unknown), unknown
    assert report["capacity"]["now"]["room"] is None
    assert report["routing"]["owner"] == "unknown"
    assert finding(report, "CL1")["status"] == "passed"
