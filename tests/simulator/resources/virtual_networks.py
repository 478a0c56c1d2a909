"""Virtual networks, subnets and peerings: what they refuse and what they derive. No IO."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from ..azure import Azure
from ..errors import ArmError, Json, network_error
from ..identifiers import same
from ..messages import Request, Response, is_modern
from ..store import Record
from .network_type import Link, NetworkType, reference
from .references import (
    RESERVED_FIRST,
    RESERVED_LAST,
    SUBNET,
    attachments,
    free_addresses,
    ipv4_network,
    prefixes,
    usable_addresses,
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SMALLEST_IPV4_SUBNET = 29

_JOINED = {
    "routeTable": "Microsoft.Network/routeTables/join/action",
    "networkSecurityGroup": "Microsoft.Network/networkSecurityGroups/join/action",
    "natGateway": "Microsoft.Network/natGateways/join/action",
}


def parse_prefix(prefix: str, resource_id: str) -> Network:
    """A CIDR block, or the refusal of Microsoft.Network with its suggestion."""
    match = re.fullmatch(r"([0-9a-fA-F.:]+)/(\d+)", prefix)
    try:
        if match is None:
            raise ValueError(prefix)
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        message = (
            f"Address prefix {prefix} of resource {resource_id} is not formatted correctly. It should follow CIDR "
            "notation, for example 10.0.0.0/24."
        )
        raise network_error("InvalidAddressPrefixFormat", message) from None
    if match is not None and ipaddress.ip_address(match.group(1)) != network.network_address:
        message = (
            f"The address prefix {prefix} in resource {resource_id} has an invalid CIDR notation. For the given "
            f"prefix length, the address prefix should be {network}."
        )
        raise network_error("InvalidCIDRNotation", message)
    return network


def overlap(left: Network, right: Network) -> bool:
    return left.version == right.version and left.overlaps(right)


def _inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def address_space(record: Record) -> list[Network]:
    entries = (record.properties.get("addressSpace") or {}).get("addressPrefixes") or []
    return [parse_prefix(entry, record.id) for entry in entries]


def _validate_virtual_network(_azure: Azure, record: Record) -> None:
    if not address_space(record):
        message = f"Address space of virtual network {record.id} must have at least one address prefix."
        raise network_error("InvalidRequestFormat", message)


def _validate_subnet(azure: Azure, record: Record) -> None:
    parent = azure.store.find(record.target.parent.path)
    assert parent is not None
    own = [parse_prefix(prefix, record.id) for prefix in prefixes(record)]
    siblings = [other for other in azure.store.children(parent, "subnets") if other.key != record.key]
    taken = [parse_prefix(prefix, other.id) for other in siblings for prefix in prefixes(other)]
    space = address_space(parent)
    for network in own:
        too_small = network.version == 4 and network.prefixlen > SMALLEST_IPV4_SUBNET
        outside = not any(_inside(network, block) for block in space)
        if too_small or outside or any(overlap(network, other) for other in taken):
            raise _invalid_subnet(record, parent)
    if not own:
        raise _invalid_subnet(record, parent)
    for attached in attachments(azure, record):
        if attached.address and not any(ipaddress.ip_address(attached.address) in network for network in own):
            message = f"IpPrefix on Subnet {record.name} has active allocations and cannot be deleted."
            raise network_error("InUsePrefixCannotBeDeleted", message)
    _validate_associations(azure, record, parent)


def _invalid_subnet(record: Record, parent: Record) -> ArmError:
    message = f"Subnet '{record.name}' is not valid in virtual network '{parent.name}'."
    return network_error("NetcfgInvalidSubnet", message)


def _validate_associations(azure: Azure, record: Record, parent: Record) -> None:
    for name in _JOINED:
        linked = reference(record, name)
        if linked is None:
            continue
        found = azure.store.find(linked)
        near = found is not None and found.location == parent.location
        if found is None or not near or not same(found.target.subscription, record.target.subscription):
            raise invalid_reference(linked, record.id)


def invalid_reference(linked: str, resource_id: str) -> ArmError:
    message = (
        f"Resource {linked} referenced by resource {resource_id} was not found. Please make sure that the referenced "
        "resource exists, and that both resources are in the same region."
    )
    return network_error("InvalidResourceReference", message)


def _check_subnet_delete(azure: Azure, record: Record) -> None:
    users = [entry.id for entry in attachments(azure, record)]
    users += [link.get("id", "") for link in record.properties.get("serviceAssociationLinks") or []]
    if users:
        message = (
            f"Subnet {record.name} is in use by {users[0]} and cannot be deleted. In order to delete the subnet, "
            "delete all the resources within the subnet. See aka.ms/deletesubnet."
        )
        raise network_error("InUseSubnetCannotBeDeleted", message)


def _check_virtual_network_delete(azure: Azure, record: Record) -> None:
    for subnet in azure.store.children(record, "subnets"):
        _check_subnet_delete(azure, subnet)


def _derive_virtual_network(_azure: Azure, _record: Record, api_version: str) -> Json:
    return {"privateEndpointVNetPolicies": "Disabled"} if is_modern(api_version) else {}


def _derive_subnet(azure: Azure, record: Record, _api_version: str) -> Json:
    derived: Json = {name: show(azure, record) for name, show in _ELEMENTS.items() if record.properties.get(name)}
    attached = attachments(azure, record)
    if attached:
        derived["ipConfigurations"] = [{"id": entry.id} for entry in attached]
    return derived


def _delegations(azure: Azure, record: Record) -> list[Json]:
    """Each with what the service adds: id, ETag, type, state, and the actions that the delegation allows."""
    top = azure.store.find(record.target.top.path) or record
    return [
        {
            "name": entry.get("name"),
            "id": f"{record.id}/delegations/{entry.get('name')}",
            "etag": f'W/"{top.etag}"',
            "properties": {
                "provisioningState": "Succeeded",
                "actions": [f"{SUBNET}/join/action"],
                **(entry.get("properties") or {}),
            },
            "type": f"{SUBNET}/delegations",
        }
        for entry in record.properties["delegations"]
    ]


def _service_endpoints(azure: Azure, record: Record) -> list[Json]:
    """Each with its state and where it reaches: storage and databases in the region, all else anywhere."""
    top = azure.store.find(record.target.top.path) or record
    return [
        {
            "provisioningState": "Succeeded",
            "locations": [top.location] if entry.get("service") in _REGIONAL_SERVICES else ["*"],
            **entry,
        }
        for entry in record.properties["serviceEndpoints"]
    ]


_REGIONAL_SERVICES = ("Microsoft.Storage", "Microsoft.Sql")
_ELEMENTS: dict[str, Callable[[Azure, Record], list[Json]]] = {
    "delegations": _delegations,
    "serviceEndpoints": _service_endpoints,
}


def _writable_delegation(entry: Json) -> Json:
    service = (entry.get("properties") or {}).get("serviceName")
    return {"name": entry.get("name"), "properties": {"serviceName": service}}


def _writable_endpoint(entry: Json) -> Json:
    return {"service": entry.get("service")}


def _subnet_links(record: Record) -> list[Link]:
    return [(action, linked) for name, action in _JOINED.items() if (linked := reference(record, name))]


def usages(azure: Azure, _request: Request, record: Record) -> Response:
    """GET {vnet}/usages; the service says -1 for a gateway subnet."""
    value = []
    for subnet in azure.store.children(record, "subnets"):
        gateway = subnet.name.lower() == "gatewaysubnet"
        value.append(
            {
                "name": {"localizedValue": "Subnet size and usage", "value": "SubnetSpace"},
                "id": subnet.id,
                "currentValue": -1.0 if gateway else float(len(attachments(azure, subnet))),
                "limit": -1.0 if gateway else float(usable_addresses(subnet)),
                "unit": "Count",
            }
        )
    return Response(body={"value": value})


def check_address(azure: Azure, request: Request, record: Record) -> Response:
    """GET {vnet}/CheckIPAddressAvailability?ipAddress=...; proposes five free addresses."""
    asked = request.query.get("ipAddress", "")
    for subnet in azure.store.children(record, "subnets"):
        network = ipv4_network(subnet)
        if network is None or ipaddress.ip_address(asked) not in network:
            continue
        offset = int(ipaddress.ip_address(asked)) - int(network.network_address)
        free = list(free_addresses(azure, subnet))
        reserved = offset < RESERVED_FIRST or offset >= network.num_addresses - RESERVED_LAST
        body: Json = {"available": asked in free}
        if asked not in free:
            body["availableIPAddresses"] = free[:5]
        if reserved:
            body["isPlatformReserved"] = True
        return Response(body=body)
    message = f"IP address {asked} does not belong to any subnet of {record.id}."
    raise network_error("PrivateIPAddressNotInAnySubnet", message)


TYPES = (
    NetworkType(
        name="Microsoft.Network/virtualNetworks",
        children={"subnets": "subnets", "virtualNetworkPeerings": "virtualNetworkPeerings"},
        kept_children=frozenset({"virtualNetworkPeerings"}),
        defaults={"enableDdosProtection": False},
        hidden=frozenset({"enableVmProtection"}),
        validate=_validate_virtual_network,
        check_delete=_check_virtual_network_delete,
        derive=_derive_virtual_network,
    ),
    NetworkType(
        name="Microsoft.Network/virtualNetworks/subnets",
        defaults={
            "delegations": [],
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
        },
        read_only=frozenset(
            {
                "ipConfigurations",
                "ipConfigurationProfiles",
                "serviceAssociationLinks",
                "resourceNavigationLinks",
                "privateEndpoints",
                "purpose",
                "networkIntentPolicies",
                "subnetID",
            }
        ),
        writable={"delegations": _writable_delegation, "serviceEndpoints": _writable_endpoint},
        has_guid=False,
        validate=_validate_subnet,
        check_delete=_check_subnet_delete,
        derive=_derive_subnet,
        links=_subnet_links,
    ),
)
