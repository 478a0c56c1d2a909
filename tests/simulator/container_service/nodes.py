"""What a running cluster leaves in the network: nodes in the subnet, routes in the route table. No IO."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator

from ..azure import Azure
from ..errors import ArmError, Json
from ..identifiers import parse, same, synthetic_guid
from ..resources.network_type import reference
from ..resources.references import SCALE_SET, free_addresses, prefixes
from ..resources.route_tables import ROUTE_TABLE
from ..store import Record
from .defaults import NODE_MASK, plugin_of
from .rendering import kubelet_identity, node_group_path, outbound_ip

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def cluster_number(record: Record) -> str:
    """The eight digits in the names of everything AKS makes for a cluster."""
    return f"{uuid.UUID(synthetic_guid('cluster', record.id)).int % 10**8:08d}"


def reconcile(azure: Azure, record: Record) -> None:
    """Makes nodes, addresses and routes match the pools; raises SubnetIsFull where there is no room."""
    _ensure_node_group(azure, record)
    if not any(pool.get("vnetSubnetID") for pool in record.properties["agentPoolProfiles"]):
        _ensure_own_network(azure, record)
    kubenet = plugin_of(record.properties["networkProfile"]) == "kubenet"
    if kubenet:
        _ensure_route_table(azure, record)
    names = set()
    for pool in record.properties["agentPoolProfiles"]:
        scale_set = _scale_set(azure, record, pool)
        names.add(scale_set.key)
        _resize(azure, record, pool, scale_set)
    for stale in _scale_sets(azure, record):
        if stale.key not in names:
            azure.store.remove(stale.id)
    _write_routes(azure, record, kubenet=kubenet)
    if not kubenet:
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
    for scale_set in _scale_sets(azure, record):
        azure.store.remove(scale_set.id)
    _write_routes(azure, record, kubenet=False)
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


def _ensure_route_table(azure: Azure, record: Record) -> None:
    """Uses the table on the subnet, or makes one in the node group and attaches it."""
    for subnet_id in subnet_ids(record):
        subnet = azure.store.find(subnet_id)
        if subnet is None:
            continue
        table = reference(subnet, "routeTable")
        if table is None:
            name = f"aks-agentpool-{cluster_number(record)}-routetable"
            table = f"{node_group_path(record)}/providers/{ROUTE_TABLE}/{name}"
            properties: Json = {"disableBgpRoutePropagation": False}
            if azure.store.find(table) is None:
                azure.store.put(Record(parse(table), {"location": record.location, "properties": properties}))
            subnet.properties["routeTable"] = {"id": table}
            record.private["managedRouteTable"] = table
            _renew(azure, subnet.target.top.path)
        record.private["routeTable"] = table


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


def _scale_sets(azure: Azure, record: Record) -> list[Record]:
    return azure.store.of_type(SCALE_SET, node_group_path(record))


def _scale_set(azure: Azure, record: Record, pool: Json) -> Record:
    name = f"aks-{pool['name']}-{cluster_number(record)}-vmss"
    target = parse(f"{node_group_path(record)}/providers/{SCALE_SET}/{name}")
    found = azure.store.find(target.path)
    if found is None:
        found = Record(target, {"location": record.location, "properties": {}}, private={"nodes": []})
        azure.store.put(found)
    return found


def _base36(number: int) -> str:
    text = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text


def _resize(azure: Azure, record: Record, pool: Json, scale_set: Record) -> None:
    nodes: list[Json] = scale_set.private["nodes"]
    wanted = int(pool["count"])
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
                "name": f"{scale_set.name}{_base36(index)}",
                "subnet": subnet.id,
                "address": address,
                "ipConfiguration": f"{machine}/ipConfigurations/ipconfig1",
                "podCidr": next(blocks, None),
            }
        )
    _renew(azure, subnet.target.top.path)


def _subnet_is_full(subnet: Record, missing: int) -> ArmError:
    sentence = (
        f"Subnet {subnet.name} with address prefix {','.join(prefixes(subnet))} does not have enough capacity for "
        f"{missing} IP addresses."
    )
    message = f"VMSSAgentPoolReconciler retry failed: Code='SubnetIsFull' Message='{sentence}' Details=[]"
    return ArmError(400, "SubnetIsFull", message, wrapped=False)


def _nodes(azure: Azure, record: Record) -> list[Json]:
    return [node for scale_set in _scale_sets(azure, record) for node in scale_set.private["nodes"]]


def _free_pod_blocks(azure: Azure, record: Record) -> Iterator[str]:
    """The /24 blocks of the pod CIDR that no node has."""
    cidr = record.properties["networkProfile"].get("podCidr")
    if not cidr:
        return
    taken = {node["podCidr"] for node in _nodes(azure, record)}
    pods = ipaddress.ip_network(cidr)
    for block in pods.subnets(new_prefix=max(NODE_MASK, pods.prefixlen)):
        if str(block) not in taken:
            yield str(block)


def _write_routes(azure: Azure, record: Record, *, kubenet: bool) -> None:
    """One route a node, named like the node; those of nodes that are gone are deleted."""
    table_id = record.private.get("routeTable")
    table = azure.store.find(table_id)
    if table is None:
        return
    nodes = {node["name"]: node for node in _nodes(azure, record)} if kubenet else {}
    marker = f"-{cluster_number(record)}-vmss"
    existing = {route.name: route for route in azure.store.children(table, "routes")}
    for name, route in existing.items():
        if marker in name and name not in nodes:
            azure.store.remove(route.id)
    present = azure.store.children(table, "routes")
    taken, count = {route.properties.get("addressPrefix") for route in present}, len(present)
    for name, node in nodes.items():
        # Where Azure would refuse the route (limit, RouteConflict) the node stays without one, as it does in life.
        if name in existing or node["podCidr"] in (None, *taken) or count >= azure.settings.route_limit:
            continue
        properties: Json = {
            "addressPrefix": node["podCidr"],
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": node["address"],
            "hasBgpOverride": False,
        }
        azure.store.put(Record(table.target.child("routes", name), {"properties": properties}))
        count += 1
    _renew(azure, table.id)
