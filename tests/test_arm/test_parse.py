"""ARM JSON to the model: both spellings of prefixes, odd casing, missing properties, and refusals with a path."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.arm.parse.access import (
    EVERYONE,
    parse_deny_assignment,
    parse_identity,
    parse_lock,
    parse_permission,
    parse_policy_state,
    parse_role_assignment,
    parse_role_definition,
)
from azext_kubenet.arm.parse.clusters import parse_descendant, parse_machine, parse_managed_cluster, parse_subscription
from azext_kubenet.arm.parse.networks import (
    parse_gateway,
    parse_network_security_group,
    parse_route_table,
    parse_subnet,
    parse_usage,
    parse_virtual_network,
)
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.resource_id import ResourceId

from .documents import (
    CLUSTER,
    GATEWAY,
    GROUP,
    IDENTITY,
    NETWORK,
    OTHER_TABLE,
    ROLE_GUID,
    SUBNET,
    TABLE,
    assignment_document,
    cluster_document,
    identity_document,
    network_document,
    role_document,
    subnet_document,
    table_document,
)
from .reference import answers, needs_reference, resources

Json = dict[str, Any]


def texts(values: tuple[object, ...]) -> list[str]:
    return [str(value) for value in values]


MUTE_LINK: Json = {"properties": {"enabledForArmDeployments": False, "allowDelete": False, "locations": []}}


def test_a_subnet_with_everything_on_it() -> None:
    link = {"id": f"{SUBNET}/serviceAssociationLinks/l", "properties": {"linkedResourceType": "Microsoft.Web/x"}}
    subnet = parse_subnet(
        subnet_document(
            routeTable={"id": str(TABLE)},
            networkSecurityGroup={"id": str(GROUP)},
            natGateway={"id": str(GATEWAY)},
            delegations=[{"name": "d", "properties": {"serviceName": "Microsoft.Sql/managedInstances"}}, {"name": "n"}],
            ipConfigurations=[{"id": "/nic/1"}, {}],
            applicationGatewayIPConfigurations=[{"id": "/agw/1"}],
            privateEndpoints=[{"id": "/pe/1"}],
            serviceEndpoints=[{"service": "Microsoft.Storage"}],
            serviceAssociationLinks=[link, {"properties": {"link": "/sites/x"}}, MUTE_LINK],
            resourceNavigationLinks=[{"id": "/nav"}, {"name": "legionservicelink"}],
            networkIntentPolicies=[{"id": "/policies/mi"}],
            subnetID="8f4a",
            defaultOutboundAccess=False,
            provisioningState="Updating",
        )
    )
    assert (subnet.id, subnet.name, texts(subnet.address_prefixes)) == (SUBNET, "nodes", ["10.1.0.0/24"])
    assert (subnet.route_table_id, subnet.network_security_group_id) == (TABLE, GROUP)
    assert (subnet.nat_gateway_id, subnet.delegations) == (GATEWAY, ("Microsoft.Sql/managedInstances", "n"))
    assert (subnet.ip_configurations, subnet.private_endpoints) == (("/nic/1", ""), ("/pe/1",))
    assert subnet.application_gateway_configurations == ("/agw/1",)
    assert subnet.service_endpoints == ("Microsoft.Storage",)
    assert subnet.service_association_links == ("Microsoft.Web/x", "/sites/x", "a service that is not named")
    assert subnet.resource_navigation_links == ("/nav", "legionservicelink")
    assert (subnet.network_intent_policies, subnet.injected_subnet_id) == (("/policies/mi",), "8f4a")
    assert (subnet.default_outbound_access, subnet.provisioning_state) == (False, "Updating")


def test_a_subnet_with_nothing_in_it() -> None:
    subnet = parse_subnet({"id": str(SUBNET), "name": "nodes", "properties": {}})
    assert (subnet.address_prefixes, subnet.route_table_id, subnet.delegations) == ((), None, ())
    assert (subnet.default_outbound_access, subnet.provisioning_state) == (None, "Succeeded")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"addressPrefix": "10.1.0.0/24"}, ["10.1.0.0/24"]),
        ({"addressPrefix": None, "addressPrefixes": ["10.1.0.0/24", "10.2.0.0/24"]}, ["10.1.0.0/24", "10.2.0.0/24"]),
        ({"addressPrefix": "10.1.0.0/24", "addressPrefixes": []}, ["10.1.0.0/24"]),
        ({"addressPrefix": None, "addressPrefixes": ["10.1.0.0/24", "fd00::/64"]}, ["10.1.0.0/24"]),
        ({"addressPrefix": "10.1.0.7/24"}, ["10.1.0.0/24"]),
    ],
)
def test_prefixes_in_either_property(properties: Json, expected: list[str]) -> None:
    assert texts(parse_subnet(subnet_document(**properties)).address_prefixes) == expected


def shouted(value: Any) -> Any:
    """The document with every name and every id in another casing."""
    if isinstance(value, dict):
        return {name.upper(): shouted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shouted(each) for each in value]
    return value.upper() if isinstance(value, str) and value.startswith("/") else value


def test_casing_makes_no_difference() -> None:
    document = network_document(subnet_document(routeTable={"id": str(TABLE)}))
    network = parse_virtual_network(shouted(document))
    assert network == parse_virtual_network(document)
    assert network.subnets[0].route_table_id == TABLE


def test_a_virtual_network_with_its_peerings() -> None:
    peerings: list[Json] = [
        {
            "name": "hub",
            "properties": {
                "peeringState": "Connected",
                "useRemoteGateways": True,
                "remoteVirtualNetwork": {"id": "/hub"},
                "remoteAddressSpace": {"addressPrefixes": ["10.8.0.0/16"]},
                "remoteVirtualNetworkAddressSpace": {"addressPrefixes": ["10.9.0.0/16", "fd00::/48"]},
            },
        },
        {
            "name": "deleted",
            "properties": {
                "peeringState": "Disconnected",
                "remoteVirtualNetwork": {"id": "/gone"},
                "remoteAddressSpace": {"addressPrefixes": ["10.8.0.0/16"]},
            },
        },
        {"name": "bare", "properties": {}},
    ]
    network = parse_virtual_network(
        network_document(subnet_document(), virtualNetworkPeerings=peerings, dhcpOptions={"dnsServers": ["10.1.0.4"]})
    )
    assert (network.id, network.location, texts(network.address_prefixes)) == (NETWORK, "westeurope", ["10.1.0.0/16"])
    assert network.dns_servers == ("10.1.0.4",)
    assert [(each.name, each.state, texts(each.remote_address_prefixes)) for each in network.peerings] == [
        ("hub", "Connected", ["10.9.0.0/16"]),
        ("deleted", "Disconnected", ["10.8.0.0/16"]),
        ("bare", "Connected", []),
    ]
    assert [each.use_remote_gateways for each in network.peerings] == [True, False, False]


def test_a_route_table_with_every_kind_of_route() -> None:
    def route(name: str, **properties: Any) -> Json:
        return {"name": name, "properties": properties}

    document = table_document(
        TABLE,
        route("default", addressPrefix="0.0.0.0/0", nextHopType="VirtualAppliance", nextHopIpAddress="10.9.9.4"),
        route("tag", addressPrefix="AzureMonitor", nextHopType="Internet"),
        route("six", addressPrefix="fd00::/64", nextHopType="VirtualAppliance", nextHopIpAddress="fd00::4"),
        route("host", addressPrefix="10.244.0.7/24", nextHopType="VirtualAppliance", nextHopIpAddress=""),
        route(""),
    )
    document["properties"]["subnets"] = [{"id": str(SUBNET)}]
    document["properties"]["disableBgpRoutePropagation"] = True
    document["tags"] = {"team": "net", "none": None}
    table = parse_route_table(document)
    assert [
        (each.name, each.destination, None if each.address_prefix is None else str(each.address_prefix))
        for each in table.routes
    ] == [
        ("default", "0.0.0.0/0", "0.0.0.0/0"),
        ("tag", "AzureMonitor", None),
        ("six", "fd00::/64", None),
        ("host", "10.244.0.7/24", "10.244.0.0/24"),
        ("", "", None),
    ]
    assert [each.next_hop_ip for each in table.routes] == [IPv4Address("10.9.9.4"), None, None, None, None]
    assert table.default_route == table.routes[0]
    assert (table.subnets, table.disable_bgp_route_propagation) == ((SUBNET,), True)
    assert table.tags == (("team", "net"), ("none", ""))


def test_a_route_table_with_nothing_in_it() -> None:
    table = parse_route_table({"id": str(TABLE), "properties": {"routes": []}})
    assert (table.routes, table.subnets, table.tags, table.disable_bgp_route_propagation) == ((), (), (), False)


def test_a_security_rule_with_lists_and_augmented_prefixes() -> None:
    rule = {
        "name": "deny",
        "properties": {
            "priority": 200.0,
            "direction": "Inbound",
            "access": "Deny",
            "protocol": "*",
            "sourceAddressPrefix": "10.0.0.0/8",
            "sourceAddressPrefixes": ["172.16.0.0/12"],
            "sourcePortRange": "*",
            "destinationAddressPrefix": "",
            "destinationAddressPrefixes": ["VirtualNetwork"],
            "destinationPortRanges": ["80", "443-445"],
            "destinationApplicationSecurityGroups": [{"id": "/asg"}],
        },
    }
    group = parse_network_security_group(
        {"id": str(GROUP), "properties": {"securityRules": [rule], "defaultSecurityRules": []}}
    )
    (found,) = group.rules
    assert (found.priority, found.source_prefixes) == (200, ("10.0.0.0/8", "172.16.0.0/12"))
    assert (found.destination_prefixes, found.source_ports) == (("VirtualNetwork",), ("*",))
    assert (found.destination_ports, found.destination_application_groups) == (("80", "443-445"), ("/asg",))


def test_an_identity_and_its_assignment_and_role() -> None:
    identity = parse_identity(identity_document())
    assignment = parse_role_assignment(assignment_document(str(SUBNET)))
    role = parse_role_definition(role_document())
    assert (identity.id, identity.principal_id) == (IDENTITY, assignment.principal_id)
    assert (assignment.role_guid, assignment.condition, assignment.description) == (ROLE_GUID, None, None)
    assert (role.guid, role.name, role.permissions[0].actions) == (
        ROLE_GUID,
        "Network Contributor",
        ("Microsoft.Network/*",),
    )


def test_a_deny_assignment_for_everyone_but_some() -> None:
    document = {
        "id": "/deny",
        "properties": {
            "denyAssignmentName": "managed app",
            "scope": str(SUBNET),
            "permissions": [{"actions": ["*"], "notActions": ["*/read"]}],
            "principals": [{"id": EVERYONE, "type": "SystemDefined"}, {"id": "p1", "type": "User"}],
            "excludePrincipals": [{"id": "p2", "type": "ServicePrincipal"}, {"id": "g2", "type": "Group"}],
            "doNotApplyToChildScopes": True,
            "condition": None,
        },
    }
    denial = parse_deny_assignment(document)
    assert (denial.principal_ids, denial.group_ids, denial.condition) == ((), (), None)
    assert (denial.excluded_principal_ids, denial.excluded_group_ids) == (("p2",), ("g2",))
    assert (denial.applies_to_children, denial.permissions[0].not_actions) == (False, ("*/read",))


def test_whom_a_deny_assignment_names_is_a_group_where_azure_does_not_say() -> None:
    principals = [{"id": "p1", "type": "user"}, {"id": "g1", "type": "Group"}, {"id": "x"}]
    denial = parse_deny_assignment(
        {"id": "/deny", "properties": {"permissions": [], "principals": principals, "condition": "c"}}
    )
    assert (denial.principal_ids, denial.group_ids, denial.condition) == (("p1",), ("g1", "x"), "c")


RESOURCE_GROUP = "/subscriptions/s/resourceGroups/rg"


@pytest.mark.parametrize(
    ("lock_id", "scope"),
    [
        (f"{SUBNET}/providers/Microsoft.Authorization/locks/l", str(SUBNET)),
        (f"{RESOURCE_GROUP}/providers/microsoft.authorization/LOCKS/l", RESOURCE_GROUP),
        ("/subscriptions/s/providers/Microsoft.Authorization/locks/l", "/subscriptions/s"),
        ("odd", "odd"),
    ],
)
def test_the_scope_of_a_lock_is_what_it_stands_on(lock_id: str, scope: str) -> None:
    lock = parse_lock({"id": lock_id, "name": "l", "properties": {"level": "ReadOnly"}})
    assert (lock.name, lock.level, lock.scope) == ("l", "ReadOnly", scope)


def test_a_policy_state_a_usage_and_gateways() -> None:
    state = parse_policy_state(
        {"policyAssignmentId": "/a", "policyDefinitionName": "d", "policyDefinitionAction": "deny", "resourceId": "/r"}
    )
    assert (state.assignment_id, state.definition_name, state.effect, state.resource_id) == ("/a", "d", "deny", "/r")
    usage = parse_usage({"id": str(SUBNET), "currentValue": 7.0, "limit": 251.0})
    assert (usage.subnet_id, usage.current) == (SUBNET, 7)
    local: Json = {"localNetworkAddressSpace": {"addressPrefixes": ["172.16.0.0/12"]}}
    point: Json = {"vpnClientConfiguration": {"vpnClientAddressPool": {"addressPrefixes": ["172.20.0.0/24"]}}}
    for properties, expected in ((local, ["172.16.0.0/12"]), (point, ["172.20.0.0/24"]), ({}, [])):
        gateway = parse_gateway({"id": str(GATEWAY), "properties": properties})
        assert texts(gateway.address_prefixes) == expected


def test_a_managed_cluster_as_graph_and_service_give_it() -> None:
    cluster = parse_managed_cluster(cluster_document())
    assert (cluster.id, cluster.network_plugin, texts(cluster.pod_cidrs)) == (CLUSTER, "kubenet", ["10.244.0.0/16"])
    assert (cluster.subnet_ids, cluster.identity_ids) == ((SUBNET,), (IDENTITY,))


def test_a_cluster_in_two_subnets_names_each_once() -> None:
    document = cluster_document()
    pools = [
        {"vnetSubnetID": str(SUBNET)},
        {"vnetSubnetID": str(SUBNET).upper()},
        {},
        {"vnetSubnetID": str(OTHER_TABLE)},
    ]
    document["properties"]["agentPoolProfiles"] = pools
    assert parse_managed_cluster(document).subnet_ids == (SUBNET, OTHER_TABLE)


ZONE = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"


def test_a_cluster_uses_its_pod_subnets_and_its_kubelet_identity_too() -> None:
    document = cluster_document()
    document["properties"]["agentPoolProfiles"] = [{"vnetSubnetID": str(SUBNET), "podSubnetID": f"{SUBNET}-pods"}]
    document["properties"]["apiServerAccessProfile"] = {"subnetId": f"{SUBNET}-api"}
    document["properties"]["identityProfile"] = {"kubeletidentity": {"resourceId": f"{IDENTITY}-kubelet"}}
    cluster = parse_managed_cluster(document)
    assert [str(each) for each in cluster.subnet_ids] == [str(SUBNET), f"{SUBNET}-pods", f"{SUBNET}-api"]
    assert [str(each) for each in cluster.identity_ids] == [str(IDENTITY), f"{IDENTITY}-kubelet"]


@pytest.mark.parametrize(
    ("written", "zone_id", "public_only"),
    [
        (ZONE, ZONE, False),
        ("system", None, False),
        ("None", None, True),
        ("", None, False),
        (None, None, False),
    ],
)
def test_the_private_dns_zone_of_a_cluster(written: str | None, zone_id: str | None, public_only: bool) -> None:
    document = cluster_document()
    document["properties"]["apiServerAccessProfile"] = {"enablePrivateCluster": True, "privateDNSZone": written}
    cluster = parse_managed_cluster(document)
    found = cluster.private_dns_zone_id
    assert (None if found is None else str(found), cluster.public_dns_only) == (zone_id, public_only)


PARSERS: tuple[Callable[[object], object], ...] = (
    parse_subnet,
    parse_virtual_network,
    parse_route_table,
    parse_network_security_group,
    parse_identity,
    parse_role_assignment,
    parse_role_definition,
    parse_permission,
    parse_deny_assignment,
    parse_lock,
    parse_policy_state,
    parse_usage,
    parse_gateway,
    parse_managed_cluster,
)

NAMES = (
    "id", "name", "location", "tags", "properties", "addressPrefix", "addressPrefixes", "addressSpace", "subnets",
    "routes", "routeTable", "networkSecurityGroup", "delegations", "ipConfigurations", "serviceAssociationLinks",
    "virtualNetworkPeerings", "remoteAddressSpace", "nextHopIpAddress", "securityRules", "priority", "direction",
    "access", "protocol", "principalId", "roleDefinitionId", "permissions", "actions", "principals", "level",
    "currentValue", "limit", "networkProfile", "podCidr", "agentPoolProfiles", "vnetSubnetID", "identity", "type",
    "userAssignedIdentities", "localNetworkAddressSpace",
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from([str(SUBNET), "10.0.0.0/8", "10.0.0.0/99", "1.2.3.4", "fd00::/64", "1e", "9/"]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)),
    max_leaves=25,
)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: str(parser.__name__))
@settings(deadline=None)
@given(properties=DOCUMENTS, rest=DOCUMENTS)
def test_any_json_is_parsed_or_refused_with_a_path(
    parser: Callable[[object], object], properties: object, rest: object
) -> None:
    known = {"id": str(SUBNET), "name": "n", "properties": properties}
    for document in (rest, properties, known, {**(rest if isinstance(rest, dict) else {}), **known}):
        with contextlib.suppress(ParseError):
            parser(document)


RECORDED: dict[str, Callable[[object], object]] = {
    "microsoft.network/virtualnetworks": parse_virtual_network,
    "microsoft.network/virtualnetworks/subnets": parse_subnet,
    "microsoft.network/routetables": parse_route_table,
    "microsoft.network/networksecuritygroups": parse_network_security_group,
    "microsoft.containerservice/managedclusters": parse_managed_cluster,
    "microsoft.managedidentity/userassignedidentities": parse_identity,
    "microsoft.authorization/roleassignments": parse_role_assignment,
    "microsoft.authorization/roledefinitions": parse_role_definition,
    "microsoft.authorization/locks": parse_lock,
}


REFUSED = {"ManagedClustersList.json", "ManagedClustersListByResourceGroup.json"}
"""These examples give a cluster the id of its collection."""


def recorded_type(document: Json) -> str:
    """The type that the document names, or the one in its id."""
    named = document.get("type")
    if isinstance(named, str):
        return named.lower()
    with contextlib.suppress(ValueError):
        return ResourceId.parse(document["id"]).resource_type.lower()
    return ""


@needs_reference
def test_every_recorded_resource_and_every_example_is_parsed() -> None:
    parsed: dict[str, int] = dict.fromkeys(RECORDED, 0)
    refused = set()
    for origin, answer in answers():
        for document in resources(answer):
            parser = RECORDED.get(recorded_type(document))
            if parser is None:
                continue
            try:
                parser(document)
            except ParseError:
                refused.add(origin)
            else:
                parsed[recorded_type(document)] += 1
    assert refused == REFUSED
    assert all(parsed.values()), parsed


def test_a_cluster_that_runs_is_read_with_its_pools() -> None:
    document = cluster_document()
    document["identity"] = {"type": "systemassigned", "principalId": "p1"}
    document["properties"].update(
        provisioningState="Updating",
        powerState={"code": "Stopped"},
        kubernetesVersion="1.33",
        currentKubernetesVersion="1.33.3",
        addonProfiles={"azurepolicy": {"enabled": True}, "httpapplicationrouting": {"enabled": False}},
        apiServerAccessProfile={"enablePrivateCluster": True},
    )
    document["properties"]["networkProfile"].update(serviceCidr="10.100.0.0/16", dnsServiceIP="10.100.0.10")
    document["properties"]["agentPoolProfiles"] = [
        {"name": "a", "count": 2, "enableAutoScaling": True, "maxCount": 9, "maxPods": 50, "vnetSubnetID": str(SUBNET)},
        {"name": "b", "count": 3, "maxCount": 7, "upgradeSettings": {"maxSurge": "33%"}, "orchestratorVersion": "1.32"},
    ]
    cluster = parse_managed_cluster(document)
    assert (cluster.identity_kind, cluster.principal_id) == (IdentityKind.SYSTEM_ASSIGNED, "p1")
    assert (cluster.provisioning_state, cluster.power_state) == ("Updating", "Stopped")
    assert (cluster.kubernetes_version, cluster.addons, cluster.private_cluster) == ("1.33.3", ("azurepolicy",), True)
    assert (str(cluster.service_cidr), str(cluster.dns_service_ip)) == ("10.100.0.0/16", "10.100.0.10")
    first, second = cluster.agent_pools
    assert (first.name, first.count, first.max_count, first.autoscaler, first.max_pods) == ("a", 2, 9, True, 50)
    assert (second.max_count, second.max_surge, second.kubernetes_version) == (3, "33%", "1.32")
    assert (first.subnet_id, second.subnet_id) == (SUBNET, None)


def test_a_cluster_without_an_identity_is_a_service_principal() -> None:
    document = cluster_document()
    for identity in ({}, {"type": "None"}):
        document["identity"] = identity
        assert parse_managed_cluster(document).identity_kind is IdentityKind.SERVICE_PRINCIPAL


def test_a_machine_has_its_ipv4_address_or_none() -> None:
    addresses: Json = {"network": {"ipAddresses": [{"ip": "fd00::4"}, {"ip": "10.1.0.4"}]}}
    assert str(parse_machine({"name": "n", "properties": addresses}).address) == "10.1.0.4"
    assert parse_machine({"name": "n", "properties": {}}).address is None


def test_a_subscription_as_the_list_and_resource_graph_have_it() -> None:
    listed = parse_subscription({"subscriptionId": "s", "displayName": "Ours"})
    assert listed == parse_subscription({"subscriptionId": "s", "name": "Ours", "id": "/subscriptions/s"})


def test_a_management_group_holds_subscriptions_and_groups() -> None:
    group = {"type": "Microsoft.Management/managementGroups", "name": "below"}
    member = {"type": "Microsoft.Management/managementGroups/subscriptions", "name": "s"}
    assert parse_descendant(group) is None
    assert parse_descendant(member) == parse_subscription({"subscriptionId": "s", "name": "s"})


def test_the_gateway_of_a_clusters_add_on() -> None:
    for name in ("effectiveApplicationGatewayId", "applicationGatewayId"):
        addon = {"enabled": True, "config": {name: str(GATEWAY)}}
        document = {"id": str(CLUSTER), "properties": {"addonProfiles": {"ingressApplicationGateway": addon}}}
        assert parse_managed_cluster(document).application_gateway_id == GATEWAY
