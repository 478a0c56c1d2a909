"""Prepare for somebody who lacks a right: told before the first write, and done once an administrator has helped."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from azext_kubenet import undoing
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import RefusedError
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.role_grants import RoleChoice
from tests.simulator import AzSession, Simulator

from .azure import (
    CLUSTER,
    GROUP,
    NETWORK,
    SUBNET,
    TABLE,
    answer,
    kubenet,
    put_network,
    put_table,
    refused,
    writes,
)
from .preparing import (
    FULL,
    GATEWAY,
    MADE_IDENTITY,
    MADE_TABLE,
    OTHER_GROUP,
    REQUEST,
    SECURITY_GROUP,
    carry_more,
    prepare,
    sign_in,
)

SUBSCRIPTION = f"/subscriptions/{Simulator.subscription_id}"
THEIR_IDENTITY = f"{OTHER_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/their identity"
PREPARE = ("prepare", "--resource-group", "rg", "--cluster-name", "aks", "--vnet-subnet-id", SUBNET)


def as_administrator(sim: Simulator, az: AzSession, commands: Sequence[str]) -> None:
    """Runs the commands as they were printed, in a shell, as an Owner; afterwards the caller is limited again."""
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    environment = {**az.env, "PATH": os.pathsep.join([str(az.az.parent), os.environ.get("PATH", os.defpath)])}
    done = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
        ["/bin/sh", "-e", "-c", "\n".join(commands)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sim.set_caller_roles([(SUBSCRIPTION, "Contributor")])


def printed_commands(text: str) -> list[str]:
    lines = text.splitlines()
    first = lines.index("Have an administrator run these commands, then run your command again:")
    return [line for line in lines[first + 1 :] if line]


def granted(sim: Simulator, resource_id: str) -> dict[str, str]:
    """The scopes on which an identity has a role, with what its assignment says but for digest and principal."""
    document = sim.get(resource_id)
    assert document is not None
    principal = document["properties"]["principalId"]
    return {
        each.properties["scope"]: str(each.properties["description"]).rsplit(":", 2)[0]
        for each in sim.records()
        if each.type == "Microsoft.Authorization/roleAssignments" and each.properties["principalId"] == principal
    }


def seed_all_but_the_roles(sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    sim.put(THEIR_IDENTITY, {"location": "westeurope"})


MARK = "aks-kubenet-prepared-for:rg/aks"
ROLE_ON_BOTH = {SUBNET: MARK, MADE_TABLE: MARK}


@pytest.mark.parametrize(
    ("seed", "words", "identity", "commands", "scopes"),
    [
        (
            put_network,
            ("--tags", "owner=a b"),
            MADE_IDENTITY,
            ["az identity create ", "az network route-table create ", *["az role assignment create "] * 2],
            ROLE_ON_BOTH,
        ),
        (
            seed_all_but_the_roles,
            ("--identity", THEIR_IDENTITY),
            THEIR_IDENTITY,
            ["az role assignment create "] * 2,
            {SUBNET: MARK, TABLE: MARK},
        ),
        (
            put_network,
            ("--role", "least-privilege", "--default-route-next-hop", "10.9.9.4"),
            MADE_IDENTITY,
            [
                "az identity create ",
                "az network route-table create ",
                "az role definition create ",
                *["az role assignment create "] * 2,
            ],
            ROLE_ON_BOTH,
        ),
    ],
    ids=["identity not there yet", "identity there", "least privilege"],
)
def test_after_the_administrators_commands_the_caller_succeeds(
    sim: Simulator,
    az: AzSession,
    seed: Callable[[Simulator], None],
    words: tuple[str, ...],
    identity: str,
    commands: list[str],
    scopes: dict[str, str],
) -> None:
    seed(sim)
    sim.set_caller_roles([(SUBSCRIPTION, "Contributor")])
    text = refused(kubenet(az, *PREPARE, *words))
    assert "Microsoft.Authorization/roleAssignments/write is missing. Nothing was written." in text
    assert writes(sim) == []
    printed = printed_commands(text)
    assert [line.startswith(start) for line, start in zip(printed, commands, strict=True)] == [True] * len(commands)

    as_administrator(sim, az, printed)
    assert granted(sim, identity) == scopes

    sim.clear_log()
    prepared = answer(kubenet(az, *PREPARE, *words))
    assert sim.sent("PUT", "/Microsoft.Authorization/") == []
    assert {each["scope"] for each in prepared["roleAssignments"]} == set(scopes)
    check_subnet_and_table(sim, prepared["routeTable"]["id"], words)
    check_cleanup(sim, made=identity == MADE_IDENTITY)


def check_subnet_and_table(sim: Simulator, table_id: str, words: tuple[str, ...]) -> None:
    subnet, table = sim.get(SUBNET), sim.get(table_id)
    assert subnet is not None
    assert subnet["properties"]["routeTable"]["id"] == table_id
    assert table is not None
    routes = [route["name"] for route in table["properties"]["routes"]]
    assert routes == (["default"] if "--default-route-next-hop" in words else [])
    assert ((table.get("tags") or {}).get("owner") == "a b") == ("owner=a b" in words)


def check_cleanup(sim: Simulator, *, made: bool) -> None:
    """What an administrator made for prepare is found as what prepare makes itself."""
    cluster = ResourceId(CLUSTER)
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    cleanup = undoing.decide(sign_in(sim), cluster)
    kinds = [change.resource_type.rsplit("/", 1)[-1] for change in cleanup.changes]
    assert kinds == ["roleAssignments"] * 2 + ["subnets", "routeTables", "userAssignedIdentities"] * made


def refusal(sim: Simulator, request: PrepareRequest = REQUEST) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        prepare(sim, request)
    assert writes(sim) == []
    return caught.value


def test_a_reader_is_told_all_that_is_missing(sim: Simulator) -> None:
    put_network(sim)
    sim.set_caller_roles([(SUBSCRIPTION, "Reader")])
    message = refusal(sim).message
    for action in (
        f"Microsoft.ManagedIdentity/userAssignedIdentities/write on '{GROUP}'",
        f"Microsoft.Network/routeTables/write on '{GROUP}'",
        f"Microsoft.Network/virtualNetworks/subnets/write on '{SUBNET}'",
        f"Microsoft.Network/routeTables/join/action on '{MADE_TABLE}'",
        f"Microsoft.Authorization/roleAssignments/write on '{SUBNET}'",
    ):
        assert f"the permission {action} is missing." in message


def test_who_may_not_join_what_the_subnet_carries_is_told_before_the_first_write(sim: Simulator) -> None:
    carry_more(sim)
    sim.set_caller_roles([(GROUP, "Owner"), (OTHER_GROUP, "Reader")])
    message = refusal(sim).message
    assert f"Microsoft.Network/networkSecurityGroups/join/action on '{SECURITY_GROUP}' is missing." in message
    assert f"Microsoft.Network/natGateways/join/action on '{GATEWAY}' is missing." in message


def test_the_owner_of_a_group_may_not_define_a_role_of_the_subscription(sim: Simulator) -> None:
    put_network(sim)
    sim.set_caller_roles([(GROUP, "Owner"), (SUBSCRIPTION, "Reader")])
    error = refusal(sim, replace(REQUEST, role=RoleChoice.LEAST_PRIVILEGE))
    assert error.message.startswith(f"You may not define roles in subscription '{Simulator.subscription_id}': ")


def test_roles_may_be_assigned_by_somebody_who_may_do_nothing_else_to_roles(sim: Simulator) -> None:
    put_network(sim)
    roles = ["Network Contributor", "Managed Identity Contributor", "Role Based Access Control Administrator"]
    sim.set_caller_roles([(SUBSCRIPTION, role) for role in roles])
    prepare(sim)
    assert set(granted(sim, MADE_IDENTITY)) == {SUBNET, MADE_TABLE}


def test_an_inherited_role_of_the_identity_needs_no_right_to_assign(sim: Simulator) -> None:
    FULL.seed(sim)
    identity = sim.put(MADE_IDENTITY, {"location": "westeurope"})
    sim.grant(identity["properties"]["principalId"], SUBSCRIPTION, "Network Contributor")
    sim.set_caller_roles([(SUBSCRIPTION, "Contributor")])
    prepare(sim)
    assert sim.sent("PUT", "roleAssignments") == []


def test_a_caller_whose_own_rights_are_hidden_is_left_to_azure(sim: Simulator) -> None:
    put_network(sim)
    hidden = [f"{scope}/providers/Microsoft.Authorization/permissions" for scope in (SUBNET, GROUP, NETWORK)]
    sim.settings.unreadable += hidden
    prepare(sim)
    assert set(granted(sim, MADE_IDENTITY)) == {SUBNET, MADE_TABLE}
