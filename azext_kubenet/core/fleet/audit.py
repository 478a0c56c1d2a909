"""Judges every cluster of a fleet: what its move to overlay takes, in the order in which to look at them. No IO.

Audit judges by the rules that Resource Graph's rows decide; of those that need more, `NOT_IN_AUDIT` says so once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from ..azure.az_words import kubenet, named
from ..azure.managed_clusters import ManagedCluster
from ..azure.resource_id import ResourceId
from ..azure.snapshot import Snapshot
from ..clusters.application_gateways import gateway_of
from ..clusters.existing import KUBENET
from ..clusters.leftovers import Leftover, leftovers_of
from ..clusters.migration import has_own_subnet
from ..clusters.pool_subnets import own_subnets_besides
from ..clusters.request import ClusterRequest
from ..clusters.room import demand_of
from ..clusters.running import as_it_runs
from ..rules import all_rules
from ..rules.evaluation import evaluate, skipped
from ..rules.rule import Finding, Report, Rule, Severity, Stage, Status
from .coverage import Coverage, coverage_of
from .fleet import Fleet
from .pictures import Picture, pictures

AUDITED: Final = frozenset(
    (
        *("MG1", "MG2", "MG3", "MG5", "MG6", "MG7", "MG11", "MG16", "MG17", "MG20", "MG27"),
        *("IP2", "POD1", "LIM1", "OVL1", "OVL2", "OVL7", "RT2", "RT3", "RT8", "RT9", "RT10", "EG1", "EG2"),
    )
)
OF_OWN_NETWORK: Final = frozenset(("RT2", "RT3", "RT8", "RT9", "RT10", "EG1", "EG2"))
"""Rules with nothing to look at where AKS made the network: it is in the node resource group, which no row names."""

NOT_IN_AUDIT: Final = ("NSG", "LCK", "POL", "ID")
"""Topics of rules that need more than the rows."""

STEPS: Final = ("MG2", "MG3", "MG7")
"""What the steps of a migration repair, in their order."""

NOTICE, NONE_ON_KUBENET = "RET1", "RET2"


class Effort(str, Enum):
    """What it takes to move a cluster, worst first; `LEFTOVERS` has moved."""

    REBUILD = "rebuild"
    BLOCKED = "blocked"
    STEPS = "steps"
    READY = "ready"
    LEFTOVERS = "leftovers"


_ORDER: Final = {effort: place for place, effort in enumerate(Effort)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cluster; `findings` are those that failed or are unknown. A cluster that has moved has `leftovers` alone."""

    cluster: ManagedCluster
    subscription_name: str | None
    effort: Effort
    findings: tuple[Finding, ...]
    steps: tuple[str, ...]
    nodes: int
    maximum_nodes: int
    gateway: ResourceId | None
    leftovers: tuple[Leftover, ...]
    command: str

    @property
    def own_network(self) -> bool:
        return has_own_subnet(self.cluster)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All clusters in order, what was seen, and the findings about all of them."""

    rows: tuple[Row, ...]
    coverage: Coverage
    report: Report

    @property
    def kubenet_rows(self) -> tuple[Row, ...]:
        """Those that count: clusters that are on kubenet."""
        return tuple(row for row in self.rows if row.effort is not Effort.LEFTOVERS)

    def count(self, effort: Effort) -> int:
        """How many clusters take that."""
        return Counter(row.effort for row in self.rows)[effort]


def audit_fleet(
    fleet: Fleet,
    *,
    today: date,
    ignore: frozenset[str] = frozenset(),
    require_none: bool = False,
    with_migrated: bool = False,
) -> Audit:
    """Judge every cluster, whatever order they came in."""
    catalogue = all_rules()
    rules = tuple(each for each in catalogue if each.code in AUDITED and each.code not in ignore)
    names = {each.id.lower(): each.name for each in fleet.subscriptions}
    rows = [
        row
        for picture in pictures(fleet, with_migrated=with_migrated)
        if (row := _row(picture, rules, names, today)) is not None
    ]
    rows.sort(key=lambda row: (_ORDER[row.effort], -row.maximum_nodes, str(row.cluster.id).lower()))
    return Audit(
        rows=tuple(rows),
        coverage=coverage_of(fleet, with_migrated=with_migrated),
        report=_report(fleet, catalogue, today=today, ignore=ignore, require_none=require_none),
    )


def _row(picture: Picture, rules: tuple[Rule, ...], names: dict[str, str], today: date) -> Row | None:
    """The cluster's row; None where it has moved and left nothing."""
    running, snapshot = picture.running, picture.snapshot
    cluster = running.cluster
    request = as_it_runs(ClusterRequest(node_pools=(), cluster_id=cluster.id), snapshot)
    on_kubenet = cluster.network_plugin == KUBENET
    leftovers = () if on_kubenet else leftovers_of(running)
    if not on_kubenet and not leftovers:
        return None
    findings = _findings(rules, request, snapshot, today) if on_kubenet else ()
    failed = {each.rule.code for each in findings if _weighs(each)}
    demand = demand_of(request.node_pools)
    return Row(
        cluster=cluster,
        subscription_name=names.get(cluster.id.subscription_id.lower()),
        effort=effort_of(findings) if on_kubenet else Effort.LEFTOVERS,
        findings=findings,
        steps=tuple(code for code in STEPS if code in failed),
        nodes=demand.now,
        maximum_nodes=demand.maximum,
        gateway=gateway_of(running, snapshot.virtual_network),
        leftovers=leftovers,
        command=kubenet("migrate", **named(cluster.id), dry_run=True),
    )


