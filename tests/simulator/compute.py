"""The cores of a region: what the nodes of all clusters take of the quota, in all and of each family. No IO."""

from __future__ import annotations

import re
from collections import Counter

from .access import authorize
from .azure import Azure
from .container_service.rendering import MANAGED_CLUSTER
from .errors import Json
from .messages import Request, Response

_SIZE = re.compile(r"Standard_([A-Z]+)(\d+)([a-z]*)(?:_(v\d+))?", re.IGNORECASE)


def family_of(size: str) -> tuple[str, int]:
    """The quota's name and the cores of a size: `standardDSv3Family` and 2 of Standard_D2s_v3."""
    match = _SIZE.fullmatch(size)
    if match is None:
        return "standardOtherFamily", 1
    letters, cores, features, version = match.groups()
    return f"standard{letters}{features.upper()}{version or ''}Family", int(cores)


def serve_usages(azure: Azure, request: Request) -> Response:
    """GET /subscriptions/S/providers/Microsoft.Compute/locations/L/usages."""
    authorize(azure, request, "Microsoft.Compute/locations/usages")
    target = request.target
    used: Counter[str] = Counter()
    for cluster in azure.store.of_type(MANAGED_CLUSTER, f"/subscriptions/{target.subscription}"):
        if cluster.location == target.names[0].lower():
            for pool in cluster.properties["agentPoolProfiles"]:
                family, cores = family_of(str(pool["vmSize"]))
                used[family] += cores * int(pool["count"])
    total = sum(used.values())
    entries = [_usage("cores", "Total Regional vCPUs", total, azure.settings.vcpu_quota)]
    families = sorted({*used, "standardDSv3Family", "standardDSv2Family"})
    entries += [_usage(name, _title(name), used[name], azure.settings.vcpu_quota) for name in families]
    return Response(body={"value": entries})


def _title(family: str) -> str:
    return f"Standard {family.removeprefix('standard').removesuffix('Family')} Family vCPUs"


def _usage(name: str, title: str, current: int, limit: int) -> Json:
    return {
        "limit": limit,
        "unit": "Count",
        "currentValue": current,
        "name": {"value": name, "localizedValue": title},
    }
