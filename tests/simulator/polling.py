"""The answers to those who poll: operation status and operation results. No IO."""

from __future__ import annotations

from .azure import Azure
from .errors import ArmError, Json
from .messages import Request, Response
from .operations import Operation


def _find(azure: Azure, request: Request) -> Operation:
    operation = azure.operations.find(request.path.rsplit("/", 1)[-1])
    if operation is None:
        raise ArmError(404, "NotFound", "The entity was not found.")
    return operation


def status(azure: Azure, request: Request) -> Response:
    """GET .../locations/L/operations/ID: HTTP 200 whatever became of it, only `status` decides."""
    operation = _find(azure, request)
    operation.advance()
    aks = request.target.namespace.lower() == "microsoft.containerservice"
    body: Json = {"status": operation.status}
    if aks:
        phase = _phase(azure.settings.aks_phases, operation) if operation.running else operation.status
        body = {"name": operation.id, "status": phase, "startTime": operation.started}
        if operation.ended:
            body["endTime"] = operation.ended
    if operation.error is not None:
        body["error"] = _aks_error(operation.error) if aks else operation.error
    elif aks and (operation.warning or azure.settings.aks_poll_warning) is not None:
        body["error"] = operation.warning or azure.settings.aks_poll_warning
    content_type = "application/json" if aks else "application/json; charset=utf-8"
    return Response(200, body, azure.delay_headers() if operation.running else {}, content_type)


def _phase(phases: list[str], operation: Operation) -> str:
    """What AKS calls the part that is under way; any word but the final ones means that the operation goes on."""
    return phases[min(operation.polls_seen, len(phases)) - 1] if phases else operation.status


def _aks_error(error: Json) -> Json:
    return {"code": error["code"], "message": error["message"]}


def results(azure: Azure, request: Request) -> Response:
    """GET .../operationResults/ID: 202 until the end, then 204; a group's answer is 200."""
    operation = _find(azure, request)
    operation.advance()
    query = f"?api-version={request.api_version}"
    here = f"{request.base_url}{request.path}{query}"
    headers = {"Location": here, **azure.delay_headers()}
    if operation.running:
        return Response(202, None, headers)
    if operation.error is not None:
        raise ArmError(409, operation.error["code"], operation.error["message"])
    if not request.target.namespace:
        return Response(200)
    headers["Azure-AsyncOperation"] = _status_url(here)
    headers["Content-Type"] = "application/json; charset=utf-8"
    return Response(204, None, headers)


def _status_url(url: str) -> str:
    return url.replace("/operationResults/", "/operations/").replace("/operationresults/", "/operations/")
