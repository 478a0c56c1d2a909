"""What prepare answers: the keys of the contract, the create command, and a table of the Changes."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from azext_kubenet.core.azure.access import ManagedIdentity
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, Change
from azext_kubenet.core.changes.cleanup import Cleanup, Kept
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare
from azext_kubenet.core.changes.refuse_without_rights import MissingRight
from azext_kubenet.render.prepare import (
    changes_table,
    render_change,
    render_cleaned,
    render_forecast,
    render_prepared,
)
from azext_kubenet.render.tables import Screen
from tests.test_core.make import (
    SUBSCRIPTION,
    make_access,
    make_id,
    make_role,
    make_route_table,
    make_subnet,
    make_virtual_network,
)

from .test_report import width

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "my aks")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "my aks-identity")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
SUBNET = make_subnet()
FOUND = ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1")


def prepared(identity: ManagedIdentity | None = None, **facts: Any) -> dict[str, Any]:
    subnet = facts.pop("subnet", SUBNET)
    assert subnet.id is not None
    request = PrepareRequest(
        cluster_id=CLUSTER,
        subnet_id=subnet.id,
        identity_id=IDENTITY,
        identity_given=False,
        route_table_id=TABLE,
        route_table_given=False,
    )
    snapshot = Snapshot(subnet=subnet, virtual_network=make_virtual_network(subnet), identity=identity, **facts)
    intent = decide_prepare(request, snapshot)
    return render_prepared(request, intent, intent.changes, identity)


def test_a_dry_run_has_every_key_and_no_principal() -> None:
    result = prepared()
    assert list(result) == [
        "identity",
        "routeTable",
        "subnet",
        "roleAssignments",
        "changes",
        "createCommand",
        "nextCommands",
    ]
    assert result["identity"] == {
        "id": str(IDENTITY),
        "name": "my aks-identity",
        "principalId": None,
        "clientId": None,
        "resourceGroup": "rg",
    }
    assert result["routeTable"] == {"id": str(TABLE), "name": "routes"}
    assert result["subnet"] == {"id": str(SUBNET.id), "addressPrefix": "192.168.1.0/24", "routeTableId": str(TABLE)}
    assert [list(each) for each in result["roleAssignments"]] == [["id", "roleName", "scope", "principalId"]] * 2
    assert [each["scope"] for each in result["roleAssignments"]] == [str(SUBNET.id), str(TABLE)]
    assert all(each["id"] is None and each["principalId"] is None for each in result["roleAssignments"])
    assert all(list(each) == ["action", "resourceType", "resourceId", "reason"] for each in result["changes"])
    assert [each["action"] for each in result["changes"]] == ["create", "create", "update", "create", "create"]
    assert json.loads(json.dumps(result)) == result


def test_what_is_there_already_is_shown_with_its_roles() -> None:
    role = make_role("Microsoft.Network/*")
    table = make_route_table()
    subnet = make_subnet(route_table_id=table.id)
    result = prepared(
        FOUND,
        subnet=subnet,
        route_table=table,
        subnet_access=make_access(str(subnet.id), role),
        route_table_access=make_access(str(table.id), role),
    )
    assert (result["identity"]["principalId"], result["identity"]["clientId"]) == ("p1", "c1")
    assert [each["action"] for each in result["changes"]] == ["none"] * 5
    assert [(each["roleName"], each["scope"], each["principalId"]) for each in result["roleAssignments"]] == [
        ("Custom", str(subnet.id), "p1"),
        ("Custom", str(table.id), "p1"),
    ]


def test_the_create_command_is_quoted_for_a_shell() -> None:
    words = shlex.split(prepared()["createCommand"])
    assert words[:4] == ["az", "aks", "kubenet", "create"]
    options = dict(zip(words[4:-1:2], words[5::2], strict=True))
    assert options == {
        "--subscription": SUBSCRIPTION,
        "--resource-group": "rg",
        "--name": "my aks",
        "--location": "westeurope",
        "--vnet-subnet-id": str(SUBNET.id),
        "--assign-identity": str(IDENTITY),
    }
    assert words[-1] == "--generate-ssh-keys"


def test_a_change_loses_control_characters() -> None:
    change = Change(action=Action.UPDATE, resource_type="x/y", resource_id="/a\x1b", reason="b\x07")
    assert render_change(change) == {
        "action": "update",
        "resourceType": "x/y",
        "resourceId": "/a\N{REPLACEMENT CHARACTER}",
        "reason": "b\N{REPLACEMENT CHARACTER}",
    }
    kept = Kept(resource_type="x/y", resource_id="/c\x1b", reason="r", destructive_commands=("az it",))
    assert render_cleaned(Cleanup(changes=(change,), kept=(kept,))) == {
        "changes": [render_change(change)],
        "kept": [
            {
                "resourceType": "x/y",
                "resourceId": "/c\N{REPLACEMENT CHARACTER}",
                "reason": "r",
                "destructiveCommands": ["az it"],
            }
        ],
    }


@pytest.mark.parametrize("identity", [None, FOUND])
def test_the_table_has_a_row_for_each_change_within_80_columns(identity: ManagedIdentity | None) -> None:
    result = prepared(identity)
    rows = changes_table(result)
    assert [list(row) for row in rows] == [["Action", "Type", "Name", "Reason"]] * 7
    assert [row["Type"] for row in rows] == [
        *("userAssignedIdentities", "routeTables", "subnets", "roleAssignments", "roleAssignments", "Total", "Next")
    ]
    assert [" ".join(row["Name"].split()) for row in rows[3:5]] == [
        "Network Contributor on nodes",
        "Network Contributor on routes",
    ]
    assert "to create" in rows[5]["Name"]
    assert "created" in changes_table(result, Screen(written=True))[5]["Name"]
    assert "".join(rows[6]["Reason"].split()) == "add--querycreateCommand-otsv"
    assert [row["Name"].replace("\n", "") for row in rows[:3]] == ["my aks-identity", "routes", "nodes"]
    assert width(rows) <= 80


def test_a_forecast_names_each_missing_right_once_in_the_order_of_the_changes() -> None:
    change = Change(action=Action.UPDATE, resource_type="t", resource_id="/a", reason="r")
    lacking = [("write", "/b"), ("join", "/a"), ("write", "/b"), ("write", "/a\x1b[2J")]
    missing = tuple(MissingRight(change=change, action=action, scope=scope) for action, scope in lacking)
    assert render_forecast((change,), missing) == {
        "changes": [{"action": "update", "resourceType": "t", "resourceId": "/a", "reason": "r"}],
        "missingRights": [
            {"action": "write", "scope": "/b"},
            {"action": "join", "scope": "/a"},
            {"action": "write", "scope": "/a\ufffd[2J"},
        ],
    }
