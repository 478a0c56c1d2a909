"""UN1 to UN7 and RET1: what kubenet does not support, and its end."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network
from typing import Any

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.route_tables import Route
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest, OsType
from azext_kubenet.core.rules import unsupported as family
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Finding, Report, Rule, Severity, Stage, Status, Verdict

from ..make import (
    judge,
    make_cluster,
    make_id,
    make_pool,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

TABLE_ID = make_id("Microsoft.Network/routeTables", "routes")


def judge_cluster(rule: Rule, **fields: object) -> tuple[Finding, ...]:
    return judge(rule, cluster=make_cluster(**fields))


# UN1


def test_un1_passes_with_linux() -> None:
    (finding,) = judge(family.node_pools_run_linux)
    assert finding.status is Status.PASSED


def test_un1_fails_for_each_windows_pool() -> None:
    pools = (make_pool(), make_pool("win1", os_type=OsType.WINDOWS), make_pool("win2", os_type=OsType.WINDOWS))
    findings = judge(family.node_pools_run_linux, cluster=make_cluster(*pools))
    assert [finding.evidence["nodePool"] for finding in findings if finding.is_error] == ["win1", "win2"]


# UN2


@pytest.mark.parametrize("addon", ["virtual-node", "aciConnectorLinux"])
def test_un2_fails_with_virtual_nodes(addon: str) -> None:
    (finding,) = judge_cluster(family.virtual_nodes_are_not_asked_for, addons=("monitoring", addon))
    assert finding.is_error
    assert finding.evidence == {"addon": addon}


def test_un2_passes_with_other_addons() -> None:
    (finding,) = judge_cluster(family.virtual_nodes_are_not_asked_for, addons=("monitoring",))
    assert finding.status is Status.PASSED


# UN3


def test_un3_fails_with_azure_network_policy() -> None:
    (finding,) = judge_cluster(family.network_policy_is_not_azure, network_policy="azure")
    assert finding.is_error


def test_un3_passes_with_calico_and_says_what_it_means_later() -> None:
    (finding,) = judge_cluster(family.network_policy_is_not_azure, network_policy="calico")
    assert finding.status is Status.PASSED
    assert "move to Azure CNI Overlay" in finding.message


@pytest.mark.parametrize("policy", [None, "none", "cilium"])
def test_un3_passes_with_others(policy: str | None) -> None:
    (finding,) = judge_cluster(family.network_policy_is_not_azure, network_policy=policy)
    assert finding.status is Status.PASSED


# UN4


def test_un4_fails_for_each_use_of_cilium() -> None:
    findings = judge_cluster(family.cilium_is_not_asked_for, network_policy="cilium", network_dataplane="Cilium")
    assert [finding.evidence["option"] for finding in findings if finding.is_error] == [
        "network data plane",
        "network policy",
    ]


@pytest.mark.parametrize("value", [None, "azure"])
def test_un4_passes_without(value: str | None) -> None:
    (finding,) = judge_cluster(family.cilium_is_not_asked_for, network_policy=value, network_dataplane=value)
    assert finding.status is Status.PASSED


# UN5


def test_un5_fails_with_application_gateway_for_containers() -> None:
    (finding,) = judge_cluster(family.gateway_for_containers_is_not_asked_for, addons=("application-load-balancer",))
    assert finding.is_error


def test_un5_passes_without() -> None:
    (finding,) = judge_cluster(family.gateway_for_containers_is_not_asked_for, addons=("ingress-appgw",))
    assert finding.status is Status.PASSED


# UN6

NODES = make_subnet(route_table_id=TABLE_ID)
GATEWAY_ID = make_id("Microsoft.Network/applicationGateways", "gateway")
PUBLIC = {"application_gateway_configurations": (f"{GATEWAY_ID}/gatewayIPConfigurations/g",)}
PRIVATE = {"ip_configurations": (f"{GATEWAY_ID}/frontendIPConfigurations/private",)}
GATEWAY = make_subnet("gateway", "192.168.9.0/24", **PUBLIC)
FREE = make_subnet("free", "192.168.10.0/24")


def judge_un6(**facts: Any) -> tuple[Finding, ...]:
    facts = {
        "subnet": NODES,
        "route_table": make_route_table(subnets=(NODES.id,)),
        "virtual_network": make_virtual_network(NODES, GATEWAY),
        **facts,
    }
    return judge(family.application_gateway_reaches_the_pods, **facts)


def test_un6_passes_when_the_gateway_carries_the_table() -> None:
    (by_table,) = judge_un6(route_table=make_route_table(subnets=(NODES.id, GATEWAY.id)))
    carrying = make_virtual_network(NODES, make_subnet("gateway", "192.168.9.0/24", route_table_id=TABLE_ID, **PUBLIC))
    (by_network,) = judge_un6(virtual_network=carrying)
    assert [by_table.status, by_network.status] == [Status.PASSED, Status.PASSED]


@pytest.mark.parametrize("shows", [PUBLIC, PRIVATE])
def test_un6_warns_when_it_does_not(shows: dict[str, tuple[str, ...]]) -> None:
    """AGIC#931: with a public frontend alone the gateway shows only by its own configuration."""
    (finding,) = judge_un6(
        virtual_network=make_virtual_network(NODES, make_subnet("gateway", "192.168.9.0/24", **shows))
    )
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.commands == (f"az network vnet subnet update --ids {GATEWAY.id} --route-table {TABLE_ID}",)


