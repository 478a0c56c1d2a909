"""Rules of clusters to be, on a cluster that runs: its own values, and only what can still be changed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.route_tables import Route
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.core.clusters.running import as_it_runs
from azext_kubenet.core.rules import address_ranges, egress, identity, node_pools, overlaps, route_table, sizing, subnet
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Finding, Rule, Severity, Stage, Status, Violation, rule

from ..make import (
    TODAY,
    judge,
    make_access,
    make_agent_pool,
    make_cluster,
    make_id,
    make_machines,
    make_node_routes,
    make_pool,
    make_route_table,
    make_running_cluster,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

NOT_GIVEN = replace(make_cluster(), node_pools=())
OTHER_TABLE = make_id("Microsoft.Network/routeTables", "other")
OF_AKS = make_route_table(id=make_id("Microsoft.Network/routeTables", "t", group="MC_rg_k1_westeurope"))
MORE = make_subnet("more", "192.168.2.0/24")


def judged(
    each: Rule,
    running: RunningCluster,
    place: Subnet | None = None,
    wanted: ClusterRequest = NOT_GIVEN,
    **facts: object,
) -> tuple[Finding, ...]:
    """The findings on the cluster's own subnet, or on `place`."""
    here = place or running.subnets[0]
    assert isinstance(here, Subnet)
    snapshot = Snapshot(subnet=here, running_cluster=running)
    return judge(each, cluster=as_it_runs(wanted, snapshot), subnet=here, running_cluster=running, **facts)


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1
    return findings[0]


def outcome(findings: tuple[Finding, ...]) -> tuple[Status, Severity]:
    return only(findings).status, only(findings).severity


@pytest.mark.parametrize(
    ("now", "most", "status", "severity"),
    [
        (200, 200, Status.PASSED, Severity.ERROR),
        (200, 300, Status.FAILED, Severity.WARNING),
        (240, 240, Status.FAILED, Severity.ERROR),
    ],
)
def test_ip2_fails_on_what_runs_and_warns_of_the_maximum(
    now: int, most: int, status: Status, severity: Severity
) -> None:
    running = make_running_cluster(make_agent_pool(count=now, max_count=most), machines=())
    findings = judged(sizing.subnet_holds_the_peak, running)
    assert outcome(findings) == (status, severity)
    assert findings[0].evidence["nodes"] == now


def test_ip2_judges_each_subnet_by_its_own_pools() -> None:
    pools = (make_agent_pool("a", 200), make_agent_pool("b", 100, subnet_id=MORE.id))
    running = make_running_cluster(*pools, machines=(), subnets=(make_subnet(), MORE, make_unreadable()))
    findings = judged(sizing.subnet_holds_the_peak, running)
    assert [(each.evidence["nodes"], each.status) for each in findings] == [(200, Status.PASSED), (100, Status.PASSED)]


def test_ip2_judges_a_subnet_that_is_not_yet_its_own_by_the_pools_that_come() -> None:
    running = make_running_cluster(make_agent_pool(count=200), machines=())
    wanted = replace(NOT_GIVEN, node_pools=(make_pool("b", 250),))
    of_more = next(
        each for each in judged(sizing.subnet_holds_the_peak, running, MORE, wanted) if "'more'" in each.message
    )
    assert (of_more.status, of_more.severity) == (Status.FAILED, Severity.ERROR)
    default = judged(sizing.subnet_holds_the_peak, running, MORE)
    assert next(each for each in default if "'more'" in each.message).evidence["requiredAddresses"] == 4


