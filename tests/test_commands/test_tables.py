"""Tables as az prints them, within 80 columns; the names in changes are as long as Azure takes them."""

from __future__ import annotations

import pytest

from tests.simulator import AzSession, Simulator
from tests.world import network_body

from .azure import SUBNET, kubenet, put_network

LONGEST = 63


@pytest.fixture
def subnet(sim: Simulator) -> str:
    """A subnet whose group, network and own name are as long as AKS takes them."""
    group = f"/subscriptions/{sim.subscription_id}/resourceGroups/{'g' * LONGEST}"
    network = f"{group}/providers/Microsoft.Network/virtualNetworks/{'n' * LONGEST}"
    sim.put(group, {"location": "westeurope"})
    sim.put(network, network_body(subnet="s" * LONGEST))
    return f"{network}/subnets/{'s' * LONGEST}"


def width(az: AzSession, *words: str) -> int:
    done = kubenet(az, *words, "--output", "table")
    assert done.returncode in (0, 4), done.stderr
    rows = done.stdout.splitlines()
    assert len(rows) > 2
    return max(map(len, rows))


NAMED = ("--resource-group", "g" * LONGEST, "--cluster-name", "a" * LONGEST)
BROKEN = ("--pod-cidr", "10.1.0.0/17", "--service-cidr", "10.1.0.0/16", "--node-count", "500")


@pytest.mark.parametrize("words", [("list-rules",), ("plan", "--node-count", "5000")])
def test_what_is_printed_offline_fits(az: AzSession, words: tuple[str, ...]) -> None:
    assert width(az, *words) <= 80


def test_findings_fit(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    assert width(az, "validate-subnet", "--vnet-subnet-id", SUBNET, *BROKEN) <= 80


def test_changes_fit(az: AzSession, subnet: str) -> None:
    prepare = ("prepare", *NAMED, "--vnet-subnet-id", subnet)
    assert width(az, *prepare, "--dry-run") <= 80
    assert width(az, *prepare) <= 80
    assert width(az, "cleanup", *NAMED, "--dry-run") <= 80


def total(az: AzSession, *words: str) -> str:
    """The row that counts the changes."""
    done = kubenet(az, *words, "--resource-group", "rg", "--cluster-name", "aks", "--output", "table")
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.partition("Total ")[2].split("Next")[0].split())


def test_what_was_done_is_told_as_done(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    prepare = ("prepare", "--vnet-subnet-id", SUBNET)
    assert total(az, *prepare, "--dry-run") == "4 to create, 1 to update"
    assert total(az, *prepare) == "4 created, 1 updated"
    assert total(az, "cleanup", "--dry-run") == "1 to update, 4 to delete"
    assert total(az, "cleanup", "--yes") == "1 updated, 4 deleted"
