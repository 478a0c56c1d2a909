"""The least that must have been there for a recorded request to be accepted, as bodies to seed. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.simulator.identifiers import Target

from .recorded import Pair, walk

RESOURCE_ID = re.compile(r"/subscriptions/[^/\s']+/resourceGroups/[^/\s']+/providers/[^\s',]+", re.IGNORECASE)
SUBNETS_OF_NODES = ("vnetSubnetID", "podSubnetID")


def is_one_of(entry: Any, ids: set[str]) -> bool:
    return isinstance(entry, dict) and str(entry.get("id", "")).lower() in ids


def named(value: Any, own: str) -> Iterator[str]:
    """The ids of other resources in a request: values of `id` and of AKS's subnet members, keys of identities."""
    for found in walk(value):
        names = [str(entry) for name, entry in found.items() if name == "id" or name in SUBNETS_OF_NODES]
        names += list(found.get("userAssignedIdentities") or {})
        yield from (name for name in names if RESOURCE_ID.fullmatch(name) and not name.lower().startswith(own.lower()))


def holding(parent: Target, pair: Pair) -> dict[str, Any]:
    """The least that a parent must have been for its child to be accepted: a network holds the subnet's prefix."""
    answers = (pair.sent, pair.body, *(pair.body.get("value") or [])[:1])
    found = [prefix for answer in answers for prefix in _prefixes(answer.get("properties") or {})]
    if parent.type.lower() == "microsoft.network/virtualnetworks":
        return {"location": "westus", "properties": {"addressSpace": {"addressPrefixes": found or ["10.0.0.0/8"]}}}
    if parent.type.lower() == "microsoft.containerservice/managedclusters":
        return {"location": "westus", "properties": {"agentPoolProfiles": [{"name": "one", "count": 1}]}}
    return {"location": "westus"}


def _prefixes(properties: dict[str, Any]) -> list[str]:
    one = properties.get("addressPrefix")
    return [*(properties.get("addressPrefixes") or []), *([one] if one else [])]


def minimal(target: Target, pair: Pair) -> dict[str, Any]:
    """A network whose addresses nobody else's network has, a subnet of all of it."""
    kind = target.type.lower()
    block = f"10.{200 + pair.index % 50}.0.0/16"
    if kind == "microsoft.network/virtualnetworks":
        return {"properties": {"addressSpace": {"addressPrefixes": [block]}}}
    if kind == "microsoft.network/virtualnetworks/subnets":
        return {"properties": {"addressPrefix": block}}
    return {}
