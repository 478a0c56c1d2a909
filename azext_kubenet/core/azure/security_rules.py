"""Network security groups and their rules, as they were read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from .resource_id import ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityRule:
    """One rule of a network security group; prefixes and ports are Azure's own texts (`*`, a CIDR, a tag, `80-90`)."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    source_prefixes: tuple[str, ...] = ()
    source_ports: tuple[str, ...] = ()
    source_application_groups: tuple[str, ...] = ()
    destination_prefixes: tuple[str, ...] = ()
    destination_ports: tuple[str, ...] = ()
    destination_application_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSecurityGroup:
    id: ResourceId
    rules: tuple[SecurityRule, ...] = ()
    default_rules: tuple[SecurityRule, ...] = ()
