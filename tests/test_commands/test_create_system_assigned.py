"""`az aks kubenet create` with a system-assigned identity: its rights on the subnet are read back, given or told."""

from __future__ import annotations

import os
import subprocess
from typing import Final

import pytest

from azext_kubenet.after_creation import see_to_rights
from azext_kubenet.arguments.create import parse_creation
from tests.simulator import AzSession, Simulator
from tests.world import cluster_body

from .azure import CLUSTER, SUBNET, answer, put_identity, put_network
from .creating import GRANTS, OWN_NETWORK, create
from .preparing import sign_in

SUBSCRIPTION: Final = f"/subscriptions/{Simulator.subscription_id}"
NODES: Final = "subnet 'nodes' of virtual network 'vnet'"
AKS_ONLY: Final = (
    f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/11111111-2222-3333-4444-555555555555"
)


def put_left_over(sim: Simulator) -> None:
    """A bare subnet on which the identity of a cluster long deleted still has its role."""
    put_network(sim)
    put_identity(sim, SUBNET)
    sim.clear_log()


def may_not_assign(sim: Simulator) -> None:
    actions = ["*/read", "Microsoft.ContainerService/*", "Microsoft.Network/virtualNetworks/subnets/join/action"]
    properties = {"roleName": "AKS", "permissions": [{"actions": actions}], "assignableScopes": [SUBSCRIPTION]}
    sim.put(AKS_ONLY, {"properties": properties})
    sim.set_caller_roles([(SUBSCRIPTION, AKS_ONLY)])


def principal(sim: Simulator) -> str:
    return str((sim.get(CLUSTER) or {})["identity"]["principalId"])


def granted_to(sim: Simulator) -> list[str]:
    """The principals that were given a role on the subnet since the log was cleared."""
    written = [each for each in sim.sent("PUT", GRANTS) if each.status == 201]
    assert all(each.path.lower().startswith(SUBNET.lower()) for each in written)
    return [each.body["properties"]["principalId"] for each in written]


def test_the_role_that_az_gives_is_read_back_and_not_given_twice(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    done = create(az, *OWN_NETWORK)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert granted_to(sim) == [principal(sim)]
    assert "identity" not in done.stderr


@pytest.mark.parametrize("words", [(), ("--no-wait",)], ids=["waited", "no wait"])
def test_where_az_gives_none_because_another_has_it_the_new_identity_gets_its_own(
    az: AzSession, sim: Simulator, words: tuple[str, ...]
) -> None:
    put_left_over(sim)
    done = create(az, *OWN_NETWORK, *words)
    assert done.returncode == 0, done.stderr
    assert granted_to(sim) == [principal(sim)]
    assert f"The cluster's identity had no role on {NODES}; it has Network Contributor now." in done.stderr


def test_who_may_not_assign_is_told_and_the_cluster_is_printed(az: AzSession, sim: Simulator) -> None:
    put_left_over(sim)
    may_not_assign(sim)
    done = create(az, *OWN_NETWORK)
    assert answer(done, 1)["provisioningState"] == "Succeeded"
    assert (
        "The cluster was created, but it cannot use its subnet yet. The identity of cluster 'aks' may not"
        in done.stderr
    )
    (command,) = [line.partition("with: ")[2] for line in done.stderr.splitlines() if "with: az role " in line]
    assert "az aks kubenet list-rules --code ID12" in done.stderr
    assert granted_to(sim) == []
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    environment = {**az.env, "PATH": os.pathsep.join([str(az.az.parent), os.environ.get("PATH", os.defpath)])}
    repaired = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
        ["/bin/sh", "-e", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert repaired.returncode == 0, repaired.stderr
    assert granted_to(sim) == [principal(sim)]
    sim.clear_log()
    again = create(az, *OWN_NETWORK, "--if-not-exists")
    assert answer(again)["provisioningState"] == "Succeeded"
    assert granted_to(sim) == []


def test_a_second_run_gives_the_role_that_the_first_could_not(az: AzSession, sim: Simulator) -> None:
    put_left_over(sim)
    may_not_assign(sim)
    assert create(az, *OWN_NETWORK).returncode == 1
    again = create(az, *OWN_NETWORK, "--if-not-exists")
    assert answer(again, 1)["provisioningState"] == "Succeeded"
    assert "The cluster exists, but it cannot use its subnet yet." in again.stderr
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    last = create(az, *OWN_NETWORK, "--if-not-exists")
    assert answer(last)["provisioningState"] == "Succeeded"
    assert granted_to(sim) == [principal(sim)]


def test_rights_that_nobody_may_read_are_said_not_to_be_known(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.settings.unreadable = [f"{SUBNET}/providers/Microsoft.Authorization/denyAssignments"]
    done = create(az, *OWN_NETWORK)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert "The cluster was created, but not checked whether system-assigned identity" in done.stderr
    assert "Ask for the permission Microsoft.Authorization/denyAssignments/read" in done.stderr


def test_no_answer_about_a_cluster_that_was_made_does_not_undo_that_it_was(
    sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    put_left_over(sim)
    given = {"vnet_subnet_id": SUBNET, "location": "westeurope"}
    creation = parse_creation(given, group="rg", name="aks", subscription=sim.subscription_id)
    sim.put(CLUSTER, cluster_body(subnet=SUBNET))
    sim.add_fault(method="GET", path="/managedClusters/aks$", status=404, body={"code": "NotFound", "message": "Gone."})
    assert see_to_rights(sign_in(sim), creation, created=True)
    assert "The cluster was created, but the rights of its identity could not be read: " in caplog.text
    assert see_to_rights(sign_in(sim), creation, created=True)
    assert granted_to(sim) == [principal(sim)]


def test_who_ignores_the_rule_asks_nothing(az: AzSession, sim: Simulator) -> None:
    put_left_over(sim)
    done = create(az, *OWN_NETWORK, "--ignore", "ID12")
    assert answer(done)["provisioningState"] == "Succeeded"
    assert granted_to(sim) == []
