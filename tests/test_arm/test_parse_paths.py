"""A parse error names the member that is wrong, by its property and index: each member of each parser's document.

`DOCUMENTS` holds every member that a parser reads, in the type that Azure documents. Each of them in turn gets another
type, another form, or is taken away.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.arm.parse import access, clusters, networks
from azext_kubenet.arm.parse.access import (
    parse_associated_resource,
    parse_deny_assignment,
    parse_identity,
    parse_lock,
    parse_permission,
    parse_policy_state,
    parse_role_assignment,
    parse_role_definition,
)
from azext_kubenet.arm.parse.clusters import (
    parse_descendant,
    parse_location,
    parse_machine,
    parse_managed_cluster,
    parse_subscription,
)
from azext_kubenet.arm.parse.networks import (
    parse_gateway,
    parse_network_security_group,
    parse_private_dns_zone,
    parse_route_table,
    parse_subnet,
    parse_usage,
    parse_virtual_network,
)

from .documents import CLUSTER, GROUP, IDENTITY, KUBELET, NETWORK, SUBNET, TABLE, ZONE, Json

Parser = Callable[[object], object]

A_LINK: Json = {"id": "/l", "properties": {"link": "", "linkedResourceType": ""}}
AN_ID: Json = {"id": "/subscriptions/s"}
A_PERMISSION: Json = {"actions": ["*"], "notActions": ["*/read", "*/write"]}
PREFIXES: Json = {"addressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"]}


def with_both(name: str, plural: str, *values: str) -> Json:
    return {name: values[0], plural: list(values)}


A_RULE: Json = {
    "name": "r",
    "properties": {
        "priority": 100,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "*",
        **with_both("sourceAddressPrefix", "sourceAddressPrefixes", "10.0.0.0/8", "*"),
        **with_both("sourcePortRange", "sourcePortRanges", "80", "*"),
        **with_both("destinationAddressPrefix", "destinationAddressPrefixes", "10.0.0.0/8", "*"),
        **with_both("destinationPortRange", "destinationPortRanges", "80", "*"),
        "sourceApplicationSecurityGroups": [AN_ID],
        "destinationApplicationSecurityGroups": [AN_ID],
    },
}
A_SUBNET: Json = {
    "id": str(SUBNET),
    "name": "nodes",
    "properties": {
        **PREFIXES,
        "routeTable": {"id": str(TABLE)},
        "networkSecurityGroup": {"id": str(GROUP)},
        "natGateway": {"id": str(TABLE)},
        "delegations": [{"name": "d", "properties": {"serviceName": ""}}],
        "ipConfigurations": [AN_ID, AN_ID],
        "privateEndpoints": [AN_ID],
        "serviceEndpoints": [{"service": "Microsoft.Storage"}],
        "serviceAssociationLinks": [A_LINK],
        "resourceNavigationLinks": [A_LINK],
        "networkIntentPolicies": [AN_ID],
        "subnetID": "8f4a",
        "defaultOutboundAccess": False,
        "provisioningState": "Succeeded",
    },
}
A_ROUTE: Json = {
    "name": "default",
    "properties": {
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.9.9.4",
        "provisioningState": "Succeeded",
    },
}
DOCUMENTS: dict[Parser, Json] = {
    parse_subnet: A_SUBNET,
    parse_virtual_network: {
        "id": str(NETWORK),
        "name": "vnet",
        "location": "westeurope",
        "properties": {
            "addressSpace": PREFIXES,
            "subnets": [{"id": str(SUBNET), "name": name, "properties": {}} for name in ("a", "b")],
            "virtualNetworkPeerings": [
                {"name": "first", "properties": {}},
                {
                    "name": "hub",
                    "properties": {
                        "remoteVirtualNetworkAddressSpace": PREFIXES,
                        "remoteAddressSpace": PREFIXES,
                        "peeringState": "Connected",
                    },
                },
            ],
            "dhcpOptions": {"dnsServers": ["10.1.0.4", "10.1.0.5"]},
            "provisioningState": "Succeeded",
        },
    },
    parse_route_table: {
        "id": str(TABLE),
        "location": "westeurope",
        "tags": {"team": "net"},
        "properties": {
            "routes": [A_ROUTE, A_ROUTE],
            "subnets": [{"id": str(SUBNET)}, {"id": str(SUBNET)}],
            "disableBgpRoutePropagation": False,
            "provisioningState": "Succeeded",
        },
    },
    parse_network_security_group: {
        "id": str(GROUP),
        "properties": {"securityRules": [A_RULE], "defaultSecurityRules": [A_RULE, A_RULE]},
    },
    parse_private_dns_zone: {"id": str(ZONE)},
    parse_identity: {
        "id": str(IDENTITY),
        "location": "westeurope",
        "tags": {"team": "net"},
        "properties": {"principalId": "p", "clientId": "c"},
    },
    parse_role_assignment: {
        "id": "a",
        "properties": {"scope": "/", "roleDefinitionId": "r", "principalId": "p", "condition": "c", "description": "d"},
    },
    parse_role_definition: {
        "id": "r",
        "properties": {"roleName": "Reader", "permissions": [A_PERMISSION, A_PERMISSION]},
    },
    parse_permission: A_PERMISSION,
    parse_deny_assignment: {
        "id": "d",
        "properties": {
            "denyAssignmentName": "n",
            "scope": "/",
            "permissions": [A_PERMISSION],
            "principals": [AN_ID, AN_ID],
            "excludePrincipals": [AN_ID],
            "doNotApplyToChildScopes": False,
        },
    },
    parse_associated_resource: {"id": "/a"},
    parse_lock: {"id": "/l", "name": "l", "properties": {"level": "ReadOnly"}},
    parse_policy_state: {
        "policyAssignmentId": "/a",
        "policyDefinitionName": "d",
        "policyDefinitionAction": "deny",
        "resourceId": "/r",
    },
    parse_usage: {"id": str(SUBNET), "currentValue": 3.0},
    parse_gateway: {
        "id": str(TABLE),
        "properties": {
            "localNetworkAddressSpace": PREFIXES,
            "vpnClientConfiguration": {"vpnClientAddressPool": PREFIXES},
        },
    },
    parse_location: {"location": "westeurope"},
    parse_managed_cluster: {
        "id": str(CLUSTER),
        "location": "westeurope",
        "eTag": "e",
        "identity": {
            "type": "UserAssigned",
            "principalId": "p",
            "userAssignedIdentities": {str(IDENTITY): {}},
        },
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "kubernetesVersion": "1.33",
            "currentKubernetesVersion": "1.33.3",
            "networkProfile": {
                "networkPlugin": "kubenet",
                "networkPolicy": "calico",
                "outboundType": "loadBalancer",
                "podCidrs": ["10.244.0.0/16", "10.245.0.0/16"],
                "serviceCidr": "10.0.0.0/16",
                "dnsServiceIP": "10.0.0.10",
                "ipFamilies": ["IPv4"],
            },
            "agentPoolProfiles": [
                {},
                {
                    "name": "nodepool1",
                    "count": 3,
                    "enableAutoScaling": True,
                    "maxCount": 5,
                    "maxPods": 110,
                    "osType": "Linux",
                    "vmSize": "Standard_D2s_v3",
                    "orchestratorVersion": "1.33",
                    "powerState": {"code": "Running"},
                    "provisioningState": "Succeeded",
                    "upgradeSettings": {"maxSurge": "10%"},
                    "vnetSubnetID": str(SUBNET),
                    "podSubnetID": str(SUBNET),
                },
            ],
            "addonProfiles": {
                "azurepolicy": {"enabled": True},
                "ingressApplicationGateway": {
                    "enabled": True,
                    "config": {
                        "effectiveApplicationGatewayId": str(TABLE),
                        "applicationGatewayId": str(TABLE),
                        "subnetId": str(SUBNET),
                    },
                },
            },
            "apiServerAccessProfile": {"subnetId": str(SUBNET), "enablePrivateCluster": False},
            "identityProfile": {"kubeletidentity": {"resourceId": str(KUBELET)}},
            "nodeResourceGroup": "MC_rg",
        },
    },
    parse_machine: {
        "name": "aks-nodepool1-12345678-vmss000000",
        "properties": {"network": {"ipAddresses": [{"ip": "fd00::4"}, {"ip": "10.1.0.4"}]}},
    },
    parse_subscription: {"subscriptionId": "s", "displayName": "Ours"},
    parse_descendant: {
        "type": "Microsoft.Management/managementGroups/subscriptions",
        "name": "s",
        "properties": {"displayName": "Ours"},
    },
}
"""By each parser, a document with every member that it reads."""


def members_of(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every member and element with its path, at any depth; resource ids as names are no members."""
    inner: Iterator[tuple[str, object]] = iter(())
    if isinstance(value, dict):
        inner = ((f"{path}.{name}".lstrip("."), each) for name, each in value.items() if "/" not in name)
    elif isinstance(value, list):
        inner = ((f"{path}[{index}]", each) for index, each in enumerate(value))
    for place, each in inner:
        yield place, each
        yield from members_of(each, place)


