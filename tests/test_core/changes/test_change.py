"""The names of what prepare makes: the same for the same things, so that a repeated run is the same write."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.changes.change import (
    Action,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateRole,
    DeleteResource,
    MissingResourceError,
    RefusedError,
    Write,
    WriteAgain,
    assignment_id,
    described,
    least_privilege_role_id,
    role_definition_id,
)

from ..make import SUBSCRIPTION, make_id

SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/routeTables/routes"
ROLE = role_definition_id(SUBSCRIPTION, "4d97b98b-1d4f-4787-a291-c67834d212e7")
PRINCIPAL = "00000000-0000-0000-0000-0000000000ee"


def test_an_assignment_has_the_same_name_for_ever() -> None:
    assert assignment_id(SCOPE, PRINCIPAL, ROLE) == (
        f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments/72ccf237-0172-578c-a2e0-e139a80c9711"
    )


def test_the_custom_role_has_the_same_name_for_ever() -> None:
    assert least_privilege_role_id(SUBSCRIPTION) == role_definition_id(
        SUBSCRIPTION, "d359ceaa-64ec-5096-9873-4f89b3568c45"
    )
    assert least_privilege_role_id("ABC") == least_privilege_role_id("abc").replace("/abc/", "/ABC/")


def change(write: Write, resource_id: str | None, action: Action = Action.CREATE) -> Change:
    return Change(action=action, resource_type="t", resource_id=resource_id, reason="", write=write)


def test_a_change_is_described_by_what_it_is_about() -> None:
    subnet = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "my nodes")
    table = make_id("Microsoft.Network/routeTables", "routes")
    taken_off = AssociateRouteTable(subnet_id=subnet, route_table_id=None, expected=table)
    put_on = AssociateRouteTable(subnet_id=subnet, route_table_id=table)
    assign = AssignRole(scope=SCOPE, role_definition_id=ROLE, role_name="R", principal_id=None, mark="")
    removed = assignment_id(SCOPE, PRINCIPAL, ROLE)
    assert [
        described(change(taken_off, str(subnet), Action.UPDATE)),
        described(change(put_on, str(subnet), Action.UPDATE)),
        described(change(CreateRole(id=ROLE, name="AKS", actions=(), assignable_scope=SCOPE), ROLE)),
        described(change(assign, None)),
        described(change(DeleteResource(id=removed), removed, Action.DELETE)),
        described(change(DeleteResource(id=str(table)), str(table), Action.DELETE)),
        described(change(WriteAgain(id=table), None, Action.UPDATE)),
    ] == [
        "take the route table off subnet 'my nodes' of virtual network 'vnet'",
        "put route table 'routes' on subnet 'my nodes' of virtual network 'vnet'",
        "create role 'AKS'",
        "create role assignment on route table 'routes'",
        "delete role assignment on route table 'routes'",
        "delete route table 'routes'",
        "update t (new)",
    ]


TEXTS = st.text(alphabet="abcXYZ-0189", min_size=1, max_size=12)


@given(scope=TEXTS, principal=TEXTS, role=TEXTS)
def test_casing_makes_no_other_name(scope: str, principal: str, role: str) -> None:
    lower, upper = (
        assignment_id(f"/{each(scope)}", each(principal), role_definition_id(SUBSCRIPTION, each(role)))
        for each in (str.lower, str.upper)
    )
    name = lower.rsplit("/", 1)[-1]
    assert name == upper.rsplit("/", 1)[-1]
    assert UUID(name).version == 5


@given(one=st.tuples(TEXTS, TEXTS, TEXTS), other=st.tuples(TEXTS, TEXTS, TEXTS))
def test_different_assignments_have_different_names(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    names = [assignment_id(scope, principal, role).rsplit("/", 1)[-1] for scope, principal, role in (one, other)]
    same = [text.lower() for text in one] == [text.lower() for text in other]
    assert (names[0] == names[1]) is same


def test_a_refusal_keeps_its_two_sentences() -> None:
    error = MissingResourceError("It is not there.", ("Do this", "Then that"))
    assert isinstance(error, RefusedError)
    assert (str(error), error.message, error.recommendation) == (
        "It is not there.",
        "It is not there.",
        ("Do this", "Then that"),
    )
