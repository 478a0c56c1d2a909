"""The Snapshot that `create --prepare` judges: what is there now, with prepare's writes done."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from azext_kubenet.core.azure.access import CallerAccess, ManagedIdentity, ScopeAccess
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.changes.forecast import PLANNED_PRINCIPAL, as_prepared
from azext_kubenet.core.changes.marks import assignment_mark, made_for_tag
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.core.rights.permissions import ROUTE_TABLE_ACTIONS, SUBNET_ACTIONS, missing_actions

from ..make import (
    make_access,
    make_id,
    make_role,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
THEIRS = ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1")
HOP = IPv4Address("10.9.9.4")
CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
REQUEST = PrepareRequest(
    cluster_id=CLUSTER,
    subnet_id=SUBNET,
    identity_id=IDENTITY,
    identity_given=False,
    route_table_id=TABLE,
    route_table_given=False,
    location="westeurope",
)


def prepared(
    *, next_hop: IPv4Address | None = None, role: RoleChoice = RoleChoice.NETWORK_CONTRIBUTOR, **facts: object
) -> Snapshot:
    subnet = facts.setdefault("subnet", make_subnet(id=SUBNET))
    assert isinstance(subnet, Subnet)
    facts.setdefault("virtual_network", make_virtual_network(subnet, make_subnet("other", "192.168.2.0/24")))
    snapshot = Snapshot(**facts)  # type: ignore[arg-type] # the test names the fields
    request = replace(REQUEST, default_route_next_hop=next_hop, role=role)
    return as_prepared(decide_prepare(request, snapshot), snapshot)


def access_of(fact: ScopeAccess | Unreadable | None) -> ScopeAccess:
    assert isinstance(fact, ScopeAccess)
    return fact


def table_of(snapshot: Snapshot) -> RouteTable:
    assert isinstance(snapshot.route_table, RouteTable)
    return snapshot.route_table


def test_on_an_empty_subnet_all_is_there_afterwards() -> None:
    after = prepared()
    assert isinstance(after.identity, ManagedIdentity)
    assert (after.identity.id, after.identity.principal_id) == (IDENTITY, PLANNED_PRINCIPAL)
    assert after.identity.tags == (made_for_tag(CLUSTER, IDENTITY),)
    table = table_of(after)
    assert (table.id, table.location, table.routes, table.subnets) == (TABLE, "westeurope", (), (SUBNET,))
    assert isinstance(after.subnet, Subnet) and after.subnet.route_table_id == TABLE
    subnet, routes = access_of(after.subnet_access), access_of(after.route_table_access)
    assert subnet.principal_id == routes.principal_id == PLANNED_PRINCIPAL
    assert missing_actions(subnet, SUBNET_ACTIONS) == missing_actions(routes, ROUTE_TABLE_ACTIONS) == ()


def test_least_privilege_gives_no_more_than_its_role() -> None:
    subnet = access_of(prepared(role=RoleChoice.LEAST_PRIVILEGE).subnet_access)
    assert missing_actions(subnet, SUBNET_ACTIONS) == ()
    assert missing_actions(subnet, ("Microsoft.Network/virtualNetworks/subnets/write",)) != ()


def test_the_virtual_network_shows_the_subnet_as_it_will_be() -> None:
    network = prepared().virtual_network
    assert isinstance(network, VirtualNetwork)
    assert [each.route_table_id for each in network.subnets] == [TABLE, None]


def test_a_virtual_network_that_cannot_be_read_stays_so() -> None:
    unreadable = make_unreadable()
    assert prepared(virtual_network=unreadable).virtual_network is unreadable


@pytest.mark.parametrize("next_hop", [None, HOP])
def test_a_table_that_is_made_has_the_default_route_that_is_wanted(next_hop: IPv4Address | None) -> None:
    default = table_of(prepared(next_hop=next_hop)).default_route
    assert (None if default is None else default.next_hop_ip) == next_hop


def test_an_adopted_table_keeps_its_routes_and_subnets() -> None:
    other = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "other")
    adopted = make_route_table(make_route("to-office", "10.50.0.0/16"), id=TABLE, subnets=(other,))
    table = table_of(prepared(candidate_route_table=adopted, next_hop=HOP))
    assert [route.name for route in table.routes] == ["to-office", "default"]
    assert table.subnets == (other, SUBNET)


def test_a_table_on_the_subnet_stays_as_it_is() -> None:
    own = make_route_table(subnets=(SUBNET,))
    after = prepared(
        subnet=make_subnet(id=SUBNET, route_table_id=own.id),
        route_table=own,
        candidate_route_table=make_unreadable(),
    )
    assert after.route_table == own


def test_rights_that_are_there_stay_and_what_is_missing_is_added() -> None:
    reader = make_role("*/read", guid="r1", name="Reader")
    after = access_of(prepared(identity=THEIRS, subnet_access=make_access(str(SUBNET), reader)).subnet_access)
    assert [definition.name for definition in after.definitions] == ["Reader", "Network Contributor"]
    assert missing_actions(after, SUBNET_ACTIONS) == ()
    mark = assignment_mark(CLUSTER, str(SUBNET), "Network Contributor")
    assert after.assignments[-1].description == f"{mark}:{THEIRS.principal_id}"


def test_rights_that_are_enough_are_left_alone() -> None:
    owner = make_access(str(SUBNET), make_role("*", guid="o", name="Owner"))
    assert prepared(identity=THEIRS, subnet_access=owner).subnet_access is owner


def test_rights_that_could_not_be_read_are_those_that_will_be_assigned_unless_something_denies_them() -> None:
    after = access_of(prepared(identity=THEIRS, subnet_access=make_unreadable()).subnet_access)
    assert missing_actions(after, SUBNET_ACTIONS) == ()
    assert after.denials == make_unreadable()


def test_the_caller_has_on_the_table_to_be_made_what_the_group_gives() -> None:
    on_group, on_table = CallerAccess(scope="group"), CallerAccess(scope="table")
    assert prepared(caller_on_group=on_group).caller_on_route_table is on_group
    assert prepared(caller_on_group=on_group, caller_on_route_table=on_table).caller_on_route_table is on_table


def test_a_subnet_without_an_id_gets_no_rights() -> None:
    nameless = make_subnet(id=None)
    intent = decide_prepare(REQUEST, Snapshot(subnet=make_subnet(id=SUBNET), virtual_network=make_virtual_network()))
    later = as_prepared(replace(intent, subnet=nameless), Snapshot(subnet_access=make_unreadable()))
    assert later.subnet_access == make_unreadable()


def test_further_subnets_get_the_table_and_the_roles_once_the_cluster_is_there() -> None:
    theirs = make_id("Microsoft.Network/routeTables", "theirs")
    bare, routed = make_subnet("bare"), make_subnet("routed", route_table_id=theirs)
    after = prepared(further_subnets=(bare, routed), further_subnet_access=(make_access(str(bare.id)),))
    assert after.further_subnets == (replace(bare, route_table_id=TABLE), routed)
    assert after.further_subnet_access is None
    hidden = make_unreadable()
    assert prepared(further_subnets=hidden).further_subnets is hidden
