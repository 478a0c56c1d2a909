"""NSG1 and NSG2 against every packet of a small network, on random groups: what Azure's documents say, one by one."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any, Final

import pytest

from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup
from azext_kubenet.core.rules.network_security_group import (
    network_security_group_allows_egress,
    network_security_group_allows_nodes_and_pods,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_networks,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_virtual_network,
)
from .azure_documents import Packet, Rule, Surroundings, deciding_rule

MINE = make_id("Microsoft.Network/applicationSecurityGroups", "mine")
THEIRS = make_id("Microsoft.Network/applicationSecurityGroups", "theirs")
NODES: Final = ("10.0.0.5", "10.0.0.6", "10.0.0.7")
PODS: Final = ("10.8.0.0", "10.8.0.1", "10.8.0.3")
"""One of each kind that the rules below tell apart, as is each of the ports."""
DNS: Final = "10.0.1.4"
NODE_PREFIX, POD_PREFIX, SPACE = "10.0.0.4/30", "10.8.0.0/30", "10.0.0.0/23"
AROUND = Surroundings(
    virtual_network=(SPACE, POD_PREFIX), members=((MINE.text.lower(), NODES), (THEIRS.text.lower(), ()))
)
EACH_PORT: Final = (1, 22, 52, 53, 1024, 10249, 10250)
PLACES: Final = (
    *("*", "any", "VirtualNetwork", "Internet", "0.0.0.0/1", "128.0.0.0/1", SPACE, NODE_PREFIX, POD_PREFIX),
    *("10.0.0.4/31", "10.0.0.6", "10.8.0.2/31", "10.8.0.1", DNS, "10.0.1.0/24", "AzureLoadBalancer"),
)
PORTS: Final = ("*", "Any", "0-65535", "53", "22", "10250", "50-60", "1-1023", "1024-65535", "10000-20000")
PROTOCOLS: Final = ("Tcp", "Udp", "Icmp")
GROUPS = 10
SEEDS = 8


def random_rules(random: Random) -> list[Rule]:
    def some(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
        return tuple(random.sample(texts, random.randint(1, most)))

    def side() -> tuple[str, ...]:
        if random.random() < 0.1:
            return (random.choice((MINE.text, THEIRS.text)),)
        return some(PLACES, 3)

    return [
        Rule(
            name=f"r{priority}",
            priority=priority,
            direction=random.choice(("Inbound", "Outbound")),
            access=random.choice(("Allow", "Deny")),
            protocol=random.choice(("*", "*", "tcp", "UDP", "Icmp")),
            sources=side(),
            source_ports=random.choice((("*",), ("*",), ("*",), some(PORTS, 2))),
            destinations=side(),
            destination_ports=some(PORTS, 2),
        )
        for priority in random.sample(range(100, 4097), random.randint(0, 7))
    ]


def as_group(rules: list[Rule]) -> NetworkSecurityGroup:
    """The same rules in the extension's types."""

    def sides(texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(t for t in texts if t[0] != "/"), tuple(t for t in texts if t[0] == "/")

    return make_security_group(
        *(
            make_security_rule(
                each.name,
                each.priority,
                direction=each.direction,
                access=each.access,
                protocol=each.protocol,
                source_prefixes=sides(each.sources)[0],
                source_application_groups=sides(each.sources)[1],
                source_ports=each.source_ports,
                destination_prefixes=sides(each.destinations)[0],
                destination_application_groups=sides(each.destinations)[1],
                destination_ports=each.destination_ports,
            )
            for each in rules
        )
    )


def judged(rule: Any, rules: list[Rule]) -> tuple[Finding, ...]:
    subnet = make_subnet(address_prefixes=make_networks(NODE_PREFIX))
    return judge(
        rule,
        cluster=make_cluster(pod_cidr=make_networks(POD_PREFIX)[0], application_security_groups=(MINE,)),
        subnet=subnet,
        virtual_network=make_virtual_network(subnet, prefixes=(SPACE,), dns_servers=(DNS,)),
        network_security_group=as_group(rules),
    )


def expected_denials(rules: list[Rule]) -> dict[str, Severity]:
    """The rules that deny traffic between nodes and pods, each with the severity of what it cuts off."""
    every_port = {each.name: _takes_every_port(each) for each in rules}
    found: dict[str, Severity] = {}
    kinds = {"node": NODES, "pod": PODS}
    for direction, (one, other) in product(("Inbound", "Outbound"), product(kinds, repeat=2)):
        for source, destination in product(kinds[one], kinds[other]):
            for protocol, source_port, port in product(PROTOCOLS, EACH_PORT, EACH_PORT):
                packet = Packet(
                    direction=direction,
                    protocol=protocol,
                    source=source,
                    source_port=source_port,
                    destination=destination,
                    destination_port=port,
                )
                name, access = deciding_rule(rules, packet, AROUND)
                if access != "Deny":
                    continue
                single = (protocol, port) in {("Tcp", 53), ("Udp", 53), ("Tcp", 10250)}
                vital = (
                    (one, other) != ("pod", "node") and source_port >= 1024 and (single or every_port.get(name, True))
                )
                found[name] = Severity.ERROR if vital else found.get(name, Severity.WARNING)
    return found


def _takes_every_port(rule: Rule) -> bool:
    texts = {text.lower() for text in rule.destination_ports}
    return not texts.isdisjoint({"*", "any", "0-65535"}) or {"1-1023", "1024-65535"} <= texts


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nsg1_finds_what_every_packet_says(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test that repeats itself
    for _ in range(GROUPS):
        rules = random_rules(random)
        findings = judged(network_security_group_allows_nodes_and_pods, rules)
        assert {each.status for each in findings} <= {Status.PASSED, Status.FAILED}
        failed = {each.evidence["rule"]: each.severity for each in findings if each.status is Status.FAILED}
        assert failed == expected_denials(rules), rules


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nsg2_finds_what_every_packet_to_the_dns_server_says(seed: int) -> None:
    random = Random(1_000 + seed)  # noqa: S311 - as above
    for _ in range(10 * GROUPS):
        rules = random_rules(random)
        expected = set()
        for protocol, source, source_port in product(("Udp", "Tcp"), NODES, (1024, 10249, 10250)):
            packet = Packet(
                direction="Outbound",
                protocol=protocol,
                source=source,
                source_port=source_port,
                destination=DNS,
                destination_port=53,
            )
            name, access = deciding_rule(rules, packet, AROUND)
            expected |= {(name, f"{protocol.upper()} 53 to the DNS server {DNS}")} if access == "Deny" else set()
        findings = judged(network_security_group_allows_egress, rules)
        unsure = " ".join(each.message for each in findings if each.status is Status.UNKNOWN)
        found = {
            (each.evidence["rule"], each.evidence["required"])
            for each in findings
            if each.status is Status.FAILED and "DNS server" in str(each.evidence["required"])
        }
        if "DNS server" not in unsure:  # whom the group of others holds is not known
            assert found == expected, rules
        assert found <= expected, rules
