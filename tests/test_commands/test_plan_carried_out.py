"""What a plan prints as its next commands, run one after the other in bash, ends with exactly the planned cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.simulator import AzSession, Completed, Simulator
from tests.world import networks_body

from .azure import CLUSTERS, NETWORK, TABLES, answer, kubenet, writes

Json = dict[str, Any]

CLUSTER = f"{CLUSTERS}/myAKSCluster"
APPLIANCE = "10.1.200.4"
SERVICES = {"serviceCidr": "serviceCidr", "dnsServiceIp": "dnsServiceIP"}
"""The plan's names and the cluster's."""

PLANS: dict[str, tuple[str, ...]] = {
    "25 nodes and a surge of 2 in a /27": ("--node-count", "25", "--max-surge", "2", "--subnet-prefix", "10.1.0.0/27"),
    "24 nodes with 3 in a /27": ("--node-count", "24", "--max-surge", "3", "--subnet-prefix", "10.1.0.0/27"),
    "50 nodes and 20 % growth": ("--node-count", "50", "--growth", "20", "--max-surge", "1"),
    "no surge": ("--node-count", "3", "--max-surge", "0"),
    "an autoscaler, a policy and balancers": (
        *("--node-count", "2", "--max-count", "9", "--network-policy", "calico", "--internal-load-balancers", "2"),
        *("--pod-cidr", "10.100.0.0/16", "--service-cidr", "10.200.0.0/16", "--on-premises-ranges", "172.16.0.0/12"),
    ),
    "two pools of their own sizes": (
        *("--nodepool", "name=system", "count=3", "max-pods=60", "vm-size=Standard_D4s_v5"),
        *("--nodepool", "name=work", "count=2", "max-count=5", "max-surge=2", "vm-size=Standard_D8s_v5"),
    ),
    "three pools in two subnets": (
        *("--nodepool", "name=system", "count=3"),
        *("--nodepool", "name=work", "count=2", "max-count=5", "subnet=work", "vm-size=Standard_D8s_v5"),
        *("--nodepool", "name=batch", "count=1", "max-surge=1", "subnet=work"),
    ),
    "an appliance": ("--outbound-type", "userDefinedRouting"),
    "a NAT gateway": ("--outbound-type", "userAssignedNATGateway"),
}


@pytest.mark.parametrize("words", PLANS.values(), ids=PLANS)
def test_the_commands_of_a_plan_make_the_planned_cluster(
    az: AzSession,
    sim: Simulator,
    from_elsewhere: Callable[[str], Completed],
    words: tuple[str, ...],
) -> None:
    sim.put(NETWORK, networks_body("10.1.0.0/16", {}))
    plan = answer(kubenet(az, "plan", "--vnet-id", NETWORK, *words))
    script = "\n".join(plan["nextCommands"])
    if "NEXT_HOP_IP" in script:
        sim.clear_log()
        assert "'NEXT_HOP_IP' is not an IPv4 address" in from_elsewhere(plan["nextCommands"][1]).stderr
        assert writes(sim) == []
    done = from_elsewhere(script.replace("NEXT_HOP_IP", APPLIANCE))
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    cluster = (sim.get(CLUSTER) or {})["properties"]
    profile = cluster["networkProfile"]
    assert (profile["networkPlugin"], profile["podCidr"]) == ("kubenet", plan["pods"]["podCidr"])
    assert {key: profile[name] for key, name in SERVICES.items()} == plan["services"]
    given = dict(pairwise(words))
    assert profile["outboundType"] == given.get("--outbound-type", "loadBalancer")
    assert profile.get("networkPolicy", "none") == given.get("--network-policy", "none")
    tables = set()
    for each in plan["subnets"]:
        subnet = (sim.get(f"{NETWORK}/subnets/{each['name']}") or {})["properties"]
        assert subnet["addressPrefix"] == each["addressPrefix"]
        tables.add(subnet["routeTable"]["id"])
    assert tables == {f"{TABLES}/myAKSCluster-routes"}
    pools = {each["name"]: each for each in cluster["agentPoolProfiles"]}
    assert set(pools) == {each["name"] for each in plan["nodePools"]}
    for planned in plan["nodePools"]:
        _is_as_planned(pools[planned["name"]], planned, grown="--growth" in words)
        assert pools[planned["name"]]["vnetSubnetID"] == f"{NETWORK}/subnets/{planned['subnet']}"
    if len(plan["subnets"]) > 1:
        judged = answer(
            kubenet(az, "validate-subnet", "--vnet-subnet-id", f"{NETWORK}/subnets/work", "--cluster-name", CLUSTER)
        )
        found = (each for each in judged["findings"] if each["severity"] != "info")  # EG10 informs of any own table
        wrong = {each["code"] for each in found if each["status"] in ("failed", "unknown")}
        assert wrong <= {each["code"] for each in plan["findings"] if each["status"] == "failed"}


def _is_as_planned(pool: Json, planned: Json, *, grown: bool) -> None:
    assert (pool["count"], pool["maxPods"]) == (planned["nodeCount"], planned["maxPods"])
    if planned["maxSurge"] != "10%":
        assert pool["upgradeSettings"]["maxSurge"] == planned["maxSurge"]
    if not grown and planned["maxCount"] > planned["nodeCount"]:
        assert (pool["minCount"], pool["maxCount"]) == (planned["nodeCount"], planned["maxCount"])


def test_a_plan_with_an_error_prints_no_command(az: AzSession) -> None:
    done = kubenet(az, "plan", "--node-count", "500")
    assert done.returncode == 4
    assert json.loads(done.stdout)["nextCommands"] == []
