"""SN1 to SN10: the subnet and the virtual network."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.rules import subnet as family
from azext_kubenet.core.rules.rule import Finding, Severity, Status
from azext_kubenet.core.rules.service_subnets import subnet_is_not_a_service_subnet

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_managed_cluster,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
CLUSTER_ID = make_id("Microsoft.ContainerService/managedClusters", "mine")


def node_of(group: str, scale_set: str = "aks-nodepool1-12345678-vmss") -> str:
    """An IP configuration of a virtual machine in a scale set."""
    machine = f"Microsoft.Compute/virtualMachineScaleSets/{scale_set}/virtualMachines/0"
    interface = "networkInterfaces/nic/ipConfigurations/ipconfig1"
    return f"/subscriptions/s/resourceGroups/{group}/providers/{machine}/{interface}"


# SN1


def judge_sn1(**rest: Any) -> tuple[Finding, ...]:
    facts = {"subnet": make_subnet(), "virtual_network": make_virtual_network(), **rest}
    return judge(family.virtual_network_is_beside_the_cluster, **facts)


def test_sn1_passes_in_the_same_region_and_subscription() -> None:
    (finding,) = judge_sn1(cluster=make_cluster(location="West Europe", cluster_id=CLUSTER_ID))
    assert finding.status is Status.PASSED


def test_sn1_fails_in_another_region() -> None:
    (finding,) = judge_sn1(cluster=make_cluster(location="northeurope"))
    assert finding.is_error
    assert finding.message == "Virtual network 'vnet' is in westeurope; the cluster is to be in northeurope."


def test_sn1_fails_in_another_subscription_even_when_the_network_is_unreadable() -> None:
    elsewhere = make_id("Microsoft.ContainerService/managedClusters", "mine", subscription=OTHER_SUBSCRIPTION)
    cluster = make_cluster(location="westeurope", cluster_id=elsewhere)
    first, second = judge_sn1(cluster=cluster, virtual_network=make_unreadable())
    assert first.is_error
    assert first.evidence["clusterSubscription"] == OTHER_SUBSCRIPTION
    assert second.status is Status.UNKNOWN


def test_sn1_passes_on_the_subscription_alone() -> None:
    (finding,) = judge_sn1(cluster=make_cluster(cluster_id=CLUSTER_ID), virtual_network=make_unreadable())
    assert finding.status is Status.PASSED


def test_sn1_is_not_applicable_without_region_and_id() -> None:
    (finding,) = judge_sn1()
    assert finding.status is Status.SKIPPED


def test_sn1_leaves_an_unknown_region_of_the_network_alone() -> None:
    (finding,) = judge_sn1(
        cluster=make_cluster(location="westeurope"), virtual_network=make_virtual_network(location="")
    )
    assert finding.status is Status.PASSED


# SN2


def test_sn2_passes_without_delegation() -> None:
    (finding,) = judge(family.subnet_is_not_delegated, subnet=make_subnet())
    assert finding.status is Status.PASSED


def test_sn2_fails_for_another_service() -> None:
    (finding,) = judge(
        family.subnet_is_not_delegated, subnet=make_subnet(delegations=("Microsoft.Sql/managedInstances",))
    )
    assert finding.is_error
    assert "Microsoft.Sql/managedInstances" in finding.message
    assert finding.commands == ()
    assert finding.destructive_commands == (
        f"az network vnet subnet update --ids {make_subnet().id} --remove delegations",
    )


def test_sn2_warns_for_aks_itself() -> None:
    delegated = make_subnet(delegations=("microsoft.containerservice/ManagedClusters",))
    (finding,) = judge(family.subnet_is_not_delegated, subnet=delegated)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert "but it was seen to be refused" in finding.message  # azure-docs#69774


def test_sn2_has_no_command_for_a_planned_subnet() -> None:
    (finding,) = judge(family.subnet_is_not_delegated, subnet=make_subnet(id=None, delegations=("A/b",)))
    assert finding.commands == ()


def test_sn2_is_unknown_when_the_subnet_is_unreadable() -> None:
    (finding,) = judge(family.subnet_is_not_delegated, subnet=make_unreadable())
    assert finding.status is Status.UNKNOWN


# SN3


def judge_sn3(**rest: Any) -> tuple[Finding, ...]:
    facts = {"subnet": make_subnet(), "managed_clusters": (), **rest}
    return judge(family.subnet_serves_one_cluster, **facts)


def test_sn3_passes_beside_clusters_in_other_subnets() -> None:
    (finding,) = judge_sn3(managed_clusters=(make_managed_cluster("other", make_subnet("elsewhere")),))
    assert finding.status is Status.PASSED


def test_sn3_fails_for_each_cluster_on_the_subnet() -> None:
    clusters = tuple(make_managed_cluster(name, make_subnet()) for name in ("first", "second"))
    findings = judge_sn3(managed_clusters=clusters)
    assert [finding.is_error for finding in findings] == [True, True]
    assert findings[1].evidence["cluster"] == str(clusters[1].id)


def test_sn3_compares_ids_without_case() -> None:
    shouting = make_subnet(id=make_id("MICROSOFT.NETWORK/VirtualNetworks/Subnets", "VNET", "NODES"))
    (finding,) = judge_sn3(managed_clusters=(make_managed_cluster("other", shouting),))
    assert finding.is_error


def test_sn3_passes_for_the_cluster_itself() -> None:
    mine = make_managed_cluster("mine", make_subnet(), node_resource_group="custom")
    occupied = make_subnet(ip_configurations=(node_of("CUSTOM"),))
    (finding,) = judge_sn3(subnet=occupied, cluster=make_cluster(cluster_id=CLUSTER_ID), managed_clusters=(mine,))
    assert finding.status is Status.PASSED


def test_sn3_fails_once_for_the_nodes_of_a_cluster_that_cannot_be_seen() -> None:
    nodes = (node_of("MC_hidden"), node_of("mc_HIDDEN"), node_of("rg", "web"), "not an id")
    (finding,) = judge_sn3(subnet=make_subnet(ip_configurations=nodes))
    assert finding.is_error
    assert finding.evidence == {"nodeResourceGroup": "MC_hidden"}


def test_sn3_does_not_count_the_nodes_of_a_listed_cluster_again() -> None:
    other = make_managed_cluster("other", make_subnet())
    (finding,) = judge_sn3(
        subnet=make_subnet(ip_configurations=(node_of("MC_rg_other_westeurope"),)), managed_clusters=(other,)
    )
    assert "cluster" in finding.evidence


def test_sn3_attributes_nodes_to_a_listed_cluster_whose_node_group_is_not_known() -> None:
    other = make_managed_cluster("other", make_subnet(), node_resource_group="")
    (finding,) = judge_sn3(subnet=make_subnet(ip_configurations=(node_of("any"),)), managed_clusters=(other,))
    assert "cluster" in finding.evidence


def test_sn3_knows_the_default_node_group_of_the_cluster_asked_about() -> None:
    occupied = make_subnet(ip_configurations=(node_of("mc_RG_mine_westeurope"),))
    (finding,) = judge_sn3(subnet=occupied, cluster=make_cluster(cluster_id=CLUSTER_ID))
    assert finding.status is Status.PASSED


def test_sn3_is_unknown_when_clusters_are_unreadable() -> None:
    (finding,) = judge_sn3(managed_clusters=make_unreadable("Microsoft.ContainerService/managedClusters/read"))
    assert finding.status is Status.UNKNOWN
    assert finding.evidence == {"missingPermission": "Microsoft.ContainerService/managedClusters/read"}


def test_sn3_fails_by_the_nodes_when_clusters_are_unreadable() -> None:
    (finding,) = judge_sn3(
        subnet=make_subnet(ip_configurations=(node_of("MC_hidden"),)), managed_clusters=make_unreadable()
    )
    assert finding.is_error


def test_sn3_is_unknown_when_the_nodes_may_be_its_own() -> None:
    (finding,) = judge_sn3(
        subnet=make_subnet(ip_configurations=(node_of("custom"),)),
        managed_clusters=make_unreadable(),
        cluster=make_cluster(cluster_id=CLUSTER_ID),
    )
    assert finding.status is Status.UNKNOWN


# SN4


def test_sn4_passes_without_links() -> None:
    (finding,) = judge(family.subnet_has_no_service_links, subnet=make_subnet())
    assert finding.status is Status.PASSED


def test_sn4_fails_for_each_link() -> None:
    linked = make_subnet(service_association_links=("a",), resource_navigation_links=("b",))
    first, second = judge(family.subnet_has_no_service_links, subnet=linked)
    assert first.is_error
    assert first.evidence == {"kind": "service association link", "link": "a"}
    assert second.evidence == {"kind": "resource navigation link", "link": "b"}


def test_sn4_fails_for_other_marks_of_a_service() -> None:
    marked = make_subnet(network_intent_policies=("/policies/mi",), injected_subnet_id="8f4a")
    policy, injected = judge(family.subnet_has_no_service_links, subnet=marked)
    assert policy.is_error
    assert policy.message == (
        "Subnet 'nodes' has a network intent policy, /policies/mi; a subnet for nodes must have none."
    )
    assert injected.evidence == {"kind": "service's subnetID", "link": "8f4a"}


def test_sn4_fails_for_an_application_gateway() -> None:
    """Its subnet is for gateways alone, whichever of its configurations shows it."""
    gateway = make_id("Microsoft.Network/applicationGateways", "ingress")
    marked = make_subnet(application_gateway_configurations=(f"{gateway}/gatewayIPConfigurations/g",))
    (finding,) = judge(family.subnet_has_no_service_links, subnet=marked)
    assert finding.is_error
    assert finding.message == (
        f"Subnet 'nodes' has an Application Gateway, {gateway}; a subnet for nodes must have none."
    )


# SN5


def test_sn5_passes_when_succeeded() -> None:
    (finding,) = judge(family.virtual_network_is_provisioned, virtual_network=make_virtual_network())
    assert finding.status is Status.PASSED


def test_sn5_fails_in_another_state() -> None:
    network = make_virtual_network(provisioning_state="Failed")
    (finding,) = judge(family.virtual_network_is_provisioned, virtual_network=network)
    assert finding.is_error
    assert finding.commands == (f"az network vnet update --ids {network.id}",)


def test_sn5_is_unknown_when_the_network_is_unreadable() -> None:
    (finding,) = judge(family.virtual_network_is_provisioned, virtual_network=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_sn5_has_no_command_for_a_planned_network() -> None:
    network = make_virtual_network(id=None, provisioning_state="Updating")
    (finding,) = judge(family.virtual_network_is_provisioned, virtual_network=network)
    assert finding.commands == ()


# SN6


def judge_sn6(*further: Subnet) -> tuple[Finding, ...]:
    return judge(family.node_pools_share_a_virtual_network, subnet=make_subnet(), further_subnets=further)


def test_sn6_passes_in_one_network() -> None:
    (finding,) = judge_sn6(make_subnet("second"))
    assert finding.status is Status.PASSED


def test_sn6_fails_in_another_network() -> None:
    foreign = make_subnet("far", id=make_id("Microsoft.Network/virtualNetworks/subnets", "vnet2", "far"))
    (finding,) = judge_sn6(make_subnet("second"), foreign)
    assert finding.is_error
    assert finding.resource_id == str(foreign.id)


def test_sn6_is_not_applicable_with_one_subnet() -> None:
    (finding,) = judge_sn6()
    assert finding.status is Status.SKIPPED


# SN7


def test_sn7_passes_without_endpoints() -> None:
    (finding,) = judge(family.subnet_has_no_private_endpoints, subnet=make_subnet())
    assert finding.status is Status.PASSED


def test_sn7_shows_service_endpoints() -> None:
    (finding,) = judge(
        family.subnet_has_no_private_endpoints, subnet=make_subnet(service_endpoints=("Microsoft.Storage",))
    )
    assert finding.status is Status.PASSED
    assert finding.evidence == {"serviceEndpoints": ("Microsoft.Storage",)}


def test_sn7_informs_of_private_endpoints() -> None:
    (finding,) = judge(family.subnet_has_no_private_endpoints, subnet=make_subnet(private_endpoints=("a", "b")))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.INFO)
    assert "(2)" in finding.message


# SN8


def named(group: str, network: str, name: str) -> Subnet:
    return make_subnet(name, id=make_id("Microsoft.Network/virtualNetworks/subnets", network, name, group=group))


def test_sn8_passes_at_63_characters() -> None:
    (finding,) = judge(family.names_are_short_enough_for_overlay, subnet=named("g" * 63, "v" * 63, "s" * 63))
    assert finding.status is Status.PASSED


def test_sn8_warns_for_each_longer_name() -> None:
    findings = judge(family.names_are_short_enough_for_overlay, subnet=named("g" * 64, "v" * 64, "s" * 64))
    assert [finding.severity for finding in findings] == [Severity.WARNING] * 3
    assert [finding.evidence["name"] for finding in findings] == ["s" * 64, "v" * 64, "g" * 64]
    assert str(findings[2].resource_id).endswith("/resourceGroups/" + "g" * 64)


def test_sn8_judges_the_name_of_a_planned_subnet() -> None:
    (finding,) = judge(family.names_are_short_enough_for_overlay, subnet=make_subnet("s" * 64, id=None))
    assert finding.status is Status.FAILED


# SN9


def judge_sn9(outbound: str | None = None, *, access: bool | None = False, **rest: Any) -> tuple[Finding, ...]:
    private = make_subnet(default_outbound_access=access, **rest.pop("subnet", {}))
    return judge(
        family.private_subnet_has_explicit_egress, subnet=private, cluster=make_cluster(outbound_type=outbound), **rest
    )


def test_sn9_passes_on_a_subnet_with_default_outbound_access() -> None:
    for access in (None, True):
        (finding,) = judge_sn9("userDefinedRouting", access=access)
        assert finding.status is Status.PASSED


def test_sn9_passes_when_egress_comes_with_the_cluster_or_the_subnet() -> None:
    (by_type,) = judge_sn9()
    (by_gateway,) = judge_sn9(
        "userAssignedNATGateway", subnet={"nat_gateway_id": make_id("Microsoft.Network/natGateways", "nat")}
    )
    assert [by_type.status, by_gateway.status] == [Status.PASSED, Status.PASSED]
    assert by_type.evidence["outboundType"] == "loadBalancer"


def test_sn9_passes_with_a_default_route_to_an_appliance() -> None:
    (finding,) = judge_sn9("userDefinedRouting", route_table=make_route_table(make_route()))
    assert finding.status is Status.PASSED


def test_sn9_warns_without_any_way_out() -> None:
    internet = make_route(next_hop_type="Internet", next_hop_ip=None)
    for table in (None, make_route_table(), make_route_table(internet)):
        (finding,) = judge_sn9("userDefinedRouting", route_table=table)
        assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)


def test_sn9_is_unknown_when_the_route_table_is_unreadable() -> None:
    (finding,) = judge_sn9("userDefinedRouting", route_table=make_unreadable())
    assert finding.status is Status.UNKNOWN


# SN10


@pytest.mark.parametrize(
    "name",
    [
        *("GatewaySubnet", "AzureFirewallSubnet", "AzureFirewallManagementSubnet", "AzureBastionSubnet"),
        *("RouteServerSubnet", "gatewaysubnet"),
    ],
)
def test_sn10_fails_for_a_subnet_of_a_service(name: str) -> None:
    (finding,) = judge(subnet_is_not_a_service_subnet, subnet=make_subnet(name))
    assert finding.is_error
    assert name in finding.message


@pytest.mark.parametrize("name", ["nodes", "GatewaySubnet2", "MyAzureFirewallSubnet"])
def test_sn10_passes_for_any_other(name: str) -> None:
    (finding,) = judge(subnet_is_not_a_service_subnet, subnet=make_subnet(name))
    assert finding.status is Status.PASSED


def test_sn10_is_unknown_when_the_subnet_is_unreadable() -> None:
    (finding,) = judge(subnet_is_not_a_service_subnet, subnet=make_unreadable())
    assert finding.status is Status.UNKNOWN
