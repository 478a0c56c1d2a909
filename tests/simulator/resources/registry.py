"""All types of Microsoft.Network by lower-cased name, and how their records are rendered. No IO."""

from __future__ import annotations

import copy

from ..azure import Azure
from ..errors import Json
from ..identifiers import synthetic_guid
from ..store import Record
from . import attached, peerings, private_dns, route_tables, security_groups, virtual_networks
from .network_type import NetworkType

NETWORK_TYPES: dict[str, NetworkType] = {
    entry.name.lower(): entry
    for entry in (
        *virtual_networks.TYPES,
        *peerings.TYPES,
        *route_tables.TYPES,
        *security_groups.TYPES,
        *attached.TYPES,
        *private_dns.TYPES,
    )
}

TOP_LEVEL = ("location", "tags", "sku", "zones", "identity", "kind", "extendedLocation")


def etag(azure: Azure, record: Record) -> str:
    """A child shows the ETag of its parent."""
    top = azure.store.find(record.target.top.path) or record
    return f'W/"{top.etag}"'


def render(azure: Azure, record: Record, api_version: str) -> Json:
    """The body Azure shows: embedded children, back references, ETag and provisioning state included."""
    kind = NETWORK_TYPES[record.type.lower()]
    properties: Json = {"provisioningState": record.state}
    if kind.has_guid:
        properties["resourceGuid"] = synthetic_guid("resource", record.id)
    properties.update(copy.deepcopy(record.properties))
    for name, child in kind.children.items():
        properties[name] = [render(azure, entry, api_version) for entry in azure.store.children(record, child)]
    properties.update(kind.derive(azure, record, api_version))
    body: Json = {"name": record.name, "id": record.id, "etag": etag(azure, record), "type": kind.name}
    body.update({name: copy.deepcopy(record.body[name]) for name in TOP_LEVEL if name in record.body})
    body["properties"] = properties
    return body
