"""What prepare decides for a cluster that runs: its one table, and nothing else of its own."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest

from azext_kubenet.core.azure.access import ManagedIdentity
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, AssociateRouteTable, RefusedError
from azext_kubenet.core.changes.prepare import Intent, PrepareRequest
from azext_kubenet.core.changes.prepare_running import decide_for_running

from ..make import (
    make_access,
    make_id,
    make_node_routes,
    make_role,
    make_route,
    make_route_table,
    make_running_cluster,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "k1")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "own")
OTHER = make_id("Microsoft.Network/routeTables", "other")
FOUND = ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1")
USER_ASSIGNED: dict[str, object] = {"identity_kind": IdentityKind.USER_ASSIGNED, "user_assigned_ids": (IDENTITY,)}
FURTHER = make_subnet("more", "192.168.2.0/24")
RUNNING = make_running_cluster(cluster=USER_ASSIGNED)
TABLE = make_route_table(*make_node_routes(*RUNNING.machines))
STRIPPED = replace(RUNNING, subnets=(make_subnet(),), route_tables=(), other_tables=(TABLE,))
OWN = make_subnet(route_table_id=TABLE.id)


def decide(
    subnet: Subnet = FURTHER, running: RunningCluster = RUNNING, facts: dict[str, Any] | None = None, **rest: Any
) -> Intent:
    assert subnet.id is not None
    request: dict[str, Any] = {
        "cluster_id": CLUSTER,
        "subnet_id": subnet.id,
        "identity_id": make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "k1-identity"),
        "identity_given": False,
        "route_table_id": TABLE.id,
        "route_table_given": False,
    }
    known: dict[str, Any] = {
        "subnet": subnet,
        "virtual_network": make_virtual_network(subnet),
        "managed_clusters": (running.cluster,),
        "identity": FOUND,
    }
    return decide_for_running(PrepareRequest(**(request | rest)), running, Snapshot(**(known | (facts or {}))))


def refusal(*args: Any, **rest: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        decide(*args, **rest)
    return caught.value


def steps(intent: Intent) -> list[tuple[str, str]]:
    return [(change.action.value, change.resource_type.rsplit("/", 1)[-1]) for change in intent.changes]


def test_a_subnet_that_lost_the_table_gets_it_back_and_nothing_else_changes() -> None:
    subnet = make_subnet(ip_configurations=("/nic/a",))
    intent = decide(subnet, STRIPPED)
    assert steps(intent) == [("none", "userAssignedIdentities"), ("none", "routeTables"), ("update", "subnets")]
    assert intent.changes[-1].write == AssociateRouteTable(subnet_id=subnet.id, route_table_id=TABLE.id)  # type: ignore[arg-type] # make_subnet gives an id
    assert intent.asks == (
        "Cluster 'k1' runs in subnet 'nodes', which has lost its route table: 'routes' will be attached again.",
        "1 network interface in subnet 'nodes' will follow the routes of 'routes' from now on.",
    )
    assert (intent.runs, intent.joins) == (True, None)


def test_it_asks_where_no_interface_is_seen_too() -> None:
    (line,) = decide(make_subnet(), STRIPPED).asks
    assert line.endswith("will be attached again.")


def test_a_further_subnet_gets_the_one_table_and_the_role_there() -> None:
    intent = decide()
    assert steps(intent) == [
        ("none", "userAssignedIdentities"),
        ("none", "routeTables"),
        ("update", "subnets"),
        ("create", "roleAssignments"),
    ]
    assert (intent.route_table_id, intent.identity_id, intent.joins) == (TABLE.id, IDENTITY, RUNNING.cluster)
    assert (intent.asks, intent.location) == ((), "westeurope")
    assert str(intent.changes[-1].resource_id).startswith(str(FURTHER.id))


def test_a_further_subnet_that_is_prepared_needs_nothing() -> None:
    subnet = replace(FURTHER, route_table_id=TABLE.id)
    role = make_role("Network Contributor", "Microsoft.Network/*")
    access = make_access(str(subnet.id), role)
    intent = decide(subnet, facts={"subnet_access": access})
    assert {change.action for change in intent.changes} == {Action.NONE}


def test_a_system_assigned_identity_is_granted_as_the_cluster() -> None:
    running = make_running_cluster(cluster={"principal_id": "p9"})
    intent = decide(running=running, facts={"identity": None})
    assert intent.identity_id == CLUSTER
    assert intent.identity is not None and intent.identity.principal_id == "p9"
    assert steps(intent) == [("none", "routeTables"), ("update", "subnets"), ("create", "roleAssignments")]


def test_a_subnet_in_order_gets_the_roles_that_the_cluster_lost() -> None:
    assert [step for step in steps(decide(OWN)) if step[0] != "none"] == [("create", "roleAssignments")] * 2


def test_a_table_of_aks_needs_no_role() -> None:
    table = replace(TABLE, id=make_id("Microsoft.Network/routeTables", "t", group="MC_rg_k1_westeurope"))
    subnet = make_subnet(route_table_id=table.id)
    running = replace(RUNNING, subnets=(subnet,), route_tables=(table,))
    assert {change.action for change in decide(subnet, running).changes} == {Action.NONE}


@pytest.mark.parametrize(
    ("subnet", "words", "advice"),
    [
        (make_subnet(route_table_id=OTHER), "runs in subnet 'nodes', which carries route table 'other'", "run this"),
        (replace(FURTHER, route_table_id=OTHER), "would get a pool in subnet 'more', which carries", "another subnet"),
    ],
)
def test_a_swapped_table_is_never_replaced(subnet: Subnet, words: str, advice: str) -> None:
    error = refusal(subnet)
    assert words in error.message
    assert "in place of the cluster's 'routes'" in error.message
    assert advice in str(error.recommendation)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"route_table_given": True, "route_table_id": OTHER}, "share its one route table"),
        ({"identity_given": True}, "runs with an identity other than"),
        ({"default_route_next_hop": IPv4Address("10.9.9.4")}, "has no default route to 10.9.9.4"),
    ],
)
def test_another_table_identity_or_route_is_refused(given: dict[str, Any], words: str) -> None:
    assert words in refusal(**given).message


def test_what_is_the_clusters_may_be_named() -> None:
    table = make_route_table(*TABLE.routes, make_route("default", "0.0.0.0/0", "10.9.9.4"))
    running = replace(RUNNING, route_tables=(table,))
    hop = IPv4Address("10.9.9.4")
    given: dict[str, Any] = {"route_table_given": True, "identity_given": True, "identity_id": IDENTITY}
    assert decide(running=running, default_route_next_hop=hop, **given).joins == running.cluster
    assert "no default route" in refusal(running=running, default_route_next_hop=IPv4Address("10.9.9.5")).message


@pytest.mark.parametrize(
    ("running", "words"),
    [
        (make_running_cluster(cluster={"network_plugin": "azure"}), "network plugin 'azure', not kubenet"),
        (replace(STRIPPED, other_tables=()), "route table of cluster 'k1' was not found"),
        (replace(STRIPPED, other_tables=make_unreadable()), "route table of cluster 'k1'"),
    ],
)
def test_without_the_clusters_table_nothing_is_written(running: RunningCluster, words: str) -> None:
    assert words in refusal(running=running).message


@pytest.mark.parametrize("identity", [None, make_unreadable()])
def test_an_identity_without_a_principal_gets_no_role(identity: Any) -> None:
    assert "cannot be given its role" in refusal(facts={"identity": identity}).message


def test_another_cluster_in_the_further_subnet_is_refused() -> None:
    theirs = replace(RUNNING.cluster, id=replace(CLUSTER, text=CLUSTER.text + "2"), subnet_ids=(FURTHER.id,))  # type: ignore[arg-type] # as above
    assert "Cluster 'k12' runs in subnet 'more'" in refusal(facts={"managed_clusters": (theirs,)}).message


def test_the_table_of_a_running_cluster_cannot_be_left_to_aks() -> None:
    error = refusal(without_route_table=True)
    assert error.message.startswith("Cluster 'k1' runs with route table 'routes'.")
    assert error.recommendation == "Omit --no-route-table."
