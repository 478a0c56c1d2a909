"""Refusals of the service and the rules they belong to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.of_refusal import RETRYABLE_CODES, RULE_OF_CODE, rule_of_refusal

ERRORS = Path(__file__).resolve().parents[4] / "shared" / "reference" / "errors.json"


@pytest.mark.parametrize(("code", "rule"), RULE_OF_CODE.items())
def test_every_known_code_belongs_to_a_rule_of_the_catalogue(code: str, rule: str) -> None:
    found = rule_of_refusal((code,), "")
    assert found is not None
    assert found.code == rule
    assert found in all_rules()


@pytest.mark.parametrize(
    ("code", "message", "rule"),
    [
        ("RouteTableMissingDefaultRouteError", "", "EG1"),
        ("SubnetNotAssociatedWithNATGateway", "", "EG6"),
        ("InsufficientSubnetSize", "Pre-allocated IPs 333 exceeds IPs available in Subnet 251", "IP2"),
        ("InsufficientSubnetSize", "... Subnet Name networkProfile.podCIDR. If Autoscaler", "POD1"),
        ("LinkedAuthorizationFailed", "perform action 'Microsoft.Network/virtualNetworks/subnets/join/action'", "ID2"),
        ("LinkedAuthorizationFailed", "perform action 'Microsoft.Network/routeTables/join/action'", "ID4"),
        ("LinkedAuthorizationFailed", "action 'Microsoft.Network/networkSecurityGroups/join/action'", "ID4"),
        ("LinkedAuthorizationFailed", "action 'Microsoft.Network/natGateways/join/action'", "ID4"),
        ("LinkedAuthorizationFailed", "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'", "ID10"),
    ],
)
def test_the_message_tells_apart_what_one_code_stands_for(code: str, message: str, rule: str) -> None:
    found = rule_of_refusal((code,), message)
    assert found is not None
    assert found.code == rule


def test_the_first_code_that_is_known_decides() -> None:
    found = rule_of_refusal(("BadRequest", "SubnetIsDelegated", "SubnetIsFull"), "")
    assert found is not None
    assert found.code == "SN2"


@pytest.mark.parametrize("codes", [(), ("QuotaExceeded",), ("subnetisfull",)])
def test_other_codes_belong_to_no_rule(codes: tuple[str, ...]) -> None:
    assert rule_of_refusal(codes, "networkProfile.podCIDR") is None


def test_only_missing_roles_are_worth_another_try() -> None:
    assert {"CustomRouteTableMissingPermission", "LinkedAuthorizationFailed"} == RETRYABLE_CODES


# What refuses a network to AKS; the other records are of other services, of deletion, or of conflicts.
REFUSED_CREATIONS = {
    "CustomRouteTableMissingPermission",
    "CustomRouteTableWithUnsupportedMSIType",
    "DnsServiceIpOutOfServiceCidr",
    "InsufficientSubnetSize",
    "LinkedAuthorizationFailed",
    "NetworkProfileCIDROverlapVNET",
    "RouteConflict",
    "RouteTableInvalidNextHop",
    "ScopeLocked",
    "ServiceCidrOverlapExistingSubnetsCidr",
    "SubnetIsDelegated",
    "SubnetIsFull",
    "SubnetWithExternalResourcesCannotBeUsedByOtherResources",
}


def test_the_refusals_of_the_reference_are_known() -> None:
    if not ERRORS.is_file():
        pytest.skip("the shared reference is not here")
    recorded = {each["code"] for each in json.loads(ERRORS.read_text(encoding="utf-8"))}
    assert recorded >= REFUSED_CREATIONS
    assert set(RULE_OF_CODE) >= REFUSED_CREATIONS
