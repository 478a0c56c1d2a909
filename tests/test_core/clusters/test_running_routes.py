"""The table of a cluster that runs, who carries it, and whose its routes are."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from azext_kubenet.core.azure.managed_clusters import PoolMachines, RunningCluster
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.running_nodes import nodes_of
from azext_kubenet.core.clusters.running_routes import (
    Association,
    OtherKind,
    associations,
    cluster_table,
    is_made_by_aks,
    may_have_lost_its_table,
    node_routes,
    other_routes,
)

from ..make import (
    make_agent_pool,
    make_id,
    make_machines,
    make_node_routes,
    make_route,
    make_route_table,
    make_running_cluster,
    make_subnet,
    make_unreadable,
)

TABLES = "Microsoft.Network/routeTables"
AKS_TABLE = make_route_table(id=make_id(TABLES, "aks-agentpool-12345678-routetable", group="mc_RG_k1_westeurope"))
OTHER_TABLE = make_route_table(id=make_id(TABLES, "other"))
ROUTES = make_node_routes(make_machines())


def table_of(running: RunningCluster) -> RouteTable:
    table = cluster_table(running)
    assert isinstance(table, RouteTable)
    return table


def states(running: RunningCluster, *routes: Route, can_write: bool = True) -> list[str]:
    found = node_routes(running, nodes_of(running), routes, can_write=can_write)
    return [each.state.value for each in found]


def stripped(*others: RouteTable) -> RunningCluster:
    return make_running_cluster(subnets=(make_subnet(),), route_tables=(), other_tables=others)


def test_the_table_is_the_one_that_holds_the_nodes_routes() -> None:
    running = make_running_cluster()
    assert table_of(running) == running.route_tables[0]
    assert not may_have_lost_its_table(running)


def test_a_stripped_table_is_found_by_the_routes_that_it_holds() -> None:
    own = make_route_table(*ROUTES)
    running = stripped(OTHER_TABLE, AKS_TABLE, own)
    assert may_have_lost_its_table(running)
    assert table_of(running).id == own.id
    assert [each.association for each in associations(running, own)] == [Association.STRIPPED]


def test_a_stripped_table_without_routes_is_found_by_the_name_that_aks_gave_it() -> None:
    assert table_of(stripped(OTHER_TABLE, AKS_TABLE)).id == AKS_TABLE.id
    assert is_made_by_aks(AKS_TABLE.id, "MC_rg_k1_westeurope")
    assert not is_made_by_aks(AKS_TABLE.id, None)
    elsewhere = make_route_table(id=make_id(TABLES, "mine", group="MC_rg_k1_westeurope"))
    assert cluster_table(stripped(OTHER_TABLE, elsewhere)) is None


def test_a_swapped_table_is_not_the_clusters() -> None:
    subnet, own = make_subnet(route_table_id=OTHER_TABLE.id), make_route_table(*ROUTES)
    running = make_running_cluster(subnets=(subnet,), route_tables=(OTHER_TABLE,))
    assert may_have_lost_its_table(running)
    found = replace(running, other_tables=(own, OTHER_TABLE))
    assert table_of(found).id == own.id
    assert [each.association for each in associations(found, own)] == [Association.OTHER]


def test_routes_of_a_cluster_with_the_same_pods_and_pool_names_are_not_its_own() -> None:
    theirs = make_route_table(*(replace(each, name=each.name.replace("12345678", "99999999")) for each in ROUTES))
    assert cluster_table(stripped(theirs)) is None


def test_a_table_without_routes_is_the_clusters_where_it_is_the_only_one() -> None:
    running = make_running_cluster(make_agent_pool(count=0))
    assert table_of(running).id == running.route_tables[0].id  # type: ignore[union-attr] # make_running_cluster has a table
    assert not may_have_lost_its_table(running)


def test_where_machines_are_hidden_the_pools_name_tells_the_table() -> None:
    running = make_running_cluster(machines=())
    assert table_of(running).id == make_route_table().id
    assert not node_routes(running, nodes_of(running), ROUTES)
    assert not other_routes(running, nodes_of(running), ROUTES)


def test_what_is_unreadable_is_not_absent() -> None:
    hidden = make_unreadable()
    assert cluster_table(make_running_cluster(route_tables=(hidden,))) is hidden
    assert not may_have_lost_its_table(make_running_cluster(route_tables=(hidden,)))
    lost = replace(stripped(), other_tables=hidden)
    assert cluster_table(lost) is hidden
    assert cluster_table(replace(lost, other_tables=None)) is None


def test_each_subnet_is_told_with_its_pools() -> None:
    more = make_subnet("more", route_table_id=OTHER_TABLE.id)
    none = make_subnet("none")
    pools = (make_agent_pool("a"), make_agent_pool("b", subnet_id=more.id), make_agent_pool("c", subnet_id=none.id))
    nodes = make_subnet(route_table_id=make_route_table().id)
    unreadable: Unreadable = make_unreadable()
    running = make_running_cluster(*pools, subnets=(nodes, more, none, unreadable))
    found = associations(running, table_of(running))
    assert [(each.subnet.name, each.pools, each.association.value) for each in found] == [
        ("nodes", ("a",), "associated"),
        ("more", ("b",), "other"),
        ("none", ("c",), "stripped"),
    ]
    assert [each.association.value for each in associations(running, None)] == ["associated", "associated", "stripped"]


def test_a_managed_network_has_all_pools_in_its_one_subnet() -> None:
    running = make_running_cluster(make_agent_pool("a", subnet_id=None), make_agent_pool("b", subnet_id=None))
    assert [each.pools for each in associations(running, None)] == [("a", "b")]


def test_a_route_is_ok_missing_or_wrong() -> None:
    running = make_running_cluster()
    wrong = replace(ROUTES[1], next_hop_ip=IPv4Address("192.168.1.99"))
    assert states(running, ROUTES[0], wrong) == ["ok", "wrongNextHop", "missing"]
    no_appliance = replace(ROUTES[0], next_hop_type="None", next_hop_ip=None)
    assert states(running, no_appliance, *ROUTES[1:]) == ["wrongNextHop", "ok", "ok"]


def test_names_are_compared_without_case_and_on_dual_stack_up_to_the_destination() -> None:
    dual = replace(ROUTES[0], name=f"{ROUTES[0].name.upper()}____1024400024")
    ipv6 = make_route(f"{ROUTES[1].name}____fd000064", "fd00::/64", "192.168.1.5")
    assert states(make_running_cluster(), dual, ipv6, *ROUTES[1:]) == ["ok", "ok", "ok"]


def test_the_next_hop_of_a_node_without_an_address_is_unseen() -> None:
    machines = make_machines()
    assert isinstance(machines.machines, tuple)
    bare = PoolMachines(pool="nodepool1", machines=tuple(replace(each, address=None) for each in machines.machines))
    assert states(make_running_cluster(machines=(bare,)), ROUTES[0]) == ["unknown", "missing", "missing"]


@pytest.mark.parametrize(
    ("pool", "cluster", "state"),
    [
        ({}, {}, "missing"),
        ({"autoscaler": True}, {}, "pending"),
        ({"provisioning_state": "Scaling"}, {}, "pending"),
        ({}, {"provisioning_state": "Upgrading"}, "pending"),
        ({"provisioning_state": "Failed"}, {}, "missing"),
    ],
)
def test_a_missing_route_is_pending_while_nodes_come(
    pool: dict[str, object], cluster: dict[str, object], state: str
) -> None:
    changed = replace(make_agent_pool(count=1), **pool)  # type: ignore[arg-type] # the case names the fields
    running = make_running_cluster(changed, cluster=cluster)
    assert states(running) == [state]
    assert states(running, can_write=False) == ["missing"]
    assert states(replace(running, waited=True)) == ["missing"]


def test_other_routes_are_stale_foreign_or_a_persons() -> None:
    running = make_running_cluster()
    routes = (
        make_route("aks-nodepool1-12345678-vmss00000z", "10.244.9.0/24", "192.168.1.9"),
        make_route("aks-x-1-vmss000000", "10.7.0.0/24", "192.168.1.9"),
        make_route("aks-mine", "10.244.0.0/24", "", next_hop_type="None"),
        make_route(),
    )
    found = other_routes(running, nodes_of(running), (*ROUTES, *routes))
    assert [kind for _, kind in found] == [OtherKind.STALE, OtherKind.FOREIGN, OtherKind.USER, OtherKind.USER]
