"""What a preparation is asked for, with the ids of what it names or makes. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import IDENTITY_TYPE, PRIVATE_DNS_ZONE_TYPE, ROUTE_TABLE_TYPE, SUBNET_TYPE
from .values import UsageError, parse_address, parse_cluster_id, parse_id, parse_name_or_id, parse_subnet_id

if TYPE_CHECKING:
    from ..core.changes.prepare import PrepareRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareArguments:
    """What `prepare` is to make, as typed."""

    resource_group_name: str
    cluster_name: str
    vnet_subnet_id: str | None = None
    vnet_name: str | None = None
    subnet_name: str | None = None
    location: str | None = None
    identity: str | None = None
    route_table: str | None = None
    no_route_table: bool = False
    role: str = "network-contributor"
    default_route_next_hop: str | None = None
    tags: Mapping[str, str] | None = None
    private_dns_zone: str | None = None
    apiserver_subnet_id: str | None = None


def parse_prepare(arguments: PrepareArguments, *, subscription: str) -> PrepareRequest:
    """The request of `prepare`; names without an id are in `subscription`."""
    from ..core.changes.role_grants import RoleChoice

    group = arguments.resource_group_name
    _refuse_beside_no_table(arguments)
    return parse_preparation(
        cluster_id=parse_cluster_id(arguments.cluster_name, group=group, subscription=subscription),
        subnet_id=parse_subnet_id(
            vnet_subnet_id=arguments.vnet_subnet_id,
            group=group,
            vnet_name=arguments.vnet_name,
            subnet_name=arguments.subnet_name,
            subscription=subscription,
        ),
        identity=arguments.identity,
        route_table=arguments.route_table,
        without_route_table=arguments.no_route_table,
        role=RoleChoice(arguments.role),
        location=arguments.location,
        default_route_next_hop=parse_next_hop(arguments.default_route_next_hop),
        tags=tuple((arguments.tags or {}).items()),
        private_cluster=arguments.private_dns_zone is not None,
        **parse_private_dns_zone(arguments.private_dns_zone),
        api_server_subnet_id=parse_api_server_subnet_id(arguments.apiserver_subnet_id),
    )


def _refuse_beside_no_table(arguments: PrepareArguments) -> None:
    """What `--no-route-table` cannot be together with."""
    beside = (
        ("--route-table", arguments.route_table is not None, "names a table"),
        ("--default-route-next-hop", arguments.default_route_next_hop is not None, "is a route in that table"),
        ("--role", arguments.role == "least-privilege", "least-privilege may not attach AKS's own table to the subnet"),
    )
    for option, is_given, why in beside:
        if arguments.no_route_table and is_given:
            raise UsageError(f"{option} {why}, and --no-route-table makes none.", f"Omit {option} or --no-route-table.")


def parse_preparation(
    *, cluster_id: ResourceId, identity: str | None, route_table: str | None, **further: Any
) -> PrepareRequest:
    """The request with its ids; names are in the cluster's group, and what is not named gets the cluster's name.

    `further` are fields of PrepareRequest that are known from elsewhere.
    """
    from ..core.changes.prepare import (
        PrepareRequest,  # only now: commands are loaded together, and plan does without it
    )

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


def parse_private_dns_zone(text: str | None) -> dict[str, Any]:
    """What `--private-dns-zone` says of the names of a private cluster, as fields of requests."""
    if text is None or text.lower() in ("system", "none"):
        return {"private_dns_zone_id": None, "public_dns_only": (text or "").lower() == "none"}
    return {
        "private_dns_zone_id": parse_id(text, "--private-dns-zone", PRIVATE_DNS_ZONE_TYPE),
        "public_dns_only": False,
    }


def parse_api_server_subnet_id(text: str | None) -> ResourceId | None:
    """The subnet of `--apiserver-subnet-id`."""
    return parse_id(text, "--apiserver-subnet-id", SUBNET_TYPE) if text else None


def parse_next_hop(text: str | None) -> IPv4Address | None:
    """The appliance of `--default-route-next-hop`."""
    return None if text is None else parse_address(text, "--default-route-next-hop")
