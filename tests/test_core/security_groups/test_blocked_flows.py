"""What security groups do to traffic; the analysis of whole ranges is held against one flow after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_kubenet.core.addresses.intervals import EVERY_ADDRESS, Axis, of_networks, subtract
from azext_kubenet.core.azure.networks import Peering, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from azext_kubenet.core.security_groups.blocked_flows import (
    DEFAULT_RULES,
    Access,
    Analysis,
    Direction,
    Flow,
    Traffic,
    blocked_flows,
    public_endpoint,
    region,
)
from azext_kubenet.core.security_groups.service_tags import (
    Selection,
    ServiceTags,
    addresses,
    ports,
    protocols,
    service_tags,
)
from tests.work import lines_run

from ..make import (
    make_id,
    make_networks,
    make_route,
    make_route_table,
    make_security_group,
    make_security_rule,
    make_virtual_network,
)

NODES, PODS = IPv4Network("192.168.1.0/24"), IPv4Network("10.244.0.0/16")
TAGS = service_tags(nodes=(NODES,), pods=(PODS,))
ASG_ID = make_id("Microsoft.Network/applicationSecurityGroups", "web")
ASG = ASG_ID.text
NOTHING: Selection = Selection(certain=(), possible=())


def make_flow(**rest: object) -> Flow:
    return Flow(
        **{  # type: ignore[arg-type] # the test names the fields
            "direction": Direction.INBOUND,
            "protocol": "Tcp",
            "source": IPv4Address("192.168.1.4"),
            "source_port": 40_000,
            "destination": IPv4Address("10.244.0.9"),
            "destination_port": 80,
            **rest,
        }
    )


def make_traffic(**rest: object) -> Traffic:
    return Traffic(
        **{  # type: ignore[arg-type] # the test names the fields
            "direction": Direction.INBOUND,
            "source": region("nodes", (NODES,)),
            "destination": region("pods", (PODS,)),
            **rest,
        }
    )


def judge_inbound(*rules: SecurityRule) -> Analysis:
    return blocked_flows(make_security_group(*rules), (make_traffic(),), TAGS)


def names(analysis: Analysis) -> tuple[list[str], list[str]]:
    return [each.rule.name for each in analysis.denied], [each.rule.name for each in analysis.undecided]


# Decisions on one flow


def decide(group: NetworkSecurityGroup, flow: Flow, tags: ServiceTags) -> tuple[Access | None, str]:
    """What `group` does to one flow, None where nobody knows, and the name of the rule that decides.

    Which rule allows is found in the group's mirror image, where it denies.
    """
    traffic = Traffic(
        direction=flow.direction,
        source=region("source", (IPv4Network(flow.source),)),
        destination=region("destination", (IPv4Network(flow.destination),)),
        protocols=(flow.protocol,),
        source_ports=(flow.source_port, flow.source_port),
        destination_ports=(flow.destination_port, flow.destination_port),
    )
    analysis = blocked_flows(group, (traffic,), tags)
    if analysis.denied:
        return Access.DENY, analysis.denied[0].rule.name
    if analysis.undecided:
        return None, analysis.undecided[0].rule.name
    return Access.ALLOW, blocked_flows(mirrored(group), (traffic,), tags).denied[0].rule.name


def mirrored(group: NetworkSecurityGroup) -> NetworkSecurityGroup:
    """The group with every allowance a denial and every denial an allowance."""

    def turned(rules: Iterable[SecurityRule]) -> tuple[SecurityRule, ...]:
        return tuple(replace(each, access="Deny" if each.access.lower() == "allow" else "Allow") for each in rules)

    return replace(group, rules=turned(group.rules), default_rules=turned(group.default_rules or DEFAULT_RULES))


@pytest.mark.parametrize(
    ("rest", "access", "rule"),
    [
        ({}, Access.ALLOW, "AllowVnetInBound"),
        ({"direction": Direction.OUTBOUND}, Access.ALLOW, "AllowVnetOutBound"),
        ({"source": IPv4Address("168.63.129.16")}, Access.ALLOW, "AllowAzureLoadBalancerInBound"),
        ({"source": IPv4Address("8.8.8.8")}, Access.DENY, "DenyAllInBound"),
        (
            {"direction": Direction.OUTBOUND, "destination": IPv4Address("8.8.8.8")},
            Access.ALLOW,
            "AllowInternetOutBound",
        ),
    ],
)
@pytest.mark.parametrize("read", [False, True], ids=["standard", "as read"])
def test_default_rules_decide_last(rest: dict[str, object], access: Access, rule: str, read: bool) -> None:
    group = make_security_group(default_rules=tuple(reversed(DEFAULT_RULES)) if read else ())
    assert decide(group, make_flow(**rest), TAGS) == (access, rule)


def test_private_address_that_is_not_known_depends_on_the_virtual_network_tag() -> None:
    found = decide(make_security_group(), make_flow(source=IPv4Address("10.9.9.9")), TAGS)
    assert found == (None, "AllowVnetInBound")


def test_lower_number_decides_whatever_the_order_read() -> None:
    late, early = make_security_rule("late", 300, access="Allow"), make_security_rule("early", 200, access="dENY")
    for rules in ((late, early), (early, late)):
        assert decide(make_security_group(*rules), make_flow(), TAGS) == (Access.DENY, "early")


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({"protocol": "TCP"}, True),
        ({"protocol": "Udp"}, False),
        ({"protocol": "Any"}, True),
        ({"destination_ports": ("80",)}, True),
        ({"destination_ports": ("70-90",)}, True),
        ({"destination_ports": ("8080", "22", "80-81")}, True),
        ({"destination_ports": ("81-90",)}, False),
        ({"destination_ports": ("90-70",)}, False),
        ({"source_ports": ("40000",)}, True),
        ({"source_ports": ("80",)}, False),
        ({"source_prefixes": ("192.168.0.0/16",)}, True),
        ({"source_prefixes": ("192.168.1.9/24",)}, True),
        ({"source_prefixes": ("192.168.1.4",)}, True),
        ({"source_prefixes": ("10.0.0.0/8",)}, False),
        ({"source_prefixes": ("10.0.0.0/8", "192.168.1.4/32")}, True),
        ({"source_prefixes": ("virtualnetwork",)}, True),
        ({"source_prefixes": ("VIRTUAL_NETWORK",)}, True),
        ({"destination_prefixes": ("VirtualNetwork",)}, True),
        ({"source_prefixes": ("Internet",)}, False),
        ({"source_prefixes": ("AzureLoadBalancer",)}, False),
        ({"source_prefixes": ("AzureCloud.westeurope",)}, False),
        ({"source_prefixes": ("Storage", "Sql")}, False),
        ({"source_prefixes": ("0.0.0.0/0",)}, True),
        ({"source_prefixes": ("::/0",)}, False),
        ({"direction": "outbound"}, False),
        ({"direction": "INBOUND"}, True),
    ],
)
def test_rule_matches(rule: dict[str, object], matches: bool) -> None:
    access, _ = decide(make_security_group(make_security_rule(**rule)), make_flow(), TAGS)  # type: ignore[arg-type]
    assert access is (Access.DENY if matches else Access.ALLOW)


@pytest.mark.parametrize(
    "rule",
    [
        {"source_prefixes": (), "source_application_groups": ("",)},
        {"destination_prefixes": (), "destination_application_groups": ("",)},
        {"source_prefixes": ("1234",)},
        {"source_prefixes": ()},
        {"destination_ports": ()},
        {"source_ports": ("http",)},
        {"protocol": "Sctp"},
    ],
)
def test_rule_whose_reach_is_unknown_leaves_the_flow_undecided(rule: dict[str, object]) -> None:
    found = decide(make_security_group(make_security_rule("unsure", **rule)), make_flow(), TAGS)  # type: ignore[arg-type]
    assert found == (None, "unsure")


# Analysis of ranges


def test_default_rules_allow_nodes_and_pods() -> None:
    assert judge_inbound() == Analysis(denied=(), undecided=())


@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"protocol": "Ah"},
        {"destination_ports": ("53",)},
        {"source_ports": ("65535",)},
        {"source_prefixes": ("192.168.1.255",)},
        {"destination_prefixes": ("8.8.8.8", "10.244.255.0/24")},
        {"source_prefixes": ("VirtualNetwork",), "destination_prefixes": ("VirtualNetwork",)},
    ],
)
def test_denial_of_a_part_is_found(rest: dict[str, object]) -> None:
    rule = make_security_rule("deny", **rest)  # type: ignore[arg-type]
    analysis = judge_inbound(rule)
    assert names(analysis) == (["deny"], [])
    example = analysis.denied[0].example
    assert decide(make_security_group(rule), example, TAGS) == (Access.DENY, rule.name)


@pytest.mark.parametrize(
    "rest",
    [
        {"direction": "Outbound"},
        {"source_prefixes": ("192.168.2.0/24",)},
        {"destination_prefixes": ("Internet",)},
        {"source_prefixes": ("AzureCloud", "10.0.0.0/9")},
    ],
)
def test_denial_of_other_traffic_is_none(rest: dict[str, object]) -> None:
    assert judge_inbound(make_security_rule(**rest)) == Analysis(denied=(), undecided=())  # type: ignore[arg-type]


def test_allowances_before_a_denial_cover_it_only_together() -> None:
    half = make_security_rule("a", 110, access="Allow", source_prefixes=("192.168.1.0/25",))
    other = make_security_rule("b", 120, access="Allow", source_prefixes=("192.168.1.128/25",))
    deny = make_security_rule("deny", 130)
    assert names(judge_inbound(half, other, deny)) == ([], [])
    (found,) = judge_inbound(half, deny).denied
    assert (found.rule.name, str(found.example)) == ("deny", "Tcp 192.168.1.128:1 -> 10.244.0.0:1")


def test_denial_behind_a_denial_decides_nothing() -> None:
    rules = make_security_rule("first", 110), make_security_rule("second", 120, protocol="Tcp")
    assert names(judge_inbound(*rules)) == (["first"], [])


def test_unknown_allowance_before_a_denial_is_undecided() -> None:
    unsure = make_security_rule("unsure", 110, access="Allow", source_prefixes=("1234",))
    assert names(judge_inbound(unsure, make_security_rule("deny", 120))) == ([], ["unsure"])


def test_unknown_denial_before_an_allowance_is_undecided() -> None:
    unsure = make_security_rule("unsure", 110, source_prefixes=("1234",))
    assert names(judge_inbound(unsure)) == ([], ["unsure"])


def test_unknown_denial_before_a_denial_changes_nothing() -> None:
    unsure = make_security_rule("unsure", 110, source_prefixes=("1234",))
    assert names(judge_inbound(unsure, make_security_rule("deny", 120))) == (["deny"], [])


def test_rule_with_prefixes_and_groups_reaches_its_prefixes_for_certain() -> None:
    both = make_security_rule("both", 110, source_application_groups=(ASG,), source_prefixes=("192.168.1.0/25",))
    assert names(judge_inbound(both)) == (["both"], [])


ELSEWHERE = {"destination": IPv4Address("192.168.7.4"), "direction": Direction.OUTBOUND}
PUBLIC = {"destination": IPv4Address("20.1.2.3"), "direction": Direction.OUTBOUND}


@pytest.mark.parametrize(
    ("flow", "groups", "expected"),
    [
        ({"source": IPv4Address("192.168.1.9")}, (ASG_ID,), (Access.DENY, "asg")),
        ({"source": IPv4Address("192.168.1.9")}, (), (Access.ALLOW, "AllowVnetInBound")),
        ({"source": IPv4Address("10.244.3.9")}, (ASG_ID,), (Access.ALLOW, "AllowVnetInBound")),
        ({"source": IPv4Address("192.168.7.4")}, (ASG_ID,), (None, "asg")),
    ],
)
def test_application_security_group_holds_its_nodes_and_no_pod(
    flow: dict[str, object], groups: tuple[ResourceId, ...], expected: tuple[Access | None, str]
) -> None:
    """N:application-security-groups."""
    network = make_virtual_network(prefixes=("192.168.0.0/16",))
    tags = service_tags(nodes=(NODES,), pods=(PODS,), node_groups=groups, virtual_network=network)
    rule = make_security_rule("asg", 110, source_prefixes=(), source_application_groups=(ASG.upper(),))
    assert decide(make_security_group(rule), make_flow(**flow), tags) == expected


def test_application_security_group_is_no_public_destination() -> None:
    rule = make_security_rule(
        "asg", 110, direction="Outbound", destination_prefixes=(), destination_application_groups=(ASG,)
    )
    tags = service_tags(nodes=(NODES,), pods=(PODS,), virtual_network=make_virtual_network())
    found = [decide(make_security_group(rule), make_flow(**each), tags)[1] for each in (PUBLIC, ELSEWHERE)]
    assert found == ["AllowInternetOutBound", "asg"]


@pytest.mark.parametrize(
    ("tag", "address"), [("AzurePlatformDNS", "168.63.129.16"), ("AzurePlatformIMDS", "169.254.169.254")]
)
def test_tags_of_platform_services_are_their_address(tag: str, address: str) -> None:
    number = int(IPv4Address(address))
    assert addresses(tag, TAGS) == Selection(certain=((number, number + 1),), possible=((number, number + 1),))
    assert addresses("AzurePlatformLKM", TAGS) == NOTHING


def test_prefixes_of_one_rule_act_together_on_an_unknown_place() -> None:
    halves = make_security_rule("halves", 110, direction="Outbound", destination_prefixes=("0.0.0.0/1", "128.0.0.0/1"))
    traffic = Traffic(
        direction=Direction.OUTBOUND, source=region("nodes", (NODES,)), destination=public_endpoint("public", TAGS)
    )
    assert names(blocked_flows(make_security_group(halves), (traffic,), TAGS)) == (["halves"], [])


def test_denials_of_several_kinds_of_traffic_are_one_verdict() -> None:
    traffic = (make_traffic(), make_traffic(source=region("pods", (PODS,))))
    (found,) = blocked_flows(make_security_group(make_security_rule()), traffic, TAGS).denied
    assert found.traffic == traffic


def test_no_addresses_no_traffic() -> None:
    empty = make_traffic(source=region("nodes", ()))
    assert blocked_flows(make_security_group(make_security_rule()), (empty,), TAGS).denied == ()


@pytest.mark.parametrize(
    ("prefix", "denied", "undecided"),
    [
        ("*", True, False),
        ("Internet", True, False),
        ("0.0.0.0/0", True, False),
        ("AzureCloud", False, True),
        ("13.64.0.0/11", False, True),
        ("10.0.0.0/8", False, False),
        ("VirtualNetwork", False, False),
        ("AzureLoadBalancer", False, False),
    ],
)
def test_public_endpoint_is_denied_where_every_public_address_is(prefix: str, denied: bool, undecided: bool) -> None:
    rule = make_security_rule("deny", direction="Outbound", destination_prefixes=(prefix,))
    traffic = make_traffic(direction=Direction.OUTBOUND, destination=public_endpoint("anywhere", TAGS))
    found = blocked_flows(make_security_group(rule), (traffic,), TAGS)
    assert names(found) == (["deny"] if denied else [], ["deny"] if undecided else [])


# Tags and texts


def test_virtual_network_tag_holds_peers_and_routes_and_internet_the_rest() -> None:
    peering = Peering(name="hub", remote_address_prefixes=make_networks("172.16.0.0/16"))
    network: VirtualNetwork = make_virtual_network(prefixes=("20.0.0.0/16",), peerings=(peering,))
    table: RouteTable = make_route_table(make_route("a", "10.7.0.0/16"), make_route("b", "Storage"))
    tags = service_tags(nodes=(NODES,), virtual_network=network, route_table=table)
    expected = of_networks(make_networks("10.7.0.0/16", "20.0.0.0/16", "172.16.0.0/16", "192.168.1.0/24"))
    assert tags.virtual_network.certain == expected
    assert subtract(of_networks(make_networks("10.0.0.0/8", "20.0.0.0/16")), tags.virtual_network.possible) == ()
    assert subtract(expected, tags.internet.possible) == expected
    assert Axis(of_networks(make_networks("10.0.0.0/8", "20.0.0.0/16"))).project(tags.internet.certain) == ()


def test_default_route_may_put_every_address_into_the_virtual_network_tag() -> None:
    tags = service_tags(nodes=(NODES,), route_table=make_route_table(make_route()))
    assert (tags.virtual_network.certain, tags.virtual_network.possible) == (of_networks((NODES,)), EVERY_ADDRESS)


def test_texts() -> None:
    assert addresses(" ANY ", TAGS).certain == EVERY_ADDRESS
    assert addresses("fd00::1", TAGS) == NOTHING
    assert addresses("10.0.0.0/33", TAGS) == Selection(certain=(), possible=EVERY_ADDRESS)
    assert ports("0-65535") == ports("*") == ports("Any") == ports(" any ")
    assert ports(" 80 - 81 ").certain == ((80, 82),)
    assert protocols("icmp").certain == ((2, 3),)


# Properties

SMALL = st.sampled_from(["10.0.0.0/30", "10.0.0.0/31", "10.0.0.1", "10.0.0.2/31", "10.0.1.0/30", "*", "Sql", "99"])
PREFIXES = st.lists(SMALL, min_size=1, max_size=2).map(tuple)
PORTS = st.lists(st.sampled_from(["*", "1", "2-3", "3"]), min_size=1, max_size=2).map(tuple)
SMALL_RULES = st.lists(
    st.builds(
        lambda priority, **rest: make_security_rule(f"rule{priority}", priority, **rest),
        priority=st.integers(100, 4096),
        access=st.sampled_from(["Allow", "Deny"]),
        protocol=st.sampled_from(["*", "Tcp", "udp"]),
        source_prefixes=PREFIXES,
        destination_prefixes=PREFIXES,
        destination_ports=PORTS,
    ),
    max_size=6,
    unique_by=lambda rule: rule.priority,
)
SMALL_TAGS = service_tags(nodes=make_networks("10.0.0.0/30", "10.0.1.0/30"))


def reach(texts: tuple[str, ...], address: IPv4Address) -> bool | None:
    """Whether an address is among prefixes; None where nobody knows. Written without any of the code under test."""
    if any(text == "*" or (text[:2] == "10" and address in IPv4Network(text)) for text in texts):
        return True
    return None if "99" in texts else False


def expected_decision(rules: list[SecurityRule], flow: Flow) -> Access | None:
    """What the first rule that matches says; None where rules that may match say otherwise than it."""
    perhaps: set[str] = set()
    for rule in sorted(rules, key=lambda each: each.priority):
        ranges = [text.split("-") for text in rule.destination_ports]
        port = any(each == ["*"] or int(each[0]) <= flow.destination_port <= int(each[-1]) for each in ranges)
        protocol = rule.protocol in ("*", flow.protocol) or rule.protocol.capitalize() == flow.protocol
        matches = (reach(rule.source_prefixes, flow.source), reach(rule.destination_prefixes, flow.destination))
        if not (port and protocol) or False in matches:
            continue
        perhaps.add(rule.access)
        if None not in matches:
            return Access(rule.access) if len(perhaps) == 1 else None
    return Access.ALLOW if perhaps <= {"Allow"} else None


def small_flows() -> Iterator[Flow]:
    for protocol, port, a, b in product(("Tcp", "Udp", "Esp"), (1, 2, 3, 4), range(4), range(4)):
        yield make_flow(
            protocol=protocol,
            source=IPv4Address("10.0.0.0") + a,
            destination=IPv4Address("10.0.1.0") + b,
            destination_port=port,
        )


@settings(max_examples=150, deadline=None)
@given(SMALL_RULES)
def test_analysis_agrees_with_every_flow_in_it(rules: list[SecurityRule]) -> None:
    group = make_security_group(*rules)
    traffic = make_traffic(
        source=region("a", make_networks("10.0.0.0/30")), destination=region("b", make_networks("10.0.1.0/30"))
    )
    analysis = blocked_flows(group, (traffic,), SMALL_TAGS)
    outcomes = {expected_decision(rules, flow) for flow in small_flows()}
    assert bool(analysis.denied) == (Access.DENY in outcomes)
    assert bool(analysis.undecided) or None not in outcomes or bool(analysis.denied)
    assert None in outcomes or not analysis.undecided
    assert analysis.complete
    for verdict in analysis.denied:
        assert expected_decision(rules, verdict.example) is Access.DENY
        assert decide(group, verdict.example, SMALL_TAGS) == (Access.DENY, verdict.rule.name)


@settings(max_examples=30, deadline=None)
@given(SMALL_RULES)
def test_decision_agrees_with_the_rules_in_order(rules: list[SecurityRule]) -> None:
    group = make_security_group(*rules)
    for flow in list(small_flows())[::17]:
        assert decide(group, flow, SMALL_TAGS)[0] == expected_decision(rules, flow)


# Size


def make_many_rules(count: int) -> Iterator[SecurityRule]:
    for number in range(count):
        yield make_security_rule(
            f"rule{number}",
            100 + number,
            access="Allow" if number % 3 else "Deny",
            source_prefixes=(f"10.244.{number // 256 % 256}.{number % 256}", f"192.168.1.{number % 256}/32"),
            destination_ports=(f"{number % 60_000 + 1}",),
        )


def judge_many(count: int) -> Analysis:
    return judge_inbound(*make_many_rules(count))


def test_ten_thousand_rules_are_judged() -> None:
    analysis = judge_many(10_000)
    assert analysis.complete
    assert len(analysis.denied) == 3_334


def test_the_work_grows_with_the_rules_and_no_faster() -> None:
    judge_many(4_000)  # texts that are known by now cost less
    assert lines_run(lambda: judge_many(4_000)) < lines_run(lambda: judge_many(400)) * 12
