"""Arithmetic on address space, against the documents' numbers and against `ipaddress` itself."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.addresses.prefixes import (
    PrefixIndex,
    Span,
    first_block,
    free_spans,
    in_order,
    is_free,
    largest_block,
    merge,
    nodes_served,
    overlapping,
    pod_block,
    pod_prefix_length,
    smallest_prefix_length,
    span_of,
    usable_addresses,
)

from ..make import make_networks

SMALL_NETWORKS = st.builds(
    lambda address, length: IPv4Network((0x0A000000 + address, length), strict=False),
    st.integers(0, 1023),
    st.integers(22, 32),
)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


@pytest.mark.parametrize(("length", "usable"), [(24, 251), (27, 27), (29, 3), (30, 0), (32, 0), (8, 2**24 - 5)])
def test_usable_addresses_leave_azures_five(length: int, usable: int) -> None:
    """N:virtual-networks-faq: the first four and the last; D:configure-kubenet: 251 nodes in a /24."""
    assert usable_addresses(length) == usable


@pytest.mark.parametrize(
    ("addresses", "length"),
    [(0, 29), (3, 29), (4, 28), (11, 28), (12, 27), (27, 27), (28, 26), (251, 24), (252, 23), (1581, 21), (1891, 21)],
)
def test_smallest_prefix_length_fits_and_one_bit_longer_does_not(addresses: int, length: int) -> None:
    assert smallest_prefix_length(addresses) == length


def test_smallest_prefix_length_is_none_beyond_ipv4() -> None:
    assert smallest_prefix_length(2**32 - 5) == 0
    assert smallest_prefix_length(2**32 - 4) is None


@pytest.mark.parametrize(("cidr", "nodes"), [("10.0.0.0/14", 1024), ("10.0.0.0/15", 512), ("10.0.0.0/16", 256)])
def test_nodes_served_by_a_pod_cidr(cidr: str, nodes: int) -> None:
    """domain/rules.md POD1, D:configure-kubenet: a /24 a node."""
    assert nodes_served(net(cidr)) == nodes


def test_a_pod_cidr_below_a_24_serves_nobody() -> None:
    assert nodes_served(net("10.0.0.0/24")) == 1
    assert nodes_served(net("10.0.0.0/25")) == 0


@pytest.mark.parametrize(("nodes", "length"), [(0, 24), (1, 24), (2, 23), (256, 16), (257, 15), (400, 15), (2**40, 0)])
def test_pod_prefix_length(nodes: int, length: int) -> None:
    """azure-docs#108215: 400 nodes need a /15."""
    assert pod_prefix_length(nodes) == length


def test_pod_blocks_follow_each_other() -> None:
    assert [str(pod_block(net("10.244.0.0/16"), node)) for node in (1, 2, 3, 256)] == [
        "10.244.0.0/24",
        "10.244.1.0/24",
        "10.244.2.0/24",
        "10.244.255.0/24",
    ]


def test_in_order_sorts_by_address_and_drops_repetitions() -> None:
    unordered = make_networks("10.1.0.0/16", "10.0.0.0/24", "10.0.0.0/8", "10.1.0.0/16")
    assert in_order(unordered) == make_networks("10.0.0.0/8", "10.0.0.0/24", "10.1.0.0/16")


def test_merge_joins_what_overlaps_and_what_touches() -> None:
    merged = merge(make_networks("10.0.1.0/24", "10.0.0.0/24", "10.0.0.0/26", "10.0.4.0/24"))
    assert merged == [Span(0x0A000000, 0x0A0001FF), Span(0x0A000400, 0x0A0004FF)]
    assert merge(make_networks("10.0.2.0/23"), merged) == [Span(0x0A000000, 0x0A0004FF)]


def test_free_spans_keep_neighbouring_spaces_apart() -> None:
    spaces = make_networks("10.0.0.0/24", "10.0.1.0/24")
    taken = merge(make_networks("10.0.0.0/26", "10.0.0.192/26", "9.0.0.0/8"))
    spans = list(free_spans(spaces, taken))
    assert spans == [Span(0x0A000040, 0x0A0000BF), Span(0x0A000100, 0x0A0001FF)]
    assert first_block(spans, 23) is None


def test_free_spans_of_a_space_within_what_is_taken() -> None:
    assert list(free_spans(make_networks("10.0.0.0/24"), merge(make_networks("10.0.0.0/8")))) == []


def test_first_block_is_aligned() -> None:
    assert first_block([Span(0x0A000040, 0x0A0000FF)], 25) == net("10.0.0.128/25")


def test_largest_block_is_the_first_of_several() -> None:
    spans = list(free_spans(make_networks("10.0.0.0/24"), merge(make_networks("10.0.0.64/26"))))
    assert largest_block(spans) == net("10.0.0.128/25")
    assert largest_block([span_of(net("10.0.0.4/32")), span_of(net("10.0.0.9/32"))]) == net("10.0.0.4/32")
    assert largest_block([span_of(net("0.0.0.0/0"))]) == net("0.0.0.0/0")
    assert largest_block([]) is None


@given(st.lists(SMALL_NETWORKS, max_size=12), SMALL_NETWORKS)
def test_overlaps_agree_with_ipaddress(others: list[IPv4Network], network: IPv4Network) -> None:
    expected = [other for other in others if other.overlaps(network)]
    assert list(overlapping(network, others)) == expected
    assert list(PrefixIndex(others).overlapping(network)) == list(in_order(expected))
    assert is_free(network, merge(others)) is (not expected)


@given(st.lists(SMALL_NETWORKS, max_size=12), st.integers(22, 32))
def test_first_block_is_the_first_that_ipaddress_finds(taken: list[IPv4Network], length: int) -> None:
    space = net("10.0.0.0/22")
    free = list(free_spans([space], merge(taken)))
    found = first_block(free, length)
    blocks = (block for block in space.subnets(new_prefix=length) if not any(block.overlaps(one) for one in taken))
    assert found == next(blocks, None)
    largest = largest_block(free)
    assert (found is not None) is (largest is not None and largest.prefixlen <= length)
