"""What cleanup takes away, in which order, and what it never touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.access import CallerAccess, ManagedIdentity, Permission, RoleAssignment
from azext_kubenet.core.azure.managed_clusters import ManagedCluster
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.restrictions import Lock
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.changes.change import Action, AssociateRouteTable, DeleteResource, Phase, RefusedError
from azext_kubenet.core.changes.cleanup import Cleanup, CleanupState, Kept, marked, plan_cleanup
from azext_kubenet.core.changes.marks import assignment_mark, made_for_tag, part_tag
from azext_kubenet.core.changes.refuse_cleanup import needed_rights, refuse_cleanup

from ..make import (
    ROLE_PREFIX,
    SUBSCRIPTION,
    make_id,
    make_managed_cluster,
    make_route,
    make_route_table,
    make_subnet,
    make_unreadable,
)

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
OTHER_SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "other")
NETWORK = make_id("Microsoft.Network/virtualNetworks", "vnet")
TABLE = make_id("Microsoft.Network/routeTables", "aks-routes")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
GROUP = make_id("Microsoft.Network/networkSecurityGroups", "nsg", group="net")
GATEWAY = make_id("Microsoft.Network/natGateways", "nat", group="net")
FIRST_RELEASE = (("aks-kubenet-prepared-for", "aks"),)
NODE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_x/providers/Microsoft.Compute/virtualMachineScaleSets/"
    "aks-nodepool1-1-vmss/virtualMachines/0/networkInterfaces/n/ipConfigurations/i"
)


def identity(tags: tuple[tuple[str, str], ...] | None = None) -> ManagedIdentity:
    marks = (made_for_tag(CLUSTER, IDENTITY),) if tags is None else tags
    return ManagedIdentity(id=IDENTITY, location="westeurope", principal_id="p1", client_id="c1", tags=marks)


def table(*subnets: ResourceId, put_on: tuple[ResourceId, ...] | None = None, **rest: object) -> RouteTable:
    """The table that prepare made, on `subnets`, of which it put it on those of `put_on`, or on all."""
    parts = (*(subnets if put_on is None else put_on), TABLE.child("routes", "default"))
    tags = (made_for_tag(CLUSTER, TABLE), *(part_tag(CLUSTER, TABLE, part) for part in parts))
    return replace(make_route_table(id=TABLE, subnets=subnets, tags=tags), **rest)  # type: ignore[arg-type] # the test names the fields


def assignment(scope: ResourceId = SUBNET) -> RoleAssignment:
    return RoleAssignment(
        id=f"{scope}/providers/Microsoft.Authorization/roleAssignments/r1",
        scope=str(scope),
        role_definition_id=ROLE_PREFIX + limits.NETWORK_CONTRIBUTOR,
        principal_id="p1",
        description=f"{assignment_mark(CLUSTER, str(scope), 'Network Contributor')}:p1",
    )


def cluster(*subnets: ResourceId, **rest: object) -> ManagedCluster:
    return make_managed_cluster("live", subnet_ids=subnets, **rest)


def subnet(**rest: object) -> Subnet:
    return replace(make_subnet(id=SUBNET), **rest)  # type: ignore[arg-type] # the test names the fields


def state(
    *found: ManagedIdentity | RouteTable | RoleAssignment,
    clusters: tuple[ManagedCluster, ...] | Unreadable = (),
    **facts: object,
) -> CleanupState:
    """What is around these, in which nobody uses or forbids anything unless `facts` say so."""
    bears = marked(
        CLUSTER,
        identities=tuple(each for each in found if isinstance(each, ManagedIdentity)),
        route_tables=tuple(each for each in found if isinstance(each, RouteTable)),
        assignments=tuple(each for each in found if isinstance(each, RoleAssignment)),
        custom_roles=(),
    )
    return replace(CleanupState(marked=bears, managed_clusters=clusters), **facts)  # type: ignore[arg-type] # the test names the fields


def decide(given: CleanupState) -> Cleanup:
    cleanup = plan_cleanup(CLUSTER, given)
    refuse_cleanup(cleanup, given)
    return cleanup


def refusal(given: CleanupState) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        decide(given)
    assert caught.value.message.endswith(" Nothing was deleted.")
    return caught.value


MADE = (identity(), table(SUBNET), assignment(), assignment(TABLE))


def test_links_go_before_what_they_link() -> None:
    cleanup = decide(state(*MADE))
    assert [(change.action, change.phase, change.resource_id) for change in cleanup.changes] == [
        (Action.DELETE, Phase.UNLINK, assignment(TABLE).id),
        (Action.DELETE, Phase.UNLINK, assignment().id),
        (Action.UPDATE, Phase.UNLINK, str(SUBNET)),
        (Action.DELETE, Phase.REMOVE, str(TABLE)),
        (Action.DELETE, Phase.REMOVE, str(IDENTITY)),
    ]
    assert [change.write for change in cleanup.changes] == [
        DeleteResource(id=assignment(TABLE).id),
        DeleteResource(id=assignment().id),
        AssociateRouteTable(subnet_id=SUBNET, route_table_id=None, expected=TABLE),
        DeleteResource(id=str(TABLE), routes=()),
        DeleteResource(id=str(IDENTITY)),
    ]
    assert [change.reason for change in cleanup.changes] == [
        "made by prepare: Network Contributor",
        "made by prepare: Network Contributor",
        "take route table 'aks-routes' off",
        "made by prepare",
        "made by prepare",
    ]
    assert (cleanup.kept, cleanup.warnings) == ((), ())


def test_the_order_in_which_azure_lists_makes_no_difference() -> None:
    assert decide(state(*reversed(MADE))) == decide(state(*MADE))


def test_nothing_to_undo_is_no_change_whoever_uses_azure() -> None:
    assert decide(state(clusters=make_unreadable(), locks=make_unreadable())) == Cleanup(changes=(), kept=())


def test_a_table_is_taken_off_every_subnet_that_prepare_put_it_on() -> None:
    first, second, _ = decide(state(table(SUBNET, OTHER_SUBNET))).changes
    assert [first.resource_id, second.resource_id] == [str(SUBNET), str(OTHER_SUBNET)]


@pytest.mark.parametrize("tags", [(), (("team", "net"),), (("aks-kubenet-prepared-for", "another"),)])
def test_what_prepare_did_not_make_stays(tags: tuple[tuple[str, str], ...]) -> None:
    assert decide(state(identity(tags), table(SUBNET, tags=tags))) == Cleanup(changes=(), kept=())


def test_what_bears_a_copied_mark_stays() -> None:
    copied = (made_for_tag(CLUSTER, make_id("Microsoft.Network/routeTables", "original")),)
    owner = replace(assignment(), role_definition_id=ROLE_PREFIX + "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
    assert decide(state(identity(copied), table(SUBNET, tags=copied), owner)) == Cleanup(changes=(), kept=())


def test_what_the_first_release_marked_is_kept_and_named() -> None:
    owner = replace(assignment(), description="aks-kubenet-prepared-for:rg/aks")
    cleanup = decide(state(identity(FIRST_RELEASE), table(SUBNET, tags=FIRST_RELEASE), owner))
    assert cleanup.changes == ()
    assert [(kept.resource_id, kept.destructive_commands) for kept in cleanup.kept] == [
        (owner.id, (f"az role assignment delete --ids {owner.id}",)),
        (str(IDENTITY), (f"az identity delete --ids {IDENTITY}",)),
        (
            str(TABLE),
            (
                f"az network vnet subnet update --ids {SUBNET} --route-table null",
                f"az network route-table delete --ids {TABLE}",
            ),
        ),
    ]
    assert all("the mark of the first release" in kept.reason for kept in cleanup.kept)


def ids(cleanup: Cleanup) -> list[str | None]:
    return [change.resource_id for change in cleanup.changes]


def test_a_table_on_a_foreign_subnet_is_kept_there_and_taken_off_its_own() -> None:
    cleanup = decide(state(identity(), table(SUBNET, OTHER_SUBNET, put_on=(SUBNET,))))
    assert ids(cleanup) == [str(SUBNET), str(IDENTITY)]
    (kept,) = cleanup.kept
    assert kept.reason == "it has subnet other, on which prepare did not put it"
    assert kept.resource_type == "Microsoft.Network/routeTables"


def test_a_table_with_somebodys_routes_is_kept_where_it_is() -> None:
    routes = tuple(make_route(f"office{number}", f"10.{number}.0.0/16") for number in range(4))
    cleanup = decide(state(table(SUBNET, routes=(make_route("default"), *routes))))
    assert cleanup.changes == ()
    (kept,) = cleanup.kept
    assert kept.reason == (
        "it has route office0, which prepare did not make, route office1, which prepare did not make, "
        "route office2, which prepare did not make and 1 more"
    )


def test_a_default_route_that_prepare_did_not_make_is_somebodys() -> None:
    unmarked = tuple(tag for tag in table(SUBNET).tags if tag[1] != "default")
    assert decide(state(table(SUBNET, routes=(make_route("default"),)))).kept == ()
    assert decide(state(table(SUBNET, routes=(make_route("default"),), tags=unmarked))).kept != ()


@pytest.mark.parametrize(
    ("count", "reason"), [(1, "made by prepare, with 1 route"), (2, "made by prepare, with 2 routes")]
)
def test_routes_of_nodes_that_are_gone_go_with_their_table(count: int, reason: str) -> None:
    routes = tuple(make_route(f"aks-nodepool1-1-vmss00000{n}", f"10.244.{n}.0/24") for n in range(count))
    (change,) = decide(state(table(routes=routes))).changes
    assert change.reason == reason


VM = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/apps/providers/Microsoft.Compute/virtualMachines/web"


def test_an_identity_that_others_use_is_kept_while_the_rest_goes() -> None:
    cleanup = decide(state(*MADE, users={IDENTITY: (VM,)}))
    assert str(IDENTITY) not in ids(cleanup) and str(TABLE) in ids(cleanup)
    assert cleanup.kept == (
        Kept(
            resource_type="Microsoft.ManagedIdentity/userAssignedIdentities",
            resource_id=str(IDENTITY),
            reason="it is used by web",
            destructive_commands=(f"az identity delete --ids {IDENTITY}",),
        ),
    )


def test_a_cluster_that_is_gone_is_no_user_whatever_azure_lists() -> None:
    elsewhere = make_id("Microsoft.ContainerService/managedClusters", "far", subscription="another")
    assert decide(state(*MADE, users={IDENTITY: (str(CLUSTER),)})).kept == ()
    assert len(decide(state(*MADE, users={IDENTITY: (str(CLUSTER), str(elsewhere))})).kept) == 1


def test_who_has_the_identity_may_be_hidden_but_not_unanswered() -> None:
    cleanup = decide(state(identity(), users={IDENTITY: make_unreadable("x/action", reason="you may not.")}))
    assert ids(cleanup) == [str(IDENTITY)]
    assert cleanup.warnings == (
        "Whether other resources use identity 'aks-identity' could not be determined: you may not.",
    )
    refusal(state(identity(), users={IDENTITY: make_unreadable(None)}))


@pytest.mark.parametrize(
    ("user", "made", "used"),
    [
        (cluster(identity_ids=(IDENTITY,)), (identity(),), "aks-identity"),
        (cluster(SUBNET), (table(SUBNET),), "aks-routes"),
        (cluster(OTHER_SUBNET), (table(SUBNET, OTHER_SUBNET, put_on=(SUBNET,)),), "aks-routes"),
        (cluster(SUBNET), (assignment(),), "nodes"),
        (cluster(principal_id="P1"), (assignment(NETWORK),), "vnet"),
        (cluster(user_assigned_principals=("p1",)), (assignment(NETWORK),), "vnet"),
    ],
    ids=["identity", "table", "foreign subnet of the table", "assignment", "system-assigned", "principal"],
)
def test_what_a_cluster_uses_is_refused(
    user: ManagedCluster, made: tuple[ManagedIdentity | RouteTable | RoleAssignment, ...], used: str
) -> None:
    error = refusal(state(*made, clusters=(user,)))
    assert error.message == f"Cluster 'live' uses '{used}', which prepare set up. Nothing was deleted."
    assert error.recommendation == (
        f"Delete the cluster first: az aks delete --subscription {SUBSCRIPTION} --resource-group rg --name live"
    )


def test_a_role_on_an_adopted_table_that_a_cluster_uses_is_refused() -> None:
    adopted = make_route_table(id=TABLE, subnets=(SUBNET,))
    assert (
        "uses 'aks-routes'"
        in refusal(state(assignment(TABLE), other_tables=(adopted,), clusters=(cluster(SUBNET),))).message
    )
    refusal(state(assignment(TABLE), other_tables=(make_unreadable(),)))


def test_a_cluster_that_uses_none_of_it_does_not_matter() -> None:
    stranger = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "stranger")
    elsewhere = cluster(OTHER_SUBNET, identity_ids=(stranger,), user_assigned_principals=("p1",))
    assert len(decide(state(*MADE, clusters=(elsewhere,))).changes) == 5


def test_nodes_whose_cluster_is_hidden_are_refused() -> None:
    error = refusal(state(*MADE, subnets=(subnet(ip_configurations=(NODE,)),)))
    assert "AKS nodes of resource group 'MC_x' are in subnet 'nodes'" in error.message


@pytest.mark.parametrize(("count", "interfaces"), [(1, "1 network interface"), (2, "2 network interfaces")])
def test_whose_routing_changes_is_told(count: int, interfaces: str) -> None:
    used = subnet(ip_configurations=tuple(f"/x/{number}" for number in range(count)))
    assert decide(state(*MADE, subnets=(used,))).warnings == (
        f"{interfaces} in subnet 'nodes' will lose the routes of 'aks-routes'.",
    )


@pytest.mark.parametrize(
    ("lock", "stops"),
    [
        (Lock(name="l", level="CanNotDelete", scope=f"/subscriptions/{SUBSCRIPTION}"), True),
        (Lock(name="l", level="CanNotDelete", scope=str(TABLE)), True),
        (Lock(name="l", level="CanNotDelete", scope=str(TABLE.child("routes", "default"))), True),
        (Lock(name="l", level="CanNotDelete", scope=str(SUBNET)), True),
        (Lock(name="l", level="ReadOnly", scope=str(NETWORK)), True),
        (Lock(name="l", level="CanNotDelete", scope=str(OTHER_SUBNET)), False),
        (Lock(name="l", level="ReadOnly", scope=str(GROUP)), False),
    ],
    ids=["subscription", "table", "below the table", "roles of the subnet", "network", "other subnet", "other group"],
)
def test_a_lock_on_any_of_it_stops_all(lock: Lock, stops: bool) -> None:
    given = state(*MADE, locks=(lock,))
    if not stops:
        assert len(decide(given).changes) == 5
        return
    assert refusal(given).message.startswith(f"1 lock would stop this: 'l' ({lock.level}) on '{lock.scope}'.")


def test_a_lock_against_deletion_lets_the_subnet_be_written() -> None:
    on_subnet = Lock(name="l", level="CanNotDelete", scope=str(SUBNET))
    assert ids(decide(state(table(SUBNET), locks=(on_subnet,)))) == [str(SUBNET), str(TABLE)]
    read_only = replace(on_subnet, level="ReadOnly")
    second = replace(on_subnet, name="m", scope=str(TABLE))
    assert refusal(state(table(SUBNET), locks=(read_only, second))).message.startswith("2 locks would stop this: ")


def access(*, without: str = "") -> CallerAccess:
    return CallerAccess(scope="", permissions=(Permission(actions=("*",), not_actions=(without,)),))


CARRIES = subnet(network_security_group_id=GROUP, nat_gateway_id=GATEWAY)


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        ("Microsoft.Authorization/roleAssignments/delete", SUBNET),
        ("Microsoft.Network/virtualNetworks/subnets/write", SUBNET),
        ("Microsoft.Network/networkSecurityGroups/join/action", GROUP),
        ("Microsoft.Network/natGateways/join/action", GATEWAY),
        ("Microsoft.Network/routeTables/delete", TABLE),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/delete", IDENTITY),
    ],
    ids=lambda value: value.rsplit("Microsoft.", 1)[-1] if isinstance(value, str) else "",
)
def test_a_missing_right_is_known_before_the_first_deletion(action: str, scope: ResourceId) -> None:
    callers = dict.fromkeys((str(each).lower() for each in (SUBNET, GROUP, GATEWAY, TABLE, IDENTITY)), access())
    everything = state(*MADE, subnets=(CARRIES,), callers=callers)
    assert len(decide(everything).changes) == 5
    callers = {**callers, str(scope).lower(): access(without=action)}
    error = refusal(replace(everything, callers=callers))
    assert f"The permission {action} on '{scope}' is missing." in error.message


def test_what_another_subnet_carries_needs_no_right() -> None:
    beside = make_subnet("other", id=OTHER_SUBNET, network_security_group_id=GROUP)
    (detach,) = (each for each in decide(state(*MADE)).changes if isinstance(each.write, AssociateRouteTable))
    wanted = [("Microsoft.Network/virtualNetworks/subnets/write", str(SUBNET))]
    assert list(needed_rights(detach, (beside, make_unreadable()))) == wanted


def test_who_may_not_read_rights_learns_them_from_azure_but_no_answer_is_none() -> None:
    hidden, unanswered = {str(TABLE).lower(): make_unreadable()}, {str(TABLE).lower(): make_unreadable(None)}
    assert len(decide(state(*MADE, subnets=(subnet(),), callers=hidden)).changes) == 5
    refusal(state(*MADE, callers=unanswered))


@pytest.mark.parametrize(
    "hide",
    [
        lambda fact: state(*MADE, clusters=fact),
        lambda fact: state(*MADE, locks=fact),
        lambda fact: state(*MADE, subnets=(fact,)),
    ],
    ids=["clusters", "locks", "subnet"],
)
def test_what_cannot_be_read_deletes_nothing(hide: Callable[[Unreadable], CleanupState]) -> None:
    hidden = Unreadable(reason="you may not read it.")
    assert refusal(hide(hidden)).message.endswith("may be deleted: you may not read it. Nothing was deleted.")
