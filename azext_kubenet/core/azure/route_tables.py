"""Route tables, as they were read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from .resource_id import ResourceId

EVERYWHERE: Final = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route; `address_prefix` is None where the destination is a service tag or IPv6, `destination` is its text."""

    name: str
    destination: str
    address_prefix: IPv4Network | None
    next_hop_type: str
    next_hop_ip: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    id: ResourceId
    location: str
    routes: tuple[Route, ...] = ()
    subnets: tuple[ResourceId, ...] = ()
    disable_bgp_route_propagation: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    provisioning_state: str = "Succeeded"

    @property
    def default_route(self) -> Route | None:
        """The route for 0.0.0.0/0, if there is one."""
        return next((route for route in self.routes if route.address_prefix == EVERYWHERE), None)
