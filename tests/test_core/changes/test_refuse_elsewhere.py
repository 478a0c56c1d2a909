"""What a preparation makes is in the network's region and subscription, and in a group that exists."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import MissingResourceError, RefusedError
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare
from azext_kubenet.core.changes.refuse_elsewhere import refuse_elsewhere

from ..make import make_id, make_route_table, make_subnet, make_unreadable, make_virtual_network

SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")


def check(
    *, cluster_id: ResourceId = CLUSTER, table_id: ResourceId = TABLE, location: str | None = None, **facts: Any
) -> None:
    request = PrepareRequest(
        cluster_id=cluster_id,
        subnet_id=SUBNET,
        identity_id=make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
        identity_given=False,
        route_table_id=table_id,
        route_table_given=False,
        location=location,
    )
    subnet = make_subnet(id=SUBNET)
    known: dict[str, Any] = {
        "subnet": subnet,
        "virtual_network": make_virtual_network(subnet, location="westeurope"),
        "group_location": "eastus",
    }
    snapshot = Snapshot(**(known | facts))
    refuse_elsewhere(request, decide_prepare(request, snapshot), snapshot)


@pytest.mark.parametrize("location", [None, "West Europe"])
def test_where_the_network_is_all_can_be_made(location: str | None) -> None:
    check(location=location)


def test_a_table_that_is_there_counts_and_not_the_location_of_what_is_made() -> None:
    check(location="eastus", candidate_route_table=make_route_table(location="westeurope"))


@pytest.mark.parametrize(
    ("table", "message", "advice"),
    [
        (
            None,
            "Route table 'routes' would be in eastus, and virtual network 'vnet' is in westeurope;",
            "Omit --location",
        ),
        (
            make_route_table(location="eastus"),
            "Route table 'routes' is in eastus, and virtual network 'vnet' is in westeurope;",
            "Name another",
        ),
    ],
)
def test_a_table_in_another_region_is_refused(table: Any, message: str, advice: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check(location="eastus", candidate_route_table=table)
    assert caught.value.message.startswith(message)
    assert "RT6" in caught.value.message
    assert str(caught.value.recommendation).startswith(advice)


@pytest.mark.parametrize("network", [make_unreadable(), make_virtual_network(location="")])
def test_a_region_that_is_not_known_is_left_to_azure(network: Any) -> None:
    check(location="eastus", virtual_network=network)


def test_a_subnet_of_another_subscription_is_refused() -> None:
    elsewhere = make_id("Microsoft.ContainerService/managedClusters", "aks", subscription="other")
    with pytest.raises(RefusedError, match=r"would be in 'other'; both have to be in one \(SN1\)"):
        check(cluster_id=elsewhere)


def test_a_table_of_another_subscription_is_refused() -> None:
    """ansible#971: Azure would refuse the association, after the identity was made."""
    elsewhere = make_id("Microsoft.Network/routeTables", "routes", subscription="s2")
    with pytest.raises(RefusedError, match=r"Route table 'routes' is in subscription 's2', .*\(RT6\)"):
        check(table_id=elsewhere, candidate_route_table=make_route_table(id=elsewhere))


def test_a_group_that_is_not_there_is_told_with_the_command_that_makes_it() -> None:
    with pytest.raises(MissingResourceError, match="Resource group 'rg' was not found") as caught:
        check(group_location=None)
    assert caught.value.recommendation[1].startswith("az group create --subscription ")
    assert caught.value.recommendation[1].endswith("--name rg --location westeurope")
    check(group_location=make_unreadable())


def test_a_group_in_which_nothing_is_made_is_not_looked_at() -> None:
    identity = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity", group="elsewhere")
    request = PrepareRequest(
        cluster_id=CLUSTER,
        subnet_id=SUBNET,
        identity_id=identity,
        identity_given=False,
        route_table_id=TABLE,
        route_table_given=False,
    )
    subnet = make_subnet(id=SUBNET, route_table_id=TABLE)
    snapshot = Snapshot(subnet=subnet, virtual_network=make_virtual_network(subnet), route_table=make_route_table())
    refuse_elsewhere(request, decide_prepare(request, snapshot), snapshot)
