"""What people call a resource: its kind and name, from its id. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .resource_id import ResourceId

_KINDS: Final[Mapping[str, str]] = {
    "microsoft.containerservice/managedclusters": "cluster",
    "microsoft.managedidentity/userassignedidentities": "identity",
    "microsoft.network/natgateways": "NAT gateway",
    "microsoft.network/networksecuritygroups": "network security group",
    "microsoft.network/privatednszones": "private DNS zone",
    "microsoft.network/routetables": "route table",
    "microsoft.network/virtualnetworks": "virtual network",
    "microsoft.network/virtualnetworks/subnets": "subnet",
}


def words_of(scope: str | ResourceId) -> str:
    """`subnet 'nodes' of virtual network 'vnet'`, `resource group 'rg'`, `the subscription`, `the whole tenant`."""
    text = str(scope).rstrip("/")
    try:
        resource_id = ResourceId.parse(text)
    except ValueError:
        return _words_of_container(text)
    kind = _KINDS.get(resource_id.resource_type.lower(), resource_id.resource_type)
    words = f"{kind} '{resource_id.name}'"
    return f"{words} of {words_of(resource_id.parent)}" if "/" in resource_id.resource_type.partition("/")[2] else words


def _words_of_container(text: str) -> str:
    *above, name = text.lower().split("/")
    match above[-1:]:
        case ["subscriptions"]:
            return "the subscription"
        case ["resourcegroups"]:
            return f"resource group '{text.rpartition('/')[2]}'"
        case ["managementgroups"]:
            return f"management group '{text.rpartition('/')[2]}'"
    return f"'{text}'" if name else "the whole tenant"
