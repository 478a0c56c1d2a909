"""Rules of what kubenet does not support, and of its end. No IO, and light to import: `plan` uses it too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from ..azure import limits
from ..azure.model import RouteTable, Subnet, Unreadable, VirtualNetwork
from ..azure.resource_id import ResourceId, text_of
from ..clusters.node_routes import VIRTUAL_APPLIANCE, goes_to
from ..clusters.request import ClusterRequest, OsType
from ..clusters.sharing import subnets_on_table
from .repairs import associate_route_table
from .rule import Confirmation, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule

CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"
UPDATE_AZURE_CNI: Final = "https://learn.microsoft.com/azure/aks/update-azure-cni"

VIRTUAL_NODE_ADDONS: Final = frozenset({"virtualnode", "aciconnector", "aciconnectorlinux"})
GATEWAY_FOR_CONTAINERS_ADDONS: Final = frozenset({"applicationloadbalancer", "applicationgatewayforcontainers"})


@rule(
    code="UN1",
    title="node pools run Linux",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Use Azure CNI Overlay for Windows node pools.",
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
    remediation="Leave out the virtual-node add-on, or use Azure CNI with node subnets.",
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
            message="The network policy calico works with kubenet; it must go before a move to Azure CNI Overlay.",
            evidence={"networkPolicy": policy},
        )


@rule(
    code="UN4",
    title="data plane and network policy are not Cilium",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Leave out Cilium, or use Azure CNI Overlay, to which a kubenet cluster has to move first.",
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
    sources=("https://learn.microsoft.com/azure/application-gateway/configuration-infrastructure",),
)
def application_gateway_reaches_the_pods(
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
    application_gateway_subnets: tuple[ResourceId, ...],
) -> Iterator[Outcome]:
    """An Application Gateway that is the cluster's ingress sends requests to the pods, which it can only reach by the
    routes that kubenet writes; so its subnet needs the cluster's route table. A table with a default route to an
    appliance cannot be there, because the gateway then loses its way to its own management: with that table the two do
    not go together (an inference from the documentation).
    """
    if not application_gateway_subnets:
        yield NotApplicable(message="Not applicable: there is no Application Gateway in the virtual network.")
        return
    default = route_table.default_route if isinstance(route_table, RouteTable) else None
    if isinstance(route_table, RouteTable) and default is not None and goes_to(default, VIRTUAL_APPLIANCE):
        for gateway in application_gateway_subnets:
            yield _gateway_behind_an_appliance(gateway, route_table, default.name)
        return
    table_id = route_table.id if isinstance(route_table, RouteTable) else subnet.route_table_id
    carrying = frozenset() if table_id is None else subnets_on_table(table_id, subnet, route_table, virtual_network)
    for gateway in application_gateway_subnets:
        if gateway not in carrying:
            yield _gateway_without_routes(gateway, table_id)
    if isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)


def _gateway_behind_an_appliance(gateway: ResourceId, route_table: RouteTable, route: str) -> Violation:
    return Violation(
        message=f"Subnet '{gateway.name}' holds an Application Gateway, which cannot carry the route table "
        f"'{route_table.id.name}', because its route '{route}' sends 0.0.0.0/0 to an appliance; as the cluster's "
        "ingress it would not reach the pods.",
        resource_id=str(gateway),
        evidence={"routeTable": str(route_table.id), "route": route},
        remediation="Use another ingress, or a route table without a default route to an appliance.",
    )


def _gateway_without_routes(gateway: ResourceId, table_id: ResourceId | None) -> Violation:
    table = "the route table that AKS will make" if table_id is None else f"the route table '{table_id.name}'"
    return Violation(
        message=f"Subnet '{gateway.name}' holds an Application Gateway but does not carry {table}; "
        "as the cluster's ingress it would not reach the pods.",
        resource_id=str(gateway),
        evidence={"expected": text_of(table_id)},
        severity=Severity.WARNING,
        commands=associate_route_table(gateway, table_id),
    )


@rule(
    code="RET1",
    title="kubenet is supported",
    severity=Severity.INFO,
    stage=Stage.PLAN,
    remediation="Plan the move to Azure CNI Overlay.",
    sources=(
        CONFIGURE_KUBENET,
        "https://github.com/Azure/AKS/issues/4859",
    ),
    uncounted=True,
)
def kubenet_is_supported(today: date) -> Iterator[Outcome]:
    """Kubenet on AKS is retired on 2028-03-31. Clusters can be created until then, and have to be moved to Azure CNI
    Overlay by then. Every report says so once; it counts for nothing else.
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
    kubenet_is_supported,
)
