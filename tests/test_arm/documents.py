"""ARM documents as Azure sends them, for the tests of what reads and writes Azure. No IO."""

from __future__ import annotations

from typing import Any

from azext_kubenet.core.azure.resource_id import ResourceId, resource_id

Json = dict[str, Any]

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
PRINCIPAL = "00000000-0000-0000-0000-0000000000ee"
ROLE_GUID = "4d97b98b-1d4f-4787-a291-c67834d212e7"
ROLE_ID = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE_GUID}"


def make_id(resource_type: str, *names: str) -> ResourceId:
    return resource_id(SUBSCRIPTION, "rg", resource_type, *names)


NETWORK = make_id("Microsoft.Network/virtualNetworks", "vnet")
SUBNET = NETWORK.child("subnets", "nodes")
TABLE = make_id("Microsoft.Network/routeTables", "routes")
OTHER_TABLE = make_id("Microsoft.Network/routeTables", "other")
GROUP = make_id("Microsoft.Network/networkSecurityGroups", "nsg")
GATEWAY = make_id("Microsoft.Network/natGateways", "nat")
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity")
ZONE = make_id("Microsoft.Network/privateDnsZones", "privatelink.westeurope.azmk8s.io")
API_SERVER_SUBNET = SUBNET.parent.child("subnets", "api")
KUBELET = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "kubelet")
CLUSTER = make_id("Microsoft.ContainerService/managedClusters", "aks")


def subnet_document(**properties: Any) -> Json:
    return {
        "id": str(SUBNET),
        "name": "nodes",
        "etag": 'W/"1"',
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "properties": {"provisioningState": "Succeeded", "addressPrefix": "10.1.0.0/24", "delegations": []}
        | properties,
    }


def network_document(*subnets: Json, **properties: Any) -> Json:
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": list(subnets)}
    return {
        "id": str(NETWORK),
        "name": "vnet",
        "location": "westeurope",
        "properties": space | {"provisioningState": "Succeeded"} | properties,
    }


def table_document(table_id: ResourceId = TABLE, *routes: Json) -> Json:
    return {
        "id": str(table_id),
        "name": table_id.name,
        "location": "westeurope",
        "etag": 'W/"1"',
        "properties": {"routes": list(routes), "subnets": [], "disableBgpRoutePropagation": False},
    }


def identity_document(identity: ResourceId = IDENTITY) -> Json:
    return {
        "id": str(identity),
        "name": identity.name,
        "location": "westeurope",
        "properties": {"principalId": PRINCIPAL, "clientId": "00000000-0000-0000-0000-0000000000ef"},
    }


def assignment_document(scope: str, role_id: str = ROLE_ID) -> Json:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/a1",
        "properties": {"scope": scope, "roleDefinitionId": role_id, "principalId": PRINCIPAL},
    }


def role_document() -> Json:
    return {
        "id": ROLE_ID,
        "properties": {
            "roleName": "Network Contributor",
            "permissions": [{"actions": ["Microsoft.Network/*"], "notActions": []}],
        },
    }


def cluster_document(cluster_id: ResourceId = CLUSTER, subnet: ResourceId = SUBNET) -> Json:
    return {
        "id": str(cluster_id),
        "name": cluster_id.name,
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {str(IDENTITY): {}}},
        "properties": {
            "networkProfile": {"networkPlugin": "kubenet", "podCidr": "10.244.0.0/16"},
            "agentPoolProfiles": [{"name": "nodepool1", "vnetSubnetID": str(subnet)}],
            "nodeResourceGroup": "MC_rg_aks_westeurope",
        },
    }
