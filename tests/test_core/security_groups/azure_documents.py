"""What Azure does with one packet, written from its documents alone, one packet after the other. No IO.

It shares nothing with the extension but the words of a rule: where the core cuts boxes of flows, this walks the rules.

- Rules are looked at by priority, lower numbers first; once traffic matches a rule, processing stops. The defaults of a
  group come last. https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
- VirtualNetwork is the network's space, its peers' and the prefixes of user-defined routes.
  https://learn.microsoft.com/azure/virtual-network/service-tags-overview
- An application security group holds network interfaces, so never a pod.
  https://learn.microsoft.com/azure/virtual-network/application-security-groups
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Final

DEFAULTS: Final = (
    ("AllowVnetInBound", "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", "Inbound", "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", "Inbound", "Deny", "*", "*"),
    ("AllowVnetOutBound", "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", "Outbound", "Allow", "*", "Internet"),
    ("DenyAllOutBound", "Outbound", "Deny", "*", "*"),
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as a group's JSON has it; sides are prefixes, tags or names of application security groups."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    sources: tuple[str, ...]
    source_ports: tuple[str, ...]
    destinations: tuple[str, ...]
    destination_ports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Packet:
    """The first packet of a connection, as it crosses the subnet's edge."""

    direction: str
    protocol: str
    source: str
    source_port: int
    destination: str
    destination_port: int


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What tags and application security groups hold here; `members` are the groups in lower case, with addresses."""

    virtual_network: tuple[str, ...]
    members: tuple[tuple[str, tuple[str, ...]], ...]


def deciding_rule(rules: Sequence[Rule], packet: Packet, around: Surroundings) -> tuple[str, str]:
    """The name of the rule that decides, and what it does."""
    for rule in sorted(rules, key=lambda each: each.priority):
        if rule.direction.lower() == packet.direction.lower() and _matches(rule, packet, around):
            return rule.name, rule.access.capitalize()
    for name, direction, access, source, destination in DEFAULTS:
        matches = _is_in(packet.source, source, around) and _is_in(packet.destination, destination, around)
        if direction == packet.direction and matches:
            return name, access
    raise AssertionError("the last default rule denies everything")


def _matches(rule: Rule, packet: Packet, around: Surroundings) -> bool:
    return (
        rule.protocol.lower() in ("*", "any", packet.protocol.lower())
        and any(_is_in(packet.source, each, around) for each in rule.sources)
        and any(_is_in(packet.destination, each, around) for each in rule.destinations)
        and any(_is_port(packet.source_port, each) for each in rule.source_ports)
        and any(_is_port(packet.destination_port, each) for each in rule.destination_ports)
    )


@cache
def _is_in(address: str, text: str, around: Surroundings) -> bool:
    match text.lower():
        case "*" | "any":
            return True
        case "virtualnetwork":
            return any(ip_address(address) in ip_network(each) for each in around.virtual_network)
        case "internet":
            outside = not any(ip_address(address) in ip_network(each) for each in around.virtual_network)
            return outside and ip_address(address).is_global
        case "azureloadbalancer":
            return address == "168.63.129.16"
    for group, addresses in around.members:
        if text.lower() == group:
            return address in addresses
    return ip_address(address) in ip_network(text)


@cache
def _is_port(port: int, text: str) -> bool:
    if text.lower() in ("*", "any"):
        return True
    first, _, last = text.partition("-")
    return int(first) <= port <= int(last or first)
