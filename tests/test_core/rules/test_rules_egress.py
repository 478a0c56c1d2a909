"""EG1 to EG11: outbound types against route table and subnet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Peering, VirtualNetwork
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.rules import egress as family
from azext_kubenet.core.rules.rule import Finding, Rule, Severity, Status

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

UDR = "userDefinedRouting"
TO_INTERNET = make_route(next_hop_type="Internet", next_hop_ip=None)
TO_GATEWAY = make_route(next_hop_type="VirtualNetworkGateway", next_hop_ip=None)


def judge_with(rule: Rule, outbound: str | None = UDR, **facts: Any) -> Finding:
    cluster = make_cluster(outbound_type=outbound, **facts.pop("cluster", {}))
    (finding,) = judge(rule, cluster=cluster, **{"subnet": make_subnet(), **facts})
    return finding


# EG1


def test_eg1_passes_with_a_default_route() -> None:
    finding = judge_with(family.user_defined_routing_has_a_default_route, route_table=make_route_table(make_route()))
    assert finding.status is Status.PASSED


def test_eg1_fails_without_a_table() -> None:
    assert judge_with(family.user_defined_routing_has_a_default_route).is_error


def test_eg1_fails_without_a_default_route() -> None:
    table = make_route_table(make_route("other", "10.0.0.0/8"))
    finding = judge_with(family.user_defined_routing_has_a_default_route, route_table=table)
    assert finding.is_error
    assert finding.resource_id == str(table.id)


GATEWAY = make_subnet("GatewaySubnet", "192.168.255.0/27", ip_configurations=("gateway",))
EMPTY_GATEWAY = make_subnet("GatewaySubnet", "192.168.255.0/27")
ROUTE_SERVER = make_subnet("RouteServerSubnet", "192.168.254.0/26", ip_configurations=("server",))
HUB = Peering(name="hub", remote_address_prefixes=(), use_remote_gateways=True)
SENDERS = {
    "its own gateway": make_virtual_network(GATEWAY),
    "the gateway of a peer or hub": make_virtual_network(peerings=(HUB,)),
    "a route server": make_virtual_network(ROUTE_SERVER),
}
NO_SENDER = {
    "a gateway subnet without a gateway": make_virtual_network(EMPTY_GATEWAY),
    "a peer": make_virtual_network(peerings=(replace(HUB, use_remote_gateways=False),)),
    "a peer that is no longer connected": make_virtual_network(peerings=(replace(HUB, state="Disconnected"),)),
}


@pytest.mark.parametrize("network", SENDERS.values(), ids=SENDERS)
def test_eg1_warns_where_a_default_route_may_come_by_bgp(network: VirtualNetwork) -> None:
    """Azure/AKS#5112."""
    rule = family.user_defined_routing_has_a_default_route
    finding = judge_with(rule, route_table=make_route_table(), virtual_network=network)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    deaf = make_route_table(disable_bgp_route_propagation=True)
    assert judge_with(rule, route_table=deaf, virtual_network=network).is_error


@pytest.mark.parametrize("network", NO_SENDER.values(), ids=NO_SENDER)
def test_eg1_fails_where_nothing_sends_routes(network: VirtualNetwork) -> None:
    rule = family.user_defined_routing_has_a_default_route
    assert judge_with(rule, route_table=make_route_table(), virtual_network=network).is_error


def test_eg1_warns_and_is_unknown_where_the_network_is_unreadable() -> None:
    rule, cluster = family.user_defined_routing_has_a_default_route, make_cluster(outbound_type=UDR)
    facts = {"subnet": make_subnet(), "virtual_network": make_unreadable()}
    first, second = judge(rule, cluster=cluster, route_table=make_route_table(), **facts)
    assert [(each.status, each.severity) for each in (first, second)] == [
        (Status.FAILED, Severity.WARNING),
        (Status.UNKNOWN, Severity.ERROR),
    ]
    (finding,) = judge(rule, cluster=cluster, route_table=make_route_table(disable_bgp_route_propagation=True), **facts)
    assert finding.is_error


