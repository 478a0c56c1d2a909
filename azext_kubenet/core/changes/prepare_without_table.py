"""What `prepare` writes where AKS is to make the route table itself: the identity and its role on the subnet. No IO."""

from __future__ import annotations

from ..azure.model import Snapshot
from .change import RefusedError
from .prepare import Intent, PrepareRequest, identity_change, location_of, named_identity, present, refuse_absent
from .refuse_running import refuse_running_clusters
from .role_grants import held_roles, role_changes, wanted_grants


def decide_without_table(request: PrepareRequest, snapshot: Snapshot) -> Intent:
    """The Changes that let AKS attach a route table of its own to the subnet; RefusedError before any is made."""
    subnet = present(snapshot.subnet, f"Subnet '{request.subnet_id}'")
    if subnet.route_table_id is not None:
        raise RefusedError(
            f"Subnet '{subnet.name}' carries route table '{subnet.route_table_id.name}': the cluster would use "
            "that, and AKS makes none of its own. Nothing was written.",
            "Omit --no-route-table, or take the table off the subnet yourself.",
        )
    location = request.location or location_of(snapshot)
    identity = named_identity(request, snapshot)
    refuse_absent(request, snapshot)
    refuse_running_clusters(request.cluster_id, subnet, None, snapshot)
    grants = wanted_grants(
        role=request.role,
        cluster_id=request.cluster_id,
        subnet=subnet,
        route_table_id=None,
        private=request.private,
        identity=identity,
        snapshot=snapshot,
    )
    changes = (identity_change(request, identity, location), *role_changes(grants))
    return Intent(
        changes=tuple(sorted(changes, key=lambda change: change.phase)),
        subnet=subnet,
        location=location,
        identity=identity,
        identity_id=request.identity_id,
        route_table_id=None,
        held=held_roles(grants),
        asks=(),
    )
