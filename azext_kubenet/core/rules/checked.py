"""A cluster that runs, checked: its routing, its room, and what every rule says of it. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..azure import limits
from ..azure.managed_clusters import ManagedCluster, RunningCluster
from ..azure.snapshot import Snapshot
from ..clusters.capacity import RunningCapacity, capacity_of
from ..clusters.existing import KUBENET
from ..clusters.pool_subnets import own_subnets_besides
from ..clusters.request import ClusterRequest
from ..clusters.routing import Routing, routing_of
from ..clusters.running import as_it_runs
from . import all_rules, rules_of_kubenet
from .evaluation import evaluate
from .rule import Report, Stage

_ELSEWHERE = "Not applicable: the cluster is not on kubenet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`cluster` is the running cluster as rules judge it, `days_left` those until kubenet is unsupported."""

    managed_cluster: ManagedCluster
    cluster: ClusterRequest
    routing: Routing
    capacity: RunningCapacity
    report: Report
    days_left: int


def check_cluster(
    running: RunningCluster,
    snapshot: Snapshot,
    wanted: ClusterRequest,
    *,
    today: date,
    ignore: frozenset[str] = frozenset(),
) -> Checked:
    """Judge `running`, which `snapshot` holds; `wanted` says what Azure does not know of it."""
    cluster = as_it_runs(wanted, snapshot)
    elsewhere = rules_of_kubenet() if running.cluster.network_plugin != KUBENET else ()
    return Checked(
        managed_cluster=running.cluster,
        cluster=cluster,
        routing=routing_of(running, snapshot),
        capacity=capacity_of(cluster, running, snapshot),
        report=evaluate(
            all_rules(),
            cluster=cluster,
            snapshot=snapshot,
            today=today,
            stage=Stage.RUNNING,
            ignore=ignore,
            not_applicable={each.code: _ELSEWHERE for each in elsewhere},
            own_subnets=own_subnets_besides(snapshot),
        ),
        days_left=max(0, (limits.RETIREMENT - today).days),
    )
