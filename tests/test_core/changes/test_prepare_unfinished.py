"""Prepare on what an operation that failed has left behind: it is written once more, as it is."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, AssociateRouteTable, Phase, WriteAgain
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare

from ..make import make_id, make_route_table, make_subnet, make_virtual_network

SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
REQUEST = PrepareRequest(
    cluster_id=make_id("Microsoft.ContainerService/managedClusters", "aks"),
    subnet_id=SUBNET,
    identity_id=make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
    identity_given=False,
    route_table_id=TABLE,
    route_table_given=False,
)


def snapshot(table_state: str = "Succeeded", subnet_state: str = "Succeeded") -> Snapshot:
    subnet = make_subnet(id=SUBNET, route_table_id=TABLE, provisioning_state=subnet_state)
    return Snapshot(
        subnet=subnet,
        virtual_network=make_virtual_network(subnet),
        route_table=make_route_table(subnets=(SUBNET,), provisioning_state=table_state),
    )


def test_a_table_that_failed_is_written_again_before_anything_refers_to_it() -> None:
    changes = decide_prepare(REQUEST, snapshot(table_state="Failed")).changes
    (change,) = (each for each in changes if each.resource_id == str(TABLE))
    assert (change.action, change.reason, change.phase) == (
        Action.UPDATE,
        "its last operation failed",
        Phase.RESOURCES,
    )
    assert change.write == WriteAgain(id=TABLE)


def test_a_subnet_that_failed_is_written_again_and_asks_nobody() -> None:
    intent = decide_prepare(REQUEST, snapshot(subnet_state="Failed"))
    (change,) = (each for each in intent.changes if each.resource_id == str(SUBNET))
    assert (change.action, change.reason, change.phase) == (Action.UPDATE, "its last operation failed", Phase.LINKS)
    assert change.write == AssociateRouteTable(subnet_id=SUBNET, route_table_id=TABLE)
    assert intent.asks == ()


@pytest.mark.parametrize("state", ["Succeeded", "Updating"])
def test_what_is_whole_or_under_way_is_left_alone(state: str) -> None:
    changes = decide_prepare(REQUEST, snapshot(table_state=state, subnet_state=state)).changes
    assert {each.action for each in changes if each.resource_id in (str(SUBNET), str(TABLE))} == {Action.NONE}
