"""The answers of the three rounds of reads, put together to a Snapshot. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from ..core.azure.model import (
    CallerAccess,
    DenyAssignment,
    Lock,
    ManagedCluster,
    ManagedIdentity,
    NetworkGateway,
    NetworkSecurityGroup,
    PolicyState,
    RoleAssignment,
    RoleDefinition,
    RouteTable,
    ScopeAccess,
    Snapshot,
    Subnet,
    SubnetUsage,
    Unreadable,
    VirtualNetwork,
)
from ..core.azure.resource_id import ResourceId

if TYPE_CHECKING:
    from ..core.changes.prepare import PrepareRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherRequest:
    """What to read: the subnet, and what else is named.

    `for_validation` adds what only rules need, `resource_group_id` what only a preparation needs: the caller's rights
    on it and on what the subnet carries. `located_group_id` is the group whose region a cluster gets by default.
    """

    subnet_id: ResourceId
    identity_id: ResourceId | None = None
    candidate_route_table_id: ResourceId | None = None
    kubelet_identity_id: ResourceId | None = None
    resource_group_id: str | None = None
    custom_role_name: str | None = None
    located_group_id: str | None = None
    for_validation: bool = True


def with_preparation(request: GatherRequest, preparation: PrepareRequest) -> GatherRequest:
    """`request` with what a preparation has to see beside it."""
    return replace(
        request,
        identity_id=preparation.identity_id,
        candidate_route_table_id=preparation.route_table_id,
        resource_group_id=preparation.cluster_id.resource_group_id,
        custom_role_name=preparation.custom_role_name,
    )


def assemble(
    request: GatherRequest,
    subnet: Subnet | Unreadable | None,
    first: Mapping[str, object],
    second: Mapping[str, object],
    third: Mapping[str, object],
) -> Snapshot:
    """The Snapshot that the answers of the three rounds make."""
    clusters = second.get("listed_clusters", first["managed_clusters"])
    network = cast("VirtualNetwork | Unreadable | None", first["virtual_network"])

    def access(name: str, scope: str | None) -> ScopeAccess | Unreadable | None:
        return _access(name, scope, first, second, third)

    table = cast("RouteTable | Unreadable | None", second.get("route_table"))
    return Snapshot(
        virtual_network=network,
        subnet=subnet,
        route_table=table,
        candidate_route_table=cast("RouteTable | Unreadable | None", first.get("candidate_route_table")),
        network_security_group=cast("NetworkSecurityGroup | Unreadable | None", second.get("network_security_group")),
        subnet_usage=_usage(first.get("usages"), request.subnet_id),
        locks=_locks(first),
        route_table_locks=cast("tuple[Lock, ...] | Unreadable | None", second.get("route_table_locks")),
        policy_states=cast("tuple[PolicyState, ...] | Unreadable | None", first.get("policy_states")),
        gateways=_gateways(first),
        managed_clusters=cast("tuple[ManagedCluster, ...] | Unreadable | None", clusters),
        identity=cast("ManagedIdentity | Unreadable | None", first.get("identity")),
        subnet_access=access("subnet", request.subnet_id.text),
        route_table_access=access("route_table", None if subnet is None else _table_scope(request, subnet)),
        network_security_group_access=access("network_security_group", _attached(subnet, "network_security_group_id")),
        nat_gateway_access=access("nat_gateway", _attached(subnet, "nat_gateway_id")),
        virtual_network_access=access("virtual_network", request.subnet_id.parent.text),
        kubelet_identity_access=access("kubelet_identity", _text(request.kubelet_identity_id)),
        caller_on_subnet=cast("CallerAccess | Unreadable | None", first["caller_on_subnet"]),
        caller_on_route_table=cast("CallerAccess | Unreadable | None", second.get("caller_on_route_table")),
        caller_on_identity=cast("CallerAccess | Unreadable | None", first.get("caller_on_identity")),
        caller_on_network_security_group=cast(
            "CallerAccess | Unreadable | None", second.get("caller_on_network_security_group")
        ),
        caller_on_nat_gateway=cast("CallerAccess | Unreadable | None", second.get("caller_on_nat_gateway")),
        group_location=cast("str | Unreadable | None", first.get("group_location")),
        custom_role=_custom_role(first.get("custom_roles")),
        caller_on_group=cast("CallerAccess | Unreadable | None", first.get("caller_on_group")),
        caller_on_subscription=cast("CallerAccess | Unreadable | None", first.get("caller_on_subscription")),
        application_gateway_subnets=_application_gateway_subnets(network),
    )


def _text(identity: ResourceId | None) -> str | None:
    return None if identity is None else identity.text


def _attached(subnet: Subnet | Unreadable | None, name: str) -> str | None:
    return _text(getattr(subnet, name)) if isinstance(subnet, Subnet) else None


def _table_scope(request: GatherRequest, subnet: Subnet | Unreadable) -> str | None:
    return _attached(subnet, "route_table_id") or _text(request.candidate_route_table_id)


def _access(
    name: str,
    scope: str | None,
    first: Mapping[str, object],
    second: Mapping[str, object],
    third: Mapping[str, object],
) -> ScopeAccess | Unreadable | None:
    identity = first.get("identity")
    if isinstance(identity, Unreadable):
        return identity
    assignments = second.get(f"{name}_assignments")
    if assignments is None or scope is None or not isinstance(identity, ManagedIdentity):
        return None
    if isinstance(assignments, Unreadable):
        return assignments
    found = cast("tuple[RoleAssignment, ...]", assignments)
    definitions = [third.get(assignment.role_guid) for assignment in found]
    hidden = next((each for each in definitions if isinstance(each, Unreadable)), None)
    if hidden is not None:
        return hidden
    denials = second.get(f"{name}_denials")
    return ScopeAccess(
        scope=scope,
        principal_id=identity.principal_id,
        assignments=found,
        definitions=tuple(dict.fromkeys(each for each in definitions if isinstance(each, RoleDefinition))),
        denials=() if denials is None else cast("tuple[DenyAssignment, ...] | Unreadable", denials),
    )


def _usage(usages: object, subnet_id: ResourceId) -> SubnetUsage | Unreadable | None:
    if usages is None or isinstance(usages, Unreadable):
        return usages
    found = cast("tuple[SubnetUsage, ...]", usages)
    return next((usage for usage in found if usage.subnet_id == subnet_id and usage.current >= 0), None)


def _locks(first: Mapping[str, object]) -> tuple[Lock, ...] | Unreadable | None:
    """Locks of the whole subscription; where those may not be read, the subnet's own and inherited ones."""
    if "subscription_locks" not in first:
        return None
    whole, own = first["subscription_locks"], first["subnet_locks"]
    return cast("tuple[Lock, ...] | Unreadable | None", own if isinstance(whole, Unreadable) else whole)


def _gateways(first: Mapping[str, object]) -> tuple[NetworkGateway, ...] | Unreadable | None:
    if "local_gateways" not in first:
        return None
    lists: Iterable[object] = (first["local_gateways"], first["virtual_gateways"])
    found: list[NetworkGateway] = []
    for each in lists:
        if isinstance(each, Unreadable):
            return each
        found.extend(cast("tuple[NetworkGateway, ...]", each or ()))
    return tuple(found)


def _custom_role(found: object) -> RoleDefinition | Unreadable | None:
    if found is None or isinstance(found, Unreadable):
        return found
    return next(iter(cast("tuple[RoleDefinition, ...]", found)), None)


def _application_gateway_subnets(network: VirtualNetwork | Unreadable | None) -> tuple[ResourceId, ...] | Unreadable:
    if network is None or isinstance(network, Unreadable):
        return network or ()
    marker = "/providers/microsoft.network/applicationgateways/"
    return tuple(
        subnet.id
        for subnet in network.subnets
        if subnet.id is not None and any(marker in each.lower() for each in subnet.ip_configurations)
    )
