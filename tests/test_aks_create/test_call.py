"""The call of `az aks create`: patience while a role is under way, and a cluster that is there already."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from azext_kubenet.aks_create import call as cluster
from azext_kubenet.aks_create.call import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PatientClient
from azext_kubenet.core.changes.change import RefusedError

from ..managed_clusters import NAMED, ROLE, Clock, Clusters, in_state, not_found, refusal


def patient(clusters: Clusters, clock: Clock, timeout: float = 600) -> PatientClient:
    return PatientClient(clusters, clock, timeout=timeout, sleep=clock.sleep, clock=lambda: clock.now)


def test_the_client_is_azure_clis_in_all_but_the_put() -> None:
    clusters = Clusters(found="the cluster")
    assert patient(clusters, Clock()).get("rg", "aks") == "the cluster"


def test_a_missing_role_is_waited_for_with_growing_pauses() -> None:
    clusters, clock = Clusters([*(refusal(ROLE) for _ in range(9)), "poller"]), Clock()
    client = patient(clusters, clock)
    assert client.begin_create_or_update() == "poller"
    assert clusters.puts == 10
    assert clock.pauses[0] == FIRST_PAUSE_SECONDS
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == LONGEST_PAUSE_SECONDS
    assert len(clock.said) == 9
    assert all(ROLE in each for each in clock.said)
    assert (client.accepted, client.refusal) == (True, None)


def test_the_timeout_is_used_up_and_not_more() -> None:
    clusters, clock = Clusters([refusal(ROLE) for _ in range(50)]), Clock()
    client = patient(clusters, clock, timeout=100)
    with pytest.raises(HttpResponseError):
        client.begin_create_or_update()
    assert sum(clock.pauses) == 100
    assert client.refusal is not None
    assert client.refusal.code == ROLE
    assert not client.sent


def test_a_timeout_of_nothing_ends_at_the_first_refusal() -> None:
    clusters, clock = Clusters([refusal(ROLE)]), Clock()
    with pytest.raises(HttpResponseError):
        patient(clusters, clock, timeout=0).begin_create_or_update()
    assert (clusters.puts, clock.pauses) == (1, [])


def test_the_code_decides_and_not_the_message() -> None:
    clusters, clock = Clusters([refusal("BadRequest", message=f"Not because of {ROLE}.")]), Clock()
    with pytest.raises(HttpResponseError):
        patient(clusters, clock).begin_create_or_update()
    assert clusters.puts == 1


def test_a_code_in_the_details_counts() -> None:
    details = [{"code": "LinkedAuthorizationFailed", "message": "No."}]
    clusters, clock = Clusters([refusal("BadRequest", details=details), "poller"]), Clock()
    assert patient(clusters, clock).begin_create_or_update() == "poller"


def test_what_azure_cli_waits_for_itself_is_left_to_it() -> None:
    gone = refusal("ServicePrincipalNotFound", message="clientID: x not found in Active Directory tenant y")
    client = patient(Clusters([gone, "poller"]), Clock())
    with pytest.raises(HttpResponseError):
        client.begin_create_or_update()
    assert client.refusal is None
    assert client.begin_create_or_update() == "poller"


@pytest.mark.parametrize("found", [not_found(), ServiceRequestError("gone")])
def test_a_cluster_that_cannot_be_seen_does_not_exist_yet(found: Exception) -> None:
    cluster.refuse_existing(Clusters(found=found), NAMED)


def test_a_cluster_that_exists_is_refused() -> None:
    with pytest.raises(RefusedError, match="already exists"):
        cluster.refuse_existing(Clusters(found=in_state("Creating")), NAMED)
