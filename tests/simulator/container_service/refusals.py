"""What AKS refuses at PUT, in the order it is checked here: authorization, addresses, subnets, route tables. No IO."""

from __future__ import annotations

import ipaddress

from ..access import is_allowed, require_link
from ..azure import Azure
from ..errors import ArmError, aks_error, linked_authorization_sentence
from ..identifiers import same
from ..resources.references import ipv4_network, prefixes, usable_addresses
from ..resources.virtual_networks import address_space, overlap
from ..store import Record
from .proposal import Block, Proposal, demand

SUBNET_JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
IDENTITY_ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
CLUSTER_WRITE = "Microsoft.ContainerService/managedClusters/write"
ROUTE_TABLE_RIGHTS = ("Microsoft.Network/routeTables/read", "Microsoft.Network/routeTables/write")
ZONE_RIGHTS = ("Microsoft.Network/privateDnsZones/read", "Microsoft.Network/privateDnsZones/write")
NETWORK_JOIN = "Microsoft.Network/virtualNetworks/join/action"
API_SERVER_PREFIX = 28
ADDRESSES_PER_NODE = 256
ALLOWED_DELEGATION = "microsoft.containerservice/managedclusters"

_MAXIMUM_HINT = (
    "If Autoscaler is enabled, the max-count from each nodepool is counted towards this total (which means that "
    "pre-allocated IPs count represents a theoretical max value, not the actual number of IPs requested). "
    "http://aka.ms/aks/insufficientsubnetsize"
)


def refuse(proposal: Proposal) -> None:
    """Raises the first refusal, if there is one."""
    _caller_may_join(proposal)
    _same_region(proposal)
    _delegations(proposal)
    _pod_cidr(proposal)
    _service_cidr(proposal)
    _dns_service_ip(proposal)
    _sizes(proposal)
    _outbound_type(proposal)
    for subnet in proposal.subnets:
        _own_route_table(proposal, subnet)
    _private_dns_zone(proposal)
    _api_server_subnet(proposal)
    error = missing_subnet_permission(proposal)
    if error is not None and not proposal.azure.settings.subnet_permission_fails_later:
        raise error


def _caller_may_join(proposal: Proposal) -> None:
    for subnet in proposal.subnets:
        require_link(proposal.azure, proposal.request, CLUSTER_WRITE, SUBNET_JOIN, subnet.id)
    for identity in proposal.identities:
        require_link(proposal.azure, proposal.request, CLUSTER_WRITE, IDENTITY_ASSIGN, identity)


def _same_region(proposal: Proposal) -> None:
    network, cluster = proposal.virtual_network, proposal.record
    if network is None:
        return
    pool = proposal.pools[0]["name"]
    if network.location != cluster.location or not same(network.target.subscription, cluster.target.subscription):
        message = (
            f"The Agentpool {pool}'s vnet {network.id} is in location {network.location}, which is not the location "
            f"{cluster.location} of the cluster."
        )
        raise aks_error("InvalidParameter", message, target="agentPoolProfile.vnetSubnetID")
    if network.state not in ("Succeeded", "Updating"):
        message = f"Virtual network {network.id} is not in succeeded state: {network.state}."
        raise aks_error("VirtualNetworkNotInSucceededState", message)


def _delegations(proposal: Proposal) -> None:
    for subnet in proposal.subnets:
        services = [
            str((entry.get("properties") or {}).get("serviceName", ""))
            for entry in subnet.properties.get("delegations") or []
        ]
        if any(service.lower() != ALLOWED_DELEGATION for service in services):
            message = (
                f"AgentPoolProfile subnet with id {subnet.id} cannot be used as it's a delegated subnet. Please "
                "check https://aka.ms/adv-network-prerequest for more details."
            )
            raise aks_error("SubnetIsDelegated", message)
        links = subnet.properties.get("serviceAssociationLinks") or []
        if links:
            message = (
                f"Subnet {subnet.id} referenced by {proposal.record.id} cannot be used because it contains external "
                f"resources. The external resources in this subnet are {links[0].get('id', '')}. You need to delete "
                "these external resources before deploying into this subnet."
            )
            raise aks_error("SubnetWithExternalResourcesCannotBeUsedByOtherResources", message)


def _blocks(proposal: Proposal, name: str, target: str) -> list[Block]:
    blocks: list[Block] = []
    for cidr in proposal.profile.get(name) or []:
        try:
            blocks.append(ipaddress.ip_network(cidr))
        except ValueError:
            message = f"The value of parameter {target} is invalid."
            raise aks_error("InvalidParameter", message, target=target) from None
    return blocks


