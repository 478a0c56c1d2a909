"""The page of `--report`: self-contained, every value escaped, the same bytes for the same input, readable colours."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

import pytest

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.address_map import Use
from azext_kubenet.core.fleet.audit import Effort
from azext_kubenet.core.plan.plan import PlanRequest
from azext_kubenet.render.page.document import command
from azext_kubenet.render.page.drawing import SHOWN_ROWS
from azext_kubenet.render.page.markup import breakable, prose, table
from azext_kubenet.render.page.style import STYLE
from tests.test_core.make import make_cluster, make_networks, make_pool, make_subnet, make_virtual_network

from .pages import PAGES, SUBNET_ID, Reader, every_page, page_of_plan, page_of_subnet, planned


def test_it_says_verdict_and_deadline_first_and_then_the_rest() -> None:
    text = Reader(page_of_plan(planned())).text
    places = [
        text.index(each) for each in ("Ready", "unsupported from 2028-03-31", "All ranges", "az aks kubenet prepare")
    ]
    assert places == sorted(places)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return every_page()


@pytest.mark.parametrize("name", PAGES)
def test_it_asks_nobody_and_runs_nothing(pages: dict[str, str], name: str) -> None:
    page, read = pages[name], Reader(pages[name])
    (policy,) = (each["content"] for each in read.of("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not {"script", "link", "img", "iframe", "object", "a", "image", "use", "form"} & {
        tag for tag, _ in read.elements
    }
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#hatch"}
    assert not [each for _, attributes in read.elements for key, each in attributes.items() if key in ("src", "href")]


@pytest.mark.parametrize("name", PAGES)
def test_every_value_is_text_that_turns_nothing(pages: dict[str, str], name: str) -> None:
    read = Reader(pages[name])
    assert "\u202e" not in pages[name]
    assert "\x1b" not in pages[name]
    assert "&amp;amp;" not in pages[name]
    assert name == "plan" or "alert(1)" in read.text or "onload=x" in read.text


@pytest.mark.parametrize("name", PAGES)
def test_the_same_input_gives_the_same_bytes(pages: dict[str, str], name: str) -> None:
    assert every_page()[name] == pages[name]


@pytest.mark.parametrize("name", PAGES)
def test_it_says_the_deadline_right_after_the_verdict(pages: dict[str, str], name: str) -> None:
    text = re.sub(r"<[^>]+>", " ", pages[name].partition("<header>")[2].partition("</header>")[0])
    assert "unsupported from 2028-03-31" in text
    read = Reader(pages[name])
    assert [each for each in read.of("p") if (each.get("class") or "").startswith("verdict ")]


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_has_a_name_and_every_table_a_caption(pages: dict[str, str], name: str) -> None:
    read = Reader(pages[name])
    pictures = [each for each in read.of("svg") if each.get("aria-hidden") is None]
    assert all(each["role"] == "img" and each["aria-label"] for each in pictures)
    assert len(read.of("caption")) == len(read.of("table"))
    assert len(pages[name].encode()) < 300_000


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
    for ink, behind in (("ink", "ground"), ("quiet", "ground"), ("quiet", "free")):
        assert contrast(palette[ink], palette[behind]) >= 4.5, (ink, behind)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_every_use_has_a_colour_that_is_seen_beside_free_space(palette: dict[str, str]) -> None:
    for use in Use:
        assert use.value in palette
    for use in (Use.NODES, Use.CLUSTER_SUBNET, Use.OTHER_SUBNET, Use.PODS, Use.SERVICES, Use.RESERVED, Use.AZURE):
        assert contrast(palette[use.value], palette["free"]) >= 2.0, use


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_every_effort_has_a_colour_that_is_seen_on_paper(palette: dict[str, str]) -> None:
    for effort in Effort:
        if effort is not Effort.LEFTOVERS:
            assert contrast(palette[effort.value], palette["paper"]) >= 3.0, effort


def test_a_command_breaks_between_words_and_after_the_slashes_of_an_id() -> None:
    written = command("az x --resource-group a --ids /subscriptions/s/x")
    assert written == ("<code>az x <b>--resource-group</b> a <b>--ids</b> /subscriptions/<wbr/>s/<wbr/>x</code>")
    assert breakable("10.0.0.0/8") == "10.0.0.0/8"


def test_what_stands_between_backticks_is_code() -> None:
    assert prose("Run `az <x>`, then `y`.") == "Run <code>az &lt;x&gt;</code>, then <code>y</code>."
    assert prose("One ` alone") == "One ` alone"


def test_numbers_stand_to_the_right_with_their_heading() -> None:
    written = table(("A", "B"), [("x", 1_000)], caption="C")
    assert '<th scope="col">A</th><th scope="col" class="number">B</th>' in written
    assert '<td class="number">1,000</td>' in written
    assert '<th scope="col">A</th>' in table(("A", "B"), [], caption="C")


def test_each_subnet_of_a_plan_shows_its_own_pools() -> None:
    pools = (make_pool("system", node_count=3), make_pool("work", node_count=40, subnet="work"))
    text = Reader(
        page_of_plan(PlanRequest(cluster=make_cluster(*pools), address_prefixes=make_networks("10.1.0.0/16")))
    ).text
    assert "Nodes: 3 addresses" in text
    assert "Nodes: 40 addresses" in text
    assert "Nodes: 43 addresses" not in text
