"""Rules of what kubenet does not support, and of its end. No IO, and light to import: `plan` uses it too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from ..azure import limits
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId, text_of
from ..azure.unreadable import Unreadable, seen
from ..clusters.gateways import application_gateway_subnets
from ..clusters.longest_prefix import public_egress
from ..clusters.node_routes import NO_NEXT_HOP, VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY, next_hop_of
from ..clusters.request import ClusterRequest, OsType
from ..clusters.sharing import subnets_on_table
from .repairs import associate_route_table
from .rule import Confirmation, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import AT_THE_MOVE, DESCRIPTION

if TYPE_CHECKING:
    from ..azure.route_tables import Route, RouteTable

CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"
UPDATE_AZURE_CNI: Final = "https://learn.microsoft.com/azure/aks/update-azure-cni"

VIRTUAL_NODE_ADDONS: Final = frozenset({"virtualnode", "aciconnector", "aciconnectorlinux"})
INGRESS_GATEWAY_ADDONS: Final = frozenset({"ingressappgw", "ingressapplicationgateway"})
BEYOND_GATEWAYS: Final = (VIRTUAL_APPLIANCE, VIRTUAL_NETWORK_GATEWAY, NO_NEXT_HOP)
"""Next hops of 0.0.0.0/0 that an Application Gateway cannot have."""
GATEWAY_FOR_CONTAINERS_ADDONS: Final = frozenset({"applicationloadbalancer", "applicationgatewayforcontainers"})


@rule(
    code="UN1",
    title="node pools run Linux",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Use Azure CNI Overlay for Windows node pools.",
    no_command=DESCRIPTION,
    sources=(CONFIGURE_KUBENET,),
)
def node_pools_run_linux(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Kubenet has no Windows nodes."""
    for pool in cluster.node_pools:
        if pool.os_type is OsType.WINDOWS:
            yield Violation(
                message=f"Node pool '{pool.name}' runs Windows; kubenet supports Linux only.",
                evidence={"nodePool": pool.name, "osType": pool.os_type.value},
            )


