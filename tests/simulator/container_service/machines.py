"""The machines of an agent pool, in pages. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import Json, gateway_error, method_not_allowed
from ..lists import paged
from ..messages import Request, Response
from ..store import Record
from .naming import scale_set_name, scale_sets
from .rendering import MANAGED_CLUSTER

MACHINES_SINCE = "2024-07-01"


def serve(azure: Azure, request: Request, cluster: Record, pool: Json) -> Response:
    """GET {pool}/machines and GET {pool}/machines/{name}."""
    if request.method != "GET":
        raise method_not_allowed(request.method)
    if request.api_version < MACHINES_SINCE:
        message = (
            f"The resource type 'managedClusters/agentPools/machines' needs api-version {MACHINES_SINCE} or later."
        )
        raise gateway_error(400, "NoRegisteredProviderFound", message)
    machines = [
        _render(cluster, pool, scale_set, node)
        for scale_set in scale_sets(azure, cluster)
        if scale_set.name == scale_set_name(cluster, pool["name"])
        for node in scale_set.private["nodes"]
    ]
    if request.target.is_collection:
        return paged(azure, request, machines)
    name = request.target.name
    found = next((each for each in machines if each["name"] == name), None)
    if found is None:
        raise gateway_error(404, "NotFound", f"Could not find machine: {name} in agent pool: {pool['name']}.")
    return Response(body=found, content_type="application/json")


def _render(cluster: Record, pool: Json, scale_set: Record, node: Json) -> Json:
    shown: Json = {
        "id": f"{cluster.id}/agentPools/{pool['name']}/machines/{node['name']}",
        "name": node["name"],
        "type": f"{MANAGED_CLUSTER}/agentPools/machines",
        "properties": {
            "network": {"ipAddresses": [{"family": "IPv4", "ip": node["address"]}]},
            "resourceId": f"{scale_set.id}/virtualMachines/{node['index']}",
        },
    }
    if pool.get("availabilityZones"):
        shown["zones"] = [pool["availabilityZones"][node["index"] % len(pool["availabilityZones"])]]
    return shown
