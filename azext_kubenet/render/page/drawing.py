"""The address map as inline SVG with a table beside it that has the same numbers. No IO.

Widths are percentages, so that bars fill the page and text keeps its size. Lanes are not to scale: each stretch is as
wide as the logarithm of its size, so that a /8 and a /28 are both seen. Bars are to scale, one the zoom of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from ...core.clusters.address_map import AddressMap, Bar, Lane, Overlap, Part, Use
from .markup import Markup, element, joined, table, text

NAMES: Final = {
    Use.VIRTUAL_NETWORK: "Virtual network",
    Use.CLUSTER_SUBNET: "Cluster's subnet",
    Use.OTHER_SUBNET: "Other subnets",
    Use.PODS: "Pods",
    Use.SERVICES: "Services",
    Use.PEERED: "Peered networks",
    Use.ON_PREMISES: "On-premises",
    Use.RESERVED: "Reserved by AKS",
    Use.AZURE: "Kept by Azure",
    Use.NODES: "Nodes",
    Use.SURGE: "Surge during upgrades",
    Use.LOAD_BALANCERS: "Internal load balancers",
    Use.OTHERS: "Other users",
    Use.FREE: "Free",
}

SHOWN_ROWS: Final = 120
"""Rows of one table; a page stays small however many subnets a network has."""

_GAP, _BASE = 1.0, 2.0
_NARROWEST: Final = 0.6
"""Percent of a bar that the smallest part still takes, to be seen."""


def draw_map(address_map: AddressMap) -> Markup:
    """Lanes, what overlaps, and the bars to scale."""
    parts = [_defs(), *_draw_lanes(address_map), *_draw_overlaps(address_map)]
    parts += [_draw_chain(chain) for chain in _chains(address_map.bars)]
    return joined(parts)


def _defs() -> Markup:
    stroke = element("path", d="M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", stroke="var(--hatch)", stroke_width="2")
    pattern = element("pattern", stroke, id="hatch", width="8", height="8", patternUnits="userSpaceOnUse")
    return element(
        "svg", element("defs", pattern), width="0", height="0", aria_hidden="true", style="position:absolute"
    )


def _rect(x: float, width: float, use: Use, title: str, *, hatched: bool = False) -> Markup:
    place = {"x": f"{x:.3f}%", "width": f"{width:.3f}%", "y": "0", "height": "100%"}
    style = {"class_": "hatched"} if hatched else {"class_": "edge", "style": f"fill:var(--{use.value})"}
    return element("rect", element("title", text(title)), **place, **style)


def _columns(lanes: Iterable[Lane]) -> dict[int, float]:
    """Where each edge of any part stands, in percent; the addresses between two parts shrink to a gap."""
    parts = [part for lane in lanes for part in lane.parts]
    edges = sorted({edge for part in parts for edge in (part.first, part.last + 1)})
    starts, ends = sorted(part.first for part in parts), sorted(part.last + 1 for part in parts)
    widths: list[float] = []
    opened = closed = 0
    for first, after in pairwise(edges):
        while opened < len(starts) and starts[opened] <= first:
            opened += 1
        while closed < len(ends) and ends[closed] <= first:
            closed += 1
        widths.append(_BASE + (after - first).bit_length() if opened > closed else _GAP)
    scale, at = 100 / sum(widths), 0.0
    places = {edges[0]: 0.0}
    for edge, width in zip(edges[1:], widths, strict=True):
        at += width * scale
        places[edge] = at
    return places


def _draw_lanes(address_map: AddressMap) -> Iterator[Markup]:
    places = _columns([*address_map.lanes, *_as_lanes(address_map.overlaps)])
    yield element("p", text("All ranges in the order of their addresses, not to scale."), class_="quiet")
    for lane in address_map.lanes:
        rects = [_placed(places, part, lane.use, hatched=False) for part in lane.parts]
        rects += [
            _placed(places, part, lane.use, hatched=True)
            for overlap in address_map.overlaps
            if lane.use in overlap.uses
            for part in _part_of(overlap)
        ]
        track = element("rect", x="0", y="45%", width="100%", height="10%", class_="track")
        label = f"{NAMES[lane.use]}: {', '.join(part.text for part in lane.parts[:8])}"
        picture = element("svg", track, *rects, role="img", aria_label=label)
        yield element("div", element("div", text(NAMES[lane.use])), picture, class_="lane")
    rows = [
        (NAMES[lane.use], _names(part), part.text, part.addresses) for lane in address_map.lanes for part in lane.parts
    ]
    yield _numbers(("Use", "Name", "Range", "Addresses"), rows, caption="All ranges")


def _as_lanes(overlaps: Iterable[Overlap]) -> Iterator[Lane]:
    return (Lane(use=overlap.uses[0], parts=tuple(_part_of(overlap))) for overlap in overlaps)


def _part_of(overlap: Overlap) -> Iterator[Part]:
    yield Part(use=overlap.uses[0], first=overlap.first, last=overlap.last)


def _placed(places: dict[int, float], part: Part, use: Use, *, hatched: bool) -> Markup:
    x = places[part.first]
    title = f"{'Overlap in ' if hatched else ''}{NAMES[use]} {_names(part)} {part.text}: {part.addresses:,} addresses"
    return _rect(x, places[part.last + 1] - x, use, title, hatched=hatched)


def _names(part: Part) -> str:
    shown = ", ".join(part.names[:3])
    return f"{shown} and {len(part.names) - 3:,} more" if len(part.names) > 3 else shown


def _draw_overlaps(address_map: AddressMap) -> Iterator[Markup]:
    if not address_map.overlap_count:
        yield element("p", text("No two of them overlap that must not."), class_="good")
        return
    count = address_map.overlap_count
    heading = "1 overlap, hatched above" if count == 1 else f"{count:,} overlaps, hatched above"
    pairs = dict.fromkeys(" with ".join(NAMES[use] for use in each.uses) for each in address_map.overlaps)
    yield element("p", text(f"{heading}: {', '.join(pairs)}."), class_="error verdict")
    rows = [
        (NAMES[one], each.names[0], NAMES[other], each.names[1], each.last - each.first + 1)
        for each in address_map.overlaps
        for one, other in [each.uses]
    ]
    yield _numbers(("Use", "Range", "overlaps", "Range", "Addresses"), rows, caption="Overlaps")


def _chains(bars: Iterable[Bar]) -> Iterator[tuple[Bar, ...]]:
    """Each bar with those that zoom into it."""
    chain: list[Bar] = []
    for scaled in bars:
        chain.append(scaled)
        if scaled.zoom is None:
            yield tuple(chain)
            chain = []


def _draw_chain(chain: tuple[Bar, ...]) -> Markup:
    """Bars one below the other, and between two of them which part is shown again; then all of it in numbers."""
    whole = chain[0]
    parts = [element("h3", text(f"{whole.title}, {whole.network}")), _ends(whole), _draw_bar(whole)]
    for outer, inner in pairwise(chain):
        parts += [_lens(outer, inner), _draw_bar(inner)]
    parts += [_key(whole), *(_numbers_of(each) for each in chain)]
    return element("section", *parts, class_="bar")


def _ends(scaled: Bar, middle: str = "") -> Markup:
    """The first and the last address over the ends of a bar."""
    texts = (scaled.network[0], *([middle] if middle else []), scaled.network[-1])
    return element("div", *(element("span", text(each)) for each in texts), class_="ends")


def _draw_bar(scaled: Bar) -> Markup:
    first, size = int(scaled.network.network_address), scaled.network.num_addresses
    rects = []
    for part in sorted(scaled.parts, key=_height):
        width = max(part.addresses / size * 100, _NARROWEST)
        x = min((part.first - first) / size * 100, 100 - width)
        rects.append(_rect(x, width, part.use, _said(scaled, part)))
    label = f"{scaled.title}, {scaled.network}: {', '.join(_said(scaled, part) for part in scaled.parts[:8])}"
    return element("svg", *rects, role="img", aria_label=label)


def _lens(outer: Bar, inner: Bar) -> Markup:
    """From the part of one bar, as narrow as it is there, to the whole width of the next."""
    first, size = int(outer.network.network_address), outer.network.num_addresses
    left = (int(inner.network.network_address) - first) / size
    right = left + inner.network.num_addresses / size
    widening = element("polygon", points=f"{left:.5f},0 {right:.5f},0 1,1 0,1")
    light = element("svg", widening, viewBox="0 0 1 1", preserveAspectRatio="none", aria_hidden="true")
    return element("div", light, _ends(inner, f"zoomed: {inner.network}"), class_="lens")


def _key(scaled: Bar) -> Markup:
    """Which colour is what, with how many addresses of each."""
    counts: dict[Use, int] = {}
    for part in scaled.parts:
        counts[part.use] = counts.get(part.use, 0) + part.addresses
    items = []
    for use, count in counts.items():
        swatch = element(
            "svg", element("rect", width="100%", height="100%", style=f"fill:var(--{use.value})"), aria_hidden="true"
        )
        items.append(element("li", swatch, text(f"{NAMES[use]} {count:,}")))
    return element("ul", *items, class_="key")


def _height(part: Part) -> int:
    """What is small lies above what is free, and the cluster's own above all, as the narrowest are widened."""
    return {Use.FREE: 0, Use.CLUSTER_SUBNET: 2}.get(part.use, 1)


def _numbers_of(scaled: Bar) -> Markup:
    caption = f"{scaled.network} in numbers"
    if not scaled.placed:
        sums = [(NAMES[part.use], part.addresses) for part in scaled.parts]
        return _numbers(("Use", "Addresses"), sums, caption=caption)
    rows = [(NAMES[part.use], _names(part), part.text, part.addresses) for part in scaled.parts]
    return _numbers(("Use", "Name", "Range", "Addresses"), rows, caption=caption)


def _said(scaled: Bar, part: Part) -> str:
    named = f" {_names(part)}" if part.names else ""
    placed = f" {part.text}" if scaled.placed else ""
    return f"{NAMES[part.use]}{named}{placed}: {part.addresses:,} addresses"


def _numbers(headings: tuple[str, ...], rows: Sequence[tuple[object, ...]], *, caption: str) -> Markup:
    hidden = len(rows) - SHOWN_ROWS
    return table(
        headings,
        rows[:SHOWN_ROWS],
        caption=f"{caption} (the first {SHOWN_ROWS} of {len(rows):,})" if hidden > 0 else caption,
    )
