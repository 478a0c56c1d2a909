"""Rules of whether a cluster that runs can move to overlay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.restrictions import Lock
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.rules.migration import (
    cluster_can_be_updated,
    cluster_is_not_dual_stack,
    gateway_subnet_is_small_enough,
    identity_is_user_assigned,
    kubernetes_is_new_enough,
    names_suit_overlay,
    no_gateway_addon_is_on,
    no_policy_engine_is_installed,
    node_pools_suit_overlay,
    only_own_subnets_are_on_the_table,
    policy_engine_can_be_uninstalled,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    judge,
    make_agent_pool,
    make_cluster,
    make_id,
    make_running_cluster,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "own")
GATEWAY = make_id("Microsoft.Network/applicationGateways", "gw")
CONFIGURATION = f"{GATEWAY}/gatewayIPConfigurations/first"
ADDON: dict[str, object] = {"addons": ("ingressApplicationGateway",), "application_gateway_id": GATEWAY}


def of(**cluster: object) -> RunningCluster:
    return make_running_cluster(cluster=cluster)


def gateway_subnet(prefix: str = "192.168.8.0/24", **rest: object) -> Subnet:
    return make_subnet("gateway", prefix, application_gateway_configurations=(CONFIGURATION,), **rest)


def on_table(*further: Subnet) -> RunningCluster:
    """A cluster whose route table is on these subnets too."""
    running = make_running_cluster()
    table = running.route_tables[0]
    assert isinstance(table, RouteTable)
    own = make_subnet()
    ids = tuple(each.id for each in (own, *further) if each.id is not None)
    return replace(running, route_tables=(replace(table, subnets=ids),))


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1
    return findings[0]


@pytest.mark.parametrize("version", ["1.27", "1.27.3", "1.31.2", "2.0.0"])
def test_mg1_new_enough(version: str) -> None:
    pool = make_agent_pool(kubernetes_version=version)
    running = make_running_cluster(pool, cluster={"kubernetes_version": version})
    assert only(judge(kubernetes_is_new_enough, running_cluster=running)).status is Status.PASSED


def test_mg1_control_plane_and_pools_each() -> None:
    pools = (make_agent_pool("old", kubernetes_version="1.26.6"), make_agent_pool("new", kubernetes_version="1.27.1"))
    running = make_running_cluster(*pools, cluster={"kubernetes_version": "1.26.9"})
    found = judge(kubernetes_is_new_enough, running_cluster=running)
    assert [each.evidence["name"] for each in found] == ["k1", "old"]
    assert found[1].message == "Node pool 'old' has Kubernetes 1.26.6; the move needs 1.27 or newer."
    assert all(each.is_error for each in found)


@pytest.mark.parametrize("version", ["", "v1.27", "1", "1.x"])
def test_mg1_unknown(version: str) -> None:
    running = make_running_cluster(make_agent_pool(kubernetes_version="1.30"), cluster={"kubernetes_version": version})
    found = only(judge(kubernetes_is_new_enough, running_cluster=running))
    assert found.status is Status.UNKNOWN
    assert "the Kubernetes version of cluster 'k1' is not known" in found.message


def test_mg2_user_assigned() -> None:
    running = of(identity_kind=IdentityKind.USER_ASSIGNED)
    assert only(judge(identity_is_user_assigned, running_cluster=running)).status is Status.PASSED


@pytest.mark.parametrize("kind", [IdentityKind.SYSTEM_ASSIGNED, IdentityKind.SERVICE_PRINCIPAL])
def test_mg2_other_identities_on_an_own_subnet(kind: IdentityKind) -> None:
    found = only(judge(identity_is_user_assigned, running_cluster=of(identity_kind=kind)))
    assert found.is_error
    assert kind.value in found.message


def test_mg2_planned_identity_warns() -> None:
    wanted = make_cluster(identity_id=IDENTITY)
    found = only(judge(identity_is_user_assigned, cluster=wanted, running_cluster=of()))
    assert (found.status, found.severity) == (Status.FAILED, Severity.WARNING)
    assert "'own' takes its place" in found.message


def test_mg2_network_of_aks() -> None:
    running = make_running_cluster(make_agent_pool(subnet_id=None))
    assert only(judge(identity_is_user_assigned, running_cluster=running)).status is Status.SKIPPED


@pytest.mark.parametrize("policy", ["", "none", "None"])
def test_mg3_without_an_engine(policy: str) -> None:
    found = only(judge(no_policy_engine_is_installed, running_cluster=of(network_policy=policy)))
    assert found.status is Status.PASSED


@pytest.mark.parametrize(
    ("then", "severity", "text"),
    [
        (None, Severity.ERROR, "is enforced."),
        ("none", Severity.WARNING, "is enforced."),
        ("cilium", Severity.WARNING, "is enforced until cilium is installed."),
    ],
)
def test_mg3_with_an_engine(then: str | None, severity: Severity, text: str) -> None:
    wanted = make_cluster(policy_after_migration=then)
    found = only(judge(no_policy_engine_is_installed, cluster=wanted, running_cluster=of(network_policy="calico")))
    assert (found.status, found.severity) == (Status.FAILED, severity)
    assert text in found.message


def test_mg5_passing() -> None:
    running = make_running_cluster(make_agent_pool(vm_size="Standard_DC4s_v3"))
    assert only(judge(node_pools_suit_overlay, running_cluster=running)).status is Status.PASSED


def test_mg5_availability_set_and_confidential_size() -> None:
    running = make_running_cluster(
        make_agent_pool("one", kind="AvailabilitySet"), make_agent_pool("two", vm_size="Standard_DC8s_v2")
    )
    found = judge(node_pools_suit_overlay, running_cluster=running)
    assert [sorted(each.evidence) for each in found] == [["nodePool", "type"], ["nodePool", "vmSize"]]
    assert "--migrate-vmas-to-vms" in found[0].remediation
    assert all(each.is_error for each in found)


def test_mg6_long_names_once() -> None:
    network = "n" * 64
    names = [make_id("Microsoft.Network/virtualNetworks/subnets", network, name) for name in ("a", "b" * 64)]
    subnets = tuple(make_subnet(each.name, id=each) for each in names)
    found = judge(names_suit_overlay, running_cluster=replace(make_running_cluster(), subnets=subnets))
    assert [each.evidence["name"] for each in found] == [network, "b" * 64]
    assert all(each.is_error for each in found)


def test_mg6_short_and_unreadable() -> None:
    assert only(judge(names_suit_overlay, running_cluster=make_running_cluster())).status is Status.PASSED
    hidden = replace(make_running_cluster(), subnets=(make_unreadable(),))
    assert only(judge(names_suit_overlay, running_cluster=hidden)).status is Status.UNKNOWN


def test_mg7_alone_on_the_table() -> None:
    assert only(judge(only_own_subnets_are_on_the_table, running_cluster=on_table())).status is Status.PASSED


def test_mg7_names_the_gateway_behind_the_subnet() -> None:
    gateway, other = gateway_subnet(), make_subnet("other")
    network = make_virtual_network(make_subnet(), gateway)
    found = judge(only_own_subnets_are_on_the_table, running_cluster=on_table(gateway, other), virtual_network=network)
    assert [each.severity for each in found] == [Severity.WARNING, Severity.WARNING]
    assert "'gateway' (application gateway gw) is on" in found[0].message
    assert "'other' is on" in found[1].message
    assert found[0].evidence["gateways"] == (str(GATEWAY),)


def test_mg7_unreadable_table() -> None:
    running = replace(make_running_cluster(), route_tables=(make_unreadable(),))
    found = only(judge(only_own_subnets_are_on_the_table, running_cluster=running))
    assert (found.status, found.severity) == (Status.UNKNOWN, Severity.WARNING)


@pytest.mark.parametrize(("families", "status"), [(("IPv4",), Status.PASSED), (("IPv4", "IPv6"), Status.FAILED)])
def test_mg11_address_families(families: tuple[str, ...], status: Status) -> None:
    assert only(judge(cluster_is_not_dual_stack, running_cluster=of(ip_families=families))).status is status


@pytest.mark.parametrize(
    ("policy", "version", "status"),
    [
        ("none", "1.27.1", Status.SKIPPED),
        ("calico", "1.30.0", Status.PASSED),
        ("calico", "1.29.9", Status.FAILED),
        ("calico", "", Status.UNKNOWN),
    ],
)
def test_mg16_engines_and_versions(policy: str, version: str, status: Status) -> None:
    running = of(network_policy=policy, kubernetes_version=version)
    assert only(judge(policy_engine_can_be_uninstalled, running_cluster=running)).status is status


def judged_gateway(running: RunningCluster, network: VirtualNetwork) -> Finding:
    return only(judge(gateway_subnet_is_small_enough, running_cluster=running, virtual_network=network))


@pytest.mark.parametrize(
    "named", [{"application_gateway_id": GATEWAY}, {"application_gateway_subnet_id": gateway_subnet().id}]
)
@pytest.mark.parametrize(("prefix", "status"), [("192.168.8.0/24", Status.PASSED), ("192.168.8.0/23", Status.FAILED)])
def test_mg17_subnet_of_the_addon(named: dict[str, object], prefix: str, status: Status) -> None:
    running = of(addons=("ingressApplicationGateway",), **named)
    network = make_virtual_network(make_subnet(), gateway_subnet(prefix))
    found = judged_gateway(running, network)
    assert (found.status, found.severity) == (status, Severity.ERROR)


def test_mg17_gateway_on_the_table() -> None:
    gateway = gateway_subnet("192.168.8.0/22")
    found = judged_gateway(on_table(gateway), make_virtual_network(make_subnet(), gateway))
    assert found.is_error
    assert "192.168.8.0/22" in found.message


def test_mg17_gateway_for_containers_may_be_another_clusters() -> None:
    delegated = make_subnet("alb", "192.168.8.0/22", delegations=("Microsoft.ServiceNetworking/trafficControllers",))
    network = make_virtual_network(make_subnet(), delegated)
    found = judged_gateway(make_running_cluster(), network)
    assert (found.status, found.severity) == (Status.FAILED, Severity.WARNING)
    assert found.message.endswith(", if it serves this cluster.")
    assert judged_gateway(on_table(delegated), network).is_error


def test_mg17_a_gateway_elsewhere_in_the_network_is_not_the_clusters() -> None:
    network = make_virtual_network(make_subnet(), gateway_subnet("192.168.8.0/22"))
    assert judged_gateway(make_running_cluster(), network).status is Status.PASSED


def test_mg17_unknown() -> None:
    addon = of(**ADDON)
    elsewhere = judged_gateway(addon, make_virtual_network(make_subnet()))
    hidden = only(judge(gateway_subnet_is_small_enough, running_cluster=addon, virtual_network=make_unreadable()))
    assert (elsewhere.status, hidden.status) == (Status.UNKNOWN, Status.UNKNOWN)
    assert "is not in the cluster's virtual network" in elsewhere.message


def test_mg20_in_order() -> None:
    assert only(judge(cluster_can_be_updated, running_cluster=make_running_cluster())).status is Status.PASSED


def test_mg20_failed_stopped_and_locked() -> None:
    running = of(provisioning_state="Failed", power_state="Stopped")
    group = running.cluster.node_group_id
    locks = (
        Lock(name="nodes", level="CanNotDelete", scope=group),
        Lock(name="other", level="ReadOnly", scope=f"/subscriptions/{'1' * 8}/resourceGroups/rg"),
    )
    found = judge(cluster_can_be_updated, running_cluster=running, locks=locks)
    assert [each.is_error for each in found] == [True, True, True]
    assert ["state 'Failed'" in found[0].message, "is stopped" in found[1].message] == [True, True]
    assert found[2].evidence["lock"] == "nodes"


@pytest.mark.parametrize("state", ["Updating", "Upgrading", "Starting"])
def test_mg20_under_way_is_a_note(state: str) -> None:
    running = make_running_cluster(make_agent_pool(provisioning_state=state))
    found = only(judge(cluster_can_be_updated, running_cluster=running))
    assert (found.status, found.severity) == (Status.FAILED, Severity.INFO)
    assert "wait until that has ended" in found.message


def test_mg20_unreadable_locks() -> None:
    found = only(judge(cluster_can_be_updated, running_cluster=make_running_cluster(), locks=make_unreadable()))
    assert found.status is Status.UNKNOWN


def test_mg27_addon() -> None:
    found = only(judge(no_gateway_addon_is_on, running_cluster=of(**ADDON)))
    assert (found.status, found.severity, found.resource_id) == (Status.FAILED, Severity.WARNING, str(GATEWAY))
    assert only(judge(no_gateway_addon_is_on, running_cluster=make_running_cluster())).status is Status.PASSED
