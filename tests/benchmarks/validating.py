"""What latency costs `validate-subnet` where everything that it looks at is there. Runs az on a local Azure."""

from __future__ import annotations

from typing import Final

from .latency import latency_row
from .local_azure import GROUP_ID, LOCATION, NETWORK, SUBNET_ID, SUBNET_NAMES, VNET_ID, LocalAzure, seed_network
from .measure import Row

IDENTITY_ID: Final = f"{GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
ELSEWHERE: Final = f"{GROUP_ID}-shared/providers/Microsoft.Network"
"""The security group and the NAT gateway are in a group of their own, where the identity needs roles too."""


def measure_validation(azure: LocalAzure, turns: int) -> list[Row]:
    """How many latencies a request the command is slower by: its sequential rounds, seen from outside."""
    _seed(azure)
    command = ("aks", "kubenet", "validate-subnet", *SUBNET_NAMES, "--assign-identity", IDENTITY_ID)
    return [latency_row(azure, turns, "validate-subnet", 3.2, *command)]


def _seed(azure: LocalAzure) -> None:
    """A subnet with route table, security group and NAT gateway, a peering, a gateway and an identity with roles."""
    simulator = azure.simulator
    seed_network(simulator)
    group_id, gateway_id = f"{ELSEWHERE}/networkSecurityGroups/nsg", f"{ELSEWHERE}/natGateways/nat"
    table_id, hub_id = f"{NETWORK}/routeTables/routes", f"{ELSEWHERE}/virtualNetworks/hub"
    hop = {"nextHopType": "VirtualNetworkGateway", "addressPrefix": "10.200.0.0/16"}
    allow = {
        "priority": 200,
        "direction": "Outbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "AzureCloud",
        "destinationPortRange": "443",
    }
    behind = {"localNetworkAddressSpace": {"addressPrefixes": ["10.200.0.0/16"]}}
    for resource_id, properties in (
        (table_id, {"routes": [{"name": "on-premises", "properties": hop}]}),
        (group_id, {"securityRules": [{"name": "allow-azure", "properties": allow}]}),
        (gateway_id, {}),
        (hub_id, {"addressSpace": {"addressPrefixes": ["172.20.0.0/16"]}}),
        (f"{NETWORK}/localNetworkGateways/office", behind),
    ):
        simulator.put(resource_id, {"location": LOCATION, "properties": properties})
    carried = {"routeTable": table_id, "networkSecurityGroup": group_id, "natGateway": gateway_id}
    subnet = {"addressPrefix": "192.168.1.0/24", **{name: {"id": text} for name, text in carried.items()}}
    simulator.put(SUBNET_ID, {"properties": subnet})
    peering = {"remoteVirtualNetwork": {"id": hub_id}, "allowVirtualNetworkAccess": True}
    simulator.put(f"{VNET_ID}/virtualNetworkPeerings/hub", {"properties": peering})
    principal = simulator.put(IDENTITY_ID, {"location": LOCATION})["properties"]["principalId"]
    for scope in (SUBNET_ID, *carried.values()):
        simulator.grant(principal, scope, "Network Contributor")
    simulator.grant(principal, GROUP_ID, "Reader")
