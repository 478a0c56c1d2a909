"""What the rules of a network security group do to traffic, judged on whole ranges at once. No IO.

Azure looks at a direction's rules by priority and the first that matches decides
(https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview). Here that is asked of a box of
flows: protocol x ports x addresses. The box is cut along the rules' edges, one dimension after the other, until every
part left is decided by the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from .first_match import Candidate, FirstMatch
from .interval_set import Intervals, at, covers, of_networks, overlap, project, size, union
from .model import NetworkSecurityGroup, SecurityRule
from .service_tags import PROTOCOLS, Selection, ServiceTags, addresses, ports, protocols, public_addresses

ALL_PORTS: Final = (1, 65_535)
"""First and last port that TCP and UDP traffic can have."""


class Direction(str, Enum):
    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class Access(str, Enum):
    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Addresses that traffic comes from or goes to.

    `somewhere` is for one address of which only is known that it lies there: a rule reaches it for certain when it
    covers the whole region.
    """

    name: str
    addresses: Intervals
    somewhere: bool = False


def region(name: str, networks: Iterable[IPv4Network]) -> Region:
    """The region of all addresses of `networks`."""
    return Region(name=name, addresses=of_networks(networks))


def public_endpoint(name: str, tags: ServiceTags) -> Region:
    """One public address that nobody knows: a service behind a name."""
    return Region(name=name, addresses=public_addresses(tags), somewhere=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """A box of flows: everything from `source` to `destination`, to ports from the first to the last named."""

    direction: Direction
    source: Region
    destination: Region
    protocols: tuple[str, ...] = PROTOCOLS
    source_ports: tuple[int, int] = ALL_PORTS
    destination_ports: tuple[int, int] = ALL_PORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One connection, as the group sees its first packet."""

    direction: Direction
    protocol: str
    source: IPv4Address
    source_port: int
    destination: IPv4Address
    destination_port: int

    def __str__(self) -> str:
        return f"{self.protocol} {self.source}:{self.source_port} -> {self.destination}:{self.destination_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A rule and the traffic that it decides, with one flow of it as an example."""

    rule: SecurityRule
    traffic: tuple[Traffic, ...]
    example: Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """`denied`: rules that deny part of the traffic. `undecided`: rules of which only their unknown reach tells.

    `complete` is False where the group is so entangled that not every part was looked at.
    """

    denied: tuple[Verdict, ...]
    undecided: tuple[Verdict, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to one flow; `access` is None where it depends on the unknown reach of `rule`."""

    access: Access | None
    rule: SecurityRule


def _standard(name: str, priority: int, direction: Direction, access: Access, source: str, target: str) -> SecurityRule:
    return SecurityRule(
        name=name,
        priority=priority,
        direction=direction.value,
        access=access.value,
        protocol="*",
        source_prefixes=(source,),
        source_ports=("*",),
        destination_prefixes=(target,),
        destination_ports=("*",),
    )


DEFAULT_RULES: Final = (
    _standard("AllowVnetInBound", 65_000, Direction.INBOUND, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
    _standard("AllowAzureLoadBalancerInBound", 65_001, Direction.INBOUND, Access.ALLOW, "AzureLoadBalancer", "*"),
    _standard("DenyAllInBound", 65_500, Direction.INBOUND, Access.DENY, "*", "*"),
    _standard("AllowVnetOutBound", 65_000, Direction.OUTBOUND, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
    _standard("AllowInternetOutBound", 65_001, Direction.OUTBOUND, Access.ALLOW, "*", "Internet"),
    _standard("DenyAllOutBound", 65_500, Direction.OUTBOUND, Access.DENY, "*", "*"),
)
"""The rules that every group ends with.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"""


def decide(group: NetworkSecurityGroup, flow: Flow, tags: ServiceTags) -> Decision:
    """What `group` does to one flow, whose protocol is one of `PROTOCOLS`, and the rule that says so."""
    traffic = Traffic(
        direction=flow.direction,
        source=region("source", (IPv4Network(flow.source),)),
        destination=region("destination", (IPv4Network(flow.destination),)),
        protocols=(flow.protocol,),
        source_ports=(flow.source_port, flow.source_port),
        destination_ports=(flow.destination_port, flow.destination_port),
    )
    rules = _in_order(group, flow.direction)
    denial = _search(rules, traffic, tags, Access.DENY)
    for access, found in ((Access.DENY, denial.decided), (None, denial.undecided)):
        if found:
            return Decision(access=access, rule=rules[min(found)])
    allowance = _search(rules, traffic, tags, Access.ALLOW)
    return Decision(access=Access.ALLOW, rule=rules[min(allowance.decided)])


def blocked_flows(group: NetworkSecurityGroup, traffic: Iterable[Traffic], tags: ServiceTags) -> Analysis:
    """Which rules of `group` deny any part of `traffic`, in the order in which Azure looks at them."""
    denied: dict[SecurityRule, Verdict] = {}
    undecided: dict[SecurityRule, Verdict] = {}
    complete = True
    ordered = {direction: _in_order(group, direction) for direction in Direction}
    for each in traffic:
        rules = ordered[each.direction]
        search = _search(rules, each, tags, Access.DENY)
        complete = complete and search.complete
        for found, verdicts in ((search.decided, denied), (search.undecided, undecided)):
            for index, corner in sorted(found.items()):
                known = verdicts.get(rules[index])
                verdicts[rules[index]] = Verdict(
                    rule=rules[index],
                    traffic=(*known.traffic, each) if known else (each,),
                    example=known.example if known else _flow_at(each, corner),
                )
    return Analysis(denied=_by_priority(denied), undecided=_by_priority(undecided), complete=complete)


def _by_priority(verdicts: dict[SecurityRule, Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts.values(), key=lambda each: (each.rule.direction.lower(), each.rule.priority)))


def _in_order(group: NetworkSecurityGroup, direction: Direction) -> tuple[SecurityRule, ...]:
    """A direction's rules by priority, its default rules and, whatever was read, Azure's denial of the rest."""

    def of_direction(rules: Iterable[SecurityRule]) -> tuple[SecurityRule, ...]:
        return tuple(each for each in rules if each.direction.lower() == direction.value.lower())

    standard = of_direction(DEFAULT_RULES)
    own = (*of_direction(group.rules), *(of_direction(group.default_rules) or standard))
    return (*sorted(own, key=lambda each: each.priority), standard[-1])


def _search(rules: Sequence[SecurityRule], traffic: Traffic, tags: ServiceTags, wanted: Access) -> FirstMatch:
    spaces = _spaces(traffic)
    sizes = (
        *(size(space) for space in spaces[:3]),
        1 if traffic.source.somewhere else size(spaces[3]),
        1 if traffic.destination.somewhere else size(spaces[4]),
    )
    search = FirstMatch(candidates=tuple(_candidates(rules, traffic, tags, wanted)), sizes=sizes)
    if all(sizes):
        search.run()
    return search


def _spaces(traffic: Traffic) -> tuple[Intervals, ...]:
    """The dimensions of `traffic`: protocol, destination port, source port, source, destination."""
    indices = union((index, index + 1) for index, name in enumerate(PROTOCOLS) if name in traffic.protocols)
    (first, last), (source_first, source_last) = traffic.destination_ports, traffic.source_ports
    return (
        indices,
        ((first, last + 1),),
        ((source_first, source_last + 1),),
        traffic.source.addresses,
        traffic.destination.addresses,
    )


def _flow_at(traffic: Traffic, corner: Sequence[int]) -> Flow:
    protocol, port, source_port, source, destination = (
        at(space, coordinate) for space, coordinate in zip(_spaces(traffic), corner, strict=True)
    )
    return Flow(
        direction=traffic.direction,
        protocol=PROTOCOLS[protocol],
        source=IPv4Address(source),
        source_port=source_port,
        destination=IPv4Address(destination),
        destination_port=port,
    )


Projection = tuple[Intervals, Intervals]
"""What a selection certainly and possibly takes of a dimension, in the coordinates of that dimension."""


def _candidates(
    rules: Sequence[SecurityRule], traffic: Traffic, tags: ServiceTags, wanted: Access
) -> Iterator[Candidate]:
    """The rules that can reach `traffic`, each as what it matches for certain and what it may match."""
    protocol, port, source_port, _, _ = (_projector(space) for space in _spaces(traffic))
    source, destination = _region_projector(traffic.source), _region_projector(traffic.destination)
    known_texts: dict[tuple[int, str], Projection] = {}

    def project_each(dimension: int, texts: Sequence[str], select: Callable[[str], Projection]) -> Projection:
        found = []
        for text in texts:
            key = (dimension, text)
            if key not in known_texts:
                known_texts[key] = select(text)
            found.append(known_texts[key])
        return found[0] if len(found) == 1 else _joined(found)

    selects: tuple[Callable[[str], Projection], ...] = (
        lambda text: protocol(protocols(text)),
        lambda text: port(ports(text)),
        lambda text: source_port(ports(text)),
        lambda text: source(addresses(text, tags)),
        lambda text: destination(addresses(text, tags)),
    )
    for index, rule in enumerate(rules):
        dimensions: list[Projection] = []
        for dimension, texts in enumerate(_texts(rule)):
            dimensions.append(project_each(dimension, texts, selects[dimension]))
            if not dimensions[-1][1]:
                break  # most rules are about other addresses
        else:
            is_wanted = (rule.access.lower() == Access.ALLOW.value.lower()) == (wanted is Access.ALLOW)
            certain, possible = tuple(each[0] for each in dimensions), tuple(each[1] for each in dimensions)
            if all(certain):
                yield Candidate(index=index, certain=True, wanted=is_wanted, box=certain)
            if certain != possible:
                yield Candidate(index=index, certain=False, wanted=is_wanted, box=possible)


def _texts(rule: SecurityRule) -> tuple[tuple[str, ...], ...]:
    """What a rule says in each dimension, in the order of `_spaces`."""
    return (
        (rule.protocol,),
        rule.destination_ports or ("?",),
        rule.source_ports or ("?",),
        _places(rule.source_prefixes, rule.source_application_groups),
        _places(rule.destination_prefixes, rule.destination_application_groups),
    )


def _places(prefixes: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
    """The prefixes; `?`, which nobody knows, for the members of application security groups and where all is empty."""
    return (*prefixes, "?") if groups or not prefixes else prefixes


def _joined(parts: Sequence[Projection]) -> Projection:
    return union(each for part in parts for each in part[0]), union(each for part in parts for each in part[1])


def _projector(space: Intervals) -> Callable[[Selection], Projection]:
    return lambda selection: (project(selection.certain, space), project(selection.possible, space))


def _region_projector(place: Region) -> Callable[[Selection], Projection]:
    if not place.somewhere:
        return _projector(place.addresses)

    def somewhere(selection: Selection) -> Projection:
        certain = covers(selection.certain, place.addresses)
        return ((0, 1),) if certain else (), ((0, 1),) if overlap(selection.possible, place.addresses) else ()

    return somewhere