def test_ip2_says_which_further_subnet_is_too_small_and_that_one_is_unreadable() -> None:
    small = make_subnet("small", "192.168.2.0/29")
    cluster = make_cluster(make_pool("a", subnet=str(make_subnet().id)), make_pool("b", subnet=str(small.id)))
    findings = judge(sizing.subnet_holds_the_peak, cluster=cluster, subnet=make_subnet(), further_subnets=(small,))
    assert [(each.status, each.resource_id) for each in findings] == [
        (Status.PASSED, str(make_subnet().id)),
        (Status.FAILED, str(small.id)),
    ]
    assert findings[1].message.startswith(
        "Subnet 'small' (192.168.2.0/29) has 3 usable addresses and needs 4 for nodes"
    )
    hidden = judge(
        sizing.subnet_holds_the_peak, cluster=cluster, subnet=make_subnet(), further_subnets=make_unreadable()
    )
    assert [each.status for each in hidden] == [Status.PASSED, Status.UNKNOWN]


def test_ip2_is_unknown_where_the_use_is_unless_it_is_an_error_already() -> None:
    unreadable: Unreadable = make_unreadable()
    for count, status in ((3, Status.UNKNOWN), (250, Status.FAILED)):
        running = make_running_cluster(make_agent_pool(count=count), machines=())
        assert only(judged(sizing.subnet_holds_the_peak, running, subnet_usage=unreadable)).status is status


@pytest.mark.parametrize(
    "rule_and_limit", [(sizing.pod_cidr_serves_every_node, 20), (sizing.route_table_holds_the_peak, 150)]
)
def test_pod1_and_lim1_add_what_comes_to_what_runs(rule_and_limit: tuple[Rule, int]) -> None:
    each, count = rule_and_limit
    running = make_running_cluster(make_agent_pool(count=250 if count == 20 else 280), machines=())
    assert only(judged(each, running)).status is (Status.FAILED if count == 20 else Status.PASSED)
    wanted = replace(NOT_GIVEN, node_pools=(make_pool("b", count),))
    assert outcome(judged(each, running, MORE, wanted)) == (Status.FAILED, Severity.ERROR)


def test_pod1_warns_of_a_maximum_and_names_the_pool_to_lower() -> None:
    running = make_running_cluster(make_agent_pool(count=200, max_count=300), machines=())
    finding = only(judged(sizing.pod_cidr_serves_every_node, running))
    assert (finding.severity, finding.remediation) == (
        Severity.WARNING,
        "Lower the maximum of node pool 'nodepool1' by 68, from 300 to 232.",
    )


def test_ip7_warns_of_a_maximum_that_no_scale_set_holds() -> None:
    for now, severity in ((900, Severity.WARNING), (1_000, Severity.ERROR)):
        running = make_running_cluster(make_agent_pool(count=now, max_count=1_000), machines=())
        assert only(judged(node_pools.node_pools_fit_a_scale_set, running)).severity is severity


def test_svc3_and_res1_spare_what_a_running_cluster_has() -> None:
    own: dict[str, object] = {
        "service_cidr": IPv4Network("10.100.0.0/16"),
        "dns_service_ip": IPv4Address("10.0.0.10"),
        "pod_cidrs": (IPv4Network("172.30.0.0/16"),),
    }
    running = make_running_cluster(cluster=own)
    assert only(judged(address_ranges.dns_service_ip_is_in_the_service_cidr, running)).severity is Severity.WARNING
    assert only(judged(address_ranges.ranges_avoid_what_aks_reserves, running)).severity is Severity.WARNING
    network = make_virtual_network(prefixes=("172.31.0.0/16",))
    found = judged(address_ranges.ranges_avoid_what_aks_reserves, running, virtual_network=network)
    assert [each.severity for each in found] == [Severity.WARNING, Severity.ERROR]


@pytest.mark.parametrize(
    "each",
    [
        identity.own_route_table_has_user_assigned_identity,
        identity.identity_may_write_route_table,
        egress.own_route_table_has_a_default_route,
    ],
    ids=["ID1", "ID3", "EG10"],
)
def test_the_table_of_aks_is_no_own_table(each: Rule) -> None:
    running = make_running_cluster(route_tables=(OF_AKS,))
    assert only(judged(each, running, route_table=OF_AKS)).status is Status.SKIPPED


