"""What the caller must be allowed before prepare writes anything, and the commands that an administrator is given."""

from __future__ import annotations

import shlex
from ipaddress import IPv4Address

import pytest

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.access import CallerAccess, Permission
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.changes.change import (
    Action,
    AddTags,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    DeleteResource,
    Phase,
    RefusedError,
    Write,
    WriteAgain,
    role_definition_id,
)
from azext_kubenet.core.changes.refuse_without_rights import admin_commands, refuse_without_rights
from azext_kubenet.core.rights.permissions import LEAST_PRIVILEGE_ACTIONS

from ..make import SUBSCRIPTION, make_id, make_subnet, make_unreadable

SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
GROUP = make_id("Microsoft.Network/networkSecurityGroups", "nsg", group="net")
GATEWAY = make_id("Microsoft.Network/natGateways", "nat", group="net")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
ROLE = role_definition_id(SUBSCRIPTION, limits.NETWORK_CONTRIBUTOR)
WHOLE_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"
TAGS = (("team", "two words"), ("aks-kubenet-prepared-for", "aks"))

EVERYTHING = ("*",)
NO_ROLES = ("Microsoft.Network/*", "Microsoft.ManagedIdentity/*")


def may(*actions: str, scope: object = "") -> CallerAccess:
    return CallerAccess(scope=str(scope), permissions=(Permission(actions=actions),))


def snapshot(*actions: str, **rest: object) -> Snapshot:
    """A caller who may do `actions` everywhere; `rest` is what differs."""
    everywhere = may(*actions)
    facts: dict[str, object] = {
        "caller_on_subnet": everywhere,
        "caller_on_route_table": everywhere,
        "caller_on_group": everywhere,
        "caller_on_subscription": everywhere,
        "caller_on_network_security_group": everywhere,
        "caller_on_nat_gateway": everywhere,
    }
    return Snapshot(**{**facts, **rest})  # type: ignore[arg-type] # the test names the fields


def change(write: Write | None, resource_id: object = None, action: Action = Action.CREATE) -> Change:
    kind = "Microsoft.Authorization/roleAssignments"
    if isinstance(resource_id, ResourceId):
        kind = resource_id.resource_type
    text = None if resource_id is None else str(resource_id)
    return Change(action=action, resource_type=kind, resource_id=text, reason="", write=write, phase=Phase.LINKS)


MAKE_IDENTITY = change(CreateIdentity(id=IDENTITY, location="westeurope", tags=TAGS), IDENTITY)
MAKE_TABLE = change(
    CreateRouteTable(id=TABLE, location="westeurope", tags=TAGS, default_route_next_hop=None),
    TABLE,
)
MAKE_ROUTE = change(
    CreateRoute(route_table_id=TABLE, name="default", next_hop=IPv4Address("10.9.9.4")),
    TABLE.child("routes", "default"),
)
REPAIR = change(WriteAgain(id=TABLE), TABLE, Action.UPDATE)
TAG_IDENTITY = change(AddTags(id=IDENTITY, tags=TAGS), IDENTITY, Action.UPDATE)
ASSOCIATE = change(AssociateRouteTable(subnet_id=SUBNET, route_table_id=TABLE), SUBNET, Action.UPDATE)
DISSOCIATE = change(AssociateRouteTable(subnet_id=SUBNET, route_table_id=None, expected=TABLE), SUBNET, Action.UPDATE)
MAKE_ROLE = change(
    CreateRole(id=ROLE, name="Custom", actions=LEAST_PRIVILEGE_ACTIONS, assignable_scope=WHOLE_SUBSCRIPTION),
)


def assign(scope: ResourceId = SUBNET, principal: str | None = None, role: str = "Network Contributor") -> Change:
    write = AssignRole(
        scope=str(scope), role_definition_id=ROLE, role_name=role, principal_id=principal, mark="for:rg/aks"
    )
    return change(write)


def refusal(*changes: Change, state: Snapshot) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        refuse_without_rights(changes, state)
    return caught.value


ALL = (
    MAKE_IDENTITY,
    MAKE_TABLE,
    MAKE_ROUTE,
    REPAIR,
    TAG_IDENTITY,
    MAKE_ROLE,
    ASSOCIATE,
    assign(),
    assign(TABLE),
    assign(GROUP),
    assign(GATEWAY),
)


def test_an_owner_may_do_all_of_it() -> None:
    subnet = make_subnet(id=SUBNET, network_security_group_id=GROUP, nat_gateway_id=GATEWAY)
    refuse_without_rights(ALL, snapshot(*EVERYTHING, subnet=subnet))


