"""Rules of the move that migrate alone judges: notes, who loses the way, the proof; and NSG1 as MG10."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_kubenet.core.azure.managed_clusters import Machine, PoolMachines, RunningCluster
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.rules.migration_notes import (
    cluster_has_moved,
    code_is_changed_before_it_is_applied,
    identity_has_settled,
    masquerading_is_not_configured,
    move_reimages_all_nodes,
    no_budget_forbids_the_drain,
    nothing_else_reaches_pods_by_the_table,
    overlay_grows_further,
    pod_cidr_stays,
    quota_has_room_for_the_surge,
    route_table_is_left,
)
from azext_kubenet.core.rules.rule import Finding, Rule, Severity, Status
from azext_kubenet.core.rules.under_migration_codes import MG10

from ..make import (
    judge,
    make_agent_pool,
    make_cluster,
    make_id,
    make_pool,
    make_route,
    make_route_table,
    make_running_cluster,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

MOVED: dict[str, object] = {"network_plugin": "azure", "network_plugin_mode": "overlay"}
CALICO: dict[str, object] = {"network_policy": "calico"}


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1
    return findings[0]


def note(each: Rule, **cluster: object) -> Finding:
    """What a note says; it informs and counts for nothing."""
    pools = (make_pool(vm_size="Standard_D4s_v5", nodes_now=3),)
    found = only(judge(each, cluster=make_cluster(*pools), running_cluster=make_running_cluster(cluster=cluster)))
    assert (found.status, found.severity, found.rule.uncounted) == (Status.FAILED, Severity.INFO, True)
    return found


def test_mg4_says_what_is_not_visible_and_the_command_that_tells() -> None:
    assert note(masquerading_is_not_configured).commands == ("kubectl get configmap --namespace kube-system",)


def test_mg8_says_what_becomes_of_the_table() -> None:
    assert "The documentation does not say" in note(route_table_is_left).message


def test_mg9_names_the_pod_cidr_that_stays() -> None:
    assert "10.244.0.0/16" in note(pod_cidr_stays).message


def test_mg10_is_the_security_group_s_rule_under_another_code() -> None:
    group = make_security_group(make_security_rule())
    found = judge(MG10, subnet=make_subnet(), network_security_group=group)
    assert {(each.rule.code, each.status) for each in found} == {("MG10", Status.FAILED)}
    assert {each.status for each in judge(MG10, subnet=make_subnet())} == {Status.SKIPPED}


def with_tables(*further: RouteTable, subnets: tuple[Subnet, ...] = ()) -> RunningCluster:
    """The cluster, further tables of its subscription, and subnets without nodes on its own table."""
    running = make_running_cluster()
    own = running.route_tables[0]
    assert isinstance(own, RouteTable)
    ids = tuple(each.id for each in (make_subnet(), *subnets) if each.id is not None)
    return replace(running, route_tables=(replace(own, subnets=ids),), other_tables=further)


def test_mg12_names_a_subnet_without_nodes_on_the_table() -> None:
    other = make_subnet("machines", "192.168.9.0/24")
    running = with_tables(subnets=(other,))
    network = make_virtual_network(make_subnet(), other)
    found = only(judge(nothing_else_reaches_pods_by_the_table, running_cluster=running, virtual_network=network))
    assert (found.severity, found.resource_id) == (Severity.WARNING, str(other.id))
    unread = only(
        judge(nothing_else_reaches_pods_by_the_table, running_cluster=running, virtual_network=make_unreadable())
    )
    assert unread.status is Status.FAILED


HIDDEN = make_unreadable()
NAMELESS = PoolMachines(pool="nodepool1", machines=(Machine(name="aks-nodepool1-1-vmss000000", address=None),))


@pytest.mark.parametrize(
    "unseen",
    [
        {"other_tables": None},
        {"other_tables": HIDDEN},
        {"other_tables": (), "route_tables": (HIDDEN,)},
        {"other_tables": (), "subnets": (HIDDEN,)},
        {"other_tables": (), "machines": (PoolMachines(pool="nodepool1", machines=HIDDEN),)},
        {"other_tables": (), "machines": (NAMELESS,)},
    ],
)
def test_mg12_is_unknown_where_it_has_not_looked(unseen: dict[str, Any]) -> None:
    running = make_running_cluster(**unseen)
    found = only(judge(nothing_else_reaches_pods_by_the_table, running_cluster=running))
    assert (found.status, found.severity) == (Status.UNKNOWN, Severity.WARNING)


def test_mg12_leaves_a_gateway_to_mg7() -> None:
    configuration = f"{make_id('Microsoft.Network/applicationGateways', 'gw')}/gatewayIPConfigurations/one"
    gateway = make_subnet("gw", "192.168.9.0/24", application_gateway_configurations=(configuration,))
    network = make_virtual_network(make_subnet(), gateway)
    running = with_tables(subnets=(gateway,))
    found = only(judge(nothing_else_reaches_pods_by_the_table, running_cluster=running, virtual_network=network))
    assert found.status is Status.PASSED


def test_mg12_names_a_table_with_copies_of_node_routes() -> None:
    other = make_id("Microsoft.Network/routeTables", "copies")
    copies = make_route_table(make_route("copy", "10.244.0.0/24", "192.168.1.4"), make_route(), id=other)
    running = with_tables(copies, make_route_table(id=make_id("Microsoft.Network/routeTables", "empty")))
    found = only(judge(nothing_else_reaches_pods_by_the_table, running_cluster=running))
    assert (found.resource_id, found.evidence["routes"]) == (str(other), ["copy"])


def test_mg12_takes_the_clusters_own_table_for_no_copy() -> None:
    running = make_running_cluster()
    own = running.route_tables[0]
    assert isinstance(own, RouteTable)
    found = judge(nothing_else_reaches_pods_by_the_table, running_cluster=replace(running, other_tables=(own,)))
    assert only(found).status is Status.PASSED


def test_mg13_says_that_nothing_leads_back() -> None:
    assert "cannot be undone" in note(move_reimages_all_nodes).message


@pytest.mark.parametrize(("given", "status"), [(True, Status.FAILED), (False, Status.SKIPPED)])
def test_mg14_is_said_only_where_an_identity_was_given(given: bool, status: Status) -> None:
    identity = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "own")
    cluster = make_cluster(identity_id=identity, identity_given=given)
    assert only(judge(identity_has_settled, cluster=cluster, running_cluster=make_running_cluster())).status is status


def test_mg15_says_what_overlay_allows() -> None:
    assert "5,000 nodes" in note(overlay_grows_further).message


def test_mg18_sums_the_surge_of_each_size() -> None:
    pools = (
        make_pool(vm_size="Standard_D4s_v5", nodes_now=20),
        make_pool("two", vm_size="Standard_D4s_v5", nodes_now=3),
        make_pool("three", nodes_now=3),
    )
    found = judge(quota_has_room_for_the_surge, cluster=make_cluster(*pools), running_cluster=make_running_cluster())
    assert only(found).evidence["surgeNodes"] == ("3 of Standard_D4s_v5", "1 of unknown size")
    assert only(found).commands[0].startswith("az vm list-usage ")
    none = judge(quota_has_room_for_the_surge, cluster=replace(make_cluster(), node_pools=()), running_cluster=of())
    assert "none" in only(none).message


def of(**cluster: object) -> RunningCluster:
    return make_running_cluster(cluster=cluster)


def test_mg19_names_the_budget_of_calico_where_calico_is() -> None:
    assert "calico-typha" in note(no_budget_forbids_the_drain, **CALICO).message
    assert "calico" not in note(no_budget_forbids_the_drain).message


def test_mg28_is_always_said() -> None:
    assert "BEFORE" in note(code_is_changed_before_it_is_applied).message
    assert 'network_policy = "calico"' in note(code_is_changed_before_it_is_applied, **CALICO).message


def moved(**rest: object) -> RunningCluster:
    """A cluster on overlay whose table has lost the nodes' routes."""
    empty = make_route_table()
    return make_running_cluster(cluster=MOVED, **{"route_tables": (empty,), **rest})


