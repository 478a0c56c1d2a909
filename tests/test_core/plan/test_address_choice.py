"""Which blocks are taken, and what they stay away from."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from azext_kubenet.core.azure.networks import Peering, VirtualNetwork
from azext_kubenet.core.clusters.request import ClusterRequest, Surge
from azext_kubenet.core.plan.address_choice import (
    choose_service_and_pod_cidr,
    choose_subnet,
    propose_address_prefix,
    subnet_room,
)

from ..make import make_cluster, make_networks, make_pool, make_subnet, make_virtual_network

NO_SURGE = Surge(value=0, percent=False)


def nodes(count: int, **rest: object) -> ClusterRequest:
    return make_cluster(make_pool(node_count=count, max_surge=NO_SURGE), **rest)


def chosen(virtual_network: VirtualNetwork, cluster: ClusterRequest) -> tuple[str, str]:
    service_cidr, pod_cidr = choose_service_and_pod_cidr(virtual_network, cluster)
    return str(service_cidr), str(pod_cidr)


@pytest.mark.parametrize(
    ("given", "proposed"),
    [
        ((), "192.168.0.0/16"),
        (("192.168.7.0/24",), "172.16.0.0/16"),
        (("192.168.0.0/16", "172.16.0.0/12"), "10.0.0.0/16"),
        (("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/15"), "10.2.0.0/16"),
    ],
)
def test_a_network_is_proposed_beside_what_is_given(given: tuple[str, ...], proposed: str) -> None:
    assert str(propose_address_prefix(given=make_networks(*given))) == proposed


def test_no_network_is_proposed_where_every_candidate_is_taken() -> None:
    given = make_networks("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8")
    assert propose_address_prefix(given=given) is None


@pytest.mark.parametrize(
    ("subnet", "proposed"),
    [
        ("10.7.1.0/24", "10.7.0.0/16"),
        ("10.8.0.0/15", "10.8.0.0/15"),
        ("192.168.3.0/24", "192.168.3.0/24"),
        ("20.0.0.0/24", "20.0.0.0/24"),
    ],
)
def test_a_given_subnet_lies_in_the_proposed_network(subnet: str, proposed: str) -> None:
    given = make_networks("192.168.0.0/17")
    assert propose_address_prefix(given=given, subnet_prefix=IPv4Network(subnet)) == IPv4Network(proposed)


def test_the_subnet_is_the_first_free_block() -> None:
    network = make_virtual_network(make_subnet(prefix="192.168.0.0/28"), prefixes=("192.168.1.0/24", "192.168.0.0/24"))
    assert choose_subnet(network, nodes(27)) == IPv4Network("192.168.0.32/27")
    assert choose_subnet(network, nodes(251)) == IPv4Network("192.168.1.0/24")
    assert choose_subnet(network, nodes(252)) is None
    assert choose_subnet(network, nodes(2**33)) is None


@pytest.mark.parametrize(
    ("cluster", "peerings"),
    [
        (nodes(27, on_premises_ranges=make_networks("192.168.0.0/24")), ()),
        (nodes(27, service_cidr=IPv4Network("192.168.0.0/24")), ()),
        (nodes(27, pod_cidr=IPv4Network("192.168.0.0/24")), ()),
        (nodes(27), ("192.168.0.0/24",)),
    ],
)
def test_the_subnet_stays_away_from(cluster: ClusterRequest, peerings: tuple[str, ...]) -> None:
    remote = (Peering(name="hub", remote_address_prefixes=make_networks(*peerings)),)
    network = make_virtual_network(prefixes=("192.168.0.0/16",), peerings=remote)
    assert choose_subnet(network, cluster) == IPv4Network("192.168.1.0/27")


def test_the_subnet_stays_away_from_what_is_reserved() -> None:
    network = make_virtual_network(prefixes=("172.30.0.0/15", "192.0.2.0/24", "168.63.129.0/27"))
    assert [span.last - span.first for span in subnet_room(network, nodes(3))] == [15, 14]


def test_defaults_are_kept_while_they_are_free() -> None:
    assert chosen(make_virtual_network(), nodes(256)) == ("10.0.0.0/16", "10.244.0.0/16")


def test_a_network_of_all_10_moves_both() -> None:
    network = make_virtual_network(prefixes=("10.0.0.0/8",))
    assert chosen(network, nodes(3)) == ("172.16.0.0/16", "172.17.0.0/16")


def test_services_move_to_the_next_free_block() -> None:
    network = make_virtual_network(prefixes=("10.0.0.0/15",))
    assert chosen(network, nodes(3)) == ("10.2.0.0/16", "10.244.0.0/16")


@pytest.mark.parametrize(
    ("count", "pod_cidr"),
    [(256, "10.244.0.0/16"), (257, "10.244.0.0/15"), (400, "10.244.0.0/15"), (513, "10.244.0.0/14")],
)
def test_a_larger_pod_cidr_keeps_the_base(count: int, pod_cidr: str) -> None:
    """azure-docs#108215: 400 nodes need a /15."""
    assert chosen(make_virtual_network(), nodes(count))[1] == pod_cidr