def spoil(document: Json, path: str, value: object) -> Json:
    """The document with another value at the path."""
    spoiled: Json = json.loads(json.dumps(document))  # a copy in which no two elements are one
    *way, last = (int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path))
    place: Any = spoiled
    for part in way:
        place = place[part]
    place[last] = value
    return spoiled


def refusal(parser: Parser, document: object) -> str:
    with pytest.raises(ParseError) as caught:
        parser(document)
    return str(caught.value)


KINDS: dict[type, str] = {
    str: "text", list: "a list", dict: "an object", bool: "true or false", int: "a number", float: "a number",
}  # fmt: skip
EVERY_MEMBER = [
    pytest.param(parser, path, value, id=f"{parser.__name__}-{path}")
    for parser, document in DOCUMENTS.items()
    for path, value in members_of(document)
]


@pytest.mark.parametrize(("parser", "path", "value"), EVERY_MEMBER)
def test_a_member_of_another_type_is_refused_by_its_path(parser: Parser, path: str, value: object) -> None:
    wrong, got = ("seven", "text") if not isinstance(value, str) else (7, "a number")
    document = spoil(DOCUMENTS[parser], path, wrong)
    assert refusal(parser, document) == f"expected {KINDS[type(value)]} in '{path}', got {got}"


@pytest.mark.parametrize("parser", DOCUMENTS)
def test_the_documents_themselves_are_parsed(parser: Parser) -> None:
    assert parser(DOCUMENTS[parser]) is not None
    assert refusal(parser, [DOCUMENTS[parser]]) == "expected an object, got a list"


