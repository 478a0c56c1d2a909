"""What cleanup takes away, in which order, and what it never touches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.core.azure.model import ManagedCluster, ManagedIdentity, RoleAssignment, RouteTable, Unreadable
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import Action, AssociateRouteTable, DeleteResource, Phase, RefusedError
from azext_kubenet.core.changes.cleanup import CleanupState, decide_cleanup

from ..make import (
    SUBSCRIPTION,
    make_assignment,
    make_id,
    make_managed_cluster,
    make_route,
    make_route_table,
    make_unreadable,
)

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
OTHER_SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "other")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
MARK = (("team", "net"), ("aks-kubenet-prepared-for", "aks"))
EMPTY = CleanupState(identities=(), route_tables=(), assignments=(), managed_clusters=())


def identity(identity_id: ResourceId = IDENTITY, tags: tuple[tuple[str, str], ...] = MARK) -> ManagedIdentity:
    return ManagedIdentity(id=identity_id, location="westeurope", principal_id="p1", client_id="c1", tags=tags)


def table(*subnets: ResourceId, tags: tuple[tuple[str, str], ...] = MARK, routes: int = 0) -> RouteTable:
    named = [make_route(f"r{n}", f"10.{n}.0.0/16") for n in range(routes)]
    return make_route_table(*named, id=TABLE, subnets=subnets, tags=tags)


def assignment(
    scope: ResourceId = SUBNET, description: str | None = "aks-kubenet-prepared-for:rg/aks"
) -> RoleAssignment:
    return replace(make_assignment("r1", str(scope)), description=description)


def cluster(*subnets: ResourceId, identities: tuple[ResourceId, ...] = ()) -> ManagedCluster:
    return make_managed_cluster("live", subnet_ids=subnets, identity_ids=identities)


def state(**facts: object) -> CleanupState:
    return replace(EMPTY, **facts)  # type: ignore[arg-type] # the test names the fields


MADE = state(identities=(identity(),), route_tables=(table(SUBNET),), assignments=(assignment(), assignment(TABLE)))


def test_links_go_before_what_they_link() -> None:
    changes = decide_cleanup(CLUSTER, MADE)
    assert [(change.action, change.phase, change.resource_id) for change in changes] == [
        (Action.DELETE, Phase.UNLINK, assignment(TABLE).id),
        (Action.DELETE, Phase.UNLINK, assignment().id),
        (Action.UPDATE, Phase.UNLINK, str(SUBNET)),
        (Action.DELETE, Phase.REMOVE, str(TABLE)),
        (Action.DELETE, Phase.REMOVE, str(IDENTITY)),
    ]
    assert [change.write for change in changes] == [
        DeleteResource(id=assignment(TABLE).id),
        DeleteResource(id=assignment().id),
        AssociateRouteTable(subnet_id=SUBNET, route_table_id=None, expected=TABLE),
        DeleteResource(id=str(TABLE)),
        DeleteResource(id=str(IDENTITY)),
    ]
    assert [change.reason for change in changes] == [
        "made by prepare on aks-routes",
        "made by prepare on nodes",
        "take route table aks-routes off",
        "made by prepare",
        "made by prepare",
    ]


def test_the_order_in_which_azure_lists_makes_no_difference() -> None:
    turned = replace(MADE, assignments=(assignment(TABLE), assignment()))
    assert decide_cleanup(CLUSTER, turned) == decide_cleanup(CLUSTER, MADE)


def test_nothing_to_undo_is_no_change() -> None:
    assert decide_cleanup(CLUSTER, EMPTY) == ()


def test_whoever_else_uses_the_azure_does_not_matter_where_nothing_is_to_undo() -> None:
    assert decide_cleanup(CLUSTER, state(managed_clusters=make_unreadable())) == ()


@pytest.mark.parametrize(
    "tags",
    [
        (),
        (("team", "net"),),
        (("aks-kubenet-prepared-for", "another"),),
        (("prepared-for", "aks"),),
    ],
)
def test_what_prepare_did_not_make_stays(tags: tuple[tuple[str, str], ...]) -> None:
    given = state(identities=(identity(tags=tags),), route_tables=(table(SUBNET, tags=tags),))
    assert decide_cleanup(CLUSTER, given) == ()


@pytest.mark.parametrize("description", [None, "", "by hand", "aks-kubenet-prepared-for:other/aks"])
def test_an_assignment_without_the_mark_stays(description: str | None) -> None:
    assert decide_cleanup(CLUSTER, state(assignments=(assignment(description=description),))) == ()


def test_casing_does_not_hide_the_mark() -> None:
    tags = (("AKS-kubenet-prepared-for", "AKS"),)
    marked = state(
        identities=(identity(tags=tags),),
        assignments=(assignment(description="aks-kubenet-prepared-for:RG/AKS"),),
    )
    assert len(decide_cleanup(CLUSTER, marked)) == 2


def test_of_a_given_identity_and_an_adopted_table_only_the_assignments_go() -> None:
    given = replace(MADE, identities=(identity(tags=()),), route_tables=(table(SUBNET, tags=()),))
    assert [change.resource_id for change in decide_cleanup(CLUSTER, given)] == [assignment(TABLE).id, assignment().id]


@pytest.mark.parametrize(
    ("routes", "reason"),
    [(1, "made by prepare, with 1 route"), (2, "made by prepare, with 2 routes")],
)
def test_routes_that_go_with_their_table_are_told(routes: int, reason: str) -> None:
    (change,) = decide_cleanup(CLUSTER, state(route_tables=(table(routes=routes),)))
    assert change.reason == reason


def test_a_table_is_taken_off_every_subnet() -> None:
    first, second, _ = decide_cleanup(CLUSTER, state(route_tables=(table(SUBNET, OTHER_SUBNET),)))
    assert [first.resource_id, second.resource_id] == [str(SUBNET), str(OTHER_SUBNET)]


@pytest.mark.parametrize(
    ("user", "made", "used"),
    [
        (cluster(identities=(IDENTITY,)), state(identities=(identity(),)), "aks-identity"),
        (cluster(SUBNET), state(route_tables=(table(SUBNET),)), "aks-routes"),
        (cluster(OTHER_SUBNET), state(route_tables=(table(SUBNET, OTHER_SUBNET),)), "aks-routes"),
        (cluster(SUBNET), state(assignments=(assignment(),)), "nodes"),
    ],
    ids=["identity", "table", "table on another subnet", "assignment"],
)
def test_what_a_cluster_uses_is_refused(user: ManagedCluster, made: CleanupState, used: str) -> None:
    with pytest.raises(RefusedError) as caught:
        decide_cleanup(CLUSTER, replace(made, managed_clusters=(user,)))
    assert caught.value.message == f"Cluster 'live' uses '{used}', which prepare set up. Nothing was deleted."
    assert caught.value.recommendation == (
        f"Delete the cluster first: az aks delete --subscription {SUBSCRIPTION} --resource-group rg --name live"
    )


def test_a_cluster_that_uses_none_of_it_does_not_matter() -> None:
    stranger = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "stranger")
    elsewhere = cluster(OTHER_SUBNET, identities=(stranger,))
    assert len(decide_cleanup(CLUSTER, replace(MADE, managed_clusters=(elsewhere,)))) == 5


@pytest.mark.parametrize("unknown", ["identities", "route_tables", "assignments", "managed_clusters"])
def test_what_cannot_be_read_deletes_nothing(unknown: str) -> None:
    hidden = Unreadable(reason="you may not read it.")
    with pytest.raises(RefusedError) as caught:
        decide_cleanup(CLUSTER, replace(MADE, **{unknown: hidden}))
    assert caught.value.message.endswith("whether a cluster uses it: you may not read it. Nothing was deleted.")
