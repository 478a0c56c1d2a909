"""Rules of each range by itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

import pytest

from azext_kubenet.core.azure.links import NetworkGateway
from azext_kubenet.core.azure.networks import Peering
from azext_kubenet.core.clusters.request import Surge
from azext_kubenet.core.rules.address_ranges import (
    dns_service_ip_is_in_the_service_cidr,
    ipv6_pod_cidr_leaves_node_blocks,
    ipv6_service_cidr_is_small_enough,
    pod_cidr_is_private,
    ranges_avoid_what_aks_reserves,
    service_cidr_is_small_enough,
    subnet_lies_in_the_virtual_network,
    virtual_network_avoids_what_azure_reserves,
    virtual_network_has_room,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_networks,
    make_pool,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

NO_SURGE = Surge(value=0, percent=False)


def planned(prefix: str = "192.168.1.0/24") -> Any:
    return make_subnet("myAKSSubnet", prefix, id=None)


def ip9(count: int, *prefixes: str, **facts: Any) -> Finding:
    cluster = make_cluster(make_pool(node_count=count, max_surge=NO_SURGE), internal_load_balancers=1)
    network = make_virtual_network(*facts.pop("subnets", ()), prefixes=prefixes)
    (finding,) = judge(virtual_network_has_room, cluster=cluster, virtual_network=network, **facts)
    return finding


def test_ip8_a_planned_subnet_in_its_network() -> None:
    subnet = planned()
    network = make_virtual_network(make_subnet(prefix="192.168.0.0/24"), subnet)
    (finding,) = judge(subnet_lies_in_the_virtual_network, subnet=subnet, virtual_network=network)
    assert finding.status is Status.PASSED


def test_ip8_outside_the_network() -> None:
    network = make_virtual_network(prefixes=("10.1.0.0/24", "10.1.1.0/24"))
    (finding,) = judge(subnet_lies_in_the_virtual_network, subnet=planned("10.1.0.0/23"), virtual_network=network)
    assert finding.message == (
        "Subnet prefix 10.1.0.0/23 is not inside an address prefix of virtual network 'vnet' "
        "(10.1.0.0/24, 10.1.1.0/24)."
    )
    assert finding.is_error


def test_ip8_names_every_subnet_it_overlaps() -> None:
    others = (
        make_subnet("a", "192.168.1.0/26"),
        make_subnet("b", "192.168.0.0/23"),
        make_subnet("c", "192.168.2.0/24"),
    )
    findings = judge(
        subnet_lies_in_the_virtual_network, subnet=planned(), virtual_network=make_virtual_network(*others)
    )
    assert [finding.message for finding in findings] == [
        "Subnet prefix 192.168.1.0/24 overlaps 192.168.1.0/26 of subnet 'a'.",
        "Subnet prefix 192.168.1.0/24 overlaps 192.168.0.0/23 of subnet 'b'.",
    ]


@pytest.mark.parametrize(
    ("subnet", "network", "status"),
    [
        (make_subnet(), make_unreadable(), Status.SKIPPED),
        (planned(), None, Status.SKIPPED),
        (planned(), make_unreadable(), Status.UNKNOWN),
    ],
)
def test_ip8_judges_planned_subnets_in_known_networks(subnet: Any, network: Any, status: Status) -> None:
    (finding,) = judge(subnet_lies_in_the_virtual_network, subnet=subnet, virtual_network=network)
    assert finding.status is status


def test_ip9_names_the_largest_free_block_and_what_would_fit() -> None:
    used = (make_subnet(prefix="10.1.0.0/25"),)
    finding = ip9(251, "10.1.0.0/24", subnets=used)
    assert finding.message == (
        "Virtual network 'vnet' has no free /23, which the 252 addresses of the cluster need: "
        "the largest free block is 10.1.0.128/25, which holds 122 nodes, surge included. "
        "Taken by subnet 'nodes' 10.1.0.0/25."
    )
    assert finding.evidence == {
        "requiredAddresses": 252,
        "requiredPrefixLength": 23,
        "largestFreeBlock": "10.1.0.128/25",
        "usableAddresses": 123,
        "maxNodes": 122,
        "takenBy": ("subnet 'nodes' 10.1.0.0/25",),
    }


def test_ip9_names_what_takes_the_room_and_counts_the_rest() -> None:
    subnets = tuple(make_subnet(f"s{n}", f"172.31.{n}.0/24") for n in range(3))
    pinned = {"service_cidr": IPv4Network("172.31.3.0/24"), "pod_cidr": IPv4Network("10.244.0.0/16")}
    cluster, network = make_cluster(**pinned), make_virtual_network(*subnets, prefixes=("172.31.0.0/22",))
    (finding,) = judge(virtual_network_has_room, cluster=cluster, virtual_network=network)
    taken = "Taken by subnet 's0' 172.31.0.0/24, subnet 's1' 172.31.1.0/24, subnet 's2' 172.31.2.0/24 and 2 more."
    assert finding.message.endswith(taken)
    cluster = make_cluster(service_cidr=pinned["pod_cidr"], pod_cidr=IPv4Network("10.1.0.0/24"))
    (finding,) = judge(
        virtual_network_has_room, cluster=cluster, virtual_network=make_virtual_network(prefixes=("10.1.0.0/24",))
    )
    assert finding.evidence["takenBy"] == ("the pod CIDR 10.1.0.0/24",)


def test_ip9_what_lies_elsewhere_takes_no_room() -> None:
    peer = Peering(name="given", remote_address_prefixes=make_networks("10.0.0.0/8"))
    cluster = make_cluster(on_premises_ranges=make_networks("10.0.0.0/8"))
    network = make_virtual_network(prefixes=("10.20.0.0/16",), peerings=(peer,))
    (finding,) = judge(virtual_network_has_room, cluster=cluster, virtual_network=network)
    assert finding.status is Status.PASSED


def test_ip9_where_nothing_is_free() -> None:
    finding = ip9(3, "10.1.0.0/24", subnets=(make_subnet(prefix="10.1.0.0/24"),))
    assert finding.message.endswith("need: nothing in it is free. Taken by subnet 'nodes' 10.1.0.0/24.")
    assert finding.evidence["largestFreeBlock"] is None


def test_ip9_where_there_is_no_address_space() -> None:
    assert ip9(3).message.endswith("need: it has no IPv4 address prefix.")


def test_ip9_where_no_network_is_large_enough() -> None:
    finding = ip9(2**33, "10.0.0.0/8")
    assert "has no free block that large" in finding.message
    assert finding.evidence["requiredPrefixLength"] is None


def test_ip9_passes_with_room() -> None:
    assert ip9(250, "10.1.0.0/24").message == "Virtual network 'vnet' has a free /24."


def test_ip9_counts_the_planned_subnet_as_room() -> None:
    subnet = planned("10.1.0.0/24")
    assert ip9(250, "10.1.0.0/24", subnets=(subnet,), subnet=subnet).status is Status.PASSED


@pytest.mark.parametrize("subnet", [planned("10.1.0.0/29"), make_subnet(), make_unreadable()])
def test_ip9_leaves_a_given_subnet_to_the_others(subnet: Any) -> None:
    assert ip9(250, "10.1.0.0/29", subnet=subnet).status is Status.SKIPPED


@pytest.mark.parametrize(
    ("cidr", "status"),
    [
        ("fd00::/64", Status.PASSED),
        ("fd00::/105", Status.PASSED),
        ("fd00::/106", Status.FAILED),
        ("fd00::/113", Status.FAILED),
    ],
)
def test_pod2_node_blocks_are_16_bits_longer(cidr: str, status: Status) -> None:
    """Azure/AKS#5120: /80 of a /64."""
    cluster = make_cluster(ipv6_pod_cidrs=(IPv6Network(cidr),))
    (_, finding) = judge(ipv6_pod_cidr_leaves_node_blocks, cluster=cluster)
    assert (finding.status, finding.severity) == (status, Severity.WARNING)


