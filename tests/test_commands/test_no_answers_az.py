"""A sample of test_no_answers.py through the real az: a read answered with what is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator import AzSession, Simulator

from .azure import CLUSTERS, IDENTITY, SUBNET, codes, finding, kubenet, put_cluster, put_network, put_ready, writes
from .test_no_answers import prepared

GRAPH = "ResourceGraph/resources$"
VALIDATE = ("validate-subnet", "--vnet-subnet-id", SUBNET, "--assign-identity", IDENTITY)
CREATE = (
    *("create", "-g", "rg", "-n", "aks", "--location", "westeurope", "--no-ssh-key"),
    *("--vnet-subnet-id", SUBNET, "--assign-identity", IDENTITY, "--yes"),
)
PREPARE = ("prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET, "--yes")
CLEANUP = ("cleanup", "-g", "rg", "-n", "aks", "--yes")


def fault(path: str, status: int = 200, body: Any = None, method: str = "GET|POST") -> dict[str, Any]:
    return {"method": method, "path": path, "status": status, "body": body, "times": None}


ANSWERS = [
    fault(GRAPH, 307),
    fault(GRAPH, 200, {}),
    fault(GRAPH, 204),
    fault(GRAPH, 200, {"data": [], "count": 0, "totalRecords": 5}),
    fault(GRAPH, 200, {"data": None, "count": 0, "totalRecords": 0}),
    fault("routeTables/routes$", 404),
    fault("routeTables/routes$", 200, {}),
    fault("virtualNetworks/vnet$", 202, {}),
    fault("virtualNetworks/vnet$", 200, []),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: f"{each['path']} {each['status']} {each['body']}")
def test_a_shared_subnet_is_never_passed(az: AzSession, sim: Simulator, answer: dict[str, Any]) -> None:
    put_ready(sim)
    put_cluster(sim, f"{CLUSTERS}/other")
    sim.add_fault(**answer)
    done = kubenet(az, *VALIDATE)
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert finding(report, "RT3")["status"] in ("failed", "unknown")
    assert codes(report, "passed") & {"SN3", "RT3"} <= ({"SN3"} if "ResourceGraph" not in answer["path"] else set())


@pytest.mark.parametrize("words", [CREATE, PREPARE], ids=["create", "prepare"])
@pytest.mark.parametrize("answer", ANSWERS[:3], ids=["307", "empty", "204"])
def test_nothing_is_written_where_other_clusters_are_not_known(
    az: AzSession, sim: Simulator, answer: dict[str, Any], words: tuple[str, ...]
) -> None:
    put_ready(sim)
    put_cluster(sim, f"{CLUSTERS}/other")
    sim.clear_log()
    sim.add_fault(**answer)
    done = kubenet(az, *words)
    assert (done.returncode, "Traceback" in done.stderr, writes(sim)) == (1, False, [])
    assert "Nothing was written." in done.stderr


@pytest.mark.parametrize("words", [PREPARE, CLEANUP], ids=["prepare", "cleanup"])
@pytest.mark.parametrize("body", [{}, {"value": None}, "text"], ids=str)
def test_permissions_that_are_no_answer_stop(
    az: AzSession, sim: Simulator, words: tuple[str, ...], body: object
) -> None:
    prepared(sim)
    sim.clear_log()
    sim.add_fault(**fault("Microsoft.Authorization/permissions$", body=body))
    done = kubenet(az, *words)
    assert (done.returncode, "Traceback" in done.stderr, writes(sim)) == (1, False, [])


def test_a_missing_right_to_read_permissions_does_not_stop(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.add_fault(**fault("Microsoft.Authorization/permissions$", 403))
    assert kubenet(az, *PREPARE).returncode == 0
