"""Rules of a cluster that runs, on the routes, tables and states that it has."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from azext_kubenet.core.azure.managed_clusters import PoolMachines, RunningCluster
from azext_kubenet.core.azure.restrictions import Lock, PolicyState
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.rights.permissions import ROUTE_TABLE_ACTIONS
from azext_kubenet.core.rules.rule import Finding, Severity, Status
from azext_kubenet.core.rules.running import (
    cluster_is_in_order,
    cluster_names_its_kubelet_identity,
    cluster_table_is_on_every_subnet,
    every_node_has_its_route,
    no_route_is_left_over,
)

from ..make import (
    judge,
    make_access,
    make_agent_pool,
    make_id,
    make_machines,
    make_node_routes,
    make_role,
    make_route,
    make_route_table,
    make_running_cluster,
    make_subnet,
    make_unreadable,
)

ROUTES = make_node_routes(make_machines())
STALE = make_route("aks-nodepool1-12345678-vmss00000z", "10.244.99.0/24", "192.168.1.99")
TABLE_ID = make_route_table().id
OTHER_TABLE = make_route_table(id=make_id("Microsoft.Network/routeTables", "other"))


def policy(effect: str) -> PolicyState:
    return PolicyState(assignment_id="a", definition_name="d", effect=effect, resource_id=str(TABLE_ID))


def with_routes(*routes: Route, **rest: object) -> RunningCluster:
    return replace(make_running_cluster(**rest), route_tables=(make_route_table(*routes),))  # type: ignore[arg-type] # as make


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1
    return findings[0]


def failed(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.status is Status.FAILED]


def test_rt8_passes_where_every_node_has_its_route() -> None:
    finding = only(judge(every_node_has_its_route, running_cluster=make_running_cluster()))
    assert (finding.status, finding.evidence["nodes"]) == (Status.PASSED, 3)


def test_rt8_tells_the_nodes_of_a_pool_at_rest_that_lack_a_route() -> None:
    finding = only(judge(every_node_has_its_route, running_cluster=with_routes(ROUTES[0])))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.ERROR)
    assert "2 of 3 nodes of node pool 'nodepool1'" in finding.message
    assert ROUTES[1].name in finding.message
    assert finding.evidence["nodes"] == [ROUTES[1].name, ROUTES[2].name]
    assert finding.evidence["state"] == "missing"
    assert not finding.commands
    assert not finding.destructive_commands


def test_rt8_names_three_nodes_and_counts_the_rest() -> None:
    running = make_running_cluster(make_agent_pool(count=5), route_tables=(make_route_table(),))
    assert " and 2 more." in only(judge(every_node_has_its_route, running_cluster=running)).message


def test_rt8_is_patient_with_nodes_that_may_be_new() -> None:
    running = replace(
        make_running_cluster(make_agent_pool(autoscaler=True)), route_tables=(make_route_table(ROUTES[0]),)
    )
    finding = only(judge(every_node_has_its_route, running_cluster=running))
    assert (finding.severity, finding.evidence["state"]) == (Severity.WARNING, "pending")
    assert "one to two minutes" in finding.message
    waited = only(judge(every_node_has_its_route, running_cluster=replace(running, waited=True)))
    assert (waited.severity, waited.evidence["state"]) == (Severity.ERROR, "missing")


@pytest.mark.parametrize(
    ("facts", "causes"),
    [
        ({"route_table_access": make_access(str(TABLE_ID))}, ("ID3",)),
        ({"route_table_access": make_access(str(TABLE_ID), make_role(*ROUTE_TABLE_ACTIONS))}, ()),
        ({"route_table_access": make_access(str(OTHER_TABLE.id))}, ()),
        ({"locks": (Lock(name="l", level="ReadOnly", scope=str(TABLE_ID)),)}, ("LCK1",)),
        ({"locks": (Lock(name="l", level="CanNotDelete", scope=str(TABLE_ID)),)}, ()),
        ({"locks": (Lock(name="l", level="ReadOnly", scope=str(OTHER_TABLE.id)),)}, ()),
        ({"policy_states": (policy("Modify"),)}, ("POL1",)),
        ({"policy_states": (policy("audit"),)}, ()),
        ({"route_table_access": make_unreadable(), "locks": make_unreadable(), "policy_states": make_unreadable()}, ()),
    ],
)
def test_rt8_has_no_patience_where_the_cluster_cannot_write(facts: dict[str, object], causes: tuple[str, ...]) -> None:
    running = replace(
        make_running_cluster(make_agent_pool(autoscaler=True)), route_tables=(make_route_table(ROUTES[0]),)
    )
    finding = only(judge(every_node_has_its_route, cluster=None, running_cluster=running, **facts))
    assert finding.evidence["causes"] == causes
    assert finding.severity is (Severity.ERROR if causes else Severity.WARNING)
    assert all(cause in finding.message for cause in causes)


def test_rt8_takes_a_route_that_is_left_over_for_a_sign_that_the_cluster_cannot_write() -> None:
    running = replace(
        make_running_cluster(make_agent_pool(autoscaler=True)), route_tables=(make_route_table(ROUTES[0], STALE),)
    )
    finding = only(judge(every_node_has_its_route, running_cluster=running))
    assert (finding.severity, finding.evidence["causes"]) == (Severity.ERROR, ("RT9",))


def test_rt8_does_not_ask_the_identity_for_rights_on_the_table_of_aks() -> None:
    table = make_route_table(ROUTES[0], id=make_id("Microsoft.Network/routeTables", "t", group="MC_rg_k1_westeurope"))
    running = make_running_cluster(make_agent_pool(autoscaler=True), route_tables=(table,))
    access = make_access(str(table.id))
    finding = only(judge(every_node_has_its_route, running_cluster=running, route_table_access=access))
    assert finding.evidence["causes"] == ()


def test_rt8_tells_a_wrong_next_hop_with_the_one_route_to_delete() -> None:
    wrong = replace(ROUTES[1], next_hop_ip=IPv4Address("192.168.1.77"))
    finding = only(judge(every_node_has_its_route, running_cluster=with_routes(ROUTES[0], wrong, ROUTES[2])))
    assert finding.severity is Severity.ERROR
    assert "192.168.1.77" in finding.message
    assert "192.168.1.5" in finding.message
    assert "never repairs" in finding.message
    assert not finding.commands
    assert finding.destructive_commands == (
        f"az network route-table route delete --ids {TABLE_ID}/routes/{ROUTES[1].name}",
    )


def test_rt8_tells_a_next_hop_of_another_kind() -> None:
    machines = make_machines()
    assert isinstance(machines.machines, tuple)
    bare = PoolMachines(pool="nodepool1", machines=tuple(replace(each, address=None) for each in machines.machines))
    wrong = replace(ROUTES[0], next_hop_type="None", next_hop_ip=None)
    findings = judge(every_node_has_its_route, running_cluster=with_routes(wrong, *ROUTES[1:], machines=(bare,)))
    assert "leads to None, but its node has another address" in failed(findings)[0].message


def test_rt8_is_unknown_where_the_next_hops_cannot_be_compared() -> None:
    machines = make_machines()
    assert isinstance(machines.machines, tuple)
    bare = PoolMachines(pool="nodepool1", machines=tuple(replace(each, address=None) for each in machines.machines))
    finding = only(judge(every_node_has_its_route, running_cluster=make_running_cluster(machines=(bare,))))
    assert finding.status is Status.UNKNOWN
    assert (
        finding.evidence["missingPermission"] == "Microsoft.ContainerService/managedClusters/agentPools/machines/read"
    )


def test_rt8_is_unknown_where_nodes_are_hidden() -> None:
    finding = only(judge(every_node_has_its_route, running_cluster=make_running_cluster(machines=())))
    assert finding.status is Status.UNKNOWN


@pytest.mark.parametrize("rule", [every_node_has_its_route, no_route_is_left_over], ids=["RT8", "RT9"])
def test_rt8_and_rt9_are_unknown_without_the_table(rule: object) -> None:
    hidden = judge(rule, running_cluster=make_running_cluster(route_tables=(make_unreadable(),)))  # type: ignore[arg-type] # a Rule
    assert only(hidden).status is Status.UNKNOWN
    gone = make_running_cluster(subnets=(make_subnet(),), route_tables=(), other_tables=())
    finding = only(judge(rule, running_cluster=gone))  # type: ignore[arg-type] # as above
    assert finding.status is Status.UNKNOWN
    assert "the route table of cluster 'k1' was not found" in finding.message


@pytest.mark.parametrize("rule", [every_node_has_its_route, no_route_is_left_over, cluster_table_is_on_every_subnet])
def test_rt8_to_rt10_do_not_apply_to_other_network_plugins(rule: object) -> None:
    running = make_running_cluster(cluster={"network_plugin": "azure"})
    assert only(judge(rule, running_cluster=running)).status is Status.SKIPPED  # type: ignore[arg-type] # a Rule


@pytest.mark.parametrize("rule", [every_node_has_its_route, no_route_is_left_over])
def test_rt8_and_rt9_do_not_apply_to_a_stopped_cluster(rule: object) -> None:
    running = make_running_cluster(cluster={"power_state": "Stopped"})
    assert only(judge(rule, running_cluster=running)).status is Status.SKIPPED  # type: ignore[arg-type] # as above


def test_rt9_tells_what_is_left_over() -> None:
    assert only(judge(no_route_is_left_over, running_cluster=with_routes(*ROUTES))).status is Status.PASSED
    finding = only(judge(no_route_is_left_over, running_cluster=with_routes(*ROUTES, STALE)))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert STALE.name in finding.message
    assert not finding.destructive_commands, "the cluster deletes them itself once it can write"


def test_rt9_is_an_error_where_nodes_lack_their_route() -> None:
    finding = only(judge(no_route_is_left_over, running_cluster=with_routes(ROUTES[0], STALE)))
    assert finding.severity is Severity.ERROR


def test_rt9_is_unknown_where_nodes_are_hidden() -> None:
    finding = only(judge(no_route_is_left_over, running_cluster=with_routes(STALE, machines=())))
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.WARNING)


def test_rt10_passes_where_each_subnet_carries_the_table() -> None:
    finding = only(judge(cluster_table_is_on_every_subnet, running_cluster=make_running_cluster()))
    assert finding.status is Status.PASSED


def lost(*others: RouteTable, subnet_table: RouteTable | None = None) -> RunningCluster:
    subnet = make_subnet(route_table_id=None if subnet_table is None else subnet_table.id)
    tables = () if subnet_table is None else (subnet_table,)
    return make_running_cluster(subnets=(subnet,), route_tables=tables, other_tables=others)


def test_rt10_attaches_a_stripped_table_again() -> None:
    finding = only(judge(cluster_table_is_on_every_subnet, running_cluster=lost(make_route_table(*ROUTES))))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.ERROR)
    assert "does not carry the cluster's route table 'routes'" in finding.message
    assert finding.commands == (f"az network vnet subnet update --ids {make_subnet().id} --route-table {TABLE_ID}",)
    assert not finding.destructive_commands


def test_rt10_replaces_a_swapped_table_only_on_purpose() -> None:
    running = lost(make_route_table(*ROUTES), subnet_table=OTHER_TABLE)
    finding = only(judge(cluster_table_is_on_every_subnet, running_cluster=running))
    assert "carries route table 'other' instead of the cluster's" in finding.message
    assert not finding.commands
    assert finding.destructive_commands[0].endswith(f"--route-table {TABLE_ID}")


def test_rt10_without_the_table_says_how_to_find_it() -> None:
    finding = only(judge(cluster_table_is_on_every_subnet, running_cluster=lost()))
    assert (finding.severity, finding.commands) == (Severity.ERROR, ())
    assert finding.remediation.startswith("Find the route table")


def test_rt10_is_unknown_for_a_subnet_or_tables_that_cannot_be_told() -> None:
    hidden: Unreadable = make_unreadable()
    running = make_running_cluster(subnets=(make_subnet(route_table_id=TABLE_ID), hidden))
    assert [each.status for each in judge(cluster_table_is_on_every_subnet, running_cluster=running)] == [
        Status.UNKNOWN
    ]
    two = (make_subnet(route_table_id=TABLE_ID), make_subnet("more", route_table_id=OTHER_TABLE.id))
    for tables in ((hidden,), (replace(OTHER_TABLE, id=TABLE_ID), OTHER_TABLE)):
        running = make_running_cluster(subnets=two, route_tables=tables, machines=())
        assert only(judge(cluster_table_is_on_every_subnet, running_cluster=running)).status is Status.UNKNOWN


def test_cl1_passes_where_all_is_in_order() -> None:
    assert only(judge(cluster_is_in_order, running_cluster=make_running_cluster())).status is Status.PASSED


@pytest.mark.parametrize(("state", "severity"), [("Failed", Severity.ERROR), ("Updating", Severity.WARNING)])
def test_cl1_tells_states_of_cluster_and_pools(state: str, severity: Severity) -> None:
    running = make_running_cluster(make_agent_pool(provisioning_state=state), cluster={"provisioning_state": state})
    findings = judge(cluster_is_in_order, running_cluster=running)
    assert [(each.severity, each.evidence["name"]) for each in findings] == [(severity, "k1"), (severity, "nodepool1")]


def test_cl1_tells_what_is_stopped() -> None:
    pools = (make_agent_pool("a"), make_agent_pool("b", power_state="Stopped"))
    finding = only(judge(cluster_is_in_order, running_cluster=make_running_cluster(*pools)))
    assert (finding.severity, finding.message) == (Severity.WARNING, "Node pools of cluster 'k1' are stopped: b.")
    whole = make_running_cluster(cluster={"power_state": "Stopped"})
    assert only(judge(cluster_is_in_order, running_cluster=whole)).message == "Cluster 'k1' is stopped."


def test_cl2_tells_a_profile_without_kubelet_identity() -> None:
    rule = cluster_names_its_kubelet_identity
    assert only(judge(rule, running_cluster=make_running_cluster())).status is Status.PASSED
    bare = make_running_cluster(cluster={"kubelet_identity_id": None})
    assert only(judge(rule, running_cluster=bare)).severity is Severity.ERROR
