"""Which rule a refusal of the service belongs to, so that it can be repaired like a finding. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from . import all_rules
from .rule import Rule

MISSING_ROUTE_TABLE_ROLE: Final = "CustomRouteTableMissingPermission"
MISSING_LINKED_ROLE: Final = "LinkedAuthorizationFailed"
TOO_SMALL: Final = "InsufficientSubnetSize"

RETRYABLE_CODES: Final = frozenset({MISSING_ROUTE_TABLE_ROLE, MISSING_LINKED_ROLE})
"""Refusals that a role assignment still under way explains.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"""

RULE_OF_CODE: Final[Mapping[str, str]] = {
    "AgentPoolsWithEmptySubnetError": "SN6",
    "CustomRouteTableCannotCrossSubscription": "RT6",
    "CustomRouteTableMissingServicePrincipalPermission": "ID3",
    MISSING_ROUTE_TABLE_ROLE: "ID3",
    "CustomRouteTableWithMSINotSupported": "ID1",
    "CustomRouteTableWithUnsupportedMSIType": "ID1",
    "DnsServiceIpOutOfServiceCidr": "SVC3",
    "ExistingRouteTableNotAssociatedWithSubnet": "EG1",
    "InsufficientMaxPods": "POD4",
    "InsufficientPodCidr": "POD1",
    TOO_SMALL: "IP2",
    MISSING_LINKED_ROLE: "ID2",
    "MaxPodsLimitExceeded": "POD3",
    "NetworkProfileCIDROverlapVNET": "OVL1",
    "PodCidrOverlapExistingSubnetsCidr": "OVL1",
    "PodCidrOverlapServiceCidr": "OVL4",
    "RequestDisallowedByPolicy": "POL1",
    "ResourceNotPermittedOnDelegatedSubnet": "SN2",
    "RouteConflict": "RT3",
    "RouteTableInvalidNextHop": "EG2",
    "RouteTableMissingDefaultRouteError": "EG1",
    "ScopeLocked": "LCK1",
    "ServiceCidrOverlapExistingSubnetsCidr": "OVL2",
    "SubnetCidrOverlapServiceCidr": "OVL2",
    "SubnetIsDelegated": "SN2",
    "SubnetIsFull": "IP2",
    "SubnetMissingRouteTableAssociation": "RT5",
    "SubnetNotAssociatedWithNATGateway": "EG6",
    "SubnetWithExternalResourcesCannotBeUsedByOtherResources": "SN4",
    "TooManyCustomRouteTables": "RT2",
    "VirtualNetworkNotInSucceededState": "SN5",
}
"""Codes of the service to codes of rules.

AKS documents some of them, each on a page of its own below
https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/, and ARM those of locks, policies and
linked scopes (https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors).
Reports of failed creations hold others, such as CustomRouteTableMissingPermission
(https://github.com/Azure/AKS/issues).
The rest are names that have no public page and were not met: should the service not use one, its entry stays unread."""

_RULE_OF_WORDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    TOO_SMALL: (("networkprofile.podcidr", "POD1"),),
    MISSING_LINKED_ROLE: (
        ("routetables/join/action", "ID4"),
        ("networksecuritygroups/join/action", "ID4"),
        ("natgateways/join/action", "ID4"),
        ("userassignedidentities/assign/action", "ID10"),
    ),
}
"""Codes that stand for several things: what their message contains, in lower case, tells them apart."""


def rule_of_refusal(codes: Iterable[str], message: str) -> Rule | None:
    """The rule that the first known of `codes` belongs to; None where none of them is about the network."""
    code = next((each for each in codes if each in RULE_OF_CODE), None)
    if code is None:
        return None
    words = _RULE_OF_WORDS.get(code, ())
    name = next((of_words for text, of_words in words if text in message.lower()), RULE_OF_CODE[code])
    return next(rule for rule in all_rules() if rule.code == name)
