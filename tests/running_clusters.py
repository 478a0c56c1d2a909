"""Clusters that run on the local Azure, in order, and what can be wrong with one. Network IO of the local Azure only.

A kubenet cluster `aks` of three nodes in the subnet `nodes` of 10.1.0.0/16, with a route table and an identity of the
user's own: `put_running`. Each function after it changes one thing.
"""

from __future__ import annotations

from typing import Any, Final

from tests.simulator import Simulator
from tests.world import cluster_body, identity_body, networks_body, table_body

Json = dict[str, Any]

SUBSCRIPTION: Final = f"/subscriptions/{Simulator.subscription_id}"
GROUP: Final = f"{SUBSCRIPTION}/resourceGroups/rg"
NODE_GROUP: Final = f"{SUBSCRIPTION}/resourceGroups/MC_rg_aks_westeurope"
NETWORK: Final = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
SUBNET: Final = f"{NETWORK}/subnets/nodes"
FURTHER: Final = f"{NETWORK}/subnets/further"
TABLE: Final = f"{GROUP}/providers/Microsoft.Network/routeTables/routes"
SECURITY_GROUP: Final = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
IDENTITY: Final = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
CLUSTER: Final = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
POD_CIDR: Final = "10.244.0.0/16"


def put_running(
    sim: Simulator,
    *,
    pool: Json | None = None,
    profile: Json | None = None,
    cluster: Json | None = None,
    prefix: str = "10.1.0.0/24",
    subnet: Json | None = None,
    routes: tuple[Json, ...] = (),
    roles: bool = True,
) -> None:
    """The cluster in order, but for what is said here: its pool, network profile and further properties, its subnet,
    routes of the user's, and whether its identity has its roles."""
    sim.put(TABLE, table_body(*routes))
    subnets = {
        "nodes": {"addressPrefix": prefix, "routeTable": {"id": TABLE}, **(subnet or {})},
        "further": {"addressPrefix": "10.1.8.0/24"},
    }
    sim.put(NETWORK, networks_body("10.1.0.0/16", subnets))
    principal = sim.put(IDENTITY, identity_body())["properties"]["principalId"]
    for scope in (SUBNET, FURTHER, TABLE) if roles else ():
        sim.grant(principal, scope, "Network Contributor")
    body = running_body(pool, profile)
    body["properties"].update(cluster or {})
    sim.put(CLUSTER, body)
    sim.clear_log()


def running_body(pool: Json | None = None, profile: Json | None = None, *further: Json) -> Json:
    """The cluster's body, with pools of a `further` subnet each."""
    body = cluster_body(
        subnet=SUBNET,
        identity=IDENTITY,
        pool={"count": 3, **(pool or {})},
        profile={"podCidr": POD_CIDR, **(profile or {})},
    )
    pools = body["properties"]["agentPoolProfiles"]
    pools += [{"name": "work", "count": 2, "mode": "User", "vnetSubnetID": FURTHER, **each} for each in further]
    return body


def put_large(sim: Simulator) -> None:
    """The largest there is: three pools with 400 nodes in all, in two subnets."""
    profile = {"podCidr": "10.244.0.0/15"}
    put_running(sim, prefix="10.1.0.0/22", profile=profile)
    change(sim, FURTHER, addressPrefix="10.1.8.0/23")
    sim.put(CLUSTER, running_body({"count": 200}, profile, {"count": 150}, {"name": "more", "count": 50}))
    sim.clear_log()


def put_managed(sim: Simulator) -> None:
    """A cluster on the network that AKS makes."""
    sim.put(CLUSTER, cluster_body(pool={"count": 3}, profile={"podCidr": POD_CIDR}))
    sim.clear_log()


def change(sim: Simulator, resource_id: str, **properties: Any) -> None:
    """Set properties as Azure has them, past whatever it does on a write."""
    record = next(each for each in sim.records() if each.id.lower() == resource_id.lower())
    record.properties.update(properties)


def node_routes(sim: Simulator, table: str = TABLE) -> list[Json]:
    """The routes of nodes in a table, by their names."""
    found = sim.get(table) or {}
    routes = [each for each in found["properties"]["routes"] if each["name"].startswith("aks-")]
    return sorted(routes, key=lambda each: str(each["name"]))


def lose_route(sim: Simulator, number: int = 0) -> str:
    """Delete the route of a node; its controller has not run since. The node's name."""
    name = str(node_routes(sim)[number]["name"])
    sim.delete(f"{TABLE}/routes/{name}")
    return name


def misdirect(sim: Simulator, number: int = 0) -> str:
    """Send a node's pods to another address."""
    route = node_routes(sim)[number]
    change(sim, f"{TABLE}/routes/{route['name']}", nextHopIpAddress="10.1.0.250")
    return str(route["name"])


def leave_route(sim: Simulator, destination: str = "10.244.77.0/24", index: str = "00007z") -> None:
    """A route of a node that is gone, or with a destination outside the pod CIDR one of another cluster."""
    name = str(node_routes(sim)[0]["name"])[:-6] + index
    put_route(sim, name, destination, "10.1.0.99")


def put_route(sim: Simulator, name: str, destination: str, hop: str) -> None:
    sim.put(
        f"{TABLE}/routes/{name}",
        {
            "properties": {
                "addressPrefix": destination,
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": hop,
            }
        },
    )


def lock_table(sim: Simulator, level: str = "ReadOnly") -> None:
    lock(sim, TABLE, level)


def lock(sim: Simulator, resource_id: str, level: str) -> None:
    sim.put(f"{resource_id}/providers/Microsoft.Authorization/locks/frozen", {"properties": {"level": level}})


def put_denial(sim: Simulator) -> None:
    """A network security group that lets nothing in."""
    rule = {
        "priority": 100,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    rules = {"securityRules": [{"name": "no", "properties": rule}]}
    sim.put(SECURITY_GROUP, {"location": "westeurope", "properties": rules})


def deny_by_policy(sim: Simulator) -> None:
    sim.set_policy_states(
        [
            {
                "policyAssignmentId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/tags",
                "policyDefinitionName": "require-tags",
                "policyDefinitionAction": "deny",
                "resourceId": TABLE,
            }
        ]
    )


def strip(sim: Simulator, subnet: str = SUBNET) -> None:
    """Take the route table off the subnet, as code that does not know it does."""
    record = next(each for each in sim.records() if each.id.lower() == subnet.lower())
    record.properties.pop("routeTable", None)


def swap(sim: Simulator) -> str:
    """Put another table on the subnet, where the cluster may write too."""
    other = f"{GROUP}/providers/Microsoft.Network/routeTables/other"
    sim.put(other, table_body())
    identity = sim.get(IDENTITY) or {}
    sim.grant(identity["properties"]["principalId"], other, "Network Contributor")
    change(sim, SUBNET, routeTable={"id": other})
    return other


def add_pool(sim: Simulator, *, attached: bool, **pool: Any) -> None:
    """A further pool in a subnet of its own, with the cluster's table on it or without."""
    sim.put(CLUSTER, running_body(None, None, pool))
    if not attached:
        strip(sim, FURTHER)