A_RESOURCE_ID, A_PREFIX, AN_ADDRESS = "a resource id", "an IPv4 prefix", "an IP address"
FORMATS: tuple[tuple[Parser, str, str], ...] = (
    (parse_subnet, "id", A_RESOURCE_ID),
    (parse_subnet, "properties.addressPrefixes[1]", A_PREFIX),
    (parse_subnet, "properties.routeTable.id", A_RESOURCE_ID),
    (parse_subnet, "properties.networkSecurityGroup.id", A_RESOURCE_ID),
    (parse_subnet, "properties.natGateway.id", A_RESOURCE_ID),
    (parse_virtual_network, "id", A_RESOURCE_ID),
    (parse_virtual_network, "properties.addressSpace.addressPrefixes[1]", A_PREFIX),
    (parse_virtual_network, "properties.subnets[1].id", A_RESOURCE_ID),
    (
        parse_virtual_network,
        "properties.virtualNetworkPeerings[1].properties.remoteAddressSpace.addressPrefixes[1]",
        A_PREFIX,
    ),
    (
        parse_virtual_network,
        "properties.virtualNetworkPeerings[1].properties.remoteVirtualNetworkAddressSpace.addressPrefixes[0]",
        A_PREFIX,
    ),
    (parse_route_table, "id", A_RESOURCE_ID),
    (parse_route_table, "properties.routes[1].properties.nextHopIpAddress", AN_ADDRESS),
    (parse_route_table, "properties.subnets[1].id", A_RESOURCE_ID),
    (parse_network_security_group, "id", A_RESOURCE_ID),
    (parse_identity, "id", A_RESOURCE_ID),
    (parse_private_dns_zone, "id", A_RESOURCE_ID),
    (parse_usage, "id", A_RESOURCE_ID),
    (parse_gateway, "id", A_RESOURCE_ID),
    (parse_gateway, "properties.localNetworkAddressSpace.addressPrefixes[1]", A_PREFIX),
    (
        parse_gateway,
        "properties.vpnClientConfiguration.vpnClientAddressPool.addressPrefixes[0]",
        A_PREFIX,
    ),
    (parse_managed_cluster, "id", A_RESOURCE_ID),
    (parse_managed_cluster, "properties.networkProfile.podCidrs[1]", A_PREFIX),
    (parse_managed_cluster, "properties.networkProfile.serviceCidr", A_PREFIX),
    (parse_managed_cluster, "properties.agentPoolProfiles[1].vnetSubnetID", A_RESOURCE_ID),
    (parse_managed_cluster, "properties.agentPoolProfiles[1].podSubnetID", A_RESOURCE_ID),
    (parse_managed_cluster, "properties.apiServerAccessProfile.subnetId", A_RESOURCE_ID),
    (parse_managed_cluster, "properties.identityProfile.kubeletidentity.resourceId", A_RESOURCE_ID),
)


