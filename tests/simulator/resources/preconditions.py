"""What has to hold before a network resource is written: its ETag, nobody else's operation, ready references. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..azure import Azure
from ..errors import ArmError, network_error, precondition_failed
from ..identifiers import Target, parse, within
from ..messages import Request
from ..operations import Operation
from ..store import Record
from .registry import etag

PEERING = "microsoft.network/virtualnetworks/virtualnetworkpeerings"
ANOTHER_OPERATION = "AnotherOperationInProgress"


def check_etag(azure: Azure, request: Request, record: Record | None) -> None:
    wanted = request.header("if-match")
    if wanted and (record is None or wanted != "*"):
        current = etag(azure, record) if record else ""
        sent = wanted if wanted.startswith("W/") else f'W/"{wanted.strip(chr(34))}"'
        if sent != current:
            raise precondition_failed(sent, current, record.id if record else request.target.path)
    if request.header("if-none-match") == "*" and record is not None and azure.settings.honours_if_none_match:
        raise network_error("PreconditionFailed", "Precondition failed.", status=412)


def check_pending(azure: Azure, request: Request, target: Target) -> None:
    """A write during another's operation is refused, in one of the two ways that Azure has."""
    met = azure.operations.meet(target.top.key)
    if met is not None:
        raise _busy(azure, request, target, met.operation, met.answer)
    operation = azure.operations.pending(target.top.key)
    if operation is not None and azure.settings.refuse_concurrent_writes:
        raise _busy(azure, request, target, operation, azure.settings.busy_answer)


def _busy(azure: Azure, request: Request, target: Target, operation: Operation, answer: str) -> ArmError:
    if answer == ANOTHER_OPERATION:
        top = azure.store.find(target.top.path)
        location = top.location if top else azure.settings.location
        root = f"{request.base_url}/subscriptions/{target.subscription}/providers/Microsoft.Network/locations"
        message = (
            "Another operation on this or dependent resource is in progress. To retrieve status of the operation use "
            f"uri: {root}/{location}/operations/{operation.id}?api-version={request.api_version}."
        )
        return network_error(ANOTHER_OPERATION, message, status=409)
    seconds = azure.settings.busy_retry_after
    detail = (
        f"Operation {operation.name} ({operation.id}) is updating resource {target.top.path}. The call can be retried "
        f"in {seconds} seconds."
    )
    return _retryable("RetryableErrorDueToAnotherOperation", detail, {"Retry-After": str(seconds)})


def _retryable(code: str, message: str, headers: dict[str, str]) -> ArmError:
    details = [{"code": code, "message": message}]
    return ArmError(429, "RetryableError", "A retryable error occurred.", details=details, headers=headers)


def check_references(azure: Azure, record: Record) -> None:
    """What a body refers to must have been provisioned: while it is still being written the write has to wait."""
    for linked in _references(record.properties):
        found = azure.store.find(linked)
        if found is None or within(record.target.top.path, linked):
            continue
        met = azure.operations.meet(found.key)
        operation = met.operation if met else azure.operations.pending(found.key)
        state = "Updating" if met else found.state
        if state == "Succeeded" or (state == "Failed" and not azure.settings.refuse_failed_references):
            continue
        last = operation.name if operation else "PutOperation"
        message = (
            f"Cannot proceed with operation because resource {found.id} used by resource {record.id} is not in "
            f"Succeeded state. Resource is in {state} state and the last operation that updated/is updating the "
            f"resource is {last}."
        )
        if record.type.lower() == PEERING:
            raise network_error("ReferencedResourceNotProvisioned", message)
        raise _retryable("ReferencedResourceNotProvisioned", message, {})


def _references(value: Any) -> Iterator[str]:
    """The ids in a body, of resources rather than of parts of one."""
    if isinstance(value, dict):
        linked = value.get("id")
        if isinstance(linked, str) and parse(linked).types:
            yield linked
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
