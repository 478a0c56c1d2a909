"""What is no answer is never harmless: every read of every command x every way of giving no answer, in process.

The reads are what a command asks Azure for when all is answered, so that a read that somebody adds is covered by
itself; a command is covered by adding it to SCENARIOS. For each: no finding that failed with the true answers is
passed, nothing is written that would not be written with them, and no exception but ours ends the command.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network
from typing import Any

import pytest
from azure.cli.core.azclierror import AzCLIError

from azext_kubenet import preparing, undoing
from azext_kubenet._errors import translate
from azext_kubenet.arguments.create import parse_creation
from azext_kubenet.arm.client import AzureCoreClient
from azext_kubenet.arm.errors import ArmError
from azext_kubenet.arm.gather import GatherRequest
from azext_kubenet.arm.parse.networks import parse_virtual_network
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.core.clusters.running import as_it_runs
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import all_rules, plan_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Report, Stage, Status
from azext_kubenet.create import judge
from azext_kubenet.progress import SilentReporter
from azext_kubenet.session import Session, refuse_other_models
from tests.simulator import Simulator
from tests.test_arm.conftest import make_client

from .azure import (
    CLUSTER,
    CLUSTERS,
    GROUP,
    GROUPS,
    IDENTITY,
    NETWORK,
    SUBNET,
    TABLE,
    put_cluster,
    put_identity,
    put_ready,
)
from .no_answers import Answered, Json, Key, Recording, Replay, Spoiled, client_on, no_answers, other_types
from .preparing import FULL, REQUEST

Written = tuple[str, str]


@dataclass
class Outcome:
    """What a command came to: its findings, a rule each with all its statuses, and what it wrote."""

    statuses: dict[str, set[Status]] = field(default_factory=dict)
    writes: set[Written] = field(default_factory=set)
    error: Exception | None = None


class Writing:
    """Reads with the client under test; keeps writes, and answers them as if all went well."""

    def __init__(self, client: AzureCoreClient, writes: set[Written]) -> None:
        self._client = client
        self._writes = writes
        self._written: dict[str, Json | None] = {}

    def get(self, path: str) -> Json:
        if path.lower() not in self._written:
            return self._client.get(path)
        written = self._written[path.lower()]
        if written is None:
            raise ArmError(status=404, code="NotFound", message="It is deleted.")
        return written

    def list(self, path: str, *, filter_text: str | None = None) -> list[Json]:
        return self._client.list(path, filter_text=filter_text)

    def query(self, path: str, body: Json) -> Sequence[Json]:
        return self._client.query(path, body)

    def ask(self, path: str, body: Json, read: Any) -> Any:
        return self._client.ask(path, body, read)

    def put(self, path: str, body: Json, *, etag: str | None = None, new: bool = False, wait: bool = True) -> Json:
        del etag, new, wait
        self._writes.add(("PUT", path.lower()))
        made = {**body, "id": path, "name": path.rsplit("/", 1)[-1]}
        made = {**made, "properties": {"principalId": "p", **body.get("properties", {})}}
        self._written[path.lower()] = made
        return made

    def patch(self, path: str, body: Json) -> None:
        self._writes.add(("PATCH", path.lower()))
        owner = path.partition("/providers/Microsoft.Resources/")[0]
        tags = {**self._client.get(owner).get("tags", {}), **body["properties"]["tags"]}
        self._written[owner.lower()] = {**self._client.get(owner), "tags": tags}

    def delete(self, path: str, *, wait: bool = True) -> None:
        del wait
        self._writes.add(("DELETE", path.lower()))
        self._written[path.lower()] = None


@dataclass(frozen=True)
class Scenario:
    """A command on a state of Azure, and what it comes to there: how many rules fail at least, whether it writes."""

    seed: Callable[[Simulator], None]
    run: Callable[[Session, Outcome], None]
    failed: int = 0
    writes: bool = False
    refused: bool = False
    least: int = 200
    """Wrong answers that are tried at least."""
    about: str = ""
    """Only requests whose URL has this pattern are answered wrongly: the others are in another scenario."""


TODAY = date(2026, 11, 26)
JUDGED = ClusterRequest(
    node_pools=(NodePool(name="pool", node_count=3, max_count=200),),
    pod_cidr=IPv4Network("10.244.0.0/16"),
    service_cidr=IPv4Network("10.0.0.0/16"),
    identity_kind=IdentityKind.USER_ASSIGNED,
    identity_id=ResourceId(IDENTITY),
)


def keep(report: Report, outcome: Outcome) -> None:
    for finding in report.findings:
        outcome.statuses.setdefault(finding.rule.code, set()).add(finding.status)


def validate(session: Session, outcome: Outcome) -> None:
    request = GatherRequest(subnet_id=ResourceId(SUBNET), identity_id=ResourceId(IDENTITY))
    snapshot = session.state(request).snapshot
    keep(evaluate(all_rules(), cluster=JUDGED, snapshot=snapshot, today=TODAY, stage=Stage.VALIDATE), outcome)


def validate_running(session: Session, outcome: Outcome) -> None:
    cluster = ResourceId(CLUSTER)
    snapshot = session.state(GatherRequest(subnet_id=ResourceId(SUBNET), running_id=cluster)).snapshot
    refuse_other_models(snapshot)
    wanted = as_it_runs(ClusterRequest(node_pools=(), cluster_id=cluster), snapshot)
    keep(evaluate(all_rules(), cluster=wanted, snapshot=snapshot, today=TODAY, stage=Stage.RUNNING), outcome)


def plan(session: Session, outcome: Outcome) -> None:
    network = parse_virtual_network(session.client.get(NETWORK))
    planned = plan_addresses(PlanRequest(cluster=JUDGED, virtual_network=network))
    snapshot = planned_snapshot(planned)
    keep(evaluate(plan_rules(), cluster=planned.cluster, snapshot=snapshot, today=TODAY, stage=Stage.PLAN), outcome)


def prepare(session: Session, _: Outcome, request: Any = REQUEST) -> None:
    preparation = preparing.decide(request, preparing.read(session, request))
    preparing.carry_out(session, preparation, yes=True, sleep=lambda _: None)


def prepare_fully(session: Session, outcome: Outcome) -> None:
    prepare(session, outcome, FULL.request)


def create(session: Session, outcome: Outcome, **given: Any) -> None:
    names = {"vnet_subnet_id": SUBNET, "location": "westeurope", "node_count": 3, "yes": True, **given}
    creation = parse_creation(names, group="rg", name="aks", subscription=session.subscription)
    judged = judge(session, creation)
    keep(judged.report, outcome)
    if judged.report.errors:
        return
    judged.refuse_without_answer(creation)
    if judged.preparation is not None:
        preparing.carry_out(session, judged.preparation, yes=True, sleep=lambda _: None)
    outcome.writes.add(("PUT", CLUSTER.lower()))


def create_with_identity(session: Session, outcome: Outcome) -> None:
    create(session, outcome, assign_identity=IDENTITY)


def create_and_prepare(session: Session, outcome: Outcome) -> None:
    create(session, outcome, prepare=True)


def cleanup(session: Session, _: Outcome) -> None:
    cluster_id = ResourceId(CLUSTER)
    undoing.carry_out(session, cluster_id, undoing.decide(session, cluster_id), yes=True, sleep=lambda _: None)


OTHER = f"{CLUSTERS}/other"
DENIED = {
    "name": "none",
    "properties": {
        "priority": 100,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "*",
        "sourceAddressPrefix": "10.0.0.0/8",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    },
}


def all_wrong(sim: Simulator) -> None:
    """A subnet where as many rules fail as can at once."""
    sim.put(f"{GROUPS}/nsg", {"location": "westeurope", "properties": {"securityRules": [DENIED]}})
    route = {"name": "office", "properties": {"addressPrefix": "10.244.0.0/16", "nextHopType": "VirtualNetworkGateway"}}
    sim.put(TABLE, {"location": "westeurope", "properties": {"routes": [route]}})
    subnet = {
        "addressPrefix": "10.1.0.0/24",
        "routeTable": {"id": TABLE},
        "networkSecurityGroup": {"id": f"{GROUPS}/nsg"},
        "delegations": [{"name": "d", "properties": {"serviceName": "Microsoft.Sql/managedInstances"}}],
    }
    peer = {
        "name": "hub",
        "properties": {
            "peeringState": "Connected",
            "remoteVirtualNetwork": {"id": NETWORK.replace("vnet", "hub")},
            "remoteAddressSpace": {"addressPrefixes": ["10.244.0.0/16"]},
        },
    }
    properties = {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16", "10.0.0.0/16"]},
        "subnets": [{"name": "nodes", "properties": subnet}],
        "virtualNetworkPeerings": [peer],
        "dhcpOptions": {"dnsServers": ["10.0.0.10"]},
    }
    sim.put(NETWORK, {"location": "westeurope", "properties": properties})
    put_identity(sim)
    put_cluster(sim, OTHER)
    sim.put(f"{GROUP}/providers/Microsoft.Authorization/locks/l", {"properties": {"level": "ReadOnly"}})
    denial = {"policyAssignmentId": "/a", "policyDefinitionName": "d", "policyDefinitionAction": "deny"}
    sim.set_policy_states([{**denial, "resourceId": NETWORK, "complianceState": "NonCompliant"}])
    gateway = {"localNetworkAddressSpace": {"addressPrefixes": ["10.244.0.0/16"]}, "gatewayIpAddress": "203.0.113.4"}
    sim.put(
        f"{GROUP}/providers/Microsoft.Network/localNetworkGateways/office",
        {"location": "westeurope", "properties": gateway},
    )


def running_without_table(sim: Simulator) -> None:
    """A cluster that runs, and whose subnet has lost its route table."""
    put_ready(sim)
    put_cluster(sim)
    subnet = sim.get(SUBNET)
    assert subnet is not None
    sim.put(SUBNET, {"properties": {**subnet["properties"], "routeTable": None}})


def cluster_on_it(sim: Simulator) -> None:
    """The table that prepare would use is that of a cluster."""
    FULL.seed(sim)
    put_identity(sim)
    table = REQUEST.route_table_id.text
    sim.put(table, {"location": "westeurope", "properties": {"routes": []}})
    beside = f"{NETWORK}/subnets/beside"
    sim.put(beside, {"properties": {"addressPrefix": "10.1.9.0/24", "routeTable": {"id": table}}})
    put_cluster(sim, OTHER, subnet=beside)


def ready_but_shared(sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim, OTHER)


def prepared(sim: Simulator) -> None:
    """What prepare leaves behind."""
    FULL.seed(sim)
    session = Session(client=make_client(sim), subscription=sim.subscription_id, reporter=SilentReporter())
    prepare(session, Outcome())


def prepared_and_used(sim: Simulator) -> None:
    prepared(sim)
    body = {
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {str(REQUEST.identity_id): {}}},
        "properties": {
            "dnsPrefix": "aks",
            "agentPoolProfiles": [{"name": "nodepool1", "count": 1, "mode": "System", "vnetSubnetID": SUBNET}],
            "networkProfile": {"networkPlugin": "kubenet"},
        },
    }
    sim.put(CLUSTER, body)


SCENARIOS = {
    "validate-subnet, all wrong": Scenario(all_wrong, validate, failed=15),
    "validate-subnet, shared": Scenario(ready_but_shared, validate, failed=4),
    "validate-subnet of a running cluster": Scenario(running_without_table, validate_running, failed=2),
    "plan in a live network": Scenario(all_wrong, plan, failed=3, least=30),
    "prepare": Scenario(FULL.seed, prepare_fully, writes=True),
    "prepare, again": Scenario(prepared, prepare),
    "prepare on another cluster's table": Scenario(cluster_on_it, prepare, refused=True),
    "create": Scenario(put_ready, create_with_identity, writes=True),
    "create, shared": Scenario(ready_but_shared, create_with_identity, failed=4),
    "create --prepare": Scenario(FULL.seed, create_and_prepare, writes=True),
    "create --prepare on another cluster's table": Scenario(cluster_on_it, create_and_prepare, refused=True),
    "cleanup": Scenario(prepared, cleanup, writes=True),
    "cleanup of what is used": Scenario(prepared_and_used, cleanup, refused=True),
}

WHERE_ABSENCE_IS_AN_ANSWER = ("aks-identity", "aks-routes")
"""What the user names, or names for prepare to make: a 404 of Azure's own is an answer, and it is made."""


