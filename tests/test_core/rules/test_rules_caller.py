"""ID8 and ID10."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.access import CallerAccess, Permission
from azext_kubenet.core.rules.caller import RULES, caller_may_join_load_balancer, caller_may_prepare
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import judge, make_id, make_unreadable

TABLE = make_id("Microsoft.Network/routeTables", "routes")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "identity")


def outcome(finding: Finding) -> tuple[Status, Severity]:
    return finding.status, finding.severity


def test_family_holds_every_rule_of_its_topic() -> None:
    assert [each.code for each in RULES] == ["ID8", "ID10"]


# ID8


def make_caller(scope: object, *actions: str) -> CallerAccess:
    return CallerAccess(scope=str(scope), permissions=(Permission(actions=actions),))


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (make_caller(SUBNET, "Microsoft.Network/*"), Status.PASSED),
        (make_caller(SUBNET, "*/read"), Status.FAILED),
        (make_unreadable(), Status.UNKNOWN),
        (None, Status.SKIPPED),
    ],
)
def test_id8_informs(caller: object, status: Status) -> None:
    (finding,) = judge(caller_may_join_load_balancer, caller_on_subnet=caller)
    assert outcome(finding) == (status, Severity.INFO)


# ID10


def test_id10_owner_passes() -> None:
    (finding,) = judge(
        caller_may_prepare,
        caller_on_subnet=make_caller(SUBNET, "*"),
        caller_on_route_table=make_caller(TABLE, "Microsoft.Authorization/*"),
        caller_on_identity=make_caller(IDENTITY, "*/assign/action"),
    )
    assert finding.status is Status.PASSED


def test_id10_what_is_missing_is_information() -> None:
    findings = judge(
        caller_may_prepare,
        caller_on_subnet=make_caller(SUBNET, "Microsoft.Network/*"),
        caller_on_route_table=make_unreadable(),
        caller_on_identity=make_caller(IDENTITY, "*/read"),
    )
    assert [outcome(each) for each in findings] == [
        (Status.FAILED, Severity.INFO),
        (Status.UNKNOWN, Severity.INFO),
        (Status.FAILED, Severity.INFO),
    ]
    assert [each.evidence.get("missingActions") for each in findings] == [
        ["Microsoft.Authorization/roleAssignments/write"],
        None,
        ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"],
    ]


def test_id10_nothing_asked_is_not_applicable() -> None:
    (finding,) = judge(caller_may_prepare)
    assert finding.status is Status.SKIPPED