@pytest.mark.parametrize("fact", [None, make_unreadable()], ids=["absent", "unreadable"])
def test_what_could_not_be_read_is_not_held_against_the_caller(fact: Unreadable | None) -> None:
    unknown = {
        f"caller_on_{name}": fact
        for name in ("subnet", "route_table", "group", "subscription", "network_security_group", "nat_gateway")
    }
    refuse_without_rights(ALL, snapshot(**unknown))


def test_what_is_not_written_needs_no_right() -> None:
    nothing = change(None, TABLE, Action.NONE)
    gone = change(DeleteResource(id=str(TABLE)), TABLE, Action.DELETE)
    refuse_without_rights((nothing, gone), snapshot())


@pytest.mark.parametrize(
    ("planned", "missing", "sentence"),
    [
        (
            MAKE_IDENTITY,
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            f"create Microsoft.ManagedIdentity/userAssignedIdentities 'aks-identity': the permission %s on "
            f"'{IDENTITY.resource_group_id}'",
        ),
        (
            MAKE_TABLE,
            "Microsoft.Network/routeTables/write",
            f"create Microsoft.Network/routeTables 'aks-routes': the permission %s on '{TABLE.resource_group_id}'",
        ),
        (
            REPAIR,
            "Microsoft.Network/routeTables/write",
            f"update Microsoft.Network/routeTables 'aks-routes': the permission %s on '{TABLE}'",
        ),
        (
            MAKE_ROUTE,
            "Microsoft.Network/routeTables/routes/write",
            f"create Microsoft.Network/routeTables/routes 'default': the permission %s on '{TABLE}'",
        ),
        (
            TAG_IDENTITY,
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            f"update Microsoft.ManagedIdentity/userAssignedIdentities 'aks-identity': the permission %s on "
            f"'{IDENTITY}'",
        ),
        (
            ASSOCIATE,
            "Microsoft.Network/virtualNetworks/subnets/write",
            f"update Microsoft.Network/virtualNetworks/subnets 'nodes': the permission %s on '{SUBNET}'",
        ),
        (
            ASSOCIATE,
            "Microsoft.Network/routeTables/join/action",
            f"update Microsoft.Network/virtualNetworks/subnets 'nodes': the permission %s on '{TABLE}'",
        ),
        (
            ASSOCIATE,
            "Microsoft.Network/networkSecurityGroups/join/action",
            f"update Microsoft.Network/virtualNetworks/subnets 'nodes': the permission %s on '{GROUP}'",
        ),
        (
            ASSOCIATE,
            "Microsoft.Network/natGateways/join/action",
            f"update Microsoft.Network/virtualNetworks/subnets 'nodes': the permission %s on '{GATEWAY}'",
        ),
    ],
    ids=lambda value: value.rsplit("Microsoft.", 1)[-1] if isinstance(value, str) and "%" not in value else "",
)
def test_a_missing_right_is_named_with_the_scope(planned: Change, missing: str, sentence: str) -> None:
    without = (missing, "Microsoft.Resources/tags/write")
    everything_else = CallerAccess(scope="", permissions=(Permission(actions=("*",), not_actions=without),))
    facts = dict.fromkeys(
        (
            "caller_on_subnet",
            "caller_on_route_table",
            "caller_on_identity",
            "caller_on_group",
            "caller_on_network_security_group",
            "caller_on_nat_gateway",
        ),
        everything_else,
    )
    subnet = make_subnet(id=SUBNET, network_security_group_id=GROUP, nat_gateway_id=GATEWAY)
    error = refusal(planned, state=snapshot(subnet=subnet, **facts))
    assert error.message == f"You may not {sentence % missing} is missing. Nothing was written."
    assert "Network Contributor" in str(error.recommendation)


def test_taking_a_table_off_needs_no_join_on_it() -> None:
    refuse_without_rights((DISSOCIATE,), snapshot("Microsoft.Network/virtualNetworks/subnets/write"))


def test_a_table_that_is_not_there_yet_is_judged_by_its_group() -> None:
    state = snapshot(
        *EVERYTHING, caller_on_route_table=None, caller_on_group=may("Microsoft.Network/routeTables/write")
    )
    assert "routeTables/join/action" in refusal(ASSOCIATE, state=state).message


def test_all_that_is_missing_is_told_at_once() -> None:
    error = refusal(MAKE_IDENTITY, MAKE_TABLE, assign(), state=snapshot("*/read"))
    assert [part in error.message for part in ("userAssignedIdentities/write", "routeTables/write")] == [True, True]
    assert (
        "You may not create Microsoft.Authorization/roleAssignments: the permission "
        f"Microsoft.Authorization/roleAssignments/write on '{SUBNET}' is missing."
    ) in error.message
    assert error.message.endswith("Nothing was written.")
    assert not isinstance(error.recommendation, tuple), "commands for roles alone would not help"