def _pod_cidr(proposal: Proposal) -> None:
    network = proposal.virtual_network
    for block in _blocks(proposal, "podCidrs", "networkProfile.podCIDR"):
        for reserved in address_space(network) if network else []:
            if overlap(block, reserved):
                message = f"NetworkProfile CIDR {block} overlaps with reserved VNET CIDR {reserved}"
                raise aks_error("NetworkProfileCIDROverlapVNET", message, target="networkProfile.podCIDR")


def _service_cidr(proposal: Proposal) -> None:
    """The service CIDR is checked against every subnet of the VNet, not only the cluster's."""
    network = proposal.virtual_network
    pods = _blocks(proposal, "podCidrs", "networkProfile.podCIDR")
    for block in _blocks(proposal, "serviceCidrs", "networkProfile.serviceCIDR"):
        for pod in pods:
            if overlap(block, pod):
                message = f"The specified pod CIDR {pod} is conflicted with the service CIDR {block}"
                raise aks_error("PodCidrOverlapServiceCidr", message, target="networkProfile.serviceCIDR")
        for subnet in proposal.azure.store.children(network, "subnets") if network else []:
            for prefix in prefixes(subnet):
                if overlap(block, ipaddress.ip_network(prefix, strict=False)):
                    message = f"The specified service CIDR {block} is conflicted with an existing subnet CIDR {prefix}"
                    raise aks_error(
                        "ServiceCidrOverlapExistingSubnetsCidr", message, target="networkProfile.serviceCIDR"
                    )


def _dns_service_ip(proposal: Proposal) -> None:
    address, cidr = proposal.profile["dnsServiceIP"], proposal.profile["serviceCidr"]
    try:
        inside = ipaddress.ip_address(address) in ipaddress.ip_network(cidr)
    except ValueError:
        name = "networkProfile.dnsServiceIP"
        raise aks_error("InvalidParameter", f"The value of parameter {name} is invalid.", target=name) from None
    if not inside:
        message = f"The DNS service IP {address} is out of the range defined by service CIDR {cidr}."
        raise aks_error("DnsServiceIpOutOfServiceCidr", message, target="networkProfile.dnsServiceIP")


def _sizes(proposal: Proposal) -> None:
    nodes = sum(demand(pool) for pool in proposal.pools)
    if proposal.is_kubenet:
        pods = ipaddress.ip_network(proposal.profile["podCidr"])
        if pods.version == 4 and nodes * ADDRESSES_PER_NODE > pods.num_addresses:
            name = "networkProfile.podCIDR"
            raise _too_small(nodes * ADDRESSES_PER_NODE, pods.num_addresses, str(pods), name, name)
    for subnet in proposal.subnets:
        wanted = sum(demand(pool) for pool in proposal.pools if same(pool.get("vnetSubnetID"), subnet.id))
        if wanted > usable_addresses(subnet):
            cidr = str(ipv4_network(subnet))
            raise _too_small(wanted, usable_addresses(subnet), cidr, subnet.name, "agentPoolProfile.count")


def _too_small(wanted: int, available: int, cidr: str, name: str, target: str) -> ArmError:
    message = (
        f"Pre-allocated IPs {wanted} exceeds IPs available {available} in Subnet Cidr {cidr}, Subnet Name {name}. "
        f"{_MAXIMUM_HINT}"
    )
    return aks_error("InsufficientSubnetSize", message, target=target)


def _outbound_type(proposal: Proposal) -> None:
    if proposal.profile["outboundType"] != "userDefinedRouting":
        return
    for subnet in proposal.subnets:
        table = proposal.own_route_table(subnet)
        default = _default_route(proposal.azure, table) if table else None
        if table is None or default is None:
            message = (
                f"An existing route table has not been associated with subnet {subnet.id}. Please see "
                "http://aka.ms/aks/outboundtype for more details"
            )
            raise aks_error("ExistingRouteTableNotAssociatedWithSubnet", message)
        hop = default.properties.get("nextHopType")
        if hop not in ("VirtualAppliance", "VirtualNetworkGateway"):
            message = (
                f"Default route 0.0.0.0/0 has a next hop of {hop} but only next hops of VirtualAppliance or "
                "VirtualNetworkGateway are allowed. Please see http://aka.ms/aks/outboundtype for more details"
            )
            raise aks_error("RouteTableInvalidNextHop", message)


