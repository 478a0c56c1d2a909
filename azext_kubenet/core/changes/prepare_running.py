"""What `prepare` may change for a cluster that runs: its one table, on a subnet without one. No IO.

On a subnet of its own that lost the table it is attached again, and nothing else changes. A subnet that is to be a
further pool's gets that table and the cluster's identity its role there; never a second table or identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NoReturn

from ..azure.access import ManagedIdentity
from ..azure.managed_clusters import ManagedCluster, RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_types import IDENTITY_TYPE
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..clusters.existing import KUBENET
from ..clusters.pool_subnets import is_own_subnet
from ..clusters.running_routes import cluster_table, is_made_by_aks
from .change import Action, Change, RefusedError
from .kept import kept_change, part_marks
from .prepare import Intent, PrepareRequest, association_change, known, present
from .refuse_running import question, refuse_running_clusters
from .role_grants import WantedGrant, held_roles, role_changes, wanted_grants

_ONE_TABLE: Final = "All subnets of a cluster share its one route table, and that cannot be changed."


def own_table(running: RunningCluster) -> RouteTable:
    """The cluster's one table; RefusedError where it is not on kubenet, or its table is not known."""
    cluster = running.cluster
    if cluster.network_plugin != KUBENET:
        raise RefusedError(
            f"Cluster '{cluster.id.name}' runs with the network plugin '{cluster.network_plugin}', not kubenet.",
            "It needs no preparation.",
        )
    table = known(cluster_table(running), f"The route table of cluster '{cluster.id.name}'")
    if table is None:
        raise RefusedError(
            f"The route table of cluster '{cluster.id.name}' was not found. Nothing was written.",
            "Find the one with the routes of its nodes (az network route-table list) and attach it; where it is "
            "deleted, an update of the cluster makes AKS's own again (az aks update).",
        )
    return table


def decide_for_running(request: PrepareRequest, running: RunningCluster, snapshot: Snapshot) -> Intent:
    """The Changes for the subnet of a cluster that runs; RefusedError before the first write where there can be none.

    `snapshot` was read with the cluster's own identity and table.
    """
    subnet = present(snapshot.subnet, f"Subnet '{request.subnet_id}'")
    table = own_table(running)
    _refuse_other_choices(request, running.cluster, table)
    is_own = is_own_subnet(running, subnet.id)
    if subnet.route_table_id not in (None, table.id):
        _refuse_swapped(running.cluster, subnet, table, is_own=is_own)
    if not is_own:
        refuse_running_clusters(request.cluster_id, subnet, table, snapshot)
    identity = _identity(running.cluster, snapshot)
    grants = tuple(_grants(request, running, subnet, table, identity, snapshot, is_own=is_own))
    identity_id = next(iter(running.cluster.user_assigned_ids), running.cluster.id)
    changes = (
        *_kept(running.cluster, table, subnet, request),
        association_change(subnet, table.id, request.subnet_id),
        *role_changes(grants),
    )
    asks = question(subnet, table, changes, snapshot)
    if is_own and subnet.route_table_id is None:
        lost = (
            f"Cluster '{running.cluster.id.name}' runs in subnet '{subnet.name}', which has lost its route table: "
            f"'{table.id.name}' will be attached again."
        )
        asks = (lost, *asks)
    return Intent(
        changes=tuple(sorted(changes, key=lambda change: change.phase)),
        subnet=subnet,
        location=running.cluster.location,
        identity=identity,
        identity_id=identity_id,
        route_table_id=table.id,
        held=held_roles(grants),
        asks=asks,
        runs=True,
        joins=None if is_own else running.cluster,
    )


