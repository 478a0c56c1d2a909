"""ARM JSON to the model, with errors that name the path. No IO.

Accepts `addressPrefix` and `addressPrefixes`, any casing of ids and names, and missing optional properties. IPv6
prefixes are left out: kubenet's rules are about IPv4, and what is dual stack is told by the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from ..core.azure.access import DenyAssignment, ManagedIdentity, Permission, RoleAssignment, RoleDefinition
from ..core.azure.identity_kind import IdentityKind
from ..core.azure.links import NetworkGateway, PrivateDnsZone, SubnetUsage
from ..core.azure.managed_clusters import AgentPool, Machine, ManagedCluster
from ..core.azure.networks import Peering, Subnet, VirtualNetwork
from ..core.azure.resource_id import ResourceId
from ..core.azure.restrictions import Lock, PolicyState
from ..core.azure.route_tables import Route, RouteTable
from ..core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from ..core.clusters.application_gateways import GATEWAY_ADDON
from ..core.fleet.fleet import Subscription
from .json_reader import JsonReader, ParseError, as_object, as_text

T = TypeVar("T")


def _network(value: object) -> IPv4Network | None:
    """The prefix; None for IPv6. Host bits are cleared: Azure keeps routes as they were typed."""
    text = as_text(value)
    if ":" in text:
        return None
    try:
        return IPv4Network(text.strip(), strict=False)
    except ValueError as error:
        raise ParseError("an IPv4 prefix", f"'{text}'") from error


def _address(value: object) -> IPv4Address | None:
    """The address; None for IPv6 and for no address at all."""
    text = as_text(value)
    if ":" in text or not text:
        return None
    try:
        return IPv4Address(text.strip())
    except ValueError as error:
        raise ParseError("an IP address", f"'{text}'") from error


def _ipv4(networks: Iterable[IPv4Network | None]) -> tuple[IPv4Network, ...]:
    return tuple(network for network in networks if network is not None)


def _resource_id(value: object) -> ResourceId:
    text = as_text(value)
    try:
        return ResourceId.parse(text)
    except ValueError as error:
        raise ParseError("a resource id", f"'{text}'") from error


def _resource_id_if_any(value: object) -> ResourceId | None:
    return None if value == "" else _resource_id(value)


def _id(document: object) -> ResourceId:
    return JsonReader(document).get("id", _resource_id)


def _with(*members: str) -> Callable[[Callable[[object], T]], Callable[[object], T]]:
    """Refuses a document without these members, which Azure always sends.

    Without them it is not known what the resource has; an empty list says that it has nothing.
    """

    def decorate(parse: Callable[[object], T]) -> Callable[[object], T]:
        @wraps(parse)
        def read(document: object) -> T:
            found = parse(document)
            for each in members:
                JsonReader(document).get(each, _anything)
            return found

        return read

    return decorate


def _anything(value: object) -> object:
    if value is None:
        raise ParseError("a value", "nothing")
    return value


def _id_text(document: object) -> str:
    return JsonReader(document).text_or("id")


def _one_of(*known: str) -> Callable[[object], str]:
    """Reads one of Azure's own words, in any casing."""
    words = {each.lower(): each for each in known}

    def read(value: object) -> str:
        text = as_text(value)
        if text.lower() not in words:
            raise ParseError(f"one of {', '.join(known)}", f"'{text}'")
        return words[text.lower()]

    return read


_direction = _one_of("Inbound", "Outbound")
_access = _one_of("Allow", "Deny")
_protocol = _one_of("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")
_lock_level = _one_of("CanNotDelete", "ReadOnly")
_peering_state = _one_of("Initiated", "Connected", "Disconnected")
_next_hop_type = _one_of("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")
_network_plugin = _one_of("kubenet", "azure", "none")
_state = _one_of("Succeeded", "Creating", "Updating", "Deleting", "Failed", "Canceled")


def _tags(reader: JsonReader) -> tuple[tuple[str, str], ...]:
    return reader.members("tags", lambda value: "" if value is None else as_text(value))


