"""Which route decides: the longest prefix, on addresses picked one by one and on all public ones at once."""

from __future__ import annotations

from ipaddress import IPv4Address
from random import Random

import pytest

from azext_kubenet.core.addresses.intervals import of_networks
from azext_kubenet.core.azure.route_tables import Route
from azext_kubenet.core.clusters.longest_prefix import decided_by, public_egress

from ..make import make_networks, make_route, make_route_table


def to(prefix: str, hop: str = "VirtualAppliance", name: str = "") -> Route:
    return make_route(name or prefix, prefix, next_hop_type=hop)


def names(decided: dict[Route, int]) -> dict[str, int]:
    return {route.name: count for route, count in decided.items()}


def test_the_longest_prefix_takes_its_addresses_from_the_wider_ones() -> None:
    routes = [to("10.0.0.0/24"), to("10.0.0.0/26"), to("10.0.0.128/26"), to("10.0.0.0/8"), to("11.0.0.0/8")]
    region = of_networks(make_networks("10.0.0.0/23"))
    assert names(decided_by(routes, region)) == {
        "10.0.0.0/24": 128,
        "10.0.0.0/26": 64,
        "10.0.0.128/26": 64,
        "10.0.0.0/8": 256,
    }


def test_a_route_whose_addresses_all_have_a_longer_one_decides_nothing() -> None:
    routes = [to("10.0.0.0/24"), to("10.0.0.0/25"), to("10.0.0.128/25"), to("AzureMonitor"), to("fd12::/64")]
    decided = decided_by(routes, of_networks(make_networks("10.0.0.0/16")))
    assert names(decided) == {"10.0.0.0/25": 128, "10.0.0.128/25": 128}


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_each_address_says(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a test that repeats itself
    routes = []
    for number in range(random.randint(1, 12)):
        length = random.randint(24, 32)
        start = random.randrange(0, 512) >> (32 - length) << (32 - length)
        routes.append(to(f"{IPv4Address(int(IPv4Address('10.0.0.0')) + start)}/{length}", name=f"r{number}"))
    routes = list({route.address_prefix: route for route in routes}.values())
    region = make_networks("10.0.0.0/25", "10.0.1.64/26")
    expected: dict[str, int] = {}
    for address in (each for network in region for each in network):
        holding = [each for each in routes if each.address_prefix and address in each.address_prefix]
        if holding:
            longest = max(holding, key=lambda each: each.address_prefix.prefixlen if each.address_prefix else 0)
            expected[longest.name] = expected.get(longest.name, 0) + 1
    assert names(decided_by(routes, of_networks(region))) == expected


EVERYTHING = {
    "a default route": [to("0.0.0.0/0")],
    "its halves": [to("0.0.0.0/1"), to("128.0.0.0/1")],
    "halves before a default route": [to("0.0.0.0/0", "Internet"), to("0.0.0.0/1"), to("128.0.0.0/1")],
    "an exception in a private range": [to("0.0.0.0/0"), to("10.1.0.0/16", "VnetLocal")],
}


@pytest.mark.parametrize("routes", EVERYTHING.values(), ids=EVERYTHING)
def test_all_that_goes_out_goes_to_the_appliance(routes: list[Route]) -> None:
    egress = public_egress(make_route_table(*routes))
    assert egress.is_all("virtualappliance")
    assert egress.is_much("VirtualAppliance")
    assert egress.by("VirtualAppliance")[0].address_prefix in make_networks("0.0.0.0/0", "0.0.0.0/1")


MUCH = {
    "all but one host": ([to("0.0.0.0/0"), to("8.8.8.8/32", "None")], True),
    "the lower half": ([to("0.0.0.0/1")], True),
    "the upper half": ([to("128.0.0.0/1")], True),
    "one range": ([to("52.0.0.0/8")], False),
    "halves that go elsewhere": ([to("0.0.0.0/0"), to("0.0.0.0/1", "None"), to("128.0.0.0/1", "None")], False),
}


@pytest.mark.parametrize(("routes", "much"), MUCH.values(), ids=MUCH)
def test_not_all_goes_there(routes: list[Route], much: bool) -> None:
    egress = public_egress(make_route_table(*routes))
    assert (egress.is_all("VirtualAppliance"), egress.is_much("VirtualAppliance")) == (False, much)


def test_without_a_table_nothing_is_decided() -> None:
    egress = public_egress(None)
    assert (egress.by("Internet"), egress.is_much("Internet")) == ((), False)
