"""The routing of a cluster that runs, as one picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.restrictions import Lock
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.routing import Routing, TableOwner, lacking_nodes, routing_of
from azext_kubenet.core.clusters.running_routes import OtherKind, RouteState

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

ROUTES = make_node_routes(make_machines())
TABLE = make_route_table(*ROUTES)
AKS_TABLE = make_id("Microsoft.Network/routeTables", "aks-agentpool-1-routetable", group="MC_rg_k1_westeurope")
HIDDEN = make_unreadable()


def routing(running: RunningCluster, **facts: object) -> Routing:
    return routing_of(running, Snapshot(running_cluster=running, **facts))  # type: ignore[arg-type] # the test names the facts


def states(found: Routing) -> list[RouteState]:
    return [each.state for each in found.nodes]


def test_a_cluster_in_order() -> None:
    found = routing(make_running_cluster())
    assert (found.table_id, found.owner, found.others) == (TABLE.id, TableOwner.USER, ())
    assert states(found) == [RouteState.OK] * 3
    assert [each.pools for each in found.subnets] == [("nodepool1",)]


def test_the_table_that_aks_made() -> None:
    table = replace(TABLE, id=AKS_TABLE)
    running = make_running_cluster(route_tables=(table,), subnets=(make_subnet(route_table_id=AKS_TABLE),))
    assert routing(running).owner is TableOwner.AKS


def test_a_route_that_nobody_can_write_is_missing_and_not_pending() -> None:
    pool = make_agent_pool(autoscaler=True)
    running = make_running_cluster(pool, route_tables=(replace(TABLE, routes=ROUTES[1:]),))
    assert states(routing(running))[0] is RouteState.PENDING
    lock = Lock(name="l", level="ReadOnly", scope=str(TABLE.id))
    assert states(routing(running, locks=(lock,)))[0] is RouteState.MISSING
    assert states(routing(running, route_table_locks=(lock,)))[0] is RouteState.MISSING
    assert lacking_nodes(running) == 1


def test_a_table_that_may_not_be_read_is_known_by_its_id() -> None:
    found = routing(make_running_cluster(route_tables=(HIDDEN,)))
    assert (found.table_id, found.owner) == (TABLE.id, TableOwner.USER)
    assert states(found) == [RouteState.UNSEEN] * 3
    assert lacking_nodes(make_running_cluster(route_tables=(HIDDEN,))) == 0


@pytest.mark.parametrize(
    ("subnets", "others", "owner"),
    [
        ((make_subnet(),), (), TableOwner.NONE),
        ((make_subnet(),), HIDDEN, TableOwner.UNKNOWN),
        ((HIDDEN,), None, TableOwner.UNKNOWN),
        ((), None, TableOwner.UNKNOWN),
    ],
)
def test_without_a_table_it_is_said_whether_there_is_none(
    subnets: tuple[object, ...], others: object, owner: TableOwner
) -> None:
    running = make_running_cluster(subnets=subnets, route_tables=(), other_tables=others)
    found = routing(running)
    assert (found.table_id, found.owner) == (None, owner)
    assert found.hidden_subnets == tuple(each for each in subnets if each is HIDDEN)


def test_subnets_with_different_hidden_tables_leave_the_table_open() -> None:
    other = make_subnet("further", "192.168.9.0/24", route_table_id=AKS_TABLE)
    running = make_running_cluster(subnets=(make_subnet(route_table_id=TABLE.id), other), route_tables=(HIDDEN,))
    found = routing(running)
    assert (found.table_id, found.owner) == (None, TableOwner.UNKNOWN)


def test_a_stopped_cluster_has_neither_nodes_nor_others() -> None:
    stale = make_route("aks-nodepool1-12345678-vmss00000z", "10.244.9.0/24", "192.168.1.9")
    tables = (replace(TABLE, routes=(*ROUTES, stale)),)
    running = make_running_cluster(route_tables=tables)
    assert [kind for _, kind in routing(running).others] == [OtherKind.STALE]
    stopped = replace(running, cluster=replace(running.cluster, power_state="Stopped"))
    found = routing(stopped)
    assert (found.nodes, found.others) == ((), ())
    assert lacking_nodes(stopped) == 0


def test_a_cluster_on_overlay_has_no_routing_of_kubenet() -> None:
    running = make_running_cluster(cluster={"network_plugin": "azure"})
    assert routing(running) == Routing(table_id=None, owner=TableOwner.NONE)
    assert lacking_nodes(running) == 0
