"""What a preparation is asked for, with the ids of what it names or makes. No IO."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from .arguments import parse_address, parse_name_or_id
from .core.prepare import PrepareRequest
from .core.resource_id import ResourceId
from .core.resource_types import IDENTITY_TYPE, ROUTE_TABLE_TYPE


def parse_preparation(
    *, cluster_id: ResourceId, identity: str | None, route_table: str | None, **further: Any
) -> PrepareRequest:
    """The request with its ids; names are in the cluster's group, and what is not named gets the cluster's name.

    `further` are fields of PrepareRequest that are known from elsewhere.
    """

    def named(text: str | None, option: str, resource_type: str, suffix: str) -> ResourceId:
        return parse_name_or_id(
            text or f"{cluster_id.name}-{suffix}",
            option,
            resource_type,
            subscription=cluster_id.subscription_id,
            group=cluster_id.resource_group,
        )

    return PrepareRequest(
        cluster_id=cluster_id,
        identity_id=named(identity, "--identity", IDENTITY_TYPE, "identity"),
        identity_given=identity is not None,
        route_table_id=named(route_table, "--route-table", ROUTE_TABLE_TYPE, "routes"),
        route_table_given=route_table is not None,
        **further,
    )


def parse_next_hop(text: str | None) -> IPv4Address | None:
    """The appliance of `--default-route-next-hop`."""
    return None if text is None else parse_address(text, "--default-route-next-hop")
