"""Virtual networks, route tables, security groups and what is around them, from ARM JSON. No IO."""

from __future__ import annotations

from ...core.azure.links import NetworkGateway, PrivateDnsZone, SubnetUsage
from ...core.azure.networks import Peering, Subnet, VirtualNetwork
from ...core.azure.route_tables import Route, RouteTable
from ...core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from ..json_reader import JsonReader
from .values import (
    address,
    id_text,
    ipv4,
    network,
    one_of,
    own_id,
    provisioning_state_of,
    provisioning_state_word,
    tags_of,
    with_members,
)

_direction = one_of("Inbound", "Outbound")
_access = one_of("Allow", "Deny")
_protocol = one_of("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")
_peering_state = one_of("Initiated", "Connected", "Disconnected")
_next_hop_type = one_of("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")


@with_members("properties")
def parse_subnet(document: object) -> Subnet:
    """A subnet, alone or inside its virtual network."""
    reader = JsonReader(document)
    return Subnet(
        id=own_id(document),
        name=reader.text("name"),
        address_prefixes=ipv4(reader.one_or_many("properties.addressPrefix", "properties.addressPrefixes", network)),
        route_table_id=reader.maybe("properties.routeTable", own_id),
        network_security_group_id=reader.maybe("properties.networkSecurityGroup", own_id),
        nat_gateway_id=reader.maybe("properties.natGateway", own_id),
        delegations=reader.each("properties.delegations", _delegation),
        ip_configurations=reader.each("properties.ipConfigurations", id_text),
        application_gateway_configurations=reader.each("properties.applicationGatewayIPConfigurations", id_text),
        private_endpoints=reader.each("properties.privateEndpoints", id_text),
        service_endpoints=reader.each("properties.serviceEndpoints", lambda each: JsonReader(each).text_or("service")),
        service_association_links=reader.each("properties.serviceAssociationLinks", _link),
        resource_navigation_links=reader.each("properties.resourceNavigationLinks", _link),
        network_intent_policies=reader.each("properties.networkIntentPolicies", id_text),
        injected_subnet_id=reader.text_or("properties.subnetID"),
        default_outbound_access=reader.flag("properties.defaultOutboundAccess"),
        provisioning_state=reader.maybe("properties.provisioningState", provisioning_state_word) or "Succeeded",
    )


def _delegation(document: object) -> str:
    reader = JsonReader(document)
    return reader.text_or("properties.serviceName") or reader.text_or("name")


def _link(document: object) -> str:
    reader = JsonReader(document)
    linked = reader.text_or("properties.link") or reader.text_or("properties.linkedResourceType")
    return linked or reader.text_or("id") or reader.text_or("name", "a service that is not named")


@with_members("properties.addressSpace", "properties.subnets")
def parse_virtual_network(document: object) -> VirtualNetwork:
    """A virtual network with its subnets and peerings."""
    reader = JsonReader(document)
    return VirtualNetwork(
        id=own_id(document),
        name=reader.text("name"),
        location=reader.text_or("location"),
        address_prefixes=ipv4(reader.each("properties.addressSpace.addressPrefixes", network)),
        subnets=reader.each("properties.subnets", parse_subnet),
        peerings=reader.each("properties.virtualNetworkPeerings", _peering),
        dns_servers=reader.texts("properties.dhcpOptions.dnsServers"),
        provisioning_state=reader.maybe("properties.provisioningState", provisioning_state_word) or "Succeeded",
    )


@with_members("properties")
def _peering(document: object) -> Peering:
    reader = JsonReader(document)
    spaces = ("properties.remoteVirtualNetworkAddressSpace", "properties.remoteAddressSpace")
    current, synchronized = (reader.each(f"{space}.addressPrefixes", network) for space in spaces)
    return Peering(
        name=reader.text_or("name"),
        remote_address_prefixes=ipv4(current or synchronized),
        state=reader.maybe("properties.peeringState", _peering_state) or "Connected",
        use_remote_gateways=bool(reader.flag("properties.useRemoteGateways")),
    )


@with_members("properties.routes")
def parse_route_table(document: object) -> RouteTable:
    """A route table with its routes and the subnets that use it; one of whose routes failed has failed itself."""
    reader = JsonReader(document)
    states = (provisioning_state_of(document), *reader.each("properties.routes", provisioning_state_of))
    return RouteTable(
        id=own_id(document),
        location=reader.text_or("location"),
        routes=reader.each("properties.routes", _route),
        subnets=reader.each("properties.subnets", own_id),
        disable_bgp_route_propagation=bool(reader.flag("properties.disableBgpRoutePropagation")),
        tags=tags_of(reader),
        provisioning_state="Failed" if "Failed" in states else states[0],
    )


@with_members("properties")
def _route(document: object) -> Route:
    reader = JsonReader(document)
    destination = reader.text_or("properties.addressPrefix")
    return Route(
        name=reader.text_or("name"),
        destination=destination,
        address_prefix=reader.get("properties.addressPrefix", network) if destination[:1].isdigit() else None,
        next_hop_type=reader.maybe("properties.nextHopType", _next_hop_type) or "",
        next_hop_ip=reader.maybe("properties.nextHopIpAddress", address),
    )


@with_members("properties.securityRules", "properties.defaultSecurityRules")
def parse_network_security_group(document: object) -> NetworkSecurityGroup:
    """A network security group with its own rules and Azure's default ones."""
    reader = JsonReader(document)
    return NetworkSecurityGroup(
        id=own_id(document),
        rules=reader.each("properties.securityRules", _security_rule),
        default_rules=reader.each("properties.defaultSecurityRules", _security_rule),
    )


def _security_rule(document: object) -> SecurityRule:
    reader = JsonReader(document)

    def both(single: str) -> tuple[str, ...]:
        plural = f"{single}es" if single.endswith("x") else f"{single}s"
        one = reader.text_or(f"properties.{single}")
        return (*((one,) if one else ()), *reader.texts(f"properties.{plural}"))

    return SecurityRule(
        name=reader.text_or("name"),
        priority=reader.number("properties.priority"),
        direction=reader.get("properties.direction", _direction),
        access=reader.get("properties.access", _access),
        protocol=reader.get("properties.protocol", _protocol),
        source_prefixes=both("sourceAddressPrefix"),
        source_ports=both("sourcePortRange"),
        source_application_groups=reader.each("properties.sourceApplicationSecurityGroups", id_text),
        destination_prefixes=both("destinationAddressPrefix"),
        destination_ports=both("destinationPortRange"),
        destination_application_groups=reader.each("properties.destinationApplicationSecurityGroups", id_text),
    )


def parse_private_dns_zone(document: object) -> PrivateDnsZone:
    """A private DNS zone."""
    return PrivateDnsZone(id=own_id(document))


def parse_usage(document: object) -> SubnetUsage:
    """One element of `virtualNetworks/usages`: its id is the subnet's."""
    reader = JsonReader(document)
    return SubnetUsage(subnet_id=own_id(document), current=reader.number("currentValue"))


@with_members("properties")
def parse_gateway(document: object) -> NetworkGateway:
    """A local network gateway (the ranges on premises) or a virtual network gateway (its point-to-site pool)."""
    reader = JsonReader(document)
    spaces = ("properties.localNetworkAddressSpace", "properties.vpnClientConfiguration.vpnClientAddressPool")
    local, point_to_site = (reader.each(f"{space}.addressPrefixes", network) for space in spaces)
    return NetworkGateway(id=own_id(document), address_prefixes=ipv4(local or point_to_site))
