"""How many more nodes a cluster that runs has room for, and what stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_kubenet.core.azure.links import SubnetUsage
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.capacity import RunningCapacity, capacity_of
from azext_kubenet.core.clusters.limit import Limit
from azext_kubenet.core.clusters.running import as_it_runs

from ..make import (
    make_agent_pool,
    make_cluster,
    make_id,
    make_machines,
    make_node_routes,
    make_route,
    make_route_table,
    make_running_cluster,
    make_subnet,
    make_unreadable,
)

NODE_GROUP = "MC_rg_k1_westeurope"
BALANCER = (
    f"/subscriptions/s/resourceGroups/{NODE_GROUP}/providers/Microsoft.Network/loadBalancers/kubernetes-internal/"
    "frontendIPConfigurations/f"
)
OTHER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/vm/ipConfigurations/c"
TABLE = make_route_table(*make_node_routes(make_machines()))


def capacity(running: RunningCluster, **facts: Any) -> RunningCapacity:
    managed = (running.cluster,)
    subnet = facts.pop("subnet", running.subnets[0] if running.subnets else None)
    snapshot = Snapshot(running_cluster=running, subnet=subnet, managed_clusters=managed, **facts)
    wanted = replace(make_cluster(cluster_id=running.cluster.id), node_pools=())
    return capacity_of(as_it_runs(wanted, snapshot), running, snapshot)


def test_three_moments_against_every_limit() -> None:
    found = capacity(make_running_cluster(make_agent_pool(max_count=30, max_surge="2")))
    assert dict(found.now.limits) == {
        Limit.SUBNET: 251,
        Limit.POD_CIDR: 256,
        Limit.ROUTE_TABLE: 400,
        Limit.NODE_POOLS: 1000,
    }
    assert [each.nodes for each in (found.now, found.maximum, found.upgrade)] == [3, 30, 32]
    assert [each.binding for each in (found.now, found.maximum, found.upgrade)] == [
        (Limit.SUBNET, 248),
        (Limit.SUBNET, 221),
        (Limit.SUBNET, 219),
    ]


def test_what_others_and_the_clusters_own_balancers_hold_is_no_room() -> None:
    subnet = make_subnet(route_table_id=TABLE.id, ip_configurations=(BALANCER, OTHER))
    found = capacity(make_running_cluster(subnets=(subnet,)))
    (place,) = found.now.subnets
    assert (place.balancers, place.others, place.limit, place.nodes, place.room) == (1, 1, 249, 3, 246)


def test_azures_count_is_that_of_each_subnet() -> None:
    main, further = make_subnet(route_table_id=TABLE.id), make_subnet("further", "192.168.9.0/28")
    pools = make_agent_pool(), make_agent_pool("work", 2, subnet_id=further.id)
    assert main.id is not None
    assert further.id is not None
    usages = SubnetUsage(subnet_id=main.id, current=10), SubnetUsage(subnet_id=further.id, current=-1)
    found = capacity(make_running_cluster(*pools, subnets=(main, further)), subnet_usages=usages)
    assert [(each.subnet.name, each.others, each.nodes) for each in found.now.subnets] == [
        ("nodes", 10, 3),
        ("further", 0, 2),
    ]
    assert dict(found.now.limits)[Limit.SUBNET] == 241 + 11


def test_one_small_subnet_stops_the_cluster_though_another_has_room() -> None:
    further = make_subnet("further", "192.168.9.0/28")
    pools = make_agent_pool(), make_agent_pool("work", 2, max_count=14, subnet_id=further.id)
    found = capacity(make_running_cluster(*pools, subnets=(make_subnet(route_table_id=TABLE.id), further)))
    assert found.maximum.binding == (Limit.SUBNET, -3)


def test_routes_that_are_no_nodes_take_room_and_those_left_over_do_not() -> None:
    user = tuple(make_route(f"u{number}", f"172.16.{number}.0/24") for number in range(200))
    stale = make_route("aks-nodepool1-12345678-vmss00000z", "10.244.9.0/24", "192.168.1.9")
    table = replace(TABLE, routes=(*TABLE.routes, *user, stale))
    found = capacity(make_running_cluster(route_tables=(table,)))
    assert dict(found.now.limits)[Limit.ROUTE_TABLE] == 200
    assert found.now.binding == (Limit.ROUTE_TABLE, 197)
    dual = capacity(make_running_cluster(route_tables=(table,), cluster={"ip_families": ("IPv4", "IPv6")}))
    assert dict(dual.now.limits)[Limit.ROUTE_TABLE] == 100


@pytest.mark.parametrize(
    ("unknown", "limit"),
    [
        ({"subnets": (make_unreadable(),)}, Limit.SUBNET),
        ({"subnets": (make_subnet(route_table_id=TABLE.id), make_unreadable())}, Limit.SUBNET),
        ({"subnets": ()}, Limit.SUBNET),
        ({"route_tables": (make_unreadable(),)}, Limit.ROUTE_TABLE),
    ],
)
def test_what_could_not_be_read_is_no_number(unknown: dict[str, Any], limit: Limit) -> None:
    found = capacity(make_running_cluster(**unknown))
    assert dict(found.now.limits)[limit] is None
    assert found.now.binding is None


def test_a_stopped_cluster_has_no_nodes_now() -> None:
    found = capacity(make_running_cluster(cluster={"power_state": "Stopped"}))
    assert (found.now.nodes, found.maximum.nodes) == (0, 3)


def test_the_api_server_of_a_private_cluster_takes_an_address() -> None:
    found = capacity(make_running_cluster(cluster={"private_cluster": True}))
    assert found.now.subnets[0].balancers == 1
    own = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "api")
    apart = capacity(make_running_cluster(cluster={"private_cluster": True, "api_server_subnet_id": own}))
    assert apart.now.subnets[0].balancers == 0
