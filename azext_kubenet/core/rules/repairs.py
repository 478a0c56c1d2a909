"""The az commands that repair what a rule found, complete and quoted for a POSIX shell. No IO."""

from __future__ import annotations

import shlex

from ..azure.model import Subnet
from ..azure.resource_id import ResourceId
from ..clusters.request import ClusterRequest
from ..plan.next_commands import CLUSTER


def update_subnet(subnet_id: ResourceId | None, *arguments: str) -> tuple[str, ...]:
    """The update of a subnet that exists; none for one that is only planned."""
    if subnet_id is None:
        return ()
    return (shlex.join(["az", "network", "vnet", "subnet", "update", "--ids", str(subnet_id), *arguments]),)


def associate_route_table(subnet_id: ResourceId | None, route_table_id: ResourceId | None) -> tuple[str, ...]:
    """The association of the table with the subnet, in place of another one."""
    return () if route_table_id is None else update_subnet(subnet_id, "--route-table", str(route_table_id))


def write_virtual_network_again(network_id: ResourceId | None) -> tuple[str, ...]:
    """An update that changes nothing: the way to bring a failed network back to Succeeded."""
    return () if network_id is None else (shlex.join(["az", "network", "vnet", "update", "--ids", str(network_id)]),)


def delete_route(route_id: ResourceId) -> tuple[str, ...]:
    """The deletion of one route, by its id."""
    return (shlex.join(["az", "network", "route-table", "route", "delete", "--ids", str(route_id)]),)


def prepare_subnet(cluster: ClusterRequest, subnet: Subnet) -> tuple[str, ...]:
    """`az aks kubenet prepare` for the subnet; in its group, for the documentation's cluster, where none is given."""
    if subnet.id is None:
        return ()
    known = cluster.cluster_id
    group, name = (subnet.id.resource_group, CLUSTER) if known is None else (known.resource_group, known.name)
    names = ["--resource-group", group, "--cluster-name", name]
    return (shlex.join(["az", "aks", "kubenet", "prepare", "--vnet-subnet-id", str(subnet.id), *names]),)
