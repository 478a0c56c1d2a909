"""What `prepare` writes where AKS is to make the route table itself: the identity and its role on the subnet. No IO."""

from __future__ import annotations

from ..azure.snapshot import Snapshot
from .change import RefusedError
from .prepare import Intent, PrepareRequest, intent_of, location_of, named_identity, present, refuse_absent
from .refuse_running import refuse_running_clusters


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
    return intent_of(request, snapshot, subnet, identity, location, None, ())
