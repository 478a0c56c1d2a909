"""What a running cluster leaves in the network: nodes in its subnets, one route table on them. No IO."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator

from ..azure import Azure
from ..errors import ArmError, Json
from ..identifiers import parse, same
from ..resources.network_type import reference
from ..resources.references import SCALE_SET, free_addresses, prefixes
from ..resources.route_tables import ROUTE_TABLE
from ..store import Record
from . import route_controller
from .defaults import NODE_MASK, plugin_of
from .naming import cluster_number, node_name, nodes_of, scale_set_name, scale_sets
from .rendering import kubelet_identity, node_group_path, outbound_ip


def reconcile(azure: Azure, record: Record, *, whole: bool = True, seeding: bool = False) -> None:
    """Makes nodes, addresses and routes match the pools; raises SubnetIsFull where there is no room.

    Only a write of the `whole` cluster attaches the table to a subnet that has none; one of a single pool does not.
    """
    _ensure_node_group(azure, record)
    if not any(pool.get("vnetSubnetID") for pool in record.properties["agentPoolProfiles"]):
        _ensure_own_network(azure, record)
    kubenet = plugin_of(record.properties["networkProfile"]) == "kubenet"
    if kubenet:
        _ensure_route_table(azure, record, attach=whole)
    names = set()
    for pool in record.properties["agentPoolProfiles"]:
        scale_set = _scale_set(azure, record, pool)
        names.add(scale_set.key)
        _resize(azure, record, pool, scale_set)
    for stale in scale_sets(azure, record):
        if stale.key not in names:
            azure.store.remove(stale.id)
    if kubenet:
        route_controller.run(azure, record, seeding=seeding)
    else:
        route_controller.clear(azure, record)
        _release_route_table(azure, record)
    record.private["ready"] = True


def written_resources(azure: Azure, record: Record) -> list[str]:
    """The customer's resources that a cluster writes to: its subnets and their route tables."""
    found = []
    for subnet_id in subnet_ids(record):
        subnet = azure.store.find(subnet_id)
        if subnet is not None:
            found.append(subnet.id)
            table = reference(subnet, "routeTable")
            found += [table] if table else []
    return found


def remove(azure: Azure, record: Record) -> None:
    """Takes a cluster away with its node group, and its routes out of the customer's table."""
    for scale_set in scale_sets(azure, record):
        azure.store.remove(scale_set.id)
    route_controller.clear(azure, record)
    _release_route_table(azure, record)
    azure.store.remove(node_group_path(record))
    azure.store.remove(record.id)


def subnet_ids(record: Record) -> list[str]:
    """The subnets of the pools; without one of the customer's, the cluster's own."""
    found = [str(pool["vnetSubnetID"]) for pool in record.properties["agentPoolProfiles"] if pool.get("vnetSubnetID")]
    return list(dict.fromkeys(found)) or [_own_subnet(record)]


def _own_subnet(record: Record) -> str:
    network = f"{node_group_path(record)}/providers/Microsoft.Network/virtualNetworks"
    return f"{network}/aks-vnet-{cluster_number(record)}/subnets/aks-subnet"


def _ensure_node_group(azure: Azure, record: Record) -> None:
    path = node_group_path(record)
    if azure.store.find(path) is None:
        azure.store.put(Record(parse(path), {"location": record.location, "managedBy": record.id}))
    address = {"location": record.location, "sku": {"name": "Standard", "tier": "Regional"}}
    if azure.store.find(outbound_ip(record)) is None:
        azure.store.put(Record(parse(outbound_ip(record)), {**address, "properties": {"ipTags": []}}))
    if azure.store.find(kubelet_identity(record)) is None:
        azure.store.put(Record(parse(kubelet_identity(record)), {"location": record.location}))


def _ensure_own_network(azure: Azure, record: Record) -> None:
    subnet = parse(_own_subnet(record))
    if azure.store.find(subnet.path) is not None:
        return
    space: Json = {"addressSpace": {"addressPrefixes": ["10.224.0.0/12"]}, "enableDdosProtection": False}
    azure.store.put(Record(subnet.parent, {"location": record.location, "properties": space}))
    properties: Json = {"addressPrefix": "10.224.0.0/16", "delegations": []}
    azure.store.put(Record(subnet, {"properties": properties}))


