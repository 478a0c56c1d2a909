"""The route controller of a kubenet cluster: one route a node, and what keeps it from writing. No IO.

It compares name and destination only, so that it never repairs a wrong next hop, and it deletes every route that starts
or ends in the pod CIDR and is none of its nodes'.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable

from ..access import is_allowed
from ..azure import Azure
from ..errors import ArmError, Json
from ..identifiers import same, within
from ..locks import refuse_locked
from ..store import Record
from .defaults import plugin_of
from .naming import cluster_number, nodes_of
from .proposal import acting_principal
from .rendering import MANAGED_CLUSTER

ROUTE_TABLE_WRITE = "Microsoft.Network/routeTables/write"
STOPPING_EFFECTS = ("deny", "modify", "append")


def advance(azure: Azure, seconds: float) -> None:
    """Lets time pass and every cluster's controller run its cycle."""
    azure.clock += seconds
    for cluster in azure.store.of_type(MANAGED_CLUSTER):
        run(azure, cluster)


def run(azure: Azure, cluster: Record, *, seeding: bool = False) -> None:
    """One cycle of a cluster's controller; a seeded cluster has had all its cycles, whatever stops it from now on."""
    table = azure.store.find(cluster.private.get("routeTable"))
    if table is None or plugin_of(cluster.properties["networkProfile"]) != "kubenet":
        return
    if not seeding and (cluster.private.get("power") == "Stopped" or _is_stopped(azure, cluster, table)):
        return
    nodes = list(nodes_of(azure, cluster))
    changed = _delete_stale(azure, cluster, table, nodes)
    due = [node for node in nodes if seeding or node["joined"] + azure.settings.route_delay_seconds <= azure.clock]
    if _write_missing(azure, table, due) or changed:
        table.etag = str(uuid.uuid4())


def clear(azure: Azure, cluster: Record) -> None:
    """Takes the cluster's node routes out of its table, as the service does when the cluster goes or leaves kubenet."""
    table = azure.store.find(cluster.private.get("routeTable"))
    if table is None:
        return
    for route in azure.store.children(table, "routes"):
        if f"-{cluster_number(cluster)}-vmss" in route.name:
            azure.store.remove(route.id)
    table.etag = str(uuid.uuid4())


def _is_stopped(azure: Azure, cluster: Record, table: Record) -> bool:
    """Whether a missing right, a lock or a policy stands in the way of a write to the table."""
    principal = acting_principal(azure, cluster)
    own_of_aks = same(table.id, cluster.private.get("managedRouteTable"))
    known = None if principal is None or own_of_aks else principal.object_id
    if known is not None and not is_allowed(azure, known, ROUTE_TABLE_WRITE, table.id):
        return True
    try:
        refuse_locked(azure, table.id)
    except ArmError:
        return True
    return any(
        str(state.get("policyDefinitionAction", "")).lower() in STOPPING_EFFECTS
        and within(str(state.get("resourceId", "")), table.id)
        for state in azure.policy_states
        if state.get("resourceId")
    )


def _delete_stale(azure: Azure, cluster: Record, table: Record, nodes: Iterable[Json]) -> bool:
    wanted = {(node["name"], node["podCidr"]) for node in nodes}
    pods = [ipaddress.ip_network(cidr) for cidr in cluster.properties["networkProfile"].get("podCidrs") or []]
    changed = False
    for route in azure.store.children(table, "routes"):
        prefix = str(route.properties.get("addressPrefix", ""))
        if (route.name, prefix) not in wanted and any(_starts_or_ends_in(prefix, block) for block in pods):
            azure.store.remove(route.id)
            changed = True
    return changed


def _starts_or_ends_in(prefix: str, block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        network = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return False  # a service tag
    return network[0] in block or network[-1] in block


def _write_missing(azure: Azure, table: Record, nodes: Iterable[Json]) -> bool:
    """Where Azure would refuse the route (limit, RouteConflict) the node stays without one, as it does in life."""
    present = azure.store.children(table, "routes")
    names = {route.name for route in present}
    taken = {route.properties.get("addressPrefix") for route in present}
    count, changed = len(present), False
    for node in nodes:
        if node["name"] in names or node["podCidr"] in (None, *taken) or count >= azure.settings.route_limit:
            continue
        properties: Json = {
            "addressPrefix": node["podCidr"],
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": node["address"],
            "hasBgpOverride": False,
        }
        azure.store.put(Record(table.target.child("routes", node["name"]), {"properties": properties}))
        count, changed = count + 1, True
    return changed
