"""What already runs on the subnet and the route table: clusters stop a preparation, network interfaces ask."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, AssociateRouteTable, Change, CreateRoute, RefusedError
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare
from azext_kubenet.core.changes.refuse_running import question, refuse_running_clusters

from ..make import make_id, make_managed_cluster, make_route_table, make_subnet, make_unreadable, make_virtual_network

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
SUBNET = make_subnet()
ASSOCIATED = make_subnet(route_table_id=TABLE)
THEIRS = make_subnet("theirs", "192.168.2.0/24", ip_configurations=("/nic/a", "/nic/b"), route_table_id=TABLE)
HOP = IPv4Address("10.9.9.4")
NODE = (
    "/subscriptions/s/resourceGroups/MC_them/providers/Microsoft.Compute/virtualMachineScaleSets/"
    "aks-nodepool1-58139819-vmss/virtualMachines/0/networkInterfaces/n/ipConfigurations/ipconfig1"
)


def make_request(**rest: Any) -> PrepareRequest:
    return PrepareRequest(
        cluster_id=CLUSTER,
        subnet_id=make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes"),
        identity_id=make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
        identity_given=False,
        route_table_id=TABLE,
        route_table_given=False,
        **rest,
    )


def asks(subnet: Subnet, *, default_route_next_hop: IPv4Address | None = None, **facts: Any) -> tuple[str, ...]:
    known: dict[str, Any] = {"subnet": subnet, "virtual_network": make_virtual_network(subnet)}
    request = make_request(default_route_next_hop=default_route_next_hop)
    return decide_prepare(request, Snapshot(**(known | facts))).asks


def refusal(subnet: Subnet = SUBNET, **facts: Any) -> str:
    known: dict[str, Any] = {"subnet": subnet, "virtual_network": make_virtual_network(subnet)}
    with pytest.raises(RefusedError) as caught:
        decide_prepare(make_request(), Snapshot(**(known | facts)))
    return caught.value.message


def test_the_table_of_a_running_clusters_subnet_is_not_changed() -> None:
    message = refusal(managed_clusters=(make_managed_cluster("other", SUBNET),))
    assert message == (
        "Cluster 'other' runs in subnet 'nodes', which has no route table of its own. "
        "The route table of a running cluster cannot be changed."
    )


def test_the_cluster_itself_needs_the_table_back_that_its_subnet_lost() -> None:
    mine = (make_managed_cluster("aks", SUBNET),)
    state = Snapshot(subnet=SUBNET, virtual_network=make_virtual_network(SUBNET), managed_clusters=mine)
    with pytest.raises(RefusedError) as caught:
        decide_prepare(make_request(), state)
    assert "which has lost its route table" in caught.value.message
    assert "RT10" in str(caught.value.recommendation)
    assert "az aks kubenet validate-subnet --vnet-subnet-id" in str(caught.value.recommendation)


@pytest.mark.parametrize("clusters", [(), None, make_unreadable()])
def test_nodes_whose_cluster_cannot_be_seen_are_a_running_cluster_too(clusters: Any) -> None:
    message = refusal(make_subnet(ip_configurations=(NODE,)), managed_clusters=clusters)
    assert message.startswith("AKS nodes of resource group 'MC_them' run in subnet 'nodes', which has no route table")


def test_the_table_of_another_cluster_is_refused() -> None:
    table = make_route_table(subnets=(THEIRS.id,))
    message = refusal(candidate_route_table=table, managed_clusters=(make_managed_cluster("other", THEIRS),))
    assert message.startswith("Route table 'routes' serves cluster 'other' (subnet 'theirs').")
    assert "RT3" in message


def test_the_table_of_nodes_whose_cluster_cannot_be_seen_is_refused() -> None:
    theirs = make_subnet("theirs", "192.168.2.0/24", ip_configurations=(NODE,), route_table_id=TABLE)
    network = make_virtual_network(SUBNET, theirs)
    message = refusal(virtual_network=network, candidate_route_table=make_route_table(), managed_clusters=())
    assert message.startswith("Route table 'routes' serves AKS nodes of resource group 'MC_them' (subnet 'theirs'),")
    assert "RT3" in message


def test_the_nodes_of_the_cluster_itself_are_no_conflict() -> None:
    mine = make_subnet(ip_configurations=(NODE.replace("MC_them", "MC_rg_aks_westeurope"),), route_table_id=TABLE)
    assert asks(mine, route_table=make_route_table(), managed_clusters=()) == ()


def test_a_subnet_that_only_the_network_shows_on_the_table_counts() -> None:
    facts: dict[str, Any] = {
        "virtual_network": make_virtual_network(SUBNET, THEIRS),
        "candidate_route_table": make_route_table(),
    }
    message = refusal(**facts, managed_clusters=(make_managed_cluster("other", THEIRS),))
    assert message.startswith("Route table 'routes' serves cluster 'other' (subnet 'theirs').")


@pytest.mark.parametrize(
    "clusters",
    [
        None,
        make_unreadable(),
        (),
        (make_managed_cluster("aks", ASSOCIATED),),
        (make_managed_cluster("elsewhere", make_subnet("else", "192.168.9.0/24")),),
    ],
)
def test_clusters_that_are_no_conflict_do_not_stop_it(clusters: Any) -> None:
    table = make_route_table(subnets=(ASSOCIATED.id,))
    assert asks(ASSOCIATED, route_table=table, managed_clusters=clusters) == ()


def test_a_table_that_is_still_to_be_made_serves_nobody() -> None:
    other = make_managed_cluster("other", make_subnet("else", "192.168.9.0/24"))
    snapshot = Snapshot(subnet=SUBNET, managed_clusters=(other,))
    refuse_running_clusters(CLUSTER, SUBNET, None, snapshot)
    assert asks(SUBNET, managed_clusters=(other,)) == ()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, ()),
        (1, ("1 network interface in subnet 'nodes' will follow the routes of 'routes' from now on.",)),
        (2, ("2 network interfaces in subnet 'nodes' will follow the routes of 'routes' from now on.",)),
    ],
)
def test_network_interfaces_are_asked_for(count: int, expected: tuple[str, ...]) -> None:
    interfaces = tuple(f"/nic/{n}" for n in range(count))
    assert asks(make_subnet(ip_configurations=interfaces)) == expected
    associated = make_subnet(ip_configurations=interfaces, route_table_id=TABLE)
    assert asks(associated, route_table=make_route_table()) == ()


def test_a_default_route_in_a_table_that_is_in_place_asks_for_all_its_subnets() -> None:
    mine = make_subnet(ip_configurations=("/nic/1",), route_table_id=TABLE)
    facts: dict[str, Any] = {"virtual_network": make_virtual_network(mine, THEIRS), "route_table": make_route_table()}
    assert asks(mine, default_route_next_hop=HOP, **facts) == (
        "3 network interfaces in subnets 'nodes', 'theirs' will send what no other route takes to 10.9.9.4 "
        "from now on.",
    )
    assert asks(mine, **facts) == ()


def test_a_default_route_in_a_table_that_others_have_asks_for_them() -> None:
    facts: dict[str, Any] = {
        "virtual_network": make_virtual_network(SUBNET, THEIRS),
        "candidate_route_table": make_route_table(subnets=(THEIRS.id,)),
    }
    assert asks(SUBNET, default_route_next_hop=HOP, **facts) == (
        "2 network interfaces in subnet 'theirs' will send what no other route takes to 10.9.9.4 from now on.",
    )


def test_a_default_route_where_the_network_cannot_be_read_asks_for_what_is_known() -> None:
    mine = make_subnet(ip_configurations=("/nic/1",), route_table_id=TABLE)
    write = CreateRoute(route_table_id=TABLE, name="default", next_hop=HOP)
    assert question(mine, make_route_table(), _changes(write), Snapshot(virtual_network=make_unreadable())) == (
        "1 network interface in subnet 'nodes' will send what no other route takes to 10.9.9.4 from now on.",
    )


def test_where_clusters_cannot_be_read_that_is_said_with_the_question() -> None:
    hidden = make_unreadable(reason="you may not read managedClusters.")
    occupied = make_subnet(ip_configurations=("/nic/1",))
    end = "It could not be determined whether a cluster runs there: you may not read managedClusters."
    assert asks(occupied, managed_clusters=hidden)[1:] == (end,)
    elsewhere = make_route_table(subnets=(make_id("Microsoft.Network/virtualNetworks/subnets", "far", "theirs"),))
    assert asks(SUBNET, candidate_route_table=elsewhere, managed_clusters=hidden) == (end,)
    assert asks(SUBNET, managed_clusters=hidden) == ()
    assert asks(ASSOCIATED, route_table=elsewhere, managed_clusters=hidden) == ()


def test_taking_a_table_off_asks_nothing_here() -> None:
    write = AssociateRouteTable(subnet_id=TABLE, route_table_id=None)
    occupied = make_subnet(ip_configurations=("/nic/1",), route_table_id=TABLE)
    assert question(occupied, None, _changes(write), Snapshot()) == ()


def _changes(write: AssociateRouteTable | CreateRoute) -> tuple[Change, ...]:
    return (Change(action=Action.UPDATE, resource_type="t", resource_id="i", reason="r", write=write),)
