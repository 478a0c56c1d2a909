"""`az aks kubenet create` and the service: waiting for roles, refusals, failed operations, lost connections."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading

import pytest

from tests.simulator import AzSession, Simulator

from .azure import CLUSTER, SUBNET, answer, put_identity, put_network, put_ready, refused, writes
from .creating import BASE, OWN_NETWORK, PREPARED, create, put_unprepared

PUT = "/managedClusters/aks$"
RETRYABLE = ("CustomRouteTableMissingPermission", "LinkedAuthorizationFailed")


def refuse(sim: Simulator, code: str, message: str = "Says the service.", status: int = 400, times: int = 1) -> None:
    """The next PUTs of the cluster are refused in AKS's own shape."""
    sim.add_fault(
        method="PUT", path=PUT, status=status, body={"code": code, "message": message, "subcode": ""}, times=times
    )


def puts(sim: Simulator) -> list[int | None]:
    return [each.status for each in sim.sent("PUT", PUT)]


@pytest.mark.parametrize("code", RETRYABLE)
def test_a_role_under_way_is_waited_for(az: AzSession, sim: Simulator, code: str) -> None:
    put_ready(sim)
    refuse(sim, code)
    done = create(az, *PREPARED)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert puts(sim) == [400, 201]
    assert f"({code}); retrying for up to 600 s" in done.stderr
    assert len(writes(sim)) == 2


def test_roles_that_prepare_made_a_moment_ago_are_waited_for(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    sim.settings.role_propagation_refusals = 1
    done = create(az, *OWN_NETWORK, "--prepare")
    assert answer(done)["provisioningState"] == "Succeeded"
    assert puts(sim) == [400, 201]


@pytest.mark.parametrize(("code", "rule"), zip(RETRYABLE, ("ID3", "ID2"), strict=True))
def test_a_timeout_of_nothing_ends_at_once(az: AzSession, sim: Simulator, code: str, rule: str) -> None:
    put_ready(sim)
    refuse(sim, code, times=9)
    text = refused(create(az, *PREPARED, "--role-propagation-timeout", "0"))
    assert f"({code}) Says the service." in text
    assert f"rule {rule}, " in text
    assert f"see: az aks kubenet list-rules --code {rule}" in text
    assert puts(sim) == [400]


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("CustomRouteTableWithUnsupportedMSIType", "ID1"),
        ("DnsServiceIpOutOfServiceCidr", "SVC3"),
        ("NetworkProfileCIDROverlapVNET", "OVL1"),
        ("RouteTableInvalidNextHop", "EG2"),
        ("ServiceCidrOverlapExistingSubnetsCidr", "OVL2"),
        ("SubnetIsDelegated", "SN2"),
        ("SubnetIsFull", "IP2"),
    ],
)
def test_every_other_refusal_ends_it_at_once(az: AzSession, sim: Simulator, code: str, rule: str) -> None:
    put_ready(sim)
    refuse(sim, code, f"Not because of {RETRYABLE[0]}.")
    text = refused(create(az, *PREPARED))
    assert f"({code}) Not because" in text
    assert f"rule {rule}, " in text
    assert puts(sim) == [400]
    assert sim.get(CLUSTER) is None
    assert "Next:" not in text


def test_a_refusal_that_is_about_no_rule_is_told_too(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    refuse(sim, "QuotaExceeded", "No cores left.")
    assert "(QuotaExceeded) No cores left." in refused(create(az, *PREPARED))


def test_a_cluster_that_failed_is_said(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 1
    sim.fail_operation("managedClusters/aks", "SubnetIsFull", "No address left.")
    text = refused(create(az, *PREPARED))
    assert "in state Failed: (SubnetIsFull) No address left." in text
    assert "rule IP2, " in text
    assert "az aks show --resource-group rg --name aks" in text
    assert "az aks delete --resource-group rg --name aks" in text
    assert "Next:" not in text


def test_a_cluster_that_failed_is_said_where_azure_cli_waits_itself(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.settings.operation_polls = 1
    sim.fail_operation("managedClusters/aks", "SubnetIsFull", "No address left.")
    text = refused(create(az, *OWN_NETWORK))
    assert "in state Failed: (SubnetIsFull) No address left." in text
    assert puts(sim) == [201]


def test_a_role_that_is_missed_later_leaves_a_failed_cluster(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    put_identity(sim)
    sim.settings.subnet_permission_fails_later = True
    text = refused(create(az, *PREPARED, "--skip-validation"))
    assert "in state Failed: (LinkedAuthorizationFailed)" in text
    assert "rule ID2, " in text


def test_a_lost_connection_says_that_it_goes_on(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 9
    sim.add_fault(method="GET", path="/operations/", close="before", times=None)
    text = refused(create(az, *PREPARED))
    assert "the creation of cluster 'aks' continues" in text
    assert "az aks kubenet wait --created --resource-group rg --name aks" in text


def test_an_answer_that_was_lost_is_no_second_cluster(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 9
    sim.add_fault(method="PUT", path=PUT, close="after")
    text = refused(create(az, *PREPARED))
    assert "the creation of cluster 'aks' continues" in text
    assert puts(sim) == [0, 409]


def test_an_interrupt_says_that_it_goes_on(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.operation_polls = 100_000
    polled = threading.Event()
    sim.add_fault(method="GET", path="/operations/", hook=lambda _: polled.set(), times=1)
    command = [str(az.az), "aks", "kubenet", "create", "-g", "rg", "-n", "aks", *BASE, *PREPARED]
    with subprocess.Popen(  # noqa: S603 - the program and its arguments are the test's own
        command, env=az.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert polled.wait(60)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    # azure-core polls on a thread of its own, perhaps before the answer to the PUT has come back to ours
    assert re.search("Interrupted, but the creation of cluster 'aks' (continues|may continue) in Azure.", said)
    assert "az aks kubenet wait --created --resource-group rg --name aks" in said
    assert "Traceback" not in said


def test_an_existing_cluster_is_refused_as_azure_cli_does(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    answer(create(az, *PREPARED))
    sim.clear_log()
    ours = refused(create(az, *PREPARED))
    theirs = refused(az.run("aks", "create", "-g", "rg", "-n", "aks", *BASE, "--vnet-subnet-id", SUBNET))
    assert theirs.strip() in ours
    assert writes(sim) == []