def test_un6_puts_no_table_in_the_place_of_another_by_a_harmless_command() -> None:
    """AGIC#931: gateways have tables of their own, with routes that would be lost."""
    other = make_id("Microsoft.Network/routeTables", "of-gateway")
    carrying = make_subnet("gateway", "192.168.9.0/24", route_table_id=other, **PUBLIC)
    (finding,) = judge_un6(virtual_network=make_virtual_network(NODES, carrying))
    assert (finding.status, finding.severity, finding.commands) == (Status.FAILED, Severity.WARNING, ())
    assert finding.destructive_commands == (
        f"az network vnet subnet update --ids {GATEWAY.id} --route-table {TABLE_ID}",
    )
    assert "carries the route table 'of-gateway', not the route table" in finding.message


def test_un6_warns_when_aks_makes_the_table() -> None:
    (finding,) = judge_un6(subnet=make_subnet(), route_table=None)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.commands == ()


EVERYTHING_BEYOND = {
    "appliance": (make_route(),),
    "gateway": (make_route(next_hop_type="VirtualNetworkGateway", next_hop_ip=None),),
    "halves": (make_route("low", "0.0.0.0/1"), make_route("high", "128.0.0.0/1")),
    "nowhere": (make_route(next_hop_type="None", next_hop_ip=None),),
}


@pytest.mark.parametrize("routes", EVERYTHING_BEYOND.values(), ids=EVERYTHING_BEYOND)
def test_un6_fails_when_the_table_sends_everything_to_an_appliance_or_gateway_or_nowhere(
    routes: tuple[Route, ...],
) -> None:
    """Azure/AKS#2334: the table is no advice then."""
    (finding,) = judge_un6(route_table=make_route_table(*routes, subnets=(NODES.id,)))
    assert (finding.is_error, finding.commands, finding.resource_id) == (True, (), str(GATEWAY.id))
    assert "--route-table" not in finding.remediation


def test_un6_is_not_an_error_when_the_default_route_goes_elsewhere() -> None:
    (finding,) = judge_un6(route_table=make_route_table(make_route(next_hop_type="Internet"), subnets=(GATEWAY.id,)))
    assert finding.status is Status.PASSED


def test_un6_warns_of_what_is_known_and_is_unknown_when_the_table_is_unreadable() -> None:
    first, second = judge_un6(route_table=make_unreadable())
    assert (first.status, first.severity) == (Status.FAILED, Severity.WARNING)
    assert (second.status, second.severity) == (Status.UNKNOWN, Severity.ERROR)


