"""What a plan prints as its next commands, run one after the other in bash, ends with exactly the planned cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import pytest

from tests.simulator import AzSession, Completed, Simulator
from tests.world import networks_body

from .azure import NETWORK, TABLE, answer, kubenet, put_table, writes
from .conftest import ELSEWHERE

Json = dict[str, Any]

APPLIANCE = "10.1.200.4"
GATEWAY = f"{NETWORK[: NETWORK.index('/virtualNetworks')]}/natGateways/theirs"
SERVICES = {"serviceCidr": "serviceCidr", "dnsServiceIp": "dnsServiceIP"}
"""The plan's names and the cluster's."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a plan is asked for, and the subnets that its network has; None for a network that is not there."""

    words: tuple[str, ...]
    subnets: dict[str, Json] | None = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def given(self, option: str, default: str) -> str:
        return dict(pairwise(self.words)).get(option, default)


def pool(*words: str) -> tuple[str, ...]:
    return ("--nodepool", *words)


ANCHORS: Final = {
    "25 nodes and a surge of 2 in a /27": Planned(
        words=("--node-count", "25", "--max-surge", "2", "--subnet-prefix", "10.1.0.0/27")
    ),
    "24 nodes and a surge of 3 in a /27": Planned(
        words=("--node-count", "24", "--max-surge", "3", "--subnet-prefix", "10.1.0.0/27")
    ),
    "251 nodes in a /24": Planned(
        words=("--node-count", "251", "--max-surge", "0", "--subnet-prefix", "10.1.0.0/24"),
        subnets={"nodes": {"addressPrefix": "10.1.0.0/24"}},
    ),
    "50 nodes of 30 pods and 20 % growth": Planned(
        words=("--node-count", "50", "--max-pods", "30", "--max-surge", "1", "--growth", "20")
    ),
    "400 nodes": Planned(words=("--node-count", "400", "--max-surge", "0")),
}
"""The documents' own numbers."""

