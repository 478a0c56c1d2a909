"""Who else holds addresses of a subnet."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.links import SubnetUsage
from azext_kubenet.core.clusters.subnet_use import other_use, usable_in

from ..make import make_cluster, make_id, make_managed_cluster, make_networks, make_subnet, make_unreadable

CLUSTER_ID = make_id("Microsoft.ContainerService/managedClusters", "mine")
FOREIGN = str(make_id("Microsoft.Network/networkInterfaces", "vm", group="other"))
OWN = str(make_id("Microsoft.Compute/virtualMachineScaleSets", "aks-nodepool1-1-vmss", group="mc_RG_mine_westeurope"))
CUSTOM = str(make_id("Microsoft.Compute/virtualMachineScaleSets", "aks-nodepool1-1-vmss", group="nodes-of-mine"))
SUBNET = make_subnet(ip_configurations=(FOREIGN, OWN))
SUBNET_ID = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")


def use_of(**rest: object) -> tuple[int, int]:
    facts = {"cluster": make_cluster(), "managed_clusters": (), "subnet_usage": None, **rest}
    use = other_use(facts.pop("subnet", SUBNET), **facts)  # type: ignore[arg-type] # the test names the facts
    return len(use.configurations), use.unlisted


def test_all_prefixes_count() -> None:
    assert usable_in(make_subnet(address_prefixes=make_networks("10.0.0.0/27", "10.0.1.0/29"))) == 30


def test_everything_is_others_without_a_cluster() -> None:
    assert use_of() == (2, 0)


def test_a_clusters_nodes_are_its_own_by_the_default_group() -> None:
    assert use_of(cluster=make_cluster(cluster_id=CLUSTER_ID)) == (1, 0)
    assert use_of(cluster=make_cluster(cluster_id=CLUSTER_ID), managed_clusters=make_unreadable()) == (1, 0)


def test_a_clusters_nodes_are_its_own_by_its_known_group() -> None:
    mine = make_managed_cluster("mine", node_resource_group="nodes-of-mine")
    subnet = make_subnet(ip_configurations=(FOREIGN, CUSTOM))
    facts = {"subnet": subnet, "cluster": make_cluster(cluster_id=CLUSTER_ID), "managed_clusters": (mine,)}
    assert use_of(**facts) == (1, 0)


def test_the_nodes_of_a_cluster_whose_name_only_begins_alike_are_others() -> None:
    alike = OWN.replace("mc_RG_mine_westeurope", "mc_RG_mine_2_westeurope")
    facts = {"subnet": make_subnet(ip_configurations=(alike, "not an id"))}
    assert use_of(cluster=make_cluster(cluster_id=CLUSTER_ID), **facts) == (2, 0)


def test_a_cluster_without_a_known_group_has_the_default_one() -> None:
    mine = make_managed_cluster("mine", node_resource_group="")
    assert use_of(cluster=make_cluster(cluster_id=CLUSTER_ID), managed_clusters=(mine,)) == (1, 0)


@pytest.mark.parametrize(("current", "unlisted"), [(4, 2), (2, 0), (0, 0), (-1, 0)])
def test_usages_may_count_more_than_is_listed(current: int, unlisted: int) -> None:
    """Get-AzVirtualNetworkUsageList: no five of Azure; azure-cli#23997: -1 where it does not say."""
    usage = SubnetUsage(subnet_id=SUBNET_ID, current=current)
    assert use_of(subnet_usage=usage) == (2, unlisted)


def test_unreadable_usages_leave_what_is_listed() -> None:
    use = other_use(SUBNET, cluster=make_cluster(), managed_clusters=None, subnet_usage=make_unreadable())
    assert use.addresses == 2
