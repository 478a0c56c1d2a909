"""The page of `plan`: where the cluster lies, how far it can grow, and the other network models. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...core.clusters.address_map import map_addresses
from ...core.plan.comparison import Model
from ...core.plan.plan import Plan
from ...core.rules.rule import Report
from ..check import LIMITS
from .document import Page, Section, commands, findings_section, retirement
from .drawing import draw_map
from .markup import Markup, element, joined, table, text
from .pages import VERDICTS, checks, demand_in


def plan_page(plan: Plan, report: Report, result: Mapping[str, Any], *, mark: str) -> Page:
    """The page of `plan`; `result` is its answer as JSON has it."""
    words, tone = VERDICTS[report.verdict]
    return Page(
        mark=mark,
        title=f"A kubenet cluster of up to {sum(pool.max_count for pool in plan.cluster.node_pools):,} nodes",
        verdict=words,
        tone=tone,
        lead=(*retirement(result), checks(result), *_growth(plan)),
        sections=(
            Section(heading="Addresses", body=map_of_plan(plan)),
            findings_section(result["findings"]),
            Section(heading="The other network models", body=_comparison(result)),
            Section(heading="Next", body=joined(commands(result["nextCommands"]))),
        ),
    )


def map_of_plan(plan: Plan) -> Markup:
    """Where the planned cluster lies among all that is there."""
    cluster = plan.cluster
    demands = tuple(
        demand_in(
            each.subnet,
            (pool for pool in cluster.node_pools if pool.name in each.pools),
            load_balancers=0 if number else cluster.internal_load_balancers,
        )
        for number, each in enumerate(plan.subnets)
    )
    return draw_map(map_addresses(cluster=cluster, network=plan.virtual_network, demands=demands))


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
