"""Who refers to whom: the addresses taken in a subnet, the subnets on a route table. No IO."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from ..azure import Azure
from ..errors import Json
from ..identifiers import same
from ..store import Record
from .network_type import reference

SUBNET = "Microsoft.Network/virtualNetworks/subnets"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"

RESERVED_FIRST, RESERVED_LAST = 4, 1

_CONFIGURATION_PROPERTIES = ("ipConfigurations", "frontendIPConfigurations", "gatewayIPConfigurations")
_ATTACHING_TYPES = (
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/virtualNetworkGateways",
    "Microsoft.Network/loadBalancers",
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/azureFirewalls",
)


@dataclass(frozen=True)
class Attachment:
    """An IP configuration in a subnet; `address` is None where the resource does not say."""

    id: str
    address: str | None


def subnets_referring(azure: Azure, property_name: str, resource_id: str) -> list[Record]:
    return [record for record in azure.store.of_type(SUBNET) if same(reference(record, property_name), resource_id)]


def attachments(azure: Azure, subnet: Record) -> list[Attachment]:
    """Everything that holds an address of the subnet, seeded IP configurations included."""
    seeded = subnet.properties.get("ipConfigurations", [])
    found = [Attachment(entry["id"], None) for entry in seeded]
    for kind in _ATTACHING_TYPES:
        for record in azure.store.of_type(kind):
            found.extend(_of_resource(record, subnet.id))
    for scale_set in azure.store.of_type(SCALE_SET):
        for node in scale_set.private.get("nodes", []):
            if same(node["subnet"], subnet.id):
                found.append(Attachment(node["ipConfiguration"], node["address"]))
    return list({entry.id.lower(): entry for entry in found}.values())


def _of_resource(record: Record, subnet_id: str) -> Iterator[Attachment]:
    for name in _CONFIGURATION_PROPERTIES:
        for entry in record.properties.get(name) or []:
            properties: Json = entry.get("properties") or {}
            if same((properties.get("subnet") or {}).get("id"), subnet_id):
                path = f"{record.id}/{name}/{entry.get('name', 'default')}"
                yield Attachment(path, properties.get("privateIPAddress"))


def prefixes(subnet: Record) -> list[str]:
    """A subnet's prefixes, whichever of the two properties carries them."""
    many = subnet.properties.get("addressPrefixes")
    one = subnet.properties.get("addressPrefix")
    return [str(prefix) for prefix in many] if many else ([str(one)] if one else [])


def ipv4_network(subnet: Record) -> ipaddress.IPv4Network | None:
    for prefix in prefixes(subnet):
        try:
            return ipaddress.IPv4Network(prefix, strict=False)
        except ValueError:
            continue
    return None


def usable_addresses(subnet: Record) -> int:
    """Addresses a subnet has for its users: Azure keeps the first four and the last."""
    network = ipv4_network(subnet)
    return max(0, network.num_addresses - RESERVED_FIRST - RESERVED_LAST) if network else 0


def free_addresses(azure: Azure, subnet: Record, asking: Record | None = None) -> Iterator[str]:
    """Free addresses in order, from the fourth on; what `asking` itself has yet to get does not count as taken."""
    network = ipv4_network(subnet)
    if network is None:
        return
    attached = attachments(azure, subnet)
    if asking is not None:
        own = f"{asking.key}/"
        attached = [entry for entry in attached if entry.address or not entry.id.lower().startswith(own)]
    taken = {entry.address for entry in attached if entry.address}
    unknown = sum(1 for entry in attached if entry.address is None)
    for offset in range(RESERVED_FIRST, network.num_addresses - RESERVED_LAST):
        address = str(network[offset])
        if address in taken:
            continue
        if unknown > 0:
            unknown -= 1
            continue
        yield address
