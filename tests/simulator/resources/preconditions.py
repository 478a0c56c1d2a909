"""What has to hold before a network resource is written: its ETag, and nobody else's operation. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import ArmError, network_error, precondition_failed
from ..identifiers import Target
from ..messages import Request
from ..store import Record
from .registry import etag


def check_etag(azure: Azure, request: Request, record: Record | None) -> None:
    wanted = request.header("if-match")
    if wanted and (record is None or wanted != "*"):
        current = etag(azure, record) if record else ""
        sent = wanted if wanted.startswith("W/") else f'W/"{wanted.strip(chr(34))}"'
        if sent != current:
            raise precondition_failed(sent, current, record.id if record else request.target.path)
    if request.header("if-none-match") == "*" and record is not None:
        raise network_error("PreconditionFailed", "Precondition failed.", status=412)


def check_pending(azure: Azure, target: Target) -> None:
    """A write during another's operation: the throttling answer that route tables are known for."""
    if not azure.settings.refuse_concurrent_writes:
        return
    operation = azure.operations.pending(target.top.key)
    if operation is None:
        return
    detail = (
        f"Operation {operation.verb}{target.types[0][0].upper()}{target.types[0][1:]}Operation ({operation.id}) is "
        f"updating resource {target.top.path}. The call can be retried in 11 seconds."
    )
    raise ArmError(
        429,
        "RetryableError",
        "A retryable error occurred.",
        details=[{"code": "RetryableErrorDueToAnotherOperation", "message": detail}],
        headers={"Retry-After": "1"},
    )