@_with("properties")
def parse_subnet(document: object) -> Subnet:
    """A subnet, alone or inside its virtual network."""
    reader = JsonReader(document)
    return Subnet(
        id=_id(document),
        name=reader.text("name"),
        address_prefixes=_ipv4(reader.one_or_many("properties.addressPrefix", "properties.addressPrefixes", _network)),
        route_table_id=reader.maybe("properties.routeTable", _id),
        network_security_group_id=reader.maybe("properties.networkSecurityGroup", _id),
        nat_gateway_id=reader.maybe("properties.natGateway", _id),
        delegations=reader.each("properties.delegations", _delegation),
        ip_configurations=reader.each("properties.ipConfigurations", _id_text),
        application_gateway_configurations=reader.each("properties.applicationGatewayIPConfigurations", _id_text),
        private_endpoints=reader.each("properties.privateEndpoints", _id_text),
        service_endpoints=reader.each("properties.serviceEndpoints", lambda each: JsonReader(each).text_or("service")),
        service_association_links=reader.each("properties.serviceAssociationLinks", _link),
        resource_navigation_links=reader.each("properties.resourceNavigationLinks", _link),
        network_intent_policies=reader.each("properties.networkIntentPolicies", _id_text),
        injected_subnet_id=reader.text_or("properties.subnetID"),
        default_outbound_access=reader.flag("properties.defaultOutboundAccess"),
        provisioning_state=reader.maybe("properties.provisioningState", _state) or "Succeeded",
    )


def _delegation(document: object) -> str:
    reader = JsonReader(document)
    return reader.text_or("properties.serviceName") or reader.text_or("name")


def _link(document: object) -> str:
    reader = JsonReader(document)
    linked = reader.text_or("properties.link") or reader.text_or("properties.linkedResourceType")
    return linked or reader.text_or("id") or reader.text_or("name", "a service that is not named")


@_with("properties.addressSpace", "properties.subnets")
def parse_virtual_network(document: object) -> VirtualNetwork:
    """A virtual network with its subnets and peerings."""
    reader = JsonReader(document)
    return VirtualNetwork(
        id=_id(document),
        name=reader.text("name"),
        location=reader.text_or("location"),
        address_prefixes=_ipv4(reader.each("properties.addressSpace.addressPrefixes", _network)),
        subnets=reader.each("properties.subnets", parse_subnet),
        peerings=reader.each("properties.virtualNetworkPeerings", _peering),
        dns_servers=reader.texts("properties.dhcpOptions.dnsServers"),
        provisioning_state=reader.maybe("properties.provisioningState", _state) or "Succeeded",
    )


@_with("properties")
def _peering(document: object) -> Peering:
    reader = JsonReader(document)
    spaces = ("properties.remoteVirtualNetworkAddressSpace", "properties.remoteAddressSpace")
    current, synchronized = (reader.each(f"{space}.addressPrefixes", _network) for space in spaces)
    return Peering(
        name=reader.text_or("name"),
        remote_address_prefixes=_ipv4(current or synchronized),
        state=reader.maybe("properties.peeringState", _peering_state) or "Connected",
        use_remote_gateways=bool(reader.flag("properties.useRemoteGateways")),
    )


@_with("properties.routes")
def parse_route_table(document: object) -> RouteTable:
    """A route table with its routes and the subnets that use it; one of whose routes failed has failed itself."""
    reader = JsonReader(document)
    states = (_provisioning_state(document), *reader.each("properties.routes", _provisioning_state))
    return RouteTable(
        id=_id(document),
        location=reader.text_or("location"),
        routes=reader.each("properties.routes", _route),
        subnets=reader.each("properties.subnets", _id),
        disable_bgp_route_propagation=bool(reader.flag("properties.disableBgpRoutePropagation")),
        tags=_tags(reader),
        provisioning_state="Failed" if "Failed" in states else states[0],
    )


def _provisioning_state(document: object) -> str:
    return JsonReader(document).maybe("properties.provisioningState", _state) or "Succeeded"


