"""What else one reads of a managed cluster: credentials, upgrade profiles, Kubernetes versions. No IO."""

from __future__ import annotations

import base64

from ..errors import Json, unknown_type
from ..messages import Request, Response
from ..store import Record
from .defaults import KUBERNETES_VERSION
from .rendering import MANAGED_CLUSTER, host_name

_CREDENTIALS = {
    "listclusterusercredential": "clusterUser",
    "listclusteradmincredential": "clusterAdmin",
    "listclustermonitoringusercredential": "clusterMonitoringUser",
}
_KUBECONFIG = """apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: c2ltdWxhdGVk
    server: https://{host}.hcp.{region}.azmk8s.io:443
  name: {name}
contexts:
- context:
    cluster: {name}
    user: {user}_{group}_{name}
  name: {name}
current-context: {name}
kind: Config
preferences: {{}}
users:
- name: {user}_{group}_{name}
  user:
    client-certificate-data: c2ltdWxhdGVk
    client-key-data: c2ltdWxhdGVk
    token: simulated
"""


def serve(request: Request, cluster: Record) -> Response:
    """Answers the reads and listing actions below a managed cluster."""
    target = request.target
    word = target.types[1].lower()
    if word in _CREDENTIALS:
        return Response(body=_credentials(cluster, _CREDENTIALS[word]), content_type="application/json")
    if word == "upgradeprofiles":
        return Response(body=_upgrade_profile(cluster))
    if word == "accessprofiles":
        credentials = _credentials(cluster, "clusterAdmin")["kubeconfigs"][0]["value"]
        return Response(body={"id": target.path, "properties": {"kubeConfig": credentials}})
    if word in ("maintenanceconfigurations", "trustedaccessrolebindings") and target.is_collection:
        return Response(body={"value": []})
    raise unknown_type("/".join(target.types), target.namespace, request.api_version)


def _credentials(cluster: Record, user: str) -> Json:
    text = _KUBECONFIG.format(
        host=host_name(cluster),
        region=cluster.location,
        name=cluster.name,
        group=cluster.target.group,
        user=user,
    )
    return {"kubeconfigs": [{"name": user, "value": base64.b64encode(text.encode()).decode()}]}


def _upgrade_profile(cluster: Record) -> Json:
    version = cluster.properties["kubernetesVersion"]
    pools = [
        {"name": pool["name"], "kubernetesVersion": pool["orchestratorVersion"], "osType": pool["osType"]}
        for pool in cluster.properties["agentPoolProfiles"]
    ]
    return {
        "id": f"{cluster.id}/upgradeprofiles/default",
        "name": "default",
        "type": f"{MANAGED_CLUSTER}/upgradeprofiles",
        "properties": {
            "controlPlaneProfile": {"kubernetesVersion": version, "osType": "Linux"},
            "agentPoolProfiles": pools,
        },
    }


def kubernetes_versions() -> Json:
    """GET .../locations/{location}/kubernetesVersions."""
    minor = KUBERNETES_VERSION.rsplit(".", 1)[0]
    plan = {"supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"]}
    return {
        "values": [
            {
                "version": minor,
                "capabilities": plan,
                "isDefault": True,
                "patchVersions": {KUBERNETES_VERSION: {"upgrades": []}},
            }
        ]
    }
