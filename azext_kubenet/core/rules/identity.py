"""Rules about who the cluster is, and what it may do. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure import limits
from ..azure.access import CallerAccess, ScopeAccess
from ..azure.identity_kind import IdentityKind
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.regions import same_region
from ..azure.resource_id import ResourceId
from ..azure.resource_words import words_of
from ..azure.route_tables import RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from ..clusters.running_routes import is_made_by_aks
from ..rights.permissions import (
    ASSIGN_IDENTITY_ACTION,
    ASSIGN_ROLE_ACTION,
    CREATED_IDENTITY_ACTIONS,
    NAT_GATEWAY_JOIN_ACTIONS,
    NETWORK_SECURITY_GROUP_ACTIONS,
    NETWORK_SECURITY_GROUP_JOIN_ACTIONS,
    ROUTE_TABLE_ACTIONS,
    ROUTE_TABLE_JOIN_ACTIONS,
    SUBNET_ACTIONS,
    SUBNET_WRITE_ACTIONS,
    VIRTUAL_NETWORK_ACTIONS,
    caller_may,
)
from .outcomes_of_access import is_made_later, judge_access, judge_identity
from .rule import Confirmation, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import DESCRIPTION

_OPERATOR: Final = "Managed Identity Operator"
_SERVICE_PERMISSIONS: Final = "https://learn.microsoft.com/azure/aks/aks-service-permissions"
_NO_ROUTE_TABLE: Final = NotApplicable(message="Not applicable: the subnet has no route table of its own.")
_TABLE_OF_AKS: Final = NotApplicable(message="Not applicable: AKS made the route table, in the node resource group.")


@rule(
    code="ID1",
    title="cluster with its own route table has a user-assigned identity",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Pass a user-assigned identity with --assign-identity; az aks kubenet prepare creates one with "
    "its roles.",
    sources=("https://github.com/Azure/AKS/issues/2333", "https://learn.microsoft.com/azure/aks/configure-kubenet"),
    when_running="Give the cluster a user-assigned identity: az aks update --assign-identity.",
)
def own_route_table_has_user_assigned_identity(cluster: ClusterRequest, route_table: RouteTable) -> Iterator[Outcome]:
    """A system-assigned identity exists only after the cluster, too late to be given rights on the route table.

    The service refuses it: "Clusters using managed identity type SystemAssigned do not support bringing your own route
    table". A service principal is accepted where it has the roles, which are not checked here.
    """
    if is_made_by_aks(route_table.id, cluster.node_resource_group):
        yield _TABLE_OF_AKS
        return
    table = f"route table '{route_table.id.name}'"
    if cluster.identity_kind is IdentityKind.SYSTEM_ASSIGNED:
        yield Violation(
            message=f"The subnet has {table} and the cluster would have a system-assigned identity, which AKS refuses.",
            resource_id=str(route_table.id),
            evidence={"identityType": cluster.identity_kind.value, "routeTable": str(route_table.id)},
            prepares=not cluster.runs,
        )
    elif cluster.identity_kind is IdentityKind.SERVICE_PRINCIPAL:
        yield Violation(
            message=f"The subnet has {table} and the cluster would have a service principal, which works only while it "
            "has the roles on the subnet and on the route table.",
            resource_id=str(route_table.id),
            evidence={"identityType": cluster.identity_kind.value, "routeTable": str(route_table.id)},
            severity=Severity.WARNING,
            prepares=not cluster.runs,
        )


@rule(
    code="ID2",
    title="cluster's identity may read and join the subnet",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Assign Network Contributor, or a role with these actions, to the identity on the subnet.",
    sources=("https://learn.microsoft.com/azure/aks/configure-kubenet", _SERVICE_PERMISSIONS),
)
def identity_may_join_subnet(
    cluster: ClusterRequest,
    subnet_access: ScopeAccess | None,
    further_subnet_access: tuple[ScopeAccess, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Nodes and internal load balancers are put into the subnet on behalf of the cluster's identity.

    A system-assigned identity exists only after the cluster is made; `az aks create` grants this role to it then.
    """
    further = further_subnet_access if isinstance(further_subnet_access, tuple) else ()
    found = [each for access in (subnet_access, *further) for each in judge_identity(cluster, access, SUBNET_ACTIONS)]
    if isinstance(further_subnet_access, Unreadable):
        found.append(Unknown(cause=further_subnet_access))
    yield from [each for each in found if isinstance(each, Violation | Unknown)] or found[:1]


