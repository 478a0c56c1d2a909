"""Rules of the way out: outbound types against what route table and subnet give. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import text_of
from ..azure.route_tables import Route, RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.gateways import route_senders
from ..clusters.longest_prefix import public_egress
from ..clusters.node_routes import (
    DEFAULT_IPV6_DESTINATION,
    NEXT_HOP_TYPES,
    NO_NEXT_HOP,
    VIRTUAL_APPLIANCE,
    VIRTUAL_NETWORK_GATEWAY,
    destination_network,
    goes_to,
    next_hop_of,
)
from ..clusters.request import USER_ASSIGNED_NAT_GATEWAY, USER_DEFINED_ROUTING, ClusterRequest
from ..clusters.running_routes import is_made_by_aks
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import DESCRIPTION, NEXT_HOP, OUT_OF_SIGHT

SHOWN_ROUTES: Final = 3
MANAGED_NAT_GATEWAY: Final = "managedNATGateway"
ISOLATED: Final = ("none", "block")

EGRESS_UDR: Final = "https://learn.microsoft.com/azure/aks/egress-udr"
NAT_GATEWAY: Final = "https://learn.microsoft.com/azure/aks/nat-gateway"
CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"


@rule(
    code="EG1",
    title="userDefinedRouting has a route table with a default route",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Run `az aks kubenet prepare --default-route-next-hop IP`, or choose another outbound type.",
    when_running="Add a route for 0.0.0.0/0 to an appliance or gateway to the cluster's route table, or change the "
    "outbound type: az aks update --outbound-type loadBalancer.",
    no_command=NEXT_HOP,
    sources=(
        EGRESS_UDR,
        "https://github.com/MicrosoftDocs/azure-docs/issues/108240",
        "https://github.com/Azure/AKS/issues/5112",
    ),
)
def user_defined_routing_has_a_default_route(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> Iterator[Outcome]:
    """With the outbound type userDefinedRouting AKS sets up no way out itself: the nodes depend on the default route of
    the subnet's route table, and the service refuses a subnet without it (RouteTableMissingDefaultRouteError). Where
    the table lets in what a gateway or route server sends by BGP, a default route may come that does not stand in it:
    then this warns.
    """
    if cluster.effective_outbound_type != USER_DEFINED_ROUTING:
        yield _other_outbound_type(cluster)
    elif isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
    elif route_table is None:
        yield Violation(
            message=f"Subnet '{subnet.name}' has no route table; "
            "userDefinedRouting needs one with a route for 0.0.0.0/0.",
            resource_id=text_of(subnet.id),
            evidence={"outboundType": USER_DEFINED_ROUTING, "routeTable": None},
        )
    elif route_table.default_route is None:
        yield from _missing_default_route(route_table, virtual_network)


def _missing_default_route(
    route_table: RouteTable, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    learns = not route_table.disable_bgp_route_propagation
    senders = route_senders(virtual_network) if learns and isinstance(virtual_network, VirtualNetwork) else ()
    undecided = learns and isinstance(virtual_network, Unreadable)
    hint = f", unless {' or '.join(senders)} sends one by BGP" if senders else ""
    yield Violation(
        message=f"Route table '{route_table.id.name}' has no route for 0.0.0.0/0; userDefinedRouting needs one{hint}.",
        resource_id=str(route_table.id),
        evidence={"outboundType": USER_DEFINED_ROUTING, "routes": len(route_table.routes), "routeSenders": senders},
        severity=Severity.WARNING if senders or undecided else None,
    )
    if undecided and isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)


@rule(
    code="EG2",
    title="default route of userDefinedRouting goes to an appliance or a gateway",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Point the route for 0.0.0.0/0 at a VirtualAppliance or VirtualNetworkGateway.",
    no_command=NEXT_HOP,
    sources=("https://github.com/hashicorp/terraform-provider-azurerm/issues/8609", EGRESS_UDR),
)
def default_route_has_a_valid_next_hop(
    cluster: ClusterRequest, route_table: RouteTable | Unreadable | None
) -> Iterator[Outcome]:
    """With userDefinedRouting the service refuses any other next hop of 0.0.0.0/0, such as Internet, with
    RouteTableInvalidNextHop.
    """
    if cluster.effective_outbound_type != USER_DEFINED_ROUTING:
        yield _other_outbound_type(cluster)
        return
    if isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
        return
    default = None if route_table is None else route_table.default_route
    if route_table is None or default is None:
        yield NotApplicable(message="Not applicable: there is no route for 0.0.0.0/0.")
    elif not goes_to(default, VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY):
        yield Violation(
            message=f"Route '{default.name}' for 0.0.0.0/0 has the next hop {default.next_hop_type}; "
            f"only {VIRTUAL_APPLIANCE} and {VIRTUAL_NETWORK_GATEWAY} are allowed.",
            resource_id=str(route_table.id.child("routes", default.name)),
            evidence={"route": default.name, "nextHopType": default.next_hop_type},
        )


@rule(
    code="EG3",
    title="default route can be seen in the route table",
    severity=Severity.INFO,
    stage=Stage.VALIDATE,
    remediation="Look at the effective routes of a network interface in the subnet, or disable BGP route propagation.",
    no_command=OUT_OF_SIGHT,
    sources=("https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",),
)
def default_route_is_not_hidden_by_bgp(
    route_table: RouteTable, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    """A default route that a gateway or route server sends by BGP applies to the subnet while the table lets it in
    (disableBgpRoutePropagation=false), but does not stand in the table; no check here can see it (an inference from the
    documentation).
    """
    if route_table.default_route is not None or route_table.disable_bgp_route_propagation:
        return
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif virtual_network is not None and (senders := route_senders(virtual_network)):
        yield Violation(
            message=f"Route table '{route_table.id.name}' has no route for 0.0.0.0/0 and accepts routes learned "
            f"through BGP; a default route from {' or '.join(senders)} would not be seen here.",
            resource_id=str(route_table.id),
            evidence={"disableBgpRoutePropagation": False, "routeSenders": senders},
        )


@rule(
    code="EG4",
    title="answers to requests from the internet leave the way they came",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Choose the outbound type userDefinedRouting and publish services through the appliance, or remove the "
    "default route.",
    when_running="Change the outbound type (az aks update --outbound-type userDefinedRouting) and publish services "
    "through the appliance, or remove the default route.",
    no_command=NEXT_HOP,
    sources=(
        "https://learn.microsoft.com/azure/aks/limit-egress-traffic",
        "https://github.com/Azure/AKS/issues/3700",
        "https://github.com/Azure/AKS/issues/2334",
    ),
)
def public_services_are_answered_symmetrically(
    cluster: ClusterRequest, route_table: RouteTable | Unreadable | None
) -> Iterator[Outcome]:
    """Requests to a public service come in through a public load balancer, but with a default route to an appliance or
    gateway, whole or in halves, the answers leave there, which has not seen the request and drops them. That holds for
    every outbound type; with userDefinedRouting it is only the services' way that has to change.
    """
    outbound = cluster.effective_outbound_type
    if outbound in ISOLATED:
        yield _other_outbound_type(cluster)
        return
    if isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
        return
    egress = public_egress(route_table)
    if route_table is None or not egress.is_much(VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY):
        return
    route = egress.by(VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY)[0]
    routed = outbound == USER_DEFINED_ROUTING
    yield Violation(
        message=f"Route '{route.name}' sends {route.destination} to {next_hop_of(route)}, and the outbound type is "
        f"{outbound}: responses to requests that arrive through a public load balancer take a different path back.",
        resource_id=str(route_table.id.child("routes", route.name)),
        evidence={
            "outboundType": outbound,
            "route": route.name,
            "nextHopType": route.next_hop_type,
            "nextHop": None if route.next_hop_ip is None else str(route.next_hop_ip),
        },
        remediation="Publish services through the appliance: DNAT to an internal load balancer." if routed else None,
    )


@rule(
    code="EG5",
    title="managedNATGateway is not used with a subnet of your own",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Choose loadBalancer, userDefinedRouting or userAssignedNATGateway in a subnet of your own.",
    when_running="Change the outbound type: az aks update --outbound-type loadBalancer.",
    no_command=DESCRIPTION,
    sources=(NAT_GATEWAY,),
)
def managed_nat_gateway_has_no_own_subnet(cluster: ClusterRequest, subnet: Subnet) -> Iterator[Outcome]:
    """AKS puts its managed NAT gateway on a subnet that it made itself; with another subnet `az aks create` refuses the
    outbound type.
    """
    if subnet.id is not None and is_made_by_aks(subnet.id, cluster.node_resource_group):
        yield NotApplicable(message="Not applicable: AKS made the subnet, in the node resource group.")
    elif cluster.effective_outbound_type == MANAGED_NAT_GATEWAY:
        yield Violation(
            message=f"The outbound type is managedNATGateway, but subnet '{subnet.name}' is one of your own.",
            resource_id=text_of(subnet.id),
            evidence={"outboundType": MANAGED_NAT_GATEWAY},
        )


@rule(
    code="EG6",
    title="userAssignedNATGateway has a NAT gateway on the subnet",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Associate a NAT gateway with the subnet, or choose another outbound type.",
    when_running="Associate a NAT gateway with the subnet, or change the outbound type: az aks update "
    "--outbound-type loadBalancer.",
    no_command=NEXT_HOP,
    sources=(NAT_GATEWAY,),
    of_each_subnet=True,
)
def user_assigned_nat_gateway_is_on_the_subnet(cluster: ClusterRequest, subnet: Subnet) -> Iterator[Outcome]:
    """With userAssignedNATGateway AKS sets up no way out itself and relies on the NAT gateway of the subnet. The
    documentation describes that with Azure CNI only, so on kubenet it stays a warning even when the gateway is there.
    """
    if cluster.effective_outbound_type != USER_ASSIGNED_NAT_GATEWAY:
        yield _other_outbound_type(cluster)
    elif subnet.nat_gateway_id is None:
        yield Violation(
            message=f"Subnet '{subnet.name}' has no NAT gateway; userAssignedNATGateway needs one there.",
            resource_id=text_of(subnet.id),
            evidence={"outboundType": USER_ASSIGNED_NAT_GATEWAY, "natGateway": None},
        )
    else:
        yield Violation(
            message=f"Subnet '{subnet.name}' has the NAT gateway '{subnet.nat_gateway_id.name}', but "
            "userAssignedNATGateway is documented with Azure CNI only, not with kubenet.",
            resource_id=text_of(subnet.id),
            evidence={"outboundType": USER_ASSIGNED_NAT_GATEWAY, "natGateway": str(subnet.nat_gateway_id)},
            severity=Severity.WARNING,
            remediation="Change the outbound type where egress fails: az aks update --outbound-type loadBalancer."
            if cluster.runs
            else "Try egress before production, or choose loadBalancer or userDefinedRouting.",
        )


@rule(
    code="EG7",
    title="cluster is not network isolated",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Choose loadBalancer, userDefinedRouting or userAssignedNATGateway; isolated clusters need Azure CNI.",
    when_running="Change the outbound type: az aks update --outbound-type loadBalancer.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/concepts-network-isolated",),
)
def outbound_type_is_not_isolated(cluster: ClusterRequest) -> Iterator[Outcome]:
    """The outbound types none and block are for network isolated clusters, which do not support kubenet."""
    if cluster.effective_outbound_type in ISOLATED:
        yield Violation(
            message=f"The outbound type is {cluster.effective_outbound_type}; isolated clusters cannot use kubenet.",
            evidence={"outboundType": cluster.effective_outbound_type},
        )


@rule(
    code="EG8",
    title="dual-stack userDefinedRouting has a default route for IPv6",
    severity=Severity.WARNING,
    stage=Stage.CREATE,
    remediation="Add a route for ::/0 to the route table.",
    no_command=NEXT_HOP,
    sources=("https://learn.microsoft.com/azure/aks/configure-dual-stack",),
)
def dual_stack_has_an_ipv6_default_route(
    cluster: ClusterRequest, route_table: RouteTable | Unreadable | None
) -> Iterator[Outcome]:
    """On a dual-stack cluster userDefinedRouting needs a way out for each family; the route for 0.0.0.0/0 carries no
    IPv6.
    """
    if cluster.effective_outbound_type != USER_DEFINED_ROUTING or "IPv6" not in cluster.ip_families:
        yield NotApplicable(message="Not applicable: the cluster is not dual stack with userDefinedRouting.")
    elif isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
    elif route_table is None:
        yield NotApplicable(message="Not applicable: the subnet has no route table.")
    elif all(destination_network(route) != DEFAULT_IPV6_DESTINATION for route in route_table.routes):
        yield Violation(
            message=f"Route table '{route_table.id.name}' has no route for ::/0, but the cluster is dual stack.",
            resource_id=str(route_table.id),
            evidence={"outboundType": USER_DEFINED_ROUTING, "ipFamilies": cluster.ip_families},
        )


@rule(
    code="EG10",
    title="route table of your own has a default route",
    severity=Severity.INFO,
    stage=Stage.VALIDATE,
    remediation="Add a route for 0.0.0.0/0 where egress has to go through an appliance or a gateway.",
    no_command=NEXT_HOP,
    sources=(CONFIGURE_KUBENET,),
)
def own_route_table_has_a_default_route(cluster: ClusterRequest, route_table: RouteTable) -> Iterator[Outcome]:
    """The documentation asks for a 0.0.0.0/0 route on a table of your own in general, but only userDefinedRouting
    depends on it, and there EG1 is the error. Elsewhere this informs: egress leaves as the outbound type says.
    """
    outbound = cluster.effective_outbound_type
    if is_made_by_aks(route_table.id, cluster.node_resource_group):
        yield NotApplicable(message="Not applicable: AKS made the route table, in the node resource group.")
    elif outbound == USER_DEFINED_ROUTING or outbound in ISOLATED:
        yield NotApplicable(message=f"Not applicable: the outbound type is {outbound}.")
    elif not public_egress(route_table).is_much(*NEXT_HOP_TYPES):
        yield Violation(
            message=f"Route table '{route_table.id.name}' has no route for 0.0.0.0/0; egress uses the outbound "
            f"type {outbound}.",
            resource_id=str(route_table.id),
            evidence={"outboundType": outbound},
        )


@rule(
    code="EG9",
    title="private cluster with a route table of your own uses Azure's DNS",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Use Azure's DNS on the virtual network, make the cluster public, or let AKS make the route table.",
    no_command="How names are resolved is up to whoever runs the DNS servers.",
    sources=("https://learn.microsoft.com/azure/aks/private-clusters",),
)
def private_cluster_uses_azure_dns(
    cluster: ClusterRequest,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> Iterator[Outcome]:
    """The creation of a private kubenet cluster with a route table of your own and custom DNS servers fails. Azure's
    own DNS, {limits.PLATFORM_ADDRESS}, does not count as custom.
    """
    if not cluster.private_cluster or route_table is None or virtual_network is None or cluster.runs:
        yield NotApplicable(message="Not applicable: this is not a private cluster with a route table of your own.")
    elif isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif not virtual_network.custom_dns_servers:
        return
    elif isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
    else:
        yield Violation(
            message=f"Virtual network '{virtual_network.name}' has the DNS servers "
            f"{', '.join(virtual_network.custom_dns_servers)}, and the subnet the route table '{route_table.id.name}'; "
            "a private cluster cannot be created with both.",
            resource_id=text_of(virtual_network.id),
            evidence={"dnsServers": virtual_network.custom_dns_servers, "routeTable": str(route_table.id)},
        )


@rule(
    code="EG11",
    title="egress ends somewhere",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Point the route for 0.0.0.0/0 at an appliance or gateway, or remove it.",
    no_command=NEXT_HOP,
    sources=(
        "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
        "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
    ),
)
def egress_ends_somewhere(cluster: ClusterRequest, route_table: RouteTable | Unreadable | None) -> Iterator[Outcome]:
    """A cluster needs outbound connectivity, and a route with the next hop None drops what it decides, whatever the
    outbound type: where 0.0.0.0/0, or halves of it, go there, nodes do not become ready. Longer routes and those for
    service tags win over it; where they leave a way for a part this warns.
    """
    if cluster.effective_outbound_type in ISOLATED:
        yield _other_outbound_type(cluster)
        return
    if isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)
        return
    egress = public_egress(route_table)
    if route_table is None or not egress.is_much(NO_NEXT_HOP):
        return
    dropping = egress.by(NO_NEXT_HOP)
    tags = tuple(route.destination for route in route_table.routes if _leads_to_a_service(route))
    whole = egress.is_all(NO_NEXT_HOP)
    what = "everything" if whole and not tags else f"all but {', '.join(tags)}" if whole else "a large part"
    names = ", ".join(f"'{route.name}' ({route.destination})" for route in dropping[:SHOWN_ROUTES])
    yield Violation(
        message=f"Route table '{route_table.id.name}' drops {what} of the traffic to the internet: "
        f"the next hop of {names} is None.",
        resource_id=str(route_table.id.child("routes", dropping[0].name)),
        evidence={
            "routes": tuple(route.name for route in dropping[:SHOWN_ROUTES]),
            "serviceTags": tags,
            "nextHopType": NO_NEXT_HOP,
        },
        severity=None if whole and not tags else Severity.WARNING,
    )


def _leads_to_a_service(route: Route) -> bool:
    """Whether the route gives a service tag another way than nowhere."""
    return destination_network(route) is None and not goes_to(route, NO_NEXT_HOP)


def _other_outbound_type(cluster: ClusterRequest) -> NotApplicable:
    return NotApplicable(message=f"Not applicable: the outbound type is {cluster.effective_outbound_type}.")


RULES: Final = (
    user_defined_routing_has_a_default_route,
    default_route_has_a_valid_next_hop,
    default_route_is_not_hidden_by_bgp,
    public_services_are_answered_symmetrically,
    managed_nat_gateway_has_no_own_subnet,
    user_assigned_nat_gateway_is_on_the_subnet,
    outbound_type_is_not_isolated,
    dual_stack_has_an_ipv6_default_route,
    own_route_table_has_a_default_route,
    private_cluster_uses_azure_dns,
    egress_ends_somewhere,
)
