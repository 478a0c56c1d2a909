"""A cluster that was asked for, as the options that ask for it again. No IO."""

from __future__ import annotations

from collections.abc import Iterator

from ..azure.az_words import Option, Repeated, Word
from .request import DEFAULT_SURGE, ClusterRequest, NodePool, OsType

ONLY_POOL = "nodepool1"
"""The name of the one pool that is described without `--nodepool`."""

POOL_OPTIONS = ("nodepool", "node_count", "max_count", "max_pods", "max_surge")
"""Those of `options_of` that say what the node pools are."""


def options_of(cluster: ClusterRequest) -> dict[str, Option]:
    """What `plan`, `validate-subnet` and `prepare` take to mean this cluster; Azure's defaults are left out."""
    return {
        **_pools(cluster.node_pools),
        "internal_load_balancers": cluster.internal_load_balancers or None,
        "pod_cidr": cluster.pod_cidr,
        "service_cidr": cluster.service_cidr,
        "dns_service_ip": cluster.dns_service_ip,
        "outbound_type": cluster.outbound_type,
        "network_policy": cluster.network_policy,
        "on_premises_ranges": cluster.on_premises_ranges,
    }


def _pools(pools: tuple[NodePool, ...]) -> dict[str, Option]:
    first = pools[0]
    simple = NodePool(name=ONLY_POOL, node_count=first.node_count, max_count=first.max_count)
    if len(pools) > 1 or (first.name, first.os_type, first.subnet, first.vm_size) != (
        *(simple.name, simple.os_type, simple.subnet, simple.vm_size),
    ):
        return {"nodepool": Repeated(tuple(tuple(_tokens(pool)) for pool in pools))}
    return {
        "node_count": first.node_count,
        "max_count": first.max_count if first.max_count > first.node_count else None,
        "max_pods": first.max_pods,
        "max_surge": None if first.max_surge == DEFAULT_SURGE else str(first.max_surge),
    }


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
