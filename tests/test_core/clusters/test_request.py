"""The cluster that is asked for: surge, peaks and Azure's defaults."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.clusters.request import DEFAULT_SURGE, Surge

from ..make import make_cluster, make_pool


@pytest.mark.parametrize(
    ("surge", "size", "nodes"),
    [
        (Surge(value=10, percent=True), 1, 1),
        (Surge(value=10, percent=True), 10, 1),
        (Surge(value=10, percent=True), 11, 2),
        (Surge(value=33, percent=True), 10, 4),
        (Surge(value=100, percent=True), 7, 7),
        (Surge(value=150, percent=True), 4, 4),
        (Surge(value=0, percent=True), 10, 0),
        (Surge(value=5, percent=False), 10, 5),
        (Surge(value=5, percent=False), 3, 3),
        (Surge(value=0, percent=False), 3, 0),
        (DEFAULT_SURGE, 0, 0),
    ],
)
def test_surge_rounds_up_and_never_exceeds_the_pool(surge: Surge, size: int, nodes: int) -> None:
    assert surge.nodes(size) == nodes


@given(value=st.integers(0, 200), percent=st.booleans(), size=st.integers(0, 2_000))
def test_surge_is_between_none_and_all_and_grows_with_the_pool(value: int, percent: bool, size: int) -> None:
    surge = Surge(value=value, percent=percent)
    assert 0 <= surge.nodes(size) <= size
    assert surge.nodes(size) <= surge.nodes(size + 1)


def test_surge_is_written_as_it_is_given() -> None:
    assert (str(DEFAULT_SURGE), str(Surge(value=2, percent=False))) == ("10%", "2")


def test_a_pool_is_counted_at_its_maximum() -> None:
    pool = make_pool(node_count=3, max_count=25)
    assert (pool.surge_nodes, pool.peak_nodes) == (3, 28)


def test_pods_a_node_default_to_kubenets() -> None:
    assert (make_pool().pods_per_node, make_pool(max_pods=30).pods_per_node) == (110, 30)


def test_the_peak_is_the_sum_over_pools() -> None:
    surge = Surge(value=2, percent=False)
    cluster = make_cluster(*(make_pool(f"p{n}", 4, max_surge=surge) for n in range(5)), internal_load_balancers=2)
    assert (cluster.peak_nodes, cluster.required_addresses) == (30, 32)


def test_azures_defaults_stand_in_for_what_is_not_given() -> None:
    cluster = make_cluster()
    assert cluster.effective_pod_cidr == IPv4Network("10.244.0.0/16")
    assert cluster.effective_service_cidr == IPv4Network("10.0.0.0/16")
    assert cluster.effective_dns_service_ip == IPv4Address("10.0.0.10")
    assert cluster.effective_outbound_type == "loadBalancer"


def test_what_is_given_wins() -> None:
    cluster = make_cluster(
        pod_cidr=IPv4Network("10.1.0.0/16"),
        service_cidr=IPv4Network("10.2.0.0/16"),
        dns_service_ip=IPv4Address("10.2.0.53"),
        outbound_type="userDefinedRouting",
    )
    assert cluster.effective_pod_cidr == IPv4Network("10.1.0.0/16")
    assert cluster.effective_service_cidr == IPv4Network("10.2.0.0/16")
    assert cluster.effective_dns_service_ip == IPv4Address("10.2.0.53")
    assert cluster.effective_outbound_type == "userDefinedRouting"


@pytest.mark.parametrize(("service_cidr", "address"), [("10.2.0.0/28", "10.2.0.10"), ("10.2.0.0/30", "10.2.0.3")])
def test_the_default_dns_address_stays_in_a_small_service_cidr(service_cidr: str, address: str) -> None:
    cluster = make_cluster(service_cidr=IPv4Network(service_cidr))
    assert cluster.effective_dns_service_ip == IPv4Address(address)