def test_eg1_is_unknown_when_the_table_is_unreadable() -> None:
    finding = judge_with(family.user_defined_routing_has_a_default_route, route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_eg1_is_not_applicable_with_another_outbound_type() -> None:
    finding = judge_with(family.user_defined_routing_has_a_default_route, None, route_table=make_unreadable())
    assert finding.status is Status.SKIPPED


# EG2


@pytest.mark.parametrize("route", [make_route(), TO_GATEWAY])
def test_eg2_passes_with_an_appliance_or_a_gateway(route: Route) -> None:
    finding = judge_with(family.default_route_has_a_valid_next_hop, route_table=make_route_table(route))
    assert finding.status is Status.PASSED


@pytest.mark.parametrize("hop", ["Internet", "VnetLocal", "None"])
def test_eg2_fails_with_another_next_hop(hop: str) -> None:
    table = make_route_table(make_route(next_hop_type=hop, next_hop_ip=None))
    finding = judge_with(family.default_route_has_a_valid_next_hop, route_table=table)
    assert finding.is_error
    assert finding.evidence == {"route": "default", "nextHopType": hop}


@pytest.mark.parametrize("table", [None, make_route_table()])
def test_eg2_is_not_applicable_without_a_default_route(table: RouteTable | None) -> None:
    finding = judge_with(family.default_route_has_a_valid_next_hop, route_table=table)
    assert finding.status is Status.SKIPPED


def test_eg2_is_not_applicable_with_another_outbound_type() -> None:
    finding = judge_with(family.default_route_has_a_valid_next_hop, None, route_table=make_route_table(TO_INTERNET))
    assert finding.status is Status.SKIPPED


def test_eg2_is_unknown_when_the_table_is_unreadable() -> None:
    finding = judge_with(family.default_route_has_a_valid_next_hop, route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


# EG3


@pytest.mark.parametrize("network", SENDERS.values(), ids=SENDERS)
def test_eg3_informs_when_bgp_may_bring_a_default_route(network: VirtualNetwork) -> None:
    rule = family.default_route_is_not_hidden_by_bgp
    finding = judge_with(rule, route_table=make_route_table(), virtual_network=network)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.INFO)


@pytest.mark.parametrize("network", [*NO_SENDER.values(), None])
def test_eg3_passes_where_nothing_sends_routes(network: VirtualNetwork | None) -> None:
    rule = family.default_route_is_not_hidden_by_bgp
    assert judge_with(rule, route_table=make_route_table(), virtual_network=network).status is Status.PASSED


def test_eg3_is_unknown_when_the_network_is_unreadable() -> None:
    rule = family.default_route_is_not_hidden_by_bgp
    finding = judge_with(rule, route_table=make_route_table(), virtual_network=make_unreadable())
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize(
    "table", [make_route_table(make_route()), make_route_table(disable_bgp_route_propagation=True)]
)
def test_eg3_passes_when_the_table_decides(table: RouteTable | None) -> None:
    rule, network = family.default_route_is_not_hidden_by_bgp, make_unreadable()
    assert judge_with(rule, route_table=table, virtual_network=network).status is Status.PASSED


def test_eg3_is_skipped_without_a_table() -> None:
    assert judge_with(family.default_route_is_not_hidden_by_bgp).status is Status.SKIPPED


# EG4


HALVES = (make_route("low", "0.0.0.0/1"), make_route("high", "128.0.0.0/1"))
CROSSING = {
    "appliance": ((make_route(),), "the appliance 10.9.9.4"),
    "gateway": ((TO_GATEWAY,), "VirtualNetworkGateway"),
    "halves": (HALVES, "the appliance 10.9.9.4"),
    "halves before the internet": ((TO_INTERNET, *HALVES), "the appliance 10.9.9.4"),
}


@pytest.mark.parametrize("outbound", [None, UDR, "userAssignedNATGateway"])
@pytest.mark.parametrize(("routes", "hop"), CROSSING.values(), ids=CROSSING)
def test_eg4_warns_of_a_default_route_beyond_the_load_balancer(
    routes: tuple[Route, ...], hop: str, outbound: str | None
) -> None:
    """Azure/AKS#3700, #2334."""
    rule = family.public_services_are_answered_symmetrically
    finding = judge_with(rule, outbound, route_table=make_route_table(*routes))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert hop in finding.message
    assert finding.remediation.startswith("Publish") is (outbound == UDR)


@pytest.mark.parametrize(
    "table",
    [
        None,
        make_route_table(),
        make_route_table(TO_INTERNET),
        make_route_table(make_route("partner", "52.0.0.0/8")),
        make_route_table(make_route(), *(replace(each, next_hop_type="Internet") for each in HALVES)),
    ],
)
def test_eg4_passes_without(table: RouteTable | None) -> None:
    rule = family.public_services_are_answered_symmetrically
    assert judge_with(rule, None, route_table=table).status is Status.PASSED


def test_eg4_is_unknown_when_the_table_is_unreadable() -> None:
    finding = judge_with(family.public_services_are_answered_symmetrically, None, route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_eg4_is_not_applicable_in_an_isolated_cluster() -> None:
    assert judge_with(family.public_services_are_answered_symmetrically, "none").status is Status.SKIPPED


# EG5


def test_eg5_fails_for_an_own_subnet() -> None:
    finding = judge_with(family.managed_nat_gateway_has_no_own_subnet, "managedNATGateway")
    assert finding.is_error
    assert finding.message.endswith("but subnet 'nodes' is one of your own.")


def test_eg5_passes_with_another_outbound_type() -> None:
    assert judge_with(family.managed_nat_gateway_has_no_own_subnet).status is Status.PASSED


# EG6


def test_eg6_fails_without_a_nat_gateway() -> None:
    finding = judge_with(family.user_assigned_nat_gateway_is_on_the_subnet, "userAssignedNATGateway")
    assert finding.is_error


def test_eg6_warns_with_one() -> None:
    subnet = make_subnet(nat_gateway_id=make_id("Microsoft.Network/natGateways", "nat"))
    finding = judge_with(family.user_assigned_nat_gateway_is_on_the_subnet, "userAssignedNATGateway", subnet=subnet)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.remediation.startswith("Try egress")


def test_eg6_is_not_applicable_with_another_outbound_type() -> None:
    assert judge_with(family.user_assigned_nat_gateway_is_on_the_subnet).status is Status.SKIPPED


# EG7


@pytest.mark.parametrize("outbound", ["none", "block"])
def test_eg7_fails_for_isolated_clusters(outbound: str) -> None:
    assert judge_with(family.outbound_type_is_not_isolated, outbound).is_error


def test_eg7_passes_otherwise() -> None:
    assert judge_with(family.outbound_type_is_not_isolated).status is Status.PASSED


# EG8

DUAL_STACK = {"ip_families": ("IPv4", "IPv6")}


def test_eg8_warns_without_an_ipv6_default_route() -> None:
    table = make_route_table(make_route(), make_route("tag", "AzureMonitor"))
    finding = judge_with(family.dual_stack_has_an_ipv6_default_route, cluster=DUAL_STACK, route_table=table)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)


def test_eg8_passes_with_one_however_it_is_written() -> None:
    table = make_route_table(make_route("six", "0::/0", hop=""))
    finding = judge_with(family.dual_stack_has_an_ipv6_default_route, cluster=DUAL_STACK, route_table=table)
    assert finding.status is Status.PASSED


def test_eg8_is_not_applicable_on_ipv4_with_another_type_or_without_a_table() -> None:
    rule = family.dual_stack_has_an_ipv6_default_route
    assert judge_with(rule, route_table=make_route_table()).status is Status.SKIPPED
    assert judge_with(rule, None, cluster=DUAL_STACK, route_table=make_route_table()).status is Status.SKIPPED
    assert judge_with(rule, cluster=DUAL_STACK).status is Status.SKIPPED


def test_eg8_is_unknown_when_the_table_is_unreadable() -> None:
    finding = judge_with(family.dual_stack_has_an_ipv6_default_route, cluster=DUAL_STACK, route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


# EG9

PRIVATE = {"private_cluster": True}
CUSTOM_DNS = make_virtual_network(dns_servers=("10.1.0.4", "10.1.0.5"))


def judge_eg9(cluster: dict[str, bool] | None = None, **facts: Any) -> Finding:
    facts = {"route_table": make_route_table(), "virtual_network": CUSTOM_DNS, **facts}
    return judge_with(
        family.private_cluster_uses_azure_dns, None, cluster=PRIVATE if cluster is None else cluster, **facts
    )


def test_eg9_fails_with_custom_dns_and_an_own_table() -> None:
    finding = judge_eg9()
    assert finding.is_error
    assert finding.evidence["dnsServers"] == ("10.1.0.4", "10.1.0.5")


def test_eg9_passes_with_azure_dns_even_when_the_table_is_unreadable() -> None:
    finding = judge_eg9(virtual_network=make_virtual_network(), route_table=make_unreadable())
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    ("servers", "custom"), [(["168.63.129.16"], ()), (["168.63.129.16", "10.1.0.4"], ("10.1.0.4",))]
)
def test_eg9_azures_own_dns_is_not_custom(servers: list[str], custom: tuple[str, ...]) -> None:
    finding = judge_eg9(virtual_network=make_virtual_network(dns_servers=tuple(servers)))
    assert (finding.is_error, finding.evidence.get("dnsServers", ())) == (bool(custom), custom)


def test_eg9_is_not_applicable_to_other_clusters() -> None:
    assert judge_eg9(cluster={}).status is Status.SKIPPED
    assert judge_eg9(route_table=None).status is Status.SKIPPED
    assert judge_eg9(virtual_network=None).status is Status.SKIPPED


def test_eg9_is_unknown_when_network_or_table_is_unreadable() -> None:
    assert judge_eg9(virtual_network=make_unreadable()).status is Status.UNKNOWN
    assert judge_eg9(route_table=make_unreadable()).status is Status.UNKNOWN


# EG10


def test_eg10_informs_without_a_default_route() -> None:
    finding = judge_with(family.own_route_table_has_a_default_route, None, route_table=make_route_table())
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.INFO)


