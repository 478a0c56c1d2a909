"""The address map: lanes of all ranges, what overlaps, and bars to scale that zoom into each other."""

from __future__ import annotations

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.links import NetworkGateway
from azext_kubenet.core.azure.networks import Peering
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.address_map import (
    MAX_PARTS,
    AddressMap,
    Bar,
    Part,
    SubnetDemand,
    Use,
    map_addresses,
)

from ..make import make_cluster, make_id, make_networks, make_pool, make_subnet, make_virtual_network

NODES = SubnetDemand(name="nodes", network=IPv4Network("192.168.1.0/24"), nodes=20, surge=2, load_balancers=1, others=3)


def lane(drawn: AddressMap, use: Use) -> list[str]:
    return [part.text for each in drawn.lanes if each.use is use for part in each.parts]


def shares(bar: Bar) -> list[tuple[str, int]]:
    return [(part.use.value, part.addresses) for part in bar.parts]


def test_every_range_has_its_lane() -> None:
    network = make_virtual_network(
        make_subnet(), make_subnet("db", "192.168.2.0/28"), peerings=(peering("10.9.0.0/16"),)
    )
    gateway = NetworkGateway(
        id=make_id("Microsoft.Network/localNetworkGateways", "office"), address_prefixes=make_networks("10.8.0.0/16")
    )
    cluster = make_cluster(on_premises_ranges=make_networks("10.7.0.0/16"))
    drawn = map_addresses(cluster=cluster, network=network, demands=(NODES,), gateways=(gateway,))
    assert lane(drawn, Use.VIRTUAL_NETWORK) == ["192.168.0.0/16"]
    assert lane(drawn, Use.CLUSTER_SUBNET) == ["192.168.1.0/24"]
    assert lane(drawn, Use.OTHER_SUBNET) == ["192.168.2.0/28"]
    assert lane(drawn, Use.PODS) == ["10.244.0.0/16"]
    assert lane(drawn, Use.SERVICES) == ["10.0.0.0/16"]
    assert lane(drawn, Use.PEERED) == ["10.9.0.0/16"]
    assert lane(drawn, Use.ON_PREMISES) == ["10.7.0.0 - 10.8.255.255"]
    assert "172.30.0.0/15" in lane(drawn, Use.RESERVED)
    assert (drawn.overlaps, drawn.overlap_count) == ((), 0)


def peering(*prefixes: str) -> Peering:
    return Peering(name="hub", remote_address_prefixes=make_networks(*prefixes))


def test_what_touches_is_one_part_with_both_names() -> None:
    network = make_virtual_network(make_subnet("b", "192.168.4.0/24"), make_subnet("a", "192.168.5.0/24"))
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=())
    (others,) = (each for each in drawn.lanes if each.use is Use.OTHER_SUBNET)
    assert [(part.text, part.names) for part in others.parts] == [("192.168.4.0/23", ("b", "a"))]


def test_without_a_network_the_cluster_is_shown_alone() -> None:
    drawn = map_addresses(cluster=make_cluster(), network=None, demands=(), gateways=Unreadable(reason="no right"))
    assert {each.use for each in drawn.lanes} == {Use.PODS, Use.SERVICES, Use.RESERVED}
    assert [bar.title for bar in drawn.bars] == ["Pods, a /24 for each node"]


def test_what_must_not_share_addresses_is_named_with_both_ranges() -> None:
    cluster = make_cluster(pod_cidr=IPv4Network("192.168.128.0/17"), service_cidr=IPv4Network("10.0.0.0/16"))
    network = make_virtual_network(make_subnet(), peerings=(peering("10.0.4.0/24"),))
    drawn = map_addresses(cluster=cluster, network=network, demands=(NODES,))
    assert [(each.uses, each.names) for each in drawn.overlaps] == [
        ((Use.VIRTUAL_NETWORK, Use.PODS), ("vnet 192.168.0.0/16", "pod CIDR 192.168.128.0/17")),
        ((Use.SERVICES, Use.PEERED), ("service CIDR 10.0.0.0/16", "hub 10.0.4.0/24")),
    ]
    assert [each.last - each.first + 1 for each in drawn.overlaps] == [32768, 256]


def test_a_subnet_inside_its_network_is_no_overlap() -> None:
    drawn = map_addresses(cluster=make_cluster(), network=make_virtual_network(make_subnet()), demands=(NODES,))
    assert drawn.overlap_count == 0


def test_many_overlaps_are_counted_and_some_are_named() -> None:
    ranges = tuple(IPv4Network((0x0A000000 + (number << 9), 24)) for number in range(100))
    drawn = map_addresses(
        cluster=make_cluster(on_premises_ranges=ranges, service_cidr=IPv4Network("10.0.0.0/16")),
        network=None,
        demands=(),
    )
    assert (drawn.overlap_count, len(drawn.overlaps)) == (100, MAX_PARTS)
    (on_premises,) = (each for each in drawn.lanes if each.use is Use.ON_PREMISES)
    assert len(on_premises.parts) == MAX_PARTS
    assert sum(1 for part in on_premises.parts if part.addresses == 256) == MAX_PARTS - 1


