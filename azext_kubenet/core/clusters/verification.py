"""Whether a cluster has arrived on Azure CNI Overlay, held against what Azure shows of it. No IO.

"Succeeded" proves nothing by itself: https://github.com/Azure/azure-cli/issues/28403.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..azure.managed_clusters import AgentPool, Machine, RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.unreadable import Unreadable
from .migration import is_settled
from .node_routes import is_in_pod_cidrs, is_node_route
from .running_nodes import is_stopped
from .running_routes import MADE_BY_AKS, is_made_by_aks

SUCCEEDED: Final = "Succeeded"
OVERLAY: Final = "azure overlay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so; `hidden` says why nobody knows."""

    name: str
    expected: str
    found: str
    passed: bool
    hidden: Unreadable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All checks; `associations` are the tables that are still on the cluster's subnets, which proves nothing."""

    checks: tuple[Check, ...]
    associations: tuple[tuple[ResourceId | None, ResourceId | None], ...]

    @property
    def is_proved(self) -> bool:
        return all(each.passed for each in self.checks)


def is_changing(running: RunningCluster) -> bool:
    """Whether an operation is under way on the cluster or one of its pools."""
    return not all(map(is_settled, _states(running)))


def states_succeeded(running: RunningCluster) -> bool:
    """Whether the cluster and all its pools are in order."""
    return all(state.lower() == SUCCEEDED.lower() for state in _states(running))


def _states(running: RunningCluster) -> list[str]:
    return [running.cluster.provisioning_state, *(each.provisioning_state for each in running.cluster.agent_pools)]


def verify(running: RunningCluster) -> Verification:
    """The cluster that is there, held against one that has moved."""
    subnets = (each for each in running.subnets if isinstance(each, Subnet))
    return Verification(
        checks=tuple(_checks(running)), associations=tuple((each.id, each.route_table_id) for each in subnets)
    )


def _checks(running: RunningCluster) -> Iterator[Check]:
    cluster = running.cluster
    model = cluster.network_model
    yield Check(name="networkModel", expected=OVERLAY, found=model, passed=cluster.is_overlay)
    yield _state("provisioningState", cluster.provisioning_state)
    for pool in cluster.agent_pools:
        yield _state(f"provisioningState of {pool.name}", pool.provisioning_state)
        if not is_stopped(cluster, pool):
            yield _machines(running, pool)
    pods = ", ".join(map(str, cluster.pod_cidrs))
    yield Check(name="podCidr", expected="set", found=pods or "not set", passed=bool(pods))
    yield from _tables(running)


def _state(name: str, state: str) -> Check:
    return Check(name=name, expected=SUCCEEDED, found=state, passed=state.lower() == SUCCEEDED.lower())


def _machines(running: RunningCluster, pool: AgentPool) -> Check:
    listed = next((each.machines for each in running.machines if each.pool == pool.name), None)
    name, expected = f"machines of {pool.name}", str(pool.count)
    if isinstance(listed, Unreadable):
        return Check(name=name, expected=expected, found="not known", passed=False, hidden=listed)
    machines: tuple[Machine, ...] = listed or ()
    return Check(name=name, expected=expected, found=str(len(machines)), passed=len(machines) == pool.count)


def _tables(running: RunningCluster) -> Iterator[Check]:
    """No route of a node in a table of the user's; AKS's own table gone."""
    cluster = running.cluster
    others = running.other_tables if isinstance(running.other_tables, tuple) else ()
    for table in {each.id: each for each in (*running.route_tables, *others) if isinstance(each, RouteTable)}.values():
        if is_made_by_aks(table.id, cluster.node_resource_group):
            if MADE_BY_AKS.fullmatch(table.id.name):
                yield Check(name=f"route table {table.id.name}", expected="gone", found="there", passed=False)
        elif table in running.route_tables:
            left = sum(is_node_route(each) and is_in_pod_cidrs(each, cluster.pod_cidrs) for each in table.routes)
            yield Check(name=f"node routes in {table.id.name}", expected="0", found=str(left), passed=not left)
    for hidden in (*running.subnets, *running.route_tables):
        if isinstance(hidden, Unreadable):
            yield Check(name="node routes", expected="0", found="not known", passed=False, hidden=hidden)
