"""LCK1, POL1: what stands in the way of the cluster's writes."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.restrictions import Lock, PolicyState
from azext_kubenet.core.rules.locks_and_policies import (
    RULES,
    no_lock_on_subnet_or_route_table,
    no_policy_refuses_network_writes,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    SUBSCRIPTION,
    judge,
    make_subnet,
    make_unreadable,
)

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
SUBNET_ID = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/nodes"
TABLE_ID = f"{GROUP}/providers/Microsoft.Network/routeTables/routes"


def test_families_rules() -> None:
    assert [each.code for each in RULES] == ["LCK1", "POL1"]


# LCK1

LOCKED_SUBNET = make_subnet(route_table_id=ResourceId(TABLE_ID))


def judge_locks(locks: object, **facts: object) -> tuple[Finding, ...]:
    return judge(no_lock_on_subnet_or_route_table, **{"locks": locks, "subnet": LOCKED_SUBNET, **facts})  # type: ignore[arg-type] # the test names the facts


@pytest.mark.parametrize(
    ("scope", "words", "locked"),
    [
        (TABLE_ID, "route table 'routes'", [TABLE_ID]),
        (SUBNET_ID.upper(), "subnet 'NODES' of virtual network 'VNET'", [SUBNET_ID]),
        (SUBNET_ID.rsplit("/", 2)[0], "virtual network 'vnet'", [SUBNET_ID]),
        (GROUP, "resource group 'rg'", [SUBNET_ID, TABLE_ID]),
        (f"/subscriptions/{SUBSCRIPTION}", "the subscription", [SUBNET_ID, TABLE_ID]),
    ],
)
def test_lck1_read_only_lock_fails(scope: str, words: str, locked: list[str]) -> None:
    lock = Lock(name="my lock", level="ReadOnly", scope=scope)
    (finding,) = judge_locks((lock,))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.ERROR)
    assert finding.evidence["locked"] == locked
    names = {SUBNET_ID: "subnet 'nodes' of virtual network 'vnet'", TABLE_ID: "route table 'routes'"}
    named = " and ".join(names[each] for each in locked)
    assert finding.message == f"Lock 'my lock' (ReadOnly) on {words}: AKS cannot write {named}."
    assert finding.destructive_commands == (
        f"az lock delete --subscription {scope.split('/')[2]} "
        f"--ids '{scope}/providers/Microsoft.Authorization/locks/my lock'",
    )


def test_lck1_lock_of_no_subscription_is_named_by_its_id_alone() -> None:
    (finding,) = judge_locks((Lock(name="all", level="ReadOnly", scope="/"),))
    assert finding.destructive_commands == ("az lock delete --ids /providers/Microsoft.Authorization/locks/all",)


def test_lck1_delete_lock_warns() -> None:
    lock = Lock(name="keep", level="CanNotDelete", scope=GROUP)
    (finding,) = judge_locks((lock,))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)


@pytest.mark.parametrize("locks", [(), (Lock(name="x", level="ReadOnly", scope=GROUP + "/providers/A/b/c"),)])
def test_lck1_other_locks_pass(locks: tuple[Lock, ...]) -> None:
    (finding,) = judge_locks(locks)
    assert finding.status is Status.PASSED


def test_lck1_planned_subnet_has_no_lock_yet() -> None:
    lock = Lock(name="x", level="ReadOnly", scope=SUBNET_ID)
    (finding,) = judge_locks((lock,), subnet=make_subnet(id=None))
    assert finding.status is Status.PASSED


def test_lck1_lock_on_a_route_table_that_may_not_be_read_fails() -> None:
    lock = Lock(name="x", level="ReadOnly", scope=TABLE_ID)
    (finding,) = judge_locks((lock,), route_table=make_unreadable())
    assert (finding.status, finding.evidence["locked"]) == (Status.FAILED, [TABLE_ID])


def test_lck1_unreadable_locks_are_unknown() -> None:
    (finding,) = judge_locks(make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_lck1_unreadable_subnet_is_unknown() -> None:
    (finding,) = judge_locks((), subnet=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_lck1_lock_that_only_the_route_tables_list_holds_fails() -> None:
    above, on_table = (
        Lock(name="a", level="CanNotDelete", scope=GROUP),
        Lock(name="t", level="ReadOnly", scope=TABLE_ID),
    )
    findings = judge_locks((above,), route_table_locks=(above, on_table))
    assert [(each.evidence["lock"], each.severity) for each in findings] == [
        ("a", Severity.WARNING),
        ("t", Severity.ERROR),
    ]


def test_lck1_unreadable_locks_of_the_route_table_are_unknown_beside_what_is_known() -> None:
    hidden = make_unreadable("Microsoft.Authorization/locks/read")
    (finding,) = judge_locks((), route_table_locks=hidden)
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.ERROR)
    known, unknown = judge_locks((Lock(name="a", level="ReadOnly", scope=GROUP),), route_table_locks=hidden)
    assert (known.status, unknown.status) == (Status.FAILED, Status.UNKNOWN)


# POL1


ASSIGNMENT = f"{GROUP}/providers/Microsoft.Authorization/policyAssignments/tags"
BUILT_IN = "0a914e76-4921-4c19-b460-a2d36003525a"


def make_policy(effect: str = "deny", resource_id: str = TABLE_ID) -> PolicyState:
    return PolicyState(assignment_id=ASSIGNMENT, definition_name=BUILT_IN, effect=effect, resource_id=resource_id)


@pytest.mark.parametrize("effect", ["deny", "Modify", "append"])
def test_pol1_policy_that_refuses_or_changes_warns(effect: str) -> None:
    (finding,) = judge(
        no_policy_refuses_network_writes, policy_states=(make_policy(effect), make_policy(effect, SUBNET_ID))
    )
    assert (finding.status, finding.severity, finding.resource_id) == (Status.FAILED, Severity.WARNING, ASSIGNMENT)
    assert finding.evidence == {
        "assignment": ASSIGNMENT,
        "definition": BUILT_IN,
        "effect": effect,
        "resources": [TABLE_ID, SUBNET_ID],
    }
    assert finding.message == (
        f"Policy assignment 'tags' of resource group 'rg', with effect {effect}, is in force on route table 'routes', "
        "subnet 'nodes' of virtual network 'vnet': it may refuse or change what the cluster writes there."
    )


@pytest.mark.parametrize(
    "states", [(), (make_policy("audit"),), (make_policy(resource_id=GROUP + "/providers/Microsoft.Compute/disks/d"),)]
)
def test_pol1_other_policies_pass(states: tuple[PolicyState, ...]) -> None:
    (finding,) = judge(no_policy_refuses_network_writes, policy_states=states)
    assert finding.status is Status.PASSED


def test_pol1_unreadable_states_are_unknown() -> None:
    (finding,) = judge(no_policy_refuses_network_writes, policy_states=make_unreadable())
    assert finding.status is Status.UNKNOWN
