"""`az aks kubenet validate-subnet --cluster-name` through the real az: a cluster in order, and what breaks one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import running_clusters as world
from tests.simulator import AzSession, Simulator

from .azure import (
    CLUSTER,
    NAMES,
    SUBNET,
    TABLE,
    answer,
    codes,
    finding,
    kubenet,
    put_cluster,
    put_ready,
    refused,
    writes,
)

MOST_REQUESTS = 40
RUNNING = ("validate-subnet", *NAMES, "--cluster-name", CLUSTER)


def _routes(sim: Simulator) -> list[dict[str, Any]]:
    return list((sim.get(TABLE) or {})["properties"]["routes"])


def _strip(sim: Simulator) -> None:
    prefix = (sim.get(SUBNET) or {})["properties"]["addressPrefix"]
    sim.put(SUBNET, {"properties": {"addressPrefix": prefix}})


def _mislead(sim: Simulator) -> None:
    route = _routes(sim)[0]
    properties = {**route["properties"], "nextHopIpAddress": "10.1.0.99"}
    sim.put(f"{TABLE}/routes/{route['name']}", {"properties": properties})
    sim.advance(3600)


def _lose_a_route(sim: Simulator) -> None:
    sim.delete(f"{TABLE}/routes/{_routes(sim)[0]['name']}")


def _leave_one_over(sim: Simulator) -> None:
    hop = {"addressPrefix": "10.244.200.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.0.77"}
    sim.put(f"{TABLE}/routes/aks-gone-1-vmss000000", {"properties": hop})


def _fail(sim: Simulator) -> None:
    body = sim.get(CLUSTER) or {}
    body["properties"]["provisioningState"] = "Failed"
    sim.put(CLUSTER, body)


def test_a_cluster_in_order_has_no_finding(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    sim.clear_log()
    report = answer(kubenet(az, *RUNNING))
    assert report["verdict"] == "ready", [
        each for each in report["findings"] if each["status"] in ("failed", "unknown")
    ]
    assert finding(report, "RT8")["evidence"]["nodes"] == len(_routes(sim))
    assert finding(report, "RT10")["status"] == "passed"
    assert writes(sim) == []
    assert len(sim.sent(path="/subscriptions/")) <= MOST_REQUESTS


@pytest.mark.parametrize(
    ("breaks", "code", "words", "exit_code"),
    [
        (_strip, "RT10", "does not carry the cluster's route table 'routes'", 4),
        (_mislead, "RT8", "never repairs such a route", 4),
        (_lose_a_route, "RT8", "has no route in route table", 4),
        (_leave_one_over, "RT9", "route for nodes that are gone", 0),
        (_fail, "CL1", "is in state 'Failed'", 4),
    ],
    ids=["stripped", "wrong next hop", "route missing", "left over", "failed"],
)
def test_what_breaks_a_running_cluster_is_told(
    az: AzSession, sim: Simulator, breaks: Callable[[Simulator], None], code: str, words: str, exit_code: int
) -> None:
    put_ready(sim)
    put_cluster(sim)
    breaks(sim)
    found = finding(answer(kubenet(az, *RUNNING), exit_code), code)
    assert found["status"] == "failed"
    assert words in found["message"]
    if code == "RT10":
        assert found["commands"] == [f"az network vnet subnet update --ids {SUBNET} --route-table {TABLE}"]
    if breaks is _mislead:
        assert found["destructiveCommands"][0].startswith(f"az network route-table route delete --ids {TABLE}/routes/")


def test_machines_that_may_not_be_read_leave_next_hops_unknown(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    sim.settings.unreadable = [f"{CLUSTER}/agentPools/nodepool1/machines"]
    found = finding(answer(kubenet(az, *RUNNING)), "RT8")
    assert found["status"] == "unknown"
    assert found["evidence"]["missingPermission"].endswith("/agentPools/machines/read")


def test_a_stopped_cluster_is_told_and_its_nodes_are_not_missed(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim, cluster={"powerState": {"code": "Stopped"}})
    report = answer(kubenet(az, *RUNNING))
    assert "Cluster 'aks' is stopped" in finding(report, "CL1")["message"]
    assert {finding(report, code)["status"] for code in ("RT8", "RT9")} == {"skipped"}
    assert (codes(report), report["verdict"]) == (set(), "readyWithWarnings")


def test_an_operation_under_way_makes_missing_routes_a_warning(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim, pool={"provisioningState": "Scaling"}, cluster={"provisioningState": "Updating"})
    world.lose_route(sim)
    report = answer(kubenet(az, *RUNNING))
    assert "is in state 'Updating'" in finding(report, "CL1")["message"]
    assert finding(report, "RT8")["evidence"]["state"] == "pending"
    assert codes(report, severity="warning") == {"CL1", "RT8"}


def test_a_pool_that_goes_while_the_cluster_is_read_is_not_judged(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    world.add_pool(sim, attached=True)
    without = {"id": CLUSTER, "body": world.running_body()}
    sim.add_fault(method="GET", path="/agentPools/work/machines", put=without)
    report = answer(kubenet(az, *RUNNING))
    assert finding(report, "RT8")["evidence"]["nodes"] == len(world.node_routes(sim))
    assert (codes(report), report["verdict"]) == (set(), "ready")


def test_a_cluster_on_another_network_plugin_is_not_judged(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    body = sim.get(CLUSTER) or {}
    body["properties"]["networkProfile"].update(networkPlugin="azure", networkPluginMode="overlay")
    sim.put(CLUSTER, body)
    assert "has the network plugin azure overlay, not kubenet" in refused(kubenet(az, *RUNNING))