@pytest.mark.parametrize(
    ("parser", "path", "expected"), [pytest.param(*each, id=f"{each[0].__name__}-{each[1]}") for each in FORMATS]
)
def test_a_text_in_another_form_is_refused_by_its_path(parser: Parser, path: str, expected: str) -> None:
    document = spoil(DOCUMENTS[parser], path, "10.0.0.0/40")
    assert refusal(parser, document) == f"expected {expected} in '{path}', got '10.0.0.0/40'"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: parse_subnet(spoil(A_SUBNET, "properties", {"addressPrefix": "10.0.0.0/40"})),
            "expected an IPv4 prefix in 'properties.addressPrefix', got '10.0.0.0/40'",
        ),
        (
            lambda: parse_route_table(
                spoil(
                    DOCUMENTS[parse_route_table],
                    "properties.routes[1].properties.addressPrefix",
                    "10.0.0.0/40",
                )
            ),
            "expected an IPv4 prefix in 'properties.routes[1].properties.addressPrefix', got '10.0.0.0/40'",
        ),
        (
            lambda: parse_managed_cluster(
                spoil(DOCUMENTS[parse_managed_cluster], "properties.networkProfile", {"podCidr": "10.244"})
            ),
            "expected an IPv4 prefix in 'properties.networkProfile.podCidr', got '10.244'",
        ),
        (
            lambda: parse_managed_cluster(
                spoil(DOCUMENTS[parse_managed_cluster], "identity.userAssignedIdentities", {"me": {}})
            ),
            "expected a resource id in 'identity.userAssignedIdentities', got 'me'",
        ),
    ],
)
def test_other_spellings_have_their_own_path(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ParseError) as caught:
        call()
    assert str(caught.value) == message


