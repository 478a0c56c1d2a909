"""What keeps a running cluster's route controller from writing its table. No IO."""

from __future__ import annotations

from collections.abc import Sequence

from ..azure.access import ScopeAccess
from ..azure.managed_clusters import RunningCluster
from ..azure.resource_id import scope_covers
from ..azure.restrictions import Lock, PolicyState
from ..azure.route_tables import RouteTable
from ..azure.unreadable import Unreadable
from ..rights.permissions import ROUTE_TABLE_ACTIONS, missing_actions
from .running_nodes import Nodes
from .running_routes import OtherKind, is_made_by_aks, other_routes

READ_ONLY = "readonly"


def stopped_by(
    running: RunningCluster,
    nodes: Nodes,
    table: RouteTable,
    *,
    access: ScopeAccess | Unreadable | None,
    locks: Sequence[tuple[Lock, ...] | Unreadable | None],
    policy_states: tuple[PolicyState, ...] | Unreadable | None,
) -> tuple[str, ...]:
    """The codes of the rules that show it; none where nothing does, which is no proof.

    A route that is left over in the pod CIDR is one: the controller deletes such at each of its cycles.
    Source: https://github.com/kubernetes/cloud-provider/blob/master/controllers/route/route_controller.go
    """
    table_id = str(table.id)
    found: list[str] = []
    if any(kind is OtherKind.STALE for _, kind in other_routes(running, nodes, table.routes)):
        found.append("RT9")
    own = isinstance(access, ScopeAccess) and access.scope.lower() == table_id.lower()
    if isinstance(access, ScopeAccess) and own and not is_made_by_aks(table.id, running.cluster.node_resource_group):
        found += ["ID3"] if missing_actions(access, ROUTE_TABLE_ACTIONS) else []
    known = (lock for each in locks if isinstance(each, tuple) for lock in each)
    if any(lock.level.lower() == READ_ONLY and scope_covers(lock.scope, table_id) for lock in known):
        found.append("LCK1")
    if isinstance(policy_states, tuple) and any(
        each.refuses_writes and each.resource_id.lower() == table_id.lower() for each in policy_states
    ):
        found.append("POL1")
    return tuple(found)
