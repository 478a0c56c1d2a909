"""The page and the CSV of an audit: by effort, by subscription, rule by rule, and bounded however many there are."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from azext_kubenet.core.fleet.fleet import Fleet, Subscription
from azext_kubenet.render.fleet_csv import fleet_csv
from azext_kubenet.render.page.document import write_page
from azext_kubenet.render.page.fleet import MAX_CASES, fleet_page
from tests.benchmarks.auditing import make_fleet
from tests.test_core.fleet.test_audit import fleet_of, member
from tests.test_core.make import SUBSCRIPTION

from .pages import HOSTILE, Reader, answer_of_fleet, mixed, page_of_fleet


def words(fleet: Fleet, **rest: bool) -> str:
    return Reader(page_of_fleet(fleet, **rest)).text


def test_the_fleet_by_effort_and_the_days_left() -> None:
    read = Reader(page_of_fleet(mixed(), with_migrated=True))
    assert "5 clusters have to move: 1 rebuild, 2 blocked, 1 steps, 1 ready." in read.text
    assert "495 days are left: kubenet is unsupported from 2028-03-31." in read.text
    assert "that is one cluster every 99 days." in read.text
    whole, *subscriptions = (each["aria-label"] for each in read.of("svg") if each.get("role") == "img")
    assert whole == "All clusters: 1 rebuild, 2 blocked, 1 steps, 1 ready"
    assert len(subscriptions) == 1


def test_bars_of_subscriptions_are_on_one_scale_the_largest_first() -> None:
    other = "11111111-0000-0000-0000-000000000000"
    there = [member(name, number) for number, name in enumerate("ab", 1)]
    there.append(member("c", 3, kubernetes_version="1.26.0"))
    moved_there = [
        (one, two, replace(each, id=type(each.id).parse(str(each.id).replace(SUBSCRIPTION, other))))
        for one, two, each in there[1:]
    ]
    fleet = fleet_of(
        *moved_there,
        there[0],
        subscriptions=(Subscription(id=SUBSCRIPTION, name="Small"), Subscription(id=other, name="Large")),
    )
    page = page_of_fleet(fleet)
    assert page.index("Large: ") < page.index("Small: ")
    assert [each["width"] for each in Reader(page).of("rect") if "width" in each and each.get("class") == "edge"] == [
        *("33.333%", "66.667%"),
        *("50.000%", "50.000%"),
        "50.000%",
    ]


def test_of_what_stands_in_the_way_each_rule_is_told_once_with_its_clusters() -> None:
    text = words(fleet_of(*(member(f"k{at:02}", at, network_policy="calico") for at in range(1, MAX_CASES + 4))))
    assert text.count("MG3, error: ") == 1
    assert "No network policy engine is installed: not so on 23 clusters." in text
    assert "k20 in rg" in text
    assert "k21 in rg" not in text
    assert "And 3 more like this." in text


def test_advice_that_differs_stands_with_each_cluster() -> None:
    text = words(fleet_of(member("a", 1, count=300), member("b", 2, count=301)))
    assert text.count("IP2, error: ") == 1
    assert "Take 79 nodes away" in text
    assert "Take 81 nodes away" in text


def test_nothing_found_is_good_only_where_everything_was_seen() -> None:
    assert "No cluster is on kubenet." in words(fleet_of())
    text = words(fleet_of(faults=("A page failed.",)))
    assert "No cluster on kubenet was found, and not everything was seen." in text
    assert "Not everything was seen" in text
    assert "A page failed." in text


def test_what_was_required_is_told() -> None:
    text = words(fleet_of(member("a", 1)), require_none=True)
    assert "RET2, error: 1 cluster is on kubenet" in text
    assert "1 cluster has to move: 1 ready." in text


def test_what_is_left_over_comes_with_its_commands() -> None:
    text = words(mixed(), with_migrated=True)
    assert "left in rg has left 2 things:" in text
    assert "az network route-table route delete" in text


def test_after_the_end_there_is_no_pace() -> None:
    result = answer_of_fleet(fleet_of(member("a", 1)))
    late = {**result, "retirement": {"date": "2028-03-31", "daysLeft": 0}}
    text = Reader(write_page(fleet_page(late, mark="audit"))).text
    assert "Kubenet has been unsupported since 2028-03-31." in text
    assert "that is one cluster" not in text


@pytest.mark.parametrize("count", [1_000, 1_500])
def test_a_page_of_a_large_fleet_stays_below_two_megabytes(count: int) -> None:
    page = page_of_fleet(make_fleet(count))
    assert len(page.encode()) < 2_000_000
    assert ("All of them are in the file of --report clusters.csv." in page) is (count > 1_000)


def rows(fleet: Fleet, **rest: bool) -> list[dict[str, str]]:
    text = fleet_csv(answer_of_fleet(fleet, **rest))
    assert text.startswith('\ufeff"effort"')
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_has_a_row_a_cluster_in_the_order_of_the_answer() -> None:
    found = rows(mixed(), with_migrated=True)
    assert [each["effort"] for each in found] == ["rebuild", "blocked", "blocked", "steps", "ready", "leftovers"]
    steps = found[3]
    assert (steps["name"], steps["steps"], steps["failed"], steps["nodes"]) == ("calico", "MG3", "MG3", "2")
    assert (steps["ownNetwork"], steps["gateway"], steps["leftovers"]) == ("true", "", "0")
    assert steps["command"].startswith("az aks kubenet migrate --subscription ")
    assert found[-1]["leftovers"] == "2"
    assert found[0]["subscriptionName"] == HOSTILE.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n=", "＝"])  # noqa: RUF001 - it is meant
def test_no_cell_is_a_formula(start: str) -> None:
    name = f'{start}HYPERLINK("http://x"),1'
    fleet = fleet_of(member("a", 1), subscriptions=(Subscription(id=SUBSCRIPTION, name=name),))
    (row,) = rows(fleet)
    assert row["subscriptionName"] == f"'{name}"
