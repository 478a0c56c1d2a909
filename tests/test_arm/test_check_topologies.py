"""Clusters that run, one thing wrong with each, read from the local Azure and judged as `check` does, in process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from azext_kubenet.arm.gather_check import gather_check
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules.checked import check_cluster
from azext_kubenet.progress import SilentReporter
from azext_kubenet.render.check import check_table, render_check
from tests import running_clusters as world
from tests.simulator import Simulator

from .conftest import make_client

Json = dict[str, Any]

TODAY = date(2026, 11, 26)


def checked(sim: Simulator, **settings: Any) -> Json:
    """The answer of check."""
    cluster_id = ResourceId.parse(world.CLUSTER)
    found = gather_check(make_client(sim), cluster_id, SilentReporter(), **settings)
    running = found.snapshot.running_cluster
    assert isinstance(running, RunningCluster)
    wanted = ClusterRequest(node_pools=(), cluster_id=cluster_id)
    return render_check(check_cluster(running, found.snapshot, wanted, today=TODAY))


def of(result: Json, code: str) -> list[Json]:
    """The findings of a rule that are not skipped."""
    return [each for each in result["findings"] if each["code"] == code and each["status"] != "skipped"]


def wrong(result: Json) -> set[tuple[str, str]]:
    """Code and severity of all that failed and counts."""
    failed = (each for each in result["findings"] if each["status"] == "failed" and each["severity"] != "info")
    return {(each["code"], each["severity"]) for each in failed}


def states(result: Json) -> list[str]:
    return [each["state"] for each in result["routing"]["nodes"]]


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What is wrong, and what check must say: the findings that count, the verdict, the states of the three nodes."""

    name: str
    seed: Callable[[Simulator], object]
    verdict: str
    wrong: set[tuple[str, str]] = field(default_factory=set)
    nodes: tuple[str, ...] = ("ok", "ok", "ok")


def after(change: Callable[..., object], **running: Any) -> Callable[[Simulator], None]:
    """The cluster in order, then that change."""

    def seed(sim: Simulator) -> None:
        world.put_running(sim, **running)
        change(sim)

    return seed


def both(*changes: Callable[[Simulator], object]) -> Callable[[Simulator], None]:
    def seed(sim: Simulator) -> None:
        for each in changes:
            each(sim)

    return seed


def put(**running: Any) -> Callable[[Simulator], None]:
    """The cluster with that about it."""
    return lambda sim: world.put_running(sim, **running)


def two_subnets(sim: Simulator) -> None:
    world.add_pool(sim, attached=True)


def further(*, pool: Json | None = None, **subnet: Any) -> Callable[[Simulator], None]:
    """A second pool, in a subnet with that about it."""

    def seed(sim: Simulator) -> None:
        world.add_pool(sim, attached=True, **(pool or {}))
        world.change(sim, world.FURTHER, **subnet)

    return seed


def hide(sim: Simulator, *resource_ids: str) -> None:
    """What the caller may not read."""
    sim.settings.unreadable = list(resource_ids)


AUTOSCALED = {"enableAutoScaling": True, "minCount": 3, "maxCount": 5}
SUCCEEDED = {"provisioningState": "Succeeded"}
MISSING = ("missing", "ok", "ok")

