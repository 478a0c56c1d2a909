"""GET, list, PUT, PATCH and DELETE of managed clusters. No IO."""

from __future__ import annotations

import copy
import uuid

from ..access import ROLE_ASSIGNMENT, readable
from ..azure import Azure, ensure_group
from ..errors import ArmError, Json, aks_error, method_not_allowed, resource_not_found, unknown_type
from ..identifiers import Target, parse, same
from ..lists import paged
from ..locations import check_location, normalize
from ..locks import refuse_locked
from ..messages import Request, Response
from ..store import Record
from . import nodes, pools, reads, transition
from .defaults import cluster_properties
from .proposal import keep_acting, propose
from .refusals import missing_subnet_permission, refuse
from .rendering import MANAGED_CLUSTER, render, render_put
from .vintage import vintage

PLAIN_JSON = "application/json"


def serve(azure: Azure, request: Request) -> Response:
    """Answers one request below /providers/Microsoft.ContainerService."""
    target = request.target
    if not target.types or target.types[0].lower() != "managedclusters":
        raise unknown_type("/".join(target.types), target.namespace, request.api_version)
    if request.seeding and request.method == "PUT":
        ensure_group(azure, target)
    if target.group:
        azure.group(target)
    if len(target.types) == 1:
        return _list(azure, request) if target.is_collection else _serve_cluster(azure, request)
    record = azure.store.find(target.ancestor(1).path)
    if record is None:
        raise resource_not_found(target.ancestor(1).type_and_names, target.group)
    if target.types[1].lower() == "agentpools":
        return pools.serve(azure, request, record, _write)
    return reads.serve(request, record)


def _list(azure: Azure, request: Request) -> Response:
    records = azure.store.of_type(MANAGED_CLUSTER, request.target.scope)
    records = readable(azure, request, records, f"{MANAGED_CLUSTER}/read")
    response = paged(azure, request, [render(azure, record, request.api_version) for record in records])
    response.content_type = PLAIN_JSON
    return response


def _serve_cluster(azure: Azure, request: Request) -> Response:
    target = request.target
    if request.method == "GET" and not request.seeding:
        azure.operations.touch(target.key)
    record = azure.store.find(target.path)
    if request.method == "PUT":
        return _put(azure, request, record)
    if record is None:
        if request.method == "DELETE":
            return Response(204)
        if azure.settings.aks_answers_for_what_is_gone and not request.seeding:
            raise _gone(target)
        raise resource_not_found(target.type_and_names, target.group)
    match request.method:
        case "GET":
            return Response(body=render(azure, record, request.api_version), content_type=PLAIN_JSON)
        case "PATCH":
            check_etag(request, record)
            record.body["tags"] = dict(request.json.get("tags") or {})
            record.etag = str(uuid.uuid4())
            return Response(body=render(azure, record, request.api_version), content_type=PLAIN_JSON)
        case "DELETE":
            return _delete(azure, request, record)
    raise method_not_allowed(request.method)


def _gone(target: Target) -> ArmError:
    """What AKS itself says of a cluster that Resource Manager still believes in, for a while after its deletion."""
    message = (
        f"Could not find managed cluster resource: {target.name} in subscription: {target.subscription}, "
        f"resourceGroup: {target.group}."
    )
    details = [{"code": "Unspecified", "message": "rpc error: code = NotFound desc = Managed Cluster not found"}]
    subcode = "GetManagedCluster_NotFound_HCPServerError"
    return ArmError(404, "NotFound", message, details=details, wrapped=False, subcode=subcode)


def _put(azure: Azure, request: Request, old: Record | None) -> Response:
    target, sent = request.target, request.json
    if not request.seeding:
        check_location(MANAGED_CLUSTER, target, sent, old)
    body: Json = {name: copy.deepcopy(sent[name]) for name in ("tags", "identity", "sku") if sent.get(name)}
    if old is not None and "identity" not in body and "identity" in old.body:
        body["identity"] = old.body["identity"]
    body["location"] = normalize(str(sent.get("location") or (old.location if old else azure.settings.location)))
    properties = dict(sent.get("properties") or {})
    if old is not None and not request.seeding:
        _check_immutable(old, properties)
        properties["networkProfile"] = transition.merged_profile(azure, old, properties.get("networkProfile") or {})
    body["properties"] = cluster_properties(properties, old.properties if old else None, vintage(azure, request))
    record = Record(old.target if old else _canonical(target), body)
    if not request.seeding:
        check_etag(request, old)
        transition.check_plugin_mode(record.properties["networkProfile"])
    if old is not None:
        record.private, record.created = old.private, old.created
        if not request.seeding:
            transition.refuse_change(azure, old, record)
    return _write(azure, request, record, old)


