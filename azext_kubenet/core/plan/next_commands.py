"""The az commands that carry a plan out, complete and quoted for a POSIX shell. No IO."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from ..azure.model import Subnet, VirtualNetwork
from ..azure.resource_id import resource_id
from ..clusters.request import DEFAULT_SURGE, ClusterRequest, NodePool

RESOURCE_GROUP = "myResourceGroup"
VIRTUAL_NETWORK = "myAKSVnet"
SUBNET = "myAKSSubnet"
CLUSTER = "myAKSCluster"
"""Names of the documentation, for what is not known offline.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the commands write; without the id of the virtual network its subscription is the caller's default."""

    virtual_network: VirtualNetwork
    subnet: Subnet

    @property
    def resource_group(self) -> str:
        """The virtual network's, for the cluster too, as no other is known."""
        return RESOURCE_GROUP if self.virtual_network.id is None else self.virtual_network.id.resource_group

    @property
    def location(self) -> str | None:
        return self.virtual_network.location or None

    @property
    def scope(self) -> list[str]:
        words = ["--resource-group", self.resource_group]
        if self.virtual_network.id is not None:
            words += ["--subscription", self.virtual_network.id.subscription_id]
        return words

    @property
    def subnet_id(self) -> str:
        """The id where it is known, else the command that reads it, as one quoted word."""
        if self.virtual_network.id is not None:
            return shlex.quote(str(self.virtual_network.id.child("subnets", self.subnet.name)))
        names = ["--vnet-name", self.virtual_network.name, "--name", self.subnet.name]
        return self._read_id("az", "network", "vnet", "subnet", "show", *self.scope, *names)

    @property
    def identity_id(self) -> str:
        """As `subnet_id`, for the identity that `az aks kubenet prepare` makes."""
        name = f"{CLUSTER}-identity"
        if self.virtual_network.id is None:
            return self._read_id("az", "identity", "show", *self.scope, "--name", name)
        subscription = self.virtual_network.id.subscription_id
        kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
        return shlex.quote(str(resource_id(subscription, self.resource_group, kind, name)))

    @staticmethod
    def _read_id(*words: str) -> str:
        return f'"$({shlex.join([*words, "--query", "id", "--output", "tsv"])})"'


def next_commands(
    cluster: ClusterRequest, *, virtual_network: VirtualNetwork, subnet: Subnet, proposed: bool
) -> tuple[str, ...]:
    """The commands in their order: network, `prepare`, `create`, then each further pool.

    `cluster` has the chosen ranges and the node pools as they were asked for: growth is room in the plan, not nodes
    to start with. `proposed` says that the virtual network has to be made as well.
    """
    target = Target(virtual_network=virtual_network, subnet=subnet)
    first, *further = cluster.node_pools
    commands = [_subnet_create(target), _prepare(target), _create(target, cluster, first)]
    if proposed:
        commands.insert(0, _network_create(target))
    if first.max_surge != DEFAULT_SURGE:
        commands.append(_surge_update(target, first))
    commands.extend(_pool_add(target, pool) for pool in further)
    return tuple(commands)


def _network_create(target: Target) -> str:
    prefixes = [str(prefix) for prefix in target.virtual_network.address_prefixes]
    words = ["--name", target.virtual_network.name, "--address-prefixes", *prefixes]
    return shlex.join(["az", "network", "vnet", "create", *target.scope, *words])


def _subnet_create(target: Target) -> str:
    prefixes = [str(prefix) for prefix in target.subnet.address_prefixes]
    names = ["--vnet-name", target.virtual_network.name, "--name", target.subnet.name]
    return shlex.join(
        ["az", "network", "vnet", "subnet", "create", *target.scope, *names, "--address-prefixes", *prefixes]
    )


def _prepare(target: Target) -> str:
    names = ["--vnet-name", target.virtual_network.name, "--subnet-name", target.subnet.name]
    return shlex.join(["az", "aks", "kubenet", "prepare", *target.scope, "--cluster-name", CLUSTER, *names])


def _create(target: Target, cluster: ClusterRequest, pool: NodePool) -> str:
    words = ["az", "aks", "kubenet", "create", *target.scope, "--name", CLUSTER]
    location = cluster.location or target.location
    if location is not None:
        words += ["--location", location]
    words += ["--nodepool-name", pool.name, *_pool_words(pool)]
    words += ["--pod-cidr", str(cluster.effective_pod_cidr), "--service-cidr", str(cluster.effective_service_cidr)]
    words += ["--dns-service-ip", str(cluster.effective_dns_service_ip)]
    words += [word for flag, value in _options(cluster) for word in (flag, value)]
    ids = f"--vnet-subnet-id {target.subnet_id} --assign-identity {target.identity_id}"
    return f"{shlex.join(words)} {ids} --generate-ssh-keys"


def _options(cluster: ClusterRequest) -> Iterator[tuple[str, str]]:
    if cluster.outbound_type is not None:
        yield "--outbound-type", cluster.outbound_type
    if cluster.network_policy is not None:
        yield "--network-policy", cluster.network_policy
    if cluster.internal_load_balancers:
        yield "--internal-load-balancers", str(cluster.internal_load_balancers)


def _surge_update(target: Target, pool: NodePool) -> str:
    """`az aks create` cannot set the surge of its pool."""
    words = ["--cluster-name", CLUSTER, "--name", pool.name, *_surge_words(pool)]
    return shlex.join(["az", "aks", "nodepool", "update", *target.scope, *words])


def _pool_add(target: Target, pool: NodePool) -> str:
    words = ["az", "aks", "nodepool", "add", *target.scope, "--cluster-name", CLUSTER, "--name", pool.name]
    words += [*_pool_words(pool), *_surge_words(pool), "--os-type", pool.os_type.value]
    return f"{shlex.join(words)} --vnet-subnet-id {target.subnet_id}"


def _pool_words(pool: NodePool) -> list[str]:
    words = ["--node-count", str(pool.node_count), "--max-pods", str(pool.pods_per_node)]
    if pool.max_count > pool.node_count:
        counts = ["--min-count", str(pool.node_count), "--max-count", str(pool.max_count)]
        words += ["--enable-cluster-autoscaler", *counts]
    return words


def _surge_words(pool: NodePool) -> list[str]:
    """A surge of 0 is legal only where nodes may be taken away first.

    Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling
    """
    words = ["--max-surge", str(pool.max_surge)]
    return words if pool.max_surge.value else [*words, "--max-unavailable", "1"]
