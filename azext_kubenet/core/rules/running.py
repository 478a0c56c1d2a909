"""Rules of a cluster that runs: its nodes' routes, its one route table, its state. No IO.

They are in the one catalogue: a command that judges a running cluster evaluates all rules at `Stage.RUNNING`, with the
cluster of `clusters/running.as_it_runs` and a Snapshot whose `running_cluster` is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..azure.access import ScopeAccess
from ..azure.amounts import amount
from ..azure.managed_clusters import RunningCluster
from ..azure.restrictions import Lock, PolicyState
from ..azure.route_tables import Route, RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.existing import KUBENET
from ..clusters.route_controller import stopped_by
from ..clusters.running_nodes import MACHINES_READ, Node, Nodes, is_stopped, nodes_of
from ..clusters.running_routes import (
    Association,
    NodeRoute,
    OtherKind,
    RouteState,
    SubnetRouting,
    associations,
    cluster_table,
    is_changing,
    node_routes,
    other_routes,
)
from .repairs import associate_route_table, delete_route
from .rule import Confirmation, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import STATE

ROUTE_CONTROLLER: Final = (
    "https://github.com/kubernetes/cloud-provider/blob/master/controllers/route/route_controller.go"
)
CLOUD_PROVIDER: Final = (
    "https://github.com/kubernetes-sigs/cloud-provider-azure/blob/master/pkg/provider/azure_routes.go"
)
CONFIGURE_KUBENET: Final = "https://learn.microsoft.com/azure/aks/configure-kubenet"
SHOWN_NAMES: Final = 3

_NOT_KUBENET: Final = NotApplicable(message="Not applicable: the cluster is not on kubenet.")
_STOPPED: Final = NotApplicable(message="Not applicable: the cluster is stopped.")


@rule(
    code="RT8",
    title="every node has its route",
    severity=Severity.ERROR,
    stage=Stage.RUNNING,
    remediation="Repair what keeps the cluster from writing its route table; it then writes missing routes by itself.",
    sources=(CLOUD_PROVIDER, ROUTE_CONTROLLER),
)
def every_node_has_its_route(
    running_cluster: RunningCluster,
    route_table_access: ScopeAccess | Unreadable | None,
    locks: tuple[Lock, ...] | Unreadable | None,
    route_table_locks: tuple[Lock, ...] | Unreadable | None,
    policy_states: tuple[PolicyState, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Pods of a node are reached by the route of its name: to a virtual appliance, with the node's address. The
    cluster's route controller writes it within a minute or two after the node joins. One that is missing on a node that
    is not new means that the controller cannot write. It takes one with another next hop for its own, and never
    repairs it.
    """
    running = running_cluster
    prepared = _routed(running)
    if isinstance(prepared, NotApplicable | Unknown):
        yield prepared
        return
    nodes, table = prepared
    causes: tuple[str, ...] = ()
    routes = node_routes(running, nodes, table.routes)
    if any(each.route is None for each in routes):
        every = (locks, route_table_locks)
        causes = stopped_by(running, nodes, table, access=route_table_access, locks=every, policy_states=policy_states)
        routes = node_routes(running, nodes, table.routes, can_write=not causes)
    yield from _missing(running, table, routes, causes)
    for each in routes:
        if each.state is RouteState.WRONG_NEXT_HOP and each.route is not None:
            yield _wrong_next_hop(table, each.node, each.route)
    yield from (Unknown(cause=cause) for _, cause in nodes.hidden)
    unseen = [each.node.name for each in routes if each.state is RouteState.UNSEEN]
    if unseen and not running.by_name:
        reason = f"the addresses of {_some(unseen)} are not known, so the next hops of their routes were not compared."
        yield Unknown(cause=Unreadable(reason=reason, permission=MACHINES_READ))
    fine = (RouteState.OK, RouteState.UNSEEN) if running.by_name else (RouteState.OK,)
    if routes and all(each.state in fine for each in routes) and not nodes.hidden:
        compared = " by its name; next hops were not compared" if unseen else ""
        each_node = "The node" if len(routes) == 1 else f"Each of {len(routes)} nodes"
        yield Confirmation(
            message=f"{each_node} has its route in route table '{table.id.name}'{compared}.",
            resource_id=str(table.id),
            evidence={"nodes": len(routes), "routeTable": str(table.id)},
        )


def _missing(
    running: RunningCluster, table: RouteTable, routes: Sequence[NodeRoute], causes: tuple[str, ...]
) -> Iterator[Violation]:
    """One a pool: an error where the pool is at rest or the controller cannot write, else a matter of minutes."""
    for pool in running.cluster.agent_pools:
        of_pool = [each for each in routes if each.node.pool == pool.name]
        lacking = [each for each in of_pool if each.route is None]
        if not lacking:
            continue
        pending = lacking[0].state is RouteState.PENDING
        names = [each.node.name for each in lacking]
        because = f" The cluster cannot write the table: see {', '.join(causes)}." if causes else ""
        have, them = ("has", "it") if len(lacking) == 1 else ("have", "them")
        yield Violation(
            message=f"{len(lacking)} of {amount(len(of_pool), 'node')} of node pool '{pool.name}' {have} no route in "
            f"route table '{table.id.name}': {_some(names)}. Pods on {them} cannot be reached from other nodes"
            f"{' until it is written, one to two minutes after a node joins' if pending else ''}.{because}",
            resource_id=str(table.id),
            evidence={
                "nodePool": pool.name,
                "state": lacking[0].state.value,
                "nodes": names,
                "causes": causes,
                "changing": is_changing(running.cluster, pool),
            },
            severity=Severity.WARNING if pending else None,
            remediation="Wait two minutes and look again." if pending else None,
        )


