"""The rule of subnets that services have by their names: apart, as a plan knows the name of its subnet only. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure.networks import Subnet
from ..azure.resource_id import text_of
from .repairs import ANOTHER_SUBNET
from .rule import Outcome, Severity, Stage, Violation, rule

SERVICE_OF_SUBNET: Final = {
    "gatewaysubnet": "virtual network gateways",
    "azurefirewallsubnet": "Azure Firewall",
    "azurefirewallmanagementsubnet": "Azure Firewall",
    "azurebastionsubnet": "Azure Bastion",
    "routeserversubnet": "Azure Route Server",
}


@rule(
    code="SN10",
    title="subnet is not one that Azure keeps for a service",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Use a subnet of another name.",
    when_running="Move the nodes to a node pool in another subnet of the virtual network.",
    sources=(
        "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#gwsub",
        "https://learn.microsoft.com/azure/firewall/firewall-faq",
        "https://learn.microsoft.com/azure/bastion/configuration-settings#subnet",
        "https://learn.microsoft.com/azure/route-server/route-server-faq",
    ),
    of_each_subnet=True,
)
def subnet_is_not_a_service_subnet(subnet: Subnet) -> Iterator[Outcome]:
    """Gateways, Azure Firewall, Bastion and Route Server have their subnets by name, and nothing else may be in them.
    Nodes would take the addresses of the service, and its routes theirs.
    """
    if subnet.name.lower() in SERVICE_OF_SUBNET:
        service = SERVICE_OF_SUBNET[subnet.name.lower()]
        yield Violation(
            message=f"Subnet '{subnet.name}' is kept for {service}; nodes cannot be in it.",
            resource_id=text_of(subnet.id),
            evidence={"subnet": subnet.name, "service": service},
            replan=ANOTHER_SUBNET,
        )


RULES: Final = (subnet_is_not_a_service_subnet,)
