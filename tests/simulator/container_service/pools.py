"""Agent pools as resources of their own: read, added, changed and deleted. No IO."""

from __future__ import annotations

import copy
from collections.abc import Callable

from ..azure import Azure
from ..errors import ArmError, Json, aks_error, method_not_allowed
from ..messages import Request, Response
from ..store import Record
from . import machines
from .defaults import agent_pool, plugin_of
from .rendering import render_pool
from .vintage import vintage

Write = Callable[[Azure, Request, Record, Record | None], Response]


def serve(azure: Azure, request: Request, cluster: Record, write: Write) -> Response:
    """GET, list, PUT and DELETE below {cluster}/agentPools; `write` stores the changed cluster."""
    target = request.target
    pools: list[Json] = cluster.properties["agentPoolProfiles"]
    if target.is_collection and len(target.types) == 2:
        return Response(body={"value": [render_pool(cluster, pool) for pool in pools]})
    name = target.names[1].lower()
    pool = next((entry for entry in pools if entry["name"].lower() == name), None)
    if request.method == "PUT":
        return _put(azure, request, cluster, pool, write)
    if pool is None:
        raise _missing(cluster, target.names[1])
    if len(target.types) == 3:
        if target.types[2].lower() == "machines":
            return machines.serve(azure, request, cluster, pool)
        return Response(body=_upgrade_profile(cluster, pool))
    match request.method:
        case "GET":
            return Response(body=render_pool(cluster, pool), content_type="application/json")
        case "DELETE":
            if len(pools) == 1:
                raise aks_error("InvalidOperation", "There has to be at least one agent pool of mode System.")
            return _delete(azure, request, cluster, pool, write)
    raise method_not_allowed(request.method)


def _put(azure: Azure, request: Request, cluster: Record, old: Json | None, write: Write) -> Response:
    sent: Json = {**(old or {}), **(request.json.get("properties") or {}), "name": request.target.names[1]}
    plugin = plugin_of(cluster.properties["networkProfile"])
    version = cluster.properties["kubernetesVersion"]
    pool = agent_pool({"enableAutoScaling": False, **sent}, plugin, version, vintage(azure, request))
    changed = copy.deepcopy(cluster.body)
    entries: list[Json] = changed["properties"]["agentPoolProfiles"]
    if old is None:
        _check_subnet(cluster, pool)
        entries.append(pool)
    else:
        entries[[entry["name"] for entry in entries].index(old["name"])] = pool
    record = Record(cluster.target, changed, private=cluster.private, created=cluster.created)
    response = write(azure, request, record, cluster)
    shown = render_pool(record, pool)
    if old is None:
        shown["properties"]["provisioningState"] = "Creating"
    return Response(200 if old else 201, shown, response.headers, "application/json")


def _check_subnet(cluster: Record, pool: Json) -> None:
    first: Json = cluster.properties["agentPoolProfiles"][0]
    if pool.get("vnetSubnetID") and not first.get("vnetSubnetID"):
        raise aks_error("InvalidParameter", f"The Agentpool {first['name']} does not have subnet defined.")


def _delete(azure: Azure, request: Request, cluster: Record, pool: Json, write: Write) -> Response:
    changed = copy.deepcopy(cluster.body)
    entries: list[Json] = changed["properties"]["agentPoolProfiles"]
    changed["properties"]["agentPoolProfiles"] = [entry for entry in entries if entry["name"] != pool["name"]]
    record = Record(cluster.target, changed, private=cluster.private, created=cluster.created)
    headers = dict(write(azure, request, record, cluster).headers)
    headers["Location"] = headers.get("Azure-AsyncOperation", "").replace("/operations/", "/operationresults/")
    return Response(202, None, headers)


def _missing(cluster: Record, name: str) -> ArmError:
    message = (
        f"Could not find the agentpool: {name} in subscription: {cluster.target.subscription}, resourceGroup: "
        f"{cluster.target.group}, resourceName: {cluster.name}."
    )
    details = [{"code": "Unspecified", "message": "rpc error: code = NotFound desc = Agent Pool not found"}]
    subcode = "GetAgentPool_NotFound_HCPServerError"
    return ArmError(404, "NotFound", message, details=details, wrapped=False, subcode=subcode)


def _upgrade_profile(cluster: Record, pool: Json) -> Json:
    return {
        "id": f"{cluster.id}/agentPools/{pool['name']}/upgradeProfiles/default",
        "name": "default",
        "type": "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles",
        "properties": {
            "kubernetesVersion": pool["orchestratorVersion"],
            "osType": pool["osType"],
            "latestNodeImageVersion": "AKSUbuntu-2204gen2containerd-202509.11.0",
        },
    }