@pytest.mark.parametrize("routes", [(make_route(),), HALVES, (TO_INTERNET,)])
def test_eg10_passes_with_one(routes: tuple[Route, ...]) -> None:
    finding = judge_with(family.own_route_table_has_a_default_route, None, route_table=make_route_table(*routes))
    assert finding.status is Status.PASSED


@pytest.mark.parametrize("outbound", [UDR, "none", "block"])
def test_eg10_is_not_applicable_where_another_rule_decides(outbound: str) -> None:
    finding = judge_with(family.own_route_table_has_a_default_route, outbound, route_table=make_route_table())
    assert finding.status is Status.SKIPPED


# EG11


def to_nowhere(prefix: str = "0.0.0.0/0", name: str = "drop") -> Route:
    return make_route(name, prefix, next_hop_type="None", next_hop_ip=None)


NOWHERE = {
    "a default route": (to_nowhere(),),
    "its halves": (to_nowhere("0.0.0.0/1"), to_nowhere("128.0.0.0/1")),
    "halves that win over an appliance": (make_route(), to_nowhere("0.0.0.0/1"), to_nowhere("128.0.0.0/1")),
    "a default route and a private exception": (to_nowhere(), make_route("home", "10.0.0.0/8")),
    "a service tag that is dropped too": (to_nowhere(), make_route("tag", "AzureCloud", next_hop_type="None")),
}


