"""Prepare where AKS is to make and attach its own route table: the identity and its role on the subnet, no more."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.arguments.prepare import PrepareArguments, parse_prepare
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.azure.access import ManagedIdentity, ScopeAccess
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, AssignRole, RefusedError
from azext_kubenet.core.changes.forecast import as_prepared
from azext_kubenet.core.changes.prepare import Intent, PrepareRequest
from azext_kubenet.core.changes.prepare_without_table import decide_without_table
from azext_kubenet.core.changes.refuse_elsewhere import refuse_elsewhere
from azext_kubenet.core.rights.permissions import SUBNET_ACTIONS, SUBNET_WRITE_ACTIONS, missing_actions

from ..make import (
    SUBSCRIPTION,
    make_access,
    make_id,
    make_managed_cluster,
    make_role,
    make_subnet,
    make_virtual_network,
)

SUBNET = make_subnet()
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
FOUND = ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1")
ARGUMENTS = PrepareArguments(
    resource_group_name="rg", cluster_name="aks", vnet_subnet_id=str(SUBNET.id), no_route_table=True
)
REQUEST = parse_prepare(ARGUMENTS, subscription=SUBSCRIPTION)


def snapshot(subnet: Subnet = SUBNET, **facts: Any) -> Snapshot:
    return Snapshot(subnet=subnet, virtual_network=make_virtual_network(subnet), **facts)


def decide(subnet: Subnet = SUBNET, request: PrepareRequest = REQUEST, **facts: Any) -> Intent:
    return decide_without_table(request, snapshot(subnet, **facts))


def test_identity_and_role_on_the_subnet_are_all_that_is_made() -> None:
    intent = decide()
    identity, role = intent.changes
    assert (identity.action, identity.resource_id) == (Action.CREATE, str(IDENTITY))
    assert isinstance(role.write, AssignRole)
    assert (role.write.scope, role.write.role_name) == (str(SUBNET.id), "Network Contributor")
    assert (intent.route_table_id, intent.asks, intent.location) == (None, (), "westeurope")


def test_a_role_that_may_not_attach_a_table_is_not_enough() -> None:
    joins = make_access(str(SUBNET.id), make_role(*SUBNET_ACTIONS))
    assert decide(identity=FOUND, subnet_access=joins).changes[-1].action is Action.CREATE
    attaches = make_access(str(SUBNET.id), make_role(*SUBNET_ACTIONS, *SUBNET_WRITE_ACTIONS))
    assert [each.action for each in decide(identity=FOUND, subnet_access=attaches).changes] == [Action.NONE] * 2


def test_a_subnet_with_a_table_is_refused() -> None:
    table = make_id("Microsoft.Network/routeTables", "routes")
    with pytest.raises(RefusedError, match=r"carries route table 'routes'.*Nothing was written\.") as caught:
        decide(make_subnet(route_table_id=table))
    assert caught.value.recommendation == "Omit --no-route-table, or take the table off the subnet yourself."


def test_a_subnet_in_which_a_cluster_runs_is_refused() -> None:
    with pytest.raises(RefusedError, match="runs in subnet 'nodes'"):
        decide(managed_clusters=(make_managed_cluster("other", SUBNET),))


def test_it_is_nowhere_else_and_leaves_the_subnet_without_a_table() -> None:
    state = snapshot(group_location="westeurope")
    intent = decide()
    refuse_elsewhere(REQUEST, intent, state)
    after = as_prepared(intent, state)
    assert after.route_table is None and isinstance(after.subnet, Subnet) and after.subnet.route_table_id is None
    assert isinstance(after.subnet_access, ScopeAccess)
    assert missing_actions(after.subnet_access, SUBNET_WRITE_ACTIONS) == ()


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("--route-table", {"route_table": "routes"}),
        ("--default-route-next-hop", {"default_route_next_hop": "10.9.9.4"}),
        ("--role", {"role": "least-privilege"}),
    ],
)
def test_what_belongs_to_a_table_cannot_stand_beside(option: str, given: dict[str, Any]) -> None:
    named: dict[str, Any] = {"resource_group_name": "rg", "cluster_name": "aks", "vnet_subnet_id": str(SUBNET.id)}
    with pytest.raises(UsageError, match=option):
        parse_prepare(PrepareArguments(**named, no_route_table=True, **given), subscription=SUBSCRIPTION)
