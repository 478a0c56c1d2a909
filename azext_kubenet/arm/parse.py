"""ARM JSON to the model, with errors that name the path. No IO.

Accepts `addressPrefix` and `addressPrefixes`, any casing of ids and names, and missing optional properties. IPv6
prefixes are left out: kubenet's rules are about IPv4, and what is dual stack is told by the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from ..core.azure.model import (
    DenyAssignment,
    Lock,
    ManagedCluster,
    ManagedIdentity,
    NetworkGateway,
    NetworkSecurityGroup,
    Peering,
    Permission,
    PolicyState,
    RoleAssignment,
    RoleDefinition,
    Route,
    RouteTable,
    SecurityRule,
    Subnet,
    SubnetUsage,
    VirtualNetwork,
)
from ..core.azure.resource_id import ResourceId
from .json_reader import JsonReader, ParseError


def _network(text: str, at: str) -> IPv4Network | None:
    """The prefix; None for IPv6. Host bits are cleared: Azure keeps routes as they were typed."""
    if ":" in text:
        return None
    try:
        return IPv4Network(text.strip(), strict=False)
    except ValueError as error:
        raise ParseError(f"expected an IPv4 prefix in '{at}', got '{text}'") from error


def _networks(texts: Iterable[str], at: str) -> tuple[IPv4Network, ...]:
    found = (_network(text, at) for text in texts)
    return tuple(network for network in found if network is not None)


def _resource_id(text: str, at: str) -> ResourceId:
    try:
        return ResourceId.parse(text)
    except ValueError as error:
        raise ParseError(f"expected a resource id in '{at}', got '{text}'") from error


def _id(reader: JsonReader, name: str = "id") -> ResourceId:
    return _resource_id(reader.text(name), f"{reader.path}.{name}".lstrip("."))


def _reference(reader: JsonReader, name: str) -> ResourceId | None:
    child = reader.child(name)
    return None if child is None else _id(child)


def _ids_of(reader: JsonReader, name: str) -> tuple[str, ...]:
    return tuple(element.text_or("id") for element in reader.elements(name))


def _tags(reader: JsonReader) -> tuple[tuple[str, str], ...]:
    tags = reader.child("tags")
    if tags is None or not isinstance(tags.value, dict):
        return ()
    return tuple((str(key), str(value)) for key, value in tags.value.items())


def parse_subnet(document: object, path: str = "") -> Subnet:
    """A subnet, alone or inside its virtual network."""
    reader = JsonReader(document, path)
    prefixes = reader.one_or_many("properties.addressPrefix", "properties.addressPrefixes")
    return Subnet(
        id=_id(reader),
        name=reader.text("name"),
        address_prefixes=_networks(prefixes, f"{path}.properties.addressPrefix".lstrip(".")),
        route_table_id=_reference(reader, "properties.routeTable"),
        network_security_group_id=_reference(reader, "properties.networkSecurityGroup"),
        nat_gateway_id=_reference(reader, "properties.natGateway"),
        delegations=tuple(
            element.text_or("properties.serviceName") or element.text_or("name")
            for element in reader.elements("properties.delegations")
        ),
        ip_configurations=_ids_of(reader, "properties.ipConfigurations"),
        private_endpoints=_ids_of(reader, "properties.privateEndpoints"),
        service_endpoints=tuple(e.text_or("service") for e in reader.elements("properties.serviceEndpoints")),
        service_association_links=_links(reader, "properties.serviceAssociationLinks"),
        resource_navigation_links=_links(reader, "properties.resourceNavigationLinks"),
        default_outbound_access=reader.flag("properties.defaultOutboundAccess"),
        provisioning_state=reader.text_or("properties.provisioningState", "Succeeded"),
    )


def _links(reader: JsonReader, name: str) -> tuple[str, ...]:
    return tuple(
        element.text_or("properties.link") or element.text_or("properties.linkedResourceType") or element.text_or("id")
        for element in reader.elements(name)
    )


def parse_virtual_network(document: object) -> VirtualNetwork:
    """A virtual network with its subnets and peerings."""
    reader = JsonReader(document)
    return VirtualNetwork(
        id=_id(reader),
        name=reader.text("name"),
        location=reader.text_or("location"),
        address_prefixes=_networks(
            reader.texts("properties.addressSpace.addressPrefixes"), "properties.addressSpace.addressPrefixes"
        ),
        subnets=tuple(parse_subnet(e.value, e.path) for e in reader.elements("properties.subnets")),
        peerings=tuple(_peering(e) for e in reader.elements("properties.virtualNetworkPeerings")),
        dns_servers=reader.texts("properties.dhcpOptions.dnsServers"),
        provisioning_state=reader.text_or("properties.provisioningState", "Succeeded"),
    )


def _peering(reader: JsonReader) -> Peering:
    space = "properties.remoteVirtualNetworkAddressSpace.addressPrefixes"
    prefixes = reader.texts(space) or reader.texts("properties.remoteAddressSpace.addressPrefixes")
    return Peering(
        name=reader.text_or("name"),
        remote_address_prefixes=_networks(prefixes, f"{reader.path}.properties.remoteAddressSpace"),
        state=reader.text_or("properties.peeringState", "Connected"),
    )


def parse_route_table(document: object) -> RouteTable:
    """A route table with its routes and the subnets that use it; one of whose routes failed has failed itself."""
    reader = JsonReader(document)
    routes = tuple(reader.elements("properties.routes"))
    states = [each.text_or("properties.provisioningState", "Succeeded") for each in (reader, *routes)]
    return RouteTable(
        id=_id(reader),
        location=reader.text_or("location"),
        routes=tuple(_route(e) for e in routes),
        subnets=tuple(_id(e) for e in reader.elements("properties.subnets")),
        disable_bgp_route_propagation=bool(reader.flag("properties.disableBgpRoutePropagation")),
        tags=_tags(reader),
        provisioning_state="Failed" if "Failed" in states else states[0],
    )


def _route(reader: JsonReader) -> Route:
    destination = reader.text_or("properties.addressPrefix")
    return Route(
        name=reader.text_or("name"),
        destination=destination,
        address_prefix=_network(destination, reader.path) if destination[:1].isdigit() else None,
        next_hop_type=reader.text_or("properties.nextHopType"),
        next_hop_ip=_address(reader.text_or("properties.nextHopIpAddress")),
    )


def _address(text: str) -> IPv4Address | None:
    """The address; None for IPv6 and for no address at all."""
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def parse_network_security_group(document: object) -> NetworkSecurityGroup:
    """A network security group with its own rules and Azure's default ones."""
    reader = JsonReader(document)
    return NetworkSecurityGroup(
        id=_id(reader),
        rules=tuple(_security_rule(e) for e in reader.elements("properties.securityRules")),
        default_rules=tuple(_security_rule(e) for e in reader.elements("properties.defaultSecurityRules")),
    )


