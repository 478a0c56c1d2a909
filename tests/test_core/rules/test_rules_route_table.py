"""RT1 to RT7: the route table, and what the cluster's route controller does to it."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules import route_table as family
from azext_kubenet.core.rules.rule import Finding, Severity, Status

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

TABLE_ID = make_id("Microsoft.Network/routeTables", "routes")
OTHER_TABLE_ID = make_id("Microsoft.Network/routeTables", "others")
CLUSTER_ID = make_id("Microsoft.ContainerService/managedClusters", "mine")
IDENTITY_ID = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "mine", group="identities")
IN_GROUP = f"--subscription {CLUSTER_ID.subscription_id} --resource-group rg"


def routed(name: str = "nodes", **rest: Any) -> Subnet:
    return make_subnet(name, route_table_id=TABLE_ID, **rest)


def node_route(number: int = 0, destination: str = "10.244.0.0/24", hop: str = "192.168.1.4", **rest: Any) -> Route:
    return make_route(f"aks-nodepool1-12345678-vmss{number:06}", destination, hop, **rest)


# RT1


def test_rt1_passes_with_a_route_table() -> None:
    (finding,) = judge(family.subnet_carries_a_route_table, subnet=routed(), route_table=make_route_table())
    assert finding.status is Status.PASSED


def test_rt1_passes_when_the_table_is_there_but_unreadable() -> None:
    (finding,) = judge(family.subnet_carries_a_route_table, subnet=routed(), route_table=make_unreadable())
    assert finding.status is Status.PASSED


def test_rt1_warns_without_one() -> None:
    (finding,) = judge(family.subnet_carries_a_route_table, subnet=make_subnet())
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.commands == (
        f"az aks kubenet prepare {IN_GROUP} --cluster-name myAKSCluster --vnet-subnet-id {make_subnet().id}",
    )


def test_rt1_names_the_cluster_in_its_command() -> None:
    (finding,) = judge(
        family.subnet_carries_a_route_table, subnet=make_subnet(), cluster=make_cluster(cluster_id=CLUSTER_ID)
    )
    assert finding.commands[0].startswith(f"az aks kubenet prepare {IN_GROUP} --cluster-name mine ")


def test_rt1_carries_the_identity_that_was_given() -> None:
    wanted = make_cluster(cluster_id=CLUSTER_ID, identity_id=IDENTITY_ID)
    (finding,) = judge(family.subnet_carries_a_route_table, subnet=make_subnet(), cluster=wanted)
    assert finding.commands[0].endswith(f" --identity {IDENTITY_ID}")


def test_rt1_has_no_command_for_a_planned_subnet() -> None:
    (finding,) = judge(family.subnet_carries_a_route_table, subnet=make_subnet(id=None))
    assert finding.commands == ()


# RT2


def judge_rt2(subnet: Subnet, *further: Subnet) -> tuple[Finding, ...]:
    return judge(family.node_pools_share_a_route_table, subnet=subnet, further_subnets=further)


def test_rt2_passes_with_one_table() -> None:
    (finding,) = judge_rt2(routed(), routed("second"), make_subnet("third"))
    assert finding.status is Status.PASSED


def test_rt2_fails_with_another_table() -> None:
    second = make_subnet("second", route_table_id=OTHER_TABLE_ID)
    (finding,) = judge_rt2(routed(), second)
    assert finding.is_error
    assert finding.commands == (), "its own table goes from the subnet"
    assert finding.destructive_commands == (
        f"az network vnet subnet update --ids {second.id} --route-table {TABLE_ID}",
    )


def test_rt2_fails_when_only_a_further_subnet_has_one() -> None:
    (finding,) = judge_rt2(make_subnet(), routed("second"))
    assert finding.is_error
    assert "no table of its own" in finding.message
    assert finding.commands == ()


def test_rt2_is_not_applicable_with_one_subnet() -> None:
    (finding,) = judge_rt2(routed())
    assert finding.status is Status.SKIPPED


def test_rt2_is_unknown_when_further_subnets_are_unreadable() -> None:
    (finding,) = judge(family.node_pools_share_a_route_table, subnet=routed(), further_subnets=make_unreadable())
    assert finding.status is Status.UNKNOWN


# RT3


def judge_rt3(**rest: Any) -> tuple[Finding, ...]:
    facts = {
        "subnet": routed(),
        "route_table": make_route_table(subnets=(routed().id,)),
        "managed_clusters": (),
        **rest,
    }
    return judge(family.route_table_serves_one_cluster, **facts)


def test_rt3_passes_when_nobody_else_is_on_the_table() -> None:
    (finding,) = judge_rt3(managed_clusters=(make_managed_cluster("other", make_subnet("elsewhere")),))
    assert finding.status is Status.PASSED


def test_rt3_fails_for_a_cluster_on_another_subnet_of_the_table_and_names_the_lost_routes() -> None:
    second = routed("second")
    routes = (
        node_route(0, "10.244.0.0/24", "192.168.2.4"),
        node_route(1, "10.250.0.0/24", "192.168.2.5"),
        make_route(),
    )
    table = make_route_table(*routes, subnets=(routed().id, second.id))
    other = make_managed_cluster("other", second, pod_cidrs=make_networks("10.244.0.0/16", "10.250.0.0/16"))
    (finding,) = judge_rt3(route_table=table, managed_clusters=(other,))
    assert finding.is_error
    assert finding.evidence["deletedRoutes"] == (routes[0].name,)
    assert finding.evidence["subnets"] == (str(second.id),)
    assert finding.message.endswith("This cluster's route controller would delete 1 of its routes.")


def test_rt3_fails_without_a_route_at_stake() -> None:
    (finding,) = judge_rt3(managed_clusters=(make_managed_cluster("other", routed()),))
    assert finding.is_error
    assert finding.evidence["deletedRoutes"] == ()
    assert finding.message.endswith("needs a table of its own.")


def test_rt3_passes_for_the_cluster_itself() -> None:
    mine = make_managed_cluster("mine", routed())
    (finding,) = judge_rt3(managed_clusters=(mine,), cluster=make_cluster(cluster_id=CLUSTER_ID))
    assert finding.status is Status.PASSED


NODE = (
    "/subscriptions/s/resourceGroups/MC_them/providers/Microsoft.Compute/virtualMachineScaleSets/"
    "aks-nodepool1-58139819-vmss/virtualMachines/0/networkInterfaces/n/ipConfigurations/ipconfig1"
)


@pytest.mark.parametrize("clusters", [(), (make_managed_cluster("elsewhere", make_subnet("elsewhere")),)])
def test_rt3_fails_for_nodes_on_the_table_whose_cluster_cannot_be_seen(clusters: Any) -> None:
    theirs = routed("theirs", ip_configurations=(NODE,))
    (finding,) = judge_rt3(managed_clusters=clusters, virtual_network=make_virtual_network(routed(), theirs))
    assert (finding.status, finding.evidence["nodeResourceGroup"]) == (Status.FAILED, "MC_them")
    assert finding.message == (
        "Route table 'routes' is on subnet 'theirs', which holds AKS nodes of resource group 'MC_them', whose cluster "
        "cannot be seen; a kubenet cluster needs a table of its own."
    )


def test_rt3_passes_where_the_nodes_are_those_of_the_cluster_itself() -> None:
    mine = make_managed_cluster("mine", routed(), node_resource_group="MC_them")
    network = make_virtual_network(routed(ip_configurations=(NODE,)))
    (finding,) = judge_rt3(
        managed_clusters=(mine,), cluster=make_cluster(cluster_id=CLUSTER_ID), virtual_network=network
    )
    assert finding.status is Status.PASSED


def test_rt3_does_not_count_the_clusters_own_routes_as_lost() -> None:
    second = make_subnet("second", "192.168.2.0/24", route_table_id=TABLE_ID)
    own, lost = node_route(0), node_route(1, "10.244.1.0/24", "192.168.2.4")
    (finding,) = judge_rt3(
        cluster=make_cluster(cluster_id=CLUSTER_ID),
        route_table=make_route_table(own, lost, subnets=(routed().id, second.id)),
        managed_clusters=(make_managed_cluster("mine", routed()), make_managed_cluster("other", second)),
    )
    assert finding.evidence["deletedRoutes"] == (lost.name,)


def test_rt3_is_not_applicable_without_a_table() -> None:
    (finding,) = judge_rt3(subnet=make_subnet(), route_table=None)
    assert finding.status is Status.SKIPPED


def test_rt3_is_not_applicable_when_clusters_were_not_asked_for() -> None:
    (finding,) = judge_rt3(managed_clusters=None)
    assert finding.status is Status.SKIPPED


def test_rt3_fails_on_an_unreadable_table_by_what_the_network_shows() -> None:
    second = routed("second")
    (finding,) = judge_rt3(
        route_table=make_unreadable(),
        virtual_network=make_virtual_network(routed(), second, make_subnet("plain"), make_subnet("planned", id=None)),
        managed_clusters=(make_managed_cluster("other", second),),
    )
    assert finding.is_error
    assert finding.resource_id == str(TABLE_ID)


def test_rt3_is_unknown_for_each_thing_that_is_unreadable() -> None:
    clusters, table = make_unreadable("clusters/read"), make_unreadable("routeTables/read")
    first, second = judge_rt3(route_table=table, managed_clusters=clusters)
    assert [first.status, second.status] == [Status.UNKNOWN, Status.UNKNOWN]
    assert [each.evidence["missingPermission"] for each in (first, second)] == ["clusters/read", "routeTables/read"]


def test_rt3_takes_a_planned_subnet() -> None:
    (finding,) = judge_rt3(subnet=routed(id=None), route_table=make_route_table())
    assert finding.status is Status.PASSED


# RT4


def judge_rt4(*routes: Route, cluster: ClusterRequest | None = None, **rest: Any) -> tuple[Finding, ...]:
    facts = {"subnet": routed(), "route_table": make_route_table(*routes), "managed_clusters": (), **rest}
    return judge(family.no_route_lies_in_the_pod_cidr, cluster=cluster, **facts)


@pytest.mark.parametrize(
    ("destination", "deleted"),
    [
        ("10.244.0.0/16", True),
        ("10.244.7.0/24", True),
        ("10.244.0.0/15", True),  # starts inside
        ("10.240.0.0/13", False),  # 10.240.0.0 to 10.247.255.255: wider on both sides
        ("10.244.255.255/32", True),
        ("10.245.0.0/24", False),
        ("10.243.255.0/24", False),
        ("0.0.0.0/0", False),
        ("10.0.0.0/8", False),
        ("Storage.WestEurope", False),
        ("fd00::/8", False),
    ],
)
def test_rt4_fails_where_the_first_or_last_address_is_inside(destination: str, deleted: bool) -> None:
    (finding,) = judge_rt4(make_route("user", destination))
    assert finding.is_error is deleted


def test_rt4_fails_where_only_the_last_address_is_inside() -> None:
    (finding,) = judge_rt4(
        make_route("user", "10.244.0.0/15"), cluster=make_cluster(pod_cidr=make_networks("10.245.0.0/16")[0])
    )
    assert finding.is_error


def test_rt4_names_the_route_and_how_to_remove_it() -> None:
    first, second = judge_rt4(make_route("a", "10.244.1.0/24"), make_route("b", "10.244.2.0/24"), make_route())
    assert first.evidence["deletedRoutes"] == ("a",)
    assert (second.commands, second.destructive_commands) == (
        (),
        (f"az network route-table route delete --ids {TABLE_ID}/routes/b",),
    )


def test_rt4_deletes_no_route_that_another_clusters_node_may_have() -> None:
    (finding,) = judge_rt4(node_route())
    assert finding.is_error
    assert (finding.commands, finding.destructive_commands) == ((), ())
    assert "remove" not in finding.remediation


def test_rt4_judges_by_the_given_pod_cidr() -> None:
    (finding,) = judge_rt4(
        make_route("a", "10.244.1.0/24"), cluster=make_cluster(pod_cidr=make_networks("172.20.0.0/16")[0])
    )
    assert finding.status is Status.PASSED


def test_rt4_judges_ipv6_by_the_ipv6_pod_cidr() -> None:
    cluster = make_cluster(ipv6_pod_cidrs=(IPv6Network("fd12:3456:789a::/64"),))
    (finding,) = judge_rt4(make_route("six", "fd12:3456:789a:0:1::/80", hop=""), cluster=cluster)
    assert finding.is_error
    assert finding.evidence["nextHop"] is None


def test_rt4_fails_for_a_node_route_that_no_known_cluster_has() -> None:
    (finding,) = judge_rt4(node_route())
    assert finding.is_error
    assert "another cluster's node" in finding.message


def test_rt4_leaves_the_routes_of_a_cluster_on_the_table_to_rt3() -> None:
    (finding,) = judge_rt4(node_route(), managed_clusters=(make_managed_cluster("other", routed()),))
    assert finding.status is Status.PASSED


def test_rt4_passes_for_the_nodes_of_the_cluster_itself_in_all_its_subnets() -> None:
    second = make_subnet("second", "192.168.2.0/24", route_table_id=TABLE_ID)
    mine = make_managed_cluster("mine", routed(), second)
    (finding,) = judge_rt4(
        node_route(0),
        node_route(1, "10.244.1.0/24", "192.168.2.4"),
        cluster=make_cluster(cluster_id=CLUSTER_ID),
        managed_clusters=(mine,),
        virtual_network=make_virtual_network(routed(), second, make_subnet("planned", id=None)),
    )
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    "route",
    [
        node_route(hop="192.168.9.4"),  # not an address of the cluster's subnets
        node_route(next_hop_type="None"),
        node_route(destination="10.244.0.0/25"),
        make_route("user", "10.244.0.0/24", "192.168.1.4"),
        node_route(destination="10.245.0.0/24"),  # not in the pod CIDR the cluster has
    ],
)
def test_rt4_fails_for_what_no_node_of_the_cluster_itself_has(route: Route) -> None:
    mine = make_managed_cluster("mine", routed())
    cluster = make_cluster(cluster_id=CLUSTER_ID, pod_cidr=make_networks("10.244.0.0/15")[0])
    (finding,) = judge_rt4(route, cluster=cluster, managed_clusters=(mine,))
    assert finding.is_error


def test_rt4_judges_an_existing_cluster_by_the_pod_cidr_it_has() -> None:
    mine = make_managed_cluster("mine", routed(), pod_cidrs=make_networks("172.20.0.0/16"))
    cluster = make_cluster(cluster_id=CLUSTER_ID)
    inside, outside = make_route("a", "172.20.1.0/24"), make_route("b", "10.244.1.0/24")
    (finding,) = judge_rt4(inside, outside, cluster=cluster, managed_clusters=(mine,))
    assert finding.evidence["deletedRoutes"] == ("a",)


def test_rt4_accepts_dual_stack_node_routes_of_the_cluster_itself() -> None:
    six = make_route(f"{node_route().name}____fd12345678", "fd12:3456:789a:0:1::/80", hop="")
    cluster = make_cluster(cluster_id=CLUSTER_ID, ipv6_pod_cidrs=(IPv6Network("fd12:3456:789a::/64"),))
    (finding,) = judge_rt4(
        six, cluster=cluster, managed_clusters=(make_managed_cluster("mine", routed(), pod_cidrs=()),)
    )
    assert finding.status is Status.PASSED


def test_rt4_fails_for_user_routes_and_is_unknown_for_node_routes_when_clusters_are_unreadable() -> None:
    first, second = judge_rt4(
        node_route(0),
        node_route(1, "10.244.1.0/24"),
        make_route("user", "10.244.9.0/24"),
        cluster=make_cluster(cluster_id=CLUSTER_ID),
        managed_clusters=make_unreadable(),
    )
    assert first.evidence["deletedRoutes"] == ("user",)
    assert second.status is Status.UNKNOWN


def test_rt4_is_unknown_when_the_table_is_unreadable() -> None:
    (finding,) = judge_rt4(route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_rt4_a_cni_cluster_owns_no_node_route() -> None:
    cni = make_managed_cluster("other", routed(), network_plugin="azure")
    (finding,) = judge_rt4(node_route(), managed_clusters=(cni,))
    assert finding.is_error


# RT5


def judge_rt5(subnet: Subnet, *further: Subnet) -> tuple[Finding, ...]:
    return judge(family.further_subnets_carry_the_route_table, subnet=subnet, further_subnets=further)


def test_rt5_passes_with_a_table_on_every_subnet() -> None:
    (finding,) = judge_rt5(routed(), routed("second"))
    assert finding.status is Status.PASSED


def test_rt5_fails_without() -> None:
    second = make_subnet("second")
    (finding,) = judge_rt5(routed(), second)
    assert finding.is_error
    assert finding.commands == (f"az network vnet subnet update --ids {second.id} --route-table {TABLE_ID}",)


def test_rt5_has_no_command_for_a_planned_subnet() -> None:
    (finding,) = judge_rt5(routed(), make_subnet("second", id=None))
    assert finding.commands == ()


def test_rt5_is_not_applicable_without_table_or_further_subnets() -> None:
    for findings in (judge_rt5(routed()), judge_rt5(make_subnet(), make_subnet("second"))):
        assert [finding.status for finding in findings] == [Status.SKIPPED]


# RT6


def judge_rt6(table: RouteTable | None, **rest: Any) -> tuple[Finding, ...]:
    facts = {"subnet": routed(), "virtual_network": make_virtual_network(), **rest}
    return judge(family.route_table_is_beside_the_virtual_network, route_table=table, **facts)


def test_rt6_passes_in_the_same_place() -> None:
    (finding,) = judge_rt6(make_route_table(location="West Europe"))
    assert finding.status is Status.PASSED


def test_rt6_fails_in_another_region() -> None:
    (finding,) = judge_rt6(make_route_table(location="northeurope"))
    assert finding.is_error
    assert finding.evidence == {"location": "northeurope", "expected": "westeurope"}


def test_rt6_fails_in_another_subscription_and_leaves_the_region_open() -> None:
    foreign = make_id("Microsoft.Network/routeTables", "routes", subscription="00000000-0000-0000-0000-000000000002")
    first, second = judge_rt6(make_route_table(id=foreign), virtual_network=make_unreadable())
    assert first.is_error
    assert second.status is Status.UNKNOWN


def test_rt6_is_not_applicable_without_a_table() -> None:
    (finding,) = judge_rt6(None)
    assert finding.status is Status.SKIPPED


# RT7


def judge_rt7(*routes: Route, **rest: Any) -> tuple[Finding, ...]:
    facts = {"subnet": routed(), "virtual_network": make_virtual_network(), **rest}
    return judge(family.no_route_overrides_the_virtual_network, route_table=make_route_table(*routes), **facts)


def test_rt7_passes_with_wider_elsewhere_local_and_node_routes() -> None:
    (finding,) = judge_rt7(
        make_route(),
        make_route("wide", "192.0.0.0/8"),
        make_route("far", "10.1.0.0/16"),
        make_route("local", "192.168.0.0/16", next_hop_type="VnetLocal"),
        make_route("tag", "AzureMonitor"),
        node_route(destination="192.168.7.0/24"),
    )
    assert finding.status is Status.PASSED


def test_rt7_warns_of_a_route_to_the_network_or_a_part_of_it() -> None:
    findings = judge_rt7(
        make_route("all", "192.168.0.0/16"), make_route("nodes", "192.168.1.128/25"), make_route("b", "192.168.7.0/24")
    )
    assert [finding.severity for finding in findings] == [Severity.WARNING] * 3
    assert [finding.evidence["nodeSubnet"] for finding in findings] == [("192.168.1.0/24",), ("192.168.1.0/24",), ()]


def test_rt7_warns_of_what_the_subnet_shows_and_leaves_the_rest_open() -> None:
    first, second = judge_rt7(
        make_route("nodes", "192.168.1.0/24"), make_route("maybe", "192.168.0.0/16"), virtual_network=make_unreadable()
    )
    assert first.status is Status.FAILED
    assert second.status is Status.UNKNOWN


LOCAL = {"next_hop_type": "VnetLocal"}
LEFT_OUT = {
    "the subnet": (make_route("own", "192.168.1.0/24", **LOCAL),),
    "its halves": (make_route("a", "192.168.1.0/25", **LOCAL), make_route("b", "192.168.1.128/25", **LOCAL)),
}


@pytest.mark.parametrize("local", LEFT_OUT.values(), ids=LEFT_OUT)
def test_rt7_passes_where_longer_routes_leave_the_nodes_out(local: tuple[Route, ...]) -> None:
    """azurerm#6061."""
    (finding,) = judge_rt7(make_route("all", "192.168.0.0/16"), *local)
    assert finding.status is Status.PASSED


def test_rt7_warns_where_half_of_the_nodes_is_not_left_out() -> None:
    (finding,) = judge_rt7(make_route("all", "192.168.0.0/16"), make_route("half", "192.168.1.0/25", **LOCAL))
    assert (finding.status, finding.evidence["route"]) == (Status.FAILED, "all")


def test_rt7_names_the_longer_route_that_sends_the_nodes_away() -> None:
    findings = judge_rt7(make_route("all", "192.168.0.0/16", **LOCAL), make_route("nodes", "192.168.1.0/24"))
    assert [finding.evidence["route"] for finding in findings] == ["nodes"]
