"""How a virtual network reaches on-premises, and what else may send routes into its subnets. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from ..azure.networks import VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable, seen
from .node_routes import VIRTUAL_NETWORK_GATEWAY, goes_to
from .request import ClusterRequest

if TYPE_CHECKING:
    from ..azure.links import NetworkGateway
    from ..azure.route_tables import Route, RouteTable

GATEWAY_SUBNET: Final = "gatewaysubnet"
ROUTE_SERVER_SUBNET: Final = "routeserversubnet"
_APPLICATION_GATEWAYS: Final = "/providers/microsoft.network/applicationgateways/"


class RemoteRange(NamedTuple):
    """A range that lies on-premises, what it is (`on-premises range`), and how it is known (`given`)."""

    network: IPv4Network
    what: str
    origin: str
    resource_id: str | None = None


def gateways_used(virtual_network: VirtualNetwork) -> tuple[str, ...]:
    """What leads on-premises: the network's own gateway, or that of a peer or hub, in words for a message."""
    own = (
        f"the gateway in its subnet '{subnet.name}'"
        for subnet in virtual_network.subnets
        if subnet.name.lower() == GATEWAY_SUBNET and subnet.ip_configurations
    )
    remote = (
        f"the gateway of its peering '{peering.name}'"
        for peering in virtual_network.peerings
        if peering.use_remote_gateways and peering.state.lower() == "connected"
    )
    return (*own, *remote)


def route_senders(virtual_network: VirtualNetwork) -> tuple[str, ...]:
    """What may send routes by BGP that stand in no route table: gateways, and a route server.

    Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#border-gateway-protocol
    """
    servers = (
        f"the route server in its subnet '{subnet.name}'"
        for subnet in virtual_network.subnets
        if subnet.name.lower() == ROUTE_SERVER_SUBNET and subnet.ip_configurations
    )
    return (*gateways_used(virtual_network), *servers)


def on_premises_ranges(
    cluster: ClusterRequest,
    gateways: tuple[NetworkGateway, ...] | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[RemoteRange]:
    """What is known to lie on-premises: given ranges, those of gateways, and destinations of routes to a gateway."""
    for prefix in cluster.on_premises_ranges:
        yield RemoteRange(prefix, "on-premises range", "given")
    for gateway in gateways if isinstance(gateways, tuple) else ():
        for prefix in gateway.address_prefixes:
            yield RemoteRange(prefix, "on-premises range", f"gateway '{gateway.id.name}'", str(gateway.id))
    table = seen(route_table)
    if table is not None:
        for route, prefix in specific_routes(table, VIRTUAL_NETWORK_GATEWAY):
            yield RemoteRange(prefix, "destination", f"route '{route.name}'")


def specific_routes(route_table: RouteTable, next_hop_type: str) -> Iterator[tuple[Route, IPv4Network]]:
    """Routes that lead there, with their destinations; a default route, or its half, says nothing of what is there."""
    for route in route_table.routes:
        prefix = route.address_prefix
        if prefix is not None and prefix.prefixlen > 1 and goes_to(route, next_hop_type):
            yield route, prefix


def application_gateway_subnets(virtual_network: VirtualNetwork) -> tuple[ResourceId, ...]:
    """The subnets that hold an Application Gateway.

    A private frontend is an IP configuration of the subnet; one with a public frontend alone shows only by the
    gateway's own configuration (https://github.com/Azure/application-gateway-kubernetes-ingress/issues/931).
    """
    return tuple(
        subnet.id
        for subnet in virtual_network.subnets
        if subnet.id is not None
        and (
            subnet.application_gateway_configurations
            or any(_APPLICATION_GATEWAYS in each.lower() for each in subnet.ip_configurations)
        )
    )