def proof(running: RunningCluster) -> dict[object, Status]:
    return {each.evidence.get("check"): each.status for each in judge(cluster_has_moved, running_cluster=running)}


def test_mg29_passes_for_a_cluster_that_has_arrived() -> None:
    assert proof(moved()) == {None: Status.PASSED}


def test_mg29_asks_nothing_while_an_operation_runs() -> None:
    running = make_running_cluster(cluster={**MOVED, "provisioning_state": "Updating"})
    assert proof(running) == {None: Status.SKIPPED}


@pytest.mark.parametrize(
    ("running", "check"),
    [
        (of(network_plugin="kubenet"), "networkModel"),
        (of(**MOVED, provisioning_state="Failed"), "provisioningState"),
        (of(**MOVED, pod_cidrs=()), "podCidr"),
        (moved(machines=()), "machines of nodepool1"),
        (make_running_cluster(cluster=MOVED), "node routes in routes"),
        (
            make_running_cluster(make_agent_pool(provisioning_state="Failed"), cluster=MOVED),
            "provisioningState of nodepool1",
        ),
    ],
    ids=["model", "failed", "pods", "machines", "routes", "pool"],
)
def test_mg29_fails_for_what_is_not_as_it_has_to_be(running: RunningCluster, check: str) -> None:
    assert proof(running)[check] is Status.FAILED


def test_mg29_sees_a_table_of_aks_that_is_still_there() -> None:
    group = "MC_rg_k1_westeurope"
    made = make_route_table(
        id=make_id("Microsoft.Network/routeTables", "aks-agentpool-12345678-routetable", group=group)
    )
    other = make_route_table(id=make_id("Microsoft.Network/routeTables", "else", group=group))
    assert proof(moved(other_tables=(made, other)))["route table aks-agentpool-12345678-routetable"] is Status.FAILED
    strange = make_route_table(id=make_id("Microsoft.Network/routeTables", "strange"))
    assert proof(moved(other_tables=(strange,))) == {None: Status.PASSED}


def test_mg29_is_unknown_where_machines_or_tables_may_not_be_read() -> None:
    hidden = make_unreadable()
    machines = replace(make_running_cluster().machines[0], machines=hidden)
    assert proof(moved(machines=(machines,))) == {None: Status.UNKNOWN}
    assert proof(moved(route_tables=(hidden,))) == {None: Status.UNKNOWN}


def test_mg29_counts_no_machines_of_what_is_stopped() -> None:
    stopped = make_agent_pool(power_state="Stopped")
    assert proof(make_running_cluster(stopped, cluster=MOVED, machines=(), route_tables=(make_route_table(),))) == {
        None: Status.PASSED
    }