def run(scenario: Scenario, client: AzureCoreClient, subscription: str) -> Outcome:
    outcome = Outcome()
    writing: Any = Writing(client, outcome.writes)
    session = Session(client=writing, subscription=subscription, reporter=SilentReporter())
    try:
        scenario.run(session, outcome)
    except Exception as error:  # noqa: BLE001 # pylint: disable=broad-except # judged by whoever asked
        outcome.error = error
    return outcome


def wrong(true: Outcome, found: Outcome) -> str | None:
    """What the property forbids and `found` has."""
    if found.error is not None and not isinstance(translate(found.error), AzCLIError):
        return f"ends in {found.error!r}"
    if found.writes - true.writes:
        return f"writes {sorted(found.writes - true.writes)}"
    for code, statuses in true.statuses.items():
        if Status.FAILED in statuses and found.statuses.get(code) == {Status.PASSED}:
            return f"passes {code}"
    return None


def spoiled_answers(answers: dict[Key, Answered], url: str) -> Iterator[tuple[Key, Spoiled]]:
    for key, true in answers.items():
        if true.status != 200:
            continue
        for kinds in (no_answers(true, url), other_types(true)):
            for spoiled in kinds:
                is_absent = spoiled.name == "not found" and any(each in key[1] for each in WHERE_ABSENCE_IS_AN_ANSWER)
                if not is_absent:
                    yield key, spoiled


