"""`az aks kubenet create` where a right is missing: the error says whose, and its command repairs it."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.simulator import AzSession, Simulator
from tests.simulator.settings import CALLER_OBJECT_ID

from .azure import IDENTITY, SUBNET, TABLE, answer, put_identity, put_ready, refused
from .creating import GRANTS, PREPARED, create, put_unprepared

SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"
AT_ONCE = ("--role-propagation-timeout", "0")
ROLE = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/11111111-2222-3333-4444-555555555555"
JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


def limit_caller(sim: Simulator, *actions: str) -> None:
    """The caller may read everything and do `actions`, and nothing else."""
    allowed = [{"actions": ["*/read", *actions]}]
    properties = {"roleName": "Limited", "permissions": allowed, "assignableScopes": [SUBSCRIPTION]}
    sim.put(ROLE, {"properties": properties})
    sim.set_caller_roles([(SUBSCRIPTION, ROLE)])


def as_administrator(sim: Simulator, az: AzSession, commands: list[str]) -> None:
    """Runs the commands as they were printed, in a shell, as an Owner, who the caller then is."""
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    environment = {**az.env, "PATH": os.pathsep.join([str(az.az.parent), os.environ.get("PATH", os.defpath)])}
    done = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
        ["/bin/sh", "-e", "-c", "\n".join(commands)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def printed_commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("az role assignment create ")]


def test_the_identity_without_a_role_on_the_table_gets_one(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    put_identity(sim, SUBNET)
    text = refused(create(az, *PREPARED, "--skip-validation", *AT_ONCE))
    assert "(CustomRouteTableMissingPermission)" in text
    assert f"The cluster's identity 'identity' may not perform Microsoft.Network/routeTables/write on {TABLE}." in text
    assert "It is rule ID3, " in text
    as_administrator(sim, az, printed_commands(text))
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"


def test_an_identity_that_may_not_be_read_is_looked_up_by_whoever_repairs_it(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    put_identity(sim, SUBNET)
    sim.settings.unreadable = [IDENTITY]
    text = refused(create(az, *PREPARED, "--skip-validation", *AT_ONCE))
    assert f'"$(az identity show --ids {IDENTITY} ' in text
    sim.settings.unreadable = []
    as_administrator(sim, az, printed_commands(text))
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"


def test_the_identity_without_a_role_on_the_subnet_gets_one(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    put_identity(sim, TABLE)
    text = refused(create(az, *PREPARED, "--skip-validation", *AT_ONCE))
    assert "(LinkedAuthorizationFailed)" in text
    assert f"The cluster's identity 'identity' may not perform {JOIN} on {SUBNET}." in text
    assert "It is rule ID2, " in text
    as_administrator(sim, az, printed_commands(text))
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("held", "missing", "scope", "rule"), [((ASSIGN,), JOIN, SUBNET, None), ((JOIN,), ASSIGN, IDENTITY, "ID10")]
)
def test_the_callers_own_right_is_told_as_such(
    az: AzSession, sim: Simulator, held: tuple[str, ...], missing: str, scope: str, rule: str | None
) -> None:
    put_ready(sim)
    limit_caller(sim, "Microsoft.ContainerService/*", *held)
    text = refused(create(az, *PREPARED, *AT_ONCE))
    assert "(LinkedAuthorizationFailed)" in text
    assert f"You, signed in as '{sim.client_id}', may not perform {missing} on {scope}." in text
    assert ("It is rule" in text) == (rule is not None)
    assert rule is None or f"It is rule {rule}, " in text
    sim.clear_log()
    as_administrator(sim, az, printed_commands(text))
    (grant,) = sim.sent("PUT", GRANTS)
    assert grant.path.startswith(f"{scope}/")
    assert grant.body["properties"]["principalId"] == CALLER_OBJECT_ID
    sim.set_caller_roles([(SUBSCRIPTION, ROLE), (scope, grant.body["properties"]["roleDefinitionId"])])
    answer(create(az, *PREPARED))


def test_a_caller_who_may_make_no_clusters_is_told_so(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    limit_caller(sim)
    text = refused(create(az, *PREPARED))
    assert "(AuthorizationFailed)" in text
    assert (
        f"You, signed in as '{sim.client_id}', may not perform Microsoft.ContainerService/managedClusters/write."
        in text
    )
    assert "Ask for a role that has it" in text


def test_the_wait_for_a_right_says_at_once_what_azure_says(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    message = "The client 'somebody' may not."
    body = {"code": "LinkedAuthorizationFailed", "message": message, "subcode": ""}
    sim.add_fault(method="PUT", path="/managedClusters/aks$", status=403, body=body)
    done = create(az, *PREPARED)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert f"trying for up to 600 s. It says: {message}" in done.stderr
