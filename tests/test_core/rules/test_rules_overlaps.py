"""Rules of ranges against each other; every message names both ranges and where each comes from."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from azext_kubenet.core.azure.links import NetworkGateway
from azext_kubenet.core.azure.networks import Peering, Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.rules.overlaps import (
    on_premises_ranges_are_known,
    pod_and_service_cidr_lie_apart,
    pod_cidr_is_no_other_clusters,
    pod_cidr_is_outside_the_virtual_network,
    ranges_are_outside_on_premises_networks,
    ranges_are_outside_peered_networks,
    service_cidr_is_outside_the_virtual_network,
    service_cidr_overlaps_no_subnet,
)
from azext_kubenet.core.rules.rule import Severity, Status

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_managed_cluster,
    make_networks,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

TEN = make_virtual_network(make_subnet(prefix="10.0.1.0/24"), prefixes=("10.0.0.0/8",))
TABLE = make_id("Microsoft.Network/routeTables", "routes")
UNREADABLE = make_unreadable("Microsoft.Network/virtualNetworks/read")


def peered(*prefixes: str) -> Any:
    peering = Peering(name="hub", remote_address_prefixes=make_networks(*prefixes))
    return make_virtual_network(peerings=(peering,))


def gateway(*prefixes: str) -> NetworkGateway:
    gateway_id = make_id("Microsoft.Network/localNetworkGateways", "office")
    return NetworkGateway(id=gateway_id, address_prefixes=make_networks(*prefixes))


def test_ovl1_names_both_ranges_and_their_origins() -> None:
    (finding,) = judge(pod_cidr_is_outside_the_virtual_network, virtual_network=TEN)
    assert finding.message == (
        "Pod CIDR 10.244.0.0/16 (Azure's default) overlaps address prefix 10.0.0.0/8 (virtual network 'vnet')."
    )
    assert finding.evidence == {
        "addressPrefix": "10.244.0.0/16",
        "origin": "Azure's default",
        "overlaps": "10.0.0.0/8",
        "overlapsOrigin": "virtual network 'vnet'",
    }
    assert finding.resource_id == str(TEN.id)


def test_ovl1_passes_outside() -> None:
    assert (
        judge(pod_cidr_is_outside_the_virtual_network, virtual_network=make_virtual_network())[0].status
        is Status.PASSED
    )


@pytest.mark.parametrize(
    ("network", "subnet", "statuses"),
    [
        (UNREADABLE, make_subnet(prefix="10.244.1.0/24"), [Status.FAILED, Status.UNKNOWN]),
        (UNREADABLE, make_subnet(), [Status.UNKNOWN]),
        (UNREADABLE, UNREADABLE, [Status.UNKNOWN]),
        (None, make_subnet(prefix="10.244.1.0/24"), [Status.FAILED]),
        (None, None, [Status.SKIPPED]),
    ],
)
def test_ovl1_judges_the_subnet_where_the_network_is_not_known(
    network: Any, subnet: Any, statuses: list[Status]
) -> None:
    findings = judge(pod_cidr_is_outside_the_virtual_network, virtual_network=network, subnet=subnet)
    assert [finding.status for finding in findings] == statuses


def test_ovl2_names_the_subnet() -> None:
    (finding,) = judge(service_cidr_overlaps_no_subnet, virtual_network=TEN)
    assert finding.is_error
    assert finding.message == (
        "Service CIDR 10.0.0.0/16 (Azure's default) overlaps prefix 10.0.1.0/24 (subnet 'nodes')."
    )
    assert finding.resource_id == str(TEN.subnets[0].id)


@pytest.mark.parametrize(
    ("network", "subnet", "statuses"),
    [
        (UNREADABLE, make_subnet(prefix="10.0.1.0/24"), [Status.FAILED, Status.UNKNOWN]),
        (UNREADABLE, UNREADABLE, [Status.UNKNOWN]),
        (None, make_subnet(), [Status.PASSED]),
        (None, None, [Status.SKIPPED]),
    ],
)
def test_ovl2_judges_the_subnet_where_the_network_is_not_known(
    network: Any, subnet: Any, statuses: list[Status]
) -> None:
    findings = judge(service_cidr_overlaps_no_subnet, virtual_network=network, subnet=subnet)
    assert [finding.status for finding in findings] == statuses


def test_ovl3_warns_where_no_subnet_is_yet() -> None:
    network = make_virtual_network(make_subnet(prefix="10.1.0.0/24"), prefixes=("10.0.0.0/8",))
    (finding,) = judge(service_cidr_is_outside_the_virtual_network, virtual_network=network)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)


def test_ovl3_leaves_an_overlap_with_a_subnet_to_ovl2() -> None:
    assert judge(service_cidr_is_outside_the_virtual_network, virtual_network=TEN)[0].status is Status.SKIPPED


def test_ovl3_passes_outside_and_is_unknown_without_the_network() -> None:
    rule = service_cidr_is_outside_the_virtual_network
    assert judge(rule, virtual_network=make_virtual_network())[0].status is Status.PASSED
    assert judge(rule, virtual_network=UNREADABLE)[0].status is Status.UNKNOWN


def test_ovl4_pods_and_services() -> None:
    cluster = make_cluster(pod_cidr=IPv4Network("10.0.0.0/12"))
    (finding,) = judge(pod_and_service_cidr_lie_apart, cluster=cluster)
    assert finding.message == ("Pod CIDR 10.0.0.0/12 (given) overlaps service CIDR 10.0.0.0/16 (Azure's default).")
    assert judge(pod_and_service_cidr_lie_apart)[0].status is Status.PASSED


def test_ovl5_services_fail_and_pods_warn() -> None:
    """Azure/AKS#1175."""
    findings = judge(ranges_are_outside_peered_networks, virtual_network=peered("10.0.0.0/8", "20.0.0.0/8"))
    assert [(finding.severity, finding.message) for finding in findings] == [
        (
            Severity.ERROR,
            "Service CIDR 10.0.0.0/16 (Azure's default) overlaps peered range 10.0.0.0/8 (peering 'hub').",
        ),
        (
            Severity.WARNING,
            "Pod CIDR 10.244.0.0/16 (Azure's default) overlaps peered range 10.0.0.0/8 (peering 'hub').",
        ),
    ]


