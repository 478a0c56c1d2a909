"""Network resources that sit in or beside a subnet: NAT gateways, gateways, interfaces, public addresses. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import Json, network_error
from ..messages import is_modern
from ..store import Record
from .network_type import Link, NetworkType, reference
from .references import free_addresses, ipv4_network, prefixes, subnets_referring
from .virtual_networks import invalid_reference

SUBNET_JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"


def _derive_nat_gateway(azure: Azure, record: Record, api_version: str) -> Json:
    derived: Json = {"type": "Public"} if is_modern(api_version) else {}
    subnets = subnets_referring(azure, "natGateway", record.id)
    if subnets:
        derived["subnets"] = [{"id": subnet.id} for subnet in subnets]
    return derived


def _check_nat_gateway_delete(azure: Azure, record: Record) -> None:
    subnets = subnets_referring(azure, "natGateway", record.id)
    if subnets:
        message = f"Nat Gateway {record.id} is in use by {subnets[0].id} and cannot be deleted."
        raise network_error("InUseNatGatewayCannotBeDeleted", message)


def _subnet_ids(record: Record) -> list[str]:
    found = []
    for name in ("ipConfigurations", "frontendIPConfigurations", "gatewayIPConfigurations"):
        for entry in record.properties.get(name) or []:
            subnet = ((entry.get("properties") or {}).get("subnet") or {}).get("id")
            if subnet:
                found.append(str(subnet))
    return found


def _joins_subnets(record: Record) -> list[Link]:
    links = [(SUBNET_JOIN, subnet) for subnet in _subnet_ids(record)]
    group = reference(record, "networkSecurityGroup")
    if group:
        links.append(("Microsoft.Network/networkSecurityGroups/join/action", group))
    return links


def _validate_subnets(azure: Azure, record: Record) -> None:
    for subnet_id in _subnet_ids(record):
        if azure.store.find(subnet_id) is None:
            raise invalid_reference(subnet_id, record.id)


def _validate_interface(azure: Azure, record: Record) -> None:
    """Also hands out the addresses, as the service does when it accepts an interface."""
    _validate_subnets(azure, record)
    for entry in record.properties.get("ipConfigurations") or []:
        properties = entry.setdefault("properties", {})
        subnet = azure.store.find((properties.get("subnet") or {}).get("id"))
        if subnet is None or properties.get("privateIPAddress"):
            continue
        address = next(free_addresses(azure, subnet, record), None)
        if address is None:
            message = (
                f"Subnet {subnet.name} with address prefix {','.join(prefixes(subnet))} does not have enough "
                "capacity for 1 IP addresses."
            )
            raise network_error("SubnetIsFull", message)
        properties["privateIPAddress"] = address
        properties.setdefault("privateIPAllocationMethod", "Dynamic")


def _derive_interface(_azure: Azure, record: Record, _api_version: str) -> Json:
    configurations = [
        {
            "name": entry.get("name", "ipconfig1"),
            "id": f"{record.id}/ipConfigurations/{entry.get('name', 'ipconfig1')}",
            "etag": f'W/"{record.etag}"',
            "type": f"{record.type}/ipConfigurations",
            "properties": {"provisioningState": record.state, **(entry.get("properties") or {})},
        }
        for entry in record.properties.get("ipConfigurations") or []
    ]
    return {"ipConfigurations": configurations}


_NO_CLIENTS: Json = {
    "vpnClientProtocols": ["OpenVPN", "IkeV2"],
    "vpnAuthenticationTypes": [],
    "vpnClientRootCertificates": [],
    "vpnClientRevokedCertificates": [],
    "vngClientConnectionConfigurations": [],
    "radiusServers": [],
    "vpnClientIpsecPolicies": [],
}


def _derive_gateway(azure: Azure, record: Record, api_version: str) -> Json:
    derived = _derive_interface(azure, record, api_version)
    for entry in derived["ipConfigurations"]:
        entry["properties"].setdefault("privateIPAllocationMethod", "Dynamic")
    derived["sku"] = {"capacity": 2, **(record.properties.get("sku") or {})}
    deploying = record.state == "Updating"
    if is_modern(api_version):
        derived.update({"allowRemoteVnetTraffic": False, "allowVirtualWanTraffic": False})
        if not deploying:
            derived["virtualNetworkGatewayMigrationStatus"] = {"state": "None", "phase": "None", "errorMessage": ""}
    if deploying:
        derived["vpnClientConfiguration"] = _NO_CLIENTS
    subnet = next((found for entry in _subnet_ids(record) if (found := azure.store.find(entry))), None)
    network = ipv4_network(subnet) if subnet else None
    if network is not None and "bgpSettings" not in record.properties:
        peer = str(network.broadcast_address - 1)
        first = derived["ipConfigurations"][0]["id"]
        addresses: Json = {"ipconfigurationId": first, "defaultBgpIpAddresses": [], "customBgpIpAddresses": []}
        settings: Json = {"asn": 65515, "peerWeight": 0, "bgpPeeringAddresses": [addresses]}
        if not deploying:
            # It takes half an hour until a gateway has its addresses.
            addresses.update({"defaultBgpIpAddresses": [peer], "tunnelIpAddresses": ["203.0.113.1"]})
            settings["bgpPeeringAddress"] = peer
        derived["bgpSettings"] = settings
    return derived


TYPES = (
    NetworkType(
        name="Microsoft.Network/natGateways",
        sku={"name": "Standard", "tier": "Regional"},
        defaults={"idleTimeoutInMinutes": 4},
        hidden=frozenset({"subnets"}),
        check_delete=_check_nat_gateway_delete,
        derive=_derive_nat_gateway,
    ),
    NetworkType(
        name="Microsoft.Network/publicIPAddresses",
        sku={"name": "Basic", "tier": "Regional"},
        defaults={
            "publicIPAddressVersion": "IPv4",
            "publicIPAllocationMethod": "Dynamic",
            "idleTimeoutInMinutes": 4,
            "ipTags": [],
        },
    ),
    NetworkType(
        name="Microsoft.Network/virtualNetworkGateways",
        has_etag_header=False,
        defaults={
            "packetCaptureDiagnosticState": "None",
            "enablePrivateIpAddress": False,
            "isMigrateToCSES": False,
            "natRules": [],
            "virtualNetworkGatewayPolicyGroups": [],
            "enableBgpRouteTranslationForNat": False,
            "disableIPSecReplayProtection": False,
            "enableBgp": False,
            "activeActive": False,
            "vpnGatewayGeneration": "Generation1",
        },
        links=_joins_subnets,
        validate=_validate_subnets,
        derive=_derive_gateway,
    ),
    NetworkType(name="Microsoft.Network/localNetworkGateways"),
    NetworkType(name="Microsoft.Network/applicationSecurityGroups", has_guid=False),
    NetworkType(
        name="Microsoft.Network/networkInterfaces",
        links=_joins_subnets,
        validate=_validate_interface,
        derive=_derive_interface,
    ),
    NetworkType(name="Microsoft.Network/loadBalancers", links=_joins_subnets, validate=_validate_subnets),
    NetworkType(name="Microsoft.Network/applicationGateways", links=_joins_subnets, validate=_validate_subnets),
    NetworkType(name="Microsoft.Network/azureFirewalls", links=_joins_subnets, validate=_validate_subnets),
)
