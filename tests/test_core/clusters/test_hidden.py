"""The cluster asked about among those that are there, and why it may be there unseen."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.access import CallerAccess, Permission
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.hidden import hidden_own_cluster

from ..make import make_id, make_managed_cluster, make_unreadable

CLUSTER = make_managed_cluster("mine")
HIDDEN = make_unreadable("Microsoft.ResourceGraph/resources/read")


def caller(*actions: str) -> CallerAccess:
    return CallerAccess(scope="/subscriptions/s/resourceGroups/rg", permissions=(Permission(actions=actions),))


@pytest.mark.parametrize(
    ("known", "access"),
    [
        ((), caller("*/read")),
        ((CLUSTER,), caller()),
        (HIDDEN, None),
        ((), None),
    ],
    ids=["it would be seen", "it is seen", "no group, and nothing known", "no group"],
)
def test_a_cluster_that_is_seen_or_cannot_be_there(known: object, access: CallerAccess | None) -> None:
    snapshot = Snapshot(managed_clusters=known, caller_on_group=access)  # type: ignore[arg-type] # tuples or Unreadable
    assert hidden_own_cluster(CLUSTER.id, snapshot) is None


def test_why_it_may_be_there_unseen() -> None:
    cluster_id = make_id("Microsoft.ContainerService/managedClusters", "mine")
    left_out = hidden_own_cluster(
        cluster_id, Snapshot(managed_clusters=(), caller_on_group=caller("Microsoft.Network/*"))
    )
    assert isinstance(left_out, Unreadable)
    assert left_out.reason == (
        "you may not read the clusters of resource group 'rg'; the permission "
        "Microsoft.ContainerService/managedClusters/read is missing."
    )
    unknown_rights = Snapshot(managed_clusters=(), caller_on_group=HIDDEN)
    assert hidden_own_cluster(cluster_id, unknown_rights) is HIDDEN
    assert hidden_own_cluster(cluster_id, Snapshot(managed_clusters=HIDDEN, caller_on_group=caller("*"))) is HIDDEN