def test_ovl5_passes_apart_and_is_skipped_without_peers() -> None:
    rule = ranges_are_outside_peered_networks
    assert judge(rule, virtual_network=peered("20.0.0.0/8"))[0].status is Status.PASSED
    assert judge(rule, virtual_network=make_virtual_network())[0].status is Status.SKIPPED
    assert judge(rule, virtual_network=UNREADABLE)[0].status is Status.UNKNOWN


def test_ovl6_network_pods_and_services_against_given_ranges() -> None:
    cluster = make_cluster(on_premises_ranges=make_networks("10.0.0.0/8", "192.168.4.0/24", "192.0.0.0/8"))
    findings = judge(ranges_are_outside_on_premises_networks, cluster=cluster, virtual_network=make_virtual_network())
    assert [finding.message for finding in findings] == [
        "Address prefix 192.168.0.0/16 (virtual network 'vnet') overlaps on-premises range 192.0.0.0/8 (given).",
        "Address prefix 192.168.0.0/16 (virtual network 'vnet') overlaps on-premises range 192.168.4.0/24 (given).",
        "Pod CIDR 10.244.0.0/16 (Azure's default) overlaps on-premises range 10.0.0.0/8 (given).",
        "Service CIDR 10.0.0.0/16 (Azure's default) overlaps on-premises range 10.0.0.0/8 (given).",
    ]
    assert {finding.severity for finding in findings} == {Severity.WARNING}


def test_ovl6_gateways_and_routes_to_them() -> None:
    table = make_route_table(
        make_route("office", "10.0.0.0/12", next_hop_type="VirtualNetworkGateway"),
        make_route("tag", "Storage", next_hop_type="VirtualNetworkGateway"),
        make_route("default", next_hop_type="VirtualNetworkGateway"),
    )
    findings = judge(ranges_are_outside_on_premises_networks, route_table=table, gateways=(gateway("10.244.0.0/24"),))
    assert [finding.message for finding in findings] == [
        "Pod CIDR 10.244.0.0/16 (Azure's default) overlaps on-premises range 10.244.0.0/24 (gateway 'office').",
        "Service CIDR 10.0.0.0/16 (Azure's default) overlaps destination 10.0.0.0/12 (route 'office').",
    ]
    assert findings[0].resource_id == str(gateway().id)


