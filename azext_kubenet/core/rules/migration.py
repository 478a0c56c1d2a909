"""Rules of whether a cluster that runs can move to Azure CNI Overlay; `migrate` and `audit` judge by them. No IO.

They take the cluster as `clusters/running.as_it_runs` makes it: `identity_id` and `policy_after_migration` are what
somebody gave for the move.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure import limits
from ..azure.identity_kind import IdentityKind
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import scope_covers, text_of
from ..azure.restrictions import Lock
from ..azure.unreadable import Unreadable
from ..clusters.application_gateways import gateway_subnets, gateways_in, has_gateway_addon, is_of_addon
from ..clusters.foreign_subnets import foreign_subnets
from ..clusters.migration import (
    NO_ENGINE,
    has_own_subnet,
    is_first_confidential_size,
    is_in_availability_set,
    is_settled,
    policy_engine,
    version_of,
)
from ..clusters.names import names_too_long
from ..clusters.request import ClusterRequest
from ..clusters.running_nodes import is_stopped
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import AT_THE_MOVE

UPDATE_CNI: Final = "https://learn.microsoft.com/azure/aks/update-azure-cni"
CHANGELOG: Final = "https://github.com/Azure/AKS/blob/master/CHANGELOG.md"
CONTAINER_NETWORKING: Final = (
    "https://learn.microsoft.com/azure/application-gateway/for-containers/container-networking"
)
SUCCEEDED: Final = "succeeded"


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


OVERLAY_KUBERNETES: Final = _text(limits.OVERLAY_KUBERNETES)
UNINSTALL_KUBERNETES: Final = _text(limits.UNINSTALL_POLICY_KUBERNETES)


@rule(
    code="MG1",
    title=f"Kubernetes is {OVERLAY_KUBERNETES} or newer",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Upgrade the cluster and all its node pools first: az aks upgrade.",
    no_command=AT_THE_MOVE,
    sources=(UPDATE_CNI,),
)
def kubernetes_is_new_enough(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """AKS moves only clusters of this version or a newer one to Azure CNI Overlay, control plane and node pools."""
    cluster = running_cluster.cluster
    versions = [("Cluster", cluster.id.name, cluster.kubernetes_version)]
    versions += [("Node pool", each.name, each.kubernetes_version) for each in cluster.agent_pools]
    for kind, name, text in versions:
        version = version_of(text)
        if version is None:
            reason = f"the Kubernetes version of {kind.lower()} '{name}' is not known."
            yield Unknown(cause=Unreadable(reason=reason, resource_id=str(cluster.id)))
        elif version < limits.OVERLAY_KUBERNETES:
            yield Violation(
                message=f"{kind} '{name}' has Kubernetes {text}; the move needs {OVERLAY_KUBERNETES} or newer.",
                resource_id=str(cluster.id),
                evidence={"name": name, "kubernetesVersion": text, "minimumVersion": OVERLAY_KUBERNETES},
            )


@rule(
    code="MG2",
    title="cluster on a subnet of one's own has a user-assigned identity",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Give the cluster a user-assigned identity first: az aks kubenet migrate --assign-identity.",
    no_command=AT_THE_MOVE,
    sources=(UPDATE_CNI, "https://learn.microsoft.com/azure/aks/user-assigned-managed-identity"),
)
def identity_is_user_assigned(cluster: ClusterRequest, running_cluster: RunningCluster) -> Iterator[Outcome]:
    """AKS has to take the route table off the subnet, and documents that only a user-assigned identity can. Clusters in
    the network that AKS made move with a system-assigned one.
    """
    found = running_cluster.cluster
    if not has_own_subnet(found):
        yield NotApplicable(message="Not applicable: the cluster is in the network that AKS made.")
    elif found.identity_kind is not IdentityKind.USER_ASSIGNED:
        planned = cluster.identity_id
        then = "" if planned is None else f" Identity '{planned.name}' takes its place before the move."
        yield Violation(
            message=f"Cluster '{found.id.name}' is on a subnet of its own and has the identity "
            f"{found.identity_kind.value}; the move needs a user-assigned one.{then}",
            resource_id=str(found.id),
            evidence={"identityType": found.identity_kind.value, "plannedIdentity": text_of(planned)},
            severity=None if planned is None else Severity.WARNING,
        )


@rule(
    code="MG3",
    title="no network policy engine is installed",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Choose the engine that is installed afterwards: az aks kubenet migrate --then-network-policy.",
    no_command=AT_THE_MOVE,
    sources=(
        UPDATE_CNI,
        "https://learn.microsoft.com/azure/aks/use-network-policies",
        "https://github.com/Azure/AKS/issues/4006",
    ),
)
def no_policy_engine_is_installed(cluster: ClusterRequest, running_cluster: RunningCluster) -> Iterator[Outcome]:
    """AKS refuses the move while an engine is installed. Uninstalling it reimages every node; the policies stay and
    nothing enforces them until an engine is installed again: pods are unprotected meanwhile.
    """
    engine = policy_engine(running_cluster.cluster)
    if engine is None:
        return
    then = cluster.policy_after_migration
    back = "" if then is None or then == NO_ENGINE else f" until {then} is installed"
    yield Violation(
        message=f"Network policy engine '{engine}' has to be uninstalled before the move; from then on no network "
        f"policy is enforced{back}.",
        resource_id=str(running_cluster.cluster.id),
        evidence={"networkPolicy": engine, "thenNetworkPolicy": then},
        severity=None if then is None else Severity.WARNING,
    )


@rule(
    code="MG5",
    title="node pools are of a kind that overlay has",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Move the pool's workloads to a pool of another kind, and delete it.",
    no_command=AT_THE_MOVE,
    sources=(
        UPDATE_CNI,
        "https://learn.microsoft.com/azure/aks/azure-cni-overlay",
        "https://learn.microsoft.com/azure/aks/availability-sets-on-aks",
    ),
)
def node_pools_suit_overlay(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """Azure CNI Overlay supports neither availability sets nor machines of the DCsv2 series."""
    cluster = running_cluster.cluster
    for pool in cluster.agent_pools:
        if is_in_availability_set(pool):
            yield Violation(
                message=f"Node pool '{pool.name}' is in an availability set, which overlay does not support.",
                resource_id=str(cluster.id),
                evidence={"nodePool": pool.name, "type": pool.kind},
                remediation="Move it to virtual machines first: az aks update --migrate-vmas-to-vms.",
            )
        if is_first_confidential_size(pool):
            yield Violation(
                message=f"Node pool '{pool.name}' has machines of size {pool.vm_size} (DCsv2), which overlay does not "
                "support.",
                resource_id=str(cluster.id),
                evidence={"nodePool": pool.name, "vmSize": pool.vm_size},
            )


@rule(
    code="MG6",
    title=f"names of the cluster's network have {limits.LONGEST_RESOURCE_NAME} characters at most",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Create a new cluster in a network with shorter names: neither can be renamed.",
    no_command=AT_THE_MOVE,
    sources=("https://learn.microsoft.com/azure/aks/azure-cni-overlay", CHANGELOG),
)
def names_suit_overlay(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """Overlay turns the names of subnet, virtual network and resource group into node labels, and AKS refuses longer
    ones. Nothing repairs that in place.
    """
    subnets = [each for each in running_cluster.subnets if isinstance(each, Subnet)]
    found = {(each.kind, each.scope): each for subnet in subnets for each in names_too_long(subnet)}
    for each in found.values():
        yield Violation(
            message=f"The name of {each.kind} '{each.name}' has {len(each.name)} characters; "
            f"Azure CNI Overlay allows {limits.LONGEST_RESOURCE_NAME}.",
            resource_id=each.scope,
            evidence={"name": each.name, "length": len(each.name), "limit": limits.LONGEST_RESOURCE_NAME},
        )
    yield from (Unknown(cause=each) for each in running_cluster.subnets if isinstance(each, Unreadable))


@rule(
    code="MG7",
    title="only the cluster's subnets are on its route table",
    severity=Severity.WARNING,
    stage=Stage.MIGRATION,
    remediation="Take the table off the other subnets right before the move; az aks kubenet migrate prints how.",
    no_command=AT_THE_MOVE,
    sources=("https://github.com/MicrosoftDocs/azure-aks-docs/issues/334",),
)
def only_own_subnets_are_on_the_table(
    running_cluster: RunningCluster, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    """The move was reported to fail while another subnet, such as that of an Application Gateway, is on the cluster's
    route table. What is behind the gateway is cut off from when the table is taken off until the move has ended.
    """
    for each in foreign_subnets(running_cluster, virtual_network):
        gateways = () if each.subnet is None else gateways_in(each.subnet)
        behind = f" (application gateway {', '.join(one.name for one in gateways)})" if gateways else ""
        yield Violation(
            message=f"Subnet '{each.id.name}'{behind} is on the cluster's route table '{each.table.id.name}' too.",
            resource_id=str(each.id),
            evidence={
                "subnet": str(each.id),
                "routeTable": str(each.table.id),
                "gateways": tuple(str(one) for one in gateways),
            },
        )
    yield from _unread_tables(running_cluster, Severity.WARNING)


def _unread_tables(running: RunningCluster, severity: Severity) -> Iterator[Unknown]:
    """Of a subnet that may not be read nobody knows the table."""
    hidden = (each for each in (*running.subnets, *running.route_tables) if isinstance(each, Unreadable))
    return (Unknown(cause=each, severity=severity) for each in hidden)


@rule(
    code="MG11",
    title="cluster has one address family",
    severity=Severity.WARNING,
    stage=Stage.MIGRATION,
    remediation="Plan a maintenance window: IPv6 does not work meanwhile.",
    no_command=AT_THE_MOVE,
    sources=("https://github.com/Azure/AKS/issues/5120",),
)
def cluster_is_not_dual_stack(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """In a dual-stack cluster IPv6 was reported to be interrupted while the move runs."""
    cluster = running_cluster.cluster
    if len(cluster.ip_families) > 1:
        yield Violation(
            message=f"Cluster '{cluster.id.name}' is dual-stack ({', '.join(cluster.ip_families)}): IPv6 is "
            "interrupted while it moves.",
            resource_id=str(cluster.id),
            evidence={"ipFamilies": cluster.ip_families},
        )


@rule(
    code="MG16",
    title=f"an installed network policy engine can be uninstalled: Kubernetes is {UNINSTALL_KUBERNETES} or newer",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation=f"Upgrade the cluster to Kubernetes {UNINSTALL_KUBERNETES} or newer first: az aks upgrade.",
    no_command=AT_THE_MOVE,
    sources=(CHANGELOG,),
)
def policy_engine_can_be_uninstalled(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """The move needs the engine uninstalled, which AKS refuses on older versions."""
    cluster = running_cluster.cluster
    engine, version = policy_engine(cluster), version_of(cluster.kubernetes_version)
    if engine is None:
        yield NotApplicable(message="Not applicable: no network policy engine is installed.")
    elif version is None:
        reason = f"the Kubernetes version of cluster '{cluster.id.name}' is not known."
        yield Unknown(cause=Unreadable(reason=reason, resource_id=str(cluster.id)))
    elif version < limits.UNINSTALL_POLICY_KUBERNETES:
        yield Violation(
            message=f"Network policy engine '{engine}' cannot be uninstalled from Kubernetes "
            f"{cluster.kubernetes_version}; AKS allows it from {UNINSTALL_KUBERNETES} on.",
            resource_id=str(cluster.id),
            evidence={
                "networkPolicy": engine,
                "kubernetesVersion": cluster.kubernetes_version,
                "minimumVersion": UNINSTALL_KUBERNETES,
            },
        )


@rule(
    code="MG17",
    title=f"subnet of a gateway in front of the cluster is a /{limits.LARGEST_GATEWAY_SUBNET} or smaller",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Put the gateway into a smaller subnet first: a subnet in use cannot be shrunk.",
    no_command=AT_THE_MOVE,
    sources=(CONTAINER_NETWORKING, "https://learn.microsoft.com/azure/application-gateway/ingress-controller-overview"),
)
def gateway_subnet_is_small_enough(
    running_cluster: RunningCluster, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    """With overlay a gateway reaches pods only from a subnet that is no larger: an outage until it is recreated. Of an
    Application Gateway for Containers it cannot be seen which cluster it serves; away from the cluster's route table
    this warns.
    """
    cluster, found = running_cluster.cluster, gateway_subnets(running_cluster, virtual_network)
    for each in found:
        for prefix in each.subnet.address_prefixes:
            if prefix.prefixlen < limits.LARGEST_GATEWAY_SUBNET:
                perhaps = "" if each.certain else ", if it serves this cluster"
                yield Violation(
                    message=f"Gateway subnet '{each.subnet.name}' is {prefix}; with overlay it may be a "
                    f"/{limits.LARGEST_GATEWAY_SUBNET} at the largest{perhaps}.",
                    resource_id=text_of(each.subnet.id),
                    evidence={"addressPrefix": str(prefix), "largestPrefixLength": limits.LARGEST_GATEWAY_SUBNET},
                    severity=None if each.certain else Severity.WARNING,
                )
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif has_gateway_addon(cluster) and not any(is_of_addon(cluster, each.subnet) for each in found):
        reason = "the subnet of the add-on's application gateway is not in the cluster's virtual network."
        yield Unknown(cause=Unreadable(reason=reason, resource_id=text_of(cluster.application_gateway_id)))
    yield from _unread_tables(running_cluster, Severity.ERROR)


@rule(
    code="MG20",
    title="cluster and its node pools run, are in state Succeeded, and no lock is on the nodes",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Start the cluster, repair what failed (az aks update), and take the lock away for the move.",
    no_command=AT_THE_MOVE,
    sources=(
        "https://learn.microsoft.com/azure/aks/start-stop-cluster",
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/aksoperationpreempted-error",
        UPDATE_CNI,
    ),
)
def cluster_can_be_updated(
    running_cluster: RunningCluster,
    locks: tuple[Lock, ...] | Unreadable | None,
    node_group_locks: tuple[Lock, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """A stopped cluster can only be started or deleted, one that failed goes on from half of the last operation, and
    nodes are not reimaged under a lock. An operation that is under way only has to end: another would preempt it.
    """
    cluster = running_cluster.cluster
    states = [("Cluster", cluster.id.name, cluster.provisioning_state)]
    states += [("Node pool", each.name, each.provisioning_state) for each in cluster.agent_pools]
    for kind, name, state in states:
        if state.lower() == SUCCEEDED:
            continue
        waits = not is_settled(state)
        yield Violation(
            message=f"{kind} '{name}' is in state '{state}'{': wait until that has ended' if waits else ''}.",
            resource_id=str(cluster.id),
            evidence={"name": name, "provisioningState": state},
            severity=Severity.INFO if waits else None,
            remediation="Wait until the operation has ended, then run the command again." if waits else None,
        )
    if is_stopped(cluster):
        yield Violation(
            message=f"Cluster '{cluster.id.name}' is stopped.",
            resource_id=str(cluster.id),
            evidence={"powerState": cluster.power_state},
            remediation="Start the cluster first: az aks start.",
        )
    on_nodes = locks if node_group_locks is None else node_group_locks
    for lock in on_nodes if isinstance(on_nodes, tuple) else ():
        if scope_covers(lock.scope, cluster.node_group_id):
            yield Violation(
                message=f"Lock '{lock.name}' ({lock.level}) is on the nodes of cluster '{cluster.id.name}'.",
                resource_id=lock.scope,
                evidence={"lock": lock.name, "level": lock.level, "scope": lock.scope},
            )
    if isinstance(on_nodes, Unreadable):
        yield Unknown(cause=on_nodes)


@rule(
    code="MG27",
    title="no ingress add-on of an application gateway is on",
    severity=Severity.WARNING,
    stage=Stage.MIGRATION,
    remediation="Plan a maintenance window, and leave the add-on enabled: disabling it deletes the gateway.",
    no_command=AT_THE_MOVE,
    sources=(
        "https://github.com/Azure/application-gateway-kubernetes-ingress/issues/1524",
        "https://learn.microsoft.com/azure/application-gateway/ingress-controller-overview",
    ),
)
def no_gateway_addon_is_on(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """The gateway of the add-on does not reach the pods while the cluster moves. Whoever disables the add-on for that
    deletes the gateway, with its address.
    """
    cluster = running_cluster.cluster
    if has_gateway_addon(cluster):
        yield Violation(
            message=f"The Application Gateway add-on of cluster '{cluster.id.name}' is on: its traffic is interrupted "
            "while the cluster moves.",
            resource_id=text_of(cluster.application_gateway_id) or str(cluster.id),
            evidence={"applicationGateway": text_of(cluster.application_gateway_id)},
        )


RULES: Final = (
    kubernetes_is_new_enough,
    identity_is_user_assigned,
    no_policy_engine_is_installed,
    node_pools_suit_overlay,
    names_suit_overlay,
    only_own_subnets_are_on_the_table,
    cluster_is_not_dual_stack,
    policy_engine_can_be_uninstalled,
    gateway_subnet_is_small_enough,
    cluster_can_be_updated,
    no_gateway_addon_is_on,
)
