"""What AKS makes of a managed cluster's body: its defaults, kubenet's among them. No IO."""

from __future__ import annotations

import copy
import ipaddress

from ..errors import Json
from .vintage import Vintage

KUBERNETES_VERSION = "1.33.3"
NODE_IMAGE = "AKSUbuntu-2204gen2containerd-202509.11.0"
POD_CIDR = "10.244.0.0/16"
SERVICE_CIDR = "10.0.0.0/16"
MAX_PODS = {"kubenet": 110, "overlay": 250, "azure": 30, "none": 250}
NODE_MASK = 24

_ECHOED_EMPTY = ("networkProfile", "upgradeSettings", "securityProfile", "nodeLabels", "tags")
_NEVER_ECHOED = {"scaleSetPriority": "Regular", "scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1.0}
_SECRETS = (("servicePrincipalProfile", "secret"), ("windowsProfile", "adminPassword"))
"""Taken and never shown again: (profile, member)."""
_SERVICE_OWNED = (
    "provisioningState",
    "powerState",
    "fqdn",
    "azurePortalFQDN",
    "currentKubernetesVersion",
    "resourceUID",
    "maxAgentPools",
    "privateFQDN",
)


def plugin_of(profile: Json) -> str:
    """kubenet, overlay, azure or none: what decides about pods per node and routes."""
    if profile["networkPlugin"] == "azure" and profile.get("networkPluginMode") == "overlay":
        return "overlay"
    return str(profile["networkPlugin"])


def network_profile(sent: Json) -> Json:
    """The network profile with its defaults; without a plugin AKS chooses azure with overlay."""
    profile: Json = {name: copy.deepcopy(value) for name, value in sent.items() if value is not None}
    if not profile.get("networkPlugin"):
        profile.update(networkPlugin="azure", networkPluginMode="overlay")
    if profile["networkPlugin"] == "azure":
        profile.setdefault("networkDataplane", "azure")
    if plugin_of(profile) != "azure":
        pods = profile.get("podCidrs") or [POD_CIDR]
        profile.setdefault("podCidr", pods[0])
        profile.setdefault("podCidrs", [profile["podCidr"]])
    services = profile.get("serviceCidrs") or [SERVICE_CIDR]
    profile.setdefault("serviceCidr", services[0])
    profile.setdefault("serviceCidrs", [profile["serviceCidr"]])
    profile.setdefault("dnsServiceIP", _tenth_address(profile["serviceCidr"]))
    profile.setdefault("ipFamilies", ["IPv4"])
    profile.setdefault("outboundType", "loadBalancer")
    profile.setdefault("loadBalancerSku", "standard")
    if profile["outboundType"] == "loadBalancer":
        addresses = {"count": 1, **({"countIPv6": 1} if "IPv6" in profile["ipFamilies"] else {})}
        profile.setdefault("loadBalancerProfile", {"managedOutboundIPs": addresses})
    if profile["outboundType"] == "managedNATGateway":
        nat = {"managedOutboundIPProfile": {"count": 1}, "idleTimeoutInMinutes": 4}
        profile["natGatewayProfile"] = {**nat, **(profile.get("natGatewayProfile") or {})}
    managed = (profile.get("loadBalancerProfile") or {}).get("managedOutboundIPs") or {}
    if managed.get("countIPv6") == 0:
        del managed["countIPv6"]
    return profile


def _tenth_address(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr, strict=False)[10])
    except (ValueError, IndexError):
        return "10.0.0.10"


def agent_pool(sent: Json, plugin: str, version: str, vintage: Vintage) -> Json:
    """One agent pool profile with its defaults, without provisioning state."""
    pool = {
        name: copy.deepcopy(value)
        for name, value in sent.items()
        if value is not None and _NEVER_ECHOED.get(name) != value and (value not in ([], {}) or name in _ECHOED_EMPTY)
    }
    for name in ("provisioningState", "currentOrchestratorVersion", "nodeImageVersion"):
        pool.pop(name, None)
    pool["osDiskSizeGB"] = pool.get("osDiskSizeGB") or 128
    pool["orchestratorVersion"] = pool.get("orchestratorVersion") or version
    defaults: Json = {
        "count": 1,
        "vmSize": "Standard_D2s_v3",
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": MAX_PODS[plugin],
        "type": "VirtualMachineScaleSets",
        "powerState": {"code": "Running"},
        "enableNodePublicIP": False,
        "mode": "User",
        "osType": "Linux",
        "osSKU": "Ubuntu",
        "enableFIPS": False,
        "upgradeSettings": {"maxSurge": "10%"} if vintage.modern else {},
    }
    if vintage.modern:
        defaults["securityProfile"] = {"enableVTPM": False, "enableSecureBoot": False}
        if vintage.preview:
            pool["securityProfile"] = {"sshAccess": "LocalUser", **(pool.get("securityProfile") or {})}
        else:
            defaults["scaleDownMode"] = "Delete"
        if not pool.get("upgradeSettings"):
            pool.pop("upgradeSettings", None)
    security = {**defaults.get("securityProfile", {}), **pool.get("securityProfile", {})}
    return {**defaults, **pool, **({"securityProfile": security} if security else {})}


def cluster_properties(sent: Json, old: Json | None, vintage: Vintage) -> Json:
    """All properties of a cluster that do not depend on its state."""
    kept = {name: copy.deepcopy(value) for name, value in (old or {}).items() if sent.get(name) is None}
    own = {
        name: copy.deepcopy(value)
        for name, value in sent.items()
        if value is not None and name not in _SERVICE_OWNED and value != {}
    }
    properties: Json = {**kept, **own}
    version = properties.get("kubernetesVersion") or KUBERNETES_VERSION
    properties["kubernetesVersion"] = version
    properties["networkProfile"] = network_profile(properties.get("networkProfile") or {})
    plugin = plugin_of(properties["networkProfile"])
    pools = properties.get("agentPoolProfiles") or []
    if old is not None:
        # An update says what a creation leaves out, and a pool keeps its pods per node when the plugin changes.
        kept_pods = {pool["name"]: {"maxPods": pool["maxPods"]} for pool in old["agentPoolProfiles"]}
        pools = [{"enableAutoScaling": False, **kept_pods.get(pool.get("name"), {}), **pool} for pool in pools]
    properties["agentPoolProfiles"] = [agent_pool(pool, plugin, version, vintage) for pool in pools]
    properties.setdefault("servicePrincipalProfile", {"clientId": "msi"})
    for holder, secret in _SECRETS:
        (properties.get(holder) or {}).pop(secret, None)
    if "podIdentityProfile" in properties:
        given = properties["podIdentityProfile"].items()
        properties["podIdentityProfile"] = {k: v for k, v in given if v != [] and (k, v) != ("enabled", False)}
    if "windowsProfile" in properties:
        properties["windowsProfile"].setdefault("enableCSIProxy", True)
    properties.setdefault("enableRBAC", True)
    properties.setdefault("oidcIssuerProfile", {"enabled": False})
    return properties
