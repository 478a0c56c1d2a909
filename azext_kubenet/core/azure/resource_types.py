"""Azure's names of the resource types that commands name, write or offer. No IO."""

from __future__ import annotations

from typing import Final

APPLICATION_SECURITY_GROUP_TYPE: Final = "Microsoft.Network/applicationSecurityGroups"
CLUSTER_TYPE: Final = "Microsoft.ContainerService/managedClusters"
IDENTITY_TYPE: Final = "Microsoft.ManagedIdentity/userAssignedIdentities"
PRIVATE_DNS_ZONE_TYPE: Final = "Microsoft.Network/privateDnsZones"
ROLE_ASSIGNMENT_TYPE: Final = "Microsoft.Authorization/roleAssignments"
ROLE_DEFINITION_TYPE: Final = "Microsoft.Authorization/roleDefinitions"
ROUTE_TABLE_TYPE: Final = "Microsoft.Network/routeTables"
ROUTE_TYPE: Final = "Microsoft.Network/routeTables/routes"
SUBNET_TYPE: Final = "Microsoft.Network/virtualNetworks/subnets"
VIRTUAL_NETWORK_TYPE: Final = "Microsoft.Network/virtualNetworks"
