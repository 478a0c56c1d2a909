"""A cluster that runs as the cluster that rules judge: every value that was not given is its own. No IO.

`gather` reads the `RunningCluster`; `as_it_runs` makes the ClusterRequest of it that every rule takes; `running_nodes`
and `running_routes` tell what its nodes, table and routes are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..azure import limits
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.snapshot import Snapshot
from ..azure.unreadable import seen
from .pool_subnets import internal_balancers_in, is_own_subnet
from .request import DEFAULT_SURGE, UNNAMED, ClusterRequest, NodePool, OsType, Surge
from .running_nodes import Nodes, is_stopped, nodes_of

if TYPE_CHECKING:
    from ..azure.managed_clusters import AgentPool, ManagedCluster, RunningCluster


def surge_of(text: str) -> Surge:
    """Azure's text for a surge, a percentage or a count; the default where it says neither."""
    number = text.removesuffix("%")
    return Surge(value=int(number), percent=text.endswith("%")) if number.isdecimal() else DEFAULT_SURGE


def node_pools_of(running: RunningCluster) -> tuple[NodePool, ...]:
    """The pools as they run: machines where they are known, else the count; none of what is stopped."""
    nodes = nodes_of(running)
    return tuple(_node_pool(running.cluster, pool, nodes) for pool in running.cluster.agent_pools)


def _node_pool(cluster: ManagedCluster, pool: AgentPool, nodes: Nodes) -> NodePool:
    known = nodes.of_pool(pool.name)
    now = 0 if is_stopped(cluster, pool) else pool.count if known is None else len(known)
    return NodePool(
        name=pool.name,
        node_count=pool.count,
        max_count=max(pool.max_count, pool.count),
        max_pods=pool.max_pods,
        max_surge=surge_of(pool.max_surge),
        os_type=OsType.WINDOWS if pool.os_type.lower() == OsType.WINDOWS.value.lower() else OsType.LINUX,
        subnet=None if pool.subnet_id is None else pool.subnet_id.text,
        vm_size=pool.vm_size or None,
        nodes_now=now,
    )


def as_it_runs(wanted: ClusterRequest, snapshot: Snapshot) -> ClusterRequest:
    """`wanted` with the running cluster's own value for all that was not given; as it is where none runs.

    Pools that are given beside it replace its pool of that name, or come in addition, in the subnet that is judged. A
    subnet that is not yet its own gets a pool of Azure's default size where none is given.
    """
    running = seen(snapshot.running_cluster)
    if running is None:
        return wanted
    cluster = running.cluster
    subnet = snapshot.subnet if isinstance(snapshot.subnet, Subnet) else None
    balancers = 0 if subnet is None else internal_balancers_in(subnet, cluster.node_resource_group)
    kubelet = cluster.kubelet_identity_id
    is_own_kubelet = kubelet is not None and kubelet.resource_group.lower() == cluster.node_resource_group.lower()
    return replace(
        wanted,
        runs=True,
        node_resource_group=cluster.node_resource_group,
        node_pools=_pools(wanted.node_pools, running, subnet),
        pod_cidr=wanted.pod_cidr or next(iter(cluster.pod_cidrs), None),
        service_cidr=wanted.service_cidr or cluster.service_cidr,
        dns_service_ip=wanted.dns_service_ip or (None if wanted.service_cidr else cluster.dns_service_ip),
        outbound_type=wanted.outbound_type or cluster.outbound_type or None,
        network_policy=wanted.network_policy or cluster.network_policy or None,
        network_dataplane=wanted.network_dataplane or cluster.network_dataplane or None,
        internal_load_balancers=wanted.internal_load_balancers or balancers,
        location=wanted.location or cluster.location or None,
        ip_families=cluster.ip_families,
        addons=wanted.addons or cluster.addons,
        kubelet_identity_id=wanted.kubelet_identity_id or (None if is_own_kubelet else kubelet),
        private_cluster=wanted.private_cluster or cluster.private_cluster,
        api_server_subnet_id=wanted.api_server_subnet_id or cluster.api_server_subnet_id,
        private_dns_zone_id=wanted.private_dns_zone_id or cluster.private_dns_zone_id,
        public_dns_only=wanted.public_dns_only or cluster.public_dns_only,
        identity_kind=cluster.identity_kind if wanted.identity_id is None else wanted.identity_kind,
        identity_id=wanted.identity_id or next(iter(cluster.user_assigned_ids), None),
    )


def _pools(given: tuple[NodePool, ...], running: RunningCluster, subnet: Subnet | None) -> tuple[NodePool, ...]:
    own = node_pools_of(running)
    here = None if subnet is None or subnet.id is None else subnet.id
    named = _named(given, own, here)
    if not named and here is not None and not is_own_subnet(running, here):
        default = NodePool(name=UNNAMED, node_count=limits.DEFAULT_NODE_COUNT, max_count=limits.DEFAULT_NODE_COUNT)
        named = _named((default,), own, here)
    by_name = {pool.name: pool for pool in own}
    coming = {pool.name: _placed(pool, by_name.get(pool.name), here) for pool in named}
    return (*(coming.pop(pool.name, pool) for pool in own), *coming.values())


def _named(given: tuple[NodePool, ...], own: tuple[NodePool, ...], here: ResourceId | None) -> tuple[NodePool, ...]:
    """A pool without a name is the only one in the judged subnet, else a further one."""
    if not given:
        return ()
    in_subnet = [pool.name for pool in own if here is not None and (pool.subnet or "").lower() == here.text.lower()]
    taken = {pool.name for pool in own}
    free = next(name for number in range(1, len(taken) + 2) if (name := f"nodepool{number}") not in taken)
    name = in_subnet[0] if len(in_subnet) == 1 else free
    return tuple(replace(pool, name=pool.name or name) for pool in given)


def _placed(pool: NodePool, own: NodePool | None, here: ResourceId | None) -> NodePool:
    """A given pool where it belongs: in the subnet that it has or names, else in the one that is judged."""
    if own is not None:
        return replace(pool, subnet=own.subnet, nodes_now=own.nodes_now)
    return replace(pool, subnet=pool.subnet or (None if here is None else here.text))
