"""Subnets on a running cluster's route table that none of its node pools is in. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.unreadable import Unreadable
from .pool_subnets import is_own_subnet


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSubnet:
    """A subnet on the table; `subnet` is None where it was not read."""

    id: ResourceId
    table: RouteTable
    subnet: Subnet | None


def foreign_subnets(running: RunningCluster, network: VirtualNetwork | Unreadable | None) -> tuple[ForeignSubnet, ...]:
    """Those of every table on the cluster's subnets, as the tables tell them."""
    siblings = network.subnets if isinstance(network, VirtualNetwork) else ()
    read = {each.id: each for each in siblings}
    return tuple(
        ForeignSubnet(id=subnet_id, table=table, subnet=read.get(subnet_id))
        for table in running.route_tables
        if isinstance(table, RouteTable)
        for subnet_id in table.subnets
        if not is_own_subnet(running, subnet_id)
    )
