"""Rules of how many addresses, pod blocks and routes a cluster needs and gets."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from azext_kubenet.core.azure.links import SubnetUsage
from azext_kubenet.core.clusters.request import ClusterRequest, Surge
from azext_kubenet.core.rules.rule import Severity, Status
from azext_kubenet.core.rules.sizing import (
    pod_cidr_serves_every_node,
    route_table_holds_the_peak,
    subnet_has_no_other_users,
    subnet_holds_the_peak,
    subnet_prefix_is_accepted,
    virtual_network_is_within_limits,
)

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_managed_cluster,
    make_pool,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

NO_SURGE = Surge(value=0, percent=False)
FOREIGN = tuple(str(make_id("Microsoft.Network/networkInterfaces", f"vm{number}")) for number in range(4))
CLUSTER_ID = make_id("Microsoft.ContainerService/managedClusters", "mine")


def nodes(count: int, **rest: object) -> ClusterRequest:
    return make_cluster(make_pool(node_count=count, max_surge=NO_SURGE), **rest)


@pytest.mark.parametrize(("prefix", "failed"), [("10.0.0.0/29", False), ("10.0.0.0/30", True), ("10.0.0.0/32", True)])
def test_ip1_the_smallest_subnet_is_a_29(prefix: str, failed: bool) -> None:
    """N:virtual-networks-faq."""
    (finding,) = judge(subnet_prefix_is_accepted, subnet=make_subnet(prefix=prefix))
    assert finding.is_error is failed


def test_ip1_a_subnet_without_ipv4() -> None:
    (finding,) = judge(subnet_prefix_is_accepted, subnet=make_subnet(address_prefixes=()))
    assert finding.message == "Subnet 'nodes' has no IPv4 prefix; kubenet's nodes need IPv4 addresses."


def test_ip1_is_unknown_for_an_unreadable_subnet() -> None:
    (finding,) = judge(subnet_prefix_is_accepted, subnet=make_unreadable())
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("count", "status", "severity"),
    [
        (225, Status.PASSED, Severity.ERROR),
        (226, Status.FAILED, Severity.WARNING),
        (251, Status.FAILED, Severity.WARNING),
        (252, Status.FAILED, Severity.ERROR),
    ],
)
def test_ip2_needs_room_for_the_peak_and_slack(count: int, status: Status, severity: Severity) -> None:
    """D:configure-kubenet: 251 in a /24."""
    (finding,) = judge(subnet_holds_the_peak, cluster=nodes(count), subnet=make_subnet())
    assert (finding.status, finding.severity) == (status, severity)


def test_ip2_counts_load_balancers_and_others() -> None:
    subnet = make_subnet(prefix="10.0.0.0/28", ip_configurations=FOREIGN)
    (finding,) = judge(subnet_holds_the_peak, cluster=nodes(6, internal_load_balancers=2), subnet=subnet)
    assert finding.message == (
        "Subnet 'nodes' (10.0.0.0/28) has 11 usable addresses and needs 12: 6 for nodes at the peak, 2 for "
        "internal load balancers, 4 in use by others; that is 1 too few."
    )
    assert finding.evidence == {
        "requiredAddresses": 8,
        "apiServerAddresses": 0,
        "otherAddresses": 4,
        "usableAddresses": 11,
        "freeAddresses": -1,
        "minimumPrefixLength": 27,
    }


def test_ip2_says_what_is_left_when_it_passes() -> None:
    (finding,) = judge(subnet_holds_the_peak, subnet=make_subnet())
    assert finding.message == (
        "Subnet 'nodes' (192.168.1.0/24) has 251 usable addresses and needs 4 for nodes at the peak, which leaves 247."
    )


def test_ip2_without_ipv4_nothing_fits() -> None:
    (finding,) = judge(subnet_holds_the_peak, subnet=make_subnet(address_prefixes=()))
    assert "(no IPv4 prefix) has 0 usable addresses" in finding.message


def test_ip2_leaves_out_the_nodes_of_the_cluster_itself() -> None:
    group = "MC_rg_mine_westeurope"
    own = str(make_id("Microsoft.Compute/virtualMachineScaleSets", "aks-nodepool1-1-vmss", group=group))
    subnet = make_subnet(prefix="10.0.0.0/28", ip_configurations=(own,) * 9)
    mine = make_managed_cluster("mine", subnet)
    facts = {"subnet": subnet, "managed_clusters": (mine,)}
    (finding,) = judge(subnet_holds_the_peak, cluster=nodes(9, cluster_id=CLUSTER_ID), **facts)
    assert (finding.status, finding.evidence["otherAddresses"]) == (Status.PASSED, 0)


@pytest.mark.parametrize(("private", "own_subnet", "taken"), [(True, False, 1), (True, True, 0), (False, False, 0)])
def test_ip2_a_private_api_server_takes_an_address(private: bool, own_subnet: bool, taken: int) -> None:
    """D:private-clusters; with --apiserver-subnet-id it is elsewhere. A /29 has three."""
    elsewhere = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "apiserver") if own_subnet else None
    cluster = nodes(3, private_cluster=private, api_server_subnet_id=elsewhere)
    (finding,) = judge(subnet_holds_the_peak, cluster=cluster, subnet=make_subnet(prefix="10.0.0.0/29"))
    assert (finding.is_error, finding.evidence["apiServerAddresses"]) == (taken == 1, taken)


@pytest.mark.parametrize(("current", "status"), [(251, Status.FAILED), (247, Status.FAILED), (0, Status.PASSED)])
def test_ip2_counts_whom_azure_counts(current: int, status: Status) -> None:
    """Get-AzVirtualNetworkUsageList: an empty /24 is at 0 of 251, so 251 of 251 is full."""
    usage = SubnetUsage(subnet_id=make_id("Microsoft.Network/virtualNetworks/subnets", "v", "s"), current=current)
    (finding,) = judge(subnet_holds_the_peak, subnet=make_subnet(), subnet_usage=usage)
    assert finding.status is status


def test_ip2_is_unknown_where_azures_count_is() -> None:
    usage = make_unreadable("Microsoft.Network/virtualNetworks/usages/read")
    (finding,) = judge(subnet_holds_the_peak, subnet=make_subnet(), subnet_usage=usage)
    assert finding.status is Status.UNKNOWN
    (finding,) = judge(subnet_holds_the_peak, cluster=nodes(252), subnet=make_subnet(), subnet_usage=usage)
    assert finding.is_error


def test_ip6_a_subnet_alone_passes() -> None:
    (finding,) = judge(subnet_has_no_other_users, subnet=make_subnet())
    assert finding.status is Status.PASSED


def test_ip6_warns_of_others_and_shows_some() -> None:
    subnet = make_subnet(ip_configurations=FOREIGN)
    usage = SubnetUsage(subnet_id=make_id("Microsoft.Network/virtualNetworks/subnets", "v", "s"), current=6)
    (finding,) = judge(subnet_has_no_other_users, subnet=subnet, subnet_usage=usage)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.evidence == {"otherAddresses": 6, "ipConfigurations": FOREIGN[:3], "unlistedAddresses": 2}


def test_ip6_is_unknown_where_usages_are() -> None:
    usage = make_unreadable("Microsoft.Network/virtualNetworks/usages/read")
    subnet = make_subnet(ip_configurations=FOREIGN)
    findings = judge(subnet_has_no_other_users, subnet=subnet, subnet_usage=usage)
    assert [finding.status for finding in findings] == [Status.FAILED, Status.UNKNOWN]
    assert findings[1].evidence == {"missingPermission": "Microsoft.Network/virtualNetworks/usages/read"}


@pytest.mark.parametrize(("prefix", "failed"), [("10.0.0.0/8", False), ("10.0.0.0/7", True)])
def test_ip10_a_network_is_a_8_at_the_largest(prefix: str, failed: bool) -> None:
    """D:concepts-network-ip-address-planning."""
    network = make_virtual_network(prefixes=(prefix,))
    (finding,) = judge(virtual_network_is_within_limits, virtual_network=network)
    assert (finding.status is Status.FAILED) is failed
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("count", "failed"), [(65_532, False), (65_533, True)])
def test_ip10_has_65536_configured_addresses(count: int, failed: bool) -> None:
    """D:concepts-network-ip-address-planning."""
    network = make_virtual_network(make_subnet(ip_configurations=FOREIGN), prefixes=("10.0.0.0/8",))
    (finding,) = judge(virtual_network_is_within_limits, cluster=nodes(count), virtual_network=network)
    assert (finding.status is Status.FAILED) is failed


def test_ip10_is_skipped_without_a_network() -> None:
    (finding,) = judge(virtual_network_is_within_limits)
    assert finding.status is Status.SKIPPED


@pytest.mark.parametrize(
    ("cidr", "count", "failed"),
    [("10.244.0.0/16", 256, False), ("10.244.0.0/16", 257, True), ("10.244.0.0/15", 400, False)],
)
def test_pod1_a_24_a_node(cidr: str, count: int, failed: bool) -> None:
    """D:configure-kubenet; azure-docs#108215."""
    (finding,) = judge(pod_cidr_serves_every_node, cluster=nodes(count, pod_cidr=IPv4Network(cidr)))
    assert finding.is_error is failed