def _security_rule(reader: JsonReader) -> SecurityRule:
    def both(single: str) -> tuple[str, ...]:
        plural = f"{single}es" if single.endswith("x") else f"{single}s"
        one = reader.text_or(f"properties.{single}")
        return (*((one,) if one else ()), *reader.texts(f"properties.{plural}"))

    return SecurityRule(
        name=reader.text_or("name"),
        priority=reader.number("properties.priority"),
        direction=reader.text("properties.direction"),
        access=reader.text("properties.access"),
        protocol=reader.text("properties.protocol"),
        source_prefixes=both("sourceAddressPrefix"),
        source_ports=both("sourcePortRange"),
        source_application_groups=_ids_of(reader, "properties.sourceApplicationSecurityGroups"),
        destination_prefixes=both("destinationAddressPrefix"),
        destination_ports=both("destinationPortRange"),
        destination_application_groups=_ids_of(reader, "properties.destinationApplicationSecurityGroups"),
    )


def parse_identity(document: object) -> ManagedIdentity:
    """A user-assigned managed identity."""
    reader = JsonReader(document)
    return ManagedIdentity(
        id=_id(reader),
        location=reader.text_or("location"),
        principal_id=reader.text("properties.principalId"),
        client_id=reader.text_or("properties.clientId"),
        tags=_tags(reader),
    )


def parse_role_assignment(document: object) -> RoleAssignment:
    """A role assignment of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleAssignment(
        id=reader.text("id"),
        scope=reader.text_or("properties.scope"),
        role_definition_id=reader.text("properties.roleDefinitionId"),
        principal_id=reader.text("properties.principalId"),
        condition=reader.text_or("properties.condition") or None,
        description=reader.text_or("properties.description") or None,
    )


def parse_role_definition(document: object) -> RoleDefinition:
    """A role definition of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleDefinition(
        id=reader.text("id"),
        name=reader.text_or("properties.roleName"),
        permissions=tuple(parse_permission(e.value, e.path) for e in reader.elements("properties.permissions")),
    )