@pytest.mark.parametrize("families", [("IPv4", "IPv6"), ("IPv6",)])
def test_pod2_warns_of_dual_stack_without_a_range(families: tuple[str, ...]) -> None:
    (finding,) = judge(ipv6_pod_cidr_leaves_node_blocks, cluster=make_cluster(ip_families=families))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.message.startswith("Dual stack on kubenet can be created, but AKS no longer documents it")


def test_pod2_says_the_block() -> None:
    (_, finding) = judge(
        ipv6_pod_cidr_leaves_node_blocks, cluster=make_cluster(ipv6_pod_cidrs=(IPv6Network("fd00::/64"),))
    )
    assert finding.message == "IPv6 pod CIDR fd00::/64 gives every node a /80."


def test_pod2_is_skipped_without_ipv6() -> None:
    assert judge(ipv6_pod_cidr_leaves_node_blocks)[0].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("cidr", "status", "severity"),
    [
        ("10.0.0.0/13", Status.PASSED, Severity.ERROR),
        ("10.0.0.0/12", Status.FAILED, Severity.WARNING),
        ("10.0.0.0/11", Status.FAILED, Severity.ERROR),
    ],
)
def test_svc1_smaller_than_a_12(cidr: str, status: Status, severity: Severity) -> None:
    """D:concepts-network-ip-address-planning."""
    (finding,) = judge(service_cidr_is_small_enough, cluster=make_cluster(service_cidr=IPv4Network(cidr)))
    assert (finding.status, finding.severity) == (status, severity)