@pytest.mark.parametrize("outbound", [None, UDR, "userAssignedNATGateway"])
@pytest.mark.parametrize("routes", NOWHERE.values(), ids=NOWHERE)
def test_eg11_fails_where_egress_ends_nowhere(routes: tuple[Route, ...], outbound: str | None) -> None:
    finding = judge_with(family.egress_ends_somewhere, outbound, route_table=make_route_table(*routes))
    assert finding.is_error
    assert "drops everything" in finding.message


PARTLY = {
    "half of it": ((to_nowhere("0.0.0.0/1"),), "drops a large part"),
    "all but a tag": (
        (to_nowhere(), make_route("tag", "AzureCloud", next_hop_type="Internet")),
        "drops all but AzureCloud",
    ),
}


@pytest.mark.parametrize(("routes", "words"), PARTLY.values(), ids=PARTLY)
def test_eg11_warns_where_a_part_has_a_way(routes: tuple[Route, ...], words: str) -> None:
    finding = judge_with(family.egress_ends_somewhere, None, route_table=make_route_table(*routes))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert words in finding.message


SOMEWHERE = {
    "no table": None,
    "no default route": make_route_table(),
    "an appliance": make_route_table(make_route()),
    "halves to an appliance win": make_route_table(to_nowhere(), *HALVES),
    "one host dropped": make_route_table(make_route(), to_nowhere("8.8.8.8/32")),
    "private ranges dropped": make_route_table(to_nowhere("10.0.0.0/8"), to_nowhere("172.16.0.0/12", "more")),
}


@pytest.mark.parametrize("table", SOMEWHERE.values(), ids=SOMEWHERE)
def test_eg11_passes_where_it_ends_somewhere(table: RouteTable | None) -> None:
    assert judge_with(family.egress_ends_somewhere, None, route_table=table).status is Status.PASSED


def test_eg11_is_unknown_when_the_table_is_unreadable() -> None:
    assert judge_with(family.egress_ends_somewhere, route_table=make_unreadable()).status is Status.UNKNOWN


def test_eg11_is_not_applicable_in_an_isolated_cluster() -> None:
    table = make_route_table(to_nowhere())
    assert judge_with(family.egress_ends_somewhere, "none", route_table=table).status is Status.SKIPPED
