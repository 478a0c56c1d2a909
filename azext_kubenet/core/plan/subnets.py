"""The subnets of a plan: which pools share one, and a block for each. No IO.

`demands_of` splits a cluster by subnet; `place` finds or proposes each, the largest first, so that the order of the
pools does not matter. Internal load balancers and a private API server are in the subnet of the first pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import NamedTuple

from ..addresses.prefixes import usable_addresses
from ..azure.networks import Subnet, VirtualNetwork
from ..clusters.request import ClusterRequest, NodePool
from .address_choice import choose_subnet
from .next_commands import SUBNET


class SubnetPlan(NamedTuple):
    """A subnet of the plan with its pools, in addresses; `free` is negative where it is too small.

    `subnet` is one that is there, or one to be made.
    """

    subnet: Subnet
    address_prefix: IPv4Network
    pools: tuple[str, ...]
    required: int

    @property
    def usable(self) -> int:
        return sum(usable_addresses(each.prefixlen) for each in self.subnet.address_prefixes)

    @property
    def free(self) -> int:
        return self.usable - self.required


class Placement(NamedTuple):
    """`network` with what could be placed. `lacking` is the part of the cluster that found no room, and then no subnet
    is planned.
    """

    network: VirtualNetwork
    subnets: tuple[SubnetPlan, ...]
    lacking: ClusterRequest | None = None


def demands_of(cluster: ClusterRequest) -> tuple[ClusterRequest, ...]:
    """The cluster by subnet, each part with its own pools; that of the first pool comes first."""
    parts: dict[str | None, list[NodePool]] = {}
    for pool in cluster.node_pools:
        parts.setdefault(_key(pool), []).append(pool)
    return tuple(
        replace(
            cluster,
            node_pools=tuple(pools),
            internal_load_balancers=0 if number else cluster.internal_load_balancers,
            private_cluster=cluster.private_cluster and not number,
        )
        for number, pools in enumerate(parts.values())
    )


def place(
    network: VirtualNetwork, cluster: ClusterRequest, *, live: VirtualNetwork | None, prefix: IPv4Network | None = None
) -> Placement:
    """A subnet for each part of the cluster: the one of that name or prefix that is there in `live`, else a free block.

    `prefix` is the given one of the only subnet.
    """
    parts = demands_of(cluster)
    found: dict[int, SubnetPlan] = {}
    by_size = sorted(range(len(parts)), key=lambda number: (-parts[number].required_addresses, _name(parts[number])))
    there = {number: subnet for number in by_size if (subnet := _existing(live, parts[number], prefix)) is not None}
    for number in by_size:
        part, subnet = parts[number], there.get(number)
        chosen = prefix or (choose_subnet(network, part) if subnet is None else _prefix_of(subnet))
        if chosen is None:
            return Placement(network=network, subnets=(), lacking=part)
        if subnet is None:
            subnet = Subnet(name=_name(part) or _free_name(network, parts), address_prefixes=(chosen,))
            network = replace(network, subnets=(*network.subnets, subnet))
        found[number] = SubnetPlan(
            subnet=subnet,
            address_prefix=chosen,
            pools=tuple(pool.name for pool in part.node_pools),
            required=part.required_addresses,
        )
    return Placement(network=network, subnets=tuple(found[number] for number in range(len(parts))))


def settled(pools: Iterable[NodePool], subnets: tuple[SubnetPlan, ...]) -> Iterator[NodePool]:
    """The pools with the name of their subnet, where there are several; one needs no name."""
    names = {pool: each.subnet.name for each in subnets for pool in each.pools} if len(subnets) > 1 else {}
    return (replace(pool, subnet=names.get(pool.name, pool.subnet)) for pool in pools)


def _key(pool: NodePool) -> str | None:
    return None if pool.subnet is None else pool.subnet.lower()


def _name(part: ClusterRequest) -> str:
    return part.node_pools[0].subnet or ""


def _existing(live: VirtualNetwork | None, part: ClusterRequest, prefix: IPv4Network | None) -> Subnet | None:
    """The subnet of a live virtual network that has that name, or the given prefix, be it one of several."""
    subnets, name = () if live is None else live.subnets, _name(part).lower()
    if prefix is not None:
        return next((each for each in subnets if prefix in each.address_prefixes), None)
    return next((each for each in subnets if each.name.lower() == name), None)


def _prefix_of(subnet: Subnet) -> IPv4Network | None:
    return next(iter(subnet.address_prefixes), None)


def _free_name(network: VirtualNetwork, parts: tuple[ClusterRequest, ...]) -> str:
    """The documentation's subnet name, numbered where there is or will be one like it: that must not be changed."""
    taken = {*(subnet.name.lower() for subnet in network.subnets), *(_name(part).lower() for part in parts)}
    names = (f"{SUBNET}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (SUBNET, *names) if name.lower() not in taken)
