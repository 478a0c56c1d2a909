"""The page of `audit`: the fleet by effort, a bar a subscription, what stands in the way, and every cluster. No IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...core.fleet.audit import Effort
from ...core.rules.rule import Severity, Status
from .document import NOTICE, Page, Section, command, commands, findings_section, label, remediation, repairs
from .markup import Cell, Markup, element, joined, table, text

Json = Mapping[str, Any]

MEANINGS: Final = {
    Effort.REBUILD.value: "Nothing repairs it in place: a new cluster has to take over its workloads.",
    Effort.BLOCKED.value: "Something else has to be repaired first.",
    Effort.STEPS.value: "The steps that migrate prints repair it on the way.",
    Effort.READY.value: "It can move now.",
}
"""What each effort asks for, in the order in which clusters stand."""

MAX_CLUSTERS, MAX_SUBSCRIPTIONS, MAX_CASES = 1_000, 250, 20
"""Rows of the tables and cases shown of one rule: a page stays below 2 MB however many clusters there are."""

_SEVERITIES: Final = tuple(each.value for each in Severity)


def fleet_page(result: Json, *, mark: str) -> Page:
    """The page of an audit; `result` is its answer as JSON has it."""
    verdict, tone = _verdict(result)
    clusters = [each for each in result["clusters"] if each["effort"] in MEANINGS]
    leftovers = [each for each in result["clusters"] if each["effort"] not in MEANINGS]
    sections = [*_unseen(result["coverage"]), *_required(result["findings"])]
    if clusters:
        sections += [
            Section(heading="By effort", body=_by_effort(result["counts"], clusters)),
            Section(heading="By subscription", body=_by_subscription(clusters)),
            Section(heading="What stands in the way", body=joined(_in_the_way(clusters))),
            Section(heading="Clusters, in the order in which to look at them", body=joined(_all(clusters))),
        ]
    if leftovers:
        sections.append(Section(heading="Left over by clusters that have moved", body=joined(map(_left, leftovers))))
    lead = (_deadline(result), *_pace(result), _seen(result["coverage"]))
    return Page(
        mark=mark,
        title="Clusters on kubenet",
        verdict=verdict,
        tone=tone,
        lead=lead,
        sections=tuple(sections),
    )


def _verdict(result: Json) -> tuple[str, str]:
    counts = result["counts"]
    if not counts["kubenet"]:
        if result["coverage"]["complete"]:
            return "No cluster is on kubenet.", "good"
        return "No cluster on kubenet was found, and not everything was seen.", "warning"
    parts = ", ".join(f"{counts[effort]:,} {effort}" for effort in MEANINGS if counts[effort])
    clusters = _counted(counts["kubenet"], "cluster has", "clusters have")
    return f"{clusters} to move: {parts}.", "error" if counts["rebuild"] or counts["blocked"] else "warning"


def _deadline(result: Json) -> str:
    day, left = result["retirement"]["date"], result["retirement"]["daysLeft"]
    if not left:
        return f"Kubenet has been unsupported since {day}."
    return f"{_counted(left, 'day is', 'days are')} left: kubenet is unsupported from {day}."


def _pace(result: Json) -> Iterator[str]:
    days, clusters, nodes = result["retirement"]["daysLeft"], result["counts"]["kubenet"], result["counts"]["nodes"]
    if clusters and days >= clusters:
        every = days // clusters
        pace = "one cluster a day" if every == 1 else f"one cluster every {every:,} days"
        yield f"With {_counted(nodes, 'node', 'nodes')} in all, that is {pace}."


def _seen(coverage: Json) -> str:
    read, visible = coverage["subscriptionsRead"], coverage["subscriptionsVisible"]
    clusters = _counted(coverage["clustersVisible"], "cluster", "clusters")
    at = coverage["asOf"].replace("T", " ").replace("Z", " UTC")
    return f"Seen: {clusters} of any network model in {read:,} of {visible:,} subscriptions, {at}."


def _unseen(coverage: Json) -> Iterator[Section]:
    if coverage["reasons"]:
        reasons = (element("p", text(each), class_="warning") for each in coverage["reasons"])
        yield Section(heading="Not everything was seen", body=joined(reasons))


def _required(findings: Iterable[Json]) -> Iterator[Section]:
    """What a pipeline asked for and is not so; the notice is told above."""
    failed = [each for each in findings if each["status"] == Status.FAILED.value and each["code"] != NOTICE]
    if failed:
        yield findings_section(failed, heading="Required")


def _by_effort(counts: Json, clusters: Iterable[Json]) -> Markup:
    nodes: Counter[str] = Counter()
    for each in clusters:
        nodes[each["effort"]] += each["nodes"]
    total = counts["kubenet"]
    rows = [
        (_effort(effort), counts[effort], nodes[effort], meaning)
        for effort, meaning in MEANINGS.items()
        if counts[effort]
    ]
    headings = ("Effort", "Clusters", "Nodes", "What it asks for")
    whole = _bar({effort: counts[effort] for effort in MEANINGS}, total, name="All clusters", class_="whole")
    return joined([whole, table(headings, rows, caption="The clusters by what their move takes")])


def _bar(counts: Mapping[str, int], scale: int, *, name: str, class_: str | None = None) -> Markup:
    """A stretch for each effort; the whole width is `scale` clusters."""
    rects, at = [], 0.0
    for effort, count in counts.items():
        if count:
            width = count / scale * 100
            title = element("title", text(f"{name}, {effort}: {_counted(count, 'cluster', 'clusters')}"))
            place = {"x": f"{at:.3f}%", "width": f"{width:.3f}%", "y": "0", "height": "100%"}
            rects.append(element("rect", title, **place, class_="edge", style=f"fill:var(--{effort})"))
            at += width
    said = ", ".join(f"{count:,} {effort}" for effort, count in counts.items() if count)
    return element("svg", *rects, role="img", aria_label=f"{name}: {said}", class_=f"fleet {class_ or ''}".strip())


def _effort(effort: str) -> Cell:
    """The word beside its colour."""
    square = element("rect", width="100%", height="100%", style=f"fill:var(--{effort})")
    swatch = element("svg", square, class_="swatch", aria_hidden="true")
    return Cell(element("span", swatch, text(effort), class_="effort"))


def _by_subscription(clusters: Iterable[Json]) -> Markup:
    """Those with the most clusters first, all bars on one scale."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    nodes: Counter[tuple[str, str]] = Counter()
    for each in clusters:
        key = (each["subscriptionName"] or each["subscriptionId"], each["subscriptionId"])
        counts.setdefault(key, Counter())[each["effort"]] += 1
        nodes[key] += each["nodes"]
    ordered = sorted(counts.items(), key=lambda each: (-each[1].total(), each[0]))
    most = ordered[0][1].total()
    rows = [
        (
            key[0],
            Cell(_bar({effort: of[effort] for effort in MEANINGS}, most, name=key[0])),
            of.total(),
            *(of[effort] for effort in MEANINGS),
            nodes[key],
        )
        for key, of in ordered[:MAX_SUBSCRIPTIONS]
    ]
    headings = ("Subscription", "By effort", "Clusters", *(effort.capitalize() for effort in MEANINGS), "Nodes")
    caption = _some("Each subscription, all bars on one scale", len(ordered), MAX_SUBSCRIPTIONS)
    return table(headings, rows, caption=caption)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What was found on one cluster."""

    cluster: Json
    finding: Json


def _in_the_way(clusters: Iterable[Json]) -> Iterator[Markup]:
    """Rule by rule what was found on which clusters: what failed, worst and most often first, then what is unknown."""
    by_rule: dict[tuple[bool, int, str], list[_Case]] = {}
    for each in clusters:
        for finding in each["findings"]:
            is_unknown = finding["status"] == Status.UNKNOWN.value
            key = (is_unknown, _SEVERITIES.index(finding["severity"]), finding["code"])
            by_rule.setdefault(key, []).append(_Case(cluster=each, finding=finding))
    ordered = sorted(by_rule.items(), key=lambda each: (each[0][:2], -len(each[1]), each[0]))
    if not ordered:
        yield element("p", text("Nothing that can be seen from here."), class_="good")
    yield from (_rule(cases) for _, cases in ordered)
    yield element(
        "p",
        text(
            "Rights of identities, locks, policies and security groups are not checked by audit: "
            "az aks kubenet migrate --dry-run judges them, a cluster at a time."
        ),
        class_="quiet",
    )


def _rule(cases: list[_Case]) -> Markup:
    first = cases[0].finding
    on = {each.cluster["id"] for each in cases}
    heading = f"{first['title'][0].upper()}{first['title'][1:]}: not so on {_counted(len(on), 'cluster', 'clusters')}."
    if first["status"] == Status.UNKNOWN.value:
        heading = f"Whether {first['title']} is unknown of {_counted(len(on), 'cluster', 'clusters')}."
    parts = [element("p", label(first), text(heading))]
    alike = all(each.finding["remediation"] == first["remediation"] for each in cases)
    if alike:
        parts += remediation(first)
    shown = (_case(each, with_remediation=not alike) for each in cases[:MAX_CASES])
    parts.append(element("ul", *shown, class_="cases"))
    if len(cases) > MAX_CASES:
        parts.append(element("p", text(f"And {len(cases) - MAX_CASES:,} more like this."), class_="quiet"))
    return element("div", *parts, class_="finding")


def _case(case: _Case, *, with_remediation: bool) -> Markup:
    cluster, finding = case.cluster, case.finding
    name = element("strong", text(cluster["name"]))
    said = text(f" in {cluster['resourceGroup']}: {finding['message']}")
    advice = remediation(finding) if with_remediation else ()
    return element("li", element("p", name, said), *advice, *repairs(finding))


def _all(clusters: list[Json]) -> Iterator[Markup]:
    rows = [
        (
            _effort(each["effort"]),
            each["name"],
            each["resourceGroup"],
            each["subscriptionName"] or each["subscriptionId"],
            each["kubernetesVersion"],
            each["nodes"],
            each["maximumNodes"],
            _codes(each),
            Cell(command(each["command"])),
        )
        for each in clusters[:MAX_CLUSTERS]
    ]
    headings = ("Effort", "Cluster", "Group", "Subscription", "Version", "Nodes", "At most", "Why", "Next")
    yield table(
        headings, rows, caption=_some("Every cluster; a click selects a whole command", len(clusters), MAX_CLUSTERS)
    )
    if len(clusters) > MAX_CLUSTERS:
        yield element("p", text("All of them are in the file of --report clusters.csv."), class_="quiet")


def _codes(cluster: Json) -> str:
    """The codes of what failed and is more than a note, errors first."""
    failed = [each for each in cluster["findings"] if each["status"] == Status.FAILED.value]
    counted = [each for each in failed if each["severity"] != Severity.INFO.value]
    counted.sort(key=lambda each: _SEVERITIES.index(each["severity"]))
    return " ".join(dict.fromkeys(each["code"] for each in counted)) or "-"


def _left(cluster: Json) -> Markup:
    name = element("strong", text(cluster["name"]))
    said = text(f" in {cluster['resourceGroup']} has left {_counted(len(cluster['leftovers']), 'thing', 'things')}:")
    lines = commands(each["command"] for each in cluster["leftovers"])
    return element("div", element("p", name, said), *lines, class_="finding")


def _some(caption: str, count: int, shown: int) -> str:
    return f"{caption} (the first {shown:,} of {count:,})" if count > shown else caption


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
