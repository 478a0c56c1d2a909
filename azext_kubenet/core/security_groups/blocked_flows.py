"""What the rules of a network security group do to traffic, judged on whole ranges at once. No IO.

Azure looks at a direction's rules by priority and the first that matches decides
(https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview). Here that is asked of a box of
flows: protocol x ports x addresses. The box is cut along the rules' edges, one dimension after the other, until every
part left is decided by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from ..addresses.intervals import Intervals, of_networks, union
from ..azure.security_rules import NetworkSecurityGroup, SecurityRule
from .first_match import FirstMatch
from .rule_boxes import Dimension, candidates
from .service_tags import PROTOCOLS, ServiceTags, addresses, ports, protocols, public_addresses

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


def blocked_flows(group: NetworkSecurityGroup, traffic: Iterable[Traffic], tags: ServiceTags) -> Analysis:
    """Which rules of `group` deny any part of `traffic`, in the order in which Azure looks at them."""
    denied: dict[SecurityRule, Verdict] = {}
    undecided: dict[SecurityRule, Verdict] = {}
    complete = True
    ordered = {direction: _in_order(group, direction) for direction in Direction}
    for each in traffic:
        rules, dimensions = ordered[each.direction], _dimensions(each, tags)
        search = _search(rules, dimensions)
        complete = complete and search.complete
        for found, verdicts in ((search.decided, denied), (search.undecided, undecided)):
            for index, corner in sorted(found.items()):
                known = verdicts.get(rules[index])
                verdicts[rules[index]] = Verdict(
                    rule=rules[index],
                    traffic=(*known.traffic, each) if known else (each,),
                    example=known.example if known else _flow_at(each.direction, dimensions, corner),
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


def _search(rules: Sequence[SecurityRule], dimensions: Sequence[Dimension]) -> FirstMatch:
    """The rules that decide some part of the space by denying it."""
    sizes = tuple(each.size for each in dimensions)
    reaching = tuple(candidates(rules, dimensions))
    search = FirstMatch(candidates=reaching, sizes=sizes)
    if all(sizes):
        search.run()
    return search


def _dimensions(traffic: Traffic, tags: ServiceTags) -> tuple[Dimension, ...]:
    """Protocol, destination port, source port, source and destination: what differs most comes last."""
    indices = union((index, index + 1) for index, name in enumerate(PROTOCOLS) if name in traffic.protocols)
    (first, last), (source_first, source_last) = traffic.destination_ports, traffic.source_ports
    source, destination = traffic.source, traffic.destination
    place = partial(addresses, tags=tags)
    return (
        Dimension(indices, protocols),
        Dimension(((first, last + 1),), ports),
        Dimension(((source_first, source_last + 1),), ports),
        Dimension(source.addresses, place, somewhere=source.somewhere),
        Dimension(destination.addresses, place, somewhere=destination.somewhere),
    )


def _flow_at(direction: Direction, dimensions: Sequence[Dimension], corner: Sequence[int]) -> Flow:
    protocol, port, source_port, source, destination = (
        dimension.at(coordinate) for dimension, coordinate in zip(dimensions, corner, strict=True)
    )
    return Flow(
        direction=direction,
        protocol=PROTOCOLS[protocol],
        source=IPv4Address(source),
        source_port=source_port,
        destination=IPv4Address(destination),
        destination_port=port,
    )
