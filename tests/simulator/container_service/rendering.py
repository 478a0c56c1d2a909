"""A managed cluster as AKS shows it: what comes once it is there, what with which api-version. No IO."""

from __future__ import annotations

import copy

from ..azure import Azure
from ..errors import Json
from ..identifiers import synthetic_guid
from ..store import Record
from .defaults import NODE_IMAGE
from .vintage import Vintage, vintage_of

MANAGED_CLUSTER = "Microsoft.ContainerService/managedClusters"
SHOWN_TYPE = "Microsoft.ContainerService/ManagedClusters"


def node_group(record: Record) -> str:
    chosen = record.properties.get("nodeResourceGroup")
    return str(chosen or f"MC_{record.target.group}_{record.name}_{record.location}")


def node_group_path(record: Record) -> str:
    return f"/subscriptions/{record.target.subscription}/resourceGroups/{node_group(record)}"


def outbound_ip(record: Record) -> str:
    name = synthetic_guid("outbound", record.id)
    return f"{node_group_path(record)}/providers/Microsoft.Network/publicIPAddresses/{name}"


def kubelet_identity(record: Record) -> str:
    group = node_group_path(record).replace("/resourceGroups/", "/resourcegroups/")
    return f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{record.name}-agentpool"


def host_name(record: Record) -> str:
    prefix = record.properties.get("dnsPrefix") or record.name
    return f"{prefix}-{synthetic_guid('fqdn', record.id)[:8]}".lower()


def render(azure: Azure, record: Record, api_version: str) -> Json:
    """The body of GET and PUT. The PUT that creates shows neither the kubelet identity nor the outbound address."""
    body: Json = {"id": record.id, "location": record.location, "name": record.name}
    if vintage_of(azure, api_version).etag:
        body["eTag"] = record.etag
    if record.body.get("tags"):
        body["tags"] = dict(record.body["tags"])
    body["type"] = SHOWN_TYPE
    body["properties"] = _properties(azure, record, vintage_of(azure, api_version))
    identity = _identity(azure, record)
    if identity:
        body["identity"] = identity
    body["sku"] = {"name": "Base", "tier": "Free", **(record.body.get("sku") or {})}
    return body


def render_put(azure: Azure, record: Record, api_version: str) -> Json:
    """The body of a PUT's answer: pools show labels and tags even where they have none."""
    body = render(azure, record, api_version)
    if vintage_of(azure, api_version).modern:
        pools = zip(body["properties"]["agentPoolProfiles"], record.properties["agentPoolProfiles"], strict=True)
        for shown, pool in pools:
            shown.setdefault("nodeLabels", {})
            if pool.get("tags") == {}:
                shown["tags"] = {}
    return body


