"""The plan of a whole cluster, with every number that the contract anchors in a document."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import permutations
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Peering
from azext_kubenet.core.clusters.limit import Limit
from azext_kubenet.core.clusters.request import NodePool, Surge
from azext_kubenet.core.plan.comparison import Model, Need
from azext_kubenet.core.plan.plan import NextPrefix, Plan, PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import address_ranges, node_pools, overlaps, sizing
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Report, Stage, Status

from ..make import (
    TODAY,
    make_cluster,
    make_networks,
    make_pool,
    make_route,
    make_route_table,
    make_subnet,
    make_virtual_network,
)

RULES = (*sizing.RULES, *node_pools.RULES, *address_ranges.RULES, *overlaps.RULES)


def plan(*pools: NodePool, cluster: dict[str, Any] | None = None, **rest: Any) -> Plan:
    return plan_addresses(PlanRequest(cluster=make_cluster(*pools, **(cluster or {})), **rest))


def judged(planned: Plan) -> Report:
    return evaluate(RULES, cluster=planned.cluster, snapshot=planned_snapshot(planned), today=TODAY, stage=Stage.PLAN)


def errors(planned: Plan) -> list[str]:
    return [finding.rule.code for finding in judged(planned).errors]


def pool(count: int, surge: str = "10%") -> NodePool:
    return make_pool(node_count=count, max_surge=Surge(value=int(surge.rstrip("%")), percent=surge.endswith("%")))


def capacity_of(planned: Plan) -> tuple[int, Limit, dict[str, int]]:
    assert planned.capacity is not None
    return (
        planned.capacity.max_nodes,
        planned.capacity.limited_by,
        {limit.value: count for limit, count in planned.capacity.limits},
    )


def test_the_default_cluster() -> None:
    planned = plan()
    assert planned.virtual_network_proposed
    assert planned.virtual_network.address_prefixes == make_networks("192.168.0.0/16")
    assert planned.subnet is not None
    assert (planned.subnet.address_prefix, planned.subnet.usable) == (IPv4Network("192.168.0.0/28"), 11)
    assert (planned.subnet.required, planned.subnet.free) == (4, 7)
    assert planned.planned_pods == 330
    assert errors(planned) == []


def test_a_24_holds_251_nodes_and_27610_pods() -> None:
    """D:configure-kubenet."""
    planned = plan(subnet_prefix=IPv4Network("192.168.1.0/24"))
    assert capacity_of(planned)[:2] == (251, Limit.SUBNET)
    assert planned.capacity is not None
    assert planned.capacity.max_pods == 27_610


def test_50_nodes_grown_by_20_percent() -> None:
    """D:concepts-network-ip-address-planning: 60 nodes, (61) + (61 x 30) = 1,891, a /21."""
    planned = plan(pool(50, "1"), growth_percent=20)
    flat = next(each for each in planned.comparison if each.model is Model.NODE_SUBNET)
    assert (flat.required_addresses, flat.minimum_prefix_length) == (1_891, 21)
    assert planned.cluster.peak_nodes == 61


def test_the_first_three_nodes_of_the_default_pod_cidr() -> None:
    """D:configure-kubenet."""
    planned = plan(pool(24))
    assert [(node, str(block)) for node, block in planned.pod_blocks] == [
        (1, "10.244.0.0/24"),
        (2, "10.244.1.0/24"),
        (3, "10.244.2.0/24"),
        (27, "10.244.26.0/24"),
    ]


def test_the_default_pod_cidr_stops_at_256_nodes_before_the_400_routes() -> None:
    """D:configure-kubenet, domain/rules.md POD1."""
    planned = plan(pool(256, "0"), cluster={"pod_cidr": IPv4Network("10.244.0.0/16")})
    assert planned.nodes_supported == 256
    assert capacity_of(planned)[:2] == (256, Limit.POD_CIDR)
    assert errors(planned) == []
    assert errors(plan(pool(257, "0"), cluster={"pod_cidr": IPv4Network("10.244.0.0/16")})) == ["POD1"]


def test_400_nodes_need_a_15() -> None:
    """azure-docs#108215, D:configure-kubenet: 400 routes."""
    planned = plan(pool(400, "0"))
    assert planned.cluster.pod_cidr == IPv4Network("10.244.0.0/15")
    assert capacity_of(planned)[:2] == (400, Limit.ROUTE_TABLE)
    assert errors(planned) == []
    assert errors(plan(pool(401, "0"))) == ["LIM1"]


@pytest.mark.parametrize(
    ("count", "surge", "fits"),
    [(20, "10%", True), (24, "3", True), (24, "10%", True), (25, "2", True), (25, "10%", False)],
)
def test_a_27_runs_20_to_25_nodes(count: int, surge: str, fits: bool) -> None:
    """The article's rule of thumb; 27 usable addresses decide."""
    planned = plan(pool(count, surge), subnet_prefix=IPv4Network("192.168.1.0/27"))
    assert planned.subnet is not None
    assert planned.subnet.usable == 27
    assert (planned.subnet.free >= 0) is fits
    assert errors(planned) == ([] if fits else ["IP2"])


