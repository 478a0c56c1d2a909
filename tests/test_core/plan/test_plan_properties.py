"""What holds for every plan: nothing overlaps, the smallest that fits, monotone, stable, valid."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from azext_kubenet.core.addresses.prefixes import first_block, free_spans, merge, usable_addresses
from azext_kubenet.core.azure import limits
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool, Surge
from azext_kubenet.core.plan.plan import Plan, PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import address_ranges, node_pools, overlaps, sizing
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage

from ..make import TODAY, make_id

RULES = (*sizing.RULES, *node_pools.RULES, *address_ranges.RULES, *overlaps.RULES)
SPACES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "20.0.0.0/8")


@st.composite
def networks(draw: st.DrawFn, shortest: int = 9) -> IPv4Network:
    space = IPv4Network(draw(st.sampled_from(SPACES)))
    length = draw(st.integers(max(shortest, space.prefixlen), 30))
    offset = draw(st.integers(0, space.num_addresses - 1))
    return IPv4Network((int(space.network_address) + offset, length), strict=False)


def several(shortest: int = 9, most: int = 6) -> st.SearchStrategy[tuple[IPv4Network, ...]]:
    return st.lists(networks(shortest), max_size=most).map(tuple)


SURGES = st.one_of(
    st.builds(Surge, value=st.integers(0, 5), percent=st.just(False)),
    st.builds(Surge, value=st.integers(1, 100), percent=st.just(True)),
)


@st.composite
def pools(draw: st.DrawFn, name: str = "nodepool1") -> NodePool:
    count = draw(st.integers(3, 150))
    return NodePool(
        name=name,
        node_count=count,
        max_count=count + draw(st.integers(0, 40)),
        max_pods=draw(st.none() | st.integers(10, 250)),
        max_surge=draw(SURGES),
    )


@st.composite
def clusters(draw: st.DrawFn) -> ClusterRequest:
    return ClusterRequest(
        node_pools=tuple(draw(pools(f"p{number}")) for number in range(draw(st.integers(1, 2)))),
        internal_load_balancers=draw(st.integers(0, 3)),
        on_premises_ranges=draw(several(most=3)),
    )


REQUESTS = st.builds(
    PlanRequest,
    cluster=clusters(),
    address_prefixes=several(shortest=12, most=3),
    used_prefixes=several(shortest=20),
    peered_prefixes=several(most=3),
    growth_percent=st.sampled_from((0, 20)),
)


def used_and_reserved(request: PlanRequest) -> tuple[IPv4Network, ...]:
    return (*request.used_prefixes, *limits.AKS_RESERVED_RANGES, *limits.VNET_RESERVED_RANGES)


def elsewhere(request: PlanRequest) -> tuple[IPv4Network, ...]:
    return (*request.peered_prefixes, *request.cluster.on_premises_ranges)


def has_room(spaces: tuple[IPv4Network, ...], length: int, *taken: IPv4Network) -> bool:
    """Whether an aligned block of that length in one of the spaces overlaps nothing taken."""
    return first_block(free_spans(spaces, merge(taken)), length) is not None


def one_node_more(request: PlanRequest) -> PlanRequest:
    first, *rest = request.cluster.node_pools
    grown = replace(first, node_count=first.node_count + 1, max_count=first.max_count + 1)
    return request._replace(cluster=replace(request.cluster, node_pools=(grown, *rest)))


@given(REQUESTS)
def test_nothing_proposed_overlaps_what_is_used_or_reserved_nor_needlessly_what_lies_elsewhere(
    request: PlanRequest,
) -> None:
    plan, used = plan_addresses(request), used_and_reserved(request)
    ranges = [block for block in (plan.cluster.service_cidr, plan.cluster.pod_cidr) if block]
    subnets = [] if plan.subnet is None else [plan.subnet.address_prefix]
    spaces = plan.virtual_network.address_prefixes
    proposed = spaces if plan.virtual_network_proposed else ()
    for block in (*ranges, *subnets, *proposed):
        assert not [each for each in used if block.overlaps(each)]
    for block in (*ranges, *proposed):
        assert not [each for each in request.peered_prefixes if block.overlaps(each)]
    for block in subnets:
        if any(block.overlaps(each) for each in elsewhere(request)):
            assert not has_room(spaces, block.prefixlen, *used, *elsewhere(request))
    if any(block.overlaps(each) for each in request.cluster.on_premises_ranges for block in ranges):
        beside = (*used, *elsewhere(request), *spaces, *ranges)
        assert not has_room(limits.PRIVATE_RANGES, limits.NODE_POD_PREFIX, *beside)
    for one, other in combinations([*ranges, *plan.virtual_network.address_prefixes[:1]], 2):
        assert not one.overlaps(other)
    for block in ranges:
        assert not any(block.overlaps(prefix) for prefix in plan.virtual_network.address_prefixes)
    for block in subnets:
        assert any(block.subnet_of(prefix) for prefix in plan.virtual_network.address_prefixes)


@given(REQUESTS)
def test_the_subnet_is_the_smallest_that_fits(request: PlanRequest) -> None:
    plan = plan_addresses(request)
    assume(plan.subnet is not None)
    assert plan.subnet is not None
    assert plan.subnet.free >= 0
    longer = plan.subnet.address_prefix.prefixlen + 1
    assert longer > limits.LONGEST_SUBNET_PREFIX or usable_addresses(longer) < plan.subnet.required


@given(REQUESTS)
def test_more_demand_never_takes_less(request: PlanRequest) -> None:
    before, after = plan_addresses(request), plan_addresses(one_node_more(request))
    for small, large in zip(before.comparison, after.comparison, strict=True):
        assert small.required_addresses <= large.required_addresses
    if after.subnet is not None:
        assert before.subnet is not None
        assert after.subnet.address_prefix.prefixlen <= before.subnet.address_prefix.prefixlen


@given(REQUESTS)
def test_one_node_more_moves_no_block_that_still_fits(request: PlanRequest) -> None:
    before, after = plan_addresses(request), plan_addresses(one_node_more(request))
    assert before.virtual_network.address_prefixes == after.virtual_network.address_prefixes
    assert before.cluster.service_cidr == after.cluster.service_cidr
    if before.nodes_supported >= after.cluster.peak_nodes:
        assert before.cluster.pod_cidr == after.cluster.pod_cidr
    if before.subnet is not None and before.subnet.usable >= after.cluster.required_addresses:
        assert after.subnet is not None
        assert before.subnet.address_prefix == after.subnet.address_prefix


@given(REQUESTS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(request: PlanRequest, random: Random) -> None:
    def shuffled(prefixes: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
        return tuple(random.sample(prefixes, len(prefixes)))

    reordered = request._replace(
        address_prefixes=shuffled(request.address_prefixes),
        used_prefixes=shuffled(request.used_prefixes),
        peered_prefixes=shuffled(request.peered_prefixes),
        cluster=replace(request.cluster, on_premises_ranges=shuffled(request.cluster.on_premises_ranges)),
    )
    assert plan_addresses(reordered) == plan_addresses(request)


@settings(max_examples=200)
@given(REQUESTS)
def test_a_planned_topology_validates_without_an_error(request: PlanRequest) -> None:
    plan = plan_addresses(request)
    assume(plan.next_commands and plan.cluster.peak_nodes <= min(limits.MAX_ROUTES, plan.nodes_supported))
    reserved = (*limits.AKS_RESERVED_RANGES, *limits.VNET_RESERVED_RANGES)
    assume(not any(prefix.overlaps(each) for prefix in request.address_prefixes for each in reserved))
    assert _errors_once_made(plan) == []


def _errors_once_made(plan: Plan) -> list[str]:
    """What the rules say when the plan's network and subnet are there, under ids."""
    made = [
        replace(subnet, id=make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", f"s{number}"))
        for number, subnet in enumerate(plan.virtual_network.subnets)
    ]
    snapshot = planned_snapshot(plan)._replace(
        virtual_network=replace(
            plan.virtual_network, id=make_id("Microsoft.Network/virtualNetworks", "vnet"), subnets=tuple(made)
        ),
        subnet=made[-1],
        managed_clusters=(),
    )
    report = evaluate(RULES, cluster=plan.cluster, snapshot=snapshot, today=TODAY, stage=Stage.VALIDATE)
    offline = evaluate(RULES, cluster=plan.cluster, snapshot=planned_snapshot(plan), today=TODAY, stage=Stage.PLAN)
    return [finding.message for finding in (*report.errors, *offline.errors)]
