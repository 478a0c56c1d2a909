"""Which roles prepare asks for: what is needed where, what counts as held, and the two roles that are assigned."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.access import DenyAssignment, ManagedIdentity, Permission, RoleDefinition, ScopeAccess
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import (
    Action,
    AssignRole,
    Change,
    CreateRole,
    Phase,
    RefusedError,
    assignment_id,
    least_privilege_role_id,
    least_privilege_role_name,
)
from azext_kubenet.core.changes.marks import assignment_mark
from azext_kubenet.core.changes.role_grants import (
    RoleChoice,
    WantedGrant,
    grant_to_created,
    held_roles,
    role_changes,
    wanted_grants,
)
from azext_kubenet.core.rights.permissions import LEAST_PRIVILEGE_ACTIONS, NETWORK_CONTRIBUTOR_ROLE, ROUTE_TABLE_ACTIONS

from ..make import (
    ROLE_PREFIX,
    SUBSCRIPTION,
    make_access,
    make_assignment,
    make_id,
    make_role,
    make_subnet,
    make_unreadable,
)

CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")
SUBNET = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
GROUP = make_id("Microsoft.Network/networkSecurityGroups", "nsg", group="net")
GATEWAY = make_id("Microsoft.Network/natGateways", "nat", group="net")
IDENTITY = ManagedIdentity(
    id=make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
    location="westeurope",
    principal_id="p1",
    client_id="c1",
)
NETWORK = make_role("Microsoft.Network/*", guid=limits.NETWORK_CONTRIBUTOR, name=NETWORK_CONTRIBUTOR_ROLE)
ROLE_NAME = least_privilege_role_name(SUBSCRIPTION)
CUSTOM_ID = least_privilege_role_id(SUBSCRIPTION)
CUSTOM = RoleDefinition(id=CUSTOM_ID, name=ROLE_NAME, permissions=(Permission(actions=LEAST_PRIVILEGE_ACTIONS),))


def wanted(
    role: RoleChoice = RoleChoice.NETWORK_CONTRIBUTOR,
    identity: ManagedIdentity | None = IDENTITY,
    carried: tuple[ResourceId | None, ResourceId | None] = (None, None),
    **facts: object,
) -> tuple[WantedGrant, ...]:
    group, gateway = carried
    return wanted_grants(
        role=role,
        cluster_id=CLUSTER,
        subnet=make_subnet(id=SUBNET, network_security_group_id=group, nat_gateway_id=gateway),
        route_table_id=TABLE,
        identity=identity,
        snapshot=Snapshot(**facts),  # type: ignore[arg-type] # the test names the fields
    )


def access(scope: object, *roles: RoleDefinition, **rest: object) -> ScopeAccess:
    return make_access(str(scope), *roles, **rest)


def changes(*grants: WantedGrant) -> list[Change]:
    return list(role_changes(grants))


def test_the_identity_needs_subnet_and_route_table() -> None:
    first, second = changes(*wanted(subnet_access=access(SUBNET), route_table_access=access(TABLE)))
    assert (first.action, first.phase, first.reason) == (
        Action.CREATE,
        Phase.LINKS,
        "the identity must be able to use subnet 'nodes' of virtual network 'vnet'",
    )
    role_id = ROLE_PREFIX + limits.NETWORK_CONTRIBUTOR
    assert first.write == AssignRole(
        scope=str(SUBNET),
        role_definition_id=role_id,
        role_name="Network Contributor",
        principal_id="p1",
        mark=assignment_mark(CLUSTER, str(SUBNET), "Network Contributor"),
    )
    assert first.resource_id == assignment_id(str(SUBNET), "p1", role_id)
    assert second.resource_id == assignment_id(str(TABLE), "p1", role_id)


def test_the_identity_of_a_new_cluster_is_granted_its_subnet() -> None:
    grant = grant_to_created(CLUSTER, SUBNET, IDENTITY, access(SUBNET))
    assert (grant.action, grant.resource_id) == (
        Action.CREATE,
        assignment_id(str(SUBNET), "p1", ROLE_PREFIX + limits.NETWORK_CONTRIBUTOR),
    )


def test_an_identity_that_is_not_there_yet_gives_assignments_without_ids() -> None:
    for change in changes(*wanted(identity=None)):
        assert change.resource_id is None
        assert isinstance(change.write, AssignRole) and change.write.principal_id is None


def test_rights_that_cannot_be_read_are_assigned() -> None:
    grants = wanted(subnet_access=make_unreadable(), route_table_access=make_unreadable())
    assert [change.action for change in changes(*grants)] == [Action.CREATE, Action.CREATE]
    assert held_roles(grants) == ()


def test_nothing_is_granted_on_what_the_subnet_carries() -> None:
    assert [grant.scope for grant in wanted(carried=(GROUP, GATEWAY))] == [str(SUBNET), str(TABLE)]


def test_an_inherited_role_counts() -> None:
    above = ScopeAccess(
        scope=str(SUBNET),
        principal_id="p1",
        assignments=(make_assignment(NETWORK.guid, f"/subscriptions/{SUBSCRIPTION}"),),
        definitions=(NETWORK,),
    )
    (grant, _) = wanted(subnet_access=above)
    (change,) = changes(grant)
    assert (change.action, change.write) == (Action.NONE, None)
    assert change.reason == "the identity may already use subnet 'nodes' of virtual network 'vnet'"
    (held,) = held_roles((grant,))
    assert (held.scope, held.role_name) == (f"/subscriptions/{SUBSCRIPTION}", "Network Contributor")
    assert change.resource_id == held.id


def test_an_equal_assignment_under_another_name_counts() -> None:
    (grant, _) = wanted(subnet_access=access(SUBNET, NETWORK))
    (change,) = changes(grant)
    assert change.action is Action.NONE
    assert change.resource_id != assignment_id(str(SUBNET), "p1", grant.role_id)


def test_several_roles_that_give_it_together_count() -> None:
    reading = make_role("Microsoft.Network/routeTables/*/read", "Microsoft.Network/routeTables/read", guid="r1")
    rest = tuple(action for action in ROUTE_TABLE_ACTIONS if not action.endswith("/read"))
    writing = make_role(*rest, guid="r2")
    (_, grant) = wanted(route_table_access=access(TABLE, reading, writing))
    assert changes(grant)[0].action is Action.NONE
    assert len(held_roles((grant,))) == 2


def test_half_of_what_is_needed_is_not_enough() -> None:
    reader = make_role("*/read", guid="r1", name="Reader")
    (grant, _) = wanted(subnet_access=access(SUBNET, reader))
    assert grant.missing == ("Microsoft.Network/virtualNetworks/subnets/join/action",)
    assert changes(grant)[0].action is Action.CREATE
    assert [held.role_name for held in held_roles((grant,))] == ["Reader"]


def test_an_assignment_under_a_condition_does_not_count() -> None:
    condition = make_assignment(NETWORK.guid, str(SUBNET), condition="@Resource[x] StringEquals 'y'")
    (grant, _) = wanted(subnet_access=access(SUBNET, assignments=(condition,), definitions=(NETWORK,)))
    assert grant.equal is None
    assert changes(grant)[0].action is Action.CREATE


def test_a_role_that_is_assigned_and_denied_is_not_assigned_again() -> None:
    denial = DenyAssignment(id="d", name="d", scope=str(SUBNET), permissions=(Permission(actions=("*/join/action",)),))
    (grant, _) = wanted(subnet_access=access(SUBNET, NETWORK, denials=(denial,)))
    (change,) = changes(grant)
    assert (change.action, change.write) == (Action.NONE, None)
    assert change.reason == (
        "already assigned on subnet 'nodes' of virtual network 'vnet', but something denies "
        "Microsoft.Network/virtualNetworks/subnets/join/action"
    )
    assert [held.id for held in held_roles((grant,))] == [change.resource_id]


def test_the_same_role_of_another_principal_or_on_another_scope_is_not_equal() -> None:
    other = access(
        SUBNET,
        assignments=(
            make_assignment(NETWORK.guid, str(SUBNET), principal="p2"),
            make_assignment(NETWORK.guid, str(TABLE)),
            make_assignment("r9", str(SUBNET)),
        ),
    )
    (grant, _) = wanted(subnet_access=other)
    assert grant.equal is None
    assert changes(grant)[0].action is Action.CREATE


def test_an_assignment_that_gives_two_things_is_told_once() -> None:
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    both = {
        "assignments": (make_assignment(NETWORK.guid, group),),
        "definitions": (NETWORK,),
    }
    grants = wanted(subnet_access=access(SUBNET, **both), route_table_access=access(TABLE, **both))
    assert len(held_roles(grants)) == 1


def test_least_privilege_makes_its_role_before_it_assigns_it() -> None:
    role, first, second = changes(*wanted(RoleChoice.LEAST_PRIVILEGE))
    assert (role.action, role.phase, role.resource_id) == (Action.CREATE, Phase.RESOURCES, CUSTOM_ID)
    assert role.write == CreateRole(
        id=CUSTOM_ID,
        name=ROLE_NAME,
        actions=LEAST_PRIVILEGE_ACTIONS,
        assignable_scope=f"/subscriptions/{SUBSCRIPTION}",
    )
    for change in (first, second):
        assert isinstance(change.write, AssignRole)
        assert change.write.role_definition_id == CUSTOM_ID
        assert change.write.role_name == ROLE_NAME


def test_least_privilege_reuses_a_role_that_somebody_else_made() -> None:
    theirs = make_role(*LEAST_PRIVILEGE_ACTIONS, guid="theirs", name=ROLE_NAME)
    first, second = changes(*wanted(RoleChoice.LEAST_PRIVILEGE, custom_role=theirs))
    for change in (first, second):
        assert isinstance(change.write, AssignRole)
        assert change.write.role_definition_id == theirs.id


def test_a_custom_role_that_cannot_be_read_is_made() -> None:
    role, *_ = changes(*wanted(RoleChoice.LEAST_PRIVILEGE, custom_role=make_unreadable()))
    assert isinstance(role.write, CreateRole)


def test_least_privilege_makes_no_role_that_nobody_needs() -> None:
    grants = wanted(
        RoleChoice.LEAST_PRIVILEGE, subnet_access=access(SUBNET, NETWORK), route_table_access=access(TABLE, NETWORK)
    )
    assert [change.action for change in changes(*grants)] == [Action.NONE, Action.NONE]


def test_a_custom_role_that_was_made_smaller_is_refused() -> None:
    smaller = make_role("Microsoft.Network/virtualNetworks/*", guid="small", name=ROLE_NAME)
    with pytest.raises(RefusedError) as caught:
        wanted(RoleChoice.LEAST_PRIVILEGE, custom_role=smaller)
    assert caught.value.message == (
        f"The custom role '{ROLE_NAME}' is there, but without {', '.join(ROUTE_TABLE_ACTIONS)}. Nothing was written."
    )
    assert caught.value.recommendation == "Add these actions to it, or use --role network-contributor."


def test_a_smaller_custom_role_does_not_matter_where_nothing_is_to_be_assigned() -> None:
    smaller = make_role("Microsoft.Network/virtualNetworks/*", guid="small", name=ROLE_NAME)
    grants = wanted(
        RoleChoice.LEAST_PRIVILEGE,
        custom_role=smaller,
        subnet_access=access(SUBNET, NETWORK),
        route_table_access=access(TABLE, NETWORK),
    )
    assert all(not grant.missing for grant in grants)