def test_without_the_right_to_assign_roles_the_administrators_commands_are_printed() -> None:
    changes = (MAKE_IDENTITY, MAKE_TABLE, ASSOCIATE, assign(), assign(TABLE))
    error = refusal(*changes, state=snapshot(*NO_ROLES))
    assert error.message == (
        "You may not assign roles on 'nodes', 'aks-routes': the permission "
        "Microsoft.Authorization/roleAssignments/write is missing. Nothing was written."
    )
    assert isinstance(error.recommendation, tuple)
    first, *commands = error.recommendation
    assert first == "Have an administrator run these commands, then run your command again:"
    assert tuple(commands) == admin_commands(changes)


def test_the_right_to_assign_is_judged_at_each_scope() -> None:
    state = snapshot(*EVERYTHING, caller_on_nat_gateway=may(*NO_ROLES), caller_on_network_security_group=may(*NO_ROLES))
    changes = (assign(), assign(TABLE), assign(GROUP), assign(GATEWAY))
    assert refusal(*changes, state=state).message.startswith("You may not assign roles on 'nsg', 'nat': ")


def test_the_custom_role_needs_the_right_to_define_roles_in_the_subscription() -> None:
    state = snapshot(*EVERYTHING, caller_on_subscription=may(*NO_ROLES))
    error = refusal(MAKE_ROLE, assign(), state=state)
    assert error.message == (
        f"You may not define roles in subscription '{SUBSCRIPTION}': the permission "
        "Microsoft.Authorization/roleDefinitions/write is missing. Nothing was written."
    )
    assert error.recommendation[1].startswith("az role definition create ")


def test_both_rights_on_roles_are_told() -> None:
    message = refusal(MAKE_ROLE, assign(), state=snapshot(*NO_ROLES)).message
    assert message.count(" is missing") == 2
    assert message.index("define roles in") < message.index(" or assign roles on 'nodes'")


def test_the_commands_for_an_identity_that_is_there() -> None:
    (command,) = admin_commands((ASSOCIATE, assign(principal="p 1")))
    assert shlex.split(command) == [
        *("az", "role", "assignment", "create", "--assignee-object-id", "p 1"),
        *("--assignee-principal-type", "ServicePrincipal", "--role", "Network Contributor", "--scope", str(SUBNET)),
        *("--description", "for:rg/aks:p 1"),
    ]


def test_the_commands_for_an_identity_that_is_not_there_read_its_principal() -> None:
    identity, table, first, second = admin_commands((MAKE_IDENTITY, MAKE_TABLE, assign(), assign(TABLE)))
    where = ["--subscription", SUBSCRIPTION, "--resource-group", "rg"]
    rest = ["--location", "westeurope", "--tags", "team=two words", "aks-kubenet-prepared-for=aks"]
    assert shlex.split(identity) == ["az", "identity", "create", *where, "--name", "aks-identity", *rest]
    assert shlex.split(table) == ["az", "network", "route-table", "create", *where, "--name", "aks-routes", *rest]
    for command in (first, second):
        principal = f'"$(az identity show --ids {IDENTITY} --query principalId --output tsv)"'
        assert f"--assignee-object-id {principal} " in command
        assert command.endswith(f"--description for:rg/aks:{principal}")


def test_the_command_for_the_custom_role_is_quoted_json() -> None:
    role, assignment = admin_commands((MAKE_ROLE, assign(principal="p1", role="Custom")))
    words = shlex.split(role)
    assert words[:5] == ["az", "role", "definition", "create", "--role-definition"]
    for action in LEAST_PRIVILEGE_ACTIONS:
        assert f'"{action}"' in words[5]
    assert f'"AssignableScopes": ["{WHOLE_SUBSCRIPTION}"]' in words[5]
    assert "--role Custom " in assignment


@pytest.mark.parametrize("tagged", [TAG_IDENTITY, change(AddTags(id=TABLE, tags=TAGS), TABLE, Action.UPDATE)])
def test_who_may_write_tags_needs_no_right_to_write_what_is_tagged(tagged: Change) -> None:
    tags_only = CallerAccess(scope="", permissions=(Permission(actions=("Microsoft.Resources/tags/write",)),))
    refuse_without_rights((tagged,), snapshot(caller_on_identity=tags_only, caller_on_route_table=tags_only))
    nothing = CallerAccess(scope="", permissions=())
    refusal(tagged, state=snapshot(caller_on_identity=nothing, caller_on_route_table=nothing))
