"""What each command puts on its page. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.azure.model import Snapshot, Subnet, VirtualNetwork
from ...core.clusters.address_map import SubnetDemand, map_addresses
from ...core.clusters.request import ClusterRequest
from ...core.clusters.subnet_use import other_use
from ...core.plan.plan import Limit, Plan
from ...core.rules.rule import Report, Verdict
from .document import Page, Section, commands, findings_section
from .drawing import draw_map
from .markup import Markup, element, joined, table, text

_VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.READY: ("Ready.", "good"),
    Verdict.READY_WITH_WARNINGS: ("Ready, with warnings.", "warning"),
    Verdict.NOT_READY: ("Not ready.", "error"),
}
_LIMITS: Final[Mapping[Limit, str]] = {
    Limit.SUBNET: "the subnet",
    Limit.POD_CIDR: "the pod CIDR",
    Limit.ROUTE_TABLE: "the number of routes in a table",
    Limit.NODE_POOLS: "the size of a node pool",
}
RETIREMENT_CODE: Final = "RET1"


def plan_page(plan: Plan, report: Report, result: Mapping[str, Any], *, mark: str) -> Page:
    """The page of `plan`; `result` is its answer as JSON has it."""
    words, tone = _VERDICTS[report.verdict]
    return Page(
        mark=mark,
        title=f"A kubenet cluster of up to {sum(pool.max_count for pool in plan.cluster.node_pools):,} nodes",
        verdict=words,
        tone=tone,
        lead=(*_retirement(result), *_growth(plan)),
        sections=(
            Section(heading="Addresses", body=map_of_plan(plan)),
            findings_section(result["findings"]),
            Section(heading="The other network models", body=_comparison(result)),
            Section(heading="Next", body=joined(commands(result["nextCommands"]))),
        ),
    )


def map_of_plan(plan: Plan) -> Markup:
    """Where the planned cluster lies among all that is there."""
    planned = () if plan.subnet is None else plan.virtual_network.subnets[-1:]
    demands = tuple(_demand(plan.cluster, subnet) for subnet in planned)
    return draw_map(map_addresses(cluster=plan.cluster, network=plan.virtual_network, demands=demands))


def _retirement(result: Mapping[str, Any]) -> Iterator[str]:
    return (finding["message"] for finding in result["findings"] if finding["code"] == RETIREMENT_CODE)


def _growth(plan: Plan) -> Iterator[str]:
    if plan.capacity is not None:
        most, more = plan.capacity.max_nodes, plan.capacity.headroom_nodes
        yield f"It can grow to {most:,} nodes, {more:,} more; then {_LIMITS[plan.capacity.limited_by]} stops it."


def _comparison(result: Mapping[str, Any]) -> Markup:
    rows = [
        (each["model"], each["maxPods"], each["requiredAddresses"], f"/{each['minimumPrefixLength']}")
        for each in result["comparison"]
    ]
    headings = ("Model", "Pods a node", "Addresses", "Smallest subnet")
    reasons = (element("p", text(reason)) for reason in result["recommendation"]["reasons"])
    return joined([table(headings, rows, caption="What the same cluster needs of the virtual network"), *reasons])


def subnet_page(
    cluster: ClusterRequest, snapshot: Snapshot, report: Report, result: Mapping[str, Any], *, mark: str
) -> Page:
    """The page of `validate-subnet`; what could not be read is not on the map."""
    words, tone = _VERDICTS[report.verdict]
    judged = [snapshot.subnet] if isinstance(snapshot.subnet, Subnet) else []
    demands = tuple(_demand(cluster, subnet, others=_others(cluster, subnet, snapshot)) for subnet in judged)
    known = snapshot.virtual_network if isinstance(snapshot.virtual_network, VirtualNetwork) else None
    drawn = map_addresses(cluster=cluster, network=known, demands=demands, gateways=snapshot.gateways)
    counts = result["counts"]
    summary = f"{counts['errors']:,} errors, {counts['warnings']:,} warnings, {counts['unknown']:,} not checked."
    return Page(
        mark=mark,
        title=f"Subnet {', '.join(subnet.name for subnet in judged) or result['subnetId']} for a kubenet cluster",
        verdict=words,
        tone=tone,
        lead=(summary, *_retirement(result)),
        sections=(Section(heading="Addresses", body=draw_map(drawn)), findings_section(result["findings"])),
    )


def _others(cluster: ClusterRequest, subnet: Subnet, snapshot: Snapshot) -> int:
    clusters, usage = snapshot.managed_clusters, snapshot.subnet_usage
    return other_use(subnet, cluster=cluster, managed_clusters=clusters, subnet_usage=usage).addresses


def _demand(cluster: ClusterRequest, subnet: Subnet, *, others: int = 0) -> SubnetDemand:
    """What the cluster takes of the subnet's first prefix."""
    return SubnetDemand(
        name=subnet.name,
        network=subnet.address_prefixes[0],
        nodes=sum(pool.max_count for pool in cluster.node_pools),
        surge=sum(pool.surge_nodes for pool in cluster.node_pools),
        load_balancers=cluster.internal_load_balancers,
        others=others,
    )