@pytest.mark.parametrize(("count", "pods"), [(20, 2_200), (25, 2_750)])
def test_a_27_runs_2200_to_2750_pods(count: int, pods: int) -> None:
    """The same article, at 110 pods a node."""
    assert plan(pool(count)).planned_pods == pods


def test_ten_percent_of_24_nodes_fit_a_27_exactly() -> None:
    planned = plan(pool(24))
    assert planned.subnet is not None
    assert (planned.subnet.address_prefix.prefixlen, planned.subnet.free) == (27, 0)


def test_surge_is_summed_over_pools() -> None:
    """D:upgrade-aks-node-pools-rolling: 5 pools x 2 = 10 (IP4)."""
    pools = [make_pool(f"p{n}", 10, max_surge=Surge(value=2, percent=False)) for n in range(5)]
    assert plan(*pools).cluster.peak_nodes == 60


def test_the_autoscalers_maximum_counts() -> None:
    """AKS-Construction#701 (IP5)."""
    planned = plan(make_pool(node_count=3, max_count=20))
    assert planned.cluster.peak_nodes == 22


def test_growth_raises_each_pool_rounded_up() -> None:
    planned = plan(make_pool("a", 3), make_pool("b", 5, 7), growth_percent=10)
    assert [each.max_count for each in planned.cluster.node_pools] == [4, 8]
    assert [each.node_count for each in planned.cluster.node_pools] == [3, 5]


def test_growth_is_room_and_not_nodes_to_start_with() -> None:
    create = plan(pool(10), growth_percent=50).next_commands[3]
    assert "--node-count 10 " in create
    assert "autoscaler" not in create


def test_capacity_names_every_limit() -> None:
    planned = plan(pool(24), cluster={"internal_load_balancers": 2})
    assert capacity_of(planned) == (
        57,
        Limit.SUBNET,
        {"subnet": 57, "podCidr": 256, "routeTable": 400, "nodePools": 1000},
    )
    assert planned.capacity is not None
    assert planned.capacity.headroom_nodes == 30
    assert planned.capacity.next_prefix == NextPrefix(prefix_length=25, max_nodes=121)


def test_a_tie_is_the_first_limits() -> None:
    planned = plan(cluster={"pod_cidr": IPv4Network("10.244.0.0/24")}, subnet_prefix=IPv4Network("192.168.0.0/30"))
    assert capacity_of(planned)[1] is Limit.SUBNET
    assert planned.capacity is not None
    assert (planned.capacity.max_nodes, planned.capacity.headroom_nodes) == (0, -4)


def test_the_next_prefix_may_be_held_back_by_another_limit() -> None:
    planned = plan(pool(240, "0"), subnet_prefix=IPv4Network("192.168.0.0/24"))
    assert planned.capacity is not None
    assert planned.capacity.next_prefix == NextPrefix(prefix_length=23, max_nodes=256)


def test_no_subnet_is_larger_than_the_largest_network() -> None:
    planned = plan(subnet_prefix=IPv4Network("10.0.0.0/8"))
    assert planned.capacity is not None
    assert planned.capacity.next_prefix is None


def test_known_routes_take_room() -> None:
    planned = plan(subnet_prefix=IPv4Network("10.0.0.0/20"), route_table=make_route_table(make_route()))
    assert capacity_of(planned)[2]["routeTable"] == 399
    assert planned_snapshot(planned).route_table is not None


def test_given_prefixes_are_planned_into() -> None:
    planned = plan(
        pool(24),
        address_prefixes=make_networks("10.1.0.0/16"),
        used_prefixes=make_networks("10.1.0.0/27", "10.1.0.64/26"),
        peered_prefixes=make_networks("10.0.0.0/16"),
    )
    assert not planned.virtual_network_proposed
    assert planned.subnet is not None
    assert planned.subnet.address_prefix == IPv4Network("10.1.0.32/27")
    assert planned.cluster.service_cidr == IPv4Network("10.2.0.0/16")
    assert planned.dns_service_ip == IPv4Address("10.2.0.10")
    assert planned.next_commands[0].startswith("az network vnet subnet create ")
    assert errors(planned) == []


def test_a_live_network_keeps_its_own_and_takes_more() -> None:
    peering = Peering(name="hub", remote_address_prefixes=make_networks("10.0.0.0/16"))
    live = make_virtual_network(make_subnet("myAKSSubnet", "192.168.0.0/24"), peerings=(peering,))
    planned = plan(virtual_network=live, peered_prefixes=make_networks("10.1.0.0/16"))
    assert planned.virtual_network.id == live.id
    assert [each.name for each in planned.virtual_network.subnets] == ["myAKSSubnet", "myAKSSubnet2"]
    assert [each.name for each in planned.virtual_network.peerings] == ["hub", "given"]
    assert planned.cluster.service_cidr == IPv4Network("10.2.0.0/16")
    assert not planned.virtual_network_proposed