def test_un6_is_not_applicable_without_a_gateway() -> None:
    (finding,) = judge_un6(virtual_network=make_virtual_network(NODES, FREE))
    assert finding.status is Status.SKIPPED


def test_un6_is_unknown_where_the_network_is() -> None:
    (finding,) = judge_un6(virtual_network=make_unreadable())
    assert finding.status is Status.UNKNOWN


def with_addon(**wanted: Any) -> ClusterRequest:
    return make_cluster(addons=("ingress-appgw",), **wanted)


ADDONS = {
    "into a subnet": ({"application_gateway_subnet_id": FREE.id}, FREE.id),
    "into a new subnet": ({"application_gateway_subnet_prefix": IPv4Network("192.168.11.0/24")}, None),
}


@pytest.mark.parametrize(("wanted", "subnet_id"), ADDONS.values(), ids=ADDONS)
def test_un6_counts_the_gateway_of_the_addon(wanted: dict[str, Any], subnet_id: ResourceId | None) -> None:
    network = make_virtual_network(NODES, FREE)
    (finding,) = judge_un6(cluster=with_addon(**wanted), virtual_network=network)
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.resource_id == (None if subnet_id is None else str(subnet_id))
    beyond = make_route_table(make_route(), subnets=(NODES.id,))
    (finding,) = judge_un6(cluster=with_addon(**wanted), virtual_network=network, route_table=beyond)
    assert finding.is_error


def test_un6_names_a_gateway_once() -> None:
    (finding,) = judge_un6(cluster=with_addon(application_gateway_subnet_id=GATEWAY.id))
    assert finding.resource_id == str(GATEWAY.id)


@pytest.mark.parametrize("cluster", [with_addon(), make_cluster(application_gateway_subnet_id=FREE.id)])
def test_un6_needs_the_addon_and_its_place(cluster: ClusterRequest) -> None:
    (finding,) = judge_un6(cluster=cluster, virtual_network=make_virtual_network(NODES, FREE))
    assert finding.status is Status.SKIPPED


# UN7


@pytest.mark.parametrize(("mode", "failed"), [("Auto", True), ("auto", True), ("Manual", False), (None, False)])
def test_un7_node_auto_provisioning(mode: str | None, failed: bool) -> None:
    (finding,) = judge(
        family.node_auto_provisioning_is_not_asked_for, cluster=make_cluster(node_provisioning_mode=mode)
    )
    assert finding.is_error is failed


# RET1


def report_on(today: date) -> Report:
    rules = [family.node_pools_run_linux, family.kubenet_is_supported]
    return evaluate(rules, cluster=make_cluster(), snapshot=Snapshot(), today=today, stage=Stage.PLAN)


@pytest.mark.parametrize(
    ("today", "left", "message"),
    [
        (date(2026, 11, 22), 495, "Kubenet is unsupported from 2028-03-31, 495 days left."),
        (date(2028, 3, 30), 1, "Kubenet is unsupported from 2028-03-31, 1 day left."),
        (date(2028, 3, 31), 0, "Kubenet has been unsupported since 2028-03-31."),
        (date(2030, 1, 1), 0, "Kubenet has been unsupported since 2028-03-31."),
    ],
)
def test_ret1_counts_the_days(today: date, left: int, message: str) -> None:
    finding = report_on(today).findings[-1]
    assert (finding.status, finding.severity, finding.message) == (Status.FAILED, Severity.INFO, message)
    assert finding.evidence == {"retirementDate": "2028-03-31", "daysLeft": left}


def test_ret1_is_outside_counts_and_verdict() -> None:
    report = report_on(date(2030, 1, 1))
    assert report.verdict is Verdict.READY
    assert (report.count(Status.PASSED), report.count(Status.FAILED)) == (1, 0)
