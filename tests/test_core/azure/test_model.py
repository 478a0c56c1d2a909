"""What the types of the model say of themselves."""

from __future__ import annotations

from azext_kubenet.core.azure.access import ManagedIdentity

from ..make import make_managed_cluster


def test_a_system_assigned_identity_is_known_by_its_cluster() -> None:
    cluster = make_managed_cluster(principal_id="p1")
    assert cluster.system_identity == ManagedIdentity(
        id=cluster.id, location=cluster.location, principal_id="p1", client_id=""
    )


def test_a_cluster_without_one_has_none() -> None:
    assert make_managed_cluster().system_identity is None