def test_id2_judges_a_system_assigned_identity_that_is_there() -> None:
    access = make_access(str(make_subnet().id))
    finding = only(judged(identity.identity_may_join_subnet, make_running_cluster(), subnet_access=access))
    assert finding.status is Status.FAILED


@pytest.mark.parametrize(
    "each",
    [
        route_table.subnet_carries_a_route_table,
        route_table.node_pools_share_a_route_table,
        route_table.further_subnets_carry_the_route_table,
    ],
    ids=["RT1", "RT2", "RT5"],
)
def test_rt10_takes_the_place_of_rt1_rt2_and_rt5_on_its_own_subnets(each: Rule) -> None:
    finding = only(judged(each, make_running_cluster(subnets=(make_subnet(),))))
    assert finding.status is Status.SKIPPED
    assert "RT10" in finding.message


def test_rt5_asks_for_the_clusters_table_on_a_subnet_that_comes() -> None:
    running = make_running_cluster()
    finding = only(judged(route_table.further_subnets_carry_the_route_table, running, MORE))
    assert finding.status is Status.FAILED
    assert finding.commands == (f"az network vnet subnet update --ids {MORE.id} --route-table {make_route_table().id}",)
    carrying = replace(MORE, route_table_id=make_route_table().id)
    assert only(judged(route_table.further_subnets_carry_the_route_table, running, carrying)).status is Status.PASSED


def test_rt2_tells_another_table_on_a_subnet_that_comes() -> None:
    running = make_running_cluster()
    other = replace(MORE, route_table_id=OTHER_TABLE)
    finding = only(judged(route_table.node_pools_share_a_route_table, running, other))
    assert (finding.status, finding.commands) == (Status.FAILED, ())
    assert finding.destructive_commands[0].endswith(str(make_route_table().id))
    same = replace(MORE, route_table_id=make_route_table().id)
    for place in (same, MORE):
        assert only(judged(route_table.node_pools_share_a_route_table, running, place)).status is Status.PASSED


@pytest.mark.parametrize("table", [make_unreadable(), None])
def test_rt2_and_rt5_are_unknown_without_the_clusters_table(table: Unreadable | None) -> None:
    tables = () if table is None else (table,)
    running = make_running_cluster(subnets=(make_subnet(),), route_tables=tables)
    for each, place in (
        (route_table.node_pools_share_a_route_table, replace(MORE, route_table_id=OTHER_TABLE)),
        (route_table.further_subnets_carry_the_route_table, MORE),
    ):
        assert only(judged(each, running, place)).status is Status.UNKNOWN


def test_sn6_holds_a_subnet_that_comes_against_the_clusters_network() -> None:
    elsewhere = replace(MORE, id=make_id("Microsoft.Network/virtualNetworks/subnets", "other", "more"))
    each = subnet.node_pools_share_a_virtual_network
    assert only(judged(each, make_running_cluster(), elsewhere)).status is Status.FAILED
    assert only(judged(each, make_running_cluster(), MORE)).status is Status.PASSED
    assert only(judged(each, make_running_cluster())).status is Status.SKIPPED


def test_rt4_leaves_the_routes_of_nodes_to_rt8_and_rt9() -> None:
    table = make_route_table(*make_node_routes(make_machines()))
    wrong: tuple[Route, ...] = tuple(replace(each, next_hop_ip=IPv4Address("10.9.9.9")) for each in table.routes)
    running = make_running_cluster(route_tables=(replace(table, routes=wrong),))
    finding = only(
        judged(
            route_table.no_route_lies_in_the_pod_cidr,
            running,
            route_table=running.route_tables[0],
            managed_clusters=(running.cluster,),
        )
    )
    assert finding.status is Status.PASSED


def test_the_cluster_and_not_the_user_gave_the_ranges_of_a_cluster_that_runs() -> None:
    running = make_running_cluster()
    network = make_virtual_network(prefixes=("10.244.0.0/16",))
    finding = only(judged(overlaps.pod_cidr_is_outside_the_virtual_network, running, virtual_network=network))
    assert "Pod CIDR 10.244.0.0/16 (the cluster's) overlaps" in finding.message
    assert finding.remediation == overlaps.pod_cidr_is_outside_the_virtual_network.when_running
    assert finding.commands == ()


