"""The az commands that repair what a rule found, complete and quoted for a POSIX shell. No IO."""

from __future__ import annotations

from ..azure import az_words
from ..azure.az_words import Option, az, group_of, kubenet
from ..azure.model import Subnet
from ..azure.resource_id import ResourceId
from ..clusters.request import ClusterRequest
from ..plan.next_commands import CLUSTER


def update_subnet(subnet_id: ResourceId | None, **options: Option) -> tuple[str, ...]:
    """The update of a subnet that exists; none for one that is only planned."""
    return () if subnet_id is None else (az_words.update_subnet(subnet_id, **options),)


def associate_route_table(subnet_id: ResourceId | None, route_table_id: ResourceId | None) -> tuple[str, ...]:
    """The association of the table with the subnet, in place of another one."""
    return () if route_table_id is None else update_subnet(subnet_id, route_table=route_table_id)


def write_virtual_network_again(network_id: ResourceId | None) -> tuple[str, ...]:
    """An update that changes nothing: the way to bring a failed network back to Succeeded."""
    return () if network_id is None else (az("network", "vnet", "update", ids=network_id),)


def delete_route(route_id: ResourceId) -> tuple[str, ...]:
    """The deletion of one route, by its id."""
    return (az_words.delete_route(route_id),)


def prepare_subnet(cluster: ClusterRequest, subnet: Subnet) -> tuple[str, ...]:
    """`az aks kubenet prepare` for the subnet; in its group, for the documentation's cluster, where none is given."""
    if subnet.id is None:
        return ()
    known = cluster.cluster_id
    name = CLUSTER if known is None else known.name
    command = kubenet(
        "prepare",
        **group_of(known or subnet.id),
        cluster_name=name,
        vnet_subnet_id=subnet.id,
        identity=cluster.identity_id,
    )
    return (command,)
