"""Arithmetic on IPv4 address space: sizes, overlaps and free blocks. No IO.

Everything takes linear time, or linear-logarithmic where it sorts, in the number of networks given, and computes
on integers: `ipaddress` compares two networks some ten times slower than Python compares two ints.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Network
from itertools import chain
from typing import NamedTuple

from ..azure import limits

ADDRESS_BITS = 32


class Span(NamedTuple):
    """A closed interval of addresses, both ends as integers."""

    first: int
    last: int


def span_of(network: IPv4Network) -> Span:
    """The first and the last address of a network."""
    return Span(*_ends(network))


def _ends(network: IPv4Network) -> tuple[int, int]:
    """As `span_of`, for where there are so many that naming both ends is most of the work."""
    first = int(network.network_address)
    return first, first + (1 << (ADDRESS_BITS - network.prefixlen)) - 1


def in_order(networks: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The networks without repetitions, by address, the larger first where two start alike."""
    by_place = {(int(network.network_address), network.prefixlen): network for network in networks}
    return tuple(by_place[place] for place in sorted(by_place))


def usable_addresses(prefix_length: int) -> int:
    """Addresses that are left in a subnet after Azure's five; 0 where not even those have room.

    Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
    """
    return max(0, (1 << (ADDRESS_BITS - prefix_length)) - limits.RESERVED_ADDRESSES)


def smallest_prefix_length(addresses: int) -> int | None:
    """Prefix length of the smallest subnet with that many usable addresses; None where IPv4 itself is too small."""
    bits = (addresses + limits.RESERVED_ADDRESSES - 1).bit_length()
    prefix_length = min(ADDRESS_BITS - bits, limits.LONGEST_SUBNET_PREFIX)
    return prefix_length if prefix_length >= 0 else None


def nodes_served(pod_cidr: IPv4Network) -> int:
    """Nodes that a pod CIDR has a block for; none in anything smaller than one block.

    Source: https://learn.microsoft.com/azure/aks/configure-kubenet
    """
    bits = limits.NODE_POD_PREFIX - pod_cidr.prefixlen
    return 1 << bits if bits >= 0 else 0


def pod_prefix_length(nodes: int) -> int:
    """Prefix length of the smallest pod CIDR that has a block for each node; 0 for more nodes than IPv4 has blocks."""
    return max(0, limits.NODE_POD_PREFIX - max(0, nodes - 1).bit_length())


def pod_block(pod_cidr: IPv4Network, node: int) -> IPv4Network:
    """The block of the `node`-th node, counted from 1, where blocks are handed out in order."""
    size = 1 << (ADDRESS_BITS - limits.NODE_POD_PREFIX)
    return IPv4Network((int(pod_cidr.network_address) + (node - 1) * size, limits.NODE_POD_PREFIX))


def merge(networks: Iterable[IPv4Network], taken: Iterable[Span] = ()) -> list[Span]:
    """The addresses that networks and spans cover together, as sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    spans = iter(sorted(chain(taken, map(_ends, networks))))
    start, end = next(spans, (0, -1))
    for first, last in spans:
        if first > end + 1:
            merged.append(Span(start, end))
            start, end = first, last
        elif last > end:
            end = last
    if start <= end:
        merged.append(Span(start, end))
    return merged


def is_free(network: IPv4Network, taken: Sequence[Span]) -> bool:
    """Whether no address of `network` is in `taken` (merged spans)."""
    first, last = span_of(network)
    index = _first_reaching(taken, first)
    return index == len(taken) or taken[index].first > last


def free_spans(spaces: Iterable[IPv4Network], taken: Sequence[Span]) -> Iterator[Span]:
    """What `taken` (merged spans) leaves of each space, space by space; neighbouring spaces are not joined.

    Azure wants a subnet inside one address prefix of its virtual network.
    """
    for space in spaces:
        cursor, end = span_of(space)
        index = _first_reaching(taken, cursor)
        while index < len(taken) and taken[index].first <= end:
            if taken[index].first > cursor:
                yield Span(cursor, taken[index].first - 1)
            cursor = taken[index].last + 1
            index += 1
        if cursor <= end:
            yield Span(cursor, end)


def first_block(free: Iterable[Span], prefix_length: int) -> IPv4Network | None:
    """The first aligned block of that length in the free spans, in their order."""
    size = 1 << (ADDRESS_BITS - prefix_length)
    for first, last in free:
        start = -(-first // size) * size
        if start + size - 1 <= last:
            return IPv4Network((start, prefix_length))
    return None


def largest_block(free: Iterable[Span]) -> IPv4Network | None:
    """The largest aligned block in the free spans, the first of several; None where nothing is free."""
    best: IPv4Network | None = None
    length = ADDRESS_BITS + 1
    for span in free:
        while length > 0 and (block := first_block([span], length - 1)):
            best, length = block, length - 1
    return best


def overlaps_with(network: IPv4Network) -> Callable[[IPv4Network], bool]:
    """The question whether another network shares an address with `network`, to be asked of many."""
    first, last = span_of(network)

    def overlaps(other: IPv4Network) -> bool:
        start = int(other.network_address)
        return start <= last and start + (1 << (ADDRESS_BITS - other.prefixlen)) > first

    return overlaps


def overlapping(network: IPv4Network, others: Iterable[IPv4Network]) -> Iterator[IPv4Network]:
    """Those of `others` that share an address with `network`, in their order; one pass."""
    return filter(overlaps_with(network), others)


class PrefixIndex:
    """Networks, sorted once, so that many questions for overlaps cost little each.

    Of two networks that overlap one contains the other: what contains a network is found by its masked address,
    what it contains lies side by side in order.
    """

    def __init__(self, networks: Iterable[IPv4Network]) -> None:
        self._ordered = in_order(networks)
        self._starts = [int(network.network_address) for network in self._ordered]
        self._lengths = sorted({network.prefixlen for network in self._ordered})
        self._members = {
            (start, network.prefixlen): network for start, network in zip(self._starts, self._ordered, strict=True)
        }

    def overlapping(self, network: IPv4Network) -> Iterator[IPv4Network]:
        """The indexed networks that share an address with `network`, larger ones first."""
        first, last = span_of(network)
        for length in self._lengths:
            if length < network.prefixlen:
                bits = ADDRESS_BITS - length
                container = self._members.get((first >> bits << bits, length))
                if container is not None:
                    yield container
        for position in range(bisect_left(self._starts, first), len(self._ordered)):
            if self._starts[position] > last:
                return
            if self._ordered[position].prefixlen >= network.prefixlen:
                yield self._ordered[position]


def _first_reaching(taken: Sequence[Span], address: int) -> int:
    """Position of the first span that ends at `address` or after it."""
    return bisect_left(taken, address, key=lambda span: span.last)
