"""What each type is read and written as. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

API_VERSIONS: Final[Mapping[str, str]] = {
    "microsoft.authorization/denyassignments": "2022-04-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.authorization/permissions": "2022-04-01",
    "microsoft.authorization/roleassignments": "2022-04-01",
    "microsoft.authorization/roledefinitions": "2022-04-01",
    "microsoft.containerservice/managedclusters": "2025-07-01",
    "microsoft.containerservice/managedclusters/agentpools/machines": "2025-05-01",
    "microsoft.management/managementgroups": "2020-05-01",
    "microsoft.management/managementgroups/descendants": "2020-05-01",
    "microsoft.managedidentity/userassignedidentities": "2024-11-30",
    "microsoft.managedidentity/userassignedidentities/listassociatedresources": "2021-09-30-preview",
    "microsoft.network/localnetworkgateways": "2024-05-01",
    "microsoft.network/natgateways": "2024-05-01",
    "microsoft.network/networksecuritygroups": "2024-05-01",
    "microsoft.network/privatednszones": "2024-06-01",
    "microsoft.network/routetables": "2025-07-01",
    "microsoft.network/routetables/routes": "2025-07-01",
    "microsoft.network/virtualnetworkgateways": "2024-05-01",
    "microsoft.network/virtualnetworks": "2025-07-01",
    "microsoft.network/virtualnetworks/subnets": "2025-07-01",
    "microsoft.network/virtualnetworks/usages": "2024-05-01",
    "microsoft.policyinsights/policystates/queryresults": "2019-10-01",
    "microsoft.resourcegraph/resources": "2022-10-01",
    "microsoft.resources/resourcegroups": "2024-11-01",
    "microsoft.resources/subscriptions": "2022-12-01",
    "microsoft.resources/tags": "2021-04-01",
}
"""What each type is read and written as, its name in lower case: a version is a shape, and the parsers know these."""

OLDER_API_VERSIONS: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "microsoft.network/routetables",
        "microsoft.network/routetables/routes",
        "microsoft.network/virtualnetworks",
        "microsoft.network/virtualnetworks/subnets",
    ),
    "2024-05-01",
)
"""For clouds that do not know the newer one. All that is written back is read in the newest that azure-cli itself uses,
so that no member which came later is lost on the way back."""

UNKNOWN_VERSION: Final = "NoRegisteredProviderFound"
"""Azure's refusal of an api-version that it does not know.
Source: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider"""


def api_version_of(path: str, *, older: bool = False) -> str:
    """The pinned api-version of the type that `path` names; the `older` one where there is one."""
    kind = _type_of(path)
    return OLDER_API_VERSIONS.get(kind, API_VERSIONS[kind]) if older else API_VERSIONS[kind]


def has_older_version(path: str) -> bool:
    """Whether a cloud that does not know the version may know another."""
    return _type_of(path) in OLDER_API_VERSIONS


def _type_of(path: str) -> str:
    """The last provider in the path decides."""
    _, provider, resource = path.lower().rpartition("/providers/")
    if not provider:
        is_list = path.strip("/").lower() == "subscriptions"
        return "microsoft.resources/subscriptions" if is_list else "microsoft.resources/resourcegroups"
    parts = resource.split("/")
    if parts[0] == "microsoft.policyinsights":
        return "microsoft.policyinsights/policystates/queryresults"
    return "/".join([parts[0], *parts[1::2]])
