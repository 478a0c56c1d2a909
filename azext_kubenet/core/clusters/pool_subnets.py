"""The subnets that a cluster's pools are in, and what of the cluster besides its nodes is in one. No IO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..azure.networks import Subnet
from ..azure.unreadable import Unreadable, seen

if TYPE_CHECKING:
    from ..azure.managed_clusters import RunningCluster
    from ..azure.resource_id import ResourceId
    from ..azure.snapshot import Snapshot

_INTERNAL_BALANCER: Final = re.compile(
    r"/resourcegroups/(?P<group>[^/]+)/providers/microsoft\.network/loadbalancers/", re.IGNORECASE
)


def is_own_subnet(running: RunningCluster, subnet_id: ResourceId | None) -> bool:
    """Whether the subnet is already one of the cluster's pools'."""
    named: list[ResourceId | None] = [
        pool.subnet_id for pool in running.cluster.agent_pools if pool.subnet_id is not None
    ]
    return subnet_id in (named or [each.id for each in running.subnets if isinstance(each, Subnet)])


def pool_subnets(running: RunningCluster | Unreadable | None) -> tuple[Subnet | Unreadable, ...]:
    """The subnets that the pools of a running cluster have; none where none runs or could be seen."""
    cluster = seen(running)
    return () if cluster is None else cluster.subnets


def subnets_of_cluster(
    subnet: Subnet, further: tuple[Subnet, ...] | Unreadable | None, running: RunningCluster | Unreadable | None
) -> tuple[Subnet, ...]:
    """The judged subnet, those that a running cluster has, and those of further pools: each that was read, once."""
    own = pool_subnets(running)
    coming = further if isinstance(further, tuple) else ()
    found = (each for each in (subnet, *own, *coming) if isinstance(each, Subnet))
    return tuple({each.id or each.name: each for each in found}.values())


def own_subnets_besides(snapshot: Snapshot) -> tuple[Subnet | Unreadable, ...]:
    """The subnets of the running cluster that are not the judged one."""
    running, judged = snapshot.running_cluster, _id_of(snapshot.subnet)
    return tuple(each for each in pool_subnets(running) if _id_of(each) != judged)


def _id_of(subnet: Subnet | Unreadable | None) -> str | None:
    if isinstance(subnet, Unreadable):
        return None if subnet.resource_id is None else subnet.resource_id.lower()
    return None if subnet is None or subnet.id is None else subnet.id.text.lower()


def internal_balancers_in(subnet: Subnet, node_resource_group: str) -> int:
    """Addresses of the subnet that the cluster's own internal load balancers hold."""
    found = (_INTERNAL_BALANCER.search(each) for each in subnet.ip_configurations)
    return sum(each is not None and each["group"].lower() == node_resource_group.lower() for each in found)