@rule(
    code="ID3",
    title="cluster's identity may write the route table",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Assign Network Contributor, or a role with these actions, to the identity on the route table.",
    sources=(_SERVICE_PERMISSIONS, "https://github.com/Azure/AKS/issues/400"),
)
def identity_may_write_route_table(
    cluster: ClusterRequest, route_table: RouteTable | Unreadable | None, route_table_access: ScopeAccess | None
) -> Iterator[Outcome]:
    """The cluster writes a route per node, and the cloud provider writes the table as a whole.

    Without these rights AKS answers CustomRouteTableMissingPermission, or pods of different nodes cannot reach each
    other. `az aks create` assigns a role on the subnet only.
    """
    if route_table is None:
        yield _NO_ROUTE_TABLE
    elif isinstance(route_table, RouteTable) and is_made_by_aks(route_table.id, cluster.node_resource_group):
        yield _TABLE_OF_AKS
    else:
        yield from judge_identity(cluster, route_table_access, ROUTE_TABLE_ACTIONS)


@rule(
    code="ID4",
    title="cluster's identity may join what the subnet carries",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Assign Network Contributor, or a role with the join action, to the identity on the resource.",
    sources=(
        "https://github.com/microsoft/tyger/pull/320",
        "https://github.com/hashicorp/terraform-provider-azurerm/issues/3067",
    ),
)
def identity_may_join_what_subnet_carries(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table_access: ScopeAccess | Unreadable | None,
    network_security_group_access: ScopeAccess | Unreadable | None,
    nat_gateway_access: ScopeAccess | Unreadable | None,
) -> Iterator[Outcome]:
    """Whoever writes a subnet needs the join action on the route table, security group and NAT gateway in the body.

    Else the write ends in LinkedAuthorizationFailed. The cluster writes the subnet where it has to attach a route table
    of its own, which is worth a warning; else only for a Private Link Service.
    """
    carried: tuple[tuple[ResourceId | None, ScopeAccess | Unreadable | None, tuple[str, ...]], ...] = (
        (subnet.route_table_id, route_table_access, ROUTE_TABLE_JOIN_ACTIONS),
        (subnet.network_security_group_id, network_security_group_access, NETWORK_SECURITY_GROUP_JOIN_ACTIONS),
        (subnet.nat_gateway_id, nat_gateway_access, NAT_GATEWAY_JOIN_ACTIONS),
    )
    severity = _severity_of_writing(subnet)
    accesses = [(access, actions) for resource_id, access, actions in carried if resource_id is not None]
    if is_made_later(cluster) or not any(access for access, _ in accesses):
        yield NotApplicable(message="Not applicable: the subnet carries nothing to join, or no identity is given.")
        return
    for access, actions in accesses:
        if isinstance(access, Unreadable):
            yield Unknown(cause=access, severity=severity)
        elif access is not None:
            yield from judge_access(access, actions, severity=severity)


@rule(
    code="ID5",
    title="cluster's identity may write the network security group of another group",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Assign Network Contributor, or a role with these actions, to the identity on the security group.",
    sources=(_SERVICE_PERMISSIONS, "https://learn.microsoft.com/azure/aks/configure-kubenet"),
)
def identity_may_write_network_security_group(
    cluster: ClusterRequest, subnet: Subnet, network_security_group_access: ScopeAccess | None
) -> Iterator[Outcome]:
    """AKS documents these rights for a security group in another resource group, but never changes that of the subnet.

    They matter where the cluster writes the subnet, to attach a route table of its own.
    """
    group_id = subnet.network_security_group_id
    if group_id is None:
        yield NotApplicable(message="Not applicable: the subnet has no network security group.")
    elif _is_beside(cluster, group_id):
        yield NotApplicable(message="Not applicable: the network security group is in the cluster's resource group.")
    else:
        yield from judge_identity(
            cluster,
            network_security_group_access,
            NETWORK_SECURITY_GROUP_ACTIONS,
            severity=_severity_of_writing(subnet),
        )


