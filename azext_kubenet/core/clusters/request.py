"""The cluster somebody wants: node pools, ranges and choices, with Azure's defaults filled in. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import NamedTuple

from ..azure import limits
from ..azure.identity_kind import IdentityKind
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId


class Surge(NamedTuple):
    """Nodes added at an upgrade: a count, or a percentage of the pool's size, rounded up.

    Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling
    """

    value: int
    percent: bool

    def nodes(self, pool_size: int) -> int:
        """Surge nodes of a pool of `pool_size` nodes; never more than the pool has."""
        wanted = -(-pool_size * self.value // 100) if self.percent else self.value
        return min(wanted, pool_size)

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


USER_DEFINED_ROUTING = "userDefinedRouting"
USER_ASSIGNED_NAT_GATEWAY = "userAssignedNATGateway"

UNNAMED = ""
"""The name of a pool that is given without one, beside a cluster that runs."""

DEFAULT_SURGE = Surge(value=limits.DEFAULT_MAX_SURGE_PERCENT, percent=True)


class OsType(str, Enum):
    LINUX = "Linux"
    WINDOWS = "Windows"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePool:
    """One node pool; `max_pods` is None where Azure's default applies.

    `subnet` is a name or an id; None is the subnet that the command is about. `nodes_now` counts the nodes of a pool
    that runs.
    """

    name: str
    node_count: int
    max_count: int
    max_pods: int | None = None
    max_surge: Surge = DEFAULT_SURGE
    os_type: OsType = OsType.LINUX
    subnet: str | None = None
    vm_size: str | None = None
    nodes_now: int | None = None

    @property
    def pods_per_node(self) -> int:
        return limits.DEFAULT_MAX_PODS_KUBENET if self.max_pods is None else self.max_pods

    @property
    def now(self) -> int:
        """The nodes that there are, or that the pool starts with."""
        return self.node_count if self.nodes_now is None else self.nodes_now

    @property
    def upgrade_now(self) -> int:
        """Nodes at the height of an upgrade of the nodes that there are."""
        return self.now + self.max_surge.nodes(self.now)

    @property
    def surge_nodes(self) -> int:
        return self.max_surge.nodes(self.max_count)

    @property
    def peak_nodes(self) -> int:
        """Nodes at the height of an upgrade of the fully scaled pool."""
        return self.max_count + self.surge_nodes


class PlannedWith(NamedTuple):
    """What `plan` was given beside the cluster, for the plan that is printed to give again.

    `node_pools` are those asked for, before their maxima were raised by `growth_percent`. `address_prefixes` were given
    as arguments, beside a virtual network that was read or instead of one.
    """

    growth_percent: int
    node_pools: tuple[NodePool, ...]
    address_prefixes: tuple[IPv4Network, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """The cluster to plan, check or create. What is None was not given and is Azure's default.

    `ignored` are the codes of the rules that are left out. `runs` is a cluster that is there, its own values filled in
    by `clusters/running`; its nodes are in `node_resource_group`. `policy_after_migration` is the network policy engine
    that comes back once it has moved to overlay, or `none`; None where nobody said. `identity_given` tells an identity
    that somebody gave for the move.
    """

    node_pools: tuple[NodePool, ...]
    pod_cidr: IPv4Network | None = None
    service_cidr: IPv4Network | None = None
    dns_service_ip: IPv4Address | None = None
    outbound_type: str | None = None
    network_policy: str | None = None
    internal_load_balancers: int = 0
    on_premises_ranges: tuple[IPv4Network, ...] = ()
    ignored: frozenset[str] = frozenset()
    location: str | None = None
    identity_kind: IdentityKind = IdentityKind.SYSTEM_ASSIGNED
    identity_id: ResourceId | None = None
    cluster_id: ResourceId | None = None
    ip_families: tuple[str, ...] = ("IPv4",)
    ipv6_pod_cidrs: tuple[IPv6Network, ...] = ()
    ipv6_service_cidrs: tuple[IPv6Network, ...] = ()
    addons: tuple[str, ...] = ()
    network_dataplane: str | None = None
    kubelet_identity_id: ResourceId | None = None
    private_cluster: bool = False
    api_server_subnet_id: ResourceId | None = None
    private_dns_zone_id: ResourceId | None = None
    public_dns_only: bool = False
    node_provisioning_mode: str | None = None
    application_security_groups: tuple[ResourceId, ...] = ()
    application_gateway_subnet_id: ResourceId | None = None
    application_gateway_subnet_prefix: IPv4Network | None = None
    runs: bool = False
    node_resource_group: str | None = None
    policy_after_migration: str | None = None
    identity_given: bool = False
    planned_with: PlannedWith | None = None

    @property
    def effective_pod_cidr(self) -> IPv4Network:
        return self.pod_cidr or limits.DEFAULT_POD_CIDR

    @property
    def effective_service_cidr(self) -> IPv4Network:
        return self.service_cidr or limits.DEFAULT_SERVICE_CIDR

    @property
    def effective_dns_service_ip(self) -> IPv4Address:
        """The given address; else the tenth of the service CIDR, as `az aks create` and the service choose."""
        if self.dns_service_ip is not None:
            return self.dns_service_ip
        network = self.effective_service_cidr
        return network.network_address + min(limits.DNS_SERVICE_OFFSET, network.num_addresses - 1)

    @property
    def effective_outbound_type(self) -> str:
        return self.outbound_type or "loadBalancer"

    @property
    def peak_nodes(self) -> int:
        return sum(pool.peak_nodes for pool in self.node_pools)

    @property
    def api_server_addresses(self) -> int:
        """The address that a private cluster's API server takes of the node subnet, unless it has one of its own.

        Source: https://learn.microsoft.com/azure/aks/private-clusters
        """
        return int(self.private_cluster and self.api_server_subnet_id is None)

    @property
    def required_addresses(self) -> int:
        """Subnet addresses the cluster needs at its peak, without Azure's five."""
        return self.peak_nodes + self.internal_load_balancers + self.api_server_addresses

    def pools_in(self, subnet: Subnet) -> tuple[NodePool, ...]:
        """The pools in that subnet; one that names none is in any."""
        names = {subnet.name.lower(), "" if subnet.id is None else subnet.id.text.lower()}
        return tuple(pool for pool in self.node_pools if pool.subnet is None or pool.subnet.lower() in names)