REQUIRED: tuple[tuple[Parser, tuple[str, ...]], ...] = (
    (parse_subnet, ("id", "name", "properties.routeTable.id")),
    (parse_virtual_network, ("id", "name", "properties.subnets[1].name")),
    (parse_route_table, ("id", "properties.subnets[1].id")),
    (
        parse_network_security_group,
        (
            "id",
            "properties.securityRules[0].properties.direction",
            "properties.defaultSecurityRules[1].properties.access",
            "properties.defaultSecurityRules[1].properties.protocol",
        ),
    ),
    (parse_identity, ("id", "properties.principalId")),
    (parse_private_dns_zone, ("id",)),
    (parse_role_assignment, ("id", "properties.roleDefinitionId", "properties.principalId")),
    (parse_role_definition, ("id",)),
    (parse_deny_assignment, ("id",)),
    (parse_associated_resource, ("id",)),
    (parse_lock, ("id", "properties.level")),
    (parse_usage, ("id",)),
    (parse_gateway, ("id",)),
    (parse_location, ("location",)),
    (parse_managed_cluster, ("id",)),
    (parse_machine, ("name",)),
    (parse_subscription, ("subscriptionId",)),
    (parse_descendant, ("type", "name")),
)


@pytest.mark.parametrize(
    ("parser", "path"),
    [pytest.param(parser, path, id=f"{parser.__name__}-{path}") for parser, paths in REQUIRED for path in paths],
)
def test_what_is_missing_is_named_by_its_path(parser: Parser, path: str) -> None:
    assert refusal(parser, spoil(DOCUMENTS[parser], path, None)) == f"expected text in '{path}', got nothing"


def test_every_parser_is_here() -> None:
    modules = (vars(each).items() for each in (access, clusters, networks))
    parsers = {value for members in modules for name, value in members if name.startswith("parse_")}
    assert parsers == set(DOCUMENTS)


WORDS = {
    parse_network_security_group: ["direction", "access", "protocol"],
    parse_lock: ["level"],
    parse_route_table: ["nextHopType", "provisioningState"],
    parse_virtual_network: ["peeringState", "provisioningState"],
    parse_subnet: ["provisioningState"],
    parse_managed_cluster: ["networkPlugin"],
}


@pytest.mark.parametrize("parser", WORDS, ids=lambda parser: str(parser.__name__))
def test_a_word_that_azure_does_not_have_is_refused_and_its_own_in_any_casing_are_taken(parser: Parser) -> None:
    text = json.dumps(DOCUMENTS[parser])
    for name in WORDS[parser]:
        assert re.search(rf'"{name}": "[^"]+"', text), name
        with pytest.raises(ParseError, match=rf"expected one of .+ in '.*{name}', got 'Nothing of the kind'"):
            parser(json.loads(re.sub(rf'"{name}": "[^"]+"', f'"{name}": "Nothing of the kind"', text)))
        shouted = re.sub(rf'("{name}": )("[^"]+")', lambda found: found[1] + found[2].upper(), text)
        assert parser(json.loads(shouted)) == parser(json.loads(text))


@pytest.mark.parametrize(
    ("parser", "document", "path"),
    [
        (parse_subnet, {"id": str(SUBNET), "name": "a"}, "properties"),
        (parse_route_table, {"id": str(TABLE), "properties": {}}, "properties.routes"),
        (
            parse_network_security_group,
            {"id": str(GROUP), "properties": {"securityRules": []}},
            "properties.defaultS",
        ),
        (parse_role_definition, {"id": "r", "properties": {}}, "properties.permissions"),
        (parse_deny_assignment, {"id": "d", "properties": {"permissions": []}}, "properties.principals"),
        (parse_permission, {"notActions": []}, "actions"),
        (parse_managed_cluster, {"id": str(CLUSTER)}, "properties"),
    ],
)
def test_what_azure_always_sends_is_missed(parser: Parser, document: Json, path: str) -> None:
    with pytest.raises(ParseError, match=rf"expected a value in '{path}\w*', got nothing"):
        parser(document)