def test_a_small_subnet_of_a_large_network_is_reached_in_zooms() -> None:
    nodes = SubnetDemand(name="nodes", network=IPv4Network("10.3.7.32/28"), nodes=3, surge=1)
    network = make_virtual_network(make_subnet("nodes", "10.3.7.32/28"), prefixes=("10.0.0.0/8",))
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=(nodes,))
    bars = [bar for bar in drawn.bars if bar.placed]
    assert [str(bar.network) for bar in bars] == ["10.0.0.0/8", "10.0.0.0/13", "10.3.0.0/18", "10.3.6.0/23"]
    assert [str(bar.zoom.text) for bar in bars if bar.zoom is not None] == [str(bar.network) for bar in bars[1:]]
    assert shares(bars[-1]) == [("free", 288), ("clusterSubnet", 16), ("free", 208)]


def test_a_space_without_the_clusters_subnet_is_one_bar() -> None:
    network = make_virtual_network(make_subnet(), prefixes=("192.168.0.0/16", "10.1.0.0/16"))
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=(NODES,))
    assert [str(bar.network) for bar in drawn.bars if bar.placed][-1] == "10.1.0.0/16"


def test_the_subnet_is_shared_out_by_what_its_addresses_are_for() -> None:
    drawn = map_addresses(cluster=make_cluster(), network=None, demands=(NODES,))
    assert shares(drawn.bars[0]) == [
        *(("azure", 5), ("others", 3), ("loadBalancers", 1), ("nodes", 20), ("surge", 2)),
        ("free", 225),
    ]


def test_a_subnet_that_is_too_small_is_full() -> None:
    nodes = SubnetDemand(name="nodes", network=IPv4Network("192.168.1.0/28"), nodes=20, surge=2)
    drawn = map_addresses(cluster=make_cluster(), network=None, demands=(nodes,))
    assert shares(drawn.bars[0]) == [("azure", 5), ("nodes", 11)]


def test_the_pod_range_is_shared_out_by_nodes() -> None:
    cluster = make_cluster(make_pool(node_count=3, max_count=20), pod_cidr=IPv4Network("10.244.0.0/19"))
    drawn = map_addresses(cluster=cluster, network=None, demands=())
    assert shares(drawn.bars[-1]) == [("nodes", 20 * 256), ("surge", 2 * 256), ("free", 10 * 256)]


def test_of_many_subnets_neighbours_are_drawn_as_one() -> None:
    subnets = [make_subnet(f"s{number}", f"10.1.{number}.0/25") for number in range(200)]
    network = make_virtual_network(*subnets, prefixes=("10.1.0.0/16",))
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=())
    parts = [part for part in drawn.bars[0].parts if part.use is Use.OTHER_SUBNET]
    assert len(parts) <= MAX_PARTS
    assert sum(len(part.names) for part in parts) == 200


def test_a_subnet_that_reaches_out_of_the_shown_range_is_cut() -> None:
    """A zoom can lie inside a larger subnet, which others overlap: ARM refuses that, a given prefix can be it."""
    network = make_virtual_network(make_subnet("wide", "10.0.0.0/9"), prefixes=("10.0.0.0/8",))
    nodes = SubnetDemand(name="nodes", network=IPv4Network("10.0.1.0/24"), nodes=3, surge=1)
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=(nodes,))
    for bar in drawn.bars:
        check_scale(bar)


def check_scale(bar: Bar) -> None:
    at = int(bar.network.network_address)
    for part in bar.parts:
        assert part.first == at
        assert part.last >= part.first
        at = part.last + 1
    assert at == int(bar.network.broadcast_address) + 1


prefixes = st.builds(
    lambda base, length: IPv4Network((0x0A000000 | (base << 8), length), strict=False),
    st.integers(0, 0xFFFF),
    st.integers(9, 29),
)


@given(st.lists(prefixes, max_size=80), prefixes, st.integers(0, 500), st.integers(0, 50))
def test_bars_leave_no_gap_and_name_no_address_twice(
    used: list[IPv4Network], own: IPv4Network, nodes: int, surge: int
) -> None:
    subnets = [make_subnet(f"s{number}", str(prefix)) for number, prefix in enumerate(used)]
    network = make_virtual_network(*subnets, prefixes=("10.0.0.0/8",))
    demand = SubnetDemand(name="nodes", network=own, nodes=nodes, surge=surge)
    drawn = map_addresses(cluster=make_cluster(), network=network, demands=(demand,))
    for bar in drawn.bars:
        check_scale(bar)
    for each in drawn.lanes:
        ends = [(part.first, part.last) for part in each.parts]
        assert ends == sorted(ends)
        assert len(ends) <= MAX_PARTS


def test_a_part_is_a_prefix_where_it_is_one() -> None:
    assert Part(use=Use.FREE, first=256, last=511).text == "0.0.1.0/24"
    assert Part(use=Use.FREE, first=256, last=512).text == "0.0.1.0 - 0.0.2.0"
