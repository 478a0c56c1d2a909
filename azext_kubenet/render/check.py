"""A checked cluster as a dict with the contract's JSON keys, and as a table. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..core.azure import limits
from ..core.azure.amounts import amount
from ..core.azure.managed_clusters import ManagedCluster
from ..core.azure.printable import printable
from ..core.azure.route_tables import Route
from ..core.azure.unreadable import Unreadable
from ..core.clusters.capacity import Capacity
from ..core.clusters.limit import Limit
from ..core.clusters.routing import Routing
from ..core.clusters.running_routes import Association, NodeRoute, SubnetRouting
from ..core.rules.checked import Checked
from ..core.rules.rule import Verdict
from .report import render_counts, render_finding
from .tables import FINDING_WIDTHS, NARROW, Row, Screen, findings_rows, fit, verdict_row

HEALTH: Final[Mapping[Verdict, str]] = {
    Verdict.READY: "healthy",
    Verdict.READY_WITH_WARNINGS: "degraded",
    Verdict.NOT_READY: "broken",
}
"""What the verdict on a cluster that is there is called."""

LIMITS: Final[Mapping[str, str]] = {
    Limit.SUBNET.value: "the subnet",
    Limit.POD_CIDR.value: "the pod CIDR",
    Limit.ROUTE_TABLE.value: "the number of routes in a table",
    Limit.NODE_POOLS.value: "the size of a node pool",
}


def render_check(checked: Checked) -> dict[str, Any]:
    """The answer of check."""
    capacity, report = checked.capacity, checked.report
    return {
        "cluster": _cluster(checked.managed_cluster),
        "retirement": {"date": limits.RETIREMENT.isoformat(), "daysLeft": checked.days_left},
        "routing": _routing(checked.routing),
        "capacity": {
            "now": _capacity(capacity.now),
            "maximum": _capacity(capacity.maximum),
            "upgrade": _capacity(capacity.upgrade),
        },
        "verdict": HEALTH[report.verdict],
        "counts": render_counts(report),
        "findings": [render_finding(finding) for finding in report.findings],
    }


def _cluster(cluster: ManagedCluster) -> dict[str, Any]:
    return {
        "id": _text(cluster.id),
        "name": _text(cluster.id.name),
        "location": _text(cluster.location),
        "kubernetesVersion": _text(cluster.kubernetes_version),
        "provisioningState": _text(cluster.provisioning_state),
        "powerState": _text(cluster.power_state),
        "networkPlugin": _text(cluster.network_plugin),
        "networkPolicy": _text(cluster.network_policy),
        "outboundType": _text(cluster.outbound_type),
        "podCidr": _text(next(iter(cluster.pod_cidrs), None)),
        "serviceCidr": _text(cluster.service_cidr),
        "identityType": cluster.identity_kind.value,
        "nodeResourceGroup": _text(cluster.node_resource_group),
    }


def _routing(routing: Routing) -> dict[str, Any]:
    return {
        "routeTableId": _text(routing.table_id),
        "owner": routing.owner.value,
        "subnets": [*map(_subnet, routing.subnets), *map(_hidden_subnet, routing.hidden_subnets)],
        "nodes": [_node(each) for each in routing.nodes],
        "otherRoutes": [{**_route(route), "kind": kind.value} for route, kind in routing.others],
    }


def _subnet(each: SubnetRouting) -> dict[str, Any]:
    return {
        "id": _text(each.subnet.id),
        "routeTableId": _text(each.subnet.route_table_id),
        "associated": each.association is Association.ASSOCIATED,
        "pools": [printable(pool) for pool in each.pools],
    }


def _hidden_subnet(each: Unreadable) -> dict[str, Any]:
    return {"id": _text(each.resource_id), "routeTableId": None, "associated": None, "pools": []}


def _node(each: NodeRoute) -> dict[str, Any]:
    return {
        "name": printable(each.node.name),
        "pool": printable(each.node.pool),
        "address": _text(each.node.address),
        "route": None if each.route is None else _route(each.route),
        "state": each.state.value,
    }


def _route(route: Route) -> dict[str, Any]:
    return {
        "name": printable(route.name),
        "addressPrefix": printable(route.destination),
        "nextHop": printable(str(route.next_hop_ip or route.next_hop_type)),
    }


def _capacity(each: Capacity) -> dict[str, Any]:
    binding = each.binding
    return {
        "nodes": each.nodes,
        "limits": {limit.value: most for limit, most in each.limits},
        "subnets": [
            {"id": _text(place.subnet.id), "limit": place.limit, "nodes": place.nodes, "room": place.room}
            for place in each.subnets
        ],
        "room": None if binding is None else binding[1],
        "limitedBy": None if binding is None else binding[0].value,
    }


def _text(value: object) -> str | None:
    """None where there is nothing to say."""
    return None if value is None or value == "" else printable(str(value))


def check_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """What is wrong or unknown, worst first, then the nodes' routes, then the room, then the verdict."""
    width = screen.left_of(*FINDING_WIDTHS)
    findings = result["findings"]
    told = [("routes", nodes_in_words(result["routing"]["nodes"])), ("room", room_in_words(result["capacity"]))]
    return [
        *findings_rows(findings, screen),
        *({"Code": "", "Severity": what, "Message": fit(message, width)} for what, message in told),
        verdict_row(result["verdict"], findings, screen),
    ]


def room_in_words(capacity: Mapping[str, Any]) -> str:
    """The room of the three moments, as the JSON has them, in a sentence or two."""
    now, maximum, upgrade = (capacity[each] for each in ("now", "maximum", "upgrade"))
    if now["room"] is None:
        return "Unknown for how many more nodes: a subnet or the route table could not be read."
    what, room = LIMITS[now["limitedBy"]], now["room"]
    if room < 0:
        first = f"{amount(-room, 'node')} too many for {what}"
    else:
        first = f"{amount(room, 'more node')}, then {what} is the limit"
    return f"{first}. With the pools at their maximum: {_left(maximum)}; during an upgrade then: {_left(upgrade)}."


def _left(moment: Mapping[str, Any]) -> str:
    room: int = moment["room"]
    return f"{room:,} more" if room >= 0 else f"{-room:,} too many"


def nodes_in_words(nodes: Sequence[Mapping[str, Any]]) -> str:
    """How many nodes are in order."""
    good = sum(each["state"] == "ok" for each in nodes)
    return f"{good} of {amount(len(nodes), 'node')} {'has its' if good == 1 else 'have their'} route."
