"""The nodes of a cluster that runs: its machines, or what their addresses tell where these may not be read. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from ..azure.networks import Subnet
from ..azure.unreadable import Unreadable

if TYPE_CHECKING:
    from ..azure.managed_clusters import AgentPool, ManagedCluster, RunningCluster

INSTANCE_DIGITS: Final = 6
STOPPED: Final = "stopped"
MACHINES_READ: Final = "Microsoft.ContainerService/managedClusters/agentPools/machines/read"

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_INSTANCE: Final = re.compile(
    r"/resourcegroups/(?P<group>[^/]+)/providers/microsoft\.compute/virtualmachinescalesets/"
    r"(?P<scale_set>aks-(?P<pool>[^/-]+)-[^/]+-vmss)/virtualmachines/(?P<index>\d+)/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node; the address is None where it could not be seen."""

    name: str
    pool: str
    address: IPv4Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The nodes that are known, and for each pool whose nodes are not, why."""

    known: tuple[Node, ...]
    hidden: tuple[tuple[str, Unreadable], ...] = ()

    def of_pool(self, pool: str) -> tuple[Node, ...] | None:
        """The nodes of one pool; None where they are hidden."""
        if any(name == pool for name, _ in self.hidden):
            return None
        return tuple(node for node in self.known if node.pool == pool)


def is_stopped(cluster: ManagedCluster, pool: AgentPool | None = None) -> bool:
    """Whether the cluster, or that pool of it, is stopped and has no machines."""
    return cluster.power_state.lower() == STOPPED or (pool is not None and pool.power_state.lower() == STOPPED)


def node_name(scale_set: str, instance: int) -> str:
    """The node's name: the scale set's, and the instance's number in base 36, six digits.

    Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids
    """
    digits = ""
    while instance:
        instance, digit = divmod(instance, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return scale_set + digits.rjust(INSTANCE_DIGITS, "0")


def scale_set_of(node: str) -> str:
    """The name of the node's scale set."""
    return node[:-INSTANCE_DIGITS]


@lru_cache(maxsize=1)
def nodes_of(running: RunningCluster) -> Nodes:
    """The nodes of every pool.

    Where a pool's machines are refused, or none is listed though it has nodes, the network interfaces in its subnet
    name them, without their addresses.
    """
    listed = {each.pool: each.machines for each in running.machines}
    known: list[Node] = []
    hidden: list[tuple[str, Unreadable]] = []
    in_subnets: dict[str, tuple[Node, ...]] | None = None
    for pool in running.cluster.agent_pools:
        if is_stopped(running.cluster, pool):
            continue
        machines = listed.get(pool.name)
        if isinstance(machines, tuple) and (machines or not pool.count):
            known += (Node(name=each.name, pool=pool.name, address=each.address) for each in machines)
            continue
        if in_subnets is None:
            in_subnets = _nodes_in(running)
        if found := in_subnets.get(pool.name.lower()):
            known += found
        else:
            hidden.append((pool.name, machines if isinstance(machines, Unreadable) else _unlisted(pool)))
    return Nodes(known=tuple(known), hidden=tuple(hidden))


def _unlisted(pool: AgentPool) -> Unreadable:
    return Unreadable(
        reason=f"no machine of node pool '{pool.name}' is listed, and none is seen in its subnet, though it has "
        f"{pool.count} nodes.",
    )


def _nodes_in(running: RunningCluster) -> dict[str, tuple[Node, ...]]:
    """By pool, in lower case, the nodes that hold addresses of the cluster's subnets."""
    found: dict[str, dict[str, Node]] = {}
    group = running.cluster.node_resource_group.lower()
    for each in _instances(each for each in running.subnets if isinstance(each, Subnet)):
        if each["group"].lower() == group:
            name, pool = node_name(each["scale_set"], int(each["index"])), each["pool"]
            found.setdefault(pool.lower(), {})[name] = Node(name=name, pool=pool)
    return {pool: tuple(nodes[name] for name in sorted(nodes)) for pool, nodes in found.items()}


def _instances(subnets: Iterable[Subnet]) -> Iterator[re.Match[str]]:
    for subnet in subnets:
        for configuration in subnet.ip_configurations:
            if match := _INSTANCE.search(configuration):
                yield match
