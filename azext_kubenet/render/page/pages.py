"""The pages of `validate-subnet` and `check`, and what all pages with a map have in common. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...core.azure.networks import Subnet, VirtualNetwork
from ...core.azure.snapshot import Snapshot
from ...core.clusters.address_map import SubnetDemand, map_addresses
from ...core.clusters.capacity import SubnetRoom
from ...core.clusters.request import ClusterRequest, NodePool
from ...core.clusters.subnet_use import other_use
from ...core.rules.checked import Checked
from ...core.rules.rule import Report, Verdict
from ..check import LIMITS, nodes_in_words
from ..tables import counted
from .document import Page, Section, findings_section, retirement
from .drawing import draw_map
from .markup import Markup, element, joined, table, text

VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.READY: ("Ready.", "good"),
    Verdict.READY_WITH_WARNINGS: ("Ready, with warnings.", "warning"),
    Verdict.NOT_READY: ("Not ready.", "error"),
}
_HEALTH: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.READY: ("Healthy.", "good"),
    Verdict.READY_WITH_WARNINGS: ("Degraded.", "warning"),
    Verdict.NOT_READY: ("Broken.", "error"),
}


def subnet_page(
    cluster: ClusterRequest, snapshot: Snapshot, report: Report, result: Mapping[str, Any], *, mark: str
) -> Page:
    """The page of `validate-subnet`; what could not be read is not on the map."""
    words, tone = VERDICTS[report.verdict]
    judged = [snapshot.subnet] if isinstance(snapshot.subnet, Subnet) else []
    demands = tuple(
        demand_in(
            subnet,
            cluster.pools_in(subnet),
            load_balancers=cluster.internal_load_balancers,
            others=_others(cluster, subnet, snapshot),
        )
        for subnet in judged
    )
    known = snapshot.virtual_network if isinstance(snapshot.virtual_network, VirtualNetwork) else None
    drawn = map_addresses(cluster=cluster, network=known, demands=demands, gateways=snapshot.gateways)
    return Page(
        mark=mark,
        title=f"Subnet {', '.join(subnet.name for subnet in judged) or result['subnetId']} for a kubenet cluster",
        verdict=words,
        tone=tone,
        lead=(*retirement(result), checks(result)),
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
        lead=(*retirement(result), checks(result), nodes_in_words(routing["nodes"])),
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


def checks(result: Mapping[str, Any]) -> str:
    """How many checks ended how, as a sentence."""
    return f"{counted(result['findings'])}."


def _demand_of_running(cluster: ClusterRequest, place: SubnetRoom) -> SubnetDemand:
    """What a subnet holds at the maximum of its pools."""
    pools = cluster.pools_in(place.subnet)
    return demand_in(place.subnet, pools, load_balancers=place.balancers, others=place.others)


def _others(cluster: ClusterRequest, subnet: Subnet, snapshot: Snapshot) -> int:
    clusters, usage = snapshot.managed_clusters, snapshot.subnet_usage
    return other_use(subnet, cluster=cluster, managed_clusters=clusters, subnet_usage=usage).addresses


def demand_in(subnet: Subnet, pools: Iterable[NodePool], *, load_balancers: int = 0, others: int = 0) -> SubnetDemand:
    """What these pools take of the subnet's first prefix."""
    pools = tuple(pools)
    return SubnetDemand(
        name=subnet.name,
        network=subnet.address_prefixes[0],
        nodes=sum(pool.max_count for pool in pools),
        surge=sum(pool.surge_nodes for pool in pools),
        load_balancers=load_balancers,
        others=others,
    )
