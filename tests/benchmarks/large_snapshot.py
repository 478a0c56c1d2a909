"""A made-up network of any size, with something of everything that rules look at. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import cycle, islice
from typing import Final

from azext_kubenet.core.azure.access import (
    CallerAccess,
    ManagedIdentity,
    Permission,
    RoleAssignment,
    RoleDefinition,
    ScopeAccess,
)
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.links import NetworkGateway, SubnetUsage
from azext_kubenet.core.azure.managed_clusters import ManagedCluster
from azext_kubenet.core.azure.networks import Peering, Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId, resource_id
from azext_kubenet.core.azure.restrictions import Lock, PolicyState
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool

from .local_azure import LOCATION, SUBNET_ID, VNET_ID

SUBSCRIPTION: Final = ResourceId(SUBNET_ID).subscription_id
GROUP: Final = "rg"
PRINCIPAL: Final = "principal"
NODES: Final = ResourceId(SUBNET_ID)
NETWORK: Final = ResourceId(VNET_ID)
NODE_PREFIX: Final = IPv4Network("192.168.1.0/24")
SUBNETS_FROM, PEERS_FROM, ROUTES_FROM = (IPv4Address(text) for text in ("172.16.0.0", "100.64.0.0", "10.128.0.0"))
SERVICES_FROM: Final = IPv4Address("20.0.0.0")
ROLES: Final = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
EVERYTHING: Final = (Permission(actions=("*",)),)
CLUSTER: Final = ClusterRequest(
    node_pools=(NodePool(name="nodepool1", node_count=50, max_count=100),),
    internal_load_balancers=2,
    location=LOCATION,
    identity_kind=IdentityKind.USER_ASSIGNED,
    identity_id=resource_id(SUBSCRIPTION, "identities", "Microsoft.ManagedIdentity/userAssignedIdentities", "identity"),
    on_premises_ranges=(IPv4Network("10.200.0.0/16"),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of what there is."""

    subnets: int = 3_000
    peerings: int = 500
    routes: int = 400
    security_rules: int = 1_000
    role_assignments: int = 2_000
    others: int = 30
    """Clusters, gateways, locks and policies, each."""

    def times(self, factor: int) -> Size:
        return Size(
            subnets=self.subnets * factor,
            peerings=self.peerings * factor,
            routes=self.routes * factor,
            security_rules=self.security_rules * factor,
            role_assignments=self.role_assignments * factor,
            others=self.others * factor,
        )