def test_a_prefix_of_a_live_subnet_is_that_subnet() -> None:
    there = make_subnet("aks", "192.168.0.0/24", ip_configurations=("/subscriptions/s/resourceGroups/a/x",))
    live = make_virtual_network(there)
    planned = plan(virtual_network=live, subnet_prefix=IPv4Network("192.168.0.0/24"))
    assert planned_snapshot(planned).subnet == there
    assert planned.virtual_network.subnets == (there,)
    assert errors(planned) == []
    finding = next(each for each in judged(planned).findings if each.rule.code == "IP2")
    assert finding.evidence["otherAddresses"] == 1
    assert [command.split()[3] for command in planned.next_commands] == ["prepare", "create"]


def test_a_prefix_of_no_live_subnet_is_planned_beside_them() -> None:
    planned = plan(
        virtual_network=make_virtual_network(make_subnet("aks", "192.168.0.0/24")),
        subnet_prefix=IPv4Network("192.168.0.0/25"),
    )
    assert "IP8" in errors(planned)


def test_a_live_network_without_ipv4_gets_no_proposal() -> None:
    planned = plan(virtual_network=make_virtual_network(prefixes=()))
    assert (planned.virtual_network.address_prefixes, planned.virtual_network_proposed) == ((), False)
    assert planned.subnet is None


def test_a_network_without_room_leaves_the_subnet_open() -> None:
    planned = plan(pool(120), address_prefixes=make_networks("10.1.0.0/25"))
    assert (planned.subnet, planned.capacity, planned.next_commands) == (None, None, ())
    assert planned.comparison[0].max_nodes_in_subnet is None
    assert planned.cluster.pod_cidr == IPv4Network("10.244.0.0/16")
    finding = next(each for each in judged(planned).findings if each.rule.code == "IP9")
    assert (finding.status, finding.evidence["largestFreeBlock"]) == (Status.FAILED, "10.1.0.0/25")


def test_a_given_subnet_is_checked_and_not_changed() -> None:
    planned = plan(
        address_prefixes=make_networks("10.1.0.0/16"),
        used_prefixes=make_networks("10.1.0.0/24"),
        subnet_prefix=IPv4Network("10.1.0.0/25"),
    )
    assert planned.subnet is not None
    assert planned.subnet.address_prefix == IPv4Network("10.1.0.0/25")
    assert errors(planned) == ["IP8"]


def test_nothing_free_for_a_network_at_all() -> None:
    everything = make_networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    planned = plan(peered_prefixes=everything, cluster={"dns_service_ip": IPv4Address("10.0.0.10")})
    assert planned.virtual_network.address_prefixes == ()
    assert (planned.cluster.service_cidr, planned.cluster.pod_cidr) == (None, None)
    assert (planned.nodes_supported, planned.pod_blocks) == (0, ())
    assert planned.dns_service_ip == IPv4Address("10.0.0.10")
    assert errors(planned) == ["IP9", "OVL5"]


def test_a_subnet_without_pods_has_no_commands() -> None:
    beside = make_networks("10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10")
    planned = plan(address_prefixes=make_networks("192.168.0.0/16"), peered_prefixes=beside)
    assert planned.subnet is not None
    assert capacity_of(planned)[:2] == (0, Limit.POD_CIDR)
    assert planned.next_commands == ()
    assert errors(planned) == ["OVL5"]


def test_blocks_end_where_the_pod_cidr_ends() -> None:
    planned = plan(pool(24), cluster={"pod_cidr": IPv4Network("10.244.0.0/23")})
    assert [node for node, _ in planned.pod_blocks] == [1, 2]


def test_one_node_has_its_block_and_its_surge_nodes() -> None:
    assert [node for node, _ in plan(pool(1)).pod_blocks] == [1, 2]


def test_needs_change_the_advice_and_not_the_plan() -> None:
    planned = plan(needs=frozenset({Need.DIRECT_POD_ACCESS}))
    assert planned.recommendation.model is Model.POD_SUBNET
    assert planned.subnet == plan().subnet


def test_the_order_of_the_input_does_not_matter() -> None:
    prefixes = make_networks("10.4.0.0/24", "10.3.0.0/24", "10.5.0.0/24")
    plans = {
        plan(
            address_prefixes=order,
            used_prefixes=order[:2] if len(set(order[:2])) == 1 else (),
            cluster={"on_premises_ranges": order},
            peered_prefixes=order,
        )
        for order in permutations(prefixes)
    }
    assert len(plans) == 1
