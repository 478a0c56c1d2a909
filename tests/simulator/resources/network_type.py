"""How one type of Microsoft.Network differs from the others. No IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..azure import Azure
from ..errors import Json
from ..store import Record

Link = tuple[str, str]
"""An action and the id it must be allowed on: `Microsoft.Network/routeTables/join/action`, the route table."""


def _nothing(_azure: Azure, _record: Record) -> None:
    return None


def _no_links(_record: Record) -> list[Link]:
    return []


def _no_properties(_azure: Azure, _record: Record, _api_version: str) -> Json:
    return {}


@dataclass(frozen=True, kw_only=True)
class NetworkType:
    """A type's name, default and derived properties, and what it refuses.

    `children` maps a property of the body to the child type it embeds. `hidden` properties are accepted and never
    returned; `read_only` ones are never taken from a client and survive its PUT.
    """

    name: str
    children: Mapping[str, str] = field(default_factory=dict)
    kept_children: frozenset[str] = frozenset()
    """Children that survive a PUT without their property, as the peerings of a VNet do."""
    defaults: Mapping[str, object] = field(default_factory=dict)
    sku: Json | None = None
    hidden: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()
    writable: Mapping[str, Callable[[Json], Json]] = field(default_factory=dict)
    """What of the elements of a list property a client may set; the rest of each is the service's."""
    is_global: bool = False
    """Whether it lives in no region."""
    has_etag_header: bool = True
    has_guid: bool = True
    validate: Callable[[Azure, Record], None] = _nothing
    check_delete: Callable[[Azure, Record], None] = _nothing
    derive: Callable[[Azure, Record, str], Json] = _no_properties
    links: Callable[[Record], list[Link]] = _no_links

    @property
    def is_child(self) -> bool:
        return self.name.count("/") > 1


def reference(record: Record, name: str) -> str | None:
    """The id a property like `"routeTable": {"id": ...}` points at."""
    value = record.properties.get(name)
    return value.get("id") if isinstance(value, dict) else None