TOPOLOGIES = (
    Topology(name="in-order", seed=world.put_running, verdict="healthy"),
    Topology(name="network-of-aks", seed=world.put_managed, verdict="healthy"),
    Topology(
        name="route-missing",
        seed=after(world.lose_route),
        verdict="broken",
        wrong={("RT8", "error")},
        nodes=MISSING,
    ),
    Topology(
        name="route-missing-while-it-scales-by-itself",
        seed=after(world.lose_route, pool=AUTOSCALED),
        verdict="degraded",
        wrong={("RT8", "warning")},
        nodes=("pending", "ok", "ok"),
    ),
    Topology(
        name="route-missing-while-a-pool-scales",
        seed=after(world.lose_route, pool={"provisioningState": "Scaling"}),
        verdict="degraded",
        wrong={("RT8", "warning"), ("CL1", "warning")},
        nodes=("pending", "ok", "ok"),
    ),
    Topology(
        name="wrong-next-hop",
        seed=after(world.misdirect),
        verdict="broken",
        wrong={("RT8", "error")},
        nodes=("wrongNextHop", "ok", "ok"),
    ),
    Topology(name="route-left-over", seed=after(world.leave_route), verdict="degraded", wrong={("RT9", "warning")}),
    Topology(
        name="left-over-and-missing",
        seed=after(both(world.leave_route, world.lose_route), pool=AUTOSCALED),
        verdict="broken",
        wrong={("RT8", "error"), ("RT9", "error")},
        nodes=MISSING,
    ),
    Topology(name="locked", seed=after(world.lock_table), verdict="broken", wrong={("LCK1", "error")}),
    Topology(
        name="locked-and-missing",
        seed=after(both(world.lock_table, world.lose_route), pool=AUTOSCALED),
        verdict="broken",
        wrong={("LCK1", "error"), ("RT8", "error")},
        nodes=MISSING,
    ),
    Topology(
        name="policy-and-missing",
        seed=after(both(world.deny_by_policy, world.lose_route), pool=AUTOSCALED),
        verdict="broken",
        wrong={("POL1", "warning"), ("RT8", "error")},
        nodes=MISSING,
    ),
    Topology(
        name="right-lost-and-missing",
        seed=after(world.lose_route, pool=AUTOSCALED, roles=False),
        verdict="broken",
        wrong={("ID2", "error"), ("ID3", "error"), ("RT8", "error")},
        nodes=MISSING,
    ),
    Topology(name="table-stripped", seed=after(world.strip), verdict="broken", wrong={("RT10", "error")}),
    Topology(name="table-swapped", seed=after(world.swap), verdict="broken", wrong={("RT10", "error")}),
    Topology(
        name="two-subnets",
        seed=after(lambda sim: world.add_pool(sim, attached=True)),
        verdict="healthy",
        nodes=("ok",) * 5,
    ),
    Topology(
        name="further-subnet-without-table",
        seed=after(lambda sim: world.add_pool(sim, attached=False)),
        verdict="broken",
        wrong={("RT10", "error")},
        nodes=("ok",) * 5,
    ),
    Topology(
        name="routes-of-others",
        seed=after(
            both(
                lambda sim: world.leave_route(sim, "10.99.0.0/24"),
                lambda sim: world.put_route(sim, "to-hub", "172.16.0.0/12", "10.1.200.4"),
            )
        ),
        verdict="healthy",
    ),
    Topology(
        name="no-address-for-an-upgrade",
        seed=put(pool={"count": 11}, prefix="10.1.0.0/28"),
        verdict="broken",
        wrong={("IP2", "error")},
        nodes=("ok",) * 11,
    ),
    Topology(
        name="maximum-beyond-the-subnet",
        seed=put(pool={**AUTOSCALED, "maxCount": 60}, prefix="10.1.0.0/27"),
        verdict="degraded",
        wrong={("IP2", "warning")},
    ),
    Topology(
        name="maximum-beyond-the-pod-cidr",
        seed=put(pool={**AUTOSCALED, "maxCount": 60}, profile={"podCidr": "10.244.0.0/19"}),
        verdict="degraded",
        wrong={("POD1", "warning")},
    ),
    Topology(
        name="maximum-beyond-the-route-table",
        seed=put(pool={**AUTOSCALED, "maxCount": 450}, prefix="10.1.0.0/21", profile={"podCidr": "10.244.0.0/15"}),
        verdict="degraded",
        wrong={("LIM1", "warning")},
    ),
    Topology(
        name="policy",
        seed=after(world.deny_by_policy),
        verdict="degraded",
        wrong={("POL1", "warning")},
    ),
    Topology(
        name="right-lost",
        seed=put(roles=False),
        verdict="broken",
        wrong={("ID2", "error"), ("ID3", "error")},
    ),
    Topology(
        name="traffic-denied",
        seed=both(world.put_denial, put(subnet={"networkSecurityGroup": {"id": world.SECURITY_GROUP}})),
        verdict="broken",
        wrong={("NSG1", "error")},
    ),
    Topology(
        name="pods-overlap-the-network",
        seed=put(profile={"podCidr": "10.1.128.0/17"}),
        verdict="broken",
        wrong={("OVL1", "error")},
    ),
    Topology(
        name="no-way-out",
        seed=put(profile={"outboundType": "userDefinedRouting"}),
        verdict="broken",
        wrong={("EG1", "error")},
    ),
    Topology(
        name="further-subnet-delegated",
        seed=after(further(delegations=[{"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}])),
        verdict="broken",
        wrong={("SN2", "error")},
        nodes=("ok",) * 5,
    ),
    Topology(
        name="further-subnet-locked",
        seed=after(both(two_subnets, lambda sim: world.lock(sim, world.FURTHER, "CanNotDelete"))),
        verdict="degraded",
        wrong={("LCK1", "warning")},
        nodes=("ok",) * 5,
    ),
    Topology(
        name="further-subnet-denied",
        seed=after(both(world.put_denial, further(networkSecurityGroup={"id": world.SECURITY_GROUP}))),
        verdict="broken",
        wrong={("NSG1", "error")},
        nodes=("ok",) * 5,
    ),
    Topology(
        name="further-subnet-full",
        seed=after(further(addressPrefix="10.1.8.0/29", pool={"count": 3})),
        verdict="broken",
        wrong={("IP2", "error")},
        nodes=("ok",) * 6,
    ),
    Topology(
        name="further-subnet-hidden",
        seed=after(both(two_subnets, lambda sim: hide(sim, world.FURTHER, world.NETWORK))),
        verdict="degraded",
        nodes=("ok",) * 5,
    ),
    Topology(
        name="table-hidden",
        seed=after(lambda sim: hide(sim, world.TABLE)),
        verdict="degraded",
        nodes=("unknown",) * 3,
    ),
    Topology(
        name="machines-hidden",
        seed=after(lambda sim: hide(sim, f"{world.CLUSTER}/agentPools")),
        verdict="degraded",
        nodes=("unknown",) * 3,
    ),
    Topology(
        name="cluster-failed",
        seed=put(cluster={"provisioningState": "Failed"}, pool={"provisioningState": "Succeeded"}),
        verdict="broken",
        wrong={("CL1", "error")},
    ),
    Topology(
        name="cluster-at-work",
        seed=put(cluster={"provisioningState": "Updating"}, pool={"provisioningState": "Succeeded"}),
        verdict="degraded",
        wrong={("CL1", "warning")},
    ),
    Topology(
        name="pool-failed",
        seed=put(pool={"provisioningState": "Failed"}),
        verdict="broken",
        wrong={("CL1", "error")},
    ),
    Topology(
        name="stopped",
        seed=put(cluster={"powerState": {"code": "Stopped"}}),
        verdict="degraded",
        wrong={("CL1", "warning")},
        nodes=(),
    ),
    Topology(
        name="no-kubelet-identity",
        seed=after(lambda sim: world.change(sim, world.CLUSTER, identityProfile={})),
        verdict="broken",
        wrong={("CL2", "error")},
    ),
)


@pytest.mark.parametrize("topology", TOPOLOGIES, ids=lambda topology: topology.name)
def test_a_topology(sim: Simulator, topology: Topology) -> None:
    topology.seed(sim)
    result = checked(sim)
    assert wrong(result) == topology.wrong, [each for each in result["findings"] if each["status"] == "failed"]
    assert (result["verdict"], tuple(states(result))) == (topology.verdict, topology.nodes)
    assert not sim.sent("PUT|PATCH|DELETE")
    assert check_table(result)[-1]["Severity"] == topology.verdict.upper()
