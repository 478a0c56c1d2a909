"""`az aks kubenet create --if-not-exists`: the cluster that is there, or in what it is another."""

from __future__ import annotations

import pytest

from tests.simulator import AzSession, Simulator

from .azure import CLUSTER, IDENTITIES, answer, put_cluster, put_identity, put_ready, refused, writes
from .creating import PREPARED, create

WORDS = (*PREPARED, "--if-not-exists")


def test_where_none_is_there_one_is_made(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    assert answer(create(az, *WORDS))["provisioningState"] == "Succeeded"


def test_the_one_that_is_there_is_returned_and_nothing_is_judged(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    sim.clear_log()
    same = ("--pod-cidr", "10.244.0.0/16", "--network-policy", "none")
    assert answer(create(az, *WORDS, *same))["id"].lower() == CLUSTER.lower()
    assert writes(sim) == []
    assert sim.sent("POST", "ResourceGraph") == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--pod-cidr", "10.100.0.0/16"), "its pod CIDR is 10.244.0.0/16, not 10.100.0.0/16"),
        (("--network-policy", "calico"), "its network policy is none, not calico"),
        (("--assign-identity", f"{IDENTITIES}/another"), "its identity is not 'another'"),
    ],
)
def test_another_one_is_told_with_what_differs(
    az: AzSession, sim: Simulator, words: tuple[str, ...], says: str
) -> None:
    put_ready(sim)
    put_identity(sim, identity=f"{IDENTITIES}/another")
    put_cluster(sim)
    sim.clear_log()
    assert says in refused(create(az, *WORDS, *words))
    assert writes(sim) == []


def test_one_that_failed_is_none_to_go_on_with(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    body = sim.get(CLUSTER) or {}
    body["properties"]["provisioningState"] = "Failed"
    sim.put(CLUSTER, body)
    assert "its state is Failed" in refused(create(az, *WORDS))


def test_no_answer_is_not_taken_for_no_cluster(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.unreadable = [CLUSTER]
    sim.clear_log()
    assert "Azure refused" in refused(create(az, *WORDS))
    assert writes(sim) == []
