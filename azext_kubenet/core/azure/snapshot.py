"""Everything that was read from Azure for one decision, in one frozen picture. No IO.

The types of its fields are imported for annotations alone, so that a plan does not load those that it has no use for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .access import CallerAccess, ManagedIdentity, RoleDefinition, ScopeAccess
    from .links import NetworkGateway, PrivateDnsZone, SubnetUsage
    from .managed_clusters import ManagedCluster, RunningCluster
    from .networks import Subnet, VirtualNetwork
    from .restrictions import Lock, PolicyState
    from .route_tables import RouteTable
    from .security_rules import NetworkSecurityGroup
    from .unreadable import Unreadable


class Snapshot(NamedTuple):
    """One picture of the state a decision is made on.

    Each field is a rule's parameter of that name: None is absent or not asked for, Unreadable is not known.
    `locks` are those of the whole subscription, or those at and above the subnet where no more may be read: then
    `route_table_locks` are those at and above the route table that the subnet has or is to have, `further_subnet_locks`
    and `node_group_locks` those of a running cluster's other subnets and of the group of its nodes, and else None.
    `subnet_usages` are those of all subnets of the virtual network, `subnet_usage` that of `subnet`.
    `further_subnets` are those of pools that come in one of their own; their security groups and what the identity may
    do there stand beside those of the subnets that a running cluster has besides `subnet`.
    """

    virtual_network: VirtualNetwork | Unreadable | None = None
    subnet: Subnet | Unreadable | None = None
    route_table: RouteTable | Unreadable | None = None
    candidate_route_table: RouteTable | Unreadable | None = None
    network_security_group: NetworkSecurityGroup | Unreadable | None = None
    subnet_usage: SubnetUsage | Unreadable | None = None
    subnet_usages: tuple[SubnetUsage, ...] | Unreadable | None = None
    locks: tuple[Lock, ...] | Unreadable | None = None
    route_table_locks: tuple[Lock, ...] | Unreadable | None = None
    further_subnet_locks: tuple[Lock, ...] | Unreadable | None = None
    node_group_locks: tuple[Lock, ...] | Unreadable | None = None
    policy_states: tuple[PolicyState, ...] | Unreadable | None = None
    gateways: tuple[NetworkGateway, ...] | Unreadable | None = None
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable | None = None
    running_cluster: RunningCluster | Unreadable | None = None
    identity: ManagedIdentity | Unreadable | None = None
    subnet_access: ScopeAccess | Unreadable | None = None
    route_table_access: ScopeAccess | Unreadable | None = None
    network_security_group_access: ScopeAccess | Unreadable | None = None
    nat_gateway_access: ScopeAccess | Unreadable | None = None
    virtual_network_access: ScopeAccess | Unreadable | None = None
    kubelet_identity_access: ScopeAccess | Unreadable | None = None
    private_dns_zone: PrivateDnsZone | Unreadable | None = None
    private_dns_zone_access: ScopeAccess | Unreadable | None = None
    api_server_subnet: Subnet | Unreadable | None = None
    api_server_subnet_access: ScopeAccess | Unreadable | None = None
    caller_on_subnet: CallerAccess | Unreadable | None = None
    caller_on_route_table: CallerAccess | Unreadable | None = None
    caller_on_identity: CallerAccess | Unreadable | None = None
    caller_on_group: CallerAccess | Unreadable | None = None
    caller_on_subscription: CallerAccess | Unreadable | None = None
    caller_on_network_security_group: CallerAccess | Unreadable | None = None
    caller_on_nat_gateway: CallerAccess | Unreadable | None = None
    caller_on_virtual_network: CallerAccess | Unreadable | None = None
    caller_on_private_dns_zone: CallerAccess | Unreadable | None = None
    caller_on_api_server_subnet: CallerAccess | Unreadable | None = None
    caller_on_kubelet_identity: CallerAccess | Unreadable | None = None
    custom_role: RoleDefinition | Unreadable | None = None
    group_location: str | Unreadable | None = None
    further_subnets: tuple[Subnet, ...] | Unreadable | None = None
    further_security_groups: tuple[NetworkSecurityGroup, ...] | Unreadable | None = None
    further_subnet_access: tuple[ScopeAccess, ...] | Unreadable | None = None
