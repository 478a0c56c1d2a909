"""What prepare grants for a private cluster: on its DNS zone, its network and the API server's subnet."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.access import CallerAccess, Permission, ScopeAccess
from azext_kubenet.core.azure.links import PrivateDnsZone
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import AssignRole, MissingResourceError
from azext_kubenet.core.changes.forecast import as_prepared
from azext_kubenet.core.changes.prepare import Intent, PrepareRequest, decide_prepare
from azext_kubenet.core.changes.refuse_without_rights import missing_rights
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.core.rights.permissions import (
    PRIVATE_DNS_ZONE_ACTIONS,
    SUBNET_ACTIONS,
    VIRTUAL_NETWORK_JOIN_ACTIONS,
    missing_actions,
)

from ..make import make_id, make_role, make_subnet, make_unreadable, make_virtual_network

HUB = "00000000-0000-0000-0000-000000000005"
ZONE = make_id("Microsoft.Network/privateDnsZones", "privatelink.westeurope.azmk8s.io", subscription=HUB)
NETWORK = make_id("Microsoft.Network/virtualNetworks", "vnet")
SUBNET, API_SERVER = NETWORK.child("subnets", "nodes"), NETWORK.child("subnets", "api")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
PRIVATE: dict[str, Any] = {
    "private_cluster": True,
    "private_dns_zone_id": ZONE,
    "api_server_subnet_id": API_SERVER,
}


def make_snapshot(**facts: Any) -> Snapshot:
    subnet = make_subnet()
    known: dict[str, Any] = {
        "subnet": subnet,
        "virtual_network": make_virtual_network(subnet),
        "private_dns_zone": PrivateDnsZone(id=ZONE),
        "api_server_subnet": make_subnet("api"),
    }
    return Snapshot(**(known | facts))


def decide(snapshot: Snapshot, **rest: Any) -> Intent:
    request = PrepareRequest(
        cluster_id=make_id("Microsoft.ContainerService/managedClusters", "aks"),
        subnet_id=SUBNET,
        identity_id=make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
        identity_given=False,
        route_table_id=TABLE,
        route_table_given=False,
        **rest,
    )
    return decide_prepare(request, snapshot)


def assigned(intent: Intent) -> dict[str, AssignRole]:
    return {each.write.scope: each.write for each in intent.changes if isinstance(each.write, AssignRole)}


def test_roles_go_to_the_zone_the_network_and_the_subnet_of_the_api_server() -> None:
    found = assigned(decide(make_snapshot(), **PRIVATE))
    assert list(found) == [str(each) for each in (SUBNET, TABLE, API_SERVER, ZONE, NETWORK)]
    zone = found[str(ZONE)]
    assert zone.role_name == "Private DNS Zone Contributor"
    assert zone.role_definition_id.endswith(limits.PRIVATE_DNS_ZONE_CONTRIBUTOR)
    assert zone.role_definition_id.startswith(f"/subscriptions/{HUB}/")


def test_least_privilege_is_for_subnets_and_table_and_aks_asks_for_the_other_roles() -> None:
    found = assigned(decide(make_snapshot(), role=RoleChoice.LEAST_PRIVILEGE, **PRIVATE))
    built_in = ("Network Contributor", "Private DNS Zone Contributor")
    assert [scope for scope, write in found.items() if write.role_name in built_in] == [str(ZONE), str(NETWORK)]
    smaller = make_role("Microsoft.Network/virtualNetworks/subnets/*", "Microsoft.Network/routeTables/*", guid="own")
    assert len(assigned(decide(make_snapshot(custom_role=smaller), role=RoleChoice.LEAST_PRIVILEGE, **PRIVATE))) == 5


@pytest.mark.parametrize(
    ("servers", "rest", "granted"),
    [
        (("10.9.0.4",), {"private_cluster": True}, True),
        (("168.63.129.16",), {"private_cluster": True}, False),
        (("10.9.0.4",), {"private_cluster": True, "public_dns_only": True}, False),
        (("10.9.0.4",), {}, False),
    ],
    ids=["custom servers", "azure's server", "no zone", "public"],
)
def test_the_zone_of_aks_needs_a_role_on_a_network_with_custom_servers(
    servers: tuple[str, ...], rest: dict[str, Any], granted: bool
) -> None:
    network = make_virtual_network(make_subnet(), dns_servers=servers)
    found = assigned(decide(make_snapshot(virtual_network=network), **rest))
    assert (str(NETWORK) in found) is granted


def test_a_subnet_that_nodes_are_in_is_granted_once() -> None:
    rest = {**PRIVATE, "api_server_subnet_id": SUBNET}
    assert len(assigned(decide(make_snapshot(), **rest))) == 4


@pytest.mark.parametrize(
    ("absent", "words"), [("private_dns_zone", "Private DNS zone '/subs"), ("api_server_subnet", "Subnet '/subs")]
)
def test_what_is_named_has_to_be_there_unless_it_may_not_be_read(absent: str, words: str) -> None:
    with pytest.raises(MissingResourceError, match=words):
        decide(make_snapshot(**{absent: None}), **PRIVATE)
    assert len(assigned(decide(make_snapshot(**{absent: make_unreadable()}), **PRIVATE))) == 5


def test_afterwards_the_identity_may_do_all_of_it() -> None:
    snapshot = make_snapshot()
    after = as_prepared(decide(snapshot, **PRIVATE), snapshot)
    for fact, actions in (
        (after.private_dns_zone_access, PRIVATE_DNS_ZONE_ACTIONS),
        (after.virtual_network_access, VIRTUAL_NETWORK_JOIN_ACTIONS),
        (after.api_server_subnet_access, SUBNET_ACTIONS),
    ):
        assert isinstance(fact, ScopeAccess)
        assert missing_actions(fact, actions) == ()


def test_the_caller_has_to_be_able_to_assign_on_each() -> None:
    def nobody(scope: object) -> CallerAccess:
        return CallerAccess(scope=str(scope), permissions=(Permission(actions=("*/read",)),))

    snapshot = make_snapshot(
        caller_on_private_dns_zone=nobody(ZONE),
        caller_on_virtual_network=nobody(NETWORK),
        caller_on_api_server_subnet=nobody(API_SERVER),
    )
    intent = decide(snapshot, **PRIVATE)
    missing = missing_rights(intent.changes, snapshot)
    assert [each.scope for each in missing] == [str(each) for each in (API_SERVER, ZONE, NETWORK)]


def test_on_a_subnet_that_is_only_planned_nothing_can_be_assigned() -> None:
    subnet = make_subnet(id=None)
    snapshot = make_snapshot(subnet=subnet, virtual_network=make_virtual_network(subnet))
    assert list(assigned(decide(snapshot, private_cluster=True, private_dns_zone_id=ZONE))) == [str(TABLE), str(ZONE)]