def _ensure_route_table(azure: Azure, record: Record, *, attach: bool) -> None:
    """The cluster's one table: the one that it has, else one that is on a subnet, else one made in the node group."""
    subnets = [found for each in subnet_ids(record) if (found := azure.store.find(each)) is not None]
    if not subnets:
        return
    carried = [path for subnet in subnets if (path := reference(subnet, "routeTable")) is not None]
    table = azure.store.find(record.private.get("routeTable") or (carried[0] if carried else None))
    if table is None:
        name = f"aks-agentpool-{cluster_number(record)}-routetable"
        made = f"{node_group_path(record)}/providers/{ROUTE_TABLE}/{name}"
        properties: Json = {"disableBgpRoutePropagation": False}
        table = azure.store.find(made) or Record(parse(made), {"location": record.location, "properties": properties})
        azure.store.put(table)
        record.private["managedRouteTable"] = table.id
    attach = attach or "routeTable" not in record.private
    record.private["routeTable"] = table.id
    for subnet in subnets:
        if attach and reference(subnet, "routeTable") is None:
            subnet.properties["routeTable"] = {"id": table.id}
            _renew(azure, subnet.target.top.path)


def _release_route_table(azure: Azure, record: Record) -> None:
    """Deletes the table AKS made; a customer's own one stays where it is."""
    table = record.private.pop("managedRouteTable", None)
    record.private.pop("routeTable", None)
    if table is None:
        return
    for subnet_id in subnet_ids(record):
        subnet = azure.store.find(subnet_id)
        if subnet is not None and same(reference(subnet, "routeTable"), table):
            del subnet.properties["routeTable"]
            _renew(azure, subnet.target.top.path)
    azure.store.remove(table)


def _renew(azure: Azure, resource_id: str) -> None:
    found = azure.store.find(resource_id)
    if found is not None:
        found.etag = str(uuid.uuid4())


def _scale_set(azure: Azure, record: Record, pool: Json) -> Record:
    name = scale_set_name(record, pool["name"])
    target = parse(f"{node_group_path(record)}/providers/{SCALE_SET}/{name}")
    found = azure.store.find(target.path)
    if found is None:
        found = Record(target, {"location": record.location, "properties": {}}, private={"nodes": []})
        azure.store.put(found)
    return found


def _resize(azure: Azure, record: Record, pool: Json, scale_set: Record) -> None:
    nodes: list[Json] = scale_set.private["nodes"]
    wanted = 0 if _is_stopped(record, pool) else int(pool["count"])
    del nodes[wanted:]
    subnet_id = str(pool.get("vnetSubnetID") or subnet_ids(record)[0])
    subnet = azure.store.find(subnet_id)
    if subnet is None or wanted <= len(nodes):
        return
    addresses = free_addresses(azure, subnet)
    free = [address for address, _ in zip(addresses, range(wanted - len(nodes)), strict=False)]
    if len(free) < wanted - len(nodes):
        raise _subnet_is_full(subnet, wanted - len(nodes) - len(free))
    blocks = _free_pod_blocks(azure, record)
    for address in free:
        index = max((int(node["index"]) for node in nodes), default=-1) + 1
        machine = f"{scale_set.id}/virtualMachines/{index}/networkInterfaces/{scale_set.name}"
        nodes.append(
            {
                "index": index,
                "name": node_name(scale_set.name, index),
                "subnet": subnet.id,
                "address": address,
                "ipConfiguration": f"{machine}/ipConfigurations/ipconfig1",
                "podCidr": next(blocks, None),
                "joined": azure.clock,
            }
        )
    _renew(azure, subnet.target.top.path)


def _is_stopped(record: Record, pool: Json) -> bool:
    return "Stopped" in (record.private.get("power"), (pool.get("powerState") or {}).get("code"))


def _subnet_is_full(subnet: Record, missing: int) -> ArmError:
    sentence = (
        f"Subnet {subnet.name} with address prefix {','.join(prefixes(subnet))} does not have enough capacity for "
        f"{missing} IP addresses."
    )
    message = f"VMSSAgentPoolReconciler retry failed: Code='SubnetIsFull' Message='{sentence}' Details=[]"
    return ArmError(400, "SubnetIsFull", message, wrapped=False)


def _free_pod_blocks(azure: Azure, record: Record) -> Iterator[str]:
    """The /24 blocks of the pod CIDR that no node has."""
    cidr = record.properties["networkProfile"].get("podCidr")
    if not cidr:
        return
    taken = {node["podCidr"] for node in nodes_of(azure, record)}
    pods = ipaddress.ip_network(cidr)
    for block in pods.subnets(new_prefix=max(NODE_MASK, pods.prefixlen)):
        if str(block) not in taken:
            yield str(block)
