"""A plan as a dict with the contract's JSON keys, and as a table: what was chosen, how far it reaches, why. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..core.azure.printable import printable
from ..core.clusters.request import NodePool
from ..core.plan.comparison import AtPods, ModelDemand
from ..core.plan.plan import Capacity, Plan
from ..core.plan.subnets import SubnetPlan
from ..core.rules.rule import Report, Severity, Status, Verdict
from .report import render_finding
from .tables import NARROW, Row, Screen, findings_rows, fit, verdict_row


def render_plan(plan: Plan, report: Report) -> dict[str, Any]:
    """The answer of plan; `report` is what the rules say of the planned topology."""
    cluster = plan.cluster
    return {
        "networkPlugin": "kubenet",
        "nodePools": [_node_pool(pool, plan) for pool in cluster.node_pools],
        "peakNodes": cluster.peak_nodes,
        "virtualNetwork": {
            "addressPrefixes": [str(prefix) for prefix in plan.virtual_network.address_prefixes],
            "proposed": plan.virtual_network_proposed,
        },
        "subnet": None if plan.subnet is None else _subnet(plan.subnet),
        "subnets": [_named_subnet(each) for each in plan.subnets],
        "pods": {
            "podCidr": _text(cluster.pod_cidr),
            "nodesSupported": plan.nodes_supported,
            "plannedPods": plan.planned_pods,
            "blocks": [{"node": node, "addressPrefix": str(block)} for node, block in plan.pod_blocks],
        },
        "services": {"serviceCidr": _text(cluster.service_cidr), "dnsServiceIp": _text(plan.dns_service_ip)},
        "capacity": None if plan.capacity is None else _capacity(plan.capacity),
        "comparison": [_demand(demand) for demand in plan.comparison],
        "recommendation": {
            "model": plan.recommendation.model.value,
            "kubenetFits": plan.recommendation.kubenet_fits,
            "reasons": list(plan.recommendation.reasons),
        },
        "findings": [render_finding(finding) for finding in report.findings],
        "nextCommands": [] if report.errors else [printable(command) for command in plan.next_commands],
    }


_WIDTHS: Final = (20, 18)
"""Columns of what a row is about and of its value: the longest names of models and of ranges."""

_STOPS: Final = {
    "subnet": "the subnet has no more addresses",
    "podCidr": "the pod range has no more blocks",
    "routeTable": "the route table has no more routes",
    "nodePools": "the node pools are at their largest",
}


def plan_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """The ranges, how far they reach, the other models, what is wrong, and the verdict, in this order."""
    width = screen.left_of(*_WIDTHS)
    rows = [*_ranges(result), *_growth(result["capacity"]), *_models(result), *_recommended(result)]
    table = [{"Plan": about, "Value": value, "Detail": fit(detail, width)} for about, value, detail in rows]
    findings = result["findings"]
    judged = [*findings_rows(findings, screen, width), verdict_row(_verdict(findings), findings, screen, width)]
    table += [{"Plan": row["Code"], "Value": row["Severity"], "Detail": row["Message"]} for row in judged]
    if result["nextCommands"]:
        table.append({"Plan": "Next", "Value": "", "Detail": 'add --query "nextCommands[]" -o tsv'})
    return table


def _verdict(findings: Sequence[Mapping[str, Any]]) -> str:
    """The answer of plan has no verdict of its own; it is that of its findings."""
    failed = {each["severity"] for each in findings if each["status"] == Status.FAILED.value}
    unknown = any(each["status"] == Status.UNKNOWN.value for each in findings)
    if Severity.ERROR.value in failed:
        verdict = Verdict.NOT_READY
    else:
        verdict = Verdict.READY_WITH_WARNINGS if Severity.WARNING.value in failed or unknown else Verdict.READY
    return str(verdict.value)


def _ranges(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    network, subnets, pods, services = (result[key] for key in ("virtualNetwork", "subnets", "pods", "services"))
    for prefix in network["addressPrefixes"]:
        yield "Virtual network", prefix, "proposed" if network["proposed"] else ""
    for subnet in subnets:
        held = f"{subnet['usableAddresses']:,} usable addresses, {subnet['requiredAddresses']:,} needed"
        its_pools = [pool for pool in result["nodePools"] if pool["name"] in subnet["nodePools"]]
        name = f"{subnet['name']}: " if len(subnets) > 1 else ""
        yield "Subnet", subnet["addressPrefix"], f"{name}{held}: {_nodes(its_pools)}"
    if pods["podCidr"] is not None:
        supported = f"a block for each of {pods['nodesSupported']:,} nodes, {result['peakNodes']:,} needed"
        yield "Pods", pods["podCidr"], f"{supported}; {pods['plannedPods']:,} pods at most"
    if services["serviceCidr"] is not None:
        yield "Services", services["serviceCidr"], f"DNS at {services['dnsServiceIp']}"


def _nodes(pools: Sequence[Mapping[str, Any]]) -> str:
    nodes, surge = (sum(pool[key] for pool in pools) for key in ("maxCount", "surgeNodes"))
    return f"{nodes:,} nodes and {surge:,} for surge"


def _growth(capacity: Mapping[str, Any] | None) -> Iterator[tuple[str, str, str]]:
    if capacity is not None:
        more = f"{capacity['headroomNodes']:,} more than planned; then {_STOPS[capacity['limitedBy']]}"
        yield "Can grow to", f"{capacity['maxNodes']:,} nodes", more


def _models(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each model at the pods a node that were asked for, or its own default, and at the other of the two."""
    asked = len({each["maxPods"] for each in result["comparison"]}) == 1
    here, there = (" as asked", ", its default") if asked else (", its default", " as on kubenet")
    for each in result["comparison"]:
        smallest, other, addresses = each["minimumPrefixLength"], each["alternative"], each["requiredAddresses"]
        value = "-" if smallest is None else f"/{smallest}"
        detail = f"{addresses:,} addresses at {each['maxPods']} pods a node{here}"
        if other is not None:
            same = other["requiredAddresses"] == addresses
            detail += (
                f"; {'the same' if same else format(other['requiredAddresses'], ',')} at {other['maxPods']}{there}"
            )
        yield each["model"], value, detail


