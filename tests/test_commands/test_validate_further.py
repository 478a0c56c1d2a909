"""`az aks kubenet validate-subnet --nodepool subnet=` through the real az: each subnet that pools name is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import running_clusters as world
from tests.simulator import AzSession, Completed, Simulator
from tests.world import identity_body, networks_body, table_body

from .azure import (
    CLUSTER,
    GROUPS,
    IDENTITY,
    NAMES,
    NETWORK,
    NETWORKS,
    SUBNET,
    TABLE,
    answer,
    codes,
    finding,
    kubenet,
    refused,
    writes,
)

Json = dict[str, Any]

FURTHER = f"{NETWORK}/subnets/further"
POOLS = ("--nodepool", "name=system", "count=3", "--nodepool", "name=work", "count=10", "subnet=further")
COMMAND = ("validate-subnet", *NAMES, "--assign-identity", IDENTITY, *POOLS)


def put_two(sim: Simulator, **further: Any) -> None:
    """A network with two subnets on one table, and an identity with its roles; `further` is about the second."""
    sim.put(TABLE, table_body())
    attached: Json = {"routeTable": {"id": TABLE}}
    subnets = {
        "nodes": {"addressPrefix": "10.1.0.0/24", **attached},
        "further": {"addressPrefix": "10.1.8.0/24", **attached, **further},
    }
    sim.put(NETWORK, networks_body("10.1.0.0/16", subnets))
    principal = sim.put(IDENTITY, identity_body())["properties"]["principalId"]
    for scope in (SUBNET, FURTHER, TABLE):
        sim.grant(principal, scope, "Network Contributor")
    sim.clear_log()


def put_group(sim: Simulator) -> str:
    """A security group that lets nodes of its own subnet in, and no other."""
    group = f"{GROUPS}/nsg"
    rules = {"within": ("10.1.8.0/24", "Allow", 200), "rest": ("*", "Deny", 300)}
    body = [
        {
            "name": name,
            "properties": {
                "priority": priority,
                "direction": "Inbound",
                "access": access,
                "protocol": "*",
                "sourceAddressPrefix": source,
                "sourcePortRange": "*",
                "destinationAddressPrefix": "*",
                "destinationPortRange": "*",
            },
        }
        for name, (source, access, priority) in rules.items()
    ]
    sim.put(group, {"location": "westeurope", "properties": {"securityRules": body}})
    return group


def test_two_subnets_in_order_are_ready(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    report = answer(kubenet(az, *COMMAND))
    assert (report["verdict"], codes(report), codes(report, severity="warning")) == ("ready", set(), set())
    rooms = [each for each in report["findings"] if each["code"] == "IP2"]
    assert [(each["resourceId"], each["evidence"]["requiredAddresses"]) for each in rooms] == [
        (SUBNET, 4),
        (FURTHER, 11),
    ]
    assert finding(report, "RT2")["status"] == finding(report, "RT5")["status"] == "passed"
    assert writes(sim) == []


@pytest.mark.parametrize(
    ("further", "code", "words"),
    [
        ({"routeTable": None}, "RT5", "Subnet 'further' has no route table"),
        ({"addressPrefix": "10.1.8.0/28"}, "IP2", "Subnet 'further' (10.1.8.0/28) has 11 usable addresses"),
        (
            {"delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]},
            "SN2",
            "'further'",
        ),
    ],
    ids=["no table", "too small", "delegated"],
)
def test_what_is_wrong_with_a_further_subnet_is_told_by_its_name(
    az: AzSession, sim: Simulator, further: Json, code: str, words: str
) -> None:
    put_two(sim, **further)
    report = answer(kubenet(az, *COMMAND), 0 if code == "IP2" else 4)
    found = next(each for each in report["findings"] if each["code"] == code and each["status"] == "failed")
    assert words in found["message"]
    assert found["resourceId"] == FURTHER


def test_another_table_on_a_further_subnet_is_an_error(az: AzSession, sim: Simulator) -> None:
    other = f"{TABLE}2"
    sim.put(other, table_body())
    put_two(sim, routeTable={"id": other})
    found = finding(answer(kubenet(az, *COMMAND), 4), "RT2")
    assert found["destructiveCommands"] == [f"az network vnet subnet update --ids {FURTHER} --route-table {TABLE}"]


def test_a_security_group_may_not_keep_the_nodes_of_two_subnets_apart(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    put_two(sim, networkSecurityGroup={"id": put_group(sim)})
    found = finding(answer(kubenet(az, *COMMAND), 4), "NSG1")
    assert "for example" in found["message"]
    assert "10.1.0.0/24, 10.1.8.0/24" in found["message"]


def test_an_identity_without_its_role_on_a_further_subnet_is_an_error(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    bare = f"{IDENTITY}2"
    principal = sim.put(bare, identity_body())["properties"]["principalId"]
    for scope in (SUBNET, TABLE):
        sim.grant(principal, scope, "Network Contributor")
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", bare, *POOLS), 4)
    assert (codes(report), finding(report, "ID2")["resourceId"]) == ({"ID2"}, FURTHER)


def test_a_subnet_of_another_network_is_an_error(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    hub = f"{NETWORKS}/hub"
    sim.put(hub, networks_body("10.9.0.0/16", {"nodes": {"addressPrefix": "10.9.0.0/24"}}))
    pools = (*POOLS[:-1], f"subnet={hub}/subnets/nodes")
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", IDENTITY, *pools), 4)
    assert "is in virtual network 'hub'" in finding(report, "SN6")["message"]


def test_a_subnet_that_is_not_there_ends_with_3(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    error = refused(kubenet(az, "validate-subnet", *NAMES, "--nodepool", "name=work", "subnet=furhter"), 3)
    assert "The subnet 'furhter' was not found" in error
    assert "az network vnet subnet list" in error


def test_a_subnet_that_may_not_be_read_is_unknown(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    for path in ("/subnets/further$", "/virtualNetworks/vnet$"):
        sim.add_fault(method="GET", path=path, status=403, code="AuthorizationFailed", times=None)
    unknown = codes(answer(kubenet(az, *COMMAND)), "unknown")
    assert {"IP2", "RT2", "RT5", "SN6", "SN2", "NSG1"} <= unknown


# beside a cluster that runs

RUNNING = ("validate-subnet", *NAMES, "--cluster-name", CLUSTER)


def test_pools_that_come_add_to_what_runs_in_the_subnet_that_they_name(
    az: AzSession, sim: Simulator, from_elsewhere: Callable[[str], Completed]
) -> None:
    world.put_running(sim, profile={"podCidr": "10.244.0.0/20"})
    command = (*RUNNING, "--nodepool", "name=work", "count=12", "subnet=further")
    report = answer(kubenet(az, *command), 4)
    assert codes(report) == {"RT5", "POD1"}
    assert "15 nodes with the pools that come, 18 during an upgrade" in finding(report, "POD1")["message"]
    for each in finding(report, "RT5")["commands"]:
        assert from_elsewhere(each).returncode == 0
    smaller = (*RUNNING, "--nodepool", "name=work", "count=10", "subnet=further")
    assert codes(answer(kubenet(az, *smaller))) == set()


def test_a_pool_that_is_there_cannot_come_into_another_subnet(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    error = refused(kubenet(az, *RUNNING, "--nodepool", "name=nodepool1", "subnet=further"))
    assert "Node pool 'nodepool1' is in subnet 'nodes'; a node pool cannot change its subnet." in error
    assert answer(kubenet(az, *RUNNING, "--nodepool", "name=nodepool1", "subnet=nodes"))["verdict"] == "ready"
