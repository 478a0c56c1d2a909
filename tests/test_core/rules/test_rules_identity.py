"""ID1 to ID7, ID9, ID11 and ID12."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from azext_kubenet.core.azure.access import CallerAccess, DenyAssignment, Permission, RoleDefinition, ScopeAccess
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rights.permissions import ROUTE_TABLE_ACTIONS, SUBNET_ACTIONS
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.identity import (
    RULES,
    created_identity_may_use_subnet,
    identity_may_assign_kubelet_identity,
    identity_may_attach_route_table,
    identity_may_join_subnet,
    identity_may_join_what_subnet_carries,
    identity_may_read_virtual_network,
    identity_may_write_network_security_group,
    identity_may_write_route_table,
    own_route_table_has_user_assigned_identity,
    region_supports_user_assigned_identities,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Stage, Status

from ..make import (
    judge,
    make_access,
    make_assignment,
    make_cluster,
    make_id,
    make_role,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

TABLE = make_id("Microsoft.Network/routeTables", "routes")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
NODES = "subnet 'nodes' of virtual network 'vnet'"
NETWORK = make_id("Microsoft.Network/virtualNetworks", "vnet")
GROUP = make_id("Microsoft.Network/networkSecurityGroups", "nsg")
GATEWAY = make_id("Microsoft.Network/natGateways", "nat")
KUBELET = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "kubelet")
CONTRIBUTOR = make_role("Microsoft.Network/*", name="Network Contributor")
ELSEWHERE = make_id("Microsoft.ContainerService/managedClusters", "aks", group="other")
BESIDE = make_id("Microsoft.ContainerService/managedClusters", "aks", group="RG")


def make_request(kind: IdentityKind = IdentityKind.USER_ASSIGNED, **rest: object) -> ClusterRequest:
    return make_cluster(identity_kind=kind, **rest)


def on_subnet(*roles: RoleDefinition, **rest: object) -> ScopeAccess:
    return make_access(str(SUBNET), *roles, **rest)


def on_table(*roles: RoleDefinition, **rest: object) -> ScopeAccess:
    return make_access(str(TABLE), *roles, **rest)


def command(scope: object, role: str = "'Network Contributor'") -> tuple[str, ...]:
    return (
        "az role assignment create --assignee-object-id p1 --assignee-principal-type ServicePrincipal "
        f"--role {role} --scope {scope}",
    )


def outcome(finding: Finding) -> tuple[Status, Severity]:
    return finding.status, finding.severity


def test_family_holds_every_rule_of_its_topic() -> None:
    assert [each.code for each in RULES] == [f"ID{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12)]


# ID1


def test_id1_user_assigned_identity_passes() -> None:
    (finding,) = judge(
        own_route_table_has_user_assigned_identity, cluster=make_request(), route_table=make_route_table()
    )
    assert finding.status is Status.PASSED


def test_id1_system_assigned_identity_fails() -> None:
    (finding,) = judge(own_route_table_has_user_assigned_identity, route_table=make_route_table(), subnet=make_subnet())
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert finding.commands == (
        f"az aks kubenet prepare --subscription {SUBNET.subscription_id} --resource-group rg "
        f"--cluster-name myAKSCluster --vnet-subnet-id {SUBNET}",
    )


@pytest.mark.parametrize("subnet", [None, make_unreadable(), make_subnet(id=None)])
def test_id1_fails_without_a_subnet_to_prepare(subnet: object) -> None:
    (finding,) = judge(own_route_table_has_user_assigned_identity, route_table=make_route_table(), subnet=subnet)
    assert (finding.status, finding.commands) == (Status.FAILED, ())


def test_id1_service_principal_warns() -> None:
    (finding,) = judge(
        own_route_table_has_user_assigned_identity,
        cluster=make_request(IdentityKind.SERVICE_PRINCIPAL),
        route_table=make_route_table(),
    )
    assert outcome(finding) == (Status.FAILED, Severity.WARNING)


@pytest.mark.parametrize(("table", "status"), [(None, Status.SKIPPED), (make_unreadable(), Status.UNKNOWN)])
def test_id1_without_route_table(table: object, status: Status) -> None:
    (finding,) = judge(own_route_table_has_user_assigned_identity, route_table=table)
    assert finding.status is status


# ID2


def test_id2_network_contributor_passes_and_is_named() -> None:
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=on_subnet(CONTRIBUTOR))
    assert finding.status is Status.PASSED
    assert finding.evidence == {
        "principalId": "p1",
        "scope": str(SUBNET),
        "missingActions": [],
        "grantedBy": [f"Network Contributor: {SUBNET}/providers/Microsoft.Authorization/roleAssignments/r1"],
        "conditionalAssignments": [],
        "throughGroups": [],
        "deniedBy": [],
        "possiblyDeniedBy": [],
        "unreadRoles": [],
    }
    assert finding.message == f"Identity 'aks-identity' may do all that is needed on {NODES} by Network Contributor."


def test_id2_missing_actions_fail_with_the_command() -> None:
    reader = make_role("*/read", name="Reader")
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=on_subnet(reader))
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert finding.message == f"Identity 'aks-identity' may not perform {SUBNET_ACTIONS[1]} on {NODES}."
    assert finding.evidence["missingActions"] == [SUBNET_ACTIONS[1]]
    assert finding.commands == command(SUBNET)


def test_id2_judges_the_subnets_of_further_pools() -> None:
    more = make_access(str(make_subnet("more").id))
    fine = on_subnet(CONTRIBUTOR)
    for further, statuses in (
        ((more,), [Status.FAILED]),
        ((fine,), [Status.PASSED]),
        (make_unreadable(), [Status.UNKNOWN]),
    ):
        findings = judge(
            identity_may_join_subnet, cluster=make_request(), subnet_access=fine, further_subnet_access=further
        )
        assert [finding.status for finding in findings] == statuses


def test_id2_role_of_a_group_passes_and_says_so() -> None:
    assignment = make_assignment("r1", str(SUBNET), principal="g1", principal_type="Group")
    access = on_subnet(CONTRIBUTOR, assignments=(assignment,))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.status is Status.PASSED
    assert finding.message.endswith(f"on {NODES} by Network Contributor, through a group.")
    assert finding.evidence["throughGroups"] == ["g1"]


def test_id2_role_of_several_groups_counts_them() -> None:
    roles = [make_role(action, guid=f"r{number}") for number, action in enumerate(SUBNET_ACTIONS)]
    assignments = [
        make_assignment(role.guid, str(SUBNET), principal=f"g-{role.guid}", principal_type="Group") for role in roles
    ]
    access = on_subnet(*roles, assignments=tuple(assignments))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.message.endswith(" by Custom, through 2 groups.")
    assert finding.evidence["throughGroups"] == ["g-r0", "g-r1"]


def test_id2_conditional_assignment_is_unknown() -> None:
    assignment = make_assignment("r1", str(SUBNET), condition="@Resource[a:b] StringEquals 'c'")
    access = on_subnet(CONTRIBUTOR, assignments=(assignment,))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert outcome(finding) == (Status.UNKNOWN, Severity.ERROR)
    assert "is assigned under a condition, which is not evaluated" in finding.message
    assert f"identity 'aks-identity' may perform {', '.join(SUBNET_ACTIONS)} on {NODES}" in finding.message
    assert finding.evidence["conditionalAssignments"] == [assignment.id]
    assert finding.remediation.endswith("or assign Network Contributor without a condition.")


def test_id2_condition_about_other_actions_passes() -> None:
    condition = "(!(ActionMatches{'Microsoft.Authorization/*/write'}) OR (@Request[a:b] GuidEquals 'c'))"
    access = on_subnet(CONTRIBUTOR, assignments=(make_assignment("r1", str(SUBNET), condition=condition),))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    "whom",
    [
        {"group_ids": ("g1",)},
        {"excluded_group_ids": ("g1",)},
        {"principal_ids": ("p1",), "condition": "@Resource[a:b] StringEquals 'c'"},
    ],
    ids=["for a group", "but for a group", "with a condition"],
)
def test_id2_deny_assignment_that_may_not_concern_the_identity_is_unknown(whom: dict[str, Any]) -> None:
    permissions = (Permission(actions=("*/join/*",)),)
    denial = DenyAssignment(id="/d/1", name="Locked", scope=str(SUBNET), permissions=permissions, **whom)
    access = on_subnet(CONTRIBUTOR, denials=(denial,))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert outcome(finding) == (Status.UNKNOWN, Severity.ERROR)
    assert "depends on deny assignment 'Locked'" in finding.message
    assert finding.remediation.startswith("Look whether the deny assignment concerns the identity")
    without_role = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=on_subnet(denials=(denial,)))
    assert [each.status for each in without_role] == [Status.FAILED]


@pytest.mark.parametrize("roles", [(CONTRIBUTOR,), ()], ids=["a role that it has", "a role that it lacks too"])
def test_id2_deny_assignment_fails_without_a_command(roles: tuple[RoleDefinition, ...]) -> None:
    denial = DenyAssignment(
        id="/d/1", name="Locked", scope=str(SUBNET), permissions=(Permission(actions=("*/join/*",)),)
    )
    access = on_subnet(*roles, denials=(denial,))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert (finding.status, finding.commands) == (Status.FAILED, ())
    assert finding.evidence["deniedBy"] == ["/d/1"]
    assert "deny assignment 'Locked' takes it away" in finding.message


def test_id2_unreadable_denials_leave_a_granted_right_unknown() -> None:
    permission = "Microsoft.Authorization/denyAssignments/read"
    access = on_subnet(CONTRIBUTOR, denials=make_unreadable(permission))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert outcome(finding) == (Status.UNKNOWN, Severity.ERROR)
    assert finding.evidence == {"missingPermission": permission}


def test_id2_unreadable_denials_do_not_hide_a_missing_role() -> None:
    access = on_subnet(denials=make_unreadable("Microsoft.Authorization/denyAssignments/read"))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.status is Status.FAILED


def test_id2_unread_role_definition_is_unknown() -> None:
    access = on_subnet(assignments=(make_assignment("gone", str(SUBNET)),))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert outcome(finding) == (Status.UNKNOWN, Severity.ERROR)
    assert finding.evidence["missingPermission"] == "Microsoft.Authorization/roleDefinitions/read"
    assert finding.evidence["unreadRoles"] == [access.assignments[0].role_definition_id]
    assert f"identity 'aks-identity' has a role on {NODES} whose definition could not be read" in finding.message


def test_id2_who_is_not_known_by_name_is_the_clusters_identity() -> None:
    access = on_subnet(identity_id=None)
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.message.startswith("The cluster's identity may not perform ")


def test_id2_denial_beside_an_unread_definition_fails() -> None:
    denial = DenyAssignment(
        id="/d/1", name="Locked", scope=str(SUBNET), permissions=(Permission(actions=("*/join/*",)),)
    )
    assignments = (make_assignment("gone", str(SUBNET)), make_assignment("r1", str(SUBNET)))
    access = on_subnet(make_role("*/join/action"), assignments=assignments, denials=(denial,))
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(), subnet_access=access)
    assert finding.status is Status.FAILED


@pytest.mark.parametrize(
    ("kind", "access", "status"),
    [
        (IdentityKind.SYSTEM_ASSIGNED, on_subnet(), Status.SKIPPED),
        (IdentityKind.USER_ASSIGNED, None, Status.SKIPPED),
        (IdentityKind.USER_ASSIGNED, make_unreadable(), Status.UNKNOWN),
        (IdentityKind.SERVICE_PRINCIPAL, on_subnet(), Status.FAILED),
    ],
)
def test_id2_needs_an_identity(kind: IdentityKind, access: object, status: Status) -> None:
    (finding,) = judge(identity_may_join_subnet, cluster=make_request(kind), subnet_access=access)
    assert finding.status is status


# ID3


def judge_table(access: object, table: object = None, kind: IdentityKind = IdentityKind.USER_ASSIGNED) -> Finding:
    (finding,) = judge(
        identity_may_write_route_table, cluster=make_request(kind), route_table=table, route_table_access=access
    )
    return finding


@pytest.mark.parametrize("role", [CONTRIBUTOR, make_role(*ROUTE_TABLE_ACTIONS)])
def test_id3_role_on_the_table_passes(role: RoleDefinition) -> None:
    assert judge_table(on_table(role), make_route_table()).status is Status.PASSED


def test_id3_routes_alone_fail() -> None:
    finding = judge_table(on_table(make_role("Microsoft.Network/routeTables/routes/*")), make_route_table())
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert finding.evidence["missingActions"] == list(ROUTE_TABLE_ACTIONS[:2])
    assert finding.commands == command(TABLE)


def test_id3_without_table_or_identity_is_not_applicable() -> None:
    assert judge_table(on_table()).status is Status.SKIPPED
    assert judge_table(None, make_route_table()).status is Status.SKIPPED
    assert judge_table(on_table(), make_route_table(), IdentityKind.SYSTEM_ASSIGNED).status is Status.SKIPPED


def test_id3_unreadable_access_is_unknown_and_unreadable_table_is_judged() -> None:
    assert judge_table(make_unreadable(), make_route_table()).status is Status.UNKNOWN
    assert judge_table(on_table(CONTRIBUTOR), make_unreadable()).status is Status.PASSED


# ID4


def judge_join(subnet: Subnet, kind: IdentityKind = IdentityKind.USER_ASSIGNED, **accesses: object) -> list[Finding]:
    return list(judge(identity_may_join_what_subnet_carries, cluster=make_request(kind), subnet=subnet, **accesses))


def test_id4_join_rights_pass() -> None:
    subnet = make_subnet(route_table_id=TABLE, network_security_group_id=GROUP, nat_gateway_id=GATEWAY)
    findings = judge_join(
        subnet,
        route_table_access=on_table(CONTRIBUTOR),
        network_security_group_access=make_access(str(GROUP), make_role("*/join/action")),
        nat_gateway_access=make_access(str(GATEWAY), make_role("Microsoft.Network/natGateways/join/action")),
    )
    assert [each.status for each in findings] == [Status.PASSED] * 3


def test_id4_missing_join_is_told_beside_an_own_route_table() -> None:
    subnet = make_subnet(route_table_id=TABLE, network_security_group_id=GROUP)
    findings = judge_join(subnet, route_table_access=on_table(), network_security_group_access=make_access(str(GROUP)))
    assert [outcome(each) for each in findings] == [(Status.FAILED, Severity.INFO)] * 2
    assert [each.commands for each in findings] == [command(TABLE), command(GROUP)]


def test_id4_missing_join_warns_where_aks_writes_the_subnet() -> None:
    subnet = make_subnet(nat_gateway_id=GATEWAY)
    (finding,) = judge_join(subnet, nat_gateway_access=make_access(str(GATEWAY)))
    assert outcome(finding) == (Status.FAILED, Severity.WARNING)
    assert finding.evidence["missingActions"] == ["Microsoft.Network/natGateways/join/action"]


def test_id4_unread_access_or_role_is_unknown() -> None:
    subnet = make_subnet(route_table_id=TABLE, network_security_group_id=GROUP)
    unread = make_access(str(GROUP), assignments=(make_assignment("gone", str(GROUP)),))
    findings = judge_join(subnet, route_table_access=make_unreadable(), network_security_group_access=unread)
    assert [outcome(each) for each in findings] == [(Status.UNKNOWN, Severity.INFO)] * 2


def test_id4_access_that_was_not_asked_for_is_left_out() -> None:
    subnet = make_subnet(route_table_id=TABLE, network_security_group_id=GROUP)
    (finding,) = judge_join(subnet, route_table_access=on_table(CONTRIBUTOR))
    assert finding.resource_id == str(TABLE)


@pytest.mark.parametrize(
    ("subnet", "kind"),
    [
        (make_subnet(), IdentityKind.USER_ASSIGNED),
        (make_subnet(route_table_id=TABLE), IdentityKind.SYSTEM_ASSIGNED),
    ],
)
def test_id4_nothing_to_join_is_not_applicable(subnet: Subnet, kind: IdentityKind) -> None:
    (finding,) = judge_join(subnet, kind, route_table_access=on_table())
    assert finding.status is Status.SKIPPED


# ID5


def judge_group(
    access: object, *, cluster_id: object = ELSEWHERE, kind: IdentityKind = IdentityKind.USER_ASSIGNED, **rest: object
) -> Finding:
    (finding,) = judge(
        identity_may_write_network_security_group,
        cluster=make_request(kind, cluster_id=cluster_id),
        subnet=make_subnet(**{"network_security_group_id": GROUP, **rest}),  # type: ignore[arg-type] # named by the test
        network_security_group_access=access,
    )
    return finding


@pytest.mark.parametrize("cluster_id", [ELSEWHERE, None])
def test_id5_group_not_known_to_be_beside_the_cluster_needs_rights(cluster_id: object) -> None:
    assert judge_group(make_access(str(GROUP), CONTRIBUTOR), cluster_id=cluster_id).status is Status.PASSED
    finding = judge_group(make_access(str(GROUP), make_role("*/read")), cluster_id=cluster_id)
    assert outcome(finding) == (Status.FAILED, Severity.WARNING)
    assert finding.evidence["missingActions"] == ["Microsoft.Network/networkSecurityGroups/write"]
    assert finding.commands == command(GROUP)


def test_id5_is_told_only_where_the_cluster_never_writes_the_subnet() -> None:
    finding = judge_group(make_access(str(GROUP)), route_table_id=TABLE)
    assert outcome(finding) == (Status.FAILED, Severity.INFO)


def test_id5_unknown_and_not_applicable() -> None:
    access = make_access(str(GROUP))
    assert judge_group(make_unreadable()).status is Status.UNKNOWN
    assert judge_group(None).status is Status.SKIPPED
    assert judge_group(access, cluster_id=BESIDE).status is Status.SKIPPED
    assert judge_group(access, network_security_group_id=None).status is Status.SKIPPED
    assert judge_group(access, kind=IdentityKind.SYSTEM_ASSIGNED).status is Status.SKIPPED


# ID6


def judge_attach(access: object, kind: IdentityKind = IdentityKind.USER_ASSIGNED, **facts: object) -> Finding:
    (finding,) = judge(
        identity_may_attach_route_table,
        cluster=make_request(kind),
        **{"subnet": make_subnet(), "subnet_access": access, **facts},
    )
    return finding


def test_id6_subnet_write_passes_and_its_lack_warns() -> None:
    assert judge_attach(on_subnet(CONTRIBUTOR)).status is Status.PASSED
    finding = judge_attach(on_subnet(make_role(*SUBNET_ACTIONS)))
    assert outcome(finding) == (Status.FAILED, Severity.WARNING)
    assert finding.commands == command(SUBNET)


@pytest.mark.parametrize("facts", [{"route_table": make_route_table()}, {"subnet": make_subnet(route_table_id=TABLE)}])
def test_id6_own_route_table_is_not_applicable(facts: dict[str, object]) -> None:
    assert judge_attach(on_subnet(), **facts).status is Status.SKIPPED  # type: ignore[arg-type] # as above


def test_id6_unknown_and_no_identity() -> None:
    assert judge_attach(make_unreadable()).status is Status.UNKNOWN
    assert judge_attach(None).status is Status.SKIPPED
    assert judge_attach(on_subnet(), IdentityKind.SYSTEM_ASSIGNED).status is Status.SKIPPED


# ID7


def judge_network(access: object, *, balancers: int = 1, cluster_id: object = ELSEWHERE, **facts: object) -> Finding:
    (finding,) = judge(
        identity_may_read_virtual_network,
        cluster=make_request(internal_load_balancers=balancers, cluster_id=cluster_id),
        **{"virtual_network": make_virtual_network(), "virtual_network_access": access, **facts},
    )
    return finding


def test_id7_reader_passes_and_none_warns() -> None:
    assert judge_network(make_access(str(NETWORK), make_role("*/read"))).status is Status.PASSED
    finding = judge_network(make_access(str(NETWORK)))
    assert outcome(finding) == (Status.FAILED, Severity.WARNING)
    assert finding.commands == command(NETWORK, "Reader")


def test_id7_is_not_applicable_without_balancer_other_group_or_identity() -> None:
    access = make_access(str(NETWORK))
    assert judge_network(access, balancers=0).status is Status.SKIPPED
    assert judge_network(access, cluster_id=BESIDE).status is Status.SKIPPED
    assert judge_network(None).status is Status.SKIPPED


def test_id7_unreadable_is_unknown() -> None:
    assert judge_network(make_unreadable()).status is Status.UNKNOWN
    finding = judge_network(make_access(str(NETWORK)), virtual_network=make_virtual_network(id=None))
    assert finding.status is Status.FAILED


# ID9


ASSIGNING = CallerAccess(scope=str(KUBELET), permissions=(Permission(actions=("*",)),))
READING = CallerAccess(scope=str(KUBELET), permissions=(Permission(actions=("*/read",)),))
NOBODY_ASSIGNS = (
    ", and you may not perform Microsoft.Authorization/roleAssignments/write there, which az aks create needs to "
    "assign it."
)


def judge_kubelet(access: object, caller: object = None, **request: Any) -> Finding:
    kind = request.pop("kind", IdentityKind.USER_ASSIGNED)
    (finding,) = judge(
        identity_may_assign_kubelet_identity,
        cluster=make_request(kind, **{"kubelet_identity_id": KUBELET, **request}),
        kubelet_identity_access=access,
        caller_on_kubelet_identity=caller,
    )
    return finding


def test_id9_managed_identity_operator_passes_whoever_asks() -> None:
    family = "Microsoft.ManagedIdentity/userAssignedIdentities"
    operator = make_role(f"{family}/*/read", f"{family}/*/assign/action", "Microsoft.Authorization/*/read")
    for caller in (None, READING, make_unreadable()):
        assert judge_kubelet(make_access(str(KUBELET), operator), caller).status is Status.PASSED


@pytest.mark.parametrize("access", [None, make_access(str(KUBELET), CONTRIBUTOR)], ids=["not made yet", "no role"])
def test_id9_az_assigns_it_for_a_caller_who_may(access: object) -> None:
    finding = judge_kubelet(access, ASSIGNING)
    assert finding.status is Status.PASSED
    assert finding.message == "Managed Identity Operator on identity 'kubelet' is what az aks create assigns."
    assert judge_kubelet(access, make_unreadable()).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("access", "commands", "who"),
    [
        (None, (), "The cluster's identity needs Managed Identity Operator"),
        (
            make_access(str(KUBELET), CONTRIBUTOR),
            command(KUBELET, "'Managed Identity Operator'"),
            "Identity 'aks-identity' may not perform Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        ),
    ],
    ids=["not made yet", "no role"],
)
def test_id9_fails_where_nobody_assigns_it(access: object, commands: tuple[str, ...], who: str) -> None:
    finding = judge_kubelet(access, READING)
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert (finding.message, finding.commands) == (f"{who} on identity 'kubelet'{NOBODY_ASSIGNS}", commands)
    assert finding.evidence["callerMissingActions"] == ["Microsoft.Authorization/roleAssignments/write"]


def test_id9_fails_where_a_deny_assignment_takes_it_whoever_assigns() -> None:
    denial = DenyAssignment(id="/d", name="Locked", scope=str(KUBELET), permissions=(Permission(actions=("*",)),))
    role = make_role("Microsoft.ManagedIdentity/*")
    finding = judge_kubelet(make_access(str(KUBELET), role, denials=(denial,)), ASSIGNING)
    assert (finding.status, finding.commands) == (Status.FAILED, ())


def test_id9_is_the_clusters_own_affair_once_it_runs() -> None:
    finding = judge_kubelet(make_access(str(KUBELET)), ASSIGNING, runs=True)
    assert (finding.status, finding.commands) == (Status.FAILED, command(KUBELET, "'Managed Identity Operator'"))


def test_id9_unknown_and_not_applicable() -> None:
    assert judge_kubelet(make_unreadable()).status is Status.UNKNOWN
    assert judge_kubelet(None).status is Status.SKIPPED
    for access in (make_access(str(KUBELET)), make_unreadable()):
        assert judge_kubelet(access, kubelet_identity_id=None).status is Status.SKIPPED
    assert judge_kubelet(make_access(str(KUBELET)), kind=IdentityKind.SYSTEM_ASSIGNED).status is Status.SKIPPED


def test_id9_is_decided_at_create_only() -> None:
    report = evaluate(
        [identity_may_assign_kubelet_identity],
        cluster=make_request(kubelet_identity_id=KUBELET),
        snapshot=Snapshot(),
        today=date(2026, 11, 22),
        stage=Stage.VALIDATE,
    )
    assert report.findings == ()


# ID11


@pytest.mark.parametrize(
    ("location", "kind", "table", "status"),
    [
        ("westeurope", IdentityKind.USER_ASSIGNED, None, Status.PASSED),
        ("usdodcentral", IdentityKind.USER_ASSIGNED, None, Status.FAILED),
        ("USGov Iowa", IdentityKind.SYSTEM_ASSIGNED, make_route_table(), Status.FAILED),
        ("usdodeast", IdentityKind.SYSTEM_ASSIGNED, None, Status.SKIPPED),
        ("usdodeast", IdentityKind.SERVICE_PRINCIPAL, make_route_table(), Status.SKIPPED),
        (None, IdentityKind.USER_ASSIGNED, None, Status.SKIPPED),
    ],
)
def test_id11_regions(location: str | None, kind: IdentityKind, table: object, status: Status) -> None:
    (finding,) = judge(
        region_supports_user_assigned_identities, cluster=make_request(kind, location=location), route_table=table
    )
    assert outcome(finding) == (status, Severity.ERROR)


def test_id11_region_of_the_virtual_network_counts_where_none_is_given() -> None:
    network = make_virtual_network(location="usgoviowa")
    (finding,) = judge(region_supports_user_assigned_identities, cluster=make_request(), virtual_network=network)
    assert finding.status is Status.FAILED
    assert finding.message == (
        "Region usgoviowa does not support clusters with a user-assigned identity, which is given."
    )


def test_id11_unreadable_virtual_network_is_unknown() -> None:
    (finding,) = judge(
        region_supports_user_assigned_identities, cluster=make_request(), virtual_network=make_unreadable()
    )
    assert finding.status is Status.UNKNOWN


# ID12

CREATED = make_id("Microsoft.ContainerService/managedClusters", "aks")


def judge_created(access: object, kind: IdentityKind = IdentityKind.SYSTEM_ASSIGNED, **request: object) -> Finding:
    (finding,) = judge(created_identity_may_use_subnet, cluster=make_request(kind, **request), subnet_access=access)
    return finding


def test_id12_the_role_that_az_gives_passes() -> None:
    assert judge_created(on_subnet(CONTRIBUTOR, identity_id=CREATED)).status is Status.PASSED


def test_id12_without_the_role_the_cluster_is_named_and_the_command_given() -> None:
    finding = judge_created(on_subnet(make_role(*SUBNET_ACTIONS), identity_id=CREATED))
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert finding.message == (
        "The identity of cluster 'aks' may not perform Microsoft.Network/virtualNetworks/subnets/write on subnet "
        "'nodes' of virtual network 'vnet'."
    )
    assert finding.commands == command(SUBNET)


def test_id12_rights_that_may_not_be_read_are_unknown() -> None:
    assert judge_created(make_unreadable()).status is Status.UNKNOWN


def test_id12_is_about_the_identity_that_came_with_a_new_cluster() -> None:
    assert judge_created(None).status is Status.SKIPPED
    assert judge_created(on_subnet(), IdentityKind.USER_ASSIGNED).status is Status.SKIPPED
    assert judge_created(on_subnet(), runs=True).status is Status.SKIPPED
    assert judge_created(make_unreadable(), runs=True).status is Status.SKIPPED
