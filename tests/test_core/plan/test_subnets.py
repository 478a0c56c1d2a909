"""Pools in subnets of their own: a block for each, sums over all, and one route table over them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.clusters.limit import Limit
from azext_kubenet.core.clusters.request import NodePool
from azext_kubenet.core.plan.plan import Plan, PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.plan.subnets import demands_of
from azext_kubenet.core.rules import address_ranges, overlaps, sizing
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Finding, Stage, Status

from ..make import (
    SUBSCRIPTION,
    TODAY,
    make_cluster,
    make_networks,
    make_pool,
    make_subnet,
    make_virtual_network,
)

SYSTEM, WORK, MORE = make_pool("system"), make_pool("work", 20, subnet="work"), make_pool("more", 9, subnet="Work")


def plan(*pools: NodePool, cluster: dict[str, Any] | None = None, **rest: Any) -> Plan:
    return plan_addresses(PlanRequest(cluster=make_cluster(*pools, **(cluster or {})), **rest))


def findings(planned: Plan, code: str) -> list[Finding]:
    rules = (*sizing.RULES, *address_ranges.RULES, *overlaps.RULES)
    snapshot = planned_snapshot(planned)
    report = evaluate(rules, cluster=planned.cluster, snapshot=snapshot, today=TODAY, stage=Stage.PLAN)
    return [each for each in report.findings if each.rule.code == code]


def finding(planned: Plan, code: str) -> Finding:
    return findings(planned, code)[0]


def held(planned: Plan) -> dict[str, tuple[str, tuple[str, ...], int]]:
    return {each.subnet.name: (str(each.address_prefix), each.pools, each.required) for each in planned.subnets}


def test_pools_share_the_subnet_that_they_name_whatever_its_case() -> None:
    assert held(plan(SYSTEM, WORK, MORE)) == {
        "myAKSSubnet": ("192.168.0.64/28", ("system",), 4),
        "work": ("192.168.0.0/26", ("work", "more"), 32),
    }


@pytest.mark.parametrize("pools", list(permutations((SYSTEM, WORK, MORE))))
def test_blocks_and_sums_do_not_depend_on_the_order_of_pools(pools: tuple[NodePool, ...]) -> None:
    planned, first = plan(*pools), plan(SYSTEM, WORK, MORE)
    assert {each.subnet.name.lower(): each.address_prefix for each in planned.subnets} == {
        each.subnet.name.lower(): each.address_prefix for each in first.subnets
    }
    assert planned.cluster.peak_nodes == first.cluster.peak_nodes
    assert planned.capacity is not None and first.capacity is not None
    assert planned.capacity.limits == first.capacity.limits


def test_capacity_sums_what_the_subnets_hold() -> None:
    planned = plan(SYSTEM, WORK, cluster={"internal_load_balancers": 1})
    assert planned.capacity is not None
    usable = sum(each.usable for each in planned.subnets)
    assert dict(planned.capacity.limits)[Limit.SUBNET] == usable - 1


def test_balancers_and_a_private_api_server_are_in_the_first_subnet() -> None:
    planned = plan(SYSTEM, WORK, cluster={"internal_load_balancers": 2, "private_cluster": True})
    assert [each.required for each in planned.subnets] == [4 + 2 + 1, 22]


def test_a_subnet_that_is_there_is_taken_as_it_is() -> None:
    there = make_subnet("WORK", "192.168.9.0/28")
    planned = plan(SYSTEM, WORK, virtual_network=make_virtual_network(there))
    assert planned.subnets[1].subnet == there
    assert planned.subnets[1].free < 0
    assert {each.status for each in findings(planned, "IP2")} == {Status.PASSED, Status.FAILED}
    assert not any("subnet create" in each and "--name WORK" in each for each in planned.next_commands)


def test_a_subnet_that_is_there_without_an_ipv4_prefix_has_no_room() -> None:
    there = make_subnet("work", address_prefixes=())
    assert plan(SYSTEM, WORK, virtual_network=make_virtual_network(there)).subnets == ()


def test_the_subnet_of_pools_that_name_none_gets_a_name_that_no_pool_gives() -> None:
    planned = plan(SYSTEM, make_pool("work", subnet="myAKSSubnet"))
    assert [each.subnet.name for each in planned.subnets] == ["myAKSSubnet2", "myAKSSubnet"]


def test_where_one_finds_no_room_none_is_planned_and_ip9_names_it() -> None:
    network = make_virtual_network(prefixes=("10.1.0.0/27",), location="westeurope")
    pools = (make_pool("a", 20, subnet="large"), make_pool("b", 8, subnet="small"))
    planned = plan(*pools, virtual_network=network)
    assert (planned.subnets, planned.subnet, planned.capacity, planned.next_commands) == ((), None, None, ())
    assert planned.virtual_network.subnets == ()
    message = finding(planned, "IP9").message
    assert "has no free /28, which the 9 addresses of subnet 'small' need: nothing in it is free" in message
    assert "Taken by subnet 'large' 10.1.0.0/27" in message


def test_ip9_looks_at_the_subnet_that_is_planned() -> None:
    network = make_virtual_network(prefixes=("10.1.0.0/26",))
    planned = plan(make_pool("a", 20, subnet="a"), make_pool("b", 20, subnet="b"), virtual_network=network)
    assert len(planned.subnets) == 2
    assert finding(planned, "IP9").status is Status.PASSED


def test_a_plan_that_is_made_again_lets_planned_subnets_go() -> None:
    planned = plan(
        SYSTEM,
        WORK,
        cluster={"pod_cidr": make_networks("192.168.0.0/16")[0]},
        address_prefixes=make_networks("192.168.0.0/17"),
        used_prefixes=make_networks("192.168.1.0/24"),
    )
    command = finding(planned, "OVL1").commands[0]
    assert "--used-prefixes 192.168.1.0/24 " in command + " "
    assert "subnet=work" in command


def test_the_commands_put_the_one_table_on_each_subnet_before_its_pools() -> None:
    network = make_virtual_network()
    planned = plan(SYSTEM, make_pool("work", 20, subnet="work", vm_size="Standard_D8s_v5"), virtual_network=network)
    heads = [each.partition(" --")[0] for each in planned.next_commands]
    assert heads == [
        *["az network vnet subnet create"] * 2,
        *("az aks kubenet prepare", "az aks kubenet create", "az aks kubenet prepare", "az aks nodepool add"),
    ]
    *_, create, prepare, add = planned.next_commands
    base = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets"
    assert f"--vnet-subnet-id {base}/myAKSSubnet " in create
    assert prepare.endswith("--subnet-name work --nodepool name=work count=20 vm-size=Standard_D8s_v5")
    assert f"--vnet-subnet-id {base}/work" in add
    assert "--node-vm-size Standard_D8s_v5" in add


def test_each_subnet_has_the_nat_gateway_that_is_made_once() -> None:
    planned = plan(SYSTEM, WORK, cluster={"outbound_type": "userAssignedNATGateway"})
    commands = planned.next_commands
    assert sum("nat gateway create" in each for each in commands) == 1
    assert sum("subnet create" in each and "--nat-gateway" in each for each in commands) == 2


@given(st.lists(st.integers(1, 60), min_size=2, max_size=4))
def test_splitting_pools_never_lowers_what_is_needed(counts: list[int]) -> None:
    together = make_cluster(*(make_pool(f"p{number}", count) for number, count in enumerate(counts)))
    apart = make_cluster(
        *(make_pool(f"p{number}", count, subnet=f"s{number % 2}") for number, count in enumerate(counts))
    )
    assert sum(part.required_addresses for part in demands_of(apart)) == together.required_addresses
    one, several = plan_addresses(PlanRequest(cluster=together)), plan_addresses(PlanRequest(cluster=apart))
    assert several.cluster.peak_nodes == one.cluster.peak_nodes
    assert several.pod_blocks == one.pod_blocks
