"""The az commands that carry a plan out, complete and quoted for a POSIX shell. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..azure.az_words import Option, Word, add_node_pool, az, group_of, kubenet, output_of, update_subnet
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import resource_id
from ..clusters.as_options import options_of, pools_in_one_subnet
from ..clusters.request import (
    DEFAULT_SURGE,
    USER_ASSIGNED_NAT_GATEWAY,
    USER_DEFINED_ROUTING,
    ClusterRequest,
    NodePool,
)

RESOURCE_GROUP = "myResourceGroup"
VIRTUAL_NETWORK = "myAKSVnet"
SUBNET = "myAKSSubnet"
CLUSTER = "myAKSCluster"
"""Names of the documentation, for what is not known offline.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet"""


NAT_GATEWAY = "myNATGateway"
"""As above. Source: https://learn.microsoft.com/azure/aks/nat-gateway"""

NEXT_HOP = "NEXT_HOP_IP"
"""Stands for the appliance's address, which nobody can plan: `prepare` refuses the word and says what it wants."""

PLANNED_OUTBOUND_TYPES = ("loadBalancer", USER_DEFINED_ROUTING, USER_ASSIGNED_NAT_GATEWAY)
"""Those that a cluster in a subnet of one's own can be created with."""

GIVEN = "given"
"""Name of the subnet and of the peering that stand for prefixes given as arguments."""


class Target(NamedTuple):
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
    def group(self) -> Mapping[str, Option]:
        network_id = self.virtual_network.id
        return {"resource_group": RESOURCE_GROUP} if network_id is None else group_of(network_id)

    @property
    def subnet_id(self) -> Word:
        """The id where it is known, else the command that reads it."""
        if self.virtual_network.id is not None:
            return self.virtual_network.id.child("subnets", self.subnet.name)
        names = {"vnet_name": self.virtual_network.name, "name": self.subnet.name}
        return output_of(az("network", "vnet", "subnet", "show", **self.group, **names, query="id", output="tsv"))

    @property
    def identity_id(self) -> Word:
        """As `subnet_id`, for the identity that `az aks kubenet prepare` makes."""
        name = f"{CLUSTER}-identity"
        if self.virtual_network.id is None:
            return output_of(az("identity", "show", **self.group, name=name, query="id", output="tsv"))
        subscription = self.virtual_network.id.subscription_id
        kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
        return resource_id(subscription, self.resource_group, kind, name)


def next_commands(
    cluster: ClusterRequest,
    *,
    virtual_network: VirtualNetwork,
    subnet: Subnet,
    further: tuple[Subnet, ...] = (),
    proposed: bool,
) -> tuple[str, ...]:
    """The commands in their order: network, `prepare`, `create`, the further subnets on the cluster's one route table,
    then each further pool.

    `cluster` has the chosen ranges and the node pools as they were asked for: growth is room in the plan, not nodes
    to start with. `proposed` says that the virtual network has to be made as well. None for an outbound type that
    `create` refuses.
    """
    if cluster.effective_outbound_type not in PLANNED_OUTBOUND_TYPES:
        return ()
    target, *others = (Target(virtual_network=virtual_network, subnet=each) for each in (subnet, *further))
    first, *pools = cluster.node_pools
    has_gateway = cluster.outbound_type == USER_ASSIGNED_NAT_GATEWAY
    lacks_gateway = has_gateway and any(each.nat_gateway_id is None for each in (subnet, *further))
    commands = [_network_create(target)] if proposed else []
    commands.extend(_nat_gateway_create(target) if lacks_gateway else ())
    for each in (target, *others):
        commands.extend(_subnet_made(each, has_gateway=has_gateway))
    commands += [_prepare(target, cluster), _create(target, cluster, first)]
    commands.extend(surge_updates({**target.group, "cluster_name": CLUSTER}, first))
    commands.extend(_prepare_further(each, cluster.pools_in(each.subnet)) for each in others)
    by_name = {each.subnet.name.lower(): each for each in others}
    for pool in pools:
        place = by_name.get((pool.subnet or "").lower(), target)
        commands.append(pool_add({**place.group, "cluster_name": CLUSTER}, pool, place.subnet_id))
    return tuple(commands)


def _subnet_made(target: Target, *, has_gateway: bool) -> Iterator[str]:
    """The subnet, and the NAT gateway on it where the cluster leaves by one; nothing where both are there."""
    subnet = target.subnet
    if subnet.id is None:
        yield _subnet_create(target, NAT_GATEWAY if has_gateway else None)
    elif has_gateway and subnet.nat_gateway_id is None:
        yield update_subnet(subnet.id, nat_gateway=NAT_GATEWAY)


