"""Roles, assignments, deny assignments, locks, permissions and policy states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Simulator

from .builders import make_assignment, make_network
from .client import Client

OBJECT_ID = "00000000-0000-0000-0000-0000000000aa"
OTHER = "00000000-0000-0000-0000-000000000002"
EVERYONE = "00000000-0000-0000-0000-000000000000"


def test_without_a_token_nothing_is_said(client: Client) -> None:
    assert client.send("GET", client.group, anonymous=True).status == 401


def test_a_reader_may_not_write(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    sim.set_caller_roles([(client.subscription, "Reader")])
    path = f"{client.network}/routeTables/rt"
    assert client.get(client.group).status == 200
    answer = client.put(path, {"location": "westeurope"})
    assert (answer.status, answer.code) == (403, "AuthorizationFailed")
    assert answer.message == (
        f"The client '{sim.client_id}' with object id '{OBJECT_ID}' does not have authorization to perform action "
        f"'Microsoft.Network/routeTables/write' over scope '{path}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )


@pytest.mark.parametrize(
    ("role", "may_write", "may_assign"),
    [
        ("Owner", True, True),
        ("Contributor", True, False),
        ("Network Contributor", True, False),
        ("User Access Administrator", False, True),
        ("Reader", False, False),
        ("AcrPull", False, False),
    ],
)
def test_built_in_roles(sim: Simulator, client: Client, role: str, may_write: bool, may_assign: bool) -> None:
    make_network(sim, client)
    sim.set_caller_roles([(client.group, role)])
    written = client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status
    name = f"{client.group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000a1"
    assigned = client.put(name, make_assignment(client, OTHER)).status
    assert (written != 403, assigned != 403) == (may_write, may_assign)


def test_rights_below_a_group_show_in_filtered_lists(sim: Simulator, client: Client) -> None:
    for name in ("mine", "theirs"):
        sim.put(f"{client.network}/routeTables/{name}", {})
    sim.set_caller_roles([(f"{client.network}/routeTables/mine", "Reader")])
    listed = client.get(f"{client.subscription}/providers/Microsoft.Network/routeTables").body["value"]
    assert [entry["name"] for entry in listed] == ["mine"]
    assert client.get(f"{client.network}/routeTables").status == 403
    assert client.get(f"{client.network}/routeTables/mine/routes").status == 200


def test_custom_roles_with_exceptions(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    name = "00000000-0000-0000-0000-00000000000c"
    path = f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    permission = {"actions": ["Microsoft.Network/*"], "notActions": ["Microsoft.Network/*/delete"]}
    body = {
        "properties": {"roleName": "Careful", "assignableScopes": [client.subscription], "permissions": [permission]}
    }
    assert client.put(path, body).status == 201
    listed = client.get(
        f"{client.group}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq 'Careful'"
    )
    assert [entry["name"] for entry in listed.body["value"]] == [name]
    sim.set_caller_roles([(client.group, "Careful")])
    assert client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status == 200
    assert client.delete(f"{client.network}/routeTables/rt").status == 403
    shown = client.get(f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/permissions")
    assert shown.status == 403
    sim.set_caller_roles([(client.group, "Careful"), (client.subscription, "Reader")])
    shown = client.get(f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/permissions")
    assert [entry["actions"] for entry in shown.body["value"]] == [["Microsoft.Network/*"], ["*/read"]]


def test_deny_assignments_win(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    path = f"{client.group}/providers/Microsoft.Authorization/denyAssignments/00000000-0000-0000-0000-0000000000d1"
    principals = [{"id": OBJECT_ID, "type": "ServicePrincipal"}]
    permission = {"actions": ["Microsoft.Network/routeTables/write"], "notActions": []}
    properties = {"denyAssignmentName": "No", "permissions": [permission], "principals": principals}
    sim.put(path, {"properties": properties})
    assert client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status == 403
    listed = client.get(f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/denyAssignments")
    assert [entry["properties"]["denyAssignmentName"] for entry in listed.body["value"]] == ["No"]


STRANGER, INNER, OUTER = (f"00000000-0000-0000-0000-0000000000{number}" for number in ("0f", "e1", "e2"))


def test_rights_come_through_groups_within_groups(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    sim.add_group([OBJECT_ID.upper()], INNER)
    sim.add_group([INNER, STRANGER], OUTER)
    sim.set_caller_roles([(client.subscription, "Reader")])
    table = f"{client.network}/routeTables/rt"
    assert client.put(table, {"location": "westeurope"}).status == 403
    sim.grant(OUTER, client.group, "Network Contributor")
    assert client.put(table, {"location": "westeurope"}).status == 201
    listed = f"{client.group}/providers/Microsoft.Authorization/roleAssignments?$filter="

    def types(filter_text: str) -> list[str]:
        return [entry["properties"]["principalType"] for entry in client.get(listed + filter_text).body["value"]]

    assert types(f"atScope() and assignedTo('{OBJECT_ID}')") == ["ServicePrincipal", "Group"]
    assert types(f"principalId eq '{OBJECT_ID}'") == ["ServicePrincipal"]
    assert types(f"assignedTo('{STRANGER}')") == ["Group"]


@pytest.mark.parametrize(
    ("whom", "status"),
    [
        ({"principals": [OUTER]}, 403),
        ({"principals": [EVERYONE]}, 403),
        ({"principals": [EVERYONE], "excludePrincipals": [OUTER]}, 201),
        ({"principals": [STRANGER]}, 201),
        ({"principals": [OBJECT_ID], "condition": "@Resource[a:b] StringEquals 'c'"}, 201),
        ({"principals": [OBJECT_ID], "condition": "ActionMatches{'*/write'}"}, 403),
    ],
)
def test_deny_assignments_are_for_groups_but_for_groups_and_on_conditions(
    sim: Simulator, client: Client, whom: dict[str, Any], status: int
) -> None:
    make_network(sim, client)
    sim.add_group([OBJECT_ID], INNER)
    sim.add_group([INNER], OUTER)
    path = f"{client.group}/providers/Microsoft.Authorization/denyAssignments/00000000-0000-0000-0000-0000000000d1"
    people = {name: [{"id": each} for each in value] for name, value in whom.items() if isinstance(value, list)}
    permission = {"actions": ["Microsoft.Network/routeTables/*"], "notActions": []}
    sim.put(path, {"properties": {**whom, **people, "permissions": [permission]}})
    assert client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status == status


@pytest.mark.parametrize(
    ("condition", "attributes_hold", "status"),
    [
        ("(!(ActionMatches{'*/roleAssignments/write'})) OR (@Request[a:b] GuidEquals {'c'})", False, 201),
        ("(!(ActionMatches{'*/routeTables/write'})) OR (@Request[a:b] GuidEquals {'c'})", False, 403),
        ("(!(ActionMatches{'*/routeTables/write'})) || (@Request[a:b] GuidEquals {'c'})", True, 201),
        ("ActionMatches{'*'} AND @Request[a:b] GuidEquals {'c'} OR ActionMatches{'*/read'}", False, 403),
        ("ActionMatches{'*/read'} OR ActionMatches{'*'} && @Request[a:b] GuidEquals {'c'}", True, 201),
    ],
)
def test_conditions_of_roles(
    sim: Simulator, client: Client, condition: str, attributes_hold: bool, status: int
) -> None:
    make_network(sim, client)
    sim.settings.attribute_conditions_hold = attributes_hold
    sim.set_caller_roles([(client.subscription, "Reader")])
    path = f"{client.group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000a1"
    body = make_assignment(client, OBJECT_ID)
    body["properties"]["condition"] = condition
    sim.put(path, body)
    assert client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status == status


def test_a_star_between_slashes_stands_for_a_word_but_for_assigning_identities(sim: Simulator, client: Client) -> None:
    network = make_network(sim, client).rpartition("/subnets/")[0]
    name = "00000000-0000-0000-0000-00000000000c"
    path = f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    permission = {"actions": ["Microsoft.Network/virtualNetworks/*/read"]}
    body = {"properties": {"roleName": "Below", "assignableScopes": [client.subscription], "permissions": [permission]}}
    assert client.put(path, body).status == 201
    sim.set_caller_roles([(client.group, "Below")])
    assert (client.get(network).status, client.get(f"{network}/subnets").status) == (403, 200)


def test_assignment_filters(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    for scope in (client.subscription, client.group, subnet):
        sim.grant(OTHER, scope, "Reader")
    base = f"{client.group}/providers/Microsoft.Authorization/roleAssignments"

    def scopes(query: str) -> list[str]:
        found = client.get(base + query).body["value"]
        return [entry["properties"]["scope"] for entry in found if entry["properties"]["principalId"] == OTHER]

    assert scopes("") == [client.subscription, client.group, subnet]
    assert scopes("?$filter=atScope()") == [client.subscription, client.group]
    assert scopes(f"?$filter=principalId eq '{OTHER}'") == [client.subscription, client.group, subnet]
    assert scopes(f"?$filter=atScope() and assignedTo('{OTHER}')") == [client.subscription, client.group]
    assert scopes(f"?$filter=assignedTo('{OBJECT_ID}')") == []


def test_an_assignment_does_not_change_its_principal(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    path = f"{client.group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000a1"
    body = make_assignment(client, OTHER)
    body["properties"]["description"] = "why"
    assert client.put(path, body).body["properties"]["description"] == "why"
    answer = client.put(path, make_assignment(client, OBJECT_ID))
    assert (answer.status, answer.code) == (400, "RoleAssignmentUpdateNotPermitted")
    deleted = client.delete(path)
    assert (deleted.status, deleted.body["name"]) == (200, "00000000-0000-0000-0000-0000000000a1")
    assert client.delete(path).status == 204


def test_an_empty_segment_in_a_path_is_none(sim: Simulator, client: Client) -> None:
    """`az lock delete --ids` sends one in place of a parent."""
    sim.put(f"{client.network}/routeTables/rt", {})
    lock = "providers/Microsoft.Authorization/locks/keep"
    made = client.put(f"{client.network}/routeTables/rt/{lock}", {"properties": {"level": "ReadOnly"}})
    assert made.status == 201
    assert client.delete(f"{client.network}//routeTables/rt/{lock}").status == 200


def test_locks_are_enforced(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    table, locks = f"{client.network}/routeTables/rt", f"{client.group}/providers/Microsoft.Authorization/locks"
    assert client.put(f"{locks}/keep", {"properties": {"level": "CanNotDelete"}}).status == 201
    assert client.put(table, {"location": "westeurope", "tags": {"a": "b"}}).status == 200
    answer = client.delete(table)
    assert (answer.status, answer.code) == (409, "ScopeLocked")
    assert answer.message == (
        f"The scope '{table}' cannot perform delete operation because following scope(s) are locked: "
        f"'{client.group}'. Please remove the lock and try again."
    )
    assert client.put(f"{locks}/keep", {"properties": {"level": "ReadOnly", "notes": "n"}}).status == 200
    assert "cannot perform write operation" in client.put(table, {"location": "westeurope"}).message
    assert [
        lock["name"]
        for lock in client.get(f"{client.subscription}/providers/Microsoft.Authorization/locks").body["value"]
    ]
    assert client.delete(f"{locks}/keep").status == 200
    assert client.delete(table).status == 202


def test_a_lock_below_stops_deleting_the_group(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    lock = f"{client.network}/routeTables/rt/providers/Microsoft.Authorization/locks/l"
    sim.put(lock, {"properties": {"level": "CanNotDelete"}})
    assert client.delete(client.group).code == "ScopeLocked"


def test_unreadable_resources(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    sim.settings.unreadable = [f"{client.network}/routeTables/rt"]
    assert client.get(f"{client.network}/routeTables/rt").status == 403
    assert client.get(f"{client.network}/routeTables").body["value"] == []
    assert sim.get(f"{client.network}/routeTables/rt") is not None


def test_subscriptions_known_unknown_and_closed(sim: Simulator, client: Client) -> None:
    answer = client.get(f"/subscriptions/{OTHER}")
    assert answer.body["error"] == {
        "code": "SubscriptionNotFound",
        "message": f"The subscription '{OTHER}' could not be found.",
    }
    sim.add_subscription(OTHER, role="")
    assert client.get(f"/subscriptions/{OTHER}").code == "AuthorizationFailed"
    assert client.get(f"/subscriptions/{OTHER}/resourcegroups").code == "AuthorizationFailed"
    sim.add_subscription(OTHER)
    listed = client.get("/subscriptions").body["value"]
    assert [entry["subscriptionId"] for entry in listed] == [sim.subscription_id, OTHER]


def test_two_people_with_different_rights(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    sim.add_principal(client_id="reader", roles=[(client.subscription, "Reader")])
    reader = Client(sim, "reader")
    assert client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"}).status == 201
    assert reader.get(f"{client.network}/routeTables/rt").status == 200
    assert reader.delete(f"{client.network}/routeTables/rt").status == 403
    reader.close()


def test_policy_states(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    sim.set_policy_states([{"resourceId": subnet, "complianceState": "NonCompliant"}])
    path = "/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
    assert client.post(subnet + path).body["@odata.count"] == 1
    sim.put(f"{client.network}/routeTables/rt", {})
    assert client.post(f"{client.network}/routeTables/rt{path}").body["value"] == []
