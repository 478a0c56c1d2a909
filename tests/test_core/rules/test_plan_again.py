"""The plan that a finding prints: everything that was given, but for what is wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Peering, Subnet, VirtualNetwork
from azext_kubenet.core.plan.comparison import Need
from azext_kubenet.core.plan.next_commands import GIVEN
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses
from azext_kubenet.core.rules import address_ranges, overlaps, service_subnets, sizing
from azext_kubenet.core.rules.rule import Status

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_managed_cluster,
    make_networks,
    make_pool,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

NODES = make_subnet()
NETWORK = make_virtual_network(NODES)
PLANNED = replace(NODES, id=None)
OFFLINE = replace(make_virtual_network(PLANNED), id=None)
OVERLAPPING = make_cluster(pod_cidr=IPv4Network("192.168.0.0/16"), service_cidr=IPv4Network("10.9.0.0/16"))


def printed(rule: Any, **facts: Any) -> tuple[str, ...]:
    failed = [each for each in judge(rule, **facts) if each.status is Status.FAILED]
    assert failed
    return failed[0].commands


def pods_overlap(network: VirtualNetwork | Any, subnet: Subnet | Any, **rest: Any) -> tuple[str, ...]:
    facts = {"cluster": OVERLAPPING, "virtual_network": network, "subnet": subnet, **rest}
    return printed(overlaps.pod_cidr_is_outside_the_virtual_network, **facts)


def test_a_live_network_is_named_and_its_subnet_kept() -> None:
    assert pods_overlap(NETWORK, NODES) == (
        f"az aks kubenet plan --vnet-id {NETWORK.id} --subnet-prefix 192.168.1.0/24 --service-cidr 10.9.0.0/16",
    )


def test_offline_the_prefixes_that_were_given_are_given_again() -> None:
    used = Subnet(name=GIVEN, address_prefixes=make_networks("192.168.7.0/24"))
    peers = (
        Peering(name=GIVEN, remote_address_prefixes=make_networks("10.1.0.0/16")),
        Peering(name="hub", remote_address_prefixes=make_networks("10.2.0.0/16")),
    )
    network = replace(OFFLINE, subnets=(used, PLANNED), peerings=peers)
    assert pods_overlap(network, PLANNED) == (
        "az aks kubenet plan --vnet-address-prefixes 192.168.0.0/16 --used-prefixes 192.168.7.0/24 "
        "--peered-prefixes 10.1.0.0/16 --subnet-prefix 192.168.1.0/24 --service-cidr 10.9.0.0/16",
    )


def test_a_network_that_nobody_gave_is_proposed_again() -> None:
    assert pods_overlap(replace(OFFLINE, proposed=True), PLANNED) == ("az aks kubenet plan --service-cidr 10.9.0.0/16",)


def test_a_subnet_that_is_too_small_is_chosen_anew() -> None:
    small = make_subnet(prefix="192.168.1.0/29")
    facts = {"virtual_network": make_virtual_network(small), "subnet": small}
    assert printed(sizing.subnet_holds_the_peak, **facts) == (f"az aks kubenet plan --vnet-id {NETWORK.id}",)


def test_a_full_network_is_left_for_another() -> None:
    hub = Peering(name="hub", remote_address_prefixes=make_networks("10.2.0.0/16"))
    full = replace(make_virtual_network(prefixes=("192.168.0.0/29",)), peerings=(hub,))
    assert printed(address_ranges.virtual_network_has_room, virtual_network=full) == (
        "az aks kubenet plan --peered-prefixes 192.168.0.0/29 10.2.0.0/16",
    )


def test_what_the_network_does_not_tell_is_avoided_by_name() -> None:
    others = (make_managed_cluster("a", pod_cidrs=make_networks("10.244.0.0/16")),)
    facts = {"virtual_network": NETWORK, "subnet": NODES, "managed_clusters": others}
    (command,) = printed(overlaps.pod_cidr_is_no_other_clusters, **facts)
    assert command.endswith(" --on-premises-ranges 10.244.0.0/16")


@pytest.mark.parametrize("network", [None, make_unreadable()])
def test_a_network_that_was_not_read_has_no_plan(network: Any) -> None:
    assert pods_overlap(network, replace(NODES, address_prefixes=make_networks("192.168.1.0/24"))) == ()


def test_the_ranges_of_a_cluster_that_runs_cannot_change() -> None:
    mine = make_id("Microsoft.ContainerService/managedClusters", "mine")
    assert pods_overlap(NETWORK, NODES, cluster=replace(OVERLAPPING, runs=True, cluster_id=mine)) == ()


def test_a_subnet_with_several_prefixes_is_not_named() -> None:
    two = replace(NODES, address_prefixes=make_networks("192.168.1.0/24", "192.168.2.0/24"))
    (command,) = pods_overlap(make_virtual_network(two), two)
    assert "--subnet-prefix" not in command


def test_pools_of_a_subnet_that_cannot_be_theirs_get_another() -> None:
    further = make_subnet("GatewaySubnet", "192.168.2.0/24")
    pools = (make_pool(subnet=str(NODES.id)), make_pool("work", subnet=str(further.id)))
    network = make_virtual_network(NODES, further)
    facts = {
        "cluster": make_cluster(*pools),
        "virtual_network": network,
        "subnet": NODES,
        "further_subnets": (further,),
    }
    assert printed(service_subnets.subnet_is_not_a_service_subnet, **facts) == (
        f"az aks kubenet plan --vnet-id {network.id} --nodepool name=nodepool1 count=3 subnet={NODES.id} "
        "--nodepool name=work count=3",
    )


def test_a_network_in_a_reserved_range_is_left_for_another_and_no_peer_of_it() -> None:
    reserved = make_virtual_network(prefixes=("172.31.0.0/16", "10.1.0.0/16"))
    assert printed(address_ranges.ranges_avoid_what_aks_reserves, virtual_network=reserved) == (
        "az aks kubenet plan --peered-prefixes 10.1.0.0/16",
    )


def test_growth_stays_room_in_the_plan_and_makes_no_autoscaler() -> None:
    asked = make_cluster(make_pool(node_count=50), pod_cidr=IPv4Network("10.244.0.0/26"))
    plan = plan_addresses(PlanRequest(cluster=asked, growth_percent=20))
    facts = {"cluster": plan.cluster, "virtual_network": plan.virtual_network}
    assert printed(sizing.pod_cidr_serves_every_node, **facts) == (
        "az aks kubenet plan --node-count 50 --service-cidr 10.0.0.0/16 --growth 20",
    )


def test_what_the_cluster_must_be_able_to_do_is_asked_for_again() -> None:
    asked = make_cluster(make_pool(node_count=50), pod_cidr=IPv4Network("10.244.0.0/26"))
    needs = frozenset({Need.WINDOWS, Need.VIRTUAL_NODES})
    plan = plan_addresses(PlanRequest(cluster=asked, needs=needs))
    facts = {"cluster": plan.cluster, "virtual_network": plan.virtual_network}
    assert printed(sizing.pod_cidr_serves_every_node, **facts) == (
        "az aks kubenet plan --node-count 50 --service-cidr 10.0.0.0/16 --need virtual-nodes windows",
    )


def test_prefixes_given_beside_a_live_network_are_given_again() -> None:
    asked = make_cluster(make_pool(node_count=50), pod_cidr=IPv4Network("10.244.0.0/26"))
    live, more = make_virtual_network(NODES), make_networks("10.50.0.0/16")
    plan = plan_addresses(PlanRequest(cluster=asked, virtual_network=live, address_prefixes=more))
    assert plan.subnet is not None
    facts = {"cluster": plan.cluster, "virtual_network": plan.virtual_network, "subnet": plan.subnet.subnet}
    assert printed(sizing.pod_cidr_serves_every_node, **facts) == (
        f"az aks kubenet plan --vnet-id {live.id} --vnet-address-prefixes 10.50.0.0/16 "
        "--subnet-prefix 10.50.0.0/26 --node-count 50 --service-cidr 10.0.0.0/16",
    )
