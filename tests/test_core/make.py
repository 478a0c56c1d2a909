"""Builders of facts for the tests of the core: every argument has a default that breaks no rule. No IO."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Network

from azext_kubenet.core.azure.access import Permission, RoleAssignment, RoleDefinition, ScopeAccess
from azext_kubenet.core.azure.managed_clusters import AgentPool, Machine, ManagedCluster, PoolMachines, RunningCluster
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId, resource_id
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.core.clusters.running_nodes import node_name
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Finding, Rule, Stage

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TODAY = date(2026, 11, 22)


def make_id(resource_type: str, *names: str, group: str = "rg", subscription: str = SUBSCRIPTION) -> ResourceId:
    return resource_id(subscription, group, resource_type, *names)


def make_networks(*texts: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(text) for text in texts)


def make_pool(name: str = "nodepool1", node_count: int = 3, max_count: int | None = None, **rest: object) -> NodePool:
    return NodePool(
        name=name,
        node_count=node_count,
        max_count=node_count if max_count is None else max_count,
        **rest,  # type: ignore[arg-type] # the test names the fields
    )


def make_cluster(*pools: NodePool, **rest: object) -> ClusterRequest:
    return ClusterRequest(node_pools=pools or (make_pool(),), **rest)  # type: ignore[arg-type] # as above


def make_subnet(name: str = "nodes", prefix: str = "192.168.1.0/24", **rest: object) -> Subnet:
    subnet_id = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", name)
    return Subnet(
        **{"name": name, "address_prefixes": make_networks(prefix), "id": subnet_id, **rest}  # type: ignore[arg-type] # as above
    )


def make_virtual_network(
    *subnets: Subnet, prefixes: tuple[str, ...] = ("192.168.0.0/16",), **rest: object
) -> VirtualNetwork:
    return VirtualNetwork(
        **{
            "name": "vnet",
            "id": make_id("Microsoft.Network/virtualNetworks", "vnet"),
            "location": "westeurope",
            "address_prefixes": make_networks(*prefixes),
            "subnets": subnets,
            **rest,  # type: ignore[arg-type] # as above
        }
    )


def make_unreadable(permission: str | None = "Microsoft.Network/routeTables/read", **rest: object) -> Unreadable:
    return Unreadable(
        **{"reason": "The caller may not read it.", "permission": permission, **rest}  # type: ignore[arg-type] # as above
    )


def make_route(name: str = "default", destination: str = "0.0.0.0/0", hop: str = "10.9.9.4", **rest: object) -> Route:
    """A route to an appliance; a destination that is no IPv4 network stands in `destination` alone."""
    is_ipv4 = "." in destination and destination[0].isdigit()
    return Route(
        **{
            "name": name,
            "destination": destination,
            "address_prefix": IPv4Network(destination) if is_ipv4 else None,
            "next_hop_type": "VirtualAppliance",
            "next_hop_ip": IPv4Address(hop) if hop else None,
            **rest,  # type: ignore[arg-type] # as above
        }
    )


def make_route_table(*routes: Route, **rest: object) -> RouteTable:
    table_id = make_id("Microsoft.Network/routeTables", "routes")
    return RouteTable(
        **{"id": table_id, "location": "westeurope", "routes": routes, **rest}  # type: ignore[arg-type] # as above
    )


def make_managed_cluster(name: str = "other", *subnets: Subnet, **rest: object) -> ManagedCluster:
    """A kubenet cluster with its nodes in these subnets."""
    return ManagedCluster(
        **{
            "id": make_id("Microsoft.ContainerService/managedClusters", name),
            "location": "westeurope",
            "network_plugin": "kubenet",
            "pod_cidrs": make_networks("10.244.0.0/16"),
            "subnet_ids": tuple(subnet.id for subnet in subnets),
            "node_resource_group": f"MC_rg_{name}_westeurope",
            **rest,  # type: ignore[arg-type] # as above
        }
    )


def make_security_rule(name: str = "rule", priority: int = 200, **rest: object) -> SecurityRule:
    return SecurityRule(
        **{
            "name": name,
            "priority": priority,
            "direction": "Inbound",
            "access": "Deny",
            "protocol": "*",
            "source_prefixes": ("*",),
            "source_ports": ("*",),
            "destination_prefixes": ("*",),
            "destination_ports": ("*",),
            **rest,  # type: ignore[arg-type] # as above
        }
    )


def make_security_group(*rules: SecurityRule, default_rules: tuple[SecurityRule, ...] = ()) -> NetworkSecurityGroup:
    group_id = make_id("Microsoft.Network/networkSecurityGroups", "nsg")
    return NetworkSecurityGroup(id=group_id, rules=rules, default_rules=default_rules)


ROLE_PREFIX = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"


def make_role(
    *actions: str, guid: str = "r1", name: str = "Custom", not_actions: tuple[str, ...] = ()
) -> RoleDefinition:
    block = Permission(actions=actions, not_actions=not_actions)
    return RoleDefinition(id=ROLE_PREFIX + guid, name=name, permissions=(block,))


def make_assignment(role: str, scope: str, *, principal: str = "p1", **rest: str | None) -> RoleAssignment:
    return RoleAssignment(
        id=f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}",
        scope=scope,
        role_definition_id=ROLE_PREFIX + role,
        principal_id=principal,
        **rest,  # type: ignore[arg-type] # as above
    )


def make_access(scope: str, *roles: RoleDefinition, **rest: object) -> ScopeAccess:
    """What principal p1 has on `scope`: each role, assigned right there."""
    return ScopeAccess(
        **{
            "scope": scope,
            "principal_id": "p1",
            "identity_id": make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "aks-identity"),
            "assignments": tuple(make_assignment(role.guid, scope) for role in roles),
            "definitions": roles,
            **rest,  # type: ignore[arg-type] # as above
        }
    )


def judge(rule: Rule, *, cluster: ClusterRequest | None = None, **facts: object) -> tuple[Finding, ...]:
    """The findings of one rule on the facts named."""
    report = evaluate(
        [rule],
        cluster=cluster or make_cluster(),
        snapshot=Snapshot(**facts),  # type: ignore[arg-type] # as above
        today=TODAY,
        stage=Stage.FLEET,
    )
    return report.findings


SCALE_SET = "aks-{pool}-12345678-vmss"


def make_agent_pool(name: str = "nodepool1", count: int = 3, **rest: object) -> AgentPool:
    subnet_id = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
    return AgentPool(
        **{"name": name, "count": count, "max_count": count, "subnet_id": subnet_id, **rest}  # type: ignore[arg-type] # as above
    )


def make_machines(pool: str = "nodepool1", count: int = 3, first: int = 4) -> PoolMachines:
    """The pool's machines, named as AKS names them, at 192.168.1.4 and on."""
    scale_set = SCALE_SET.format(pool=pool)
    names = (node_name(scale_set, number) for number in range(count))
    addresses = (IPv4Address("192.168.1.0") + number for number in range(first, first + count))
    machines = (Machine(name=name, address=address) for name, address in zip(names, addresses, strict=True))
    return PoolMachines(pool=pool, machines=tuple(machines))


