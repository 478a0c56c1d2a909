"""Rules of the node pools themselves."""

from __future__ import annotations

import pytest

from azext_kubenet.core.clusters.request import Surge
from azext_kubenet.core.rules.node_pools import (
    cluster_is_within_pool_limits,
    node_pools_fit_a_scale_set,
    node_pools_have_surge,
    node_pools_hold_the_minimum_of_pods,
    pods_per_node_are_accepted,
)
from azext_kubenet.core.rules.rule import Severity, Status

from ..make import judge, make_cluster, make_pool

NO_SURGE = Surge(value=0, percent=False)


@pytest.mark.parametrize(("surge", "failed"), [("1", False), ("10%", False), ("0", True), ("0%", True)])
def test_ip3_surge_of_zero_warns(surge: str, failed: bool) -> None:
    """D:upgrade-aks-node-pools-rolling."""
    pool = make_pool(max_surge=Surge(value=int(surge.rstrip("%")), percent=surge.endswith("%")))
    (finding,) = judge(node_pools_have_surge, cluster=make_cluster(pool))
    assert (finding.status is Status.FAILED) is failed
    assert finding.severity is Severity.WARNING


def test_ip3_names_the_pool_and_the_surge() -> None:
    (finding,) = judge(node_pools_have_surge, cluster=make_cluster(make_pool("work", max_surge=NO_SURGE)))
    assert finding.message == (
        "Node pool 'work' has a surge of 0; an upgrade takes its nodes away before it adds new ones."
    )


@pytest.mark.parametrize(("nodes", "surge", "failed"), [(1000, 0, False), (995, 5, False), (996, 5, True)])
def test_ip7_a_pool_is_one_scale_set(nodes: int, surge: int, failed: bool) -> None:
    pool = make_pool(node_count=nodes, max_surge=Surge(value=surge, percent=False))
    (finding,) = judge(node_pools_fit_a_scale_set, cluster=make_cluster(pool))
    assert finding.is_error is failed


def test_ip7_judges_the_autoscalers_maximum_of_each_pool() -> None:
    cluster = make_cluster(make_pool("a"), make_pool("b", 3, 1000), make_pool("c", 3, 2000))
    findings = judge(node_pools_fit_a_scale_set, cluster=cluster)
    assert [finding.evidence["nodePool"] for finding in findings] == ["b", "c"]
    assert findings[0].message == (
        "Node pool 'b' has 1100 nodes at the peak (1000 and 100 surge); a node pool has 1000 at most."
    )


@pytest.mark.parametrize(("max_pods", "failed"), [(9, True), (10, False), (None, False), (250, False), (251, True)])
def test_pod3_takes_10_to_250_pods(max_pods: int | None, failed: bool) -> None:
    """D:concepts-network-ip-address-planning."""
    (finding,) = judge(pods_per_node_are_accepted, cluster=make_cluster(make_pool(max_pods=max_pods)))
    assert finding.is_error is failed


@pytest.mark.parametrize(
    ("nodes", "max_pods", "failed"), [(3, 10, False), (2, 10, True), (1, 30, False), (1, 29, True), (0, 110, True)]
)
def test_pod4_a_pool_has_room_for_30_pods(nodes: int, max_pods: int, failed: bool) -> None:
    """D:concepts-network-ip-address-planning: 10 pods a node need three nodes."""
    pool = make_pool(node_count=nodes, max_count=10, max_pods=max_pods)
    (finding,) = judge(node_pools_hold_the_minimum_of_pods, cluster=make_cluster(pool))
    assert finding.is_error is failed


def test_pod4_a_further_pool_may_be_scaled_to_zero() -> None:
    cluster = make_cluster(make_pool("system"), make_pool("spot", 0, 10))
    (finding,) = judge(node_pools_hold_the_minimum_of_pods, cluster=cluster)
    assert finding.status is Status.PASSED


def test_pod4_any_pool_of_a_cluster_that_runs_may_be_scaled_to_zero() -> None:
    """AKS lists pools in an order of its own, and refuses the scaling of system pools to zero itself."""
    pools = (make_pool("gpu", 0, 10), make_pool("system"))
    (finding,) = judge(node_pools_hold_the_minimum_of_pods, cluster=make_cluster(*pools, runs=True))
    assert finding.status is Status.PASSED
    (finding,) = judge(node_pools_hold_the_minimum_of_pods, cluster=make_cluster(*pools))
    assert finding.is_error


@pytest.mark.parametrize(("pools", "failed"), [(100, False), (101, True)])
def test_lim3_100_pools(pools: int, failed: bool) -> None:
    cluster = make_cluster(*(make_pool(f"p{number}") for number in range(pools)))
    (finding,) = judge(cluster_is_within_pool_limits, cluster=cluster)
    assert finding.is_error is failed


@pytest.mark.parametrize(("nodes", "failed"), [(1000, False), (1001, True)])
def test_lim3_1000_nodes_a_pool(nodes: int, failed: bool) -> None:
    (finding,) = judge(cluster_is_within_pool_limits, cluster=make_cluster(make_pool(node_count=nodes)))
    assert finding.is_error is failed