@_with("properties")
def _route(document: object) -> Route:
    reader = JsonReader(document)
    destination = reader.text_or("properties.addressPrefix")
    return Route(
        name=reader.text_or("name"),
        destination=destination,
        address_prefix=reader.get("properties.addressPrefix", _network) if destination[:1].isdigit() else None,
        next_hop_type=reader.maybe("properties.nextHopType", _next_hop_type) or "",
        next_hop_ip=reader.maybe("properties.nextHopIpAddress", _address),
    )


@_with("properties.securityRules", "properties.defaultSecurityRules")
def parse_network_security_group(document: object) -> NetworkSecurityGroup:
    """A network security group with its own rules and Azure's default ones."""
    reader = JsonReader(document)
    return NetworkSecurityGroup(
        id=_id(document),
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
        source_application_groups=reader.each("properties.sourceApplicationSecurityGroups", _id_text),
        destination_prefixes=both("destinationAddressPrefix"),
        destination_ports=both("destinationPortRange"),
        destination_application_groups=reader.each("properties.destinationApplicationSecurityGroups", _id_text),
    )


def parse_identity(document: object) -> ManagedIdentity:
    """A user-assigned managed identity."""
    reader = JsonReader(document)
    return ManagedIdentity(
        id=_id(document),
        location=reader.text_or("location"),
        principal_id=reader.text("properties.principalId"),
        client_id=reader.text_or("properties.clientId"),
        tags=_tags(reader),
    )


def parse_associated_resource(document: object) -> str:
    """The id of a resource that has an identity; it need not be in a resource group."""
    return JsonReader(document).text("id")


def parse_private_dns_zone(document: object) -> PrivateDnsZone:
    """A private DNS zone."""
    return PrivateDnsZone(id=_id(document))


def parse_role_assignment(document: object) -> RoleAssignment:
    """A role assignment of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleAssignment(
        id=reader.text("id"),
        scope=reader.text_or("properties.scope"),
        role_definition_id=reader.text("properties.roleDefinitionId"),
        principal_id=reader.text("properties.principalId"),
        principal_type=reader.text_or("properties.principalType"),
        condition=reader.text_or("properties.condition") or None,
        description=reader.text_or("properties.description") or None,
    )


@_with("properties.permissions")
def parse_role_definition(document: object) -> RoleDefinition:
    """A role definition of api-version 2022-04-01."""
    reader = JsonReader(document)
    return RoleDefinition(
        id=reader.text("id"),
        name=reader.text_or("properties.roleName"),
        permissions=reader.each("properties.permissions", parse_permission),
    )


@_with("actions")
def parse_permission(document: object) -> Permission:
    """One `{actions, notActions}` block, of a role definition or of the caller."""
    reader = JsonReader(document)
    return Permission(actions=reader.texts("actions"), not_actions=reader.texts("notActions"))


EVERYONE = "00000000-0000-0000-0000-000000000000"


@_with("properties.permissions", "properties.principals")
def parse_deny_assignment(document: object) -> DenyAssignment:
    """A deny assignment; the all-zero principal stands for everyone."""
    reader = JsonReader(document)
    principals, groups = _principals(reader, "properties.principals")
    excluded, excluded_groups = _principals(reader, "properties.excludePrincipals")
    everyone = EVERYONE in (*principals, *groups)
    return DenyAssignment(
        id=reader.text("id"),
        name=reader.text_or("properties.denyAssignmentName"),
        scope=reader.text_or("properties.scope"),
        permissions=reader.each("properties.permissions", parse_permission),
        principal_ids=() if everyone else principals,
        group_ids=() if everyone else groups,
        excluded_principal_ids=excluded,
        excluded_group_ids=excluded_groups,
        applies_to_children=not reader.flag("properties.doNotApplyToChildScopes"),
        condition=reader.text_or("properties.condition") or None,
    )


def _principals(reader: JsonReader, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of users and service principals, and those of groups or of nobody knows what."""
    found = reader.each(name, _principal)
    members = tuple(each for each, kind in found if kind in ("user", "serviceprincipal"))
    return members, tuple(each for each, _ in found if each not in members)


