"""What the texts of a security rule stand for: prefixes, service tags, ports and protocols as sets. No IO.

Where a text's meaning is not known exactly (the addresses of a public service), two sets bound it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from ..addresses.intervals import EVERY_ADDRESS, Intervals, of_networks, subtract, union
from ..addresses.public_space import PUBLIC_SPACE
from ..azure import limits
from ..azure.networks import VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable

PROTOCOLS: Final = ("Tcp", "Udp", "Icmp", "Esp", "Ah")
"""The protocols a security rule can name.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"""

_EVERY_PROTOCOL: Final[Intervals] = ((0, len(PROTOCOLS)),)
_EVERY_PORT: Final[Intervals] = ((0, 65_536),)
_ANY: Final = frozenset({"*", "any"})
_TAG: Final = re.compile(r"[a-z][a-z0-9_.-]*")
_PORTS: Final = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?")
_PRIVATE: Final = of_networks(limits.PRIVATE_RANGES)
_PUBLIC_SERVICES: Final = subtract(EVERY_ADDRESS, _PRIVATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A set that is known between two bounds: all of `certain` is in it, nothing outside `possible`."""

    certain: Intervals
    possible: Intervals


def exactly(intervals: Intervals) -> Selection:
    """A selection whose bounds are the same."""
    return Selection(certain=intervals, possible=intervals)


NOTHING: Final = exactly(())


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTags:
    """What texts stand for depends on the network that the security group serves.

    `node_groups` are the application security groups that the nodes are in, in lower case; what else one of those
    groups or another may hold is among `others`: neither nodes nor pods, nor anything public.
    Source: https://learn.microsoft.com/azure/virtual-network/application-security-groups
    """

    virtual_network: Selection
    internet: Selection
    nodes: Intervals = ()
    others: Intervals = ()
    node_groups: frozenset[str] = frozenset()


def service_tags(
    *,
    nodes: Iterable[IPv4Network],
    pods: Iterable[IPv4Network] = (),
    others: Iterable[IPv4Network] = (),
    node_groups: Iterable[ResourceId] = (),
    virtual_network: VirtualNetwork | None = None,
    route_table: RouteTable | None = None,
) -> ServiceTags:
    """The tags for a subnet: `nodes` are its prefixes, `pods` what the cluster's routes will have, `others` the rest.

    `VirtualNetwork` is the network's space, that of its peers, the prefixes of user-defined routes, and what lies
    on-premises, which may be any private address; with a user-defined default route it may be every address.
    Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview
    """
    nodes, pods = tuple(nodes), tuple(pods)
    known = [*nodes, *pods, *others]
    if virtual_network is not None:
        known += virtual_network.address_prefixes
        known += (prefix for peering in virtual_network.peerings for prefix in peering.remote_address_prefixes)
    routed = () if route_table is None else (route.address_prefix for route in route_table.routes)
    known += (prefix for prefix in routed if prefix is not None and prefix.prefixlen > 0)
    certain = of_networks(known)
    everywhere = route_table is not None and route_table.default_route is not None
    possible = EVERY_ADDRESS if everywhere else union((*certain, *_PRIVATE))
    return ServiceTags(
        virtual_network=Selection(certain=certain, possible=possible),
        internet=Selection(
            certain=subtract(_PUBLIC_SERVICES, certain),
            possible=subtract(EVERY_ADDRESS, certain),
        ),
        nodes=of_networks(nodes),
        others=subtract(subtract(union((*certain, *_PRIVATE)), of_networks((*nodes, *pods))), PUBLIC_SPACE),
        node_groups=frozenset(each.text.lower() for each in node_groups),
    )


def public_addresses(tags: ServiceTags) -> Intervals:
    """Where public endpoints lie: neither private nor reserved, nor in the virtual network."""
    return subtract(PUBLIC_SPACE, tags.virtual_network.certain)


def addresses(text: str, tags: ServiceTags) -> Selection:
    """The IPv4 addresses of one prefix of a rule: `*`, a CIDR, an address, or a service tag in any casing.

    So is the id of an application security group, which holds the nodes or not, and never a pod. A tag of a public
    service may be any address that is not private; an IPv6 prefix is none; a text that is nothing of these may be any
    address.
    """
    name = text.strip().lower()
    if name in _ANY:
        return exactly(EVERY_ADDRESS)
    if name.startswith("/"):
        members = tags.nodes if name in tags.node_groups else ()
        return Selection(certain=members, possible=union((*members, *tags.others)))
    if _TAG.fullmatch(name) and ":" not in name:
        return _tagged(name.replace("_", ""), tags)
    return _network(name)


@lru_cache(maxsize=1 << 18)
def _network(name: str) -> Selection:
    """The addresses of what is no tag; remembered, as a group's rules are looked at once for each kind of traffic."""
    try:
        return exactly(of_networks((IPv4Network(name, strict=False),)))
    except ValueError:
        return NOTHING if ":" in name else Selection(certain=(), possible=EVERY_ADDRESS)


def _one(address: IPv4Address) -> Intervals:
    return ((int(address), int(address) + 1),)


def _tagged(name: str, tags: ServiceTags) -> Selection:
    match name:
        case "virtualnetwork":
            return tags.virtual_network
        case "internet":
            return tags.internet
        case "azureloadbalancer" | "azureplatformdns":
            return exactly(_one(limits.PLATFORM_ADDRESS))
        case "azureplatformimds":
            return exactly(_one(limits.METADATA_ADDRESS))
        case "azureplatformlkm":
            return NOTHING
        case _:
            return Selection(certain=(), possible=_PUBLIC_SERVICES)


@lru_cache(maxsize=1 << 12)
def ports(text: str) -> Selection:
    """The ports of one text of a rule: `*`, `80` or `80-90`; anything else may be every port."""
    if text.strip().lower() in _ANY:
        return exactly(_EVERY_PORT)
    found = _PORTS.fullmatch(text.strip())
    if found is None:
        return Selection(certain=(), possible=_EVERY_PORT)
    return exactly(union(((int(found[1]), int(found[2] or found[1]) + 1),)))


def protocols(text: str) -> Selection:
    """The protocol of a rule as a set of indices of `PROTOCOLS`; an unknown name may be every protocol."""
    name = text.strip().capitalize()
    if name.lower() in _ANY:
        return exactly(_EVERY_PROTOCOL)
    if name not in PROTOCOLS:
        return Selection(certain=(), possible=_EVERY_PROTOCOL)
    index = PROTOCOLS.index(name)
    return exactly(((index, index + 1),))