def test_eg5_spares_the_network_that_aks_made() -> None:
    of_aks = make_id("Microsoft.Network/virtualNetworks/subnets", "v", "s", group="MC_rg_k1_westeurope")
    managed: dict[str, object] = {"outbound_type": "managedNATGateway"}
    for place, status in ((make_subnet(), Status.FAILED), (make_subnet(id=of_aks), Status.SKIPPED)):
        running = make_running_cluster(cluster=managed, subnets=(place,))
        assert only(judged(egress.managed_nat_gateway_has_no_own_subnet, running)).status is status


@pytest.mark.parametrize("runs", [True, False])
def test_eg6_advises_no_other_cluster_where_one_runs(runs: bool) -> None:
    cluster = make_cluster(outbound_type="userAssignedNATGateway", runs=runs)
    gateway = make_subnet(nat_gateway_id=make_id("Microsoft.Network/natGateways", "nat"))
    finding = only(judge(egress.user_assigned_nat_gateway_is_on_the_subnet, cluster=cluster, subnet=gateway))
    assert ("az aks update" in finding.remediation) is runs


def test_advice_fits_what_can_still_be_changed() -> None:
    @rule(
        code="X1",
        title="x",
        severity=Severity.ERROR,
        stage=Stage.PLAN,
        remediation="Choose another.",
        sources=("s",),
        when_running="Live with it.",
    )
    def broken(cluster: ClusterRequest):  # type: ignore[no-untyped-def]
        """It breaks."""
        yield Violation(message=f"{cluster.runs}.")

    for runs, advice in ((False, "Choose another."), (True, "Live with it.")):
        report = evaluate(
            [broken],
            cluster=make_cluster(runs=runs),
            snapshot=Snapshot(),
            today=TODAY,
            stage=Stage.RUNNING,
        )
        assert report.findings[0].remediation == advice


COMING = (make_pool("b", 20, subnet=str(MORE.id)), make_pool("c", 9, 30), make_pool("d", 4))
SUMMED = (sizing.pod_cidr_serves_every_node, sizing.route_table_holds_the_peak, sizing.subnet_holds_the_peak)


def told(pools: tuple[NodePool, ...]) -> list[tuple[str, dict[str, object]]]:
    """What the rules of sums say of pools that come beside one that runs, in whatever order they are given."""
    running = make_running_cluster(make_agent_pool(count=10), machines=())
    findings = [
        each
        for summed in SUMMED
        for each in judged(summed, running, wanted=replace(NOT_GIVEN, node_pools=pools), further_subnets=(MORE,))
    ]
    return [(each.message, dict(each.evidence)) for each in findings]


@pytest.mark.parametrize("pools", list(permutations(COMING)))
def test_sums_do_not_depend_on_the_order_of_the_pools_that_come(pools: tuple[NodePool, ...]) -> None:
    assert told(pools) == told(COMING)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 20))
def test_splitting_a_pool_over_two_subnets_never_lowers_what_is_needed(counts: list[int], moved: int) -> None:
    running = make_running_cluster(make_agent_pool(count=10), machines=())

    def peak(*pools: NodePool) -> object:
        wanted = replace(NOT_GIVEN, node_pools=pools)
        return only(judged(sizing.pod_cidr_serves_every_node, running, wanted=wanted)).evidence["peakNodes"]

    rest = tuple(make_pool(f"p{number}", count) for number, count in enumerate(counts))
    whole = make_pool("whole", moved + 5)
    halves = (make_pool("here", 5), make_pool("there", moved, subnet=str(MORE.id)))
    together, apart = peak(*rest, whole), peak(*rest, *halves)
    assert isinstance(together, int)
    assert isinstance(apart, int)
    assert together <= apart