@rule(
    code="ID6",
    title="cluster's identity may attach a route table to the subnet",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Put a route table of your own on the subnet, or assign Network Contributor to the identity there.",
    when_running="Assign Network Contributor to the cluster's identity on the subnet.",
    sources=("https://learn.microsoft.com/azure/aks/configure-kubenet",),
)
def identity_may_attach_route_table(
    cluster: ClusterRequest,
    subnet: Subnet,
    route_table: RouteTable | Unreadable | None,
    subnet_access: ScopeAccess | None,
) -> Iterator[Outcome]:
    """Where the subnet has no route table, AKS makes one and has to write the subnet to attach it."""
    if route_table is not None or subnet.route_table_id is not None:
        yield NotApplicable(message="Not applicable: the subnet has a route table of its own.")
    else:
        yield from judge_identity(cluster, subnet_access, SUBNET_WRITE_ACTIONS)


@rule(
    code="ID7",
    title="cluster's identity may read the virtual network for internal load balancers",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Assign Reader, or a role with these actions, to the identity on the virtual network.",
    sources=(_SERVICE_PERMISSIONS,),
)
def identity_may_read_virtual_network(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable,
    virtual_network_access: ScopeAccess | None,
) -> Iterator[Outcome]:
    """An internal load balancer in a network of another resource group needs its subnet to be looked up there."""
    network = virtual_network
    if not cluster.internal_load_balancers:
        yield NotApplicable(message="Not applicable: no internal load balancer is asked for.")
    elif isinstance(network, VirtualNetwork) and network.id is not None and _is_beside(cluster, network.id):
        yield NotApplicable(message="Not applicable: the virtual network is in the cluster's resource group.")
    else:
        yield from judge_identity(cluster, virtual_network_access, VIRTUAL_NETWORK_ACTIONS, role="Reader")


@rule(
    code="ID9",
    title="cluster's identity may give the kubelet identity to nodes",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Assign Managed Identity Operator to the cluster's identity on the kubelet identity.",
    sources=("https://learn.microsoft.com/azure/aks/managed-identity-overview",),
)
def identity_may_assign_kubelet_identity(
    cluster: ClusterRequest,
    kubelet_identity_access: ScopeAccess | Unreadable | None,
    caller_on_kubelet_identity: CallerAccess | Unreadable | None,
) -> Iterator[Outcome]:
    """A kubelet identity of one's own lies outside the node resource group, where the cluster has no rights yet.

    `az aks create` assigns Managed Identity Operator there itself, which whoever runs it has to be allowed to.
    """
    kubelet_id, caller = cluster.kubelet_identity_id, caller_on_kubelet_identity
    if kubelet_id is None or is_made_later(cluster):
        yield NotApplicable(message="Not applicable: no kubelet identity is given, or no identity for the cluster.")
        return
    if isinstance(kubelet_identity_access, Unreadable):
        yield Unknown(cause=kubelet_identity_access)
        return
    judged = tuple(judge_identity(cluster, kubelet_identity_access, (ASSIGN_IDENTITY_ACTION,), role=_OPERATOR))
    missing = next((each for each in judged if isinstance(each, Violation) and each.commands), None)
    if cluster.runs or caller is None or not (missing or kubelet_identity_access is None):
        yield from judged
    elif isinstance(caller, Unreadable):
        yield Unknown(cause=caller)
    elif caller_may(caller, ASSIGN_ROLE_ACTION):
        yield Confirmation(
            message=f"{_OPERATOR} on {words_of(kubelet_id)} is what az aks create assigns.", resource_id=str(kubelet_id)
        )
    else:
        needs = f"The cluster's identity needs {_OPERATOR} on {words_of(kubelet_id)}."
        violation = missing or Violation(message=needs, resource_id=str(kubelet_id))
        yield violation._replace(
            message=f"{violation.message[:-1]}, and you may not perform {ASSIGN_ROLE_ACTION} there, which az aks "
            "create needs to assign it.",
            evidence={**violation.evidence, "callerMissingActions": [ASSIGN_ROLE_ACTION]},
        )


