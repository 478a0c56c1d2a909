"""What stands in the way of a cluster's move to overlay, beside `running_clusters`. IO of the local Azure only."""

from __future__ import annotations

from typing import Any, Final

from tests.simulator import Simulator

from .running_clusters import CLUSTER, GROUP, IDENTITY, NETWORK, SUBNET, TABLE, node_routes

Json = dict[str, Any]

GATEWAY: Final = f"{NETWORK}/subnets/gateway"


def put_gateway(sim: Simulator, *, prefix: str = "10.1.9.0/24", gateway: bool = True) -> None:
    """A subnet without nodes on the cluster's table, with an application gateway in it."""
    body: Json = {"addressPrefix": prefix, "routeTable": {"id": TABLE}}
    if gateway:
        name = f"{GROUP}/providers/Microsoft.Network/applicationGateways/agw"
        body["applicationGatewayIPConfigurations"] = [{"id": f"{name}/gatewayIPConfigurations/one"}]
    sim.put(GATEWAY, {"properties": body})


def become_system_assigned(sim: Simulator) -> None:
    """Its identity was system-assigned from the start, with the same rights."""
    record = next(each for each in sim.records() if each.id.lower() == CLUSTER.lower())
    record.body["identity"] = {"type": "SystemAssigned"}
    principal = (sim.get(CLUSTER) or {})["identity"]["principalId"]
    for scope in (SUBNET, TABLE):
        sim.grant(principal, scope, "Network Contributor")


def principal(sim: Simulator) -> str:
    """Who the cluster's identity is."""
    return str((sim.get(IDENTITY) or {})["properties"]["principalId"])


def put_copies(sim: Simulator) -> None:
    """A table elsewhere, with a copy of the route to a node."""
    hop = node_routes(sim)[2]["properties"]["nextHopIpAddress"]
    properties = {"addressPrefix": "10.244.0.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": hop}
    body = {"location": "westeurope", "properties": {"routes": [{"name": "copy", "properties": properties}]}}
    sim.put(f"{GROUP}/providers/Microsoft.Network/routeTables/copies", body)