def test_ovl6_routes_to_appliances_concern_pods_and_services_only() -> None:
    table = make_route_table(
        make_route("inside", "192.168.0.0/16"),
        make_route("aks-nodepool1-1-vmss000000", "10.244.0.0/24"),
        make_route("firewall", "10.0.0.0/16"),
    )
    findings = judge(ranges_are_outside_on_premises_networks, route_table=table, virtual_network=make_virtual_network())
    assert [finding.evidence["overlapsOrigin"] for finding in findings] == ["route 'firewall'"]


def test_ovl6_passes_apart_and_is_skipped_where_nothing_is_known() -> None:
    rule = ranges_are_outside_on_premises_networks
    apart = make_cluster(on_premises_ranges=make_networks("20.0.0.0/8"))
    assert judge(rule, cluster=apart)[0].status is Status.PASSED
    assert judge(rule)[0].status is Status.SKIPPED


def test_ovl6_is_unknown_for_each_fact_that_is() -> None:
    findings = judge(
        ranges_are_outside_on_premises_networks,
        virtual_network=UNREADABLE,
        route_table=make_unreadable(),
        gateways=make_unreadable(),
    )
    assert [finding.status for finding in findings] == [Status.UNKNOWN] * 3


def ovl7(subnet: Subnet | None, **facts: Any) -> list[tuple[Status, Severity]]:
    findings = judge(pod_cidr_is_no_other_clusters, subnet=subnet, **facts)
    return [(finding.status, finding.severity) for finding in findings]


def test_ovl7_another_clusters_pods_are_information() -> None:
    others = (make_managed_cluster("other", make_subnet("elsewhere")),)
    assert ovl7(make_subnet(), managed_clusters=others) == [(Status.FAILED, Severity.INFO)]


def test_ovl7_on_one_route_table_they_are_an_error() -> None:
    """CPA and K8S: each deletes the other's routes."""
    elsewhere = make_subnet("elsewhere")
    table = make_route_table(subnets=(elsewhere.id,))
    others = (make_managed_cluster("other", elsewhere),)
    (finding,) = judge(pod_cidr_is_no_other_clusters, subnet=make_subnet(), route_table=table, managed_clusters=others)
    assert finding.is_error
    assert finding.message == (
        "Pod CIDR 10.244.0.0/16 (Azure's default) overlaps pod CIDR 10.244.0.0/16 (cluster 'other')."
    )
    assert finding.resource_id == str(others[0].id)


def test_ovl7_on_one_subnet_they_are_an_error() -> None:
    subnet = make_subnet()
    others = (make_managed_cluster("other", subnet),)
    assert ovl7(subnet, managed_clusters=others) == [(Status.FAILED, Severity.ERROR)]


@pytest.mark.parametrize(
    ("other_table", "outcomes"),
    [
        (TABLE, [(Status.FAILED, Severity.ERROR)]),
        (None, [(Status.FAILED, Severity.INFO), (Status.UNKNOWN, Severity.ERROR)]),
    ],
)
def test_ovl7_virtual_network_tells_the_subnets_of_a_table_that_may_not_be_read(
    other_table: ResourceId | None, outcomes: list[tuple[Status, Severity]]
) -> None:
    subnet, elsewhere = make_subnet(route_table_id=TABLE), make_subnet("elsewhere", route_table_id=other_table)
    facts = {
        "managed_clusters": (make_managed_cluster("other", elsewhere),),
        "virtual_network": make_virtual_network(subnet, elsewhere),
        "route_table": make_unreadable(),
    }
    assert ovl7(subnet, **facts) == outcomes


def test_ovl7_subnets_without_a_table_share_none() -> None:
    subnet, elsewhere = make_subnet(), make_subnet("elsewhere")
    facts = {
        "managed_clusters": (make_managed_cluster("other", elsewhere),),
        "virtual_network": make_virtual_network(subnet, elsewhere),
    }
    assert ovl7(subnet, **facts) == [(Status.FAILED, Severity.INFO)]


def test_ovl7_other_plugins_ranges_and_the_cluster_itself_are_no_matter() -> None:
    cluster = make_cluster(cluster_id=make_id("Microsoft.ContainerService/managedClusters", "mine"))
    others = (
        make_managed_cluster("mine"),
        make_managed_cluster("overlay", network_plugin="azure"),
        make_managed_cluster("apart", pod_cidrs=make_networks("10.99.0.0/16")),
    )
    assert ovl7(None, cluster=cluster, managed_clusters=others) == [(Status.PASSED, Severity.ERROR)]


