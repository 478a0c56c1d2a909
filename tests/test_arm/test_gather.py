"""Reading the state around a subnet: in few rounds, with what may not be read as Unreadable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azext_kubenet.arm.errors import ArmError, ArmUnreachableError
from azext_kubenet.arm.gather import GatherRequest, gather
from azext_kubenet.core.azure.access import CallerAccess, ScopeAccess
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_words import words_of
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.role_grants import RoleChoice

from .documents import (
    API_SERVER_SUBNET,
    CLUSTER,
    GATEWAY,
    GROUP,
    IDENTITY,
    KUBELET,
    NETWORK,
    PRINCIPAL,
    ROLE_ID,
    SUBNET,
    SUBSCRIPTION,
    TABLE,
    ZONE,
    Json,
    assignment_document,
    cluster_document,
    identity_document,
    network_document,
    role_document,
    subnet_document,
    table_document,
)
from .fake import GRAPH, POLICY, FakeArm, MeetingArm, forbidden, not_found

REQUEST = GatherRequest(subnet_id=SUBNET, identity_id=IDENTITY)
PREPARATION = PrepareRequest(
    cluster_id=CLUSTER,
    subnet_id=SUBNET,
    identity_id=IDENTITY,
    identity_given=False,
    route_table_id=TABLE,
    route_table_given=False,
)
LOCKS = "/providers/Microsoft.Authorization/locks"
PERMISSIONS = "/providers/Microsoft.Authorization/permissions"
CLUSTERS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.ContainerService/managedClusters"


def fill(fake: FakeArm) -> FakeArm:
    """A subnet with everything on it, an identity with roles, a cluster that is in the subnet."""
    subnet = subnet_document(
        routeTable={"id": str(TABLE)}, networkSecurityGroup={"id": str(GROUP)}, natGateway={"id": str(GATEWAY)}
    )
    group: Json = {"id": str(GROUP), "name": "nsg", "properties": {"securityRules": [], "defaultSecurityRules": []}}
    fake.add(subnet, network_document(subnet), table_document(), group)
    fake.add(identity_document(), {**role_document(), "id": ROLE_ID})
    for scope in (SUBNET, TABLE, GROUP, GATEWAY, NETWORK, KUBELET):
        fake.fill(f"{scope}/providers/Microsoft.Authorization/roleAssignments", assignment_document(str(scope)))
        fake.fill(f"{scope}{PERMISSIONS}", {"actions": ["*"], "notActions": []})
    fake.graph = [cluster_document()]
    return fake


def read(fake: FakeArm, request: GatherRequest = REQUEST) -> Snapshot:
    return gather(fake, request).snapshot


def unreadable(value: object) -> Unreadable:
    assert isinstance(value, Unreadable)
    return value


def test_everything_that_is_there() -> None:
    fake = fill(FakeArm())
    local: Json = {
        "id": str(GATEWAY),
        "properties": {"localNetworkAddressSpace": {"addressPrefixes": ["172.16.0.0/12"]}},
    }
    fake.fill(f"{SUBNET.resource_group_id}/providers/Microsoft.Network/localNetworkGateways", local)
    fake.fill(f"{NETWORK}/usages", {"id": str(SUBNET), "currentValue": 7.0, "limit": 251.0})
    lock: Json = {"id": f"{SUBNET}{LOCKS}/l", "name": "l", "properties": {"level": "CanNotDelete"}}
    fake.fill(f"/subscriptions/{SUBSCRIPTION}{LOCKS}", lock)
    fake.policy_states = [{"policyDefinitionAction": "deny", "resourceId": str(SUBNET)}]
    snapshot = read(fake)
    assert isinstance(snapshot.subnet, Subnet)
    assert snapshot.subnet.route_table_id == TABLE
    assert [
        type(getattr(snapshot, name)).__name__
        for name in ("virtual_network", "route_table", "network_security_group", "identity", "caller_on_subnet")
    ] == ["VirtualNetwork", "RouteTable", "NetworkSecurityGroup", "ManagedIdentity", "CallerAccess"]
    assert not any(isinstance(getattr(snapshot, name), Unreadable) for name in Snapshot._fields)
    usage, locks, states = snapshot.subnet_usage, snapshot.locks, snapshot.policy_states
    assert usage is not None and not isinstance(usage, Unreadable) and usage.current == 7
    assert isinstance(locks, tuple) and [each.scope for each in locks] == [str(SUBNET)]
    assert isinstance(states, tuple) and [each.effect for each in states] == ["deny"]
    assert isinstance(snapshot.gateways, tuple) and len(snapshot.gateways) == 1
    clusters = snapshot.managed_clusters
    assert isinstance(clusters, tuple) and [each.id for each in clusters] == [CLUSTER]
    for access in (snapshot.subnet_access, snapshot.route_table_access, snapshot.nat_gateway_access):
        assert isinstance(access, ScopeAccess)
        assert (access.principal_id, len(access.assignments), len(access.definitions)) == (PRINCIPAL, 1, 1)


def test_documents_are_kept_for_whoever_writes_them_back() -> None:
    fake = fill(FakeArm())
    documents = gather(fake, REQUEST).documents
    assert documents[SUBNET] == fake.get(str(SUBNET))
    assert documents[TABLE]["etag"] == 'W/"1"'


def test_nothing_there_is_none_and_ends_after_one_round() -> None:
    fake = FakeArm()
    snapshot = read(fake)
    assert (snapshot.subnet, snapshot.virtual_network, snapshot.identity, snapshot.route_table) == (None,) * 4
    assert snapshot.managed_clusters == ()
    assert not [path for path in fake.paths("LIST") if "roleAssignments" in path]


def test_a_bare_subnet_takes_two_rounds() -> None:
    fake = MeetingArm(10, 1)
    subnet = subnet_document()
    fake.add(subnet, network_document(subnet))
    fake.refuse("POST", GRAPH, forbidden())
    assert isinstance(read(fake, GatherRequest(subnet_id=SUBNET)).subnet, Subnet)
    assert fake.is_exhausted


def test_whatever_is_on_the_subnet_takes_three_rounds() -> None:
    fake = MeetingArm(12, 14, 1)
    fill(fake)
    fake.refuse("POST", GRAPH, forbidden())
    snapshot = read(fake)
    assert isinstance(snapshot.nat_gateway_access, ScopeAccess)
    assert fake.is_exhausted


def test_all_that_can_be_asked_for_takes_three_rounds() -> None:
    fake = MeetingArm(23, 22, 1)
    fill(fake)
    fake.refuse("POST", GRAPH, forbidden())
    snapshot = read(
        fake,
        GatherRequest(
            subnet_id=SUBNET,
            kubelet_identity_id=KUBELET,
            private_dns_zone_id=ZONE,
            api_server_subnet_id=API_SERVER_SUBNET,
            region_of_group_id=SUBNET.resource_group_id,
            for_preparation=replace(PREPARATION, role=RoleChoice.LEAST_PRIVILEGE, private_cluster=True),
        ),
    )
    assert isinstance(snapshot.kubelet_identity_access, ScopeAccess)
    assert fake.is_exhausted


def test_what_prepare_needs_takes_fewer_reads() -> None:
    fake = MeetingArm(9, 5, 1)
    fake.add(subnet_document(), network_document(), identity_document(), table_document(), role_document())
    for scope in (SUBNET, TABLE, NETWORK):
        fake.fill(f"{scope}/providers/Microsoft.Authorization/roleAssignments", assignment_document(str(scope)))
    snapshot = read(fake, GatherRequest(subnet_id=SUBNET, for_preparation=PREPARATION, for_rules=False))
    assert snapshot.candidate_route_table is not None
    assert isinstance(snapshot.route_table_access, ScopeAccess)
    assert (snapshot.locks, snapshot.policy_states, snapshot.gateways, snapshot.subnet_usage) == (None,) * 4
    assert fake.is_exhausted


SUBNET_READ = "Microsoft.Network/virtualNetworks/subnets/read"


@pytest.mark.parametrize(
    ("method", "path", "field", "permission"),
    [
        ("GET", str(TABLE), "route_table", "Microsoft.Network/routeTables/read"),
        ("GET", str(GROUP), "network_security_group", "Microsoft.Network/networkSecurityGroups/read"),
        ("GET", str(NETWORK), "virtual_network", "Microsoft.Network/virtualNetworks/read"),
        ("GET", str(IDENTITY), "identity", "Microsoft.ManagedIdentity/userAssignedIdentities/read"),
        ("LIST", f"{NETWORK}/usages", "subnet_usage", "Microsoft.Network/virtualNetworks/usages/read"),
        ("LIST", f"{SUBNET}{PERMISSIONS}", "caller_on_subnet", "Microsoft.Authorization/permissions/read"),
        ("LIST", "localNetworkGateways", "gateways", "Microsoft.Network/localNetworkGateways/read"),
        ("LIST", "virtualNetworkGateways", "gateways", "Microsoft.Network/virtualNetworkGateways/read"),
        ("POST", POLICY, "policy_states", "Microsoft.PolicyInsights/policyStates/queryResults/action"),
        (
            "LIST",
            f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments",
            "subnet_access",
            "Microsoft.Authorization/roleAssignments/read",
        ),
        ("GET", ROLE_ID, "route_table_access", "Microsoft.Authorization/roleDefinitions/read"),
    ],
)
def test_what_may_not_be_read_names_the_missing_permission(method: str, path: str, field: str, permission: str) -> None:
    fake = fill(FakeArm())
    fake.refuse(method, path, forbidden())
    cause = unreadable(getattr(read(fake), field))
    assert cause.permission == permission
    assert cause.reason.startswith("you may not read ") and "/subscriptions/" not in cause.reason
    assert cause.reason.endswith(f"; the permission {permission} is missing.")
    assert cause.resource_id is not None


def test_the_permission_is_the_one_that_azure_names() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(TABLE), forbidden("Microsoft.Network/routeTables/special/read"))
    assert unreadable(read(fake).route_table).permission == "Microsoft.Network/routeTables/special/read"


def test_a_refusal_for_another_reason_is_told_as_it_is() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(TABLE), ArmError(status=500, code="InternalServerError", message="Try later."))
    cause = unreadable(read(fake).route_table)
    assert (cause.permission, cause.reason) == (
        None,
        "route table 'routes' could not be read: (InternalServerError) Try later.",
    )


def test_an_answer_in_an_unknown_shape_is_told_with_its_path() -> None:
    fake = fill(FakeArm())
    fake.documents[str(TABLE).lower()]["properties"]["routes"] = "none"
    assert unreadable(read(fake).route_table).reason == (
        "Azure's answer for route table 'routes' has an unexpected format: expected a list in 'properties.routes', "
        "got text."
    )


def test_an_element_of_a_list_in_an_unknown_shape() -> None:
    fake = fill(FakeArm())
    fake.fill(f"{NETWORK}/usages", "not an object")
    assert "expected an object in 'value[0]', got text" in unreadable(read(fake).subnet_usage).reason


def test_no_answer_ends_the_reading() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(TABLE), ArmUnreachableError("No answer"))
    with pytest.raises(ArmUnreachableError):
        read(fake)


def test_a_sign_in_that_has_expired_ends_the_reading() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(TABLE), ArmError(status=401, code="ExpiredAuthenticationToken", message="It expired."))
    with pytest.raises(ArmError, match="It expired"):
        read(fake)


def test_a_subnet_that_only_its_network_shows() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(SUBNET), forbidden(SUBNET_READ))
    snapshot = read(fake)
    assert isinstance(snapshot.subnet, Subnet)
    assert snapshot.subnet.route_table_id == TABLE
    assert not isinstance(snapshot.route_table, Unreadable | None)


def test_a_subnet_that_neither_shows() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(SUBNET), forbidden(SUBNET_READ))
    fake.refuse("GET", str(NETWORK), forbidden())
    snapshot = read(fake)
    assert unreadable(snapshot.subnet).permission == SUBNET_READ
    assert snapshot.route_table is None


def test_reader_on_the_subnet_alone_still_shows_the_subnet() -> None:
    fake = fill(FakeArm())
    fake.readable = str(SUBNET)
    snapshot = read(fake)
    assert isinstance(snapshot.subnet, Subnet)
    hidden = ("virtual_network", "route_table", "network_security_group", "identity", "locks", "managed_clusters")
    assert all(unreadable(getattr(snapshot, name)).permission for name in hidden)


def test_clusters_of_all_pages_of_resource_graph() -> None:
    fake = fill(FakeArm())
    fake.graph = [{**cluster_document(), "id": f"{CLUSTER}{n}"} for n in range(3)]
    clusters = read(fake).managed_clusters
    assert isinstance(clusters, tuple)
    assert [each.id.name for each in clusters] == ["aks0", "aks1", "aks2"]
    assert CLUSTERS not in fake.paths("LIST")


@pytest.mark.parametrize("error", [ArmError(status=500, code="Broken", message="No."), not_found()])
def test_where_graph_gives_no_answer_clusters_of_other_subscriptions_may_lack(error: ArmError) -> None:
    fake = fill(FakeArm())
    fake.refuse("POST", GRAPH, error)
    fake.fill(CLUSTERS, cluster_document())
    assert unreadable(read(fake).managed_clusters).is_no_answer
    assert CLUSTERS not in fake.paths("LIST")


def test_where_graph_is_refused_the_subscriptions_own_list_is_read() -> None:
    fake = fill(FakeArm())
    fake.refuse("POST", GRAPH, forbidden())
    fake.fill(CLUSTERS, cluster_document())
    clusters = read(fake).managed_clusters
    assert isinstance(clusters, tuple)
    assert [each.id for each in clusters] == [CLUSTER]


def test_where_both_are_refused_the_list_says_what_is_missing() -> None:
    fake = fill(FakeArm())
    fake.refuse("POST", GRAPH, forbidden())
    fake.refuse("LIST", CLUSTERS, forbidden())
    cause = unreadable(read(fake).managed_clusters)
    assert cause.permission == "Microsoft.ContainerService/managedClusters/read"


def test_a_peer_that_was_deleted_is_told_by_its_peering_and_not_asked_for() -> None:
    gone = str(NETWORK).replace("/vnet", "/gone")
    peering: Json = {
        "name": "gone",
        "properties": {
            "peeringState": "Disconnected",
            "remoteVirtualNetwork": {"id": gone},
            "remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
        },
    }
    fake = fill(FakeArm())
    fake.add(network_document(subnet_document(), virtualNetworkPeerings=[peering]))
    network = read(fake).virtual_network
    assert isinstance(network, VirtualNetwork)
    assert [(each.name, each.state) for each in network.peerings] == [("gone", "Disconnected")]
    assert gone not in fake.paths("GET")


@pytest.mark.parametrize(
    ("gone", "field"), [(str(TABLE), "route_table"), (str(GROUP), "network_security_group"), (ROLE_ID, "subnet_access")]
)
def test_what_something_names_and_is_not_there_is_unknown(gone: str, field: str) -> None:
    fake = fill(FakeArm())
    del fake.documents[gone.lower()]
    cause = unreadable(getattr(read(fake), field))
    assert (cause.reason, cause.is_no_answer) == (
        f"Azure says that {words_of(gone)} does not exist, although it has to.",
        True,
    )


def test_a_network_that_is_not_there_although_its_subnet_is_is_unknown() -> None:
    fake = fill(FakeArm())
    del fake.documents[str(NETWORK).lower()]
    assert unreadable(read(fake).virtual_network).reason.startswith(
        "Azure says that virtual network 'vnet' does not exist"
    )


def test_permissions_on_an_identity_that_is_there_are_there() -> None:
    fake = fill(FakeArm())
    fake.refuse("LIST", f"{IDENTITY}/providers/Microsoft.Authorization/permissions", not_found())
    assert unreadable(read(fake).caller_on_identity).is_no_answer
    del fake.documents[str(IDENTITY).lower()]
    assert read(fake).caller_on_identity is None


def test_a_list_that_is_not_there_is_unknown() -> None:
    fake = fill(FakeArm())
    fake.refuse("LIST", f"{NETWORK}/usages", not_found())
    assert unreadable(read(fake).subnet_usage).is_no_answer


def test_busy_is_told_as_such() -> None:
    fake = fill(FakeArm())
    fake.refuse("GET", str(TABLE), ArmError(status=503, code="ServerBusy", message="Later."))
    cause = unreadable(read(fake).route_table)
    assert cause.reason == "Azure is busy, and did not let route table 'routes' be read: (ServerBusy) Later."
    assert cause.remedy.startswith("Run the command again")


def test_assignments_below_the_scope_do_not_count() -> None:
    fake = fill(FakeArm())
    collection = f"{NETWORK}/providers/Microsoft.Authorization/roleAssignments"
    group = f"{SUBNET.resource_group_id}"
    listed = [assignment_document(scope) for scope in (str(SUBNET), str(NETWORK).upper(), group, "")]
    fake.fill(collection, *listed)
    access = read(fake).virtual_network_access
    assert isinstance(access, ScopeAccess)
    assert [each.scope for each in access.assignments] == [str(NETWORK).upper(), group, ""]
    asked = [call.filter_text for call in fake.calls if call.path == collection]
    assert asked == [f"atScope() and assignedTo('{PRINCIPAL}')"]


def test_deny_assignments_at_and_above_the_scope() -> None:
    fake = fill(FakeArm())
    principals = [{"id": PRINCIPAL, "type": "ServicePrincipal"}]
    denial: Json = {"id": "/d", "properties": {"principals": principals, "permissions": [{"actions": ["*"]}]}}
    fake.fill(f"{TABLE}/providers/Microsoft.Authorization/denyAssignments", denial)
    access = read(fake).route_table_access
    assert isinstance(access, ScopeAccess) and isinstance(access.denials, tuple)
    assert [each.principal_ids for each in access.denials] == [(PRINCIPAL,)]
    fake.refuse("LIST", "denyAssignments", forbidden())
    access = read(fake).route_table_access
    assert isinstance(access, ScopeAccess)
    assert unreadable(access.denials).permission == "Microsoft.Authorization/denyAssignments/read"


@pytest.mark.parametrize(
    ("whole", "expected"), [(False, ["/subscriptions/s/resourceGroups/rg"]), (True, ["/subscriptions/s"])]
)
def test_locks_of_the_subscription_or_at_least_of_the_subnet(whole: bool, expected: list[str]) -> None:
    fake = fill(FakeArm())
    marker = "/providers/Microsoft.Authorization/locks/l"
    near, far = f"/subscriptions/s/resourceGroups/rg{marker}", f"/subscriptions/s{marker}"
    fake.fill(f"{SUBNET}{LOCKS}", {"id": near, "properties": {"level": "ReadOnly"}})
    fake.fill(f"/subscriptions/{SUBSCRIPTION}{LOCKS}", {"id": far, "properties": {"level": "ReadOnly"}})
    if not whole:
        fake.refuse("LIST", f"/subscriptions/{SUBSCRIPTION}{LOCKS}", forbidden())
    snapshot = read(fake)
    assert isinstance(snapshot.locks, tuple)
    assert [each.scope for each in snapshot.locks] == expected
    assert snapshot.route_table_locks == (None if whole else ())


LOCK_ON_TABLE: Json = {"id": f"{TABLE}{LOCKS}/l", "name": "l", "properties": {"level": "ReadOnly"}}


@pytest.mark.parametrize("attached", [True, False])
def test_where_the_subscriptions_locks_are_refused_the_route_tables_are_read(attached: bool) -> None:
    fake = fill(FakeArm())
    if not attached:
        fake.add(subnet_document())
    fake.refuse("LIST", f"/subscriptions/{SUBSCRIPTION}{LOCKS}", forbidden())
    fake.fill(f"{TABLE}{LOCKS}", LOCK_ON_TABLE)
    locks = read(fake, replace(REQUEST, for_preparation=PREPARATION)).route_table_locks
    assert isinstance(locks, tuple)
    assert [each.scope for each in locks] == [str(TABLE)]
    assert [call.filter_text for call in fake.calls if call.path == f"{TABLE}{LOCKS}"] == ["atScope()"]


def test_a_route_table_that_is_to_be_made_inherits_the_locks_of_its_group() -> None:
    fake = FakeArm()
    subnet = subnet_document()
    fake.add(subnet, network_document(subnet))
    fake.refuse("LIST", f"/subscriptions/{SUBSCRIPTION}{LOCKS}", forbidden())
    group = TABLE.resource_group_id
    fake.fill(f"{group}{LOCKS}", {"id": f"{group}{LOCKS}/l", "name": "l", "properties": {"level": "ReadOnly"}})
    locks = read(fake, replace(REQUEST, for_preparation=PREPARATION)).route_table_locks
    assert isinstance(locks, tuple)
    assert [each.scope for each in locks] == [group]


def test_locks_of_the_route_table_that_may_not_be_read() -> None:
    fake = fill(FakeArm())
    fake.refuse("LIST", f"/subscriptions/{SUBSCRIPTION}{LOCKS}", forbidden())
    fake.refuse("LIST", f"{TABLE}{LOCKS}", forbidden())
    snapshot = read(fake)
    assert isinstance(snapshot.locks, tuple)
    cause = unreadable(snapshot.route_table_locks)
    assert (cause.permission, cause.resource_id) == ("Microsoft.Authorization/locks/read", f"{TABLE}{LOCKS}")


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        ([{"id": str(SUBNET).upper(), "currentValue": 7.0, "limit": 251.0}], 7),
        ([{"id": str(SUBNET), "currentValue": -1.0, "limit": 251.0}], None),
        ([{"id": str(TABLE), "currentValue": 7.0, "limit": 251.0}], None),
        ([], None),
    ],
)
def test_the_usage_of_this_subnet_where_azure_knows_it(usages: list[Json], expected: int | None) -> None:
    fake = fill(FakeArm())
    fake.fill(f"{NETWORK}/usages", *usages)
    usage = read(fake).subnet_usage
    assert not isinstance(usage, Unreadable)
    assert (None if usage is None else usage.current) == expected


def test_a_preparation_reads_its_own_identity_and_the_callers_rights_on_all_that_it_would_write() -> None:
    fake = fill(FakeArm())
    snapshot = read(fake, GatherRequest(subnet_id=SUBNET, identity_id=KUBELET, for_preparation=PREPARATION))
    assert not isinstance(snapshot.identity, Unreadable | None)
    assert snapshot.identity.id == IDENTITY
    on = ("subnet", "route_table", "identity", "group", "network_security_group", "nat_gateway")
    assert all(isinstance(getattr(snapshot, f"caller_on_{name}"), CallerAccess) for name in on)
    assert snapshot.caller_on_subscription is None
    judged = read(fake)
    assert (judged.caller_on_group, judged.caller_on_nat_gateway, judged.candidate_route_table) == (None,) * 3
