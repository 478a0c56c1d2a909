"""Resource ids: parsed case-insensitively, written back with the casing they came in. No IO."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

_LAST_PROVIDERS = re.compile(r"^(.*)/providers/([^/]+)(?:/(.*))?$", re.IGNORECASE)
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)", re.IGNORECASE)
_GROUP = re.compile(r"^/subscriptions/[^/]+/resourcegroups/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What a path points at: a scope, and below it a provider's resource, collection or action.

    `types` and `names` run in parallel; a path with one type more than names is a collection (or, for POST, an action).
    """

    path: str
    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.path.lower()

    @property
    def subscription(self) -> str:
        match = _SUBSCRIPTION.match(self.path)
        return match.group(1) if match else ""

    @property
    def group(self) -> str:
        match = _GROUP.match(self.path)
        return match.group(1) if match else ""

    @property
    def type(self) -> str:
        return "/".join((self.namespace, *self.types))

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else ""

    @property
    def is_collection(self) -> bool:
        return len(self.types) > len(self.names)

    @property
    def is_child(self) -> bool:
        return len(self.types) > 1

    @property
    def top(self) -> Target:
        """The outermost resource of the same provider: the VNet of a subnet."""
        return self if not self.is_child else self.ancestor(1)

    @property
    def parent(self) -> Target:
        return self.ancestor(len(self.types) - 1)

    def ancestor(self, depth: int) -> Target:
        pairs = "/".join(f"{kind}/{name}" for kind, name in zip(self.types[:depth], self.names[:depth], strict=True))
        path = f"{self.scope}/providers/{self.namespace}/{pairs}"
        return Target(path, self.scope, self.namespace, self.types[:depth], self.names[:depth])

    def child(self, kind: str, name: str) -> Target:
        return Target(
            f"{self.path}/{kind}/{name}", self.scope, self.namespace, (*self.types, kind), (*self.names, name)
        )

    def with_name(self, name: str) -> Target:
        """The member of this collection with that name."""
        return Target(f"{self.path}/{name}", self.scope, self.namespace, self.types, (*self.names, name))

    @property
    def type_and_names(self) -> str:
        """`Microsoft.Network/virtualNetworks/vnet1`, as the 404 of Azure Resource Manager writes it."""
        pairs = zip(self.types, self.names, strict=False)
        return "/".join((self.namespace, *(f"{kind}/{name}" for kind, name in pairs)))


def parse(path: str) -> Target:
    """Splits a path at its last `/providers/`, so an extension resource has its parent's id as scope.

    An empty segment counts as none: `az lock` sends one in place of a parent (Microsoft.Network//virtualNetworks).
    """
    path = "/" + re.sub("/{2,}", "/", path.strip("/"))
    match = _LAST_PROVIDERS.match(path)
    if not match:
        return Target(path, path, "", (), ())
    scope, namespace, rest = match.group(1), match.group(2), match.group(3)
    parts = rest.split("/") if rest else []
    return Target(path, scope, namespace, tuple(parts[0::2]), tuple(parts[1::2]))


def same(left: str | None, right: str | None) -> bool:
    return (left or "").lower().strip("/") == (right or "").lower().strip("/")


def within(scope: str, resource_id: str) -> bool:
    """Whether `resource_id` is `scope` or lies below it; the scope `/` holds everything."""
    outer, inner = scope.lower().rstrip("/"), resource_id.lower().rstrip("/")
    return inner == outer or inner.startswith(outer + "/")


def synthetic_guid(*parts: str) -> str:
    """The same GUID for the same words, so that two runs of a test see the same ids."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "simulator:" + "|".join(part.lower() for part in parts)))
