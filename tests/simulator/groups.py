"""Resource groups; deleting one takes everything in it along. No IO."""

from __future__ import annotations

from .access import readable
from .azure import Azure
from .container_service import nodes
from .container_service.rendering import MANAGED_CLUSTER
from .errors import ArmError, Json, gateway_error, method_not_allowed
from .identifiers import parse, within
from .lists import paged
from .locations import check_location, normalize
from .messages import Request, Response
from .resources.network_type import reference
from .resources.references import SUBNET
from .store import Record

GROUP = "Microsoft.Resources/subscriptions/resourceGroups"


def render(record: Record) -> Json:
    body: Json = {
        "id": record.id,
        "name": record.target.group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": record.location,
        "properties": {"provisioningState": record.state},
    }
    for name in ("tags", "managedBy"):
        if record.body.get(name) is not None:
            body[name] = record.body[name]
    return body


def serve_list(azure: Azure, request: Request) -> Response:
    found = [record for record in azure.store.all(request.target.path) if not record.target.namespace]
    shown = readable(azure, request, found, f"{GROUP}/read")
    return paged(azure, request, [render(record) for record in shown])


def serve(azure: Azure, request: Request) -> Response:
    """GET, HEAD, PUT, PATCH and DELETE of one group."""
    target = request.target
    path = f"/subscriptions/{target.subscription}/resourceGroups/{target.group}"
    record = azure.store.find(path)
    match request.method:
        case "PUT":
            return _put(azure, request, record, path)
        case "HEAD":
            return Response(204 if record else 404)
    if request.method == "GET" and not request.seeding:
        azure.operations.touch_own(path)
    record = azure.group(target)
    match request.method:
        case "GET":
            return Response(body=render(record))
        case "PATCH":
            record.body["tags"] = dict(request.json.get("tags") or {})
            return Response(body=render(record))
        case "DELETE":
            return _delete(azure, request, record)
    raise method_not_allowed(request.method)


def _put(azure: Azure, request: Request, old: Record | None, path: str) -> Response:
    sent = request.json
    if old is not None and sent.get("location") and normalize(str(sent["location"])) != old.location:
        message = (
            f"Invalid resource group location '{sent['location']}'. The Resource group already exists in location "
            f"'{old.location}'."
        )
        raise gateway_error(409, "InvalidResourceGroupLocation", message)
    if not request.seeding:
        check_location("Microsoft.Resources/resourceGroups", request.target, sent, old)
    kept = old.body if old else {}
    body: Json = {
        name: sent.get(name, kept.get(name)) for name in ("tags", "managedBy") if sent.get(name, kept.get(name))
    }
    body["location"] = normalize(str(sent.get("location") or azure.settings.location))
    record = Record(old.target if old else parse(path), body)
    azure.store.put(record)
    return Response(200 if old else 201, render(record))


def _delete(azure: Azure, request: Request, record: Record) -> Response:
    record.state = "Deleting"

    def fail() -> None:
        record.state = "Succeeded"

    operation = azure.start_operation(request, record.target, "Delete", lambda: _cascade(azure, record), fail)
    azure.settle(operation)
    location = f"{request.base_url}/subscriptions/{record.target.subscription}/operationresults/{operation.id}"
    headers = {"Location": f"{location}?api-version={request.api_version}", **azure.delay_headers()}
    return Response(202, None, headers)


def _cascade(azure: Azure, record: Record) -> None:
    for cluster in azure.store.of_type(MANAGED_CLUSTER, record.id):
        nodes.remove(azure, cluster)
    blocked = [
        linked
        for subnet in azure.store.of_type(SUBNET)
        if not within(record.id, subnet.id)
        for name in ("routeTable", "networkSecurityGroup", "natGateway")
        if (linked := reference(subnet, name)) and within(record.id, linked)
    ]
    if blocked:
        message = (
            f"Deletion of resource group '{record.target.group}' failed as resources with identifiers "
            f"'{','.join(blocked)}' could not be deleted."
        )
        raise ArmError(409, "ResourceGroupDeletionBlocked", message)
    azure.store.remove(record.id)