def large_snapshot(size: Size) -> Snapshot:
    """A snapshot of that size with all that `validate-subnet` reads, so that most rules have something to decide."""
    table, group, gateway = (
        resource_id(SUBSCRIPTION, "shared", f"Microsoft.Network/{kind}", name)
        for kind, name in (("routeTables", "routes"), ("networkSecurityGroups", "nsg"), ("natGateways", "nat"))
    )
    nodes = Subnet(
        name=NODES.name,
        id=NODES,
        address_prefixes=(NODE_PREFIX,),
        route_table_id=table,
        network_security_group_id=group,
        nat_gateway_id=gateway,
        ip_configurations=tuple(f"{VNET_ID}-nics/{number}" for number in range(40)),
    )
    scopes = (NODES, table, group, gateway, NETWORK)
    subnet_access, table_access, group_access, gateway_access, network_access = (
        _access(str(scope), size.role_assignments // len(scopes)) for scope in scopes
    )
    return Snapshot(
        virtual_network=_virtual_network(size, nodes),
        subnet=nodes,
        route_table=RouteTable(id=table, location=LOCATION, routes=_routes(size.routes), subnets=(NODES,)),
        network_security_group=NetworkSecurityGroup(id=group, rules=_security_rules(size.security_rules)),
        subnet_usage=SubnetUsage(subnet_id=NODES, current=45),
        locks=tuple(Lock(name=f"l{n}", level="ReadOnly", scope=f"{VNET_ID}{n}") for n in range(size.others)),
        policy_states=_policy_states(size.others),
        gateways=_gateways(size.others),
        managed_clusters=_clusters(size.others),
        identity=_identity(),
        subnet_access=subnet_access,
        route_table_access=table_access,
        network_security_group_access=group_access,
        nat_gateway_access=gateway_access,
        virtual_network_access=network_access,
        caller_on_subnet=CallerAccess(scope=SUBNET_ID, permissions=EVERYTHING),
        caller_on_route_table=CallerAccess(scope=str(table), permissions=EVERYTHING),
        caller_on_identity=CallerAccess(scope=str(CLUSTER.identity_id), permissions=EVERYTHING),
    )


def _prefixes(start: IPv4Address, length: int, count: int, *, every: int = 1) -> tuple[IPv4Network, ...]:
    """The first `count` prefixes, or every so manyth, so that no two touch."""
    size = 1 << (32 - length)
    return tuple(IPv4Network((int(start) + n * every * size, length)) for n in range(count))


def _virtual_network(size: Size, nodes: Subnet) -> VirtualNetwork:
    """Subnets of a /28 in /16s, most of them with a route table and a few devices."""
    others = tuple(
        Subnet(
            name=f"subnet{number}",
            id=NETWORK.child("subnets", f"subnet{number}"),
            address_prefixes=(prefix,),
            route_table_id=resource_id(SUBSCRIPTION, GROUP, "Microsoft.Network/routeTables", f"table{number % 50}"),
            ip_configurations=tuple(f"{VNET_ID}-nics/{number}-{device}" for device in range(3)),
        )
        for number, prefix in enumerate(_prefixes(SUBNETS_FROM, 28, size.subnets))
    )
    peerings = tuple(
        Peering(name=f"peer{number}", remote_address_prefixes=(prefix,))
        for number, prefix in enumerate(_prefixes(PEERS_FROM, 25, size.peerings, every=2))
    )
    return VirtualNetwork(
        name=NETWORK.name,
        id=NETWORK,
        location=LOCATION,
        address_prefixes=(*_prefixes(SUBNETS_FROM, 16, 12), IPv4Network("192.168.0.0/16")),
        subnets=(*others, nodes),
        peerings=peerings,
        dns_servers=("192.168.200.4",),
    )


def _routes(count: int) -> tuple[Route, ...]:
    """Half to networks behind an appliance, half to public services."""
    half = count // 2
    prefixes = (*_prefixes(ROUTES_FROM, 24, half, every=2), *_prefixes(SERVICES_FROM, 32, count - half, every=16))
    return tuple(
        Route(
            name=f"route{number}",
            destination=str(prefix),
            address_prefix=prefix,
            next_hop_type="VirtualAppliance",
            next_hop_ip=IPv4Address("192.168.200.5"),
        )
        for number, prefix in enumerate(prefixes)
    )


def _security_rules(count: int) -> tuple[SecurityRule, ...]:
    """An administrator's list: rules for hosts, ports and tags, every third a denial; a tenth are about nodes."""
    hosts = _prefixes(ROUTES_FROM, 32, count, every=2)
    tags = cycle(("VirtualNetwork", "Internet", "AzureLoadBalancer", "Storage.WestEurope", "*"))
    shapes = islice(zip(cycle(("Inbound", "Outbound")), cycle(("Allow", "Allow", "Deny")), tags), count)
    return tuple(
        SecurityRule(
            name=f"rule{number}",
            priority=100 + number,
            direction=direction,
            access=access,
            protocol="Udp" if number % 4 == 0 else "Tcp",
            source_prefixes=_node(number) if number % 10 == 0 else (str(hosts[number]), "172.20.0.0/16"),
            source_ports=("*",),
            destination_prefixes=_node(number + 1) if number % 10 == 0 else (tag, str(hosts[-number])),
            destination_ports=(f"{1_000 + number % 5_000}-{1_002 + number % 5_000}", "443"),
        )
        for number, (direction, access, tag) in enumerate(shapes)
    )


def _node(number: int) -> tuple[str]:
    return (str(NODE_PREFIX[number % NODE_PREFIX.num_addresses]),)


def _access(scope: str, count: int) -> ScopeAccess:
    """Many assignments of twenty roles that give little, at the scope and above it; the last gives what is needed."""
    parts = scope.split("/")
    scopes = (scope, "/".join(parts[:5]), "/".join(parts[:3]))
    little = tuple(
        RoleDefinition(
            id=f"{ROLES}{number}",
            name=f"Role {number}",
            permissions=(Permission(actions=(f"Microsoft.Compute/*/read{number}", "Microsoft.Storage/*")),),
        )
        for number in range(20)
    )
    enough = RoleDefinition(
        id=f"{ROLES}enough", name="Network", permissions=(Permission(actions=("Microsoft.Network/*",)),)
    )
    roles = (*(little[number % len(little)] for number in range(count - 1)), enough)
    return ScopeAccess(
        scope=scope,
        principal_id=PRINCIPAL,
        assignments=tuple(
            RoleAssignment(
                id=f"{scopes[number % 3]}/providers/Microsoft.Authorization/roleAssignments/{number}",
                scope=scopes[number % 3],
                role_definition_id=role.id,
                principal_id=PRINCIPAL,
            )
            for number, role in enumerate(roles)
        ),
        definitions=(*little, enough),
    )


def _policy_states(count: int) -> tuple[PolicyState, ...]:
    return tuple(
        PolicyState(assignment_id=f"a{n}", definition_name=f"d{n}", effect="audit", resource_id=VNET_ID)
        for n in range(count)
    )


def _gateways(count: int) -> tuple[NetworkGateway, ...]:
    prefixes = _prefixes(IPv4Address("10.64.0.0"), 24, count)
    kind = "Microsoft.Network/localNetworkGateways"
    return tuple(
        NetworkGateway(id=resource_id(SUBSCRIPTION, GROUP, kind, f"gateway{n}"), address_prefixes=(prefix,))
        for n, prefix in enumerate(prefixes)
    )


def _clusters(count: int) -> tuple[ManagedCluster, ...]:
    return tuple(
        ManagedCluster(
            id=resource_id(SUBSCRIPTION, GROUP, "Microsoft.ContainerService/managedClusters", f"cluster{number}"),
            location=LOCATION,
            network_plugin="kubenet",
            pod_cidrs=(IPv4Network("10.245.0.0/16"),),
            subnet_ids=(NETWORK.child("subnets", f"subnet{number}"),),
            node_resource_group=f"MC_{GROUP}_cluster{number}_{LOCATION}",
        )
        for number in range(count)
    )


def _identity() -> ManagedIdentity:
    assert CLUSTER.identity_id is not None
    return ManagedIdentity(id=CLUSTER.identity_id, location=LOCATION, principal_id=PRINCIPAL, client_id="client")