def test_pod1_counts_surge_and_says_what_is_needed() -> None:
    (finding,) = judge(pod_cidr_serves_every_node, cluster=make_cluster(make_pool(node_count=250)))
    assert (
        finding.message
        == "Pod CIDR 10.244.0.0/16 has blocks for 256 nodes; the cluster peaks at 275, which needs a /15."
    )
    assert finding.evidence["minimumPrefixLength"] == 15


@pytest.mark.parametrize(
    ("count", "status", "severity"),
    [
        (319, Status.PASSED, Severity.ERROR),
        (320, Status.FAILED, Severity.WARNING),
        (400, Status.FAILED, Severity.WARNING),
        (401, Status.FAILED, Severity.ERROR),
    ],
)
def test_lim1_400_routes(count: int, status: Status, severity: Severity) -> None:
    """D:configure-kubenet."""
    (finding,) = judge(route_table_holds_the_peak, cluster=nodes(count))
    assert (finding.status, finding.severity) == (status, severity)


@pytest.mark.parametrize(("count", "failed"), [(399, Severity.WARNING), (400, Severity.ERROR)])
def test_lim1_a_default_route_leaves_399(count: int, failed: Severity) -> None:
    """domain/rules.md LIM1."""
    (finding,) = judge(route_table_holds_the_peak, cluster=nodes(count), route_table=make_route_table(make_route()))
    assert finding.severity is failed
    assert finding.evidence == {"nodeRoutes": count, "otherRoutes": 1, "limit": 400}


def test_lim1_counts_both_address_families() -> None:
    cluster = nodes(201, ip_families=("IPv4", "IPv6"))
    (finding,) = judge(route_table_holds_the_peak, cluster=cluster)
    assert finding.message == "The cluster needs 402 routes at its peak: 402 of 400, which is too many."


def test_lim1_leaves_out_the_routes_of_the_cluster_itself() -> None:
    table = make_route_table(make_route("aks-nodepool1-1-vmss000000", "10.244.0.0/24"), make_route())
    facts = {"route_table": table, "managed_clusters": (make_managed_cluster("mine"),)}
    (finding,) = judge(route_table_holds_the_peak, cluster=nodes(3, cluster_id=CLUSTER_ID), **facts)
    assert finding.evidence["otherRoutes"] == 1


def test_lim1_is_unknown_where_the_table_is() -> None:
    (finding,) = judge(route_table_holds_the_peak, route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN
    (finding,) = judge(route_table_holds_the_peak, cluster=nodes(401), route_table=make_unreadable())
    assert finding.is_error