def _default_route(azure: Azure, table: Record) -> Record | None:
    routes = azure.store.children(table, "routes")
    return next((route for route in routes if route.properties.get("addressPrefix") == "0.0.0.0/0"), None)


def _own_route_table(proposal: Proposal, subnet: Record) -> None:
    table = proposal.own_route_table(subnet)
    if table is None or not proposal.is_kubenet:
        return
    if proposal.identity_type == "SystemAssigned":
        message = (
            "Clusters using managed identity type SystemAssigned do not support bringing your own route table. "
            "Please see https://aka.ms/aks/customrt for more information"
        )
        raise aks_error("CustomRouteTableWithUnsupportedMSIType", message)
    principal = proposal.principal
    if principal is None:
        return
    if not all(is_allowed(proposal.azure, principal.object_id, right, table.id) for right in ROUTE_TABLE_RIGHTS):
        message = (
            "Managed identity or service principle must be given permission to read and write to custom route table "
            f"{table.id}. Please see https://aka.ms/aks/customrt for more information"
        )
        raise aks_error("CustomRouteTableMissingPermission", message)


def _private_dns_zone(proposal: Proposal) -> None:
    profile = proposal.record.properties.get("apiServerAccessProfile") or {}
    zone_id = str(profile.get("privateDNSZone") or "system")
    if not profile.get("enablePrivateCluster") or zone_id.lower() in ("system", "none"):
        return
    zone, principal, network = proposal.azure.store.find(zone_id), proposal.principal, proposal.virtual_network
    if zone is None or proposal.identity_type == "SystemAssigned" or principal is None:
        name = "apiServerAccessProfile.privateDNSZone"
        raise aks_error("InvalidParameter", f"The value of parameter {name} is invalid.", target=name)
    needed = [(each, zone.id) for each in ZONE_RIGHTS] + ([(NETWORK_JOIN, network.id)] if network else [])
    for right, scope in needed:
        if not is_allowed(proposal.azure, principal.object_id, right, scope):
            message = (
                "Service principal or user assigned identity must be given permission to read and write to custom "
                f"private dns zone {zone.id}. Check access result not allowed for action {right}."
            )
            raise aks_error("CustomPrivateDNSZoneMissingPermissionError", message)


def _api_server_subnet(proposal: Proposal) -> None:
    profile = proposal.record.properties.get("apiServerAccessProfile") or {}
    subnet_id = profile.get("subnetId")
    if not subnet_id:
        return
    name, subnet = "apiServerAccessProfile.subnetId", proposal.azure.store.find(subnet_id)
    network = proposal.virtual_network
    if subnet is None or (network is not None and not same(subnet.target.parent.path, network.id)):
        raise aks_error("InvalidParameter", f"The value of parameter {name} is invalid.", target=name)
    delegations = subnet.properties.get("delegations") or []
    services = [str((entry.get("properties") or {}).get("serviceName", "")).lower() for entry in delegations]
    block = ipv4_network(subnet)
    if ALLOWED_DELEGATION not in services or (block is not None and block.prefixlen > API_SERVER_PREFIX):
        message = (
            f"The subnet {subnet.id} for the API server must be delegated to "
            f"Microsoft.ContainerService/managedClusters and be a /{API_SERVER_PREFIX} or larger."
        )
        raise aks_error("InvalidParameter", message, target=name)
    principal = proposal.principal
    may_join = principal is None or is_allowed(proposal.azure, principal.object_id, SUBNET_JOIN, subnet.id)
    if principal is not None and proposal.identity_type == "UserAssigned" and not may_join:
        sentence = linked_authorization_sentence(
            principal.name, principal.object_id, CLUSTER_WRITE, proposal.record.id, SUBNET_JOIN, subnet.id
        )
        raise aks_error("LinkedAuthorizationFailed", sentence)


def missing_subnet_permission(proposal: Proposal) -> ArmError | None:
    """The refusal for a user-assigned identity that may not join a subnet of the cluster."""
    principal = proposal.principal
    if principal is None or proposal.identity_type != "UserAssigned":
        return None
    for subnet in proposal.subnets:
        if not is_allowed(proposal.azure, principal.object_id, SUBNET_JOIN, subnet.id):
            sentence = linked_authorization_sentence(
                principal.name, principal.object_id, CLUSTER_WRITE, proposal.record.id, SUBNET_JOIN, subnet.id
            )
            return aks_error("LinkedAuthorizationFailed", sentence)
    return None