def _principal(document: object) -> tuple[str, str]:
    reader = JsonReader(document)
    return reader.text_or("id"), reader.text_or("type").lower()


def parse_lock(document: object) -> Lock:
    """A lock; its scope is the part of its id before the lock's own."""
    reader = JsonReader(document)
    lock_id = reader.text("id")
    marker = lock_id.lower().rfind("/providers/microsoft.authorization/locks/")
    return Lock(
        name=reader.text_or("name"),
        level=reader.get("properties.level", _lock_level),
        scope=lock_id[: max(marker, 0)] or lock_id,
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
    return SubnetUsage(subnet_id=_id(document), current=reader.number("currentValue"))


@_with("properties")
def parse_gateway(document: object) -> NetworkGateway:
    """A local network gateway (the ranges on premises) or a virtual network gateway (its point-to-site pool)."""
    reader = JsonReader(document)
    spaces = ("properties.localNetworkAddressSpace", "properties.vpnClientConfiguration.vpnClientAddressPool")
    local, point_to_site = (reader.each(f"{space}.addressPrefixes", _network) for space in spaces)
    return NetworkGateway(id=_id(document), address_prefixes=_ipv4(local or point_to_site))


def parse_location(document: object) -> str:
    """The region of a resource or resource group."""
    return JsonReader(document).text("location")


@_with("properties")
def parse_managed_cluster(document: object) -> ManagedCluster:
    """A managed cluster, as the service or Resource Graph gives it."""
    reader = JsonReader(document)
    profile, api_server = "properties.networkProfile", "properties.apiServerAccessProfile"
    gateway = f"properties.addonProfiles.{GATEWAY_ADDON}.config"
    in_use = reader.maybe(f"{gateway}.effectiveApplicationGatewayId", _resource_id_if_any)
    given = reader.maybe(f"{gateway}.applicationGatewayId", _resource_id_if_any)
    api_server_subnet = reader.maybe(f"{api_server}.subnetId", _resource_id_if_any)
    of_pools = (each for pool in reader.each("properties.agentPoolProfiles", _subnets_of_pool) for each in pool)
    subnets = (*of_pools, api_server_subnet)
    kubelet = reader.maybe("properties.identityProfile.kubeletidentity.resourceId", _resource_id_if_any)
    assigned = reader.maybe("identity.userAssignedIdentities", _named_ids) or ()
    services = _ipv4(reader.one_or_many(f"{profile}.serviceCidr", f"{profile}.serviceCidrs", _network))
    versions = [reader.text_or(f"properties.{name}") for name in ("currentKubernetesVersion", "kubernetesVersion")]
    return ManagedCluster(
        id=_id(document),
        location=reader.text_or("location"),
        network_plugin=reader.maybe(f"{profile}.networkPlugin", _network_plugin) or "",
        network_plugin_mode=reader.text_or(f"{profile}.networkPluginMode").lower(),
        network_policy=reader.text_or(f"{profile}.networkPolicy"),
        network_dataplane=reader.text_or(f"{profile}.networkDataplane"),
        outbound_type=reader.text_or(f"{profile}.outboundType"),
        ip_families=reader.texts(f"{profile}.ipFamilies") or ("IPv4",),
        pod_cidrs=_ipv4(reader.one_or_many(f"{profile}.podCidr", f"{profile}.podCidrs", _network)),
        service_cidr=next(iter(services), None),
        dns_service_ip=reader.maybe(f"{profile}.dnsServiceIP", _address),
        kubernetes_version=versions[0] or versions[1],
        provisioning_state=reader.text_or("properties.provisioningState", "Succeeded"),
        power_state=reader.text_or("properties.powerState.code", "Running"),
        subnet_ids=tuple(dict.fromkeys(each for each in subnets if each is not None)),
        node_resource_group=reader.text_or("properties.nodeResourceGroup"),
        identity_kind=reader.maybe("identity.type", _identity_kind) or IdentityKind.SERVICE_PRINCIPAL,
        identity_ids=(*assigned, *(() if kubelet is None else (kubelet,))),
        user_assigned_ids=assigned,
        principal_id=reader.text_or("identity.principalId"),
        user_assigned_principals=tuple(
            principal for _, principal in reader.members("identity.userAssignedIdentities", _principal_of)
        ),
        kubelet_identity_id=kubelet,
        agent_pools=reader.each("properties.agentPoolProfiles", _agent_pool),
        addons=tuple(name for name, enabled in reader.members("properties.addonProfiles", _is_enabled) if enabled),
        application_gateway_id=in_use or given,
        application_gateway_subnet_id=reader.maybe(f"{gateway}.subnetId", _resource_id_if_any),
        private_cluster=bool(reader.flag(f"{api_server}.enablePrivateCluster")),
        api_server_subnet_id=api_server_subnet,
        etag=reader.text_or("eTag"),
    )


def _identity_kind(value: object) -> IdentityKind:
    """A cluster without an identity of its own is a service principal."""
    found = (each for each in IdentityKind if each.value.lower() == as_text(value).lower())
    return next(found, IdentityKind.SERVICE_PRINCIPAL)


def _principal_of(document: object) -> str:
    """The principal of a user-assigned identity; right after its assignment Azure tells none."""
    return JsonReader(document or {}).text_or("principalId")


def _is_enabled(document: object) -> bool:
    return bool(JsonReader(document).flag("enabled"))


def _agent_pool(document: object) -> AgentPool:
    reader = JsonReader(document)
    count, autoscaler = reader.number_or("count", 0), bool(reader.flag("enableAutoScaling"))
    versions = [reader.text_or(name) for name in ("currentOrchestratorVersion", "orchestratorVersion")]
    return AgentPool(
        name=reader.text_or("name"),
        count=count,
        max_count=reader.number_or("maxCount", count) if autoscaler else count,
        autoscaler=autoscaler,
        max_pods=reader.number_or("maxPods", 0) or None,
        max_surge=reader.text_or("upgradeSettings.maxSurge"),
        os_type=reader.text_or("osType", "Linux"),
        vm_size=reader.text_or("vmSize"),
        subnet_id=reader.maybe("vnetSubnetID", _resource_id_if_any),
        provisioning_state=reader.text_or("provisioningState", "Succeeded"),
        power_state=reader.text_or("powerState.code", "Running"),
        kubernetes_version=versions[0] or versions[1],
        kind=reader.text_or("type", "VirtualMachineScaleSets"),
    )


def parse_subscription(document: object) -> Subscription:
    """A subscription, as the list of them or a row of Resource Graph has it."""
    reader = JsonReader(document)
    name = reader.text_or("displayName") or reader.text_or("name")
    return Subscription(id=reader.text("subscriptionId"), name=name)


def parse_descendant(document: object) -> Subscription | None:
    """A subscription in a management group; None for another management group."""
    reader = JsonReader(document)
    if not reader.text("type").lower().endswith("/subscriptions"):
        return None
    name = reader.text("name")
    return Subscription(id=name, name=reader.text_or("properties.displayName", name))


def parse_machine(document: object) -> Machine:
    """One machine of an agent pool, with its first IPv4 address."""
    reader = JsonReader(document)
    addresses = reader.each("properties.network.ipAddresses", lambda each: JsonReader(each).maybe("ip", _address))
    return Machine(name=reader.text("name"), address=next((each for each in addresses if each is not None), None))


def _subnets_of_pool(document: object) -> tuple[ResourceId | None, ...]:
    reader = JsonReader(document)
    return tuple(reader.maybe(name, _resource_id_if_any) for name in ("vnetSubnetID", "podSubnetID"))


def _named_ids(members: object) -> tuple[ResourceId, ...]:
    """The names of an object, which are resource ids."""
    return tuple(_resource_id(name) for name in as_object(members))
