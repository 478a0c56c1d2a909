"""What `plan` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..core.azure.resource_types import SUBNET_TYPE
from .cluster import ClusterArguments, parse_cluster
from .values import UsageError, parse_cidr, parse_cidrs, parse_count, parse_id

if TYPE_CHECKING:
    from ..core.azure.networks import VirtualNetwork
    from ..core.azure.resource_id import ResourceId
    from ..core.clusters.request import NodePool
    from ..core.plan.plan import PlanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArguments(ClusterArguments):
    """The cluster and the ranges to plan with, as typed."""

    vnet_address_prefixes: list[str] | None = None
    used_prefixes: list[str] | None = None
    peered_prefixes: list[str] | None = None
    subnet_prefix: str | None = None
    growth: str | None = None
    need: list[str] | None = None


def parse_plan(arguments: PlanArguments) -> PlanRequest:
    """What to plan, but for a virtual network that has to be read."""
    from ..core.plan.comparison import Need  # these two only now: the other commands do without them
    from ..core.plan.plan import PlanRequest

    prefix, cluster = arguments.subnet_prefix, parse_cluster(arguments)
    named = next((pool.subnet for pool in cluster.node_pools if pool.subnet is not None), None)
    if prefix is not None and named is not None:
        raise UsageError(
            f"--subnet-prefix describes a single subnet, but --nodepool names '{named}'.",
            "Omit --subnet-prefix to have each subnet chosen, or subnet= to plan one.",
        )
    return PlanRequest(
        cluster=cluster,
        address_prefixes=parse_cidrs(arguments.vnet_address_prefixes, "--vnet-address-prefixes"),
        used_prefixes=parse_cidrs(arguments.used_prefixes, "--used-prefixes"),
        peered_prefixes=parse_cidrs(arguments.peered_prefixes, "--peered-prefixes"),
        subnet_prefix=None if prefix is None else parse_cidr(prefix, "--subnet-prefix"),
        growth_percent=parse_count(arguments.growth or 0, "--growth"),
        needs=frozenset(Need(each) for each in arguments.need or ()),
    )


def in_network(request: PlanRequest, network: VirtualNetwork | None) -> PlanRequest:
    """The request in the virtual network that was read; a subnet given by its id has to be one of it."""
    pools = (_named(pool, None if network is None else network.id) for pool in request.cluster.node_pools)
    return request._replace(virtual_network=network, cluster=replace(request.cluster, node_pools=tuple(pools)))


def _named(pool: NodePool, network_id: ResourceId | None) -> NodePool:
    if pool.subnet is None or "/" not in pool.subnet:
        return pool
    subnet_id = parse_id(pool.subnet, f"--nodepool {pool.name}: subnet", SUBNET_TYPE)
    if subnet_id.parent != network_id:
        raise UsageError(
            f"--nodepool {pool.name}: subnet '{pool.subnet}' is not in the virtual network of this plan.",
            f"Give --vnet-id {subnet_id.parent}, or the name alone: subnet={subnet_id.name}.",
        )
    return replace(pool, subnet=subnet_id.name)
