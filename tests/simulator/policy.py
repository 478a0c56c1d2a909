"""Policy states: a seeded list, queried at a scope. No IO."""

from __future__ import annotations

from .azure import Azure
from .errors import Json
from .identifiers import within
from .messages import Request, Response


def serve(azure: Azure, request: Request) -> Response:
    """POST {scope}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults."""
    scope = request.target.scope
    shown: list[Json] = [state for state in azure.policy_states if within(scope, str(state.get("resourceId", scope)))]
    link = f"{request.base_url}{scope}/providers/Microsoft.PolicyInsights/policyStates/$metadata#latest"
    return Response(body={"@odata.context": link, "@odata.count": len(shown), "value": shown})