MIXED: Final = {
    "an autoscaler, a policy and balancers": Planned(
        words=(
            *("--node-count", "2", "--max-count", "9", "--network-policy", "calico", "--internal-load-balancers", "2"),
            *("--pod-cidr", "10.100.0.0/16", "--service-cidr", "10.200.0.0/16"),
            *("--on-premises-ranges", "172.16.0.0/12", "192.168.0.0/16"),
        )
    ),
    "two pools of their own sizes": Planned(
        words=(
            *pool("name=system", "count=3", "max-pods=60", "vm-size=Standard_D4s_v5"),
            *pool("name=work", "count=2", "max-count=5", "max-surge=2", "max-pods=250", "vm-size=Standard_D8s_v5"),
        )
    ),
    "three pools in two subnets": Planned(
        words=(
            *pool("name=system", "count=3"),
            *pool("name=work", "count=2", "max-count=5", "subnet=work", "vm-size=Standard_D8s_v5"),
            *pool("name=batch", "count=1", "max-surge=1", "subnet=work"),
        )
    ),
    "an appliance, a policy and two subnets": Planned(
        words=(
            *("--outbound-type", "userDefinedRouting", "--network-policy", "calico", "--pod-cidr", "10.96.0.0/13"),
            *pool("name=system", "count=2", "max-surge=50%", "subnet=front"),
            *pool("name=work", "count=4", "max-count=40", "max-pods=30", "max-surge=33%", "subnet=back"),
        )
    ),
    "a NAT gateway for a subnet that is there": Planned(
        words=(
            *("--outbound-type", "userAssignedNATGateway", "--subnet-prefix", "10.1.4.0/25", "--max-surge", "1"),
            *(
                "--node-count",
                "3",
                "--max-count",
                "30",
                "--dns-service-ip",
                "10.0.0.53",
                "--service-cidr",
                "10.0.0.0/24",
            ),
        ),
        subnets={"theirs": {"addressPrefix": "10.1.4.0/25"}, "other": {"addressPrefix": "10.1.0.0/24"}},
    ),
    "NAT gateways for two subnets, of which one has its own": Planned(
        words=(
            *("--outbound-type", "userAssignedNATGateway", "--internal-load-balancers", "3"),
            *pool("name=system", "count=3", "max-pods=50", "subnet=there"),
            *pool("name=work", "count=1", "max-count=3", "max-surge=100%", "subnet=made"),
        ),
        subnets={"there": {"addressPrefix": "10.1.4.0/26", "natGateway": {"id": GATEWAY}}},
    ),
    "two subnets that are there, by id and by name": Planned(
        words=(
            *pool("name=system", "count=5", "max-surge=2", f"subnet={NETWORK}/subnets/front"),
            *pool("name=work", "count=0", "max-count=20", "max-surge=1", "subnet=back"),
            *pool("name=batch", "count=2", "max-surge=0", "max-pods=15", "subnet=Front"),
        ),
        subnets={"front": {"addressPrefix": "10.1.4.0/26"}, "back": {"addressPrefix": "10.1.5.0/26"}},
    ),
    "an appliance behind a table that is there": Planned(
        words=(
            *("--outbound-type", "userDefinedRouting", "--subnet-prefix", "10.1.4.0/24", "--growth", "50"),
            *("--node-count", "10", "--max-count", "40", "--max-surge", "25%", "--peered-prefixes", "10.9.0.0/16"),
        ),
        subnets={"spoke": {"addressPrefix": "10.1.4.0/24", "routeTable": {"id": TABLE}}},
    ),
    "a network that is only proposed": Planned(
        words=(
            *("--network-policy", "none", "--on-premises-ranges", "10.0.0.0/8", "--internal-load-balancers", "1"),
            *pool("name=system", "count=3", "max-surge=1"),
            *pool("name=work", "count=2", "max-count=8", "max-pods=40", "subnet=work"),
        ),
        subnets=None,
    ),
    "what was ignored": Planned(
        words=("--node-count", "24", "--max-surge", "9", "--subnet-prefix", "10.1.0.0/27"),
        ignored=("--ignore", "ip2", "OVL3"),
    ),
}


def put(sim: Simulator, plan: Planned) -> str:
    """Azure as the plan finds it, and the id of the virtual network that it is to end in."""
    if plan.subnets is None:
        group = f"/subscriptions/{ELSEWHERE}/resourceGroups/myResourceGroup"
        sim.put(group, {"location": "westeurope"})
        return f"{group}/providers/Microsoft.Network/virtualNetworks/myAKSVnet"
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": APPLIANCE}
    put_table(sim, TABLE, {"name": "out", "properties": route})
    sim.put(GATEWAY, {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {}})
    sim.put(NETWORK, networks_body("10.1.0.0/16", plan.subnets))
    return NETWORK


@pytest.mark.parametrize("planned", [*ANCHORS.values(), *MIXED.values()], ids=[*ANCHORS, *MIXED])
def test_the_commands_of_a_plan_make_the_planned_cluster(
    az: AzSession, sim: Simulator, from_elsewhere: Callable[[str], Completed], planned: Planned
) -> None:
    network = put(sim, planned)
    where = () if planned.subnets is None else ("--vnet-id", NETWORK)
    plan = answer(kubenet(az, "plan", *where, *planned.words, *planned.ignored))
    script = "\n".join(plan["nextCommands"])
    if "NEXT_HOP_IP" in script:
        sim.clear_log()
        (prepare,) = (each for each in plan["nextCommands"] if "NEXT_HOP_IP" in each)
        assert "'NEXT_HOP_IP' is not an IPv4 address" in from_elsewhere(prepare).stderr
        assert writes(sim) == []
    done = from_elsewhere(script.replace("NEXT_HOP_IP", APPLIANCE))
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    group = network.partition("/providers/")[0]
    cluster = (sim.get(f"{group}/providers/Microsoft.ContainerService/managedClusters/myAKSCluster") or {})[
        "properties"
    ]
    _is_the_cluster(cluster, plan, planned)
    _are_the_subnets(sim, network, plan, planned)
    pools = {each["name"]: each for each in cluster["agentPoolProfiles"]}
    assert set(pools) == {each["name"] for each in plan["nodePools"]}
    for each in plan["nodePools"]:
        _is_as_planned(pools[each["name"]], each, grown="--growth" in planned.words)
        assert pools[each["name"]]["vnetSubnetID"] == f"{network}/subnets/{each['subnet']}"
    _no_finding_is_new(az, network, plan, planned)