@rule(
    code="UN2",
    title="virtual nodes are not asked for",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Omit the virtual-node add-on, or use Azure CNI with node subnets.",
    when_running="Disable the virtual-node add-on: az aks disable-addons --addons virtual-node.",
    no_command=DESCRIPTION,
    sources=(CONFIGURE_KUBENET,),
)
def virtual_nodes_are_not_asked_for(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Virtual nodes give pods addresses of a subnet, which kubenet does not do."""
    for addon in filter(is_virtual_nodes, cluster.addons):
        yield Violation(
            message=f"The add-on '{addon}' needs Azure CNI; kubenet does not support virtual nodes.",
            evidence={"addon": addon},
        )


@rule(
    code="UN3",
    title="network policy is not Azure's",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Choose calico or none as network policy.",
    when_running="Uninstall the engine: az aks update --network-policy none.",
    no_command=DESCRIPTION,
    sources=(CONFIGURE_KUBENET, UPDATE_AZURE_CNI),
)
def network_policy_is_not_azure(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Azure network policy works with Azure CNI only. Calico works with kubenet, but has to be uninstalled before the
    cluster can move to Azure CNI Overlay.
    """
    policy = (cluster.network_policy or "none").lower()
    if policy == "azure":
        yield Violation(
            message="The network policy is azure; kubenet supports calico or none.",
            evidence={"networkPolicy": policy},
        )
    elif policy == "calico":
        yield Confirmation(
            message="The network policy calico works with kubenet; it must be uninstalled before a move to "
            "Azure CNI Overlay.",
            evidence={"networkPolicy": policy},
        )


@rule(
    code="UN4",
    title="data plane and network policy are not Cilium",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Omit Cilium, or use Azure CNI Overlay, to which a kubenet cluster has to move first.",
    no_command=DESCRIPTION,
    sources=(UPDATE_AZURE_CNI,),
)
def cilium_is_not_asked_for(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Azure CNI powered by Cilium is a data plane of Azure CNI; kubenet has none."""
    wanted = (("network data plane", cluster.network_dataplane), ("network policy", cluster.network_policy))
    for kind, value in wanted:
        if value is not None and value.lower() == "cilium":
            yield Violation(
                message=f"The {kind} is cilium; kubenet does not support it.",
                evidence={"option": kind, "value": value},
            )


@rule(
    code="UN5",
    title="Application Gateway for Containers is not asked for",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Use another ingress, or Azure CNI Overlay.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/concepts-network-cni-overview",),
)
def gateway_for_containers_is_not_asked_for(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Application Gateway for Containers sends requests to the pods' own addresses and supports Azure CNI only."""
    for addon in filter(_is_gateway_for_containers, cluster.addons):
        yield Violation(
            message=f"The add-on '{addon}' is Application Gateway for Containers, which kubenet does not support.",
            evidence={"addon": addon},
        )


def is_virtual_nodes(addon: str) -> bool:
    """Whether the add-on is virtual nodes in any writing: `virtual-node`, `virtualNode`, `aciConnectorLinux`."""
    return _letters(addon) in VIRTUAL_NODE_ADDONS


def _is_gateway_for_containers(addon: str) -> bool:
    return _letters(addon) in GATEWAY_FOR_CONTAINERS_ADDONS


def _letters(addon: str) -> str:
    return addon.replace("-", "").replace("_", "").lower()


@rule(
    code="UN6",
    title="Application Gateway's subnet carries the cluster's route table",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Associate the cluster's route table with the gateway's subnet, or use another ingress.",
    sources=(
        "https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure",
        "https://github.com/Azure/application-gateway-kubernetes-ingress/issues/931",
        "https://github.com/Azure/AKS/issues/2334",
    ),
)
def application_gateway_reaches_the_pods(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> Iterator[Outcome]:
    """An Application Gateway that is the cluster's ingress sends requests to the pods, which it can only reach by the
    routes that kubenet writes; so its subnet needs the cluster's route table. A table whose 0.0.0.0/0 leaves to an
    appliance or gateway, or ends nowhere, cannot be there, as a gateway of version 2 supports no such route: with that
    table the two do not go together. Gateways count that are in the network, and one that the add-on ingress-appgw is
    to use or make.
    """
    places = _application_gateways(cluster, virtual_network)
    if not places:
        if isinstance(virtual_network, Unreadable):
            yield Unknown(cause=virtual_network)
        else:
            yield NotApplicable(message="Not applicable: there is no Application Gateway in the virtual network.")
        return
    table = seen(route_table)
    egress = public_egress(table)
    if table is not None and egress.is_much(*BEYOND_GATEWAYS):
        yield from (_gateway_behind(place, table, egress.by(*BEYOND_GATEWAYS)[0]) for place in places)
        return
    table_id = subnet.route_table_id if table is None else table.id
    carrying = frozenset() if table_id is None else subnets_on_table(table_id, subnet, route_table, virtual_network)
    for place in places:
        if place.subnet_id is None or place.subnet_id not in carrying:
            carried = _table_on(place.subnet_id, virtual_network)
            yield _gateway_without_routes(place, table_id, carried, advise=not isinstance(route_table, Unreadable))
    yield from (Unknown(cause=each) for each in (route_table, virtual_network) if isinstance(each, Unreadable))


class _GatewayPlace(NamedTuple):
    """Where an Application Gateway is or will be; without an id it is a subnet that the add-on makes."""

    what: str
    subnet_id: ResourceId | None


def _application_gateways(
    cluster: ClusterRequest, virtual_network: VirtualNetwork | Unreadable | None
) -> tuple[_GatewayPlace, ...]:
    """The gateways that are there, and that of the add-on."""
    known = application_gateway_subnets(virtual_network) if isinstance(virtual_network, VirtualNetwork) else ()
    places = [_GatewayPlace(f"Subnet '{each.name}' holds an Application Gateway", each) for each in known]
    if not any(_letters(addon) in INGRESS_GATEWAY_ADDONS for addon in cluster.addons):
        return tuple(places)
    wanted, prefix = cluster.application_gateway_subnet_id, cluster.application_gateway_subnet_prefix
    if wanted is not None and wanted not in known:
        places.append(_GatewayPlace(f"Subnet '{wanted.name}' is to hold the add-on's Application Gateway", wanted))
    elif prefix is not None:
        places.append(_GatewayPlace(f"A new subnet {prefix} is to hold the add-on's Application Gateway", None))
    return tuple(places)


def _gateway_behind(place: _GatewayPlace, route_table: RouteTable, route: Route) -> Violation:
    return Violation(
        message=f"{place.what}, which cannot carry the route table '{route_table.id.name}', because its route "
        f"'{route.name}' sends {route.destination} to {next_hop_of(route)}; as the cluster's ingress it would not "
        "reach the pods.",
        resource_id=text_of(place.subnet_id),
        evidence={"routeTable": str(route_table.id), "route": route.name, "nextHopType": route.next_hop_type},
        remediation="Use another ingress, or a route table without a default route to an appliance or gateway.",
    )


def _table_on(subnet_id: ResourceId | None, virtual_network: VirtualNetwork | Unreadable | None) -> ResourceId | None:
    siblings = virtual_network.subnets if isinstance(virtual_network, VirtualNetwork) else ()
    return next((each.route_table_id for each in siblings if each.id is not None and each.id == subnet_id), None)


def _gateway_without_routes(
    place: _GatewayPlace, table_id: ResourceId | None, carried: ResourceId | None, *, advise: bool
) -> Violation:
    """`carried` is the table that the gateway's subnet has instead, whose routes it would lose."""
    table = "the route table that AKS will make" if table_id is None else f"the route table '{table_id.name}'"
    instead = "does not carry" if carried is None else f"carries the route table '{carried.name}', not"
    repair = associate_route_table(place.subnet_id, table_id) if advise else ()
    return Violation(
        message=f"{place.what} but {instead} {table}; as the cluster's ingress it would not reach the pods.",
        resource_id=text_of(place.subnet_id),
        evidence={"expected": text_of(table_id), "routeTable": text_of(carried)},
        severity=Severity.WARNING,
        commands=repair if carried is None else (),
        destructive_commands=() if carried is None else repair,
    )


@rule(
    code="UN7",
    title="node auto-provisioning is not asked for",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Omit --node-provisioning-mode Auto and use the cluster autoscaler, or use Azure CNI Overlay.",
    when_running="Turn node auto-provisioning off: az aks update --node-provisioning-mode Manual.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/node-auto-provisioning-networking",),
)
def node_auto_provisioning_is_not_asked_for(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Node auto-provisioning needs Azure CNI Overlay, with or without Cilium; kubenet is not supported."""
    mode = cluster.node_provisioning_mode
    if mode is not None and mode.lower() == "auto":
        yield Violation(
            message=f"The node provisioning mode is {mode}; node auto-provisioning does not support kubenet.",
            evidence={"nodeProvisioningMode": mode},
        )


@rule(
    code="RET1",
    title="kubenet is supported",
    severity=Severity.INFO,
    stage=Stage.PLAN,
    remediation="Plan the move to Azure CNI Overlay.",
    no_command=AT_THE_MOVE,
    sources=(
        CONFIGURE_KUBENET,
        "https://github.com/Azure/AKS/issues/4859",
    ),
    uncounted=True,
)
def kubenet_is_supported(today: date) -> Iterator[Outcome]:
    """Kubenet on AKS is retired on {limits.RETIREMENT}. Clusters can be created until then, and have to be moved to
    Azure CNI Overlay by then. Every report says so once; it counts for nothing else.
    """
    left = max(0, (limits.RETIREMENT - today).days)
    message = (
        f"Kubenet is unsupported from {limits.RETIREMENT}, {left} {'day' if left == 1 else 'days'} left."
        if left
        else f"Kubenet has been unsupported since {limits.RETIREMENT}."
    )
    yield Violation(message=message, evidence={"retirementDate": limits.RETIREMENT.isoformat(), "daysLeft": left})


RULES: Final = (
    node_pools_run_linux,
    virtual_nodes_are_not_asked_for,
    network_policy_is_not_azure,
    cilium_is_not_asked_for,
    gateway_for_containers_is_not_asked_for,
    application_gateway_reaches_the_pods,
    node_auto_provisioning_is_not_asked_for,
    kubenet_is_supported,
)