def _network_create(target: Target) -> str:
    network = target.virtual_network
    return az("network", "vnet", "create", **target.group, name=network.name, address_prefixes=network.address_prefixes)


def _nat_gateway_create(target: Target) -> tuple[str, ...]:
    """A gateway with an address of its own; a subnet cannot have one of another region."""
    place = {**target.group, "location": target.location}
    address = {"name": f"{NAT_GATEWAY}IP", "sku": "Standard", "allocation_method": "Static"}
    gateway = {"name": NAT_GATEWAY, "public_ip_addresses": address["name"]}
    return (
        az("network", "public-ip", "create", **place, **address),
        az("network", "nat", "gateway", "create", **place, **gateway),
    )


def _subnet_create(target: Target, nat_gateway: str | None) -> str:
    names = {"vnet_name": target.virtual_network.name, "name": target.subnet.name}
    prefixes = target.subnet.address_prefixes
    options = {"address_prefixes": prefixes, "nat_gateway": nat_gateway}
    return az("network", "vnet", "subnet", "create", **target.group, **names, **options)


def _prepare(target: Target, cluster: ClusterRequest) -> str:
    names = {"vnet_name": target.virtual_network.name, "subnet_name": target.subnet.name}
    next_hop = NEXT_HOP if cluster.outbound_type == USER_DEFINED_ROUTING else None
    place = {**target.group, "cluster_name": CLUSTER, **names}
    return kubenet("prepare", **place, default_route_next_hop=next_hop, **options_of(cluster))


def _prepare_further(target: Target, pools: tuple[NodePool, ...]) -> str:
    """For a cluster that runs: its one route table comes on the subnet, where these pools will be."""
    names = {"vnet_name": target.virtual_network.name, "subnet_name": target.subnet.name}
    place = {**target.group, "cluster_name": CLUSTER, **names}
    return kubenet("prepare", **place, **pools_in_one_subnet(pools))


def _create(target: Target, cluster: ClusterRequest, pool: NodePool) -> str:
    return kubenet(
        "create",
        **target.group,
        name=CLUSTER,
        location=cluster.location or target.location,
        nodepool_name=pool.name,
        **pool_options(pool),
        pod_cidr=cluster.effective_pod_cidr,
        service_cidr=cluster.effective_service_cidr,
        dns_service_ip=cluster.effective_dns_service_ip,
        outbound_type=cluster.outbound_type,
        network_policy=cluster.network_policy,
        internal_load_balancers=cluster.internal_load_balancers or None,
        max_surge=None if pool.max_surge == DEFAULT_SURGE else str(pool.max_surge),
        on_premises_ranges=cluster.on_premises_ranges,
        ignore=sorted(cluster.ignored),
        vnet_subnet_id=target.subnet_id,
        assign_identity=target.identity_id,
        generate_ssh_keys=True,
    )


def surge_updates(place: Mapping[str, Option], pool: NodePool) -> tuple[str, ...]:
    """The update of the first pool, where its surge is not Azure's default: `az aks create` cannot set it.

    `place` names group and cluster.
    """
    if pool.max_surge == DEFAULT_SURGE:
        return ()
    return (az("aks", "nodepool", "update", **place, name=pool.name, **_surge_options(pool)),)


def pool_add(place: Mapping[str, Option], pool: NodePool, subnet_id: Word) -> str:
    """The addition of one more pool; `place` names group and cluster."""
    return add_node_pool(
        place,
        name=pool.name,
        **pool_options(pool),
        **_surge_options(pool),
        os_type=pool.os_type.value,
        subnet_id=subnet_id,
    )


def pool_options(pool: NodePool) -> Mapping[str, Option]:
    """What `create` and `nodepool add` take of a pool."""
    options: dict[str, Option] = {
        "node_count": pool.node_count,
        "node_vm_size": pool.vm_size,
        "max_pods": pool.pods_per_node,
    }
    if pool.max_count > pool.node_count:
        counts = {"min_count": pool.node_count, "max_count": pool.max_count}
        options |= {"enable_cluster_autoscaler": True, **counts}
    return options


def _surge_options(pool: NodePool) -> Mapping[str, Option]:
    """A surge of 0 is legal only where nodes may be taken away first.

    Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling
    """
    return {"max_surge": str(pool.max_surge), "max_unavailable": None if pool.max_surge.value else 1}
