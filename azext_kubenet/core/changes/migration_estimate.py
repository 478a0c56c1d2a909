"""How long the steps that are left may take: a guess from few recordings, which says so. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..azure import limits
from ..clusters.request import ClusterRequest
from .migration_steps import OPEN, MigrationPlan, StepState

BASIS: Final = (
    "Three recorded operations took 9 to 21 minutes with one node; that, times the reimages, times the waves of the "
    "slowest node pool (its nodes divided by its surge). This is no promise: drains and disruption budgets decide."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The reimages of the steps that are left, the nodes there are, and minutes."""

    reimages: int
    nodes: int
    low: int
    high: int
    basis: str = BASIS


def estimate(plan: MigrationPlan, cluster: ClusterRequest) -> Estimate:
    """For the steps that are planned, are for somebody to do or run."""
    left = [each for each in plan.steps if each.state in OPEN or each.state is StepState.RUNNING]
    reimages = sum(each.reimages for each in left)
    waves = max((-(-pool.now // max(1, pool.upgrade_now - pool.now)) for pool in cluster.node_pools), default=0)
    low, high = limits.OVERLAY_MINUTES
    rounds = reimages * waves
    nodes = sum(pool.now for pool in cluster.node_pools)
    return Estimate(reimages=reimages, nodes=nodes, low=low * rounds, high=high * rounds)
