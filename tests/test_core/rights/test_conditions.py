"""Whether a condition lets an action through, as far as the action decides it."""

from __future__ import annotations

import pytest

from azext_kubenet.core.rights.conditions import holds

JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
REST = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd, '{x}'}"
DELEGATED = f"""
(
 (
  !(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})
 )
 OR
 (
  {REST}
  AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}}
 )
)
AND
(
 (
  !(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}})
 )
 OR
 (
  @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{acdd}}
 )
)"""
"""What the portal writes for an owner who may assign some roles only.
Source: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples"""


@pytest.mark.parametrize(
    ("condition", "action", "expected"),
    [
        (DELEGATED, JOIN, True),
        (DELEGATED, ASSIGN, None),
        ("ActionMatches{'Microsoft.Network/*'}", JOIN, True),
        ("actionmatches { 'microsoft.network/*' }", JOIN, True),
        ("ActionMatches{'*/read'}", JOIN, False),
        ("!(ActionMatches{'*'})", JOIN, False),
        ("NOT ActionMatches{'*/read'}", JOIN, True),
        ("NOT (Exists @Resource[a:b])", JOIN, None),
        ("ActionMatches{'*/read'} AND NOT SubOperationMatches{'Blob.List'}", JOIN, False),
        ("ActionMatches{'*'} && SubOperationMatches{'Blob.List'}", JOIN, None),
        ("ActionMatches{'*'} && ActionMatches{'*/action'}", JOIN, True),
        ("ActionMatches{'*'} || @Resource[a:b] StringNotEquals 'c (AND) d'", JOIN, True),
        ("ActionMatches{'x'} || ActionMatches{'y'}", JOIN, False),
        ("ActionMatches{'x'} OR ActionMatches{'*'} AND ActionMatches{'y'}", JOIN, False),
        ("@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'foo'", JOIN, None),
    ],
)
def test_what_the_action_decides(condition: str, action: str, expected: bool | None) -> None:
    assert holds(condition, action) is expected


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "(...)' ",
        "(ActionMatches{'*'}",
        "ActionMatches{'*'})",
        "ActionMatches{'*'} OR",
        "()",
        "ActionMatches{'*' {'*'}",
        "(" * 60 + "ActionMatches{'*'}" + ")" * 60,
        "!" * 5_000 + "ActionMatches{'*'}",
    ],
)
def test_what_is_not_of_the_documented_form_decides_nothing(condition: str) -> None:
    assert holds(condition, JOIN) is None


def test_a_chain_of_any_length_is_read() -> None:
    assert holds(" OR ".join(["ActionMatches{'x'}"] * 5_000), JOIN) is False
