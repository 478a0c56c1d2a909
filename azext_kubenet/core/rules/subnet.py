"""Rules of the subnet and virtual network that a cluster's nodes go into. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..azure import limits
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.regions import same_region
from ..azure.resource_id import text_of
from ..azure.unreadable import Unreadable
from ..clusters.application_gateways import gateways_in
from ..clusters.existing import other_clusters
from ..clusters.longest_prefix import public_egress
from ..clusters.names import names_too_long
from ..clusters.node_routes import VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY
from ..clusters.pool_subnets import pool_subnets
from ..clusters.request import ClusterRequest
from ..clusters.sharing import hidden_node_groups
from .repairs import ANOTHER_SUBNET, update_subnet, write_virtual_network_again
from .rule import Confirmation, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import DESCRIPTION, FIXED, NEXT_HOP, OCCUPIED

if TYPE_CHECKING:
    from ..azure.managed_clusters import ManagedCluster, RunningCluster
    from ..azure.route_tables import RouteTable

AKS_DELEGATION: Final = "microsoft.containerservice/managedclusters"
OWN_EGRESS: Final = ("loadBalancer", "managedNATGateway")


@rule(
    code="SN1",
    title="virtual network is in the cluster's region and subscription",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Use a virtual network in the cluster's region and subscription, or create the cluster in "
    "those of the network.",
    no_command=FIXED,
    sources=("https://learn.microsoft.com/azure/aks/concepts-network-legacy-cni",),
)
def virtual_network_is_beside_the_cluster(
    cluster: ClusterRequest, subnet: Subnet, virtual_network: VirtualNetwork | Unreadable
) -> Iterator[Outcome]:
    """Nodes take their addresses from the virtual network, and a network interface can only join a network of its own
    region and subscription.
    """
    if cluster.location is None and cluster.cluster_id is None:
        yield NotApplicable(message="Not applicable: neither the cluster's region nor its id is given.")
        return
    if subnet.id is not None and cluster.cluster_id is not None:
        wanted, actual = cluster.cluster_id.subscription_id, subnet.id.subscription_id
        if wanted.lower() != actual.lower():
            yield Violation(
                message=f"Subnet '{subnet.name}' is in subscription {actual}; the cluster is in {wanted}.",
                resource_id=str(subnet.id.parent),
                evidence={"subscription": actual, "clusterSubscription": wanted},
            )
    if cluster.location is None:
        return
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif virtual_network.location and not same_region(virtual_network.location, cluster.location):
        yield Violation(
            message=f"Virtual network '{virtual_network.name}' is in {virtual_network.location}; "
            f"the cluster is to be in {cluster.location}.",
            resource_id=text_of(virtual_network.id),
            evidence={"location": virtual_network.location, "clusterLocation": cluster.location},
        )


@rule(
    code="SN2",
    title="subnet is not delegated to another service",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Use another subnet, or remove the delegation.",
    when_running="Remove the delegation, or move the nodes to a node pool in another subnet.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/subnetisdelegated-error",
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://github.com/MicrosoftDocs/azure-docs/issues/69774",
    ),
    of_each_subnet=True,
)
def subnet_is_not_delegated(subnet: Subnet) -> Iterator[Outcome]:
    """A delegated subnet belongs to the service it is delegated to, and AKS refuses it with SubnetIsDelegated. Of the
    delegation to AKS itself, Microsoft.ContainerService/managedClusters, which is for API servers, the sources say
    both: the page of that error lets it through, and reports show it refused. That one is a warning.
    """
    for service in subnet.delegations:
        own = service.lower() == AKS_DELEGATION
        contradiction = (
            " AKS's documentation of SubnetIsDelegated allows this one, but it was seen to be refused." if own else ""
        )
        yield Violation(
            message=f"Subnet '{subnet.name}' is delegated to {service}; a subnet for nodes must have no delegation."
            f"{contradiction}",
            resource_id=text_of(subnet.id),
            evidence={"delegation": service},
            severity=Severity.WARNING if own else None,
            destructive_commands=update_subnet(subnet.id, remove="delegations"),
        )


@rule(
    code="SN3",
    title="no other cluster uses the subnet",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Give each kubenet cluster a subnet of its own.",
    when_running="Recreate one of the clusters in a subnet and on a route table of its own.",
    sources=(
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://github.com/MicrosoftDocs/azure-docs/issues/37462",
    ),
    of_each_subnet=True,
)
def subnet_serves_one_cluster(
    cluster: ClusterRequest, subnet: Subnet, managed_clusters: tuple[ManagedCluster, ...] | Unreadable
) -> Iterator[Outcome]:
    """A subnet has one route table, and every kubenet cluster needs its own: with two clusters in a subnet one of them
    loses the routes to its pods, which shows as sporadic failures. A cluster that the caller may not see is recognised
    by the scale sets of its nodes that hold addresses of the subnet.
    """
    for each in other_clusters(cluster.cluster_id, managed_clusters):
        if subnet.id not in each.subnet_ids:
            continue
        yield Violation(
            message=f"Subnet '{subnet.name}' is already used by cluster '{each.id.name}' "
            f"in resource group '{each.id.resource_group}'; a kubenet cluster needs a subnet of its own.",
            resource_id=text_of(subnet.id),
            evidence={"cluster": str(each.id), "networkPlugin": each.network_plugin},
            replan=ANOTHER_SUBNET,
        )
    hidden = hidden_node_groups(cluster.cluster_id, (subnet,), managed_clusters)
    for _, group in hidden:
        yield Violation(
            message=f"Subnet '{subnet.name}' holds AKS nodes of resource group '{group}', whose cluster cannot be "
            "seen; a kubenet cluster needs a subnet of its own.",
            resource_id=text_of(subnet.id),
            evidence={"nodeResourceGroup": group},
            replan=ANOTHER_SUBNET,
        )
    if isinstance(managed_clusters, Unreadable) and not hidden:
        yield Unknown(cause=managed_clusters)


@rule(
    code="SN4",
    title="subnet holds no resources of another service",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Use another subnet, or delete the other service's resources so that its links are removed.",
    when_running="Delete the other service's resources so that its links are removed, or move the nodes to a node "
    "pool in another subnet.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/"
        "subnet-with-external-resources-cannot-be-used-by-other-resources",
        "https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure",
    ),
    of_each_subnet=True,
)
def subnet_has_no_service_links(subnet: Subnet) -> Iterator[Outcome]:
    """A service association link, a resource navigation link, a network intent policy or a `subnetID` says that a
    service has put its own resources into the subnet. AKS refuses links with
    SubnetWithExternalResourcesCannotBeUsedByOtherResources; the other two are marks of the same kind, such as SQL
    Managed Instance leaves. Nothing else can be in the subnet of an Application Gateway.
    """
    links = [("service association link", link) for link in subnet.service_association_links]
    links += [("resource navigation link", link) for link in subnet.resource_navigation_links]
    links += [("network intent policy", policy) for policy in subnet.network_intent_policies]
    links += [("service's subnetID", subnet.injected_subnet_id)] if subnet.injected_subnet_id else []
    links += [("Application Gateway", str(gateway)) for gateway in gateways_in(subnet)]
    for kind, link in links:
        article = "an" if kind.startswith("A") else "a"
        yield Violation(
            message=f"Subnet '{subnet.name}' has {article} {kind}, {link}; a subnet for nodes must have none.",
            resource_id=text_of(subnet.id),
            evidence={"kind": kind, "link": link},
            replan=ANOTHER_SUBNET,
        )


@rule(
    code="SN5",
    title="virtual network is in state Succeeded",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Wait until the running change has ended, or repair the network by updating it once more.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/"
        "virtualnetworknotinsucceededstate-error",
    ),
)
def virtual_network_is_provisioned(virtual_network: VirtualNetwork) -> Iterator[Outcome]:
    """While a virtual network is being changed, or after a change of it has failed, AKS refuses it with
    VirtualNetworkNotInSucceededState.
    """
    state = virtual_network.provisioning_state
    if state.lower() != "succeeded":
        yield Violation(
            message=f"Virtual network '{virtual_network.name}' is in state '{state}'; AKS expects 'Succeeded'.",
            resource_id=text_of(virtual_network.id),
            evidence={"provisioningState": state},
            commands=write_virtual_network_again(virtual_network.id),
        )


@rule(
    code="SN6",
    title="all node pools are in one virtual network",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Choose subnets of one virtual network for all node pools.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/node-pool-unique-subnet",),
)
def node_pools_share_a_virtual_network(
    subnet: Subnet,
    further_subnets: tuple[Subnet, ...] | None,
    running_cluster: RunningCluster | Unreadable | None,
) -> Iterator[Outcome]:
    """Node pools may have subnets of their own, but all of one virtual network."""
    all_subnets = [each for each in pool_subnets(running_cluster) if isinstance(each, Subnet)] + [
        subnet,
        *(further_subnets or ()),
    ]
    first, others = all_subnets[0], all_subnets[1:]
    if all(each.id == first.id for each in others):
        yield NotApplicable(message="Not applicable: all node pools are in one subnet.")
    for further in others:
        if first.id is None or further.id is None or further.id.parent == first.id.parent:
            continue
        yield Violation(
            message=f"Subnet '{further.name}' is in virtual network '{further.id.parent.name}'; "
            f"the first pool's subnet '{first.name}' is in '{first.id.parent.name}'.",
            resource_id=str(further.id),
            evidence={"virtualNetwork": str(further.id.parent), "expected": str(first.id.parent)},
        )


@rule(
    code="SN7",
    title="subnet's addresses are not shared with private endpoints",
    severity=Severity.INFO,
    stage=Stage.VALIDATE,
    remediation="Move private endpoints into a subnet of their own where addresses are scarce.",
    no_command=OCCUPIED,
    sources=("https://learn.microsoft.com/azure/aks/concepts-network-cni-overview",),
    of_each_subnet=True,
)
def subnet_has_no_private_endpoints(subnet: Subnet) -> Iterator[Outcome]:
    """Service endpoints are allowed on a subnet for nodes and cost nothing. Private endpoints are allowed too, but each
    takes an address that a node could have.
    """
    count = len(subnet.private_endpoints)
    if count:
        yield Violation(
            message=f"Subnet '{subnet.name}' holds private endpoints ({count}); each takes an address from the nodes.",
            resource_id=text_of(subnet.id),
            evidence={"privateEndpoints": subnet.private_endpoints},
        )
    elif subnet.service_endpoints:
        yield Confirmation(
            message=f"Subnet '{subnet.name}' has service endpoints, which are allowed, and no private endpoints.",
            resource_id=text_of(subnet.id),
            evidence={"serviceEndpoints": subnet.service_endpoints},
        )


@rule(
    code="SN8",
    title=f"names of subnet, virtual network and resource group have {limits.LONGEST_RESOURCE_NAME} characters at most",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Choose shorter names where a later move to Azure CNI Overlay is planned.",
    when_running="Plan to recreate the cluster under shorter names: resources cannot be renamed, and kubenet "
    "itself works with long names.",
    no_command=FIXED,
    sources=("https://learn.microsoft.com/azure/aks/azure-cni-overlay",),
    of_each_subnet=True,
)
def names_are_short_enough_for_overlay(subnet: Subnet) -> Iterator[Outcome]:
    """Azure CNI Overlay does not work with longer names, because they become labels of nodes. Kubenet does, but it
    ends, and a network cannot be renamed at the time of the move.
    """
    for each in names_too_long(subnet):
        yield Violation(
            message=f"The name of {each.kind} '{each.name}' has {len(each.name)} characters; "
            f"Azure CNI Overlay allows {limits.LONGEST_RESOURCE_NAME}.",
            resource_id=each.scope,
            evidence={"name": each.name, "length": len(each.name), "limit": limits.LONGEST_RESOURCE_NAME},
        )


@rule(
    code="SN9",
    title="private subnet has an explicit way out",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Give the subnet a NAT gateway or a default route to an appliance, or choose loadBalancer.",
    when_running="Give the subnet a NAT gateway or a default route to an appliance, or change the outbound type: "
    "az aks update --outbound-type loadBalancer.",
    no_command=NEXT_HOP,
    sources=("https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access",),
    of_each_subnet=True,
)
def private_subnet_has_explicit_egress(
    cluster: ClusterRequest, subnet: Subnet, route_table: RouteTable | Unreadable | None
) -> Iterator[Outcome]:
    """With defaultOutboundAccess=false Azure lends the nodes no address for the internet, and nodes that cannot reach
    the cluster's control plane and registries do not become ready. The outbound type loadBalancer brings its own way
    out; others rely on a NAT gateway or a default route that has to be there (an inference from the documentation).
    """
    if subnet.default_outbound_access is not False:
        return
    outbound = cluster.effective_outbound_type
    if outbound in OWN_EGRESS or subnet.nat_gateway_id is not None:
        yield Confirmation(
            message=f"Subnet '{subnet.name}' has no default outbound access and does not need it.",
            resource_id=text_of(subnet.id),
            evidence={
                "defaultOutboundAccess": False,
                "outboundType": outbound,
                "natGateway": text_of(subnet.nat_gateway_id),
            },
        )
        return
    if isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
        return
    if not public_egress(route_table).is_much(VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY):
        yield Violation(
            message=f"Subnet '{subnet.name}' has no default outbound access, no NAT gateway and no default route to an "
            f"appliance or gateway; with the outbound type {outbound} its nodes have no way out.",
            resource_id=text_of(subnet.id),
            evidence={"defaultOutboundAccess": False, "outboundType": outbound},
        )


RULES: Final = (
    virtual_network_is_beside_the_cluster,
    subnet_is_not_delegated,
    subnet_serves_one_cluster,
    subnet_has_no_service_links,
    virtual_network_is_provisioned,
    node_pools_share_a_virtual_network,
    subnet_has_no_private_endpoints,
    names_are_short_enough_for_overlay,
    private_subnet_has_explicit_egress,
)