def test_ovl7_is_partly_unknown_where_the_table_is() -> None:
    others = (make_managed_cluster("other", make_subnet("elsewhere")),)
    assert ovl7(make_subnet(), managed_clusters=others, route_table=make_unreadable()) == [
        (Status.FAILED, Severity.INFO),
        (Status.UNKNOWN, Severity.ERROR),
    ]


@pytest.mark.parametrize(("table", "severity"), [(None, Severity.INFO), (make_route_table(), Severity.ERROR)])
def test_ovl7_is_unknown_where_clusters_are(table: Any, severity: Severity) -> None:
    facts = {"managed_clusters": make_unreadable(), "route_table": table}
    assert ovl7(make_subnet(), **facts) == [(Status.UNKNOWN, severity)]


def test_ovl7_is_skipped_where_nobody_asked_for_clusters() -> None:
    assert ovl7(make_subnet()) == [(Status.SKIPPED, Severity.ERROR)]


def a_gateway_in_use(**rest: Any) -> VirtualNetwork:
    return make_virtual_network(
        make_subnet("GatewaySubnet", "192.168.255.0/27", ip_configurations=("gateway",)), **rest
    )


VIA_GATEWAY = {
    "its own": (a_gateway_in_use(), "the gateway in its subnet 'GatewaySubnet'"),
    "a peer's": (
        make_virtual_network(peerings=(Peering(name="hub", remote_address_prefixes=(), use_remote_gateways=True),)),
        "the gateway of its peering 'hub'",
    ),
}


@pytest.mark.parametrize(("network", "words"), VIA_GATEWAY.values(), ids=VIA_GATEWAY)
def test_ovl8_informs_where_nothing_is_known_of_on_premises(network: VirtualNetwork, words: str) -> None:
    """viya4-iac-azure#259."""
    (finding,) = judge(on_premises_ranges_are_known, virtual_network=network)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.INFO)
    assert words in finding.message
    assert "--on-premises-ranges" in finding.remediation


KNOWN = {
    "given": {"cluster": make_cluster(on_premises_ranges=make_networks("10.0.0.0/8"))},
    "local gateway": {"gateways": (gateway("10.0.0.0/8"),)},
    "route": {"route_table": make_route_table(make_route("hq", "10.0.0.0/8", next_hop_type="VirtualNetworkGateway"))},
}


@pytest.mark.parametrize("facts", KNOWN.values(), ids=KNOWN)
def test_ovl8_passes_where_a_range_is_known(facts: dict[str, Any]) -> None:
    (finding,) = judge(on_premises_ranges_are_known, virtual_network=a_gateway_in_use(), **facts)
    assert finding.status is Status.PASSED


def test_ovl8_does_not_take_a_default_route_for_a_range() -> None:
    table = make_route_table(make_route(next_hop_type="VirtualNetworkGateway"))
    (finding,) = judge(on_premises_ranges_are_known, virtual_network=a_gateway_in_use(), route_table=table)
    assert finding.status is Status.FAILED


@pytest.mark.parametrize(
    "network", [make_virtual_network(), make_virtual_network(make_subnet("GatewaySubnet", "192.168.255.0/27"))]
)
def test_ovl8_is_skipped_without_a_gateway(network: VirtualNetwork) -> None:
    (finding,) = judge(on_premises_ranges_are_known, virtual_network=network)
    assert finding.status is Status.SKIPPED


def test_ovl8_is_unknown_where_the_network_is() -> None:
    (finding,) = judge(on_premises_ranges_are_known, virtual_network=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_ovl5_warns_of_a_planned_subnet_in_a_given_peers_range() -> None:
    planned = make_subnet("planned", "192.168.4.0/24", id=None)
    peer = Peering(name="given", remote_address_prefixes=make_networks("192.168.0.0/16"))
    network = make_virtual_network(make_subnet(), planned, peerings=(peer,))
    (finding,) = judge(ranges_are_outside_peered_networks, virtual_network=network, subnet=planned)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    (finding,) = judge(ranges_are_outside_peered_networks, virtual_network=network, subnet=make_subnet())
    assert finding.status is Status.PASSED
