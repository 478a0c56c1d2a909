"""What the tests of the simulator put into it."""

from __future__ import annotations

from typing import Any

from tests.simulator import Simulator

from .client import Client

Json = dict[str, Any]


def make_network(sim: Simulator, client: Client, *, prefix: str = "10.1.0.0/24", table: str | None = None) -> str:
    """A group, a VNet 10.1.0.0/16 and a subnet `nodes`, perhaps with a route table; returns the subnet's id."""
    properties: Json = {"addressPrefix": prefix}
    if table is not None:
        sim.put(f"{client.network}/routeTables/{table}", {"location": "westeurope"})
        properties["routeTable"] = {"id": f"{client.network}/routeTables/{table}"}
    network: Json = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    network["subnets"] = [{"name": "nodes", "properties": properties}]
    sim.put(f"{client.network}/virtualNetworks/vnet", {"location": "westeurope", "properties": network})
    return f"{client.network}/virtualNetworks/vnet/subnets/nodes"


def make_identity(sim: Simulator, client: Client, name: str = "id") -> Json:
    path = f"{client.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    return sim.put(path, {"location": "westeurope"})


def make_cluster(subnet: str | None = None, identity: str | None = None, **changes: Any) -> Json:
    """The body of a kubenet cluster; `profile` changes the network profile, `pool` the one agent pool."""
    pool: Json = {"name": "nodepool1", "count": 2, "mode": "System", **changes.pop("pool", {})}
    if subnet:
        pool["vnetSubnetID"] = subnet
    profile = {"networkPlugin": "kubenet", **changes.pop("profile", {})}
    kind: Json = {"type": "SystemAssigned"}
    if identity:
        kind = {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    properties = {"dnsPrefix": "aks", "agentPoolProfiles": [pool], "networkProfile": profile}
    return {"location": "westeurope", "identity": kind, "properties": properties, **changes}


def make_permitted_cluster(sim: Simulator, client: Client, table: str | None = "rt", **changes: Any) -> Json:
    """The body of a cluster whose subnet, route table, identity and permissions are all in place."""
    subnet = make_network(sim, client, table=table)
    identity = make_identity(sim, client)
    sim.grant(identity["properties"]["principalId"], client.group, "Network Contributor")
    return make_cluster(subnet, identity["id"], **changes)


def make_assignment(client: Client, principal: str, role: str = "4d97b98b-1d4f-4787-a291-c67834d212e7") -> Json:
    """By default Network Contributor."""
    role_id = f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": role_id, "principalId": principal, "principalType": "ServicePrincipal"}}
