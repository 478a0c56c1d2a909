"""The five pages of `--report` of made-up clusters, and a reader that sees what stands in one. No IO."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.networks import Peering, Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.infrastructure_code import CodeFormat
from azext_kubenet.core.changes.migration_steps import MigrationRequest
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.fleet.audit import audit_fleet
from azext_kubenet.core.fleet.fleet import Fleet, Subscription
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import all_rules, plan_rules
from azext_kubenet.core.rules.checked import check_cluster
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.migrating import judge_migration
from azext_kubenet.core.rules.rule import Stage
from azext_kubenet.render.audit import render_audit
from azext_kubenet.render.check import render_check
from azext_kubenet.render.migrate import render_migration
from azext_kubenet.render.page.document import write_page
from azext_kubenet.render.page.fleet import fleet_page
from azext_kubenet.render.page.migration import migration_page
from azext_kubenet.render.page.pages import check_page, subnet_page
from azext_kubenet.render.page.plan import plan_page
from azext_kubenet.render.plan import render_plan
from azext_kubenet.render.report import render_report
from tests.test_core.fleet.test_audit import fleet_of, member, moved
from tests.test_core.make import (
    SUBSCRIPTION,
    TODAY,
    make_cluster,
    make_id,
    make_networks,
    make_pool,
    make_running_cluster,
    make_subnet,
    make_virtual_network,
)

HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m"
NAME = "<b onload=x>&\"'\u202e\x1b[31m"
"""Of a resource, whose id has slashes between names alone."""

SUBNET_ID = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")


class Reader(HTMLParser):
    """What stands in a page: elements with their attributes, and whether each is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of_plan(request: PlanRequest) -> str:
    plan = plan_addresses(request)
    report = evaluate(
        plan_rules(), cluster=plan.cluster, snapshot=planned_snapshot(plan), today=TODAY, stage=Stage.PLAN
    )
    return write_page(plan_page(plan, report, render_plan(plan, report), mark="plan"))


def page_of_subnet(snapshot: Snapshot, cluster: ClusterRequest | None = None) -> str:
    wanted = cluster or make_cluster()
    report = evaluate(all_rules(), cluster=wanted, snapshot=snapshot, today=TODAY, stage=Stage.VALIDATE)
    return write_page(
        subnet_page(wanted, snapshot, report, render_report(report, SUBNET_ID), mark=f"validate-subnet {SUBNET_ID}")
    )


def planned() -> PlanRequest:
    return PlanRequest(
        cluster=make_cluster(make_pool(node_count=3, max_count=20)),
        address_prefixes=make_networks("10.1.0.0/16"),
        used_prefixes=make_networks("10.1.0.0/20", "10.1.16.0/28"),
        peered_prefixes=make_networks("10.2.0.0/16"),
    )


def page_of_check(**cluster: Any) -> str:
    running, snapshot = _running(**cluster)
    wanted = ClusterRequest(node_pools=(), cluster_id=running.cluster.id)
    checked = check_cluster(running, snapshot, wanted, today=TODAY)
    return write_page(check_page(checked, snapshot, render_check(checked), mark="check"))


def page_of_migration(*, proof: bool = False, **cluster: Any) -> str:
    return write_page(migration_page(NAME, answer_of_migration(proof=proof, **cluster), mark="migrate"))


def answer_of_migration(*, proof: bool = False, **cluster: Any) -> dict[str, Any]:
    running, snapshot = _running(**cluster)
    request = MigrationRequest(
        cluster_id=running.cluster.id, then_network_policy="calico", code_format=CodeFormat.TERRAFORM
    )
    return render_migration(judge_migration(request, running, snapshot, today=TODAY, proof=proof))


def _running(**cluster: Any) -> tuple[RunningCluster, Snapshot]:
    """A cluster with a hostile name in a network with others."""
    cluster_id = make_id("Microsoft.ContainerService/managedClusters", NAME)
    running = make_running_cluster(cluster={"id": cluster_id, **cluster})
    subnet = running.subnets[0]
    assert isinstance(subnet, Subnet)
    network = make_virtual_network(
        subnet,
        make_subnet(HOSTILE, "192.168.9.0/24"),
        peerings=(Peering(name=HOSTILE, remote_address_prefixes=make_networks("10.50.0.0/16")),),
    )
    snapshot = Snapshot(
        running_cluster=running,
        managed_clusters=(running.cluster,),
        subnet=subnet,
        virtual_network=network,
    )
    return running, snapshot


def page_of_fleet(fleet: Fleet, **rest: Any) -> str:
    return write_page(fleet_page(answer_of_fleet(fleet, **rest), mark="audit"))


def answer_of_fleet(fleet: Fleet, **rest: Any) -> dict[str, Any]:
    return render_audit(audit_fleet(fleet, today=TODAY, **rest), TODAY)


def mixed() -> Fleet:
    """A cluster of each effort, one that has moved and left something, and a subscription that cannot be read."""
    return fleet_of(
        member("calico", 1, network_policy="calico"),
        member("old", 2, kubernetes_version="1.26.0", location=HOSTILE),
        member("n" * 64, 3),
        member(NAME, 4, count=300),
        member("ready", 5),
        moved("left", 6, "10.106.0.0/24"),
        subscriptions=(Subscription(id=SUBSCRIPTION, name=HOSTILE), Subscription(id="other", name=HOSTILE)),
        unread=(Subscription(id="other", name=HOSTILE),),
    )


def every_page() -> dict[str, str]:
    """One of each kind, with names that would be markup, commands of a terminal and turns of direction."""
    network = make_virtual_network(
        make_subnet(f"{HOSTILE}{'x' * 80}", "192.168.9.0/24"),
        make_subnet(),
        name=HOSTILE,
        peerings=(Peering(name=HOSTILE, remote_address_prefixes=make_networks("10.0.0.0/24")),),
    )
    snapshot = Snapshot(virtual_network=network, subnet=network.subnets[1])
    return {
        "plan": page_of_plan(planned()),
        "validate-subnet": page_of_subnet(snapshot, make_cluster()),
        "check": page_of_check(),
        "migrate": page_of_migration(network_policy="calico"),
        "verify": page_of_migration(proof=True),
        "audit": page_of_fleet(mixed(), with_migrated=True),
    }


PAGES = ("plan", "validate-subnet", "check", "migrate", "verify", "audit")
"""The keys of `every_page`."""