def _findings(rules: tuple[Rule, ...], request: ClusterRequest, snapshot: Snapshot, today: date) -> tuple[Finding, ...]:
    judged = rules if snapshot.subnet is not None else tuple(each for each in rules if each.code not in OF_OWN_NETWORK)
    return evaluate(
        judged,
        cluster=request,
        snapshot=snapshot,
        today=today,
        stage=Stage.MIGRATION,
        own_subnets=own_subnets_besides(snapshot),
        only_telling=True,
    ).findings


def _weighs(finding: Finding) -> bool:
    """Whether the finding failed and is more than a note."""
    return finding.status is Status.FAILED and finding.severity is not Severity.INFO


def effort_of(findings: Iterable[Finding]) -> Effort:
    """What the worst of the findings asks for; what is unknown asks for nothing."""
    found = [each for each in findings if _weighs(each)]
    if any(_needs_rebuild(each) for each in found):
        return Effort.REBUILD
    if any(each.is_error and each.rule.code not in STEPS for each in found):
        return Effort.BLOCKED
    return Effort.STEPS if any(each.rule.code in STEPS for each in found) else Effort.READY


def _needs_rebuild(finding: Finding) -> bool:
    """Names that are too long, and machines that overlay does not have: nothing in place repairs them."""
    return finding.is_error and (
        finding.rule.code == "MG6" or (finding.rule.code == "MG5" and "vmSize" in finding.evidence)
    )


def _report(
    fleet: Fleet, catalogue: tuple[Rule, ...], *, today: date, ignore: frozenset[str], require_none: bool
) -> Report:
    """What is said once: the end of kubenet, what is required of all, and what was left out."""
    wanted = {NOTICE, NONE_ON_KUBENET} if require_none else {NOTICE}
    judged = evaluate(
        [each for each in catalogue if each.code in wanted],
        cluster=ClusterRequest(node_pools=()),
        snapshot=Snapshot(managed_clusters=fleet.clusters),
        today=today,
        stage=Stage.FLEET,
        ignore=ignore,
    )
    return Report(findings=(*_left_out(catalogue, ignore), *judged.findings))


def _left_out(catalogue: tuple[Rule, ...], ignore: frozenset[str]) -> Iterator[Finding]:
    for each in catalogue:
        if each.code in ignore and each.code in AUDITED:
            yield skipped(each, "ignored", f"Ignored on request: {each.title}.")
        elif each.code.rstrip("0123456789") in NOT_IN_AUDIT:
            yield skipped(each, "notInAudit", f"Not in an audit; migrate --dry-run judges it: {each.title}.")