@rule(
    code="ID11",
    title="region supports user-assigned identities",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Use another region, or a system-assigned identity and no route table of your own.",
    no_command=DESCRIPTION,
    sources=("https://learn.microsoft.com/azure/aks/user-assigned-managed-identity",),
)
def region_supports_user_assigned_identities(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[Outcome]:
    """Some regions of Azure US Government cannot make a cluster with a user-assigned identity.

    A route table of one's own needs that identity, so it cannot be used there either.
    """
    given = cluster.identity_kind is IdentityKind.USER_ASSIGNED
    needed = cluster.identity_kind is IdentityKind.SYSTEM_ASSIGNED and route_table is not None and not cluster.runs
    location = cluster.location or (virtual_network.location if isinstance(virtual_network, VirtualNetwork) else "")
    if not (given or needed):
        yield NotApplicable(message="Not applicable: no user-assigned identity is given or needed.")
    elif not location:
        if isinstance(virtual_network, Unreadable):
            yield Unknown(cause=virtual_network)
        else:
            yield NotApplicable(message="Not applicable: the cluster's region is not known.")
    elif any(same_region(location, each) for each in limits.REGIONS_WITHOUT_IDENTITY_CREATION):
        yield Violation(
            message=f"Region {location} does not support clusters with a user-assigned identity, "
            + ("which is given." if given else "which a route table of one's own needs."),
            evidence={"location": location, "identityType": cluster.identity_kind.value},
        )


@rule(
    code="ID12",
    title="system-assigned identity of a new cluster may use the subnet",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation="Assign Network Contributor to the cluster's identity on the subnet.",
    sources=(
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://github.com/Azure/azure-cli/issues/10191",
    ),
)
def created_identity_may_use_subnet(
    cluster: ClusterRequest, subnet_access: ScopeAccess | Unreadable | None
) -> Iterator[Outcome]:
    """`az aks create` gives the new identity no role where any principal already has Network Contributor on the subnet,
    such as that of a cluster long deleted. So `create` reads the rights back, and assigns the role or says how.

    AKS puts nodes into the subnet on behalf of this identity, and writes it to attach the route table that it makes.
    """
    if not is_made_later(cluster) or subnet_access is None:
        yield NotApplicable(message="Not applicable: checked once a cluster has its system-assigned identity.")
    elif isinstance(subnet_access, Unreadable):
        yield Unknown(cause=subnet_access)
    else:
        yield from judge_access(subnet_access, CREATED_IDENTITY_ACTIONS)


def _severity_of_writing(subnet: Subnet) -> Severity:
    """How much a right matters that only a write of the subnet needs."""
    return Severity.WARNING if subnet.route_table_id is None else Severity.INFO


def _is_beside(cluster: ClusterRequest, resource_id: ResourceId) -> bool:
    """Whether a resource is known to be in the cluster's resource group."""
    return cluster.cluster_id is not None and (
        cluster.cluster_id.resource_group_id.lower() == resource_id.resource_group_id.lower()
    )


RULES: Final = (
    own_route_table_has_user_assigned_identity,
    identity_may_join_subnet,
    identity_may_write_route_table,
    identity_may_join_what_subnet_carries,
    identity_may_write_network_security_group,
    identity_may_attach_route_table,
    identity_may_read_virtual_network,
    identity_may_assign_kubelet_identity,
    region_supports_user_assigned_identities,
    created_identity_may_use_subnet,
)