def _is_the_cluster(cluster: Json, plan: Json, planned: Planned) -> None:
    profile = cluster["networkProfile"]
    assert (profile["networkPlugin"], profile["podCidr"]) == ("kubenet", plan["pods"]["podCidr"])
    assert {key: profile[name] for key, name in SERVICES.items()} == plan["services"]
    assert profile["outboundType"] == planned.given("--outbound-type", "loadBalancer")
    assert profile.get("networkPolicy", "none") == planned.given("--network-policy", "none")


def _are_the_subnets(sim: Simulator, network: str, plan: Json, planned: Planned) -> None:
    """Their ranges, one table on all of them with its next hop, and a gateway where the cluster leaves by one."""
    bodies = [(sim.get(f"{network}/subnets/{each['name']}") or {})["properties"] for each in plan["subnets"]]
    assert [each["addressPrefix"] for each in bodies] == [each["addressPrefix"] for each in plan["subnets"]]
    (table,) = {each["routeTable"]["id"] for each in bodies}
    given = [each["routeTable"]["id"] for each in (planned.subnets or {}).values() if "routeTable" in each]
    assert table.rsplit("/", 1)[-1] == (given[0].rsplit("/", 1)[-1] if given else "myAKSCluster-routes")
    routes = [each["properties"] for each in (sim.get(table) or {})["properties"]["routes"]]
    hops = [each["nextHopIpAddress"] for each in routes if each["addressPrefix"] == "0.0.0.0/0"]
    outbound = planned.given("--outbound-type", "loadBalancer")
    assert hops == ([APPLIANCE] if outbound == "userDefinedRouting" else [])
    for each in plan["subnets"]:
        body = (sim.get(f"{network}/subnets/{each['name']}") or {})["properties"]
        theirs = (planned.subnets or {}).get(each["name"], {}).get("natGateway")
        gateway = theirs["id"] if theirs else f"{GATEWAY.removesuffix('theirs')}myNATGateway"
        assert (body.get("natGateway") or {}).get("id") == (gateway if outbound.endswith("NATGateway") else None)


OF_OUTBOUND: Final = {"userDefinedRouting": {"EG4"}, "userAssignedNATGateway": {"EG6"}}
"""What is warned of on any cluster of that outbound type, and is not for a plan to judge."""


def _no_finding_is_new(az: AzSession, network: str, plan: Json, planned: Planned) -> None:
    """The cluster that runs, judged from the last of its subnets."""
    cluster = f"{network.partition('/providers/')[0]}/providers/Microsoft.ContainerService/managedClusters/myAKSCluster"
    subnet = f"{network}/subnets/{plan['subnets'][-1]['name']}"
    of_cluster = ("--vnet-subnet-id", subnet, "--cluster-name", cluster)
    judged = answer(kubenet(az, "validate-subnet", *of_cluster, *planned.ignored))
    found = (each for each in judged["findings"] if each["severity"] != "info")  # EG10 informs of any own table
    wrong = {each["code"] for each in found if each["status"] in ("failed", "unknown")}
    warned = OF_OUTBOUND.get(planned.given("--outbound-type", ""), set())
    assert wrong <= warned | {each["code"] for each in plan["findings"] if each["status"] == "failed"}


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