@pytest.mark.parametrize(("cidr", "failed"), [("fd00::/108", False), ("fd00::/107", True)])
def test_svc2_no_larger_than_a_108(cidr: str, failed: bool) -> None:
    """D:configure-dual-stack."""
    cluster = make_cluster(ipv6_service_cidrs=(IPv6Network(cidr),))
    assert judge(ipv6_service_cidr_is_small_enough, cluster=cluster)[0].is_error is failed


def test_svc2_is_skipped_without_ipv6() -> None:
    assert judge(ipv6_service_cidr_is_small_enough)[0].status is Status.SKIPPED


@pytest.mark.parametrize(
    ("address", "status", "severity"),
    [
        ("10.0.0.10", Status.PASSED, Severity.ERROR),
        ("10.0.0.11", Status.FAILED, Severity.WARNING),
        ("10.0.0.1", Status.FAILED, Severity.ERROR),
        ("10.0.0.0", Status.FAILED, Severity.ERROR),
        ("10.1.0.10", Status.FAILED, Severity.ERROR),
    ],
)
def test_svc3_the_tenth_address(address: str, status: Status, severity: Severity) -> None:
    """S:error-code-dnsserviceIpoutofservicecidr."""
    cluster = make_cluster(dns_service_ip=IPv4Address(address))
    (finding,) = judge(dns_service_ip_is_in_the_service_cidr, cluster=cluster)
    assert (finding.status, finding.severity) == (status, severity)


def test_svc3_names_the_address_and_the_range() -> None:
    cluster = make_cluster(dns_service_ip=IPv4Address("10.0.0.11"))
    (finding,) = judge(dns_service_ip_is_in_the_service_cidr, cluster=cluster)
    assert finding.message == "DNS service address 10.0.0.11 for service CIDR 10.0.0.0/16 is not its tenth, 10.0.0.10."