def _recommended(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    recommendation = result["recommendation"]
    for number, reason in enumerate(recommendation["reasons"]):
        yield "" if number else "Recommended", "" if number else recommendation["model"], reason


def _node_pool(pool: NodePool, plan: Plan) -> dict[str, Any]:
    subnet = next((each.subnet.name for each in plan.subnets if pool.name in each.pools), pool.subnet)
    return {
        "name": printable(pool.name),
        "nodeCount": pool.node_count,
        "maxCount": pool.max_count,
        "maxPods": pool.pods_per_node,
        "maxSurge": str(pool.max_surge),
        "surgeNodes": pool.surge_nodes,
        "peakNodes": pool.peak_nodes,
        "subnet": None if subnet is None else printable(subnet),
    }


def _subnet(subnet: SubnetPlan) -> dict[str, Any]:
    return {
        "addressPrefix": str(subnet.address_prefix),
        "prefixLength": subnet.address_prefix.prefixlen,
        "usableAddresses": subnet.usable,
        "requiredAddresses": subnet.required,
        "freeAddresses": subnet.free,
    }


def _named_subnet(subnet: SubnetPlan) -> dict[str, Any]:
    pools = [printable(name) for name in subnet.pools]
    return {"name": printable(subnet.subnet.name), **_subnet(subnet), "nodePools": pools}


def _capacity(capacity: Capacity) -> dict[str, Any]:
    following = capacity.next_prefix
    return {
        "maxNodes": capacity.max_nodes,
        "headroomNodes": capacity.headroom_nodes,
        "maxPods": capacity.max_pods,
        "limitedBy": capacity.limited_by.value,
        "limits": {limit.value: nodes for limit, nodes in capacity.limits},
        "nextPrefix": None
        if following is None
        else {"prefixLength": following.prefix_length, "maxNodes": following.max_nodes},
    }


def _demand(demand: ModelDemand) -> dict[str, Any]:
    return {
        "model": demand.model.value,
        "maxPods": demand.max_pods,
        "requiredAddresses": demand.required_addresses,
        "minimumPrefixLength": demand.minimum_prefix_length,
        "maxNodesInSubnet": demand.max_nodes_in_subnet,
        "maxPodsInSubnet": demand.max_pods_in_subnet,
        "alternative": None if demand.alternative is None else _at_pods(demand.alternative),
    }


def _at_pods(demand: AtPods) -> dict[str, Any]:
    return {
        "maxPods": demand.max_pods,
        "requiredAddresses": demand.required_addresses,
        "minimumPrefixLength": demand.minimum_prefix_length,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
