"""One simulated Azure: its settings, resources, operations and people. No IO."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import operations
from .directory import Directory
from .errors import Json, group_not_found
from .identifiers import Target, parse
from .messages import Request, Response
from .settings import Settings
from .store import Record, Store

if TYPE_CHECKING:
    from .graph_rows import Row


class Azure:
    """Everything a request can see or change. Handlers hold `lock` while they work."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.lock = threading.RLock()
        self.settings = settings or Settings()
        self.store = Store()
        self.operations = operations.Operations()
        self.directory = Directory()
        self.policy_states: list[Json] = []
        self.management_groups: dict[str, list[str]] = {}
        self.graph_rows: list[Row] | None = None
        """What Resource Graph saw when a test made it lag; None while it sees what is there."""
        self.graph_windows: dict[str, tuple[float, int]] = {}
        self.clock = 0.0
        """Seconds that have passed for route controllers; only `Simulator.advance` moves it."""

    def group(self, target: Target) -> Record:
        """The resource group of a target, or the 404 of Azure Resource Manager."""
        found = self.store.find(f"/subscriptions/{target.subscription}/resourceGroups/{target.group}")
        if found is None:
            raise group_not_found(target.group)
        return found

    def start_operation(
        self,
        request: Request,
        target: Target,
        verb: str,
        finish: Callable[[], None],
        fail: Callable[[], None],
    ) -> operations.Operation:
        """Starts an operation; without polls to wait for it ends at once, after the caller has rendered its answer."""
        polls = 0 if request.seeding else self.settings.operation_polls
        kind = target.types[-1] if target.types else "resourceGroups"
        return self.operations.start(target.key, kind, verb, polls, finish, fail)

    def settle(self, operation: operations.Operation) -> None:
        """Ends an operation that nobody has to wait for."""
        if operation.polls_left == 0:
            operation.advance()

    def operation_headers(
        self, request: Request, target: Target, location: str, operation: operations.Operation, *, results: str = ""
    ) -> dict[str, str]:
        """`Azure-AsyncOperation`, the polling delay and, for a DELETE (`results` set), `Location`."""
        root = f"{request.base_url}/subscriptions/{target.subscription}/providers/{target.namespace}/locations"
        query = f"?api-version={request.api_version}"
        headers = {
            "Azure-AsyncOperation": f"{root}/{location}/operations/{operation.id}{query}",
            **self.delay_headers(),
        }
        if results:
            headers["Location"] = f"{root}/{location}/{results}/{operation.id}{query}"
        return headers

    def delay_headers(self) -> dict[str, str]:
        return {"x-ms-retry-after-ms": str(self.settings.retry_after_ms)}


Handler = Callable[[Azure, Request], Response]


def ensure_group(azure: Azure, target: Target) -> None:
    """Seeding makes the resource group that a seeded resource needs."""
    if not target.group:
        return
    path = f"/subscriptions/{target.subscription}/resourceGroups/{target.group}"
    if azure.store.find(path) is None:
        azure.store.put(Record(parse(path), {"location": azure.settings.location}))
