"""`az aks kubenet prepare` through the real az: what it makes, keeps, refuses and asks."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from typing import Any

import pytest

from tests.simulator import AzSession, Simulator
from tests.test_arm.conftest import make_client

from .azure import (
    GROUP,
    GROUPS,
    IDENTITY,
    NETWORK,
    SUBNET,
    TABLE,
    TABLES,
    Json,
    actions,
    answer,
    kubenet,
    put_cluster,
    put_identity,
    put_network,
    put_ready,
    put_table,
    refused,
    writes,
)
from .preparing import MADE_IDENTITY, MADE_TABLE, marks_of, part_of

PREPARE = ("prepare", "--resource-group", "rg", "--cluster-name", "aks", "--vnet-subnet-id", SUBNET)
NICS = [{"id": f"{GROUP}/providers/Microsoft.Network/networkInterfaces/nic{n}/ipConfigurations/c"} for n in (1, 2)]
STEPS = [
    ("create", "userAssignedIdentities"),
    ("create", "routeTables"),
    ("update", "subnets"),
    ("create", "roleAssignments"),
    ("create", "roleAssignments"),
]


def properties(sim: Simulator, resource_id: str = SUBNET) -> Json:
    found = sim.get(resource_id)
    assert found is not None
    return dict(found["properties"])


def roles(sim: Simulator, principal: str) -> dict[str, str]:
    """Role by scope of everything assigned to the principal."""
    records = [each for each in sim.records() if each.target.type.lower() == "microsoft.authorization/roleassignments"]
    return {
        each.properties["scope"].lower(): each.properties["roleDefinitionId"].rsplit("/", 1)[-1]
        for each in records
        if each.properties["principalId"] == principal
    }


def test_the_straight_path_and_a_second_run(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    first = answer(kubenet(az, *PREPARE, "--tags", "team=net"))
    assert set(first) == {
        "identity",
        "routeTable",
        "subnet",
        "roleAssignments",
        "changes",
        "createCommand",
        "nextCommands",
    }
    assert set(first["identity"]) == {"id", "name", "principalId", "clientId", "resourceGroup"}
    assert actions(first) == STEPS
    identity, table = sim.get(MADE_IDENTITY), sim.get(MADE_TABLE)
    assert identity is not None and table is not None
    marks = marks_of(MADE_IDENTITY), {**marks_of(MADE_TABLE), **part_of(SUBNET)}
    assert [each["tags"] for each in (identity, table)] == [{"team": "net", **mark} for mark in marks]
    assert table["location"] == "westeurope"
    assert table["properties"]["routes"] == []
    assert properties(sim)["routeTable"] == {"id": MADE_TABLE}
    principal = identity["properties"]["principalId"]
    assert first["identity"]["principalId"] == principal
    contributor = "4d97b98b-1d4f-4787-a291-c67834d212e7"
    assert roles(sim, principal) == {SUBNET.lower(): contributor, MADE_TABLE.lower(): contributor}
    (association,) = sim.sent("PUT", "subnets/nodes$")
    assert association.headers["if-match"].startswith('W/"')
    assert {each["id"] for each in first["roleAssignments"]} == {entry.path for entry in sim.sent("PUT", "roleAss")}
    assert len(writes(sim)) == 5
    sim.clear_log()
    second = answer(kubenet(az, *PREPARE))
    assert {each["action"] for each in second["changes"]} == {"none"}
    assert writes(sim) == []
    for same in ("identity", "routeTable", "subnet", "createCommand"):
        assert second[same] == first[same]
    assert {each["id"] for each in second["roleAssignments"]} == {each["id"] for each in first["roleAssignments"]}


def test_tags_given_later_are_merged_with_those_of_what_prepare_made(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    answer(kubenet(az, *PREPARE, "--tags", "team=net"))
    sim.clear_log()
    again = answer(kubenet(az, *PREPARE, "--tags", "team=other", "cost=1"))
    assert actions(again)[:2] == [("update", "userAssignedIdentities"), ("update", "routeTables")]
    for made in (MADE_IDENTITY, MADE_TABLE):
        document = sim.get(made)
        assert document is not None
        parts = part_of(SUBNET) if made == MADE_TABLE else {}
        assert document["tags"] == {"team": "net", "cost": "1", **marks_of(made), **parts}
    assert [(each.method, each.path.rsplit("/", 1)[-1]) for each in writes(sim)] == [("PATCH", "default")] * 2
    sim.clear_log()
    assert {action for action, _ in actions(answer(kubenet(az, *PREPARE, "--tags", "cost=2")))} == {"none"}
    assert writes(sim) == []


def test_a_dry_run_prints_the_same_changes_and_writes_nothing(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    planned = answer(kubenet(az, *PREPARE, "--dry-run"))
    assert writes(sim) == []
    done = answer(kubenet(az, *PREPARE))
    for before, after in zip(planned["changes"], done["changes"], strict=True):
        assert {**before, "resourceId": None} == {**after, "resourceId": None}
        assert before["resourceId"] in (None, after["resourceId"])
    for same in ("routeTable", "subnet", "createCommand"):
        assert planned[same] == done[same]
    assert (planned["identity"]["principalId"], planned["identity"]["id"]) == (None, done["identity"]["id"])


@pytest.mark.parametrize("by_id", [False, True])
def test_what_is_given_is_used_and_not_tagged(az: AzSession, sim: Simulator, by_id: bool) -> None:
    put_network(sim)
    put_table(sim, TABLE, tags={"own": "tag"})
    put_identity(sim)
    given = (IDENTITY.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), TABLE) if by_id else ("identity", "routes")
    words = ("--identity", given[0], "--route-table", given[1], "--default-route-next-hop", "10.1.255.4")
    prepared = answer(kubenet(az, *PREPARE, *words))
    assert actions(prepared) == [
        ("none", "userAssignedIdentities"),
        ("none", "routeTables"),
        ("create", "routes"),
        *STEPS[2:],
    ]
    assert prepared["routeTable"]["id"] == TABLE
    table = sim.get(TABLE)
    assert table is not None and table["tags"] == {"own": "tag"}
    (route,) = table["properties"]["routes"]
    assert (route["name"], route["properties"]["nextHopIpAddress"]) == ("default", "10.1.255.4")
    assert sim.get(MADE_IDENTITY) is None and sim.get(MADE_TABLE) is None


@pytest.mark.parametrize(
    ("words", "what"), [(("--identity", "none"), "Identity"), (("--route-table", "none"), "Route table")]
)
def test_what_is_given_and_not_there_exits_with_3(
    az: AzSession, sim: Simulator, words: tuple[str, str], what: str
) -> None:
    put_network(sim)
    sim.clear_log()
    error = refused(kubenet(az, *PREPARE, *words), 3)
    assert error.startswith(f"ERROR: {what} '/subscriptions/")
    assert "none' was not found." in error
    assert writes(sim) == []


def test_everything_on_the_subnet_stays(az: AzSession, sim: Simulator) -> None:
    group = f"{GROUPS}/nsg"
    sim.put(group, {"location": "westeurope"})
    gateway = f"{GROUP}/providers/Microsoft.Network/natGateways/nat"
    sim.put(gateway, {"location": "westeurope", "sku": {"name": "Standard"}})
    carried: Json = {
        "networkSecurityGroup": {"id": group},
        "natGateway": {"id": gateway},
        "serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["westeurope"]}],
        "delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}],
        "privateEndpointNetworkPolicies": "Disabled",
        "defaultOutboundAccess": False,
    }
    put_network(sim, **carried)
    sim.put(NETWORK, {**(sim.get(NETWORK) or {}), "tags": {"kept": "yes"}})
    before = properties(sim)
    answer(kubenet(az, *PREPARE))
    after = properties(sim)
    assert after.pop("routeTable") == {"id": MADE_TABLE}
    assert without_etags(after) == without_etags(before)
    network = sim.get(NETWORK)
    assert network is not None and network["tags"] == {"kept": "yes"}


def without_etags(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_etags(each) for name, each in value.items() if name != "etag"}
    return [without_etags(each) for each in value] if isinstance(value, list) else value


def test_another_table_on_the_subnet_is_never_replaced(az: AzSession, sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    put_table(sim, f"{TABLES}/other")
    sim.clear_log()
    error = refused(kubenet(az, *PREPARE, "--route-table", "other"))
    assert f"Subnet 'nodes' already carries route table '{TABLE}', not '{TABLES}/other'." in error
    assert "Omit --route-table" in error
    assert writes(sim) == []
    adopted = answer(kubenet(az, *PREPARE))
    assert adopted["routeTable"]["id"] == TABLE
    assert ("none", "subnets") in actions(adopted)


def test_the_table_of_another_cluster_is_refused(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim, f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/other")
    sim.clear_log()
    error = refused(kubenet(az, *PREPARE))
    assert "serves cluster 'other'" in error or "'other'" in error
    assert "RT3" in error or "route table" in error
    assert writes(sim) == []


def test_the_table_of_a_running_clusters_subnet_is_not_changed(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    put_identity(sim, SUBNET)
    put_cluster(sim, f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/running")
    subnet = {**properties(sim), "routeTable": None}
    sim.put(SUBNET, {"properties": subnet})
    sim.clear_log()
    error = refused(kubenet(az, *PREPARE, "--yes"))
    assert "'running'" in error
    assert writes(sim) == []


def test_network_interfaces_in_the_subnet_ask(az: AzSession, sim: Simulator) -> None:
    put_network(sim, ipConfigurations=NICS)
    sim.clear_log()
    question = "2 network interfaces in subnet 'nodes' will follow the routes of 'aks-routes' from now on. Continue?"
    error = refused(kubenet(az, *PREPARE))
    assert f"{question} There is no terminal to prompt on." in error
    assert "Add --yes to agree." in error
    for code, stderr in (*(typed(az, keys, *PREPARE) for keys in ("n\n", CTRL_D)), interrupted(az, *PREPARE)):
        assert (code, "Traceback" in stderr) == (1, False)
        assert "ERROR: Stopped: nothing was written." in stderr
        assert stderr.startswith("This will:\n  create identity 'aks-identity'\n  create route table 'aks-routes'\n")
    assert writes(sim) == []
    code, _ = typed(az, "y\n", *PREPARE)
    assert (code, properties(sim)["routeTable"]) == (0, {"id": MADE_TABLE})


def test_a_slip_of_the_keyboard_asks_for_the_choice_alone(az: AzSession, sim: Simulator) -> None:
    put_network(sim, ipConfigurations=NICS)
    code, stderr = typed(az, "maybe\nn\n", *PREPARE)
    assert (code, stderr.count("This will:"), stderr.count("Answer y or n (y/N): ")) == (1, 1, 1)


def test_yes_does_not_ask(az: AzSession, sim: Simulator) -> None:
    put_network(sim, ipConfigurations=NICS)
    assert actions(answer(kubenet(az, *PREPARE, "--yes"))) == STEPS


CTRL_D = "\x04"


def typed(az: AzSession, keys: str, *words: str) -> tuple[int, str]:
    """Exit code and stderr of a command whose standard input is a terminal on which `keys` are typed."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, keys.encode())
        done = subprocess.run(  # noqa: S603 - the program and its arguments are the test's own
            [str(az.az), "aks", "kubenet", *words],
            env=az.env,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(terminal)
        os.close(keyboard)
    return done.returncode, done.stderr


def interrupted(az: AzSession, *words: str) -> tuple[int, str]:
    """As `typed`, for Ctrl-C at the question."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - the program and its arguments are the test's own
        [str(az.az), "aks", "kubenet", *words], env=az.env, stdin=terminal, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = ""
    try:
        while "Continue?" not in said:
            said += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()
    finally:
        process.kill()
        os.close(terminal)
        os.close(keyboard)
    return process.wait(), said


def meanwhile(sim: Simulator, **changed: Any) -> None:
    """Somebody else writes the subnet right before prepare does."""

    def write(_: object) -> None:
        make_client(sim).put(SUBNET, {"properties": {"addressPrefix": "10.1.0.0/24", **changed}})

    sim.add_fault(method="PUT", path="subnets/nodes$", hook=write)


def test_a_change_of_somebody_else_is_kept(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    meanwhile(sim, serviceEndpoints=[{"service": "Microsoft.Sql", "locations": ["westeurope"]}])
    answer(kubenet(az, *PREPARE))
    subnet = properties(sim)
    assert [each["service"] for each in subnet["serviceEndpoints"]] == ["Microsoft.Sql"]
    assert subnet["routeTable"] == {"id": MADE_TABLE}
    assert [entry.status for entry in sim.sent("PUT", "subnets/nodes$")] == [412, 200, 200]


def test_a_table_of_somebody_else_stops_the_run_and_tells_what_was_made(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    put_table(sim, f"{TABLES}/theirs")
    meanwhile(sim, routeTable={"id": f"{TABLES}/theirs"})
    error = refused(kubenet(az, *PREPARE))
    assert f"Subnet 'nodes' meanwhile carries route table '{TABLES}/theirs'." in error
    assert "create identity 'aks-identity'" in error and "create route table 'aks-routes'" in error
    assert properties(sim)["routeTable"] == {"id": f"{TABLES}/theirs"}


def test_a_run_that_azure_ends_halfway_goes_on_where_it_ended(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.add_fault(method="PUT", path="roleAssignments", status=400, code="Odd", message="Not now.", times=None)
    error = refused(kubenet(az, *PREPARE))
    assert (
        "ERROR: Could not create role assignment on subnet 'nodes' of virtual network 'vnet'. Azure refused writing "
        in error
    )
    assert "(Odd) Not now. Already done, and kept: create " in error
    for done in (
        "create identity 'aks-identity'",
        "create route table 'aks-routes'",
        "put route table 'aks-routes' on ",
    ):
        assert done in error
    assert f"\naz aks kubenet {' '.join(PREPARE[:1])} " in error
    sim.clear_faults()
    again = answer(kubenet(az, *PREPARE))
    assert [action for action, _ in actions(again)] == ["none", "none", "none", "create", "create"]
    assert len(roles(sim, again["identity"]["principalId"])) == 2


def test_who_may_not_assign_roles_gets_the_commands_for_an_administrator(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.set_caller_roles([(f"/subscriptions/{sim.subscription_id}", "Contributor")])
    sim.clear_log()
    error = refused(kubenet(az, *PREPARE))
    assert "Microsoft.Authorization/roleAssignments/write is missing. Nothing was written." in error
    commands = [line for line in error.splitlines() if line.startswith("az ")]
    assert commands[0].startswith("az identity create ")
    assert [line.split()[:4] for line in commands[-2:]] == [["az", "role", "assignment", "create"]] * 2
    assert writes(sim) == []


def test_the_custom_role_is_made_once(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    first = answer(kubenet(az, *PREPARE, "--role", "least-privilege"))
    assert ("create", "roleDefinitions") in actions(first)
    assert {each["roleName"] for each in first["roleAssignments"]} == {
        f"AKS kubenet cluster network {sim.subscription_id}"
    }
    sim.clear_log()
    second = answer(kubenet(az, *PREPARE, "--role", "least-privilege"))
    assert {each["action"] for each in second["changes"]} == {"none"}
    assert writes(sim) == []


def test_without_waiting_the_last_writes_are_not_polled(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.settings.operation_polls = 1
    sim.clear_log()
    prepared = answer(kubenet(az, *PREPARE, "--no-wait"))
    last = [each["resourceId"] for each in prepared["changes"]]
    assert all(last)
    assert sim.requests[-1].method == "PUT"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ("--default-route-next-hop", "10.0.0.0/8"),
            1,
            "--default-route-next-hop: '10.0.0.0/8' is not an IPv4 address.",
        ),
        (
            ("--role-propagation-timeout", "3601"),
            1,
            "--role-propagation-timeout: 3601 s is longer than Azure ever takes.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_before_any_request(
    az: AzSession, sim: Simulator, words: tuple[str, ...], code: int, sentence: str
) -> None:
    assert sentence in refused(kubenet(az, *PREPARE, *words), code)
    assert sim.requests == []
