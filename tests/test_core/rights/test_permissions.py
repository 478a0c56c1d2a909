"""What a principal may do: assignments, wildcards, notActions, denials, conditions."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.access import CallerAccess, DenyAssignment, Permission, RoleAssignment, RoleDefinition
from azext_kubenet.core.rights.permissions import (
    ASSIGN_IDENTITY_ACTION,
    LEAST_PRIVILEGE_ACTIONS,
    ROUTE_TABLE_ACTIONS,
    SUBNET_ACTIONS,
    Grant,
    caller_may,
    examine,
    granting,
    missing_actions,
)

from ..make import ROLE_PREFIX, SUBSCRIPTION, make_access, make_assignment, make_id, make_role, make_unreadable

TABLE = str(make_id("Microsoft.Network/routeTables", "routes"))
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
READ = "Microsoft.Network/routeTables/read"
WRITE = "Microsoft.Network/routeTables/write"
IDENTITY_READ = "Microsoft.ManagedIdentity/userAssignedIdentities/read"


def make_denial(*actions: str, scope: str = TABLE, **rest: object) -> DenyAssignment:
    return DenyAssignment(
        **{  # type: ignore[arg-type] # the test names the fields
            "id": "denial",
            "name": "Managed application",
            "scope": scope,
            "permissions": (Permission(actions=actions),),
            "principal_ids": ("p1",),
            **rest,
        }
    )


@pytest.mark.parametrize(
    "scope",
    [
        TABLE,
        TABLE.upper(),
        GROUP,
        GROUP.lower() + "/",
        f"/subscriptions/{SUBSCRIPTION}",
        "/providers/Microsoft.Management/managementGroups/root",
        "/",
    ],
)
def test_assignment_at_the_scope_and_above_grants(scope: str) -> None:
    role = make_role("Microsoft.Network/*", name="Network Contributor")
    found = granting(make_access(TABLE, role, assignments=(make_assignment("r1", scope, principal="P1"),)), READ)
    assert found is not None
    assert (found.role_name, found.assignment.scope) == ("Network Contributor", scope)


@pytest.mark.parametrize(
    "assignment",
    [
        make_assignment("r1", GROUP + "/providers/Microsoft.Network/routeTables/other"),
        make_assignment("r1", GROUP + "2"),
        make_assignment("r1", TABLE + "/routes/one"),
        make_assignment("r1", TABLE, principal="p2"),
    ],
    ids=["sibling", "similar name", "below", "somebody else"],
)
def test_other_assignments_grant_nothing(assignment: RoleAssignment) -> None:
    access = make_access(TABLE, make_role("*"), assignments=(assignment,))
    assert granting(access, READ) is None
    assert missing_actions(access, (READ, WRITE)) == (READ, WRITE)


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", READ, True),
        ("*/read", READ, True),
        ("*/read", WRITE, False),
        ("microsoft.network/ROUTETABLES/Read", READ, True),
        ("Microsoft.Network/*", READ, True),
        ("Microsoft.Network", READ, False),
        ("Microsoft.Network/routeTables/*", "Microsoft.Network/routeTables/routes/write", True),
        ("Microsoft.*/routeTables/*/write", "Microsoft.Network/routeTables/routes/write", True),
        ("Microsoft.*/*/*/write", "Microsoft.Network/routeTables/routes/read", False),
        ("Microsoft.Network/*/join/*", "Microsoft.Network/virtualNetworks/subnets/join/action", True),
        ("Microsoft.Network/*/leave/*", "Microsoft.Network/virtualNetworks/subnets/join/action", False),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", ASSIGN_IDENTITY_ACTION, True),
        ("Microsoft.ManagedIdentity/*/assign/action", ASSIGN_IDENTITY_ACTION, True),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/*/read", IDENTITY_READ, False),
        ("Microsoft.Network/routeTables/*/write", WRITE, False),
        ("Microsoft.Network/*/write", WRITE, True),
        ("Microsoft.Network/routeTables/re*ead", READ, False),
        ("Microsoft.Network/routeTables/r.ad", READ, False),
    ],
)
def test_wildcards(pattern: str, action: str, expected: bool) -> None:
    assert (granting(make_access(TABLE, make_role(pattern)), action) is not None) is expected


@given(st.text("ab/*", max_size=9), st.text("ab/", max_size=9))
def test_wildcards_match_as_a_regular_expression_would(pattern: str, action: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), action) is not None
    assert caller_may(CallerAccess(scope=TABLE, permissions=(Permission(actions=(pattern,)),)), action) is expected


def test_not_actions_take_away_from_their_own_role_only() -> None:
    limited = make_role("Microsoft.Network/*", not_actions=("Microsoft.Network/routeTables/wri*",), guid="r1")
    assert missing_actions(make_access(TABLE, limited), (READ, WRITE)) == (WRITE,)
    writer = make_role(WRITE, guid="r2", name="Writer")
    found = granting(make_access(TABLE, limited, writer), WRITE)
    assert found is not None
    assert found.role_name == "Writer"


def test_not_actions_take_away_from_their_own_block_only() -> None:
    blocks = (Permission(actions=("*",), not_actions=("*",)), Permission(actions=(WRITE,)))
    role = RoleDefinition(id=ROLE_PREFIX + "r1", name="Two blocks", permissions=blocks)
    assert missing_actions(make_access(TABLE, role), (READ, WRITE)) == (READ,)


def test_first_of_several_grants_is_named() -> None:
    found = granting(make_access(TABLE, make_role("*", guid="r1", name="A"), make_role("*", guid="r2", name="B")), READ)
    assert found is not None
    assert found.role_name == "A"


def test_condition_that_more_than_the_action_decides_grants_nothing_for_certain() -> None:
    assignment = make_assignment("r1", TABLE, condition="@Resource[a:b] StringEquals 'c'")
    access = make_access(TABLE, make_role("*"), assignments=(assignment,))
    (found,) = examine(access, (READ,))
    assert (found.allowed, found.undecided, found.grant, found.conditional) == (False, True, None, (assignment,))
    (found,) = examine(make_access(TABLE, make_role("*/write"), assignments=(assignment,)), (READ,))
    assert (found.allowed, found.undecided, found.conditional) == (False, False, ())


@pytest.mark.parametrize(("action", "allowed"), [(READ, True), (WRITE, False)])
def test_condition_that_the_action_decides_grants_or_does_not(action: str, allowed: bool) -> None:
    assignment = make_assignment("r1", TABLE, condition="!(ActionMatches{'*/write'})")
    (found,) = examine(make_access(TABLE, make_role("*"), assignments=(assignment,)), (action,))
    assert (found.allowed, found.undecided) == (allowed, False)


def test_groups_grant_and_own_assignments_come_first() -> None:
    through_group = make_assignment("r1", TABLE, principal="g1", principal_type="Group")
    access = make_access(TABLE, make_role("*"), assignments=(through_group,))
    assert granting(access, READ) == Grant(assignment=through_group, role_name="Custom", group_id="g1")
    own = make_assignment("r1", GROUP)
    assert granting(make_access(TABLE, make_role("*"), assignments=(through_group, own)), READ) == Grant(
        assignment=own, role_name="Custom"
    )


def test_assignment_without_definition_is_unresolved() -> None:
    access = make_access(TABLE, assignments=(make_assignment("gone", TABLE),))
    (found,) = examine(access, (READ,))
    assert not found.allowed
    assert [each.role_guid for each in found.unresolved] == ["gone"]


@pytest.mark.parametrize(
    ("denial", "denied"),
    [
        (make_denial("*"), True),
        (make_denial("*/write"), False),
        (make_denial("*", principal_ids=("P1",)), True),
        (make_denial("*", principal_ids=("p2",)), False),
        (make_denial("*", principal_ids=()), True),
        (make_denial("*", principal_ids=(), excluded_principal_ids=("P1",)), False),
        (make_denial("*", principal_ids=(), excluded_group_ids=("P1",)), False),
        (make_denial("*", principal_ids=(), group_ids=("P1",)), True),
        (make_denial("*", scope=GROUP), True),
        (make_denial("*", scope=GROUP, applies_to_children=False), False),
        (make_denial("*", scope=TABLE.upper() + "/", applies_to_children=False), True),
        (make_denial("*", scope=GROUP + "2"), False),
        (make_denial("*", permissions=(Permission(actions=("*",), not_actions=("*/read",)),)), False),
    ],
)
def test_deny_assignments(denial: DenyAssignment, denied: bool) -> None:
    access = make_access(TABLE, make_role("*"), denials=(denial,))
    (found,) = examine(access, (READ,))
    assert found.grant is not None
    assert found.denied_by == (denial if denied else None)
    assert (granting(access, READ) is None) is denied
    assert missing_actions(access, (READ,)) == ((READ,) if denied else ())


@pytest.mark.parametrize(
    ("denial", "undecided"),
    [
        (make_denial("*", principal_ids=(), group_ids=("g1",)), True),
        (make_denial("*", group_ids=("g1",)), False),
        (make_denial("*", excluded_group_ids=("g1",)), True),
        (make_denial("*", condition="@Resource[a:b] StringEquals 'c'"), True),
        (make_denial("*", principal_ids=("p2",), excluded_group_ids=("g1",), condition="c"), False),
        (make_denial("*/write", principal_ids=(), group_ids=("g1",)), False),
        (make_denial("*", principal_ids=(), group_ids=("g1",), excluded_principal_ids=("p1",)), False),
        (make_denial("*", principal_ids=(), group_ids=("g1",), scope=GROUP + "2"), False),
    ],
)
def test_deny_assignments_that_nobody_can_tell(denial: DenyAssignment, undecided: bool) -> None:
    (found,) = examine(make_access(TABLE, make_role("*"), denials=(denial,)), (READ,))
    assert found.undecided is undecided
    assert found.possibly_denied_by == (denial if undecided else None)
    assert not examine(make_access(TABLE, denials=(denial,)), (READ,))[0].undecided


def test_grant_stands_where_denials_are_unreadable() -> None:
    assert missing_actions(make_access(TABLE, make_role("*"), denials=make_unreadable()), (READ,)) == ()


def test_caller_may_what_a_block_allows() -> None:
    caller = CallerAccess(
        scope=TABLE,
        permissions=(Permission(actions=("*/read",)), Permission(actions=("*",), not_actions=("Microsoft.*/*/write",))),
    )
    assert caller_may(caller, READ)
    assert not caller_may(caller, WRITE)
    assert not caller_may(CallerAccess(scope=TABLE), READ)


def test_least_privilege_role_holds_what_the_rules_ask_for() -> None:
    access = make_access(TABLE, make_role(*LEAST_PRIVILEGE_ACTIONS))
    assert missing_actions(access, (*SUBNET_ACTIONS, *ROUTE_TABLE_ACTIONS)) == ()
    assert len(set(LEAST_PRIVILEGE_ACTIONS)) == len(LEAST_PRIVILEGE_ACTIONS) == 7
    assert not any("*" in action for action in LEAST_PRIVILEGE_ACTIONS)


def test_twenty_thousand_assignments_are_quick() -> None:
    roles = tuple(make_role(f"Microsoft.Compute/x{number}/*", guid=f"r{number}") for number in range(2_000))
    assignments = tuple(make_assignment(f"r{number % 2_000}", GROUP) for number in range(20_000))
    access = make_access(TABLE, *roles, assignments=assignments)
    started = time.perf_counter()
    assert missing_actions(access, ROUTE_TABLE_ACTIONS) == ROUTE_TABLE_ACTIONS
    assert time.perf_counter() - started < 2