SHARE = 1 if os.environ.get("KUBENET_MATRIX") == "whole" else 16
"""Of so many answers one is tried, in each scenario others; `make matrix` tries all, which takes minutes."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_no_answer_is_never_harmless(sim: Simulator, name: str) -> None:
    attack(sim, name, SCENARIOS[name])


def attack(sim: Simulator, name: str, scenario: Scenario) -> None:
    """Spoil each answer of the scenario in every way, and hold the property."""
    scenario.seed(sim)
    recording = Recording(connection_verify=str(sim.ca_file))
    true = run(scenario, client_on(recording, sim.url), sim.subscription_id)
    assert len([each for each in true.statuses.values() if Status.FAILED in each]) >= scenario.failed
    assert (bool(true.writes), true.error is not None) == (scenario.writes, scenario.refused)
    again = run(scenario, client_on(Replay(recording.answers), sim.url), sim.subscription_id)
    assert (again.statuses, again.writes, str(again.error)) == (true.statuses, true.writes, str(true.error))
    found, tried = [], 0
    attacked = {key: each for key, each in recording.answers.items() if re.search(scenario.about, key[1])}
    for number, (key, spoiled) in enumerate(spoiled_answers(attacked, sim.url), sum(name.encode())):
        if number % SHARE:
            continue
        tried += 1
        client = client_on(Replay(recording.answers, key, spoiled), sim.url)
        problem = wrong(true, run(scenario, client, sim.subscription_id))
        if problem is not None:
            found.append(f"{key[0]} {key[1]} answers {spoiled.name}: {problem}")
    print(f"{name}: {len(recording.answers)} reads, {tried} answers, {len(found)} harmful")
    assert tried * SHARE > scenario.least
    assert found == []
