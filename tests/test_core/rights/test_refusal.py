"""Whose right is missing, and what gives it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.rights.refusal import Actors, MissingRight, advice, missing_right

ERRORS = Path(__file__).resolve().parents[4] / "shared" / "reference" / "errors.json"
NETWORK = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"
SUBNET = f"{NETWORK}/virtualNetworks/vnet/subnets/nodes"
TABLE = f"{NETWORK}/routeTables/my.routes"
IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
CREATE = "Microsoft.ContainerService/managedClusters/write"
ME = Actors(caller="me@example.com", identity_id=ResourceId(IDENTITY), principal_id="p-1")
LINKED = (
    "Reconcile VNet failed. Details: The client 'app' with object id 'p-1' has permission to perform action "
    f"'{CREATE}' on scope '/x'; however, it {{}} have permission to perform action '{JOIN}' on the linked scope(s) "
    f"'{SUBNET}, {TABLE}' or the linked scope(s) are invalid."
)
ROUTE_TABLE = (
    "Managed identity or service principle must be given permission to read and write to custom route table "
    f"{TABLE}. Please see https://aka.ms/aks/customrt for more information"
)


@pytest.mark.parametrize("words", ["does not", "doesn't"])
def test_a_linked_refusal_names_who_what_and_where(words: str) -> None:
    expected = MissingRight(action=JOIN, scopes=(SUBNET, TABLE), client="app", object_id="p-1")
    assert missing_right(LINKED.format(words)) == expected


def test_a_plain_refusal_names_who_and_what() -> None:
    message = (
        f"The client 'app' with object id 'p-1' does not have authorization to perform action '{CREATE}' over scope "
        "'/x' or the scope is invalid. If access was recently granted, please refresh your credentials."
    )
    assert missing_right(message) == MissingRight(action=CREATE, client="app", object_id="p-1")


@pytest.mark.parametrize("message", [ROUTE_TABLE, ROUTE_TABLE.partition(". ")[0]])
def test_a_refused_route_table_is_about_the_clusters_identity(message: str) -> None:
    assert missing_right(message) == MissingRight(action="Microsoft.Network/routeTables/write", scopes=(TABLE,))


@pytest.mark.parametrize(
    "message",
    ["", "No.", LINKED.format("does not").partition(" on the linked")[0], "... permission to perform action 'x'"],
)
def test_what_does_not_name_it_in_full_names_nothing(message: str) -> None:
    assert missing_right(message) is None


def linked(action: str, object_id: str, client: str = "app", scope: str = SUBNET) -> MissingRight:
    return MissingRight(action=action, scopes=(scope,), client=client, object_id=object_id)


GIVE = (
    "Somebody who may assign roles there can repair that; if they did so within the last hour, just run your "
    "command again, as Azure may not see it yet:"
)
SHOW = f"az identity show --ids {IDENTITY} --query principalId --output tsv"
OF_TABLE = MissingRight(action="Microsoft.Network/routeTables/write", scopes=(TABLE,))
WHO = {
    "the caller, by name": (linked(JOIN, "o", "ME@example.com"), ME, "You, signed in as 'me@example.com',"),
    "the caller, by id": (linked(JOIN, "O-1"), Actors(caller="o-1"), "You, signed in as 'o-1',"),
    "the identity": (linked(JOIN, "P-1"), ME, "The cluster's identity 'nodes'"),
    "the identity, unnamed": (OF_TABLE, ME, "The cluster's identity 'nodes'"),
    "the service principal": (
        linked(JOIN, "o", "App"),
        Actors(caller="me", service_principal="app"),
        "The cluster's service principal 'app'",
    ),
    "the service principal, unnamed": (
        OF_TABLE,
        Actors(caller="me", service_principal="app"),
        "The cluster's service principal 'app'",
    ),
    "the system's identity": (OF_TABLE, Actors(caller="me"), "The cluster's identity"),
    "somebody": (linked(JOIN, "o"), ME, "The principal with object id 'o'"),
    "somebody besides a service principal": (
        linked(JOIN, "o"),
        Actors(caller="me", service_principal="another"),
        "The principal with object id 'o'",
    ),
}


@pytest.mark.parametrize(("right", "actors", "who"), WHO.values(), ids=WHO)
def test_it_says_whose_right_is_missing(right: MissingRight, actors: Actors, who: str) -> None:
    assert advice(right, actors)[0] == f"{who} may not perform {right.action} on {right.scopes[0]}."


COMMANDS = {
    "the caller": (
        linked(JOIN, "it's", ME.caller),
        ME,
        f"""--assignee-object-id 'it'"'"'s' --role 'Network Contributor' --scope {SUBNET}""",
    ),
    "to assign an identity": (
        linked(ASSIGN, "o", ME.caller, IDENTITY),
        ME,
        f"--assignee-object-id o --role 'Managed Identity Operator' --scope {IDENTITY}",
    ),
    "the identity": (
        linked(JOIN, "p-1"),
        ME,
        "--assignee-object-id p-1 --assignee-principal-type ServicePrincipal --role 'Network Contributor' "
        f"--scope {SUBNET}",
    ),
    "the identity that could not be read": (
        OF_TABLE,
        Actors(caller="me", identity_id=ResourceId(IDENTITY)),
        f'--assignee-object-id "$({SHOW})" --assignee-principal-type ServicePrincipal --role '
        f"'Network Contributor' --scope {TABLE}",
    ),
    "the service principal": (
        OF_TABLE,
        Actors(caller="me", service_principal="app"),
        f"--assignee app --role 'Network Contributor' --scope {TABLE}",
    ),
}


@pytest.mark.parametrize(("right", "actors", "words"), COMMANDS.values(), ids=COMMANDS)
def test_it_gives_the_command_that_repairs_it(right: MissingRight, actors: Actors, words: str) -> None:
    assert advice(right, actors)[1:] == (GIVE, f"az role assignment create {words}")


def test_every_linked_scope_gets_a_command() -> None:
    right = missing_right(LINKED.format("does not"))
    assert right is not None
    assert [line.rpartition(" ")[2] for line in advice(right, ME)[2:]] == [SUBNET, TABLE]


@pytest.mark.parametrize(
    ("right", "actors"),
    [
        (linked(CREATE, "o", ME.caller), ME),
        (MissingRight(action=CREATE, client="app", object_id="o"), ME),
        (OF_TABLE, Actors(caller="me")),
    ],
)
def test_without_a_role_or_somebody_to_give_it_to_there_is_no_command(right: MissingRight, actors: Actors) -> None:
    assert advice(right, actors)[1:] == ("Ask for a role that has it, then run your command again.",)


def test_a_refusal_without_a_scope_names_none() -> None:
    right = MissingRight(action=CREATE, client=ME.caller, object_id="o")
    assert advice(right, ME)[0].endswith(f"may not perform {CREATE}.")


def test_the_refusals_of_the_reference_are_read() -> None:
    if not ERRORS.is_file():
        pytest.skip("the shared reference is not here")
    recorded = json.loads(ERRORS.read_text(encoding="utf-8"))
    codes = ("AuthorizationFailed", "LinkedAuthorizationFailed", "CustomRouteTableMissingPermission")
    ends = ("is invalid", "are invalid", "https://aka.ms/aks/customrt")  # some are cut before, or have dots for names
    whole = [
        each
        for each in recorded
        if each["code"] in codes and "..." not in each["message"] and any(end in each["message"] for end in ends)
    ]
    assert {each["code"] for each in whole} == set(codes)
    assert [each["message"] for each in whole if missing_right(each["message"]) is None] == []
