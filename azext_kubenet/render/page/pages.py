"""What each command puts on its page. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.azure.model import Snapshot, Subnet, VirtualNetwork
from ...core.clusters.address_map import SubnetDemand, map_addresses
from ...core.clusters.capacity import SubnetRoom
from ...core.clusters.request import ClusterRequest
from ...core.clusters.subnet_use import other_use
from ...core.plan.comparison import Model
from ...core.plan.plan import Plan
from ...core.rules.checked import Checked
from ...core.rules.rule import Report, Verdict
from ..check import LIMITS, nodes_in_words
from ..tables import counted
from .document import Page, Section, commands, findings_section, retirement
from .drawing import draw_map
from .markup import Markup, element, joined, table, text

_VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.READY: ("Ready.", "good"),
    Verdict.READY_WITH_WARNINGS: ("Ready, with warnings.", "warning"),
    Verdict.NOT_READY: ("Not ready.", "error"),
}
_HEALTH: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.READY: ("Healthy.", "good"),
    Verdict.READY_WITH_WARNINGS: ("Degraded.", "warning"),
    Verdict.NOT_READY: ("Broken.", "error"),
}


def plan_page(plan: Plan, report: Report, result: Mapping[str, Any], *, mark: str) -> Page:
    """The page of `plan`; `result` is its answer as JSON has it."""
    words, tone = _VERDICTS[report.verdict]
    return Page(
        mark=mark,
        title=f"A kubenet cluster of up to {sum(pool.max_count for pool in plan.cluster.node_pools):,} nodes",
        verdict=words,
        tone=tone,
        lead=(*retirement(result), _checks(result), *_growth(plan)),
        sections=(
            Section(heading="Addresses", body=map_of_plan(plan)),
            findings_section(result["findings"]),
            Section(heading="The other network models", body=_comparison(result)),
            Section(heading="Next", body=joined(commands(result["nextCommands"]))),
        ),
    )


def map_of_plan(plan: Plan) -> Markup:
    """Where the planned cluster lies among all that is there."""
    demands = tuple(_demand(plan.cluster, each.subnet) for each in plan.subnets)
    return draw_map(map_addresses(cluster=plan.cluster, network=plan.virtual_network, demands=demands))


def _growth(plan: Plan) -> Iterator[str]:
    if plan.capacity is not None:
        most, more = plan.capacity.max_nodes, plan.capacity.headroom_nodes
        yield f"It can grow to {most:,} nodes, {more:,} more; then {LIMITS[plan.capacity.limited_by.value]} stops it."


def _comparison(result: Mapping[str, Any]) -> Markup:
    rows = [
        (Model(each["model"]).label, each["maxPods"], each["requiredAddresses"], f"/{each['minimumPrefixLength']}")
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
    return Page(
        mark=mark,
        title=f"Subnet {', '.join(subnet.name for subnet in judged) or result['subnetId']} for a kubenet cluster",
        verdict=words,
        tone=tone,
        lead=(*retirement(result), _checks(result)),
        sections=(Section(heading="Addresses", body=draw_map(drawn)), findings_section(result["findings"])),
    )


def check_page(checked: Checked, snapshot: Snapshot, result: Mapping[str, Any], *, mark: str) -> Page:
    """The page of `check`; what could not be read is not on the map."""
    words, tone = _HEALTH[checked.report.verdict]
    cluster, places = checked.cluster, checked.capacity.maximum.subnets
    known = snapshot.virtual_network if isinstance(snapshot.virtual_network, VirtualNetwork) else None
    demands = tuple(_demand_of_running(cluster, each) for each in places if each.subnet.address_prefixes)
    drawn = map_addresses(cluster=cluster, network=known, demands=demands, gateways=snapshot.gateways)
    routing, name = result["routing"], result["cluster"]["name"]
    return Page(
        mark=mark,
        title=f"Cluster {name} as it runs",
        verdict=words,
        tone=tone,
        lead=(*retirement(result), _checks(result), nodes_in_words(routing["nodes"])),
        sections=(
            Section(heading="Room", body=_room(result["capacity"])),
            findings_section(result["findings"]),
            Section(heading="Addresses", body=draw_map(drawn)),
            Section(heading="Routes", body=joined(_routes(routing))),
        ),
    )


def _room(capacity: Mapping[str, Any]) -> Markup:
    """Each moment in a row: nodes, what each limit allows, and what is left."""
    headings = ("Moment", "Nodes", *(f"{name[0].upper()}{name[1:]}" for name in LIMITS.values()), "Room", "Stopped by")
    moments = (("now", "Now"), ("maximum", "All pools at their maximum"), ("upgrade", "During an upgrade then"))
    rows = [
        (
            words,
            moment["nodes"],
            *("not known" if most is None else most for most in moment["limits"].values()),
            "not known" if moment["room"] is None else moment["room"],
            LIMITS.get(moment["limitedBy"], "-"),
        )
        for key, words in moments
        if (moment := capacity[key])
    ]
    subnets = [
        (place["id"] or "-", place["limit"], place["nodes"], most["nodes"], peak["nodes"])
        for place, most, peak in zip(*(capacity[key]["subnets"] for key, _ in moments), strict=True)
    ]
    subnet_headings = ("Subnet", "Room for nodes", "Now", "Maximum", "During an upgrade")
    return joined(
        [
            table(headings, rows, caption="Nodes that there are or will be, and the nodes that each limit allows"),
            table(subnet_headings, subnets, caption="Each subnet, and the nodes in it"),
        ]
    )


def _routes(routing: Mapping[str, Any]) -> Iterator[Markup]:
    yield element("p", text(f"Route table: {routing['routeTableId'] or 'not known'} ({routing['owner']})."))
    nodes = [
        (
            each["name"],
            each["pool"],
            each["address"] or "not known",
            "-" if each["route"] is None else each["route"]["addressPrefix"],
            "-" if each["route"] is None else each["route"]["nextHop"],
            each["state"],
        )
        for each in routing["nodes"]
    ]
    headings = ("Node", "Pool", "Address", "Route to", "Next hop", "State")
    yield table(headings, nodes, caption="The nodes and their routes")
    others = [(each["name"], each["addressPrefix"], each["nextHop"], each["kind"]) for each in routing["otherRoutes"]]
    if others:
        yield table(("Route", "To", "Next hop", "Kind"), others, caption="Routes that are no node's")


def _checks(result: Mapping[str, Any]) -> str:
    return f"{counted(result['findings'])}."


def _demand_of_running(cluster: ClusterRequest, place: SubnetRoom) -> SubnetDemand:
    """What a subnet holds at the maximum of its pools."""
    pools = cluster.pools_in(place.subnet)
    return SubnetDemand(
        name=place.subnet.name,
        network=place.subnet.address_prefixes[0],
        nodes=sum(pool.max_count for pool in pools),
        surge=sum(pool.surge_nodes for pool in pools),
        load_balancers=place.balancers,
        others=place.others,
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
