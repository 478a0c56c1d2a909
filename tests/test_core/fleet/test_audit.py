"""Every cluster judged, in order, and how much of all was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import ManagedCluster
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.fleet.audit import Audit, Effort, audit_fleet
from azext_kubenet.core.fleet.fleet import Fleet, FleetScope, Subscription
from azext_kubenet.core.fleet.pictures import pictures
from azext_kubenet.core.rules.rule import Severity, Status

from ..make import (
    SUBSCRIPTION,
    TODAY,
    make_agent_pool,
    make_id,
    make_managed_cluster,
    make_networks,
    make_route,
    make_subnet,
)

SUBNETS = "Microsoft.Network/virtualNetworks/subnets"
USER = "aks-nodepool1-1-vmss"


def network_of(name: str, number: int, *further: Subnet) -> tuple[VirtualNetwork, RouteTable, Subnet]:
    """A network `vnet-NAME` 10.N.0.0/16 with the subnet `nodes` on the table `routes-NAME`."""
    table_id = make_id("Microsoft.Network/routeTables", f"routes-{name}")
    subnet_id = make_id(SUBNETS, f"vnet-{name}", "nodes")
    subnet = make_subnet(prefix=f"10.{number}.0.0/24", id=subnet_id, route_table_id=table_id)
    network = VirtualNetwork(
        name=f"vnet-{name}",
        id=subnet_id.parent,
        location="westeurope",
        address_prefixes=make_networks(f"10.{number}.0.0/16"),
        subnets=(subnet, *further),
    )
    return network, RouteTable(id=table_id, location="westeurope", subnets=(subnet_id,)), subnet


def cluster_in(subnet: Subnet | None, name: str, number: int = 1, count: int = 2, **rest: object) -> ManagedCluster:
    """A cluster that is ready to move, but for what `rest` says."""
    pool = rest.pop("pool", {})
    subnet_id = None if subnet is None else subnet.id
    agent_pool = make_agent_pool(
        count=count,
        subnet_id=subnet_id,
        kubernetes_version="1.31.2",
        **pool,  # type: ignore[arg-type] # as make
    )
    subnets = () if subnet is None else (subnet,)
    return make_managed_cluster(
        name,
        *subnets,
        **{
            "agent_pools": (agent_pool,),
            "kubernetes_version": "1.31.2",
            "identity_kind": IdentityKind.USER_ASSIGNED,
            "pod_cidrs": make_networks(f"10.{100 + number}.0.0/16"),
            "service_cidr": make_networks("172.20.0.0/16")[0],
            **rest,
        },
    )


def fleet_of(*members: tuple[VirtualNetwork | None, RouteTable | None, ManagedCluster], **rest: object) -> Fleet:
    networks = {each.id: each for each, _, _ in members if each is not None and each.id is not None}
    tables = {each.id: each for _, each, _ in members if each is not None}
    return Fleet(
        **{
            "clusters": tuple(cluster for _, _, cluster in members),
            "networks": networks,
            "tables": tables,
            "subscriptions": (Subscription(id=SUBSCRIPTION, name="Ours"),),
            "as_of": "2026-11-26T00:00:00Z",
            **rest,  # type: ignore[arg-type] # as make
        }
    )


def member(name: str, number: int, **rest: object) -> tuple[VirtualNetwork, RouteTable, ManagedCluster]:
    network, table, subnet = network_of(name, number)
    return network, table, cluster_in(subnet, name, number, **rest)  # type: ignore[arg-type] # as make


def judged(fleet: Fleet, **rest: object) -> Audit:
    return audit_fleet(fleet, today=TODAY, **rest)  # type: ignore[arg-type] # as make


def efforts(audit: Audit) -> list[tuple[str, str]]:
    return [(row.cluster.id.name, row.effort.value) for row in audit.rows]


def managed(name: str, number: int = 1, **rest: object) -> tuple[None, None, ManagedCluster]:
    return None, None, cluster_in(None, name, number, **rest)  # type: ignore[arg-type] # as make


def test_a_cluster_in_order_is_ready() -> None:
    row = judged(fleet_of(member("a", 1))).rows[0]
    assert (row.effort, row.steps, row.nodes, row.maximum_nodes) == (Effort.READY, (), 2, 2)
    assert (row.subscription_name, row.own_network, row.gateway) == ("Ours", True, None)
    # with no node to be seen in the subnet nothing can be said of their routes
    assert {(each.rule.code, each.status) for each in row.findings} <= {
        ("RT8", Status.UNKNOWN),
        ("RT9", Status.UNKNOWN),
    }
    assert row.command == (
        f"az aks kubenet migrate --subscription {SUBSCRIPTION} --resource-group rg --name a --dry-run"
    )


@pytest.mark.parametrize(
    ("changes", "effort", "steps"),
    [
        ({"identity_kind": IdentityKind.SYSTEM_ASSIGNED}, Effort.STEPS, ("MG2",)),
        ({"network_policy": "calico", "identity_kind": IdentityKind.SYSTEM_ASSIGNED}, Effort.STEPS, ("MG2", "MG3")),
        ({"network_policy": "calico", "kubernetes_version": "1.29.1"}, Effort.BLOCKED, ("MG3",)),
        ({"kubernetes_version": "1.26.0"}, Effort.BLOCKED, ()),
        ({"provisioning_state": "Failed"}, Effort.BLOCKED, ()),
        ({"provisioning_state": "Updating"}, Effort.READY, ()),
        ({"pool": {"kind": "AvailabilitySet"}}, Effort.BLOCKED, ()),
        ({"pool": {"vm_size": "Standard_DC2s_v2"}, "provisioning_state": "Failed"}, Effort.REBUILD, ()),
        ({"ip_families": ("IPv4", "IPv6")}, Effort.READY, ()),
        ({"service_cidr": make_networks("10.1.0.0/20")[0]}, Effort.BLOCKED, ()),
        ({"count": 300}, Effort.BLOCKED, ()),
    ],
)
def test_the_effort_is_that_of_the_worst_finding(
    changes: dict[str, object], effort: Effort, steps: tuple[str, ...]
) -> None:
    row = judged(fleet_of(member("a", 1, **changes))).rows[0]
    assert (row.effort, row.steps) == (effort, steps)


def test_foreign_subnets_are_a_step() -> None:
    network, table, subnet = network_of("a", 1, make_subnet("other", "10.1.9.0/24"))
    other = make_id(SUBNETS, "vnet-a", "other")
    shared = replace(table, subnets=(*table.subnets, other))
    row = judged(fleet_of((network, shared, cluster_in(subnet, "a")))).rows[0]
    assert (row.effort, row.steps) == (Effort.STEPS, ("MG7",))


def test_names_that_are_too_long_need_a_rebuild() -> None:
    assert efforts(judged(fleet_of(member("n" * 64, 1)))) == [("n" * 64, "rebuild")]


def test_order_is_the_same_whatever_order_the_rows_came_in() -> None:
    members = [
        member("ready-small", 1),
        member("ready-large", 2, count=9),
        member("also-small", 3),
        member("steps", 4, identity_kind=IdentityKind.SYSTEM_ASSIGNED),
        member("blocked", 5, kubernetes_version="1.26.0"),
        member("rebuild", 6, pool={"vm_size": "Standard_DC2s_v2"}),
        managed("overlay", 7, network_plugin="azure", network_plugin_mode="overlay"),
    ]
    audits = []
    for _ in members:
        members.append(members.pop(0))
        audits.append(judged(fleet_of(*members)))
    assert [name for name, _ in efforts(audits[0])] == [
        *("rebuild", "blocked", "steps", "ready-large", "also-small", "ready-small"),
    ]
    assert all(audit.rows == audits[0].rows for audit in audits)
    assert all(audit.coverage == audits[0].coverage for audit in audits)
    assert [audits[0].count(effort) for effort in Effort] == [1, 1, 1, 3, 0]
    assert audits[0].coverage.clusters_visible == 7


def test_clusters_on_one_table_are_neighbours_in_any_network() -> None:
    network, table, subnet = network_of("a", 1)
    other_network, _, other_subnet = network_of("b", 2)
    on_it = replace(other_subnet, route_table_id=table.id)
    assert on_it.id is not None
    shared = replace(table, subnets=(*table.subnets, on_it.id))
    fleet = fleet_of(
        (network, shared, cluster_in(subnet, "a")),
        (replace(other_network, subnets=(on_it,)), shared, cluster_in(on_it, "b", 1, network_plugin="azure")),
        member("far", 3),
    )
    row = next(row for row in judged(fleet).rows if row.cluster.id.name == "a")
    assert "RT3" in {each.rule.code for each in row.findings if each.is_error}
    known = {
        picture.running.cluster.id.name: picture.snapshot.managed_clusters
        for picture in pictures(fleet, with_migrated=False)
    }
    assert [each.id.name for each in known["a"] if isinstance(known["a"], tuple)] == ["a", "b"]  # type: ignore[union-attr] # as said
    assert [each.id.name for each in known["far"] if isinstance(known["far"], tuple)] == ["far"]  # type: ignore[union-attr] # as said


def test_a_network_of_aks_is_not_judged_by_what_is_on_it() -> None:
    row = judged(fleet_of(managed("a", identity_kind=IdentityKind.SYSTEM_ASSIGNED))).rows[0]
    assert (row.effort, row.findings, row.own_network) == (Effort.READY, (), False)


@pytest.mark.parametrize("missing", ["network", "subnet", "table"])
def test_what_did_not_come_is_unknown_and_told(missing: str) -> None:
    network, table, cluster = member("a", 1)
    whole = fleet_of((network, table, cluster))
    fleet = {
        "network": replace(whole, networks={}, tables={}),
        "subnet": replace(whole, networks={each: replace(network, subnets=()) for each in whole.networks}, tables={}),
        "table": replace(whole, tables={}),
    }[missing]
    audit = judged(fleet)
    row = audit.rows[0]
    unknown = [each for each in row.findings if each.status is Status.UNKNOWN]
    assert unknown
    assert any("was not in Azure's answer" in each.message for each in unknown)
    assert audit.coverage.is_complete == (missing == "subnet")
    assert all("Azure's answer lacks " in each for each in audit.coverage.reasons)


def test_coverage_names_what_cannot_be_seen() -> None:
    others = tuple(Subscription(id=f"s{number}", name=f"N{number}") for number in range(4))
    fleet = fleet_of(
        member("a", 1), subscriptions=(Subscription(id=SUBSCRIPTION, name="Ours"), *others), unread=others,
        faults=("A page failed.",),
    )  # fmt: skip
    coverage = judged(fleet).coverage
    assert (coverage.subscriptions_visible, coverage.subscriptions_read, coverage.as_of) == (5, 1, fleet.as_of)
    assert coverage.reasons == (
        "4 of 5 subscriptions cannot be seen, because you lack the role Reader there: N0 (s0), N1 (s1), N2 (s2) and 1 "
        "more.",
        "A page failed.",
    )
    assert not coverage.is_complete
    assert judged(fleet_of(member("a", 1))).coverage.is_complete


def moved(name: str, number: int, *routes: str) -> tuple[VirtualNetwork, RouteTable, ManagedCluster]:
    network, table, cluster = member(name, number, network_plugin="azure", network_plugin_mode="overlay")
    left = tuple(make_route(f"{USER}00000{place}", each, "10.1.0.4") for place, each in enumerate(routes))
    return network, replace(table, routes=left), cluster


def test_migrated_clusters_come_last_and_count_in_no_count() -> None:
    fleet = fleet_of(
        moved("left", 1, "10.101.0.0/24"),
        member("a", 2),
        managed("clean", 3, network_plugin="azure", network_plugin_mode="overlay"),
        managed("node-subnet", 4, network_plugin="azure"),
    )
    assert efforts(judged(fleet)) == [("a", "ready")]
    audit = judged(fleet, with_migrated=True)
    assert efforts(audit) == [("a", "ready"), ("left", "leftovers")]
    assert [row.cluster.id.name for row in audit.kubenet_rows] == ["a"]
    assert (audit.rows[1].steps, audit.rows[1].findings) == ((), ())
    assert len(audit.rows[1].leftovers) == 2


def test_the_notice_comes_once_and_what_is_not_judged_is_said_once() -> None:
    found = judged(fleet_of(member("a", 1), member("b", 2)), ignore=frozenset({"MG1"})).report.findings
    assert [each.rule.code for each in found if each.status is Status.FAILED] == ["RET1"]
    reasons = {each.rule.code: each.evidence["reason"] for each in found if each.status is Status.SKIPPED}
    assert reasons["MG1"] == "ignored"
    assert {reasons["ID3"], reasons["LCK1"], reasons["POL1"], reasons["NSG1"]} == {"notInAudit"}
    assert "MG2" not in reasons


def test_what_is_ignored_has_no_effect() -> None:
    fleet = fleet_of(member("a", 1, kubernetes_version="1.26.0"))
    assert efforts(judged(fleet)) == [("a", "blocked")]
    assert efforts(judged(fleet, ignore=frozenset({"MG1"}))) == [("a", "ready")]


def test_require_none_fails_without_effect_on_effort() -> None:
    audit = judged(fleet_of(member("a", 1)), require_none=True)
    assert [(each.rule.code, each.severity) for each in audit.report.errors] == [("RET2", Severity.ERROR)]
    assert efforts(audit) == [("a", "ready")]
    none = fleet_of(managed("o", network_plugin="azure", network_plugin_mode="overlay"))
    assert judged(none, require_none=True).report.errors == ()


def test_names_of_subscriptions_in_any_casing() -> None:
    fleet = fleet_of(member("a", 1), subscriptions=(Subscription(id=SUBSCRIPTION.upper(), name="Ours"),))
    assert judged(fleet).rows[0].subscription_name == "Ours"
    assert judged(fleet_of(member("a", 1), subscriptions=())).rows[0].subscription_name is None


def test_the_subnet_of_every_pool_is_judged() -> None:
    network, table, subnet = network_of("a", 1)
    second_id = make_id(SUBNETS, "vnet-a", "second")
    second = make_subnet("second", "10.1.9.0/29", id=second_id, route_table_id=table.id)
    cluster = cluster_in(subnet, "a")
    pools = (*cluster.agent_pools, make_agent_pool("work", 3, subnet_id=second_id, kubernetes_version="1.31.2"))
    fleet = fleet_of(
        (
            replace(network, subnets=(*network.subnets, second)),
            replace(table, subnets=(*table.subnets, second_id)),
            replace(cluster, agent_pools=pools, subnet_ids=(*cluster.subnet_ids, second_id)),
        )
    )
    (finding,) = (each for each in judged(fleet).rows[0].findings if each.rule.code == "IP2")
    assert finding.resource_id == str(second_id)
    assert judged(fleet).rows[0].effort is Effort.BLOCKED


def test_a_scope_has_the_same_words_in_any_order() -> None:
    assert FleetScope().words == "everywhere"
    assert FleetScope(subscriptions=("b", "a")).words == FleetScope(subscriptions=("a", "b")).words == "a b"
    assert FleetScope(management_groups=("mg",)).words == "mg"