def _properties(azure: Azure, record: Record, vintage: Vintage) -> Json:
    ready = bool(record.private.get("ready"))
    properties: Json = copy.deepcopy(record.properties)
    host, region = host_name(record), record.location
    properties.update(
        {
            "provisioningState": record.state,
            "powerState": {"code": record.private.get("power", "Running")},
            "currentKubernetesVersion": properties["kubernetesVersion"],
            "fqdn": f"{host}.hcp.{region}.azmk8s.io",
            "azurePortalFQDN": f"{host}.portal.hcp.{region}.azmk8s.io",
            "agentPoolProfiles": [pool_profile(record, pool) for pool in properties["agentPoolProfiles"]],
            "nodeResourceGroup": node_group(record),
            "maxAgentPools": 100,
            "supportPlan": "KubernetesOfficial",
            "securityProfile": properties.get("securityProfile", {}),
            "workloadAutoScalerProfile": properties.get("workloadAutoScalerProfile", {}),
            "storageProfile": {
                "diskCSIDriver": {"enabled": True, **({"version": "v1"} if vintage.preview else {})},
                "fileCSIDriver": {"enabled": True},
                "snapshotController": {"enabled": True},
            },
        }
    )
    _finish_network_profile(record, properties["networkProfile"], ready=ready, vintage=vintage)
    if vintage.modern and vintage.preview:
        properties.setdefault("nodeProvisioningProfile", {"mode": "Manual"})
    if (properties.get("oidcIssuerProfile") or {}).get("enabled"):
        issuer = f"https://{region}.oic.prod-aks.azure.com/{azure.directory.tenant_id}"
        properties["oidcIssuerProfile"]["issuerURL"] = f"{issuer}/{synthetic_guid('issuer', record.id)}/"
    if vintage.modern:
        properties["resourceUID"] = synthetic_guid("uid", record.id).replace("-", "")[:24]
        properties.setdefault("metricsProfile", {"costAnalysis": {"enabled": False}})
        properties.setdefault("autoUpgradeProfile", {"nodeOSUpgradeChannel": "NodeImage"})
    if ready and "identityProfile" not in record.properties:
        principal = azure.directory.managed_identity(kubelet_identity(record))
        kubelet = {
            "resourceId": kubelet_identity(record),
            "clientId": principal.name,
            "objectId": principal.object_id,
        }
        properties["identityProfile"] = {"kubeletidentity": kubelet}
    return properties


def _finish_network_profile(record: Record, profile: Json, *, ready: bool, vintage: Vintage) -> None:
    if vintage.modern:
        profile.setdefault("networkPolicy", "none")
    nat = profile.get("natGatewayProfile")
    if nat is not None and ready:
        nat["effectiveOutboundIPs"] = [{"id": outbound_ip(record)}]
    if vintage.modern and str(profile["loadBalancerSku"]).lower() == "standard":
        profile.setdefault("loadBalancerProfile", {})
    balancer = profile.get("loadBalancerProfile")
    if ready and profile["outboundType"] == "loadBalancer" and str(profile["loadBalancerSku"]).lower() == "standard":
        profile["loadBalancerSku"] = "Standard"
    if balancer is None:
        return
    if vintage.modern or vintage.preview:
        balancer.setdefault("backendPoolType", "nodeIPConfiguration")
    if ready and profile["outboundType"] == "loadBalancer":
        balancer["effectiveOutboundIPs"] = [{"id": outbound_ip(record)}]


def pool_profile(record: Record, pool: Json) -> Json:
    """An agent pool as the cluster's body embeds it."""
    return {
        "name": pool["name"],
        **{name: value for name, value in pool.items() if name not in ("nodeLabels", "tags", "nodeTaints") or value},
        "provisioningState": record.private.get("poolStates", {}).get(pool["name"], record.state),
        "currentOrchestratorVersion": pool["orchestratorVersion"],
        "nodeImageVersion": NODE_IMAGE,
    }


def render_pool(record: Record, pool: Json) -> Json:
    """An agent pool as a resource of its own."""
    properties = pool_profile(record, pool)
    name = properties.pop("name")
    return {
        "id": f"{record.id}/agentPools/{name}",
        "name": name,
        "type": f"{MANAGED_CLUSTER}/agentPools",
        "properties": properties,
    }


def _identity(azure: Azure, record: Record) -> Json | None:
    identity: Json = record.body.get("identity") or {}
    kind = str(identity.get("type", ""))
    if kind == "SystemAssigned":
        principal = azure.directory.managed_identity(record.id)
        return {"type": kind, "principalId": principal.object_id, "tenantId": azure.directory.tenant_id}
    if kind != "UserAssigned":
        return None
    shown: Json = {}
    for resource_id in identity.get("userAssignedIdentities") or {}:
        shown[resource_id] = {}
        stored = azure.store.find(resource_id)
        if record.private.get("ready") and stored is not None:
            principal = azure.directory.managed_identity(stored.id)
            shown[resource_id] = {"clientId": principal.name, "principalId": principal.object_id}
    return {"type": kind, "userAssignedIdentities": shown}
