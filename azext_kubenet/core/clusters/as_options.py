"""A cluster that was asked for, as the options that ask for it again. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..azure import limits
from ..azure.az_words import Option, Repeated, Word
from ..azure.resource_id import ResourceId
from .request import DEFAULT_SURGE, ClusterRequest, NodePool, OsType

ONLY_POOL = "nodepool1"
"""The name of the one pool that is described without `--nodepool`."""

POOL_OPTIONS = ("nodepool", "node_count", "max_count", "max_pods", "max_surge")
"""Those of `options_of` that say what the node pools are."""


def options_of(cluster: ClusterRequest) -> dict[str, Option]:
    """What `plan`, `validate-subnet` and `prepare` take to mean this cluster; Azure's defaults are left out."""
    return {
        **pools_as_options(cluster.node_pools),
        "internal_load_balancers": cluster.internal_load_balancers or None,
        "pod_cidr": cluster.pod_cidr,
        "service_cidr": cluster.service_cidr,
        "dns_service_ip": cluster.dns_service_ip,
        "outbound_type": cluster.outbound_type,
        "network_policy": cluster.network_policy,
        "on_premises_ranges": cluster.on_premises_ranges,
        "ignore": sorted(cluster.ignored),
    }


def private_dns_zone_option(*, is_private: bool, zone_id: ResourceId | None, public_only: bool) -> Option:
    """What `prepare` takes as `--private-dns-zone`: with it the cluster is private, with an id in that zone."""
    return "none" if public_only else zone_id or ("system" if is_private else None)


def pools_as_options(pools: tuple[NodePool, ...]) -> dict[str, Option]:
    """One pool as the simple options, where they can say all of it; else each as `--nodepool`."""
    first = pools[0]
    simple = NodePool(name=ONLY_POOL, node_count=first.node_count, max_count=first.max_count)
    if len(pools) > 1 or (first.name, first.os_type, first.subnet, first.vm_size) != (
        *(simple.name, simple.os_type, simple.subnet, simple.vm_size),
    ):
        return {"nodepool": Repeated(tuple(tuple(_tokens(pool)) for pool in pools))}
    return {
        "node_count": None if first.node_count == limits.DEFAULT_NODE_COUNT else first.node_count,
        "max_count": first.max_count if first.max_count > first.node_count else None,
        "max_pods": first.max_pods,
        "max_surge": None if first.max_surge == DEFAULT_SURGE else str(first.max_surge),
    }


def pools_in_one_subnet(pools: Iterable[NodePool]) -> dict[str, Option]:
    """Those pools for a command that names their subnet itself."""
    return pools_as_options(tuple(replace(pool, subnet=None) for pool in pools))


def _tokens(pool: NodePool) -> Iterator[Word]:
    yield f"name={pool.name}"
    yield f"count={pool.node_count}"
    if pool.max_count > pool.node_count:
        yield f"max-count={pool.max_count}"
    if pool.max_pods is not None:
        yield f"max-pods={pool.max_pods}"
    if pool.max_surge != DEFAULT_SURGE:
        yield f"max-surge={pool.max_surge}"
    if pool.os_type is not OsType.LINUX:
        yield f"os-type={pool.os_type.value}"
    if pool.subnet is not None:
        yield f"subnet={pool.subnet}"
    if pool.vm_size is not None:
        yield f"vm-size={pool.vm_size}"
