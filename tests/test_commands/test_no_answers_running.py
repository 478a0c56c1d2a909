"""What is no answer is never harmless to check, migrate and audit either: `test_no_answers` on clusters that run.

Check, the dry run of migrate and its proof are judged on one reading: they ask for the same, migrate for all tables
besides. The verdict counts as a rule that passes where nothing is wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.arm.fleet import read_fleet
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.migration_steps import MigrationRequest
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.fleet.audit import AUDITED, audit_fleet
from azext_kubenet.core.fleet.fleet import FleetScope
from azext_kubenet.core.rules.checked import check_cluster
from azext_kubenet.core.rules.migrating import MigrationVerdict, judge_migration
from azext_kubenet.core.rules.rule import Report, Status, Verdict
from azext_kubenet.session import Session
from tests import migrating_clusters as migrating
from tests import running_clusters as world
from tests.fleet import mixed_fleet, put_mixed_fleet
from tests.simulator import Simulator

from .test_no_answers import TODAY, Outcome, Scenario, attack

CLUSTER = ResourceId.parse(world.CLUSTER)
FINE = (MigrationVerdict.READY, MigrationVerdict.MIGRATED)


def check_and_migrate(session: Session, outcome: Outcome) -> None:
    """All three judgements, each with the codes of its own."""
    running, snapshot = session.running_state(CLUSTER, all_tables=True)
    wanted = ClusterRequest(node_pools=(), cluster_id=CLUSTER)
    checked = check_cluster(running, snapshot, wanted, today=TODAY)
    _keep(outcome, "check", checked.report, fine=checked.report.verdict is Verdict.READY)
    for name, proof in (("migrate --dry-run", False), ("migrate --verify", True)):
        request = MigrationRequest(cluster_id=CLUSTER)
        migration = judge_migration(request, running, snapshot, today=TODAY, proof=proof)
        _keep(outcome, name, migration.report, fine=migration.verdict in FINE)


def _keep(outcome: Outcome, command: str, report: Report, *, fine: bool) -> None:
    outcome.statuses[f"the verdict of {command}"] = {Status.PASSED if fine else Status.FAILED}
    for finding in report.findings:
        outcome.statuses.setdefault(f"{finding.rule.code} of {command}", set()).add(finding.status)


NAMES = [each.name for each in mixed_fleet()]


def audit(session: Session, outcome: Outcome) -> None:
    """Each rule on each cluster; one that is missing has passed all of them, unless it is said that some may be."""
    client: Any = session.client
    audited = audit_fleet(read_fleet(client, FleetScope(), as_of="now"), today=TODAY, with_migrated=False)
    found = {each.cluster.id.name: each for each in audited.rows}
    absent = Status.PASSED if audited.coverage.is_complete else Status.UNKNOWN
    for name in NAMES:
        row = found.get(name)
        for code in AUDITED:
            outcome.statuses[f"{code} of {name}"] = {absent if row is None else Status.PASSED}
        for finding in () if row is None else row.findings:
            outcome.statuses[f"{finding.rule.code} of {name}"] = {finding.status}


def broken(sim: Simulator) -> None:
    """As much wrong with a cluster on kubenet as can be at once."""
    world.put_denial(sim)
    world.put_running(
        sim,
        prefix="10.1.0.0/28",
        pool={"count": 9, "enableAutoScaling": True, "minCount": 1, "maxCount": 450},
        profile={"networkPolicy": "calico", "outboundType": "userDefinedRouting"},
        cluster={"kubernetesVersion": "1.26.3", "addonProfiles": ADDON},
        subnet={"networkSecurityGroup": {"id": world.SECURITY_GROUP}},
        roles=False,
    )
    sim.put(world.CLUSTER, _with_second_pool(sim))
    world.change(sim, world.FURTHER, delegations=[WEB])
    migrating.put_gateway(sim, prefix="10.1.128.0/20")
    world.lose_route(sim)
    world.misdirect(sim, 1)
    world.leave_route(sim)
    world.strip(sim, world.FURTHER)
    world.lock(sim, world.NODE_GROUP, "ReadOnly")
    world.lock_table(sim)
    world.deny_by_policy(sim)
    migrating.put_copies(sim)
    world.change(sim, world.CLUSTER, provisioningState="Failed", identityProfile={})


ADDON = {"ingressApplicationGateway": {"enabled": True, "config": {}}}
WEB = {"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}


def _with_second_pool(sim: Simulator) -> dict[str, Any]:
    body = sim.get(world.CLUSTER)
    assert body is not None
    second = {"name": "work", "count": 2, "mode": "User", "vnetSubnetID": world.FURTHER}
    body["properties"]["agentPoolProfiles"].append(second)
    return body


def half_moved(sim: Simulator) -> None:
    """On overlay, and not all of it: a pool has failed, and a route of a node is left."""
    world.put_running(sim)
    left = dict(world.node_routes(sim)[0]["properties"])
    profile = {"networkPlugin": "azure", "networkPluginMode": "overlay"}
    record = next(each for each in sim.records() if each.id.lower() == world.CLUSTER.lower())
    record.properties["networkProfile"].update(profile)
    record.properties["agentPoolProfiles"][0]["provisioningState"] = "Failed"
    world.put_route(sim, "aks-nodepool1-12345678-vmss000000", left["addressPrefix"], left["nextHopIpAddress"])


OF_PROOF = "managedClusters|routeTables[^/]*$|subnets/nodes[^/]*$"


def put_fleet(sim: Simulator) -> None:
    put_mixed_fleet(sim)


SCENARIOS = {
    "check and migrate, all wrong": Scenario(broken, check_and_migrate, failed=40),
    "check and migrate, half moved": Scenario(half_moved, check_and_migrate, failed=4, about=OF_PROOF),
    "audit": Scenario(put_fleet, audit, failed=10),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_no_answer_is_never_harmless_to_clusters_that_run(sim: Simulator, name: str) -> None:
    attack(sim, name, SCENARIOS[name])
