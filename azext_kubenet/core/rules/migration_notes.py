"""Rules of the move to overlay that `migrate` alone judges: what is lost, what nobody sees from outside, the proof.

Notes inform and count for nothing: they are said whatever the cluster is. No IO.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ..azure.amounts import amount
from ..azure.az_words import az
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import VirtualNetwork
from ..azure.unreadable import Unreadable
from ..clusters.application_gateways import gateways_in
from ..clusters.foreign_subnets import foreign_subnets
from ..clusters.migration import policy_engine
from ..clusters.request import ClusterRequest
from ..clusters.running_nodes import MACHINES_READ, Nodes, nodes_of
from ..clusters.verification import is_changing, verify
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import AT_THE_MOVE, LOOKING

UPDATE_CNI: Final = "https://learn.microsoft.com/azure/aks/update-azure-cni"
AZURERM: Final = "https://github.com/hashicorp/terraform-provider-azurerm/blob/main/CHANGELOG-v4.md"
CALICO: Final = "calico"


@rule(
    code="MG4",
    title="cluster has no azure-ip-masq-agent-config of its own",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Look for it in the cluster; if there is a ConfigMap azure-ip-masq-agent-config, delete it.",
    no_command=LOOKING,
    sources=(UPDATE_CNI, "https://github.com/Azure/AKS/blob/master/CHANGELOG.md"),
    uncounted=True,
)
def masquerading_is_not_configured(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """AKS refuses the move where somebody has configured masquerading. It is not visible from outside the cluster; a
    ConfigMap whose name ends in `-reconciled` is AKS's own.
    """
    yield Violation(
        message="From outside it is not visible whether the cluster has an azure-ip-masq-agent-config of its own, with "
        "which AKS refuses the move.",
        resource_id=str(running_cluster.cluster.id),
        commands=("kubectl get configmap --namespace kube-system",),
    )


@rule(
    code="MG8",
    title="it is known what becomes of the route table",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Keep a table that holds routes of your own; take the others off their subnets afterwards.",
    no_command=AT_THE_MOVE,
    sources=(UPDATE_CNI,),
    uncounted=True,
)
def route_table_is_left(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """AKS deletes the routes of the nodes from a table of one's own and leaves the table; one that AKS made it deletes.
    The documentation does not say whether the table stays on the subnet.
    """
    yield Violation(
        message="The move deletes the nodes' routes: a route table of yours stays, one that AKS made goes with them. "
        "The documentation does not say whether yours stays on the subnet; --verify shows it.",
        resource_id=str(running_cluster.cluster.id),
    )


@rule(
    code="MG9",
    title="pod CIDR stays what it is",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Move without --pod-cidr; enlarge the pod CIDR afterwards.",
    no_command=AT_THE_MOVE,
    sources=(UPDATE_CNI, "https://github.com/MicrosoftDocs/azure-aks-docs/issues/172"),
    uncounted=True,
)
def pod_cidr_stays(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """`az` sends a new pod CIDR beside the old list of them; documents and reports differ on whether AKS takes it."""
    pods = tuple(map(str, running_cluster.cluster.pod_cidrs))
    yield Violation(
        message=f"The commands leave the pod CIDR as it is ({', '.join(pods)}): reports differ on whether AKS takes "
        "another one during the move.",
        resource_id=str(running_cluster.cluster.id),
        evidence={"podCidrs": pods},
    )


@rule(
    code="MG12",
    title="nothing without nodes reaches pods through the cluster's route table",
    severity=Severity.WARNING,
    stage=Stage.MIGRATION,
    remediation="Have what is in that subnet reach the pods through a load balancer or an ingress.",
    no_command=AT_THE_MOVE,
    sources=(
        "https://github.com/Azure/AKS/issues/4871",
        "https://github.com/Azure/application-gateway-kubernetes-ingress/issues/931",
    ),
)
def nothing_else_reaches_pods_by_the_table(
    running_cluster: RunningCluster, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    """With overlay no route leads to pods: machines that reached them through the nodes' routes lose the way. Looked at
    are the route tables of the cluster's subscription that you may read.
    """
    for each in foreign_subnets(running_cluster, virtual_network):
        if each.subnet is None or not gateways_in(each.subnet):
            yield Violation(
                message=f"What is in subnet '{each.id.name}' reaches pods through route table '{each.table.id.name}'; "
                "after the move no route leads to them.",
                resource_id=str(each.id),
                evidence={"subnet": str(each.id), "routeTable": str(each.table.id)},
            )
    nodes, others = nodes_of(running_cluster), running_cluster.other_tables
    addresses = {each.address for each in nodes.known if each.address is not None}
    carried = {each.id for each in running_cluster.route_tables if not isinstance(each, Unreadable)}
    for table in others if isinstance(others, tuple) else ():
        copies = [each.name for each in table.routes if each.next_hop_ip in addresses]
        if copies and table.id not in carried:
            yield Violation(
                message=f"Route table '{table.id.name}' has {amount(len(copies), 'route')} to nodes of the cluster; "
                "after the move they lead nowhere.",
                resource_id=str(table.id),
                evidence={"routeTable": str(table.id), "routes": copies},
                remediation="Delete these routes after the move.",
            )
    yield from map(_unknown, _not_seen(running_cluster, nodes))


def _not_seen(running: RunningCluster, nodes: Nodes) -> Iterator[Unreadable]:
    """What MG12 would have to know: the tables on the subnets, all others, and the addresses of the nodes."""
    yield from (each for each in (*running.subnets, *running.route_tables) if isinstance(each, Unreadable))
    if running.other_tables is None:
        yield Unreadable(reason="the other route tables of the subscription were not looked at.")
    elif isinstance(running.other_tables, Unreadable):
        yield running.other_tables
    yield from (cause for _, cause in nodes.hidden)
    if any(each.address is None for each in nodes.known):
        reason = "the addresses of the nodes are not known, so routes to them were not looked for."
        yield Unreadable(reason=reason, permission=MACHINES_READ)


def _unknown(cause: Unreadable) -> Unknown:
    return Unknown(cause=cause)


@rule(
    code="MG13",
    title="it is known that the move reimages all nodes and cannot be undone",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Plan a maintenance window, and first try the move on a cluster that is not in use.",
    no_command=AT_THE_MOVE,
    sources=(UPDATE_CNI,),
    uncounted=True,
)
def move_reimages_all_nodes(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """The whole cluster moves in one operation, all node pools at once, and nothing leads back to kubenet."""
    yield Violation(
        message="The move reimages the nodes of all pools in one operation and cannot be undone; az does not "
        "prompt for confirmation.",
        resource_id=str(running_cluster.cluster.id),
    )


@rule(
    code="MG14",
    title="identity of the cluster has not changed lately",
    severity=Severity.WARNING,
    stage=Stage.MIGRATION,
    remediation="Wait some hours between the change of the identity and the move.",
    no_command=AT_THE_MOVE,
    sources=("https://learn.microsoft.com/azure/aks/managed-identity-overview",),
)
def identity_has_settled(cluster: ClusterRequest, running_cluster: RunningCluster) -> Iterator[Outcome]:
    """The control plane keeps acting as its old identity until the token of that identity expires, which takes up to
    several hours. Azure does not say when the identity was changed.
    """
    if not cluster.identity_given or cluster.identity_id is None:
        yield NotApplicable(message="Not applicable: no identity was given.")
        return
    yield Violation(
        message=f"For up to several hours after the change to identity '{cluster.identity_id.name}' "
        "the cluster still acts as its old one; Azure does not say when it was changed.",
        resource_id=str(running_cluster.cluster.id),
        evidence={"identity": str(cluster.identity_id)},
    )


@rule(
    code="MG15",
    title="it is known what overlay allows",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Enlarge the pod CIDR once the cluster has moved.",
    no_command=AT_THE_MOVE,
    sources=("https://learn.microsoft.com/azure/aks/azure-cni-overlay",),
    uncounted=True,
)
def overlay_grows_further(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """With overlay no route table limits the nodes, and the pod CIDR of a cluster with Linux nodes can be enlarged."""
    yield Violation(
        message="With overlay the cluster can grow to 5,000 nodes, and its pod CIDR can be enlarged later.",
        resource_id=str(running_cluster.cluster.id),
    )


@rule(
    code="MG18",
    title="quota has room for the surge of all node pools at once",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Compare the surge with the quota of the region; lower maxSurge where the quota is smaller.",
    no_command=LOOKING,
    sources=("https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling",),
    uncounted=True,
)
def quota_has_room_for_the_surge(cluster: ClusterRequest, running_cluster: RunningCluster) -> Iterator[Outcome]:
    """All pools are reimaged at once, each with its surge nodes."""
    surge: Counter[str] = Counter()
    for pool in cluster.node_pools:
        surge[pool.vm_size or "unknown size"] += pool.upgrade_now - pool.now
    wanted = [f"{count} of {size}" for size, count in sorted(surge.items()) if count]
    location = running_cluster.cluster.location
    yield Violation(
        message=f"Each reimage needs quota for further nodes of all pools at once: {', '.join(wanted) or 'none'}.",
        resource_id=str(running_cluster.cluster.id),
        evidence={"surgeNodes": tuple(wanted)},
        commands=(
            az(
                "vm",
                "list-usage",
                subscription=running_cluster.cluster.id.subscription_id,
                location=location,
                output="table",
            ),
        ),
    )


@rule(
    code="MG19",
    title="no PodDisruptionBudget forbids the drain of a node",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Have every budget allow one disruption at least while nodes are reimaged.",
    no_command=LOOKING,
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/unsatisfiablepdb-error",
        "https://github.com/hashicorp/terraform-provider-azurerm/issues/32827",
    ),
    uncounted=True,
)
def no_budget_forbids_the_drain(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """A budget that allows no disruption makes AKS refuse the operation before it starts, or hang on a node. It is not
    visible from outside the cluster.
    """
    own = " Calico's own (calico-typha) was reported to do so." if _has_calico(running_cluster) else ""
    yield Violation(
        message=f"From outside it is not visible whether a PodDisruptionBudget forbids the drain of a node.{own}",
        resource_id=str(running_cluster.cluster.id),
        commands=("kubectl get poddisruptionbudget --all-namespaces",),
    )


def _has_calico(running: RunningCluster) -> bool:
    return policy_engine(running.cluster) == CALICO


@rule(
    code="MG28",
    title="code that describes the cluster is changed before it is applied the next time",
    severity=Severity.INFO,
    stage=Stage.MIGRATION,
    remediation="Show the change: az aks kubenet migrate --dry-run --iac terraform (or terraform-avm, bicep).",
    no_command=AT_THE_MOVE,
    sources=(AZURERM, "https://github.com/hashicorp/terraform-provider-azurerm/issues/31683"),
    uncounted=True,
)
def code_is_changed_before_it_is_applied(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """Terraform's azurerm destroys a cluster on overlay whose code says kubenet, to recreate it; before 4.66 it cannot
    express the move at all. With `network_policy = "calico"` an apply between the steps installs Calico again.
    """
    calico = (
        ' With network_policy = "calico" in the code, an apply between the steps installs Calico again.'
        if _has_calico(running_cluster)
        else ""
    )
    yield Violation(
        message="Change the code that describes the cluster BEFORE it is next applied: unchanged Terraform (azurerm) "
        "code destroys the migrated cluster, and azurerm before 4.66 cannot express the move. Leave the pod CIDR in it "
        f"as it is.{calico}",
        resource_id=str(running_cluster.cluster.id),
        evidence={"minimumVersion": "azurerm 4.66.0"},
    )


@rule(
    code="MG29",
    title="cluster is on Azure CNI Overlay, and all of it",
    severity=Severity.ERROR,
    stage=Stage.MIGRATION,
    remediation="Open a support case with the cluster's id and what was found; an operation that said Succeeded proves "
    "nothing.",
    no_command=LOOKING,
    sources=("https://github.com/Azure/azure-cli/issues/28403",),
)
def cluster_has_moved(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """Azure has reported Succeeded for an update that changed nothing. So what counts is what the cluster is: its
    network model, its states, its machines, its pod CIDR, and that no route of a node is left.
    """
    cluster = running_cluster.cluster
    if is_changing(running_cluster):
        yield NotApplicable(message="Not applicable: an operation is under way.")
        return
    for each in verify(running_cluster).checks:
        if each.hidden is not None:
            yield Unknown(cause=each.hidden)
        elif not each.passed:
            yield Violation(
                message=f"Expected {each.name}: {each.expected}; found: {each.found}.",
                resource_id=str(cluster.id),
                evidence={"check": each.name, "expected": each.expected, "found": each.found},
                commands=(az("aks", "show", ids=cluster.id, query="networkProfile"),),
            )


RULES: Final = (
    masquerading_is_not_configured,
    route_table_is_left,
    pod_cidr_stays,
    nothing_else_reaches_pods_by_the_table,
    move_reimages_all_nodes,
    identity_has_settled,
    overlay_grows_further,
    quota_has_room_for_the_surge,
    no_budget_forbids_the_drain,
    code_is_changed_before_it_is_applied,
    cluster_has_moved,
)
