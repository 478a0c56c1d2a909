"""What the tests of the simulator put into it."""

from __future__ import annotations

from typing import Any

from tests.simulator import Simulator
from tests.world import Json, cluster_body, identity_body, network_body, table_body

from .client import Client


def make_network(sim: Simulator, client: Client, *, prefix: str = "10.1.0.0/24", table: str | None = None) -> str:
    """A group, a VNet 10.1.0.0/16 and a subnet `nodes`, perhaps with a route table; returns the subnet's id."""
    properties: Json = {}
    if table is not None:
        sim.put(f"{client.network}/routeTables/{table}", table_body())
        properties["routeTable"] = {"id": f"{client.network}/routeTables/{table}"}
    sim.put(f"{client.network}/virtualNetworks/vnet", network_body(prefix=prefix, **properties))
    return f"{client.network}/virtualNetworks/vnet/subnets/nodes"


def make_identity(sim: Simulator, client: Client, name: str = "id") -> Json:
    path = f"{client.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    return sim.put(path, identity_body())


def make_permitted_cluster(sim: Simulator, client: Client, table: str | None = "rt", **changes: Any) -> Json:
    """The body of a cluster whose subnet, route table, identity and permissions are all in place."""
    subnet = make_network(sim, client, table=table)
    identity = make_identity(sim, client)
    sim.grant(identity["properties"]["principalId"], client.group, "Network Contributor")
    return cluster_body(subnet=subnet, identity=identity["id"], **changes)


def make_assignment(client: Client, principal: str, role: str = "4d97b98b-1d4f-4787-a291-c67834d212e7") -> Json:
    """By default Network Contributor."""
    role_id = f"{client.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": role_id, "principalId": principal, "principalType": "ServicePrincipal"}}
