"""A plan as a table: what was chosen, how far it reaches, why. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..core.plan.comparison import PodsFrom
from ..core.rules.rule import Severity, Status, Verdict
from .tables import NARROW, Row, Screen, findings_rows, fit, verdict_row

_WIDTHS: Final = (20, 18)
"""Columns of what a row is about and of its value: the longest names of models and of ranges."""

_STOPS: Final = {
    "subnet": "the subnet has no more addresses",
    "podCidr": "the pod range has no more blocks",
    "routeTable": "the route table has no more routes",
    "nodePools": "the node pools are at their largest",
}


_POD_WORDS: Final = {
    PodsFrom.DEFAULT.value: (", its default", " as on kubenet"),
    PodsFrom.ASKED.value: (" as asked", ", its default"),
    PodsFrom.MIXED.value: (", as asked or its default", ", its default"),
}
"""What is said of a model's number of pods a node, and of the other one that it is compared at."""


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
    differ = len({pool["maxPods"] for pool in result["nodePools"]}) > 1
    for each in result["comparison"]:
        smallest, other, addresses = each["minimumPrefixLength"], each["alternative"], each["requiredAddresses"]
        value = "-" if smallest is None else f"/{smallest}"
        here, there = _POD_WORDS[each["maxPodsFrom"]]
        most = "up to " if differ or each["maxPodsFrom"] == PodsFrom.MIXED.value else ""
        detail = f"{addresses:,} addresses at {most}{each['maxPods']} pods a node{here}"
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
