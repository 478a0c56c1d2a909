"""Which free blocks a plan takes: virtual network, subnet, services and pods. No IO.

Each choice depends on what is given and on its own prefix length only, and takes the first aligned block that is
free. So proposals do not depend on the order of the input, and demand moves a block only when it outgrows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network
from itertools import chain
from typing import Final

from ..addresses.prefixes import (
    ADDRESS_BITS,
    Span,
    first_block,
    free_spans,
    in_order,
    is_free,
    largest_block,
    merge,
    pod_prefix_length,
    smallest_prefix_length,
)
from ..azure import limits
from ..azure.networks import VirtualNetwork
from ..clusters.request import ClusterRequest

PROPOSED_PREFIX: Final = 16
"""Length of a proposed virtual network and of Azure's own pod and service ranges."""

POD_GROWTH: Final = limits.DEFAULT_POD_CIDR.supernet(new_prefix=pod_prefix_length(limits.MAX_ROUTES))
"""What Azure's pod CIDR can grow into before the route table ends: chosen services stay out of it."""

SCARCE_LENGTHS: Final = range(PROPOSED_PREFIX + 1, limits.NODE_POD_PREFIX + 1)
"""Sizes of service range where no /16 is left: the largest of them that leaves pods the most."""


def propose_address_prefix(
    *, given: Iterable[IPv4Network], subnet_prefix: IPv4Network | None = None
) -> IPv4Network | None:
    """A virtual network where none is given: the first of the candidate /16s that overlaps nothing given.

    A given subnet has to lie in it; where no free candidate holds that subnet, it is the subnet's own prefix.
    None where every candidate is taken.
    """
    taken = merge(given)
    candidates = (block for block in _candidates() if is_free(block, taken))
    if subnet_prefix is None:
        return next(candidates, None)
    return next((block for block in candidates if subnet_prefix.subnet_of(block)), subnet_prefix)


def _candidates() -> Iterator[IPv4Network]:
    """Blocks of private address space, the one that fewest networks use first."""
    yield IPv4Network("192.168.0.0/16")
    yield IPv4Network("172.16.0.0/16")
    yield from IPv4Network("10.0.0.0/8").subnets(new_prefix=PROPOSED_PREFIX)


def subnet_room(virtual_network: VirtualNetwork, cluster: ClusterRequest) -> list[Span]:
    """The addresses of the virtual network where a new subnet would overlap no other, nothing pinned or reserved.

    A range that lies on-premises or in a peer takes no room: a virtual network is often cut out of such a one.
    """
    return _room(virtual_network, _occupied(virtual_network, cluster))


def choose_subnet(virtual_network: VirtualNetwork, cluster: ClusterRequest) -> IPv4Network | None:
    """The first free block of the smallest prefix that holds the cluster at its peak; None where there is none.

    Blocks outside the ranges of peers and on-premises networks come first, then those outside of peers' alone.
    """
    prefix_length = smallest_prefix_length(cluster.required_addresses)
    if prefix_length is None:
        return None
    occupied, peered = tuple(_occupied(virtual_network, cluster)), tuple(_peered(virtual_network))
    rooms = (
        _room(virtual_network, chain(occupied, avoided))
        for avoided in ((*peered, *cluster.on_premises_ranges), peered, ())
    )
    return next((block for room in rooms if (block := first_block(room, prefix_length))), None)


def _room(virtual_network: VirtualNetwork, taken: Iterable[IPv4Network]) -> list[Span]:
    return list(free_spans(in_order(virtual_network.address_prefixes), merge(taken)))


def choose_service_and_pod_cidr(
    virtual_network: VirtualNetwork, cluster: ClusterRequest
) -> tuple[IPv4Network | None, IPv4Network | None]:
    """Service CIDR and pod CIDR: the pinned ones, else Azure's defaults while they are free, else the first free.

    Services come first, so that pods may grow. Where no /16 is left, smaller blocks are tried down to one node's; the
    rules then say how far that reaches. Where not even that is free, what lies on-premises is no longer avoided. None
    where that does not help.
    """
    networks = (virtual_network.address_prefixes, _occupied(virtual_network, cluster), _peered(virtual_network))
    in_use = merge(chain(*networks))
    taken = merge(cluster.on_premises_ranges, in_use)
    service_cidr, pod_cidr = cluster.service_cidr, cluster.pod_cidr
    if service_cidr is None:
        choices = (_choose_service_cidr(each, pods_are_pinned=pod_cidr is not None) for each in (taken, in_use))
        service_cidr = next(filter(None, choices), None)
    if pod_cidr is None:
        wanted = min(PROPOSED_PREFIX, pod_prefix_length(cluster.peak_nodes))
        shortest = max(wanted, limits.PRIVATE_RANGES[0].prefixlen)
        beside = [] if service_cidr is None else [service_cidr]
        choices = (_choose_range(limits.DEFAULT_POD_CIDR, shortest, merge(beside, each)) for each in (taken, in_use))
        pod_cidr = next(filter(None, choices), None)
    return service_cidr, pod_cidr


def _choose_service_cidr(taken: Sequence[Span], *, pods_are_pinned: bool) -> IPv4Network | None:
    """Next to the pods' default range while that is free; whatever the demand is, so that it moves no services."""
    if not pods_are_pinned and is_free(limits.DEFAULT_POD_CIDR, taken):
        beside_pods = _choose_range(limits.DEFAULT_SERVICE_CIDR, PROPOSED_PREFIX, merge([POD_GROWTH], taken))
        if beside_pods is not None:
            return beside_pods
    largest = _choose_range(limits.DEFAULT_SERVICE_CIDR, PROPOSED_PREFIX, taken)
    if largest is None or largest.prefixlen == PROPOSED_PREFIX or pods_are_pinned:
        return largest
    smaller = (first_block(free_spans(limits.PRIVATE_RANGES, taken), length) for length in SCARCE_LENGTHS)
    return min((block for block in smaller if block), key=lambda block: _left_beside(block, taken), default=None)


def _left_beside(block: IPv4Network, taken: Sequence[Span]) -> int:
    """Prefix length of the largest block that pods could have besides `block`."""
    left = largest_block(free_spans(limits.PRIVATE_RANGES, merge([block], taken)))
    return ADDRESS_BITS if left is None else left.prefixlen


def _choose_range(default: IPv4Network, shortest: int, taken: Sequence[Span]) -> IPv4Network | None:
    """A free block, the largest from length `shortest` on, at the default's address where that is aligned and free."""
    free = list(free_spans(limits.PRIVATE_RANGES, taken))
    for length in range(shortest, limits.NODE_POD_PREFIX + 1):
        at_base = IPv4Network((default.network_address, length), strict=False)
        if at_base.network_address == default.network_address and is_free(at_base, taken):
            return at_base
        block = first_block(free, length)
        if block is not None:
            return block
    return None


def _occupied(virtual_network: VirtualNetwork, cluster: ClusterRequest) -> Iterator[IPv4Network]:
    """What no proposed block may overlap, besides the virtual network's own prefixes and its peers'."""
    yield from limits.AKS_RESERVED_RANGES
    yield from limits.VNET_RESERVED_RANGES
    yield from (cidr for cidr in (cluster.service_cidr, cluster.pod_cidr) if cidr is not None)
    for subnet in virtual_network.subnets:
        yield from subnet.address_prefixes


def _peered(virtual_network: VirtualNetwork) -> Iterator[IPv4Network]:
    for peering in virtual_network.peerings:
        yield from peering.remote_address_prefixes
