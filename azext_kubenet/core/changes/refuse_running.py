"""What already runs on the subnet and route table that a preparation would change: it refuses, or asks. No IO."""

from __future__ import annotations

from typing import Final

from ..azure.az_words import kubenet
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..clusters.sharing import hidden_node_groups, known_subnets, node_groups, subnets_on_table
from .change import AssociateRouteTable, Change, CreateRoute, RefusedError

_OWN_TABLE: Final = "Use a route table of its own for each cluster, on a subnet of its own."


def refuse_running_clusters(
    cluster_id: ResourceId, subnet: Subnet, table: RouteTable | None, snapshot: Snapshot
) -> None:
    """Raise RefusedError where a cluster runs in a subnet without a table, or another one uses `table`.

    `table` is the one to use, None while it is still to be made.
    """
    known = snapshot.managed_clusters
    clusters = known if isinstance(known, tuple) else ()
    if subnet.route_table_id is None:
        running = [f"Cluster '{each.id.name}' runs" for each in clusters if subnet.id in each.subnet_ids]
        hidden = [f"AKS nodes of resource group '{group}' run" for group in node_groups(subnet)]
        if any(each.id == cluster_id and subnet.id in each.subnet_ids for each in clusters):
            judge = kubenet("validate-subnet", vnet_subnet_id=str(subnet.id), cluster_name=str(cluster_id))
            raise RefusedError(
                f"Cluster '{cluster_id.name}' runs in subnet '{subnet.name}', which has lost its route table. Another "
                "one would cut its pods off.",
                f"Attach the table that it had: RT10 of this prints the command: {judge}",
            )
        if running or hidden:
            raise RefusedError(
                f"{[*running, *hidden][0]} in subnet '{subnet.name}', which has no route table of its own. "
                "The route table of a running cluster cannot be changed.",
                "Use another subnet for the new cluster.",
            )
    if table is None:
        return
    on_table = subnets_on_table(table.id, subnet, table, snapshot.virtual_network)
    for cluster in clusters:
        shared = [each for each in cluster.subnet_ids if each in on_table]
        if shared and cluster.id != cluster_id:
            raise RefusedError(
                f"Route table '{table.id.name}' serves cluster '{cluster.id.name}' (subnet '{shared[0].name}'). "
                "Two kubenet clusters on one route table delete each other's routes (RT3).",
                _OWN_TABLE,
            )
    readable = known_subnets(on_table, subnet, snapshot.virtual_network)
    for each, group in hidden_node_groups(cluster_id, readable, known):
        raise RefusedError(
            f"Route table '{table.id.name}' serves AKS nodes of resource group '{group}' (subnet '{each.name}'), whose "
            "cluster you may not see. Two kubenet clusters on one route table delete each other's routes (RT3).",
            _OWN_TABLE,
        )


def question(
    subnet: Subnet, table: RouteTable | None, changes: tuple[Change, ...], snapshot: Snapshot
) -> tuple[str, ...]:
    """What to tell a person, a line each, before the routing of what is in place changes; nothing where it is not."""
    network = snapshot.virtual_network
    sharing = frozenset() if table is None else subnets_on_table(table.id, subnet, table, network) - {subnet.id}
    says: list[str] = []
    routing_changes = False
    for change in changes:
        match change.write:
            case AssociateRouteTable(route_table_id=ResourceId() as chosen) if chosen != subnet.route_table_id:
                routing_changes = True
                says += _will((subnet,), f"follow the routes of '{chosen.name}'")
            case CreateRoute(next_hop=next_hop):
                routing_changes = True
                on_table = sharing if subnet.route_table_id is None or subnet.id is None else sharing | {subnet.id}
                says += _will(known_subnets(on_table, subnet, network), f"send what no other route takes to {next_hop}")
    clusters = snapshot.managed_clusters
    if isinstance(clusters, Unreadable) and routing_changes and (says or sharing):
        says.append(f"It could not be determined whether a cluster runs there: {clusters.reason}")
    return tuple(says)


def _will(subnets: tuple[Subnet, ...], what: str) -> list[str]:
    used = [each for each in subnets if each.ip_configurations]
    count = sum(len(each.ip_configurations) for each in used)
    interfaces = "network interface" if count == 1 else "network interfaces"
    places = f"subnet{'s' if len(used) > 1 else ''} {', '.join(repr(each.name) for each in used)}"
    return [f"{count} {interfaces} in {places} will {what} from now on."] if used else []