def _wrong_next_hop(table: RouteTable, node: Node, route: Route) -> Violation:
    route_id, found = table.id.child("routes", route.name), str(route.next_hop_ip or route.next_hop_type)
    own = "another address" if node.address is None else str(node.address)
    return Violation(
        message=f"Route '{route.name}' leads to {found}, but its node has {own}: its pods cannot be reached, and the "
        "cluster never repairs such a route.",
        resource_id=str(route_id),
        evidence={
            "node": node.name,
            "nodePool": node.pool,
            "state": RouteState.WRONG_NEXT_HOP.value,
            "nextHop": found,
            "address": None if node.address is None else str(node.address),
        },
        remediation="Delete this one route: the cluster writes it again within a minute or two.",
        destructive_commands=delete_route(route_id),
    )


@rule(
    code="RT9",
    title="no route is left over from a node that is gone",
    severity=Severity.ERROR,
    stage=Stage.RUNNING,
    remediation="Repair what keeps the cluster from writing its route table (ID3, LCK1, POL1); it then deletes them.",
    no_command="The cluster deletes such routes itself once it may write the table; ID3 and LCK1 print the commands.",
    sources=(ROUTE_CONTROLLER, "https://github.com/Azure/AKS/issues/2681"),
)
def no_route_is_left_over(
    running_cluster: RunningCluster,
    route_table_access: ScopeAccess | Unreadable | None,
    locks: tuple[Lock, ...] | Unreadable | None,
    route_table_locks: tuple[Lock, ...] | Unreadable | None,
    policy_states: tuple[PolicyState, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """The cluster's route controller deletes every route in the pod CIDR that is none of its nodes', at each of its
    cycles. One that stays means that it cannot write: a role, a lock or a policy stands in the way. With nodes that
    lack their route it is an error.
    """
    prepared = _routed(running_cluster)
    if isinstance(prepared, NotApplicable | Unknown):
        yield prepared
        return
    nodes, table = prepared
    others = other_routes(running_cluster, nodes, table.routes)
    stale = [route.name for route, kind in others if kind is OtherKind.STALE]
    lacking = any(each.route is None for each in node_routes(running_cluster, nodes, table.routes))
    if stale:
        all_locks = (locks, route_table_locks)
        found = stopped_by(
            running_cluster, nodes, table, access=route_table_access, locks=all_locks, policy_states=policy_states
        )
        causes = tuple(each for each in found if each != "RT9")
        because = f" See {', '.join(causes)} for what prevents it." if causes else ""
        them = "it" if len(stale) == 1 else "them"
        yield Violation(
            message=f"Route table '{table.id.name}' holds {amount(len(stale), 'route')} for nodes that are gone: "
            f"{_some(stale)}. The cluster would have deleted {them} if it could write the table.{because}",
            resource_id=str(table.id),
            evidence={"routes": stale, "routeTable": str(table.id), "causes": causes},
            severity=None if lacking else Severity.WARNING,
        )
    yield from (Unknown(cause=cause, severity=Severity.WARNING) for _, cause in nodes.hidden)


@rule(
    code="RT10",
    title="cluster's one route table is on every subnet of its pools",
    severity=Severity.ERROR,
    stage=Stage.RUNNING,
    remediation="Attach the cluster's route table again, and add the association to the code that manages the subnet.",
    sources=(
        CONFIGURE_KUBENET,
        "https://github.com/hashicorp/terraform-provider-azurerm/issues/3749",
        "https://github.com/Azure/AKS/issues/1500",
    ),
)
def cluster_table_is_on_every_subnet(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """Without the table pods of different nodes cannot reach each other: an outage. The usual cause is infrastructure
    code that does not know the association, as with inline subnets or an ARM template of the network, and takes it off
    at its next run. The subnet of a further pool gets it only with the next update of the whole cluster.
    """
    running = running_cluster
    if running.cluster.network_plugin != KUBENET:
        yield _NOT_KUBENET
        return
    table = cluster_table(running)
    routings = associations(running, table)
    for each in routings:
        if each.association is not Association.ASSOCIATED:
            yield _not_associated(running, each, table)
    yield from (Unknown(cause=each) for each in running.subnets if isinstance(each, Unreadable))
    carried = {each.subnet.route_table_id for each in routings if each.subnet.route_table_id is not None}
    if len(carried) > 1 and not isinstance(table, RouteTable):
        reason = (
            f"the subnets of cluster '{running.cluster.id.name}' carry different route tables; its own is not known."
        )
        yield Unknown(cause=table if isinstance(table, Unreadable) else Unreadable(reason=reason))


def _not_associated(
    running: RunningCluster, routing: SubnetRouting, table: RouteTable | Unreadable | None
) -> Violation:
    subnet, name = routing.subnet, running.cluster.id.name
    expected = table.id if isinstance(table, RouteTable) else None
    own = "the cluster's route table" if expected is None else f"the cluster's route table '{expected.name}'"
    found = subnet.route_table_id
    what = f"does not carry {own}" if found is None else f"carries route table '{found.name}' instead of {own}"
    attach = associate_route_table(subnet.id, expected)
    stripped = routing.association is Association.STRIPPED
    return Violation(
        message=f"Subnet '{subnet.name}' of cluster '{name}' (node pools {', '.join(routing.pools)}) {what}: pods "
        "of its nodes are cut off from those of others. The usual cause is infrastructure code that manages the "
        "network and does not include the association.",
        resource_id=None if subnet.id is None else str(subnet.id),
        evidence={
            "association": routing.association.value,
            "routeTable": None if subnet.route_table_id is None else str(subnet.route_table_id),
            "expected": None if expected is None else str(expected),
            "nodePools": routing.pools,
        },
        remediation=None if expected is not None else _FIND_THE_TABLE,
        commands=attach if stripped else (),
        destructive_commands=() if stripped else attach,
    )


_FIND_THE_TABLE: Final = (
    "Find the route table with the routes of the cluster's nodes (az network route-table list) and attach it again. "
    "If it is deleted, an update of the cluster makes AKS's own again (az aks update)."
)


@rule(
    code="CL1",
    title="cluster and its node pools are in state Succeeded and run",
    severity=Severity.ERROR,
    stage=Stage.RUNNING,
    remediation="Wait until the operation has ended, start what is stopped, or repair what failed: az aks update.",
    no_command="A cluster may be stopped on purpose, and what failed may need more than an update.",
    sources=("https://learn.microsoft.com/azure/aks/cluster-container-registry-integration",),
)
def cluster_is_in_order(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """While an operation runs, or after one that failed, another is refused or goes on from half of the last; a
    stopped cluster can only be started or deleted.
    """
    cluster = running_cluster.cluster
    states = [("Cluster", cluster.id.name, cluster.provisioning_state)]
    states += [("Node pool", pool.name, pool.provisioning_state) for pool in cluster.agent_pools]
    for kind, name, state in states:
        if state.lower() != "succeeded":
            yield Violation(
                message=f"{kind} '{name}' is in state '{state}'; a healthy cluster is in 'Succeeded'.",
                resource_id=str(cluster.id),
                evidence={"name": name, "provisioningState": state},
                severity=None if state.lower() == "failed" else Severity.WARNING,
            )
    stopped = [pool.name for pool in cluster.agent_pools if is_stopped(cluster, pool)]
    if stopped:
        whole = is_stopped(cluster)
        yield Violation(
            message=f"Cluster '{cluster.id.name}' is stopped."
            if whole
            else f"Node pools of cluster '{cluster.id.name}' are stopped: {', '.join(stopped)}.",
            resource_id=str(cluster.id),
            evidence={"powerState": cluster.power_state, "stoppedPools": stopped},
            severity=Severity.WARNING,
        )


@rule(
    code="CL2",
    title="cluster names its kubelet identity",
    severity=Severity.ERROR,
    stage=Stage.RUNNING,
    remediation="Ask Azure's support to repair the cluster's identity profile: az can update nothing without it.",
    no_command=STATE,
    sources=("https://learn.microsoft.com/azure/aks/managed-identity-overview",),
)
def cluster_names_its_kubelet_identity(running_cluster: RunningCluster) -> Iterator[Outcome]:
    """`az aks update` ends with a misleading error about a container registry where the cluster has no kubelet
    identity in its profile.
    """
    cluster = running_cluster.cluster
    if cluster.kubelet_identity_id is None:
        yield Violation(
            message=f"Cluster '{cluster.id.name}' has no kubelet identity in its identity profile.",
            resource_id=str(cluster.id),
            evidence={"kubeletIdentity": None},
        )


def _routed(running: RunningCluster) -> tuple[Nodes, RouteTable] | NotApplicable | Unknown:
    """The nodes and the table to hold against each other, or why there is nothing to hold."""
    if running.cluster.network_plugin != KUBENET:
        return _NOT_KUBENET
    if is_stopped(running.cluster):
        return _STOPPED
    table = cluster_table(running)
    if isinstance(table, RouteTable):
        return nodes_of(running), table
    name = running.cluster.id.name
    return Unknown(cause=table or Unreadable(reason=f"the route table of cluster '{name}' was not found."))


def _some(names: Sequence[str]) -> str:
    more = len(names) - SHOWN_NAMES
    return ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


RULES: Final = (
    every_node_has_its_route,
    no_route_is_left_over,
    cluster_table_is_on_every_subnet,
    cluster_is_in_order,
    cluster_names_its_kubelet_identity,
)
