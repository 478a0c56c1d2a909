"""What people call a resource: its kind and name, from its id. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .resource_id import ResourceId

_KINDS: Final[Mapping[str, str]] = {
    "microsoft.authorization/roledefinitions": "role definition",
    "microsoft.containerservice/managedclusters": "cluster",
    "microsoft.managedidentity/userassignedidentities": "identity",
    "microsoft.network/natgateways": "NAT gateway",
    "microsoft.network/networksecuritygroups": "network security group",
    "microsoft.network/privatednszones": "private DNS zone",
    "microsoft.network/routetables": "route table",
    "microsoft.network/routetables/routes": "route",
    "microsoft.network/virtualnetworks": "virtual network",
    "microsoft.network/virtualnetworks/subnets": "subnet",
}

_ONLY_LISTS: Final = frozenset({"microsoft.policyinsights"})
"""Namespaces whose paths look like those of resources, and are none."""


def words_of(scope: str | ResourceId) -> str:
    """`subnet 'nodes' of virtual network 'vnet'`, `resource group 'rg'`, `the subscription`, `the whole tenant`.

    Of a list what it holds and where: `locks of the subscription`.
    """
    text = str(scope).rstrip("/")
    holder = scope_of(text)
    if holder != text:
        return f"{text.rpartition('/')[2]} of {words_of(holder)}"
    try:
        resource_id = ResourceId.parse(text)
    except ValueError:
        return _words_of_container(text)
    kind = _KINDS.get(resource_id.resource_type.lower(), resource_id.resource_type)
    words = f"{kind} '{resource_id.name}'"
    return f"{words} of {words_of(resource_id.parent)}" if "/" in resource_id.resource_type.partition("/")[2] else words


def scope_of(resource_id: str) -> str:
    """Where a role is assigned that lets somebody read it: a resource itself, of a list what it belongs to."""
    above, provider, below = resource_id.rpartition("/providers/")
    namespace, *path = below.split("/")
    if not provider or not path or (len(path) % 2 == 0 and namespace.lower() not in _ONLY_LISTS):
        return resource_id
    named = path[: len(path) // 2 * 2]
    return above if namespace.lower() in _ONLY_LISTS or not named else "/".join([above + provider + namespace, *named])


def _words_of_container(text: str) -> str:
    *above, name = text.lower().split("/")
    match above[-1:]:
        case ["subscriptions"]:
            return "the subscription"
        case ["resourcegroups"]:
            return f"resource group '{text.rpartition('/')[2]}'"
        case ["managementgroups"]:
            return f"management group '{text.rpartition('/')[2]}'"
    above_it, _, below = text.rpartition("/providers/")
    if above_it and "/" in below:
        resource_type, _, name = below.rpartition("/")
        return f"{_KINDS.get(resource_type.lower(), resource_type)} '{name}'"
    return f"'{text}'" if name else "the whole tenant"
