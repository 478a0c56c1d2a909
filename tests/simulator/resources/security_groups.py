"""Network security groups and their rules, the six default ones included. No IO."""

from __future__ import annotations

from typing import Any

from ..azure import Azure
from ..errors import Json, network_error
from ..identifiers import same
from ..store import Record
from .network_type import NetworkType, reference
from .references import subnets_referring

SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups"
NETWORK_INTERFACE = "Microsoft.Network/networkInterfaces"

_INBOUND = (
    ("AllowVnetInBound", "Allow inbound traffic from all VMs in VNET", "VirtualNetwork", "VirtualNetwork", 65000),
    (
        "AllowAzureLoadBalancerInBound",
        "Allow inbound traffic from azure load balancer",
        "AzureLoadBalancer",
        "*",
        65001,
    ),
    ("DenyAllInBound", "Deny all inbound traffic", "*", "*", 65500),
)
_OUTBOUND = (
    (
        "AllowVnetOutBound",
        "Allow outbound traffic from all VMs to all VMs in VNET",
        "VirtualNetwork",
        "VirtualNetwork",
        65000,
    ),
    ("AllowInternetOutBound", "Allow outbound traffic from all VMs to Internet", "*", "Internet", 65001),
    ("DenyAllOutBound", "Deny all outbound traffic", "*", "*", 65500),
)
_LISTS: dict[str, Any] = {
    "sourcePortRanges": [],
    "destinationPortRanges": [],
    "sourceAddressPrefixes": [],
    "destinationAddressPrefixes": [],
}


def _default_rules(record: Record, etag: str) -> list[Json]:
    rules = [(*rule, "Inbound") for rule in _INBOUND] + [(*rule, "Outbound") for rule in _OUTBOUND]
    return [
        {
            "name": name,
            "id": f"{record.id}/defaultSecurityRules/{name}",
            "etag": etag,
            "type": f"{SECURITY_GROUP}/defaultSecurityRules",
            "properties": {
                "provisioningState": record.state,
                "description": description,
                "protocol": "*",
                "sourcePortRange": "*",
                "destinationPortRange": "*",
                "sourceAddressPrefix": source,
                "destinationAddressPrefix": destination,
                "access": "Deny" if name.startswith("Deny") else "Allow",
                "priority": priority,
                "direction": direction,
                **_LISTS,
            },
        }
        for name, description, source, destination, priority, direction in rules
    ]


def _interfaces(azure: Azure, record: Record) -> list[Record]:
    return [
        interface
        for interface in azure.store.of_type(NETWORK_INTERFACE)
        if same(reference(interface, "networkSecurityGroup"), record.id)
    ]


def _derive(azure: Azure, record: Record, _api_version: str) -> Json:
    derived: Json = {"defaultSecurityRules": _default_rules(record, f'W/"{record.etag}"')}
    subnets = subnets_referring(azure, "networkSecurityGroup", record.id)
    interfaces = _interfaces(azure, record)
    if subnets:
        derived["subnets"] = [{"id": subnet.id} for subnet in subnets]
    if interfaces:
        derived["networkInterfaces"] = [{"id": interface.id} for interface in interfaces]
    return derived


def _check_delete(azure: Azure, record: Record) -> None:
    users = subnets_referring(azure, "networkSecurityGroup", record.id) + _interfaces(azure, record)
    if users:
        message = (
            f"Network security group {record.id} cannot be deleted because it is in use by the following resources: "
            f"{', '.join(user.id for user in users)}. In order to delete the Network security group, remove the "
            "association with the resource(s). To learn how to do this, see aka.ms/deletensg."
        )
        raise network_error("InUseNetworkSecurityGroupCannotBeDeleted", message)


def _validate_rule(azure: Azure, record: Record) -> None:
    properties = record.properties
    priority, direction = properties.get("priority"), properties.get("direction")
    if not isinstance(priority, int) or not 100 <= priority <= 4096:
        message = f"Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096."
        raise network_error("SecurityRuleInvalidPriority", message)
    parent = azure.store.find(record.target.parent.path)
    assert parent is not None
    for other in azure.store.children(parent, "securityRules"):
        if other.key == record.key:
            continue
        if (other.properties.get("priority"), other.properties.get("direction")) == (priority, direction):
            message = (
                f"Security rule {record.name} conflicts with rule {other.name}. Rules cannot have the same Priority "
                "and Direction."
            )
            raise network_error("SecurityRuleConflict", message)


TYPES = (
    NetworkType(
        name=SECURITY_GROUP,
        children={"securityRules": "securityRules"},
        hidden=frozenset({"flushConnection", "subnets", "networkInterfaces", "defaultSecurityRules"}),
        check_delete=_check_delete,
        derive=_derive,
    ),
    NetworkType(
        name=f"{SECURITY_GROUP}/securityRules",
        defaults=_LISTS,
        has_guid=False,
        validate=_validate_rule,
    ),
)
