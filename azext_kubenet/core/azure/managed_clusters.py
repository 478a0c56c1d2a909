"""Clusters that are there, as they were read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .access import ManagedIdentity
from .identity_kind import IdentityKind
from .networks import Subnet
from .resource_id import ResourceId
from .route_tables import RouteTable
from .unreadable import Unreadable


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
    private_dns_zone_id: ResourceId | None = None
    public_dns_only: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunningCluster:
    """A cluster that runs, with what it runs on. `core/clusters/running` reads nodes, table and demand out of it.

    `subnets` are those of its pools; one that is not there any more is left out. `route_tables` are those on its
    subnets, and where one of these may have lost the cluster's own, all that could be seen of the subscription:
    `other_tables`, None where nobody looked. `waited` says that a missing route has had its time, `by_name` that nodes
    were not asked for: they are known by the names of their network interfaces, without their addresses.
    One is equal to itself alone, so that what several rules work out of it is kept and not worked out again.
    """

    cluster: ManagedCluster
    machines: tuple[PoolMachines, ...] = ()
    subnets: tuple[Subnet | Unreadable, ...] = ()
    route_tables: tuple[RouteTable | Unreadable, ...] = ()
    other_tables: tuple[RouteTable, ...] | Unreadable | None = None
    waited: bool = False
    by_name: bool = False
