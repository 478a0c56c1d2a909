"""`az aks kubenet create` through the real az: every flag of `az aks create`, after the rules have been judged."""

from __future__ import annotations

import re
from typing import Any

from tests.simulator import AzSession, Simulator

from .azure import (
    CLUSTER,
    IDENTITY,
    SUBNET,
    TABLE,
    TABLES,
    Json,
    answer,
    codes,
    kubenet,
    put_network,
    put_ready,
    refused,
    writes,
)

CREATE = ("create", "--resource-group", "rg", "--name", "aks", "--no-ssh-key", "--vnet-subnet-id", SUBNET)
CREATE_READY = (*CREATE, "--assign-identity", IDENTITY)
PUT_CLUSTER = "managedClusters/aks$"


def sent_body(sim: Simulator) -> Json:
    """The one managed cluster that was put."""
    (entry,) = sim.sent("PUT", PUT_CLUSTER)
    assert isinstance(entry.body, dict)
    return entry.body


def refusing(code: str, times: int | None = None) -> dict[str, Any]:
    """A fault: AKS refuses the creation in its own shape."""
    body = {"code": code, "details": None, "message": "It has no permission.", "subcode": ""}
    return {"method": "PUT", "path": PUT_CLUSTER, "status": 400, "body": body, "times": times}


def test_the_straight_path(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    done = kubenet(az, *CREATE_READY, "--node-count", "2", "--pod-cidr", "10.245.0.0/16", "--tags", "a=b")
    cluster = answer(done)
    assert (cluster["provisioningState"], cluster["networkProfile"]["networkPlugin"]) == ("Succeeded", "kubenet")
    body = sent_body(sim)
    assert (body["tags"], body["properties"]["networkProfile"]["podCidr"]) == ({"a": "b"}, "10.245.0.0/16")
    assert list(body["identity"]["userAssignedIdentities"]) == [IDENTITY]
    assert [entry.path for entry in writes(sim)] == [CLUSTER]
    table = sim.get(TABLE)
    assert table is not None
    assert [route["properties"]["addressPrefix"] for route in table["properties"]["routes"]] == [
        "10.245.0.0/24",
        "10.245.1.0/24",
    ]
    assert "RET1: Kubenet is unsupported from 2028-03-31, " in done.stderr
    assert "Next: az aks get-credentials --resource-group rg --name aks" in done.stderr


def test_a_finding_stops_it_before_the_first_write(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    report = answer(kubenet(az, *CREATE_READY, "--service-cidr", "10.1.0.0/16", "--dns-service-ip", "10.1.0.10"), 4)
    assert (report["verdict"], codes(report)) == ("notReady", {"OVL2"})
    assert writes(sim) == []
    done = kubenet(az, *CREATE, "--output", "table")
    assert (done.returncode, done.stdout.split()[:3]) == (4, ["Code", "Severity", "Message"])
    assert "\nID1" in done.stdout
    done = kubenet(az, *CREATE, "--no-wait", "--query", "verdict", "--output", "tsv")
    assert (done.returncode, done.stdout) == (4, "notReady\n")
    assert writes(sim) == []


def test_no_wait_prints_nothing_and_polls_nothing(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 1
    done = kubenet(az, *CREATE_READY, "--no-wait")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Next: az aks kubenet wait --created --resource-group rg --name aks" in done.stderr
    assert sim.requests[-1].method == "PUT"
    waited = kubenet(az, "wait", "--created", "--resource-group", "rg", "--name", "aks", "--interval", "1")
    assert (waited.returncode, waited.stdout) == (0, "")


def test_what_azure_answers_to_wait_cannot_steer_the_terminal(az: AzSession, sim: Simulator) -> None:
    sim.add_fault(method="GET", path=PUT_CLUSTER, status=403, body={"code": "No", "message": "No\x1b[2J way."})
    error = refused(kubenet(az, "wait", "--created", "--resource-group", "rg", "--name", "aks", "--interval", "1"))
    assert "No\N{REPLACEMENT CHARACTER}[2J way." in error


def test_a_role_that_is_on_its_way_is_waited_for(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.add_fault(**refusing("CustomRouteTableMissingPermission", times=1))
    assert answer(kubenet(az, *CREATE_READY))["provisioningState"] == "Succeeded"
    assert [entry.status for entry in sim.sent("PUT", PUT_CLUSTER)] == [400, 201]


def test_a_role_that_never_comes_ends_at_the_timeout(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.add_fault(**refusing("CustomRouteTableMissingPermission"))
    error = refused(kubenet(az, *CREATE_READY, "--role-propagation-timeout", "0"))
    assert "CustomRouteTableMissingPermission" in error
    assert len(sim.sent("PUT", PUT_CLUSTER)) == 1


def test_another_refusal_is_passed_on_at_once(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.add_fault(**refusing("QuotaExceeded"))
    error = refused(kubenet(az, *CREATE_READY))
    assert "QuotaExceeded" in error and "It has no permission." in error
    assert len(sim.sent("PUT", PUT_CLUSTER)) == 1


def test_prepare_and_create_at_once(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    cluster = answer(kubenet(az, *CREATE, "--prepare", "--node-count", "1"))
    assert cluster["provisioningState"] == "Succeeded"
    assert [entry.path.rsplit("/", 2)[-2] for entry in writes(sim)][-1] == "managedClusters"
    assert len(writes(sim)) == 6
    table = sim.get(f"{TABLES}/aks-routes")
    assert table is not None and len(table["properties"]["routes"]) == 1


def test_a_dry_run_shows_findings_and_body_and_writes_nothing(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    shown = answer(kubenet(az, *CREATE, "--prepare", "--dry-run", "--node-count", "7"))
    assert set(shown) == {"report", "managedCluster", "changes", "missingRights"}
    assert shown["report"]["counts"]["errors"] == 0
    properties = shown["managedCluster"]["properties"]
    assert properties["networkProfile"]["networkPlugin"] == "kubenet"
    assert properties["agentPoolProfiles"][0]["count"] == 7
    assert writes(sim) == []
    shown = answer(kubenet(az, *CREATE, "--dry-run", "--pod-cidr", "10.1.0.0/16"), 4)
    assert set(shown) == {"report", "managedCluster"}
    assert (shown["managedCluster"], codes(shown["report"])) == (None, {"OVL1"})


def test_a_subnet_that_is_not_there_exits_with_3(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    words = ("create", "-g", "rg", "-n", "aks", "--no-ssh-key", "--vnet-subnet-id", f"{SUBNET}2")
    assert "The subnet 'nodes2' was not found in group 'rg'" in refused(kubenet(az, *words), 3)
    assert writes(sim) == []


def options(text: str) -> set[str]:
    """The options that a help lists."""
    lines = (line for line in text.splitlines() if re.match(r"    -", line))
    return {word for line in lines for word in line.partition(" : ")[0].split() if word.startswith("-")}


def test_the_help_shows_every_option_of_az_aks_create_and_ours(az: AzSession) -> None:
    text = kubenet(az, "create", "--help").stdout
    theirs, ours = options(az.must_run("aks", "create", "--help").stdout), options(text)
    assert len(theirs) > 150
    assert theirs - ours == set()
    assert options(text.partition("Kubenet Arguments")[2]) >= {
        *("--skip-validation", "--prepare", "--route-table", "--role", "--default-route-next-hop", "--dry-run"),
        *("--role-propagation-timeout", "--ignore", "--on-premises-ranges", "--max-surge"),
        "--internal-load-balancers",
    }