def make_node_routes(*pools: PoolMachines) -> tuple[Route, ...]:
    """A route for every machine, in the blocks of 10.244.0.0/16."""
    machines = [each for pool in pools if isinstance(pool.machines, tuple) for each in pool.machines]
    blocks = (f"{IPv4Address('10.244.0.0') + 256 * number}/24" for number in range(len(machines)))
    return tuple(make_route(each.name, block, str(each.address)) for each, block in zip(machines, blocks, strict=True))


def make_running_cluster(*pools: AgentPool, cluster: dict[str, object] | None = None, **rest: object) -> RunningCluster:
    """A cluster `k1` in order: each node has its route, and its subnet carries the table `routes`."""
    all_pools = pools or (make_agent_pool(),)
    first, machines = 4, []
    for pool in all_pools:
        machines.append(make_machines(pool.name, pool.count, first))
        first += pool.count
    table = make_route_table(*make_node_routes(*machines))
    subnet = make_subnet(route_table_id=table.id)
    managed = make_managed_cluster(
        "k1",
        subnet,
        **{
            "agent_pools": all_pools,
            "kubelet_identity_id": make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "kubelet"),
            **(cluster or {}),
        },
    )
    return RunningCluster(
        **{
            "cluster": managed,
            "machines": tuple(machines),
            "subnets": (subnet,),
            "route_tables": (table,),
            **rest,  # type: ignore[arg-type] # as above
        }
    )
