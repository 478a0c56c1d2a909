"""Rules about private clusters: their DNS zone, and the subnet of their API server. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure import limits
from ..azure.access import ScopeAccess
from ..azure.az_words import update_subnet
from ..azure.identity_kind import IdentityKind
from ..azure.links import PrivateDnsZone
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId, text_of
from ..azure.resource_types import CLUSTER_TYPE
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from ..rights.permissions import (
    PRIVATE_DNS_ZONE_ACTIONS,
    PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE,
    SUBNET_ACTIONS,
    VIRTUAL_NETWORK_JOIN_ACTIONS,
)
from .outcomes_of_access import is_made_later, judge_access
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule

_PRIVATE_CLUSTERS: Final = "https://learn.microsoft.com/azure/aks/private-clusters"
_API_SERVER: Final = "https://learn.microsoft.com/azure/aks/api-server-vnet-integration"


@rule(
    code="DNS1",
    title="cluster's identity may use the private DNS zone and the virtual network",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Assign Private DNS Zone Contributor on the zone and Network Contributor on the virtual network.",
    sources=(_PRIVATE_CLUSTERS,),
)
def identity_may_use_private_dns_zone(
    cluster: ClusterRequest,
    private_dns_zone: PrivateDnsZone | Unreadable | None,
    private_dns_zone_access: ScopeAccess | Unreadable | None,
    virtual_network_access: ScopeAccess | Unreadable | None,
) -> Iterator[Outcome]:
    """The cluster writes the record of its API server into the zone and links the zone to the network. With a zone of
    your own both are done on behalf of its identity, which must have the roles before the cluster is made.
    """
    zone_id = cluster.private_dns_zone_id
    if not cluster.private_cluster or zone_id is None:
        yield NotApplicable(
            message="Not applicable: this is not a private cluster with a private DNS zone of your own."
        )
        return
    if private_dns_zone is None:
        yield _missing(f"Private DNS zone '{zone_id.name}' was not found.", zone_id)
    elif is_made_later(cluster):
        yield Violation(
            message=f"A cluster with private DNS zone '{zone_id.name}' needs an identity that has its roles "
            "beforehand: a system-assigned one exists only once the cluster does.",
            resource_id=str(zone_id),
            evidence={"identityType": IdentityKind.SYSTEM_ASSIGNED.value},
            remediation="Pass a user-assigned identity with --assign-identity, or omit --private-dns-zone.",
        )
    else:
        if isinstance(private_dns_zone, Unreadable):
            yield Unknown(cause=private_dns_zone)
        zone_role = PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE
        yield from _judge(private_dns_zone_access, PRIVATE_DNS_ZONE_ACTIONS, role=zone_role)
        yield from _judge(virtual_network_access, VIRTUAL_NETWORK_JOIN_ACTIONS)


@rule(
    code="DNS2",
    title="custom DNS servers know the private cluster's zone",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Add a link from the cluster's zone to the network of the DNS servers once AKS has made the zone.",
    sources=(_PRIVATE_CLUSTERS, "https://github.com/MicrosoftDocs/azure-docs/issues/91004"),
)
def custom_dns_servers_know_the_zone(
    cluster: ClusterRequest, virtual_network: VirtualNetwork, virtual_network_access: ScopeAccess | Unreadable | None
) -> Iterator[Outcome]:
    """Without a zone of your own AKS makes one in the node resource group and links it to the cluster's network only.
    Nodes ask the custom servers, which resolve the API server's name only where the zone is linked to their network.
    The link to the cluster's network is made on behalf of its identity.
    """
    servers = virtual_network.custom_dns_servers
    if not cluster.private_cluster or cluster.private_dns_zone_id is not None or cluster.public_dns_only:
        yield NotApplicable(message="Not applicable: this is not a private cluster with the private DNS zone of AKS.")
        return
    if not servers:
        return
    yield Violation(
        message=f"Virtual network '{virtual_network.name}' has the DNS servers {', '.join(servers)}; the private DNS "
        "zone that AKS makes has to be linked to the network that they are in.",
        resource_id=text_of(virtual_network.id),
        evidence={"dnsServers": servers},
    )
    if not is_made_later(cluster):
        yield from _judge(virtual_network_access, VIRTUAL_NETWORK_JOIN_ACTIONS, severity=Severity.WARNING)


@rule(
    code="API1",
    title="API server has a subnet of its own that fits",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Give the API server a subnet of its own in the same virtual network, "
    f"/{limits.LONGEST_API_SERVER_PREFIX} or larger, delegated to AKS.",
    sources=(_API_SERVER,),
)
def api_server_subnet_fits(
    cluster: ClusterRequest,
    subnet: Subnet,
    api_server_subnet: Subnet | Unreadable | None,
    api_server_subnet_access: ScopeAccess | Unreadable | None,
) -> Iterator[Outcome]:
    """With API server VNet integration the API server's addresses are injected into a subnet that is delegated to AKS.
    No node can be in it, and the cluster's identity has to join it.
    """
    wanted = cluster.api_server_subnet_id
    if wanted is None:
        yield NotApplicable(message="Not applicable: no subnet for the API server is given.")
        return
    if wanted == subnet.id:
        yield _missing(f"Subnet '{wanted.name}' is to hold the nodes and the API server, which needs its own.", wanted)
    elif subnet.id is not None and wanted.parent != subnet.id.parent:
        yield _missing(
            f"Subnet '{wanted.name}' for the API server is in virtual network '{wanted.parent.name}', the nodes are in "
            f"'{subnet.id.parent.name}'.",
            wanted,
        )
    if isinstance(api_server_subnet, Unreadable):
        yield Unknown(cause=api_server_subnet)
    elif api_server_subnet is None:
        yield _missing(f"Subnet '{wanted.name}' for the API server was not found.", wanted)
        return
    else:
        yield from _judge_shape(wanted, api_server_subnet)
    if not is_made_later(cluster):
        yield from _judge(api_server_subnet_access, SUBNET_ACTIONS)


def _judge_shape(subnet_id: ResourceId, subnet: Subnet) -> Iterator[Outcome]:
    if not any(each.lower() == CLUSTER_TYPE.lower() for each in subnet.delegations):
        yield Violation(
            message=f"Subnet '{subnet_id.name}' for the API server is not delegated to {CLUSTER_TYPE}.",
            resource_id=str(subnet_id),
            commands=() if subnet.delegations else (update_subnet(subnet_id, delegations=CLUSTER_TYPE),),
        )
    longest = min((prefix.prefixlen for prefix in subnet.address_prefixes), default=0)
    if longest > limits.LONGEST_API_SERVER_PREFIX:
        yield _missing(
            f"Subnet '{subnet_id.name}' for the API server is a /{longest}; it needs at least a "
            f"/{limits.LONGEST_API_SERVER_PREFIX}.",
            subnet_id,
        )


def _missing(message: str, resource_id: ResourceId) -> Violation:
    return Violation(message=message, resource_id=str(resource_id))


def _judge(
    access: ScopeAccess | Unreadable | None,
    actions: tuple[str, ...],
    *,
    severity: Severity | None = None,
    **role: str,
) -> Iterator[Outcome]:
    """What the identity may do there."""
    if isinstance(access, Unreadable):
        yield Unknown(cause=access, severity=severity)
    elif access is None:
        yield NotApplicable(message="Not applicable: no identity is given whose roles could be looked at.")
    else:
        yield from judge_access(access, actions, severity=severity, **role)


RULES: Final = (
    identity_may_use_private_dns_zone,
    custom_dns_servers_know_the_zone,
    api_server_subnet_fits,
)
