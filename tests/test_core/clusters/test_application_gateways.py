"""Which gateways are in front of a cluster."""

from __future__ import annotations

from dataclasses import replace

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.clusters.application_gateways import gateway_of, gateways_in
from azext_kubenet.core.clusters.names import names_too_long

from ..make import make_id, make_route_table, make_running_cluster, make_subnet, make_virtual_network

GATEWAY = make_id("Microsoft.Network/applicationGateways", "gw")
OTHER = make_id("Microsoft.Network/applicationGateways", "other")
SUBNET = make_subnet("gateway", "192.168.9.0/24", application_gateway_configurations=(f"{GATEWAY}/x/y",))


def with_foreign_subnet() -> RunningCluster:
    assert SUBNET.id is not None
    return replace(make_running_cluster(), route_tables=(make_route_table(subnets=(SUBNET.id,)),))


def test_the_gateways_of_a_subnet_each_once() -> None:
    subnet = make_subnet(
        application_gateway_configurations=(f"{GATEWAY}/gatewayIPConfigurations/a", "nonsense"),
        ip_configurations=(f"{str(GATEWAY).upper().replace('/SUBSCRIPTIONS', '/subscriptions')}/x/y", f"{OTHER}/x/y"),
    )
    assert gateways_in(subnet) == (GATEWAY, OTHER)


def test_the_addons_gateway_comes_first() -> None:
    cluster = {"addons": ("INGRESSApplicationGateway",), "application_gateway_id": OTHER}
    running = replace(with_foreign_subnet(), cluster=make_running_cluster(cluster=cluster).cluster)
    assert gateway_of(running, make_virtual_network(SUBNET)) == OTHER


def test_a_gateway_on_the_table() -> None:
    assert gateway_of(with_foreign_subnet(), make_virtual_network(SUBNET)) == GATEWAY
    assert gateway_of(with_foreign_subnet(), None) is None
    assert gateway_of(make_running_cluster(), make_virtual_network(SUBNET)) is None


def test_a_planned_subnet_has_a_name_alone() -> None:
    assert [each.scope for each in names_too_long(make_subnet("n" * 64, id=None))] == [None]
