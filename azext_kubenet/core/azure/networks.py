"""Virtual networks and subnets, as they were read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from . import limits
from .resource_id import ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    name: str
    remote_address_prefixes: tuple[IPv4Network, ...]
    state: str = "Connected"
    use_remote_gateways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """One subnet. `id` is None while it is only planned.

    `network_intent_policies` and `injected_subnet_id` (Azure's undocumented `networkIntentPolicies` and `subnetID`) are
    what a service leaves on a subnet that it has put itself into.
    """

    name: str
    address_prefixes: tuple[IPv4Network, ...]
    id: ResourceId | None = None
    route_table_id: ResourceId | None = None
    network_security_group_id: ResourceId | None = None
    nat_gateway_id: ResourceId | None = None
    delegations: tuple[str, ...] = ()
    ip_configurations: tuple[str, ...] = ()
    application_gateway_configurations: tuple[str, ...] = ()
    private_endpoints: tuple[str, ...] = ()
    service_endpoints: tuple[str, ...] = ()
    service_association_links: tuple[str, ...] = ()
    resource_navigation_links: tuple[str, ...] = ()
    network_intent_policies: tuple[str, ...] = ()
    injected_subnet_id: str = ""
    default_outbound_access: bool | None = None
    provisioning_state: str = "Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """One virtual network with its subnets and peerings. `id` is None while it is only planned.

    `proposed` is one that nobody gave a prefix of.
    """

    name: str
    address_prefixes: tuple[IPv4Network, ...]
    id: ResourceId | None = None
    location: str = ""
    subnets: tuple[Subnet, ...] = ()
    peerings: tuple[Peering, ...] = ()
    dns_servers: tuple[str, ...] = ()
    provisioning_state: str = "Succeeded"
    proposed: bool = False

    @property
    def custom_dns_servers(self) -> tuple[str, ...]:
        """The DNS servers that are not Azure's own.

        Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        """
        return tuple(each for each in self.dns_servers if each != str(limits.PLATFORM_ADDRESS))
