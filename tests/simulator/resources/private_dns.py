"""Private DNS zones and their links to virtual networks. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import Json
from ..store import Record
from .network_type import Link, NetworkType, reference

ZONE = "Microsoft.Network/privateDnsZones"


def _derive_zone(azure: Azure, record: Record, _api_version: str) -> Json:
    links = azure.store.children(record, "virtualNetworkLinks")
    registering = [link for link in links if link.properties.get("registrationEnabled")]
    return {
        "maxNumberOfRecordSets": 25000,
        "numberOfRecordSets": 1,
        "maxNumberOfVirtualNetworkLinks": 1000,
        "numberOfVirtualNetworkLinks": len(links),
        "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
        "numberOfVirtualNetworkLinksWithRegistration": len(registering),
    }


def _joins_network(record: Record) -> list[Link]:
    network = reference(record, "virtualNetwork")
    return [("Microsoft.Network/virtualNetworks/join/action", network)] if network else []


def _derive_link(_azure: Azure, _record: Record, _api_version: str) -> Json:
    return {"virtualNetworkLinkState": "Completed"}


TYPES = (
    NetworkType(name=ZONE, is_global=True, has_guid=False, derive=_derive_zone),
    NetworkType(
        name=f"{ZONE}/virtualNetworkLinks",
        defaults={"registrationEnabled": False},
        has_guid=False,
        links=_joins_network,
        derive=_derive_link,
    ),
)
