"""What a cluster that has moved leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.route_tables import Route
from azext_kubenet.core.clusters.leftovers import LeftoverKind, leftovers_of

from ..make import make_route, make_route_table, make_running_cluster, make_subnet, make_unreadable

NODE = make_route("aks-nodepool1-1-vmss000000", "10.244.0.0/24", "192.168.1.4")
OTHERS = make_route("aks-nodepool1-9-vmss000000", "10.99.0.0/24", "192.168.1.4")
USERS = make_route()


def moved(*routes: Route, outbound: str = "loadBalancer") -> RunningCluster:
    cluster: dict[str, object] = {
        "network_plugin": "azure",
        "network_plugin_mode": "overlay",
        "outbound_type": outbound,
    }
    return replace(make_running_cluster(cluster=cluster), route_tables=(make_route_table(*routes),))


@pytest.mark.parametrize(
    ("routes", "outbound", "kinds"),
    [
        ((), "loadBalancer", [LeftoverKind.ROUTE_TABLE]),
        ((), "userDefinedRouting", []),
        ((NODE,), "loadBalancer", [LeftoverKind.ROUTE, LeftoverKind.ROUTE_TABLE]),
        ((NODE, USERS), "loadBalancer", [LeftoverKind.ROUTE]),
        ((OTHERS,), "loadBalancer", []),
    ],
)
def test_routes_of_nodes_and_tables_without_others(
    routes: tuple[Route, ...], outbound: str, kinds: list[LeftoverKind]
) -> None:
    assert [each.kind for each in leftovers_of(moved(*routes, outbound=outbound))] == kinds


def test_the_commands() -> None:
    route, table = leftovers_of(moved(NODE))
    assert route.command.startswith("az network route-table route delete --ids /subscriptions/")
    assert table.command.endswith("/subnets/nodes --route-table null")


def test_what_was_not_read_is_not_told() -> None:
    assert leftovers_of(replace(moved(), route_tables=(make_unreadable(),))) == ()
    planned = make_subnet(id=None, route_table_id=make_route_table().id)
    assert leftovers_of(replace(moved(), subnets=(make_unreadable(), planned))) == ()
