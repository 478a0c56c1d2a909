"""What cleanup must never take: what others use, what only looks like prepare's, what it learns of half-way.

Each is a misuse that was tried against the first release, and took something away.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from azext_kubenet import undoing
from azext_kubenet.arm.apply import InterruptedApplyError
from azext_kubenet.arm.writes import ConcurrentChangeError
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import RefusedError
from azext_kubenet.core.changes.cleanup import Cleanup
from azext_kubenet.core.changes.marks import part_tag
from tests.simulator import AzSession, Simulator

from .azure import GROUP, IDENTITIES, NETWORK, SUBNET, TABLES, Json, actions, answer, kubenet, writes
from .preparing import (
    MADE_IDENTITY,
    MADE_TABLE,
    OTHER_GROUP,
    SECURITY_GROUP,
    no_pause,
    sign_in,
)
from .test_cleanup import CLEANUP, CLUSTER_ID, start_prepared
from .test_prepare import typed

SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"
FOREIGN_SUBNET = f"{NETWORK}/subnets/machines"
NODE_GROUP = f"{SUBSCRIPTION}/resourceGroups/MC_hidden"
VM = f"{OTHER_GROUP}/providers/Microsoft.Compute/virtualMachines/web"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def put_machine(sim: Simulator, number: int, subnet: str) -> None:
    interface = f"{OTHER_GROUP}/providers/Microsoft.Network/networkInterfaces/{subnet.rsplit('/', 1)[-1]}{number}"
    configuration = {"name": "one", "properties": {"subnet": {"id": subnet}}}
    sim.put(interface, {"location": "westeurope", "properties": {"ipConfigurations": [configuration]}})


def use_the_table_for_machines(sim: Simulator) -> None:
    """Somebody puts the table on a subnet with five machines."""
    sim.put(FOREIGN_SUBNET, {"properties": {"addressPrefix": "10.1.9.0/24", "routeTable": {"id": MADE_TABLE}}})
    for number in range(5):
        put_machine(sim, number, FOREIGN_SUBNET)


def add_a_route(sim: Simulator) -> None:
    """Somebody adds a route to the table."""
    route = {"addressPrefix": "10.50.0.0/16", "nextHopType": "VirtualNetworkGateway"}
    sim.put(f"{MADE_TABLE}/routes/office", {"properties": route})


def give_the_identity_to_a_machine(sim: Simulator) -> None:
    """Somebody gives the identity to a virtual machine."""
    assigned = {"type": "UserAssigned", "userAssignedIdentities": {MADE_IDENTITY: {}}}
    sim.put(VM, {"location": "westeurope", "identity": assigned})


def document(sim: Simulator, resource_id: str) -> Json:
    found = sim.get(resource_id)
    assert found is not None, resource_id
    return found


def decide(sim: Simulator) -> Cleanup:
    return undoing.decide(sign_in(sim), CLUSTER_ID)


def clean(sim: Simulator) -> Cleanup:
    session = sign_in(sim)
    cleanup = undoing.decide(session, CLUSTER_ID)
    undoing.carry_out(session, CLUSTER_ID, cleanup, yes=True, sleep=no_pause)
    return cleanup


def refusal(sim: Simulator) -> str:
    sim.clear_log()
    with pytest.raises(RefusedError) as caught:
        clean(sim)
    assert writes(sim) == []
    assert caught.value.message.endswith(" Nothing was deleted.")
    return caught.value.message


def test_a_foreign_subnet_keeps_its_table(sim: Simulator) -> None:
    start_prepared(sim)
    use_the_table_for_machines(sim)
    (kept,) = clean(sim).kept
    assert (kept.resource_id, kept.reason) == (MADE_TABLE, "it has subnet machines, on which prepare did not put it")
    assert document(sim, FOREIGN_SUBNET)["properties"]["routeTable"] == {"id": MADE_TABLE}
    assert "routeTable" not in document(sim, SUBNET)["properties"]
    assert sim.get(MADE_IDENTITY) is None


def test_a_table_with_somebodys_routes_stays(sim: Simulator) -> None:
    start_prepared(sim)
    add_a_route(sim)
    (kept,) = clean(sim).kept
    assert kept.reason == "it has route office, which prepare did not make"
    routes = document(sim, MADE_TABLE)["properties"]["routes"]
    assert {route["name"] for route in routes} == {"default", "office"}
    assert document(sim, SUBNET)["properties"]["routeTable"] == {"id": MADE_TABLE}


def test_a_route_that_somebody_adds_while_cleanup_runs_keeps_the_table(sim: Simulator) -> None:
    start_prepared(sim)
    sim.add_fault(method="PUT", path="/subnets/nodes$", when="after", hook=lambda _: add_a_route(sim))
    with pytest.raises(InterruptedApplyError, match="nobody has agreed to lose: office") as caught:
        clean(sim)
    assert isinstance(caught.value.failures[0][1], ConcurrentChangeError)
    assert "office" in {route["name"] for route in document(sim, MADE_TABLE)["properties"]["routes"]}
    (kept,) = clean(sim).kept
    assert kept.reason == "it has route office, which prepare did not make"


def test_what_changes_while_the_question_is_open_is_not_agreed_to(sim: Simulator, az: AzSession) -> None:
    start_prepared(sim)
    sim.add_fault(method="POST", path="/listAssociatedResources$", hook=lambda _: add_a_route(sim))
    sim.clear_log()
    code, said = typed(az, "y\n", *CLEANUP)
    assert (code, writes(sim)) == (1, [])
    assert "What prepare made, or who uses it, has changed since you were asked. Nothing was deleted." in said
    sim.clear_faults()
    sim.delete(f"{MADE_TABLE}/routes/office")
    code, said = typed(az, "y\n", *CLEANUP)
    assert (code, sim.get(MADE_TABLE)) == (0, None)


def test_an_identity_that_others_use_stays(sim: Simulator) -> None:
    start_prepared(sim)
    give_the_identity_to_a_machine(sim)
    (kept,) = clean(sim).kept
    assert (kept.resource_id.lower(), kept.reason) == (MADE_IDENTITY.lower(), "it is used by web")
    assert (sim.get(MADE_IDENTITY) is None, sim.get(MADE_TABLE) is None) == (False, True)


def copy_tags_of_the_first_release(sim: Simulator) -> list[str]:
    """As a policy that copies the tags of a group would."""
    copies = [f"{IDENTITIES}/theirs", f"{TABLES}/theirs"]
    for copy in copies:
        sim.put(copy, {"location": "westeurope", "tags": {"aks-kubenet-prepared-for": "aks"}})
    return copies


def copy_tags(sim: Simulator) -> list[str]:
    """As a template made of what prepare has made would."""
    copies = {f"{IDENTITIES}/theirs": MADE_IDENTITY, f"{TABLES}/theirs": MADE_TABLE}
    for copy, original in copies.items():
        sim.put(copy, {"location": "westeurope", "tags": document(sim, original)["tags"]})
    return list(copies)


@pytest.mark.parametrize(
    ("spread", "named"), [(copy_tags_of_the_first_release, 2), (copy_tags, 0)], ids=["first release", "this release"]
)
def test_copied_tags_mark_nothing(sim: Simulator, spread: Callable[[Simulator], list[str]], named: int) -> None:
    start_prepared(sim)
    copies = spread(sim)
    kept = clean(sim).kept
    assert all(sim.get(copy) is not None for copy in copies)
    assert [each.resource_id.lower() for each in kept] == [copy.lower() for copy in copies][:named]
    assert sim.get(MADE_TABLE) is None


@pytest.mark.parametrize("whose", ["somebody", "the identity"])
@pytest.mark.parametrize("of_first_release", [True, False])
def test_an_owner_with_a_copied_description_stays_owner(sim: Simulator, whose: str, of_first_release: bool) -> None:
    start_prepared(sim)
    original = next(each for each in sim.records(SUBNET) if each.type.endswith("/roleAssignments"))
    principal = original.properties["principalId"] if whose == "the identity" else sim.add_principal("boss").object_id
    description = "aks-kubenet-prepared-for:rg/aks" if of_first_release else original.properties["description"]
    owner = f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-00000000aaaa"
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"
    sim.put(owner, {"properties": {"roleDefinitionId": role, "principalId": principal, "description": description}})
    kept = clean(sim).kept
    assert sim.get(owner) is not None
    assert [each.resource_id for each in kept] == [owner] * of_first_release
    assert sim.get(original.id) is None


def test_what_hidden_nodes_use_is_refused(sim: Simulator) -> None:
    start_prepared(sim)
    scale_set = f"{NODE_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-nodepool1-1-vmss"
    node = f"{scale_set}/virtualMachines/0/networkInterfaces/nodepool1/ipConfigurations/ipconfig1"
    present = document(sim, SUBNET)
    present["properties"]["ipConfigurations"] = [{"id": node}]
    sim.put(SUBNET, present)
    assert "AKS nodes of resource group 'MC_hidden' are in subnet 'nodes'" in refusal(sim)


@pytest.mark.parametrize(
    ("scope", "without"),
    [
        (SUBNET, "Microsoft.Authorization/roleAssignments/delete"),
        (MADE_TABLE, "Microsoft.Authorization/roleAssignments/delete"),
        (SUBNET, "Microsoft.Network/virtualNetworks/subnets/write"),
        (SECURITY_GROUP, "Microsoft.Network/networkSecurityGroups/join/action"),
        (MADE_TABLE, "Microsoft.Network/routeTables/delete"),
        (MADE_IDENTITY, "Microsoft.ManagedIdentity/userAssignedIdentities/delete"),
    ],
    ids=lambda value: value.rsplit("/", 2)[-2],
)
def test_a_missing_right_is_learned_before_the_first_deletion(sim: Simulator, scope: str, without: str) -> None:
    start_prepared(sim)
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-00000000bbbb"
    permissions = [{"actions": ["*"], "notActions": [without]}]
    properties = {"roleName": "nearly all", "permissions": permissions, "assignableScopes": [SUBSCRIPTION]}
    sim.put(role, {"properties": properties})
    sim.set_caller_roles([(SUBSCRIPTION, "nearly all")])
    message = refusal(sim)
    assert f"The permission {without} on '" in message
    assert f"'{scope}'".lower() in message.lower()


@pytest.mark.parametrize(
    ("scope", "level"),
    [
        (SUBSCRIPTION, "CanNotDelete"),
        (GROUP, "CanNotDelete"),
        (MADE_TABLE, "CanNotDelete"),
        (f"{MADE_TABLE}/routes/default", "CanNotDelete"),
        (MADE_IDENTITY, "ReadOnly"),
        (NETWORK, "ReadOnly"),
        (SUBNET, "CanNotDelete"),
    ],
    ids=["subscription", "group", "table", "route", "identity", "network", "roles of the subnet"],
)
def test_a_lock_is_known_before_the_first_deletion(sim: Simulator, scope: str, level: str) -> None:
    start_prepared(sim)
    sim.put(f"{scope}/providers/Microsoft.Authorization/locks/keep", {"properties": {"level": level}})
    assert f"'keep' ({level}) on '{scope}'" in refusal(sim)


def test_locks_that_nobody_may_read_are_not_none(sim: Simulator) -> None:
    start_prepared(sim)
    error = {"error": {"code": "AuthorizationFailed", "message": "No."}}
    sim.add_fault(method="GET", path="/Microsoft.Authorization/locks$", status=403, body=error, times=None)
    assert "permission Microsoft.Authorization/locks/read is missing" in refusal(sim)


def test_a_table_is_taken_off_both_subnets_that_prepare_put_it_on(sim: Simulator) -> None:
    start_prepared(sim)
    second = f"{NETWORK}/subnets/more"
    tags = document(sim, MADE_TABLE)["tags"]
    sim.put(second, {"properties": {"addressPrefix": "10.1.8.0/24", "routeTable": {"id": MADE_TABLE}}})
    name, value = part_tag(CLUSTER_ID, ResourceId(MADE_TABLE), ResourceId(second))
    table = document(sim, MADE_TABLE)
    sim.put(MADE_TABLE, {**table, "tags": {**tags, name: value}})
    assert clean(sim).kept == ()
    assert all("routeTable" not in document(sim, each)["properties"] for each in (SUBNET, second))
    assert sim.get(MADE_TABLE) is None


def test_routes_of_nodes_that_are_gone_do_not_keep_the_table(sim: Simulator) -> None:
    start_prepared(sim)
    hop = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.0.4"}
    route = {"properties": {"addressPrefix": "10.244.0.0/24", **hop}}
    sim.put(f"{MADE_TABLE}/routes/aks-nodepool1-12345678-vmss000000", route)
    assert clean(sim).kept == ()
    assert sim.get(MADE_TABLE) is None


def test_az_keeps_names_and_ends_with_1(sim: Simulator, az: AzSession) -> None:
    start_prepared(sim)
    use_the_table_for_machines(sim)
    give_the_identity_to_a_machine(sim)
    put_machine(sim, 1, SUBNET)
    done = kubenet(az, *CLEANUP, "--yes")
    result = answer(done, code=1)
    assert actions(result) == [("delete", "roleAssignments")] * 2 + [("update", "subnets")]
    assert {each["resourceId"].rsplit("/", 1)[-1] for each in result["kept"]} == {"aks-routes", "aks-identity"}
    for each in result["kept"]:
        assert f"Kept: {each['resourceId']}, because {each['reason']}." in done.stderr
        assert each["destructiveCommands"]
    assert "1 network interface in subnet 'nodes' will lose the routes of 'aks-routes'." in done.stderr
    table = kubenet(az, *CLEANUP, "--dry-run", "-o", "table")
    assert (table.returncode, "2 kept" in table.stdout) == (1, True)


def test_az_asks_a_line_for_each_thing(sim: Simulator, az: AzSession) -> None:
    start_prepared(sim)
    use_the_table_for_machines(sim)
    put_machine(sim, 1, SUBNET)
    error = {"error": {"code": "AuthorizationFailed", "message": "No."}}
    sim.add_fault(method="POST", path="/listAssociatedResources$", status=403, body=error)
    sim.clear_log()
    done = kubenet(az, *CLEANUP)
    assert done.returncode == 1
    for text in (
        "delete identity 'aks-identity'",
        "take the route table off subnet 'nodes' of virtual network 'vnet'",
        "Kept: aks-routes, because it has subnet machines, on which prepare did not put it.",
        "1 network interface in subnet 'nodes' will lose the routes of 'aks-routes'.",
        "Whether other resources use identity 'aks-identity' could not be determined: you may not read ",
    ):
        assert text in done.stderr
    assert writes(sim) == []


def test_az_what_is_printed_takes_away_what_is_kept(sim: Simulator, az: AzSession) -> None:
    start_prepared(sim)
    use_the_table_for_machines(sim)
    result = answer(kubenet(az, *CLEANUP, "--yes"), code=1)
    (kept,) = result["kept"]
    assert [each.split(" --ids ")[0] for each in kept["destructiveCommands"]] == [
        "az network vnet subnet update",
        "az network vnet subnet update",
        "az network route-table delete",
    ]
    for command in kept["destructiveCommands"]:
        assert az.run(*shlex.split(command)[1:]).returncode == 0, command
    assert sim.get(MADE_TABLE) is None
    assert answer(kubenet(az, *CLEANUP)) == {"changes": [], "kept": []}
