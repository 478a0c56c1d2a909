"""What is around a virtual network and in it, as it was read from Azure: gateways, zones, usage; frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from .resource_id import ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkGateway:
    """A virtual network gateway or local network gateway and the ranges that lie behind it."""

    id: ResourceId
    address_prefixes: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDnsZone:
    """A zone that private networks are linked to."""

    id: ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetUsage:
    """Addresses of a subnet in use, as `virtualNetworks/usages` counts them; Azure's own five are not among them.

    Source: https://learn.microsoft.com/powershell/module/az.network/get-azvirtualnetworkusagelist
    """

    subnet_id: ResourceId
    current: int
