"""Rules of the node pools themselves: their size, surge and pods. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure import limits
from ..clusters.request import ClusterRequest
from .rule import Outcome, Severity, Stage, Violation, rule
from .without_command import DESCRIPTION

ADDRESS_PLANNING: Final = "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"
ROLLING_UPGRADES: Final = "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling"


@rule(
    code="IP3",
    title="node pools upgrade with surge nodes",
    severity=Severity.WARNING,
    stage=Stage.PLAN,
    remediation="Set a surge of at least one node, or allow unavailable nodes (--max-unavailable) on purpose.",
    no_command=DESCRIPTION,
    sources=(ROLLING_UPGRADES,),
)
def node_pools_have_surge(cluster: ClusterRequest) -> Iterator[Outcome]:
    """A surge of 0 is legal where nodes may be unavailable: an upgrade then takes nodes away first, and what ran on
    them needs room on the others.
    """
    for pool in cluster.node_pools:
        if pool.max_surge.value == 0:
            yield Violation(
                message=f"Node pool '{pool.name}' has a surge of {pool.max_surge}; "
                "an upgrade takes its nodes away before it adds new ones.",
                evidence={"nodePool": pool.name, "maxSurge": str(pool.max_surge)},
            )


@rule(
    code="IP7",
    title="node pools stay within the nodes of one scale set at the peak",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Spread the nodes over further node pools, or lower the surge.",
    no_command=DESCRIPTION,
    sources=(ROLLING_UPGRADES,),
)
def node_pools_fit_a_scale_set(cluster: ClusterRequest) -> Iterator[Outcome]:
    """A node pool is one virtual machine scale set, which holds {limits.MAX_POOL_NODES:,} nodes, surge nodes
    included. In a cluster that runs a maximum beyond it is a warning.
    """
    for pool in cluster.node_pools:
        if pool.peak_nodes > limits.MAX_POOL_NODES:
            fails_later = pool.nodes_now is not None and pool.upgrade_now <= limits.MAX_POOL_NODES
            yield Violation(
                message=f"Node pool '{pool.name}' has {pool.peak_nodes} nodes at the peak ({pool.max_count} and "
                f"{pool.surge_nodes} surge); a node pool has {limits.MAX_POOL_NODES} at most.",
                evidence={"nodePool": pool.name, "peakNodes": pool.peak_nodes, "limit": limits.MAX_POOL_NODES},
                severity=Severity.WARNING if fails_later else None,
            )


@rule(
    code="POD3",
    title="node pools have an accepted maximum of pods a node",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation=f"Set --max-pods between {limits.MIN_PODS_PER_NODE} and {limits.MAX_PODS_PER_NODE}.",
    when_running="Add a node pool with another --max-pods and delete this one: a pool's maximum cannot be changed.",
    no_command=DESCRIPTION,
    sources=(ADDRESS_PLANNING,),
)
def pods_per_node_are_accepted(cluster: ClusterRequest) -> Iterator[Outcome]:
    """AKS takes {limits.MIN_PODS_PER_NODE} to {limits.MAX_PODS_PER_NODE} pods a node; kubenet's default is
    {limits.DEFAULT_MAX_PODS_KUBENET}.
    """
    for pool in cluster.node_pools:
        if not limits.MIN_PODS_PER_NODE <= pool.pods_per_node <= limits.MAX_PODS_PER_NODE:
            yield Violation(
                message=f"Node pool '{pool.name}' has {pool.pods_per_node} pods a node; "
                f"{limits.MIN_PODS_PER_NODE} to {limits.MAX_PODS_PER_NODE} are accepted.",
                evidence={"nodePool": pool.name, "maxPods": pool.pods_per_node},
            )


@rule(
    code="POD4",
    title="node pools have room for the pods that every cluster runs",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Raise the node count or --max-pods of the pool.",
    when_running="Raise the node count of the pool: its maximum of pods a node cannot be changed.",
    no_command=DESCRIPTION,
    sources=(ADDRESS_PLANNING,),
)
def node_pools_hold_the_minimum_of_pods(cluster: ClusterRequest) -> Iterator[Outcome]:
    """A pool must have room for {limits.MIN_PODS_PER_POOL} pods when it starts. A further pool that starts with no node
    is scaled to zero, which AKS allows; the first, which runs the system's pods, may not. Of a cluster that runs the
    first need not be such a pool.
    """
    for position, pool in enumerate(cluster.node_pools):
        pods = pool.node_count * pool.pods_per_node
        scaled_to_zero = pool.node_count == 0 and (position > 0 or cluster.runs)
        if pods < limits.MIN_PODS_PER_POOL and not scaled_to_zero:
            yield Violation(
                message=f"Node pool '{pool.name}' has room for {pods} pods ({pool.node_count} nodes, "
                f"{pool.pods_per_node} a node); {limits.MIN_PODS_PER_POOL} is the minimum.",
                evidence={"nodePool": pool.name, "pods": pods, "minimum": limits.MIN_PODS_PER_POOL},
            )


@rule(
    code="LIM3",
    title="cluster is within the number of node pools and of nodes in each",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Merge node pools, or spread their nodes.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/quotas-skus-regions",),
)
def cluster_is_within_pool_limits(cluster: ClusterRequest) -> Iterator[Outcome]:
    """A cluster has {limits.MAX_NODE_POOLS} node pools at most, and a pool {limits.MAX_POOL_NODES:,} nodes."""
    if len(cluster.node_pools) > limits.MAX_NODE_POOLS:
        yield Violation(
            message=f"The cluster has {len(cluster.node_pools)} node pools; {limits.MAX_NODE_POOLS} is the limit.",
            evidence={"nodePools": len(cluster.node_pools), "limit": limits.MAX_NODE_POOLS},
        )
    for pool in cluster.node_pools:
        if pool.max_count > limits.MAX_POOL_NODES:
            yield Violation(
                message=f"Node pool '{pool.name}' grows to {pool.max_count} nodes; "
                f"{limits.MAX_POOL_NODES} is the limit.",
                evidence={"nodePool": pool.name, "maxCount": pool.max_count, "limit": limits.MAX_POOL_NODES},
            )


RULES: Final = (
    node_pools_have_surge,
    node_pools_fit_a_scale_set,
    pods_per_node_are_accepted,
    node_pools_hold_the_minimum_of_pods,
    cluster_is_within_pool_limits,
)