def check_etag(request: Request, record: Record | None) -> None:
    """If-Match and If-None-Match, in the shape of AKS."""
    wanted = (request.header("if-match") or "").strip('"')
    stale = bool(wanted) and (record is None or wanted not in ("*", record.etag))
    if stale or (request.header("if-none-match") == "*" and record is not None):
        message = f"The etag provided {wanted or '*'} does not match the current etag of the resource."
        raise ArmError(412, "PreconditionFailed", message, wrapped=False)


def _check_immutable(old: Record, properties: Json) -> None:
    before = {pool["name"]: pool.get("vnetSubnetID") for pool in old.properties["agentPoolProfiles"]}
    for pool in properties.get("agentPoolProfiles") or []:
        if pool.get("name") in before and not same(before[pool["name"]], pool.get("vnetSubnetID")):
            name = "agentPoolProfile.vnetSubnetID"
            raise aks_error("PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", target=name)


def _canonical(target: Target) -> Target:
    # AKS writes `resourcegroups`, in lower case, into its ids.
    scope = f"/subscriptions/{target.subscription}/resourcegroups/{target.group}"
    return parse(f"{scope}/providers/{MANAGED_CLUSTER}/{target.name}")


def _write(azure: Azure, request: Request, record: Record, old: Record | None) -> Response:
    """Checks a cluster, stores it, and lets an operation make its nodes."""
    if request.seeding:
        azure.store.put(record)
        _seed_states(record, request.json.get("properties") or {})
        if azure.settings.seeded_clusters_run:
            nodes.reconcile(azure, record, seeding=True)
        record.private["ready"] = True
        return Response(200 if old else 201, render(azure, record, request.api_version))
    if azure.operations.meet(record.key) is not None:
        raise _another_operation("Updating")
    pending = azure.operations.pending(record.key)
    if pending is not None and (azure.settings.second_put == "refused" or old is None or old.state != "Updating"):
        raise _another_operation(old.state if old else "Creating")
    proposal = propose(azure, request, record)
    try:
        refuse(proposal)
    finally:
        _count_refusal(azure)
    record.state = "Updating" if old else "Creating"
    record.private.pop("poolStates", None)
    if old is not None and transition.changed_identity(old, record.body):
        keep_acting(azure, old, record)
    to_overlay = old is not None and transition.goes_to_overlay(old, record)
    outcome = transition.take_outcome(azure) if to_overlay else ""
    azure.store.put(record)

    def finish() -> None:
        error = missing_subnet_permission(proposal)
        if error is not None:
            raise error
        for touched in nodes.written_resources(azure, record):
            refuse_locked(azure, touched)
        subnets = nodes.subnet_ids(record)
        if old is not None and outcome == "unchanged":
            transition.undo(record, old)
        elif old is not None and to_overlay:
            transition.end_overlay(azure, record, subnets)
        nodes.reconcile(azure, record, whole=not request.target.is_child)
        record.etag = str(uuid.uuid4())
        if outcome == "halfway":
            raise transition.halfway(record)
        record.state = "Succeeded"

    def fail() -> None:
        record.state = "Failed"

    operation = azure.start_operation(request, record.target, "Put", finish, fail)
    azure.operations.preempt(operation)
    operation.warning = transition.NOT_LATEST if to_overlay else None
    shown = render_put(azure, record, request.api_version)
    headers = azure.operation_headers(request, record.target, record.location, operation)
    azure.settle(operation)
    return Response(200 if old else 201, shown, headers, PLAIN_JSON)


def _seed_states(record: Record, properties: Json) -> None:
    """What a seeded body says of the states of the cluster and its pools."""
    record.state = str(properties.get("provisioningState") or "Succeeded")
    record.private["power"] = (properties.get("powerState") or {}).get("code", "Running")
    record.private["poolStates"] = {
        pool["name"]: pool["provisioningState"]
        for pool in properties.get("agentPoolProfiles") or []
        if pool.get("provisioningState")
    }


def _count_refusal(azure: Azure) -> None:
    """Each PUT brings the role assignments that have yet to propagate one step nearer."""
    for assignment in azure.store.of_type(ROLE_ASSIGNMENT):
        if assignment.private.get("refusals_left", 0) > 0:
            assignment.private["refusals_left"] -= 1


def _another_operation(state: str) -> ArmError:
    message = (
        f"Operation is not allowed: Another operation ({state}) is in progress, please wait for it to finish before "
        "starting a new operation. See https://aka.ms/aks-pending-operation for more details"
    )
    return ArmError(409, "OperationNotAllowed", message, wrapped=False)


def _delete(azure: Azure, request: Request, record: Record) -> Response:
    if request.seeding:
        nodes.remove(azure, record)
        return Response(204)
    check_etag(request, record)
    record.state = "Deleting"

    def fail() -> None:
        record.state = "Failed"

    operation = azure.start_operation(request, record.target, "Delete", lambda: nodes.remove(azure, record), fail)
    headers = azure.operation_headers(request, record.target, record.location, operation, results="operationresults")
    azure.settle(operation)
    return Response(202, None, headers)
