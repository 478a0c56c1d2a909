"""The page of `--report`: self-contained, every value escaped, the same bytes for the same input, readable colours."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from ipaddress import IPv4Network

import pytest

from azext_kubenet.core.azure.model import Peering, Snapshot
from azext_kubenet.core.clusters.address_map import Use
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import all_rules, plan_rules
from azext_kubenet.core.rules.rule import Stage, evaluate
from azext_kubenet.render.page.document import write_page
from azext_kubenet.render.page.drawing import SHOWN_ROWS
from azext_kubenet.render.page.pages import plan_page, subnet_page
from azext_kubenet.render.page.style import STYLE
from azext_kubenet.render.plan import render_plan
from azext_kubenet.render.report import render_report
from tests.test_core.make import (
    TODAY,
    make_cluster,
    make_id,
    make_networks,
    make_pool,
    make_subnet,
    make_virtual_network,
)

HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m"
SUBNET_ID = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")


class Reader(HTMLParser):
    """What stands in a page: elements with their attributes, and whether each is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page_of_plan(request: PlanRequest) -> str:
    plan = plan_addresses(request)
    report = evaluate(
        plan_rules(), cluster=plan.cluster, snapshot=planned_snapshot(plan), today=TODAY, stage=Stage.PLAN
    )
    return write_page(plan_page(plan, report, render_plan(plan, report), mark="plan"))


def page_of_subnet(snapshot: Snapshot, cluster: ClusterRequest | None = None) -> str:
    wanted = cluster or make_cluster()
    report = evaluate(all_rules(), cluster=wanted, snapshot=snapshot, today=TODAY, stage=Stage.VALIDATE)
    return write_page(
        subnet_page(wanted, snapshot, report, render_report(report, SUBNET_ID), mark=f"validate-subnet {SUBNET_ID}")
    )


def planned() -> PlanRequest:
    return PlanRequest(
        cluster=make_cluster(make_pool(node_count=3, max_count=20)),
        address_prefixes=make_networks("10.1.0.0/16"),
        used_prefixes=make_networks("10.1.0.0/20", "10.1.16.0/28"),
        peered_prefixes=make_networks("10.2.0.0/16"),
    )


def test_it_says_verdict_and_deadline_first_and_then_the_rest() -> None:
    text = Reader(page_of_plan(planned())).text
    places = [
        text.index(each) for each in ("Ready", "unsupported from 2028-03-31", "All ranges", "az aks kubenet prepare")
    ]
    assert places == sorted(places)


def test_it_asks_nobody_and_runs_nothing() -> None:
    page = page_of_plan(planned())
    read = Reader(page)
    (policy,) = (each["content"] for each in read.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not {"script", "link", "img", "iframe", "object", "a", "image", "use", "form"} & {
        tag for tag, _ in read.elements
    }
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert "http:" not in page.replace("http://www.w3.org", "")
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#hatch"}


def test_every_value_is_text() -> None:
    network = make_virtual_network(
        make_subnet(HOSTILE, "192.168.9.0/24"),
        make_subnet(),
        name=HOSTILE,
        peerings=(Peering(name=HOSTILE, remote_address_prefixes=make_networks("10.0.0.0/24")),),
    )
    page = page_of_subnet(Snapshot(virtual_network=network, subnet=network.subnets[1]))
    assert Reader(page).of("script") == []
    assert "alert(1)" in Reader(page).text
    assert "\x1b" not in page


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page_of_plan(planned()) == page_of_plan(planned())


def test_every_bar_has_titles_and_the_same_numbers_in_a_table() -> None:
    read = Reader(page_of_plan(planned()))
    pictures = [each for each in read.of("svg") if each.get("role") == "img"]
    assert pictures
    assert all(each["aria-label"] for each in pictures)
    for number in ("65,536", "4,096", "Nodes: 20 addresses", "Surge during upgrades: 2 addresses"):
        assert number in read.text


def test_overlaps_are_hatched_and_named() -> None:
    cluster = make_cluster(pod_cidr=IPv4Network("192.168.128.0/17"))
    network = make_virtual_network(make_subnet())
    page = page_of_subnet(Snapshot(virtual_network=network, subnet=network.subnets[0]), cluster)
    assert "1 overlap, hatched above:" in page
    assert [each.get("class") for each in Reader(page).of("rect")].count("hatched") == 2
    assert "Not ready." in page
    more = make_cluster(pod_cidr=IPv4Network("192.168.128.0/17"), service_cidr=IPv4Network("192.168.0.0/18"))
    assert "2 overlaps, hatched above:" in page_of_subnet(Snapshot(virtual_network=network), more)


def test_a_subnet_that_could_not_be_read_is_named_by_its_id() -> None:
    assert f"Subnet {SUBNET_ID} for a kubenet cluster" in page_of_subnet(Snapshot())


def test_a_network_without_room_has_no_subnet_on_its_page() -> None:
    page = page_of_plan(PlanRequest(cluster=make_cluster(), address_prefixes=make_networks("10.1.0.0/30")))
    assert "IP9" in page
    assert "It can grow" not in page


def test_pages_stay_small_however_many_subnets_there_are() -> None:
    used = tuple(IPv4Network((0x0A000000 + (number << 8), 25)) for number in range(5000))
    page = page_of_plan(
        PlanRequest(cluster=make_cluster(), address_prefixes=make_networks("10.0.0.0/8"), used_prefixes=used)
    )
    assert len(page.encode()) < 300_000
    assert page.count("<tr>") < 8 * SHOWN_ROWS


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> list[dict[str, str]]:
    screen = STYLE.partition("\n* {")[0]
    light, dark = (dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in screen.split("@media"))
    return [light, {**light, **dark}]


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_text_is_readable_on_its_ground(palette: dict[str, str]) -> None:
    for ink in ("ink", "quiet", "error", "warning", "good", "note"):
        assert contrast(palette[ink], palette["paper"]) >= 4.5, ink
    for ink in ("ink", "quiet"):
        assert contrast(palette[ink], palette["ground"]) >= 4.5, ink


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_every_use_has_a_colour_that_is_seen_beside_free_space(palette: dict[str, str]) -> None:
    for use in Use:
        assert use.value in palette
    for use in (Use.NODES, Use.CLUSTER_SUBNET, Use.OTHER_SUBNET, Use.PODS, Use.SERVICES, Use.RESERVED, Use.AZURE):
        assert contrast(palette[use.value], palette["free"]) >= 2.0, use