def _refuse_other_choices(request: PrepareRequest, cluster: ManagedCluster, table: RouteTable) -> None:
    """What would be another table, identity or route than the cluster's."""
    name = cluster.id.name
    if request.without_route_table:
        raise RefusedError(
            f"Cluster '{name}' runs with route table '{table.id.name}'. {_ONE_TABLE}", "Omit --no-route-table."
        )
    if request.route_table_given and request.route_table_id != table.id:
        raise RefusedError(
            f"Cluster '{name}' runs with route table '{table.id}', not '{request.route_table_id}'. {_ONE_TABLE}",
            "Omit --route-table.",
        )
    if request.identity_given and request.identity_id not in cluster.user_assigned_ids:
        raise RefusedError(
            f"Cluster '{name}' runs with an identity other than '{request.identity_id}'.", "Omit --identity."
        )
    hop, default = request.default_route_next_hop, table.default_route
    if hop is not None and (default is None or default.next_hop_ip != hop):
        raise RefusedError(
            f"Cluster '{name}' runs, and its route table '{table.id.name}' has no default route to {hop}. The routes "
            "of a running cluster are not changed.",
            "Omit --default-route-next-hop, or add that route yourself.",
        )


def _refuse_swapped(cluster: ManagedCluster, subnet: Subnet, table: RouteTable, *, is_own: bool) -> NoReturn:
    place = "runs in" if is_own else "would get a pool in"
    carried = "" if subnet.route_table_id is None else subnet.route_table_id.name
    raise RefusedError(
        f"Cluster '{cluster.id.name}' {place} subnet '{subnet.name}', which carries route table '{carried}' in place "
        f"of the cluster's '{table.id.name}'. A route table that is in place is never replaced. Nothing was written.",
        "Take it off the subnet yourself, and run this again." if is_own else "Use another subnet, or take it off.",
    )


def _identity(cluster: ManagedCluster, snapshot: Snapshot) -> ManagedIdentity | None:
    """Who the cluster is; a system-assigned identity has the cluster's own id."""
    if isinstance(snapshot.identity, ManagedIdentity):
        return snapshot.identity
    if not cluster.principal_id:
        return None
    return ManagedIdentity(id=cluster.id, location=cluster.location, principal_id=cluster.principal_id, client_id="")


def _grants(
    request: PrepareRequest,
    running: RunningCluster,
    subnet: Subnet,
    table: RouteTable,
    identity: ManagedIdentity | None,
    snapshot: Snapshot,
    *,
    is_own: bool,
) -> Iterator[WantedGrant]:
    """On a further subnet its role there; on one of its own with the table in place, what it needs on both.

    AKS's own table needs no grant, and on a subnet that lost its table nothing but that is repaired.
    """
    if is_own and (subnet.route_table_id is None or is_made_by_aks(table.id, running.cluster.node_resource_group)):
        return
    if identity is None:
        hidden = snapshot.identity if isinstance(snapshot.identity, Unreadable) else None
        why = "its identity has no principal that could be read." if hidden is None else hidden.reason
        raise RefusedError(
            f"The identity of cluster '{running.cluster.id.name}' cannot be given its role: {why}",
            "Give it Network Contributor on the subnet yourself (az role assignment create)."
            if hidden is None
            else hidden.remedy,
        )
    for wanted in wanted_grants(
        role=request.role,
        cluster_id=request.cluster_id,
        subnet=subnet,
        route_table_id=table.id,
        identity=identity,
        snapshot=snapshot,
    ):
        if is_own or wanted.scope == str(subnet.id):
            yield wanted


def _kept(cluster: ManagedCluster, table: RouteTable, subnet: Subnet, request: PrepareRequest) -> Iterator[Change]:
    """The cluster's identity and table stay as they are, but for the mark of a subnet that prepare's own is put on."""
    reason = f"cluster {cluster.id.name} has it"
    for each in cluster.user_assigned_ids[:1]:
        yield Change(action=Action.NONE, resource_type=IDENTITY_TYPE, resource_id=str(each), reason=reason)
    parts = () if subnet.route_table_id == table.id else (request.subnet_id,)
    healthy = replace(table, provisioning_state="Succeeded")  # that of a running cluster is not written again
    yield kept_change(healthy, part_marks(request.cluster_id, table, parts), reason)
