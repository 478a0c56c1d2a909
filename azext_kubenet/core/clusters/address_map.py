"""Which addresses everything around a cluster takes, as lanes and bars that a page can draw. No IO.

Lanes show all ranges side by side, however different their sizes; bars show one range to scale, each the zoom of a part
of the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import Final

from ..addresses.prefixes import ADDRESS_BITS, Span, in_order, merge, span_of
from ..azure import limits
from ..azure.links import NetworkGateway
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.unreadable import Unreadable
from .request import ClusterRequest

ZOOM_BITS: Final = 5
"""Bits of prefix length from one bar to the next: the zoomed part is then at least a 32nd of the bar."""

MAX_PARTS: Final = 64
"""Parts drawn of one lane or bar; of more, neighbours are drawn as one."""


class Use(str, Enum):
    """What a range is taken by, in the order in which lanes stand."""

    VIRTUAL_NETWORK = "virtualNetwork"
    CLUSTER_SUBNET = "clusterSubnet"
    OTHER_SUBNET = "otherSubnet"
    PODS = "pods"
    SERVICES = "services"
    PEERED = "peered"
    ON_PREMISES = "onPremises"
    RESERVED = "reserved"
    AZURE = "azure"
    NODES = "nodes"
    SURGE = "surge"
    LOAD_BALANCERS = "loadBalancers"
    OTHERS = "others"
    FREE = "free"


_NETWORK, _PEERED, _RESERVED = Use.VIRTUAL_NETWORK, Use.PEERED, Use.RESERVED
_CLUSTER = (Use.PODS, Use.SERVICES)
CONFLICTS: Final = (
    (Use.PODS, Use.SERVICES),
    *((_NETWORK, each) for each in (*_CLUSTER, Use.ON_PREMISES, _PEERED, _RESERVED)),
    (Use.CLUSTER_SUBNET, Use.OTHER_SUBNET),
    *((each, other) for each in _CLUSTER for other in (_PEERED, Use.ON_PREMISES, _RESERVED)),
)
"""Pairs of uses that must not share an address; a subnet lies in its virtual network and says nothing of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A range, what takes it, and what people call that."""

    use: Use
    name: str
    network: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Addresses `first` to `last`, both included, of one use; `names` are those of everything in it, in order."""

    use: Use
    first: int
    last: int
    names: tuple[str, ...] = ()

    @property
    def addresses(self) -> int:
        return self.last - self.first + 1

    @property
    def text(self) -> str:
        """The part as a prefix where it is one, else as its two ends."""
        ends = IPv4Address(self.first), IPv4Address(self.last)
        blocks = summarize_address_range(*ends)
        block = next(blocks)
        return str(block) if next(blocks, None) is None else f"{ends[0]} - {ends[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """All ranges of one use, merged where they touch."""

    use: Use
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Addresses that two uses share though they must not."""

    uses: tuple[Use, Use]
    first: int
    last: int
    names: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One range to scale, from its first address to its last, without gaps.

    `zoom` is the part that the next bar shows. Where it is not `placed`, parts are sums: nobody holds just these.
    """

    title: str
    network: IPv4Network
    parts: tuple[Part, ...]
    zoom: Part | None = None
    placed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetDemand:
    """What the addresses of a subnet are for, in numbers: `others` are users besides the cluster."""

    name: str
    network: IPv4Network
    nodes: int
    surge: int
    load_balancers: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMap:
    """`overlaps` holds at most MAX_PARTS of each pair of uses; `overlap_count` is how many there are."""

    lanes: tuple[Lane, ...]
    overlaps: tuple[Overlap, ...]
    overlap_count: int
    bars: tuple[Bar, ...]


def map_addresses(
    *,
    cluster: ClusterRequest,
    network: VirtualNetwork | None,
    demands: tuple[SubnetDemand, ...],
    gateways: tuple[NetworkGateway, ...] | Unreadable | None = None,
) -> AddressMap:
    """The map of a cluster in a network; `demands` name the subnets that are planned or judged."""
    held = tuple(_holdings(cluster, network, demands, gateways))
    spans = {use: merge(in_order(each.network for each in held if each.use is use)) for use in Use}
    shared = [(pair, list(_shared(spans[pair[0]], spans[pair[1]]))) for pair in CONFLICTS]
    return AddressMap(
        lanes=tuple(_lanes(held, spans)),
        overlaps=tuple(_overlap(held, pair, span) for pair, found in shared for span in found[:MAX_PARTS]),
        overlap_count=sum(len(found) for _, found in shared),
        bars=tuple(_bars(cluster, network, demands)),
    )


def _holdings(
    cluster: ClusterRequest,
    network: VirtualNetwork | None,
    demands: tuple[SubnetDemand, ...],
    gateways: tuple[NetworkGateway, ...] | Unreadable | None,
) -> Iterator[Holding]:
    own = {demand.network for demand in demands}
    if network is not None:
        yield from (
            Holding(use=Use.VIRTUAL_NETWORK, name=network.name, network=each) for each in network.address_prefixes
        )
        for subnet, prefix in _prefixes(network.subnets):
            if prefix not in own:
                yield Holding(use=Use.OTHER_SUBNET, name=subnet.name, network=prefix)
        for peering in network.peerings:
            for prefix in peering.remote_address_prefixes:
                yield Holding(use=Use.PEERED, name=peering.name, network=prefix)
    yield from (Holding(use=Use.CLUSTER_SUBNET, name=each.name, network=each.network) for each in demands)
    yield Holding(use=Use.PODS, name="pod CIDR", network=cluster.effective_pod_cidr)
    yield Holding(use=Use.SERVICES, name="service CIDR", network=cluster.effective_service_cidr)
    yield from (Holding(use=Use.ON_PREMISES, name="given", network=each) for each in cluster.on_premises_ranges)
    for gateway in gateways if isinstance(gateways, tuple) else ():
        for prefix in gateway.address_prefixes:
            yield Holding(use=Use.ON_PREMISES, name=gateway.id.name, network=prefix)
    yield from (Holding(use=Use.RESERVED, name="AKS", network=each) for each in limits.AKS_RESERVED_RANGES)


def _prefixes(subnets: Iterable[Subnet]) -> Iterator[tuple[Subnet, IPv4Network]]:
    return ((subnet, prefix) for subnet in subnets for prefix in subnet.address_prefixes)


def _lanes(held: tuple[Holding, ...], spans: Mapping[Use, list[Span]]) -> Iterator[Lane]:
    for use, merged in spans.items():
        if merged:
            own = sorted((each for each in held if each.use is use), key=lambda each: span_of(each.network))
            yield Lane(use=use, parts=tuple(_named(use, _joined(merged), own)))


def _named(use: Use, spans: Iterable[Span], held: Iterable[Holding]) -> Iterator[Part]:
    """The spans as parts with the names of what lies in each; `held` is sorted, and lies in the spans."""
    waiting = iter(held)
    current = next(waiting, None)
    for span in spans:
        names: dict[str, None] = {}
        while current is not None and span_of(current.network).first <= span.last:
            names[current.name] = None
            current = next(waiting, None)
        yield Part(use=use, first=span.first, last=span.last, names=tuple(names))


def _joined(spans: list[Span]) -> list[Span]:
    """At most MAX_PARTS spans: those with the smallest gaps between them become one."""
    if len(spans) <= MAX_PARTS:
        return spans
    gaps = sorted(range(1, len(spans)), key=lambda at: (spans[at - 1].last - spans[at].first, at))
    cuts = sorted(gaps[: MAX_PARTS - 1])
    return [Span(spans[a].first, spans[b - 1].last) for a, b in zip([0, *cuts], [*cuts, len(spans)], strict=True)]


def _overlap(held: tuple[Holding, ...], pair: tuple[Use, Use], span: Span) -> Overlap:
    one, other = pair
    names = _name_at(held, one, span), _name_at(held, other, span)
    return Overlap(uses=pair, first=span.first, last=span.last, names=names)


def _shared(some: list[Span], others: list[Span]) -> Iterator[Span]:
    """What two lists of merged spans have in common; one pass over both."""
    left = right = 0
    while left < len(some) and right < len(others):
        first = max(some[left].first, others[right].first)
        last = min(some[left].last, others[right].last)
        if first <= last:
            yield Span(first, last)
        if some[left].last < others[right].last:
            left += 1
        else:
            right += 1


def _name_at(held: tuple[Holding, ...], use: Use, span: Span) -> str:
    """The name and range of the first holding of that use that reaches into the span."""
    reaching = (each for each in held if each.use is use and span_of(each.network).last >= span.first)
    found = min(reaching, key=lambda each: span_of(each.network))
    return f"{found.name} {found.network}"


def _bars(cluster: ClusterRequest, network: VirtualNetwork | None, demands: tuple[SubnetDemand, ...]) -> Iterator[Bar]:
    if network is not None:
        own = {demand.network for demand in demands}
        held = [Holding(use=Use.CLUSTER_SUBNET, name=each.name, network=each.network) for each in demands]
        held += [
            Holding(use=Use.OTHER_SUBNET, name=subnet.name, network=prefix)
            for subnet, prefix in _prefixes(network.subnets)
            if prefix not in own
        ]
        for space in network.address_prefixes:
            target = next((each.network for each in demands if each.network.subnet_of(space)), space)
            yield from _zooms(f"Virtual network {network.name}", space, target, held)
    for demand in demands:
        yield Bar(title=f"Subnet {demand.name}", network=demand.network, parts=tuple(_uses(demand)), placed=False)
    pods = cluster.effective_pod_cidr
    title = f"Pods, a /{limits.NODE_POD_PREFIX} for each node"
    yield Bar(title=title, network=pods, parts=tuple(_pod_parts(cluster)), placed=False)


def _zooms(title: str, space: IPv4Network, target: IPv4Network, held: list[Holding]) -> Iterator[Bar]:
    """The space, then its part around the target, again and again, until that fills a good part of the bar."""
    while target.prefixlen - space.prefixlen > ZOOM_BITS:
        nearer = target.supernet(new_prefix=space.prefixlen + ZOOM_BITS)
        ends = span_of(nearer)
        zoom = Part(use=Use.CLUSTER_SUBNET, first=ends.first, last=ends.last)
        yield Bar(title=title, network=space, parts=tuple(_to_scale(space, held)), zoom=zoom)
        title, space = "Zoomed", nearer
    yield Bar(title=title, network=space, parts=tuple(_to_scale(space, held)))


def _to_scale(shown: IPv4Network, held: list[Holding]) -> Iterator[Part]:
    """What lies in the range, with the free parts between; of many neighbours one part."""
    start, end = span_of(shown)
    inside = sorted((each for each in held if each.network.overlaps(shown)), key=lambda each: span_of(each.network))
    at = start
    for run in _runs(inside):
        first, last = max(run.first, at), min(run.last, end)
        if first > at:
            yield Part(use=Use.FREE, first=at, last=first - 1)
        if first <= last:
            yield replace(run, first=first, last=last)
            at = last + 1
    if at <= end:
        yield Part(use=Use.FREE, first=at, last=end)


def _runs(held: list[Holding]) -> Iterator[Part]:
    """The holdings one by one, or, of more than MAX_PARTS, in as many groups of neighbours of one use."""
    size = -(-len(held) // MAX_PARTS)
    group: list[Holding] = []
    for each in held:
        if group and (len(group) == size or group[0].use is not each.use):
            yield _run(group)
            group = []
        group.append(each)
    if group:
        yield _run(group)


def _run(group: list[Holding]) -> Part:
    last = max(span_of(each.network).last for each in group)
    names = tuple(each.name for each in group)
    return Part(use=group[0].use, first=span_of(group[0].network).first, last=last, names=names)


def _uses(demand: SubnetDemand) -> Iterator[Part]:
    """The subnet by what its addresses are for: a sum, not which address is whose."""
    first, last = span_of(demand.network)
    counts = (
        (Use.AZURE, limits.RESERVED_ADDRESSES),
        (Use.OTHERS, demand.others),
        (Use.LOAD_BALANCERS, demand.load_balancers),
        (Use.NODES, demand.nodes),
        (Use.SURGE, demand.surge),
    )
    yield from _filled(first, last, counts)


def _pod_parts(cluster: ClusterRequest) -> Iterator[Part]:
    """The pod CIDR by whose blocks they are: those of the pools at their maximum, of surge nodes, of nobody yet."""
    first, last = span_of(cluster.effective_pod_cidr)
    block = 1 << (ADDRESS_BITS - limits.NODE_POD_PREFIX)
    nodes = sum(pool.max_count for pool in cluster.node_pools)
    surge = sum(pool.surge_nodes for pool in cluster.node_pools)
    yield from _filled(first, last, ((Use.NODES, nodes * block), (Use.SURGE, surge * block)))


def _filled(first: int, last: int, counts: Iterable[tuple[Use, int]]) -> Iterator[Part]:
    at = first
    for use, count in counts:
        end = min(at + count - 1, last)
        if end >= at:
            yield Part(use=use, first=at, last=end)
            at = end + 1
    if at <= last:
        yield Part(use=Use.FREE, first=at, last=last)