def test_a_pod_cidr_that_cannot_keep_the_base_is_aligned_elsewhere() -> None:
    assert chosen(make_virtual_network(), nodes(1025))[1] == "10.8.0.0/13"


def test_services_leave_the_pods_room_to_grow() -> None:
    prefixes = ("10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11", "10.224.0.0/12", "10.240.0.0/14")
    assert chosen(make_virtual_network(prefixes=prefixes), nodes(3)) == ("10.246.0.0/16", "10.244.0.0/16")


def test_services_take_the_pods_place_where_there_is_no_other() -> None:
    on_premises = make_networks("172.16.0.0/12", "100.64.0.0/10", "192.168.0.0/16")
    prefixes = ("10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11", "10.224.0.0/12", "10.240.0.0/14", "10.246.0.0/15")
    network = make_virtual_network(prefixes=(*prefixes, "10.248.0.0/13"))
    cluster = nodes(3, on_premises_ranges=on_premises)
    assert chosen(network, cluster) == ("10.244.0.0/16", "10.245.0.0/16")


SCARCE = ("10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10", "192.168.0.0/17")


@pytest.mark.parametrize(
    ("also_taken", "expected"),
    [
        ("", ("192.168.128.0/18", "192.168.192.0/18")),
        ("192.168.128.0/18", ("192.168.192.0/19", "192.168.224.0/19")),
        ("192.168.128.0/19 192.168.160.0/20", ("192.168.176.0/20", "192.168.192.0/18")),
        ("192.168.128.0/18 192.168.192.0/19 192.168.224.0/19", ("10.0.0.0/16", "10.244.0.0/16")),
        ("192.168.128.0/18 192.168.192.0/19 192.168.224.0/20 192.168.240.0/21 192.168.248.0/22 192.168.252.0/23 "
         "192.168.254.0/24", ("192.168.255.0/24", "10.244.0.0/16")),
    ],
)  # fmt: skip
def test_services_and_pods_share_what_is_left(also_taken: str, expected: tuple[str, str]) -> None:
    cluster = nodes(3, on_premises_ranges=make_networks(*SCARCE, *also_taken.split()))
    assert chosen(make_virtual_network(prefixes=("192.168.0.0/24",)), cluster) == expected


def test_services_take_the_most_where_pods_are_pinned() -> None:
    cluster = nodes(3, on_premises_ranges=make_networks(*SCARCE), pod_cidr=IPv4Network("100.64.0.0/16"))
    assert chosen(make_virtual_network(prefixes=("192.168.0.0/24",)), cluster)[0] == "192.168.128.0/17"


def test_nothing_is_chosen_where_nothing_is_free() -> None:
    everything = Peering(name="everything", remote_address_prefixes=make_networks("0.0.0.0/0"))
    assert choose_service_and_pod_cidr(make_virtual_network(peerings=(everything,)), nodes(3)) == (None, None)


def test_a_range_that_covers_the_network_takes_no_room_from_it() -> None:
    network, company = make_virtual_network(prefixes=("10.20.0.0/16",)), make_networks("10.0.0.0/8")
    assert choose_subnet(network, nodes(27, on_premises_ranges=company)) == IPv4Network("10.20.0.0/27")
    peered = replace(network, peerings=(Peering(name="hub", remote_address_prefixes=company),))
    assert choose_subnet(peered, nodes(27)) == IPv4Network("10.20.0.0/27")


def test_a_block_outside_of_what_lies_elsewhere_is_preferred() -> None:
    network = make_virtual_network(prefixes=("10.20.0.0/24", "10.21.0.0/24"))
    on_premises = {"on_premises_ranges": make_networks("10.20.0.0/16")}
    assert choose_subnet(network, nodes(27, **on_premises)) == IPv4Network("10.21.0.0/27")
    peer = Peering(name="hub", remote_address_prefixes=make_networks("10.21.0.0/16"))
    assert choose_subnet(replace(network, peerings=(peer,)), nodes(27, **on_premises)) == IPv4Network("10.20.0.0/27")


def test_pinned_ranges_are_kept_and_avoided() -> None:
    cluster = nodes(3, pod_cidr=IPv4Network("10.0.0.0/16"))
    assert chosen(make_virtual_network(), cluster) == ("10.1.0.0/16", "10.0.0.0/16")
    cluster = nodes(3, service_cidr=IPv4Network("10.244.0.0/16"))
    assert chosen(make_virtual_network(), cluster) == ("10.244.0.0/16", "10.0.0.0/16")
