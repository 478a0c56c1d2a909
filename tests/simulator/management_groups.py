"""Management groups: the list of them, and the subscriptions that lie in one. No IO."""

from __future__ import annotations

from .azure import Azure
from .errors import ArmError, Json
from .lists import paged
from .messages import Request, Response

_GROUPS = "/providers/Microsoft.Management/managementGroups"


def serve(azure: Azure, request: Request) -> Response:
    """GET .../managementGroups, and .../managementGroups/{name}/descendants."""
    parts = request.path.strip("/").split("/")[2:]
    if len(parts) == 1:
        return paged(azure, request, [_group(name) for name in azure.management_groups])
    members = azure.management_groups.get(parts[1].lower())
    if members is None or len(parts) != 3:
        raise ArmError(404, "NotFound", f"'{request.path}' not found")
    return paged(azure, request, [_member(azure, parts[1], each) for each in members])


def _group(name: str) -> Json:
    return {
        "id": f"{_GROUPS}/{name}",
        "type": "Microsoft.Management/managementGroups",
        "name": name,
        "properties": {"tenantId": None, "displayName": name},
    }


def _member(azure: Azure, group: str, subscription: str) -> Json:
    return {
        "id": f"/subscriptions/{subscription}",
        "type": "Microsoft.Management/managementGroups/subscriptions",
        "name": subscription,
        "properties": {
            "displayName": azure.directory.subscriptions.get(subscription.lower(), subscription),
            "parent": {"id": f"{_GROUPS}/{group}"},
        },
    }