def parse_permission(document: object, path: str = "") -> Permission:
    """One `{actions, notActions}` block, of a role definition or of the caller."""
    reader = JsonReader(document, path)
    return Permission(actions=reader.texts("actions"), not_actions=reader.texts("notActions"))


EVERYONE = "00000000-0000-0000-0000-000000000000"


def parse_deny_assignment(document: object) -> DenyAssignment:
    """A deny assignment; the all-zero principal stands for everyone."""
    reader = JsonReader(document)
    principals = _ids_of(reader, "properties.principals")
    return DenyAssignment(
        id=reader.text("id"),
        name=reader.text_or("properties.denyAssignmentName"),
        scope=reader.text_or("properties.scope"),
        permissions=tuple(parse_permission(e.value, e.path) for e in reader.elements("properties.permissions")),
        principal_ids=() if EVERYONE in principals else principals,
        excluded_principal_ids=_ids_of(reader, "properties.excludePrincipals"),
        applies_to_children=not reader.flag("properties.doNotApplyToChildScopes"),
    )


def parse_lock(document: object) -> Lock:
    """A lock; its scope is the part of its id before the lock's own."""
    reader = JsonReader(document)
    lock_id = reader.text("id")
    marker = lock_id.lower().rfind("/providers/microsoft.authorization/locks/")
    return Lock(
        name=reader.text_or("name"), level=reader.text("properties.level"), scope=lock_id[: max(marker, 0)] or lock_id
    )


def parse_policy_state(document: object) -> PolicyState:
    """One element of `policyStates/latest/queryResults`."""
    reader = JsonReader(document)
    return PolicyState(
        assignment_id=reader.text_or("policyAssignmentId"),
        definition_name=reader.text_or("policyDefinitionName"),
        effect=reader.text_or("policyDefinitionAction"),
        resource_id=reader.text_or("resourceId"),
    )


def parse_usage(document: object) -> SubnetUsage:
    """One element of `virtualNetworks/usages`: its id is the subnet's."""
    reader = JsonReader(document)
    return SubnetUsage(subnet_id=_id(reader), current=reader.number("currentValue"))


def parse_gateway(document: object) -> NetworkGateway:
    """A local network gateway (the ranges on premises) or a virtual network gateway (its point-to-site pool)."""
    reader = JsonReader(document)
    prefixes = reader.texts("properties.localNetworkAddressSpace.addressPrefixes") or reader.texts(
        "properties.vpnClientConfiguration.vpnClientAddressPool.addressPrefixes"
    )
    return NetworkGateway(id=_id(reader), address_prefixes=_networks(prefixes, "properties.addressPrefixes"))


def parse_location(document: object) -> str:
    """The region of a resource or resource group."""
    return JsonReader(document).text("location")


def parse_managed_cluster(document: object) -> ManagedCluster:
    """A managed cluster, as the service or Resource Graph gives it."""
    reader = JsonReader(document)
    pod_cidrs = reader.one_or_many("properties.networkProfile.podCidr", "properties.networkProfile.podCidrs")
    pools = reader.elements("properties.agentPoolProfiles")
    subnets = [pool.text_or(name) for pool in pools for name in ("vnetSubnetID", "podSubnetID")]
    subnets.append(reader.text_or("properties.apiServerAccessProfile.subnetId"))
    identities = reader.child("identity.userAssignedIdentities")
    known = list(identities.value) if identities is not None and isinstance(identities.value, dict) else []
    kubelet = reader.text_or("properties.identityProfile.kubeletidentity.resourceId")
    return ManagedCluster(
        id=_id(reader),
        location=reader.text_or("location"),
        network_plugin=reader.text_or("properties.networkProfile.networkPlugin").lower(),
        pod_cidrs=_networks(pod_cidrs, "properties.networkProfile.podCidr"),
        subnet_ids=tuple(dict.fromkeys(_resource_id(s, "vnetSubnetID") for s in subnets if s)),
        node_resource_group=reader.text_or("properties.nodeResourceGroup"),
        identity_ids=tuple(_resource_id(str(each), "identity") for each in (*known, *([kubelet] if kubelet else ()))),
    )
