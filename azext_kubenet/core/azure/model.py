"""What was read from Azure, frozen: the types that rules, plans and changes are decided on. No IO.

`None` says that a thing is not there; `Unreadable` says that nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from . import limits
from .resource_id import ResourceId

EVERYWHERE: Final = IPv4Network("0.0.0.0/0")

GROUP_TYPES: Final = ("group", "foreigngroup")
"""Types of principals that have members, in lower case.
Source: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that could not be read: why, and the permission that is missing where that is the cause."""

    reason: str
    permission: str | None = None
    resource_id: str | None = None

    @property
    def is_no_answer(self) -> bool:
        """Whether what came was no answer, rather than that a right is missing."""
        return self.permission is None

    @property
    def remedy(self) -> str:
        """What somebody can do to have it read; a whole sentence."""
        if self.permission is None:
            return "Run the command again; if it stays so, look at the message above."
        return f"Ask for the permission {self.permission}, or have somebody who has it run the command."


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    name: str
    remote_address_prefixes: tuple[IPv4Network, ...]
    state: str = "Connected"
    use_remote_gateways: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """One subnet. `id` is None while it is only planned.

    `network_intent_policies` and `injected_subnet_id` (Azure's undocumented `networkIntentPolicies` and `subnetID`) are
    what a service leaves on a subnet that it has put itself into.
    """

    name: str
    address_prefixes: tuple[IPv4Network, ...]
    id: ResourceId | None = None
    route_table_id: ResourceId | None = None
    network_security_group_id: ResourceId | None = None
    nat_gateway_id: ResourceId | None = None
    delegations: tuple[str, ...] = ()
    ip_configurations: tuple[str, ...] = ()
    application_gateway_configurations: tuple[str, ...] = ()
    private_endpoints: tuple[str, ...] = ()
    service_endpoints: tuple[str, ...] = ()
    service_association_links: tuple[str, ...] = ()
    resource_navigation_links: tuple[str, ...] = ()
    network_intent_policies: tuple[str, ...] = ()
    injected_subnet_id: str = ""
    default_outbound_access: bool | None = None
    provisioning_state: str = "Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """One virtual network with its subnets and peerings. `id` is None while it is only planned.

    `proposed` is one that nobody gave a prefix of.
    """

    name: str
    address_prefixes: tuple[IPv4Network, ...]
    id: ResourceId | None = None
    location: str = ""
    subnets: tuple[Subnet, ...] = ()
    peerings: tuple[Peering, ...] = ()
    dns_servers: tuple[str, ...] = ()
    provisioning_state: str = "Succeeded"
    proposed: bool = False

    @property
    def custom_dns_servers(self) -> tuple[str, ...]:
        """The DNS servers that are not Azure's own.

        Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        """
        return tuple(each for each in self.dns_servers if each != str(limits.PLATFORM_ADDRESS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route; `address_prefix` is None where the destination is a service tag or IPv6, `destination` is its text."""

    name: str
    destination: str
    address_prefix: IPv4Network | None
    next_hop_type: str
    next_hop_ip: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    id: ResourceId
    location: str
    routes: tuple[Route, ...] = ()
    subnets: tuple[ResourceId, ...] = ()
    disable_bgp_route_propagation: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    provisioning_state: str = "Succeeded"

    @property
    def default_route(self) -> Route | None:
        """The route for 0.0.0.0/0, if there is one."""
        return next((route for route in self.routes if route.address_prefix == EVERYWHERE), None)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    name: str
    level: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyState:
    """A policy assignment that is in force on a resource, with its effect (`deny`, `modify`, ...)."""

    assignment_id: str
    definition_name: str
    effect: str
    resource_id: str

    @property
    def refuses_writes(self) -> bool:
        """Whether the effect refuses or changes a write.

        Source: https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics
        """
        return self.effect.lower() in ("deny", "denyaction", "modify", "append")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkGateway:
    """A virtual network gateway or local network gateway and the ranges that lie behind it."""

    id: ResourceId
    address_prefixes: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetUsage:
    """Addresses of a subnet in use, as `virtualNetworks/usages` counts them; Azure's own five are not among them.

    Source: https://learn.microsoft.com/powershell/module/az.network/get-azvirtualnetworkusagelist
    """

    subnet_id: ResourceId
    current: int


class IdentityKind(str, Enum):
    """Who the cluster's control plane is."""

    SYSTEM_ASSIGNED = "SystemAssigned"
    USER_ASSIGNED = "UserAssigned"
    SERVICE_PRINCIPAL = "ServicePrincipal"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPool:
    """A node pool that is there; `max_count` is the autoscaler's, else the count. `max_surge` is Azure's own text.

    `kind` is Azure's `type`: what its machines are in.
    """

    name: str
    count: int
    max_count: int
    autoscaler: bool = False
    max_pods: int | None = None
    max_surge: str = ""
    os_type: str = "Linux"
    vm_size: str = ""
    subnet_id: ResourceId | None = None
    provisioning_state: str = "Succeeded"
    power_state: str = "Running"
    kubernetes_version: str = ""
    kind: str = "VirtualMachineScaleSets"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedCluster:
    """A managed cluster that is already there, as the service or Resource Graph gives it.

    `identity_ids` are all its identities, the kubelet's among them; `user_assigned_ids` those of its control plane, and
    `principal_id` that of a system-assigned one, `user_assigned_principals` those of the others as far as Azure tells
    them. `application_gateway_id` and its subnet are what the add-on for Application Gateway says of them. Fields that
    a Resource Graph row lacks have their defaults.
    """

    id: ResourceId
    location: str
    network_plugin: str
    network_plugin_mode: str = ""
    network_policy: str = ""
    network_dataplane: str = ""
    outbound_type: str = ""
    ip_families: tuple[str, ...] = ("IPv4",)
    pod_cidrs: tuple[IPv4Network, ...] = ()
    service_cidr: IPv4Network | None = None
    dns_service_ip: IPv4Address | None = None
    kubernetes_version: str = ""
    provisioning_state: str = "Succeeded"
    power_state: str = "Running"
    subnet_ids: tuple[ResourceId, ...] = ()
    node_resource_group: str = ""
    identity_kind: IdentityKind = IdentityKind.SYSTEM_ASSIGNED
    identity_ids: tuple[ResourceId, ...] = ()
    user_assigned_ids: tuple[ResourceId, ...] = ()
    principal_id: str = ""
    user_assigned_principals: tuple[str, ...] = ()
    kubelet_identity_id: ResourceId | None = None
    agent_pools: tuple[AgentPool, ...] = ()
    addons: tuple[str, ...] = ()
    application_gateway_id: ResourceId | None = None
    application_gateway_subnet_id: ResourceId | None = None
    private_cluster: bool = False
    api_server_subnet_id: ResourceId | None = None
    etag: str = ""

    @property
    def principal_ids(self) -> frozenset[str]:
        """The principals of its control plane, in lower case."""
        found = (self.principal_id, *self.user_assigned_principals)
        return frozenset(each.lower() for each in found if each)

    @property
    def network_model(self) -> str:
        """Plugin and mode, as Azure calls them."""
        return " ".join(each for each in (self.network_plugin, self.network_plugin_mode) if each)

    @property
    def is_overlay(self) -> bool:
        """Whether it is on Azure CNI Overlay, where a kubenet cluster goes."""
        return self.network_model.lower() == "azure overlay"

    @property
    def system_identity(self) -> ManagedIdentity | None:
        """Its system-assigned identity, which has no id but the cluster's; None where it has none."""
        if not self.principal_id:
            return None
        return ManagedIdentity(id=self.id, location=self.location, principal_id=self.principal_id, client_id="")

    @property
    def node_group_id(self) -> str:
        """The id of the node resource group."""
        return f"/subscriptions/{self.id.subscription_id}/resourceGroups/{self.node_resource_group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A node as AKS lists it; the address is None where it has none yet."""

    name: str
    address: IPv4Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMachines:
    """The machines of one pool."""

    pool: str
    machines: tuple[Machine, ...] | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCluster:
    """A cluster that runs, with what it runs on. `core/clusters/running` reads nodes, table and demand out of it.

    `subnets` are those of its pools; one that is not there any more is left out. `route_tables` are those on its
    subnets, and where one of these may have lost the cluster's own, all that could be seen of the subscription:
    `other_tables`, None where nobody looked. `waited` says that a missing route has had its time, `by_name` that nodes
    were not asked for: they are known by the names of their network interfaces, without their addresses.
    """

    cluster: ManagedCluster
    machines: tuple[PoolMachines, ...] = ()
    subnets: tuple[Subnet | Unreadable, ...] = ()
    route_tables: tuple[RouteTable | Unreadable, ...] = ()
    other_tables: tuple[RouteTable, ...] | Unreadable | None = None
    waited: bool = False
    by_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    id: ResourceId
    location: str
    principal_id: str
    client_id: str
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateDnsZone:
    """A zone that private networks are linked to."""

    id: ResourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One block of a role definition; actions may hold `*`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    id: str
    name: str
    permissions: tuple[Permission, ...]

    @property
    def guid(self) -> str:
        return self.id.rsplit("/", 1)[-1].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """An assignment; `condition` is Azure's ABAC text where there is one."""

    id: str
    scope: str
    role_definition_id: str
    principal_id: str
    principal_type: str = "ServicePrincipal"
    condition: str | None = None
    description: str | None = None

    @property
    def role_guid(self) -> str:
        return self.role_definition_id.rsplit("/", 1)[-1].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyAssignment:
    """A deny assignment; without principals and groups it is for everyone but those excluded.

    `group_ids` also hold principals of which Azure does not say what they are.
    """

    id: str
    name: str
    scope: str
    permissions: tuple[Permission, ...]
    principal_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    excluded_principal_ids: tuple[str, ...] = ()
    excluded_group_ids: tuple[str, ...] = ()
    applies_to_children: bool = True
    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeAccess:
    """What decides a principal's rights on one scope: everything assigned there and above.

    `identity_id` is the managed identity, or for a system-assigned one the cluster, that the principal stands for.
    """

    scope: str
    principal_id: str
    identity_id: ResourceId | None = None
    assignments: tuple[RoleAssignment, ...] = ()
    definitions: tuple[RoleDefinition, ...] = ()
    denials: tuple[DenyAssignment, ...] | Unreadable = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerAccess:
    """What the caller may do on one scope, as `Microsoft.Authorization/permissions` lists it."""

    scope: str
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
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
