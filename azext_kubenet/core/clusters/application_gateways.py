"""Application Gateways and Application Gateways for Containers in front of a cluster, and their subnets. No IO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..azure.managed_clusters import ManagedCluster, RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.unreadable import Unreadable
from .foreign_subnets import foreign_subnets

GATEWAY_ADDON: Final = "ingressApplicationGateway"
"""The add-on of the Application Gateway Ingress Controller, as clusters name it."""

TRAFFIC_CONTROLLERS: Final = "microsoft.servicenetworking/trafficcontrollers"
"""What the subnet of an Application Gateway for Containers is delegated to, in lower case.
Source: https://learn.microsoft.com/azure/application-gateway/for-containers/container-networking"""

_GATEWAY: Final = re.compile(
    r"(?P<id>/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.network/applicationgateways/[^/]+)/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySubnet:
    """A subnet with a gateway. `certain` says that it is this cluster's: by its add-on, or on its route table."""

    subnet: Subnet
    certain: bool


def has_gateway_addon(cluster: ManagedCluster) -> bool:
    """Whether the add-on is enabled."""
    return GATEWAY_ADDON.lower() in {each.lower() for each in cluster.addons}


def gateways_in(subnet: Subnet) -> tuple[ResourceId, ...]:
    """The Application Gateways with addresses of the subnet, in order of appearance."""
    named = (*subnet.application_gateway_configurations, *subnet.ip_configurations)
    found = (_GATEWAY.match(each) for each in named)
    return tuple(dict.fromkeys(ResourceId(each["id"]) for each in found if each is not None))


def gateway_of(running: RunningCluster, network: VirtualNetwork | Unreadable | None) -> ResourceId | None:
    """The Application Gateway in front of the cluster: the add-on's, else the first one on its route table."""
    if has_gateway_addon(running.cluster) and running.cluster.application_gateway_id is not None:
        return running.cluster.application_gateway_id
    found = (gateways_in(each.subnet) for each in foreign_subnets(running, network) if each.subnet is not None)
    return next((gateway for gateways in found for gateway in gateways), None)


def gateway_subnets(running: RunningCluster, network: VirtualNetwork | Unreadable | None) -> tuple[GatewaySubnet, ...]:
    """The subnets with gateways of this network that are the cluster's, or may be."""
    siblings = network.subnets if isinstance(network, VirtualNetwork) else ()
    on_table = {each.id for each in foreign_subnets(running, network)}
    found: list[GatewaySubnet] = []
    for subnet in siblings:
        if is_of_addon(running.cluster, subnet):
            found.append(GatewaySubnet(subnet=subnet, certain=True))
        elif _is_delegated(subnet) or (subnet.id in on_table and gateways_in(subnet)):
            found.append(GatewaySubnet(subnet=subnet, certain=subnet.id in on_table))
    return tuple(found)


def is_of_addon(cluster: ManagedCluster, subnet: Subnet) -> bool:
    """Whether the subnet holds the gateway of the cluster's add-on."""
    if not has_gateway_addon(cluster):
        return False
    gateway = cluster.application_gateway_id
    return (subnet.id is not None and subnet.id == cluster.application_gateway_subnet_id) or (
        gateway is not None and gateway in gateways_in(subnet)
    )


def _is_delegated(subnet: Subnet) -> bool:
    return any(each.lower() == TRAFFIC_CONTROLLERS for each in subnet.delegations)