def test_res1_any_overlap_counts() -> None:
    """D:concepts-network-cni-overview: 172.16.0.0/12 is invalid."""
    cluster = make_cluster(pod_cidr=IPv4Network("172.16.0.0/12"), service_cidr=IPv4Network("192.0.2.128/25"))
    network = make_virtual_network(prefixes=("169.254.1.0/24",))
    findings = judge(ranges_avoid_what_aks_reserves, cluster=cluster, virtual_network=network)
    assert [finding.message for finding in findings] == [
        "Pod CIDR 172.16.0.0/12 overlaps 172.30.0.0/16, which AKS reserves.",
        "Pod CIDR 172.16.0.0/12 overlaps 172.31.0.0/16, which AKS reserves.",
        "Service CIDR 192.0.2.128/25 overlaps 192.0.2.0/24, which AKS reserves.",
        "Prefix of virtual network 'vnet' 169.254.1.0/24 overlaps 169.254.0.0/16, which AKS reserves.",
    ]
    assert findings[3].resource_id == str(network.id)


def test_res1_without_a_network_judges_pods_and_services() -> None:
    assert judge(ranges_avoid_what_aks_reserves)[0].status is Status.PASSED
    assert judge(ranges_avoid_what_aks_reserves, virtual_network=make_unreadable())[0].status is Status.UNKNOWN


REMOTE = {
    "given": {"cluster": make_cluster(on_premises_ranges=make_networks("172.16.0.0/12"))},
    "peer": {
        "virtual_network": make_virtual_network(
            peerings=(Peering(name="hub", remote_address_prefixes=make_networks("172.30.4.0/24", "172.31.0.0/16")),)
        )
    },
    "gateway": {
        "gateways": (
            NetworkGateway(
                id=make_id("Microsoft.Network/localNetworkGateways", "office"),
                address_prefixes=make_networks("172.30.0.0/15"),
            ),
        )
    },
    "route": {
        "route_table": make_route_table(make_route("hq", "172.30.0.0/15", next_hop_type="VirtualNetworkGateway"))
    },
}


@pytest.mark.parametrize("facts", REMOTE.values(), ids=REMOTE)
def test_res1_warns_of_remote_ranges_that_aks_uses(facts: dict[str, Any]) -> None:
    """azure-docs#80401."""
    findings = judge(ranges_avoid_what_aks_reserves, **facts)
    assert [(each.status, each.severity) for each in findings] == [(Status.FAILED, Severity.WARNING)] * 2
    assert [each.evidence["overlaps"] for each in findings] == ["172.30.0.0/16", "172.31.0.0/16"]


def test_res1_lets_other_remote_ranges_pass() -> None:
    cluster = make_cluster(on_premises_ranges=make_networks("10.0.0.0/8", "172.16.0.0/13", "169.254.0.0/16"))
    (finding,) = judge(ranges_avoid_what_aks_reserves, cluster=cluster)
    assert finding.status is Status.PASSED


def test_res1_what_only_warnings_depend_on_is_unknown_as_a_warning() -> None:
    findings = judge(ranges_avoid_what_aks_reserves, gateways=make_unreadable(), route_table=make_unreadable())
    assert [(each.status, each.severity) for each in findings] == [(Status.UNKNOWN, Severity.WARNING)] * 2


@pytest.mark.parametrize("prefix", ["224.0.0.0/8", "127.0.0.0/16", "168.63.129.0/24", "240.0.0.0/4"])
def test_res2_what_azure_reserves(prefix: str) -> None:
    """N:virtual-networks-faq."""
    (finding,) = judge(
        virtual_network_avoids_what_azure_reserves, virtual_network=make_virtual_network(prefixes=(prefix,))
    )
    assert finding.is_error


def test_res2_private_networks_pass() -> None:
    (finding,) = judge(virtual_network_avoids_what_azure_reserves, virtual_network=make_virtual_network())
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    ("cidr", "failed"),
    [("10.244.0.0/16", False), ("100.64.0.0/16", False), ("20.0.0.0/16", True), ("10.0.0.0/7", True)],
)
def test_res3_private_address_space(cidr: str, failed: bool) -> None:
    (finding,) = judge(pod_cidr_is_private, cluster=make_cluster(pod_cidr=IPv4Network(cidr, strict=False)))
    assert (finding.status is Status.FAILED) is failed
    assert finding.severity is Severity.WARNING
