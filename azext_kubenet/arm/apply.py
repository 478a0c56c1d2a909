"""Executes Changes, phase by phase and in parallel within one, and reads role assignments back. Does network IO."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ..core.changes import (
    Action,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    DeleteResource,
)
from ..core.model import ManagedIdentity
from ..core.prepare import with_principal
from ..core.resource_id import ResourceId
from ..progress import Reporter
from . import parse
from .client import ArmClient
from .errors import ArmError, ArmUnreachableError, JsonObject

SUBNET_TRIES: Final = 5
"""How often a subnet that somebody else changes at the same time is read and written anew."""

BUSY_CODES: Final = frozenset(("AnotherOperationInProgress", "RetryableError", "RetryableErrorDueToAnotherOperation"))
"""Refusals of Microsoft.Network while something else writes the same resource.
Source: https://github.com/kubernetes/kubernetes/issues/88151"""

BUSY_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries of a write that met another operation."""

_READ_BACK_SECONDS: Final = 2.0


class InterruptedApplyError(Exception):
    """A run that ended between its writes: what was made, what failed, and why."""

    def __init__(self, done: tuple[Change, ...], failed: Change | None, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.done = done
        self.failed = failed
        self.cause = cause


class ConcurrentAssociationError(Exception):
    """Somebody else put another route table on the subnet meanwhile."""

    def __init__(self, subnet_id: ResourceId, route_table_id: ResourceId) -> None:
        super().__init__(f"Subnet '{subnet_id.name}' meanwhile carries route table '{route_table_id}'.")
        self.subnet_id = subnet_id
        self.route_table_id = route_table_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was done, in order, and the identity where one was made."""

    changes: tuple[Change, ...]
    identity: ManagedIdentity | None = None


@dataclass(slots=True, kw_only=True)
class _Run:
    """One execution: its client, the documents read before, and what it has made so far."""

    client: ArmClient
    documents: Mapping[ResourceId, JsonObject]
    reporter: Reporter
    wait: bool
    sleep: Callable[[float], None]
    identity: ManagedIdentity | None = None
    done: list[Change] = field(default_factory=list)


def apply_changes(
    client: ArmClient,
    changes: tuple[Change, ...],
    documents: Mapping[ResourceId, JsonObject],
    reporter: Reporter,
    *,
    wait: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> Applied:
    """Write every Change that is not `none`.

    `documents` are the resources as read: the subnet is written back whole, with its ETag. With `wait` False the last
    phase's operations are not awaited. Raises InterruptedApplyError with what had been made.
    """
    run = _Run(client=client, documents=documents, reporter=reporter, wait=wait, sleep=sleep)
    result: list[Change] = []
    phases = [list(group) for _, group in groupby(changes, key=lambda change: change.phase)]
    for number, planned in enumerate(phases):
        identity = run.identity
        phase = planned if identity is None else [with_principal(each, identity.principal_id) for each in planned]
        result.extend(phase)
        _apply_phase(run, [c for c in phase if c.action is not Action.NONE], last=number == len(phases) - 1)
    return Applied(changes=tuple(result), identity=run.identity)


def _apply_phase(run: _Run, writes: list[Change], *, last: bool) -> None:
    if not writes:
        return
    run.reporter.say(_sentence(writes))
    wait = run.wait or not last
    failures: list[tuple[Change, BaseException]] = []
    with ThreadPoolExecutor(max_workers=len(writes)) as pool:
        futures = [(change, pool.submit(_write, run, change, wait)) for change in writes]
        try:
            for change, future in futures:
                failure = future.exception()
                if failure is None:
                    run.done.append(change)
                else:
                    failures.append((change, failure))
        except KeyboardInterrupt as interrupt:
            for change, future in futures:
                if not future.cancel() and future.exception() is None and change not in run.done:
                    run.done.append(change)
            raise InterruptedApplyError(tuple(run.done), None, interrupt) from interrupt
    if failures:
        failed, cause = failures[0]
        if not isinstance(cause, ArmError | ArmUnreachableError | ConcurrentAssociationError):
            raise cause
        raise InterruptedApplyError(tuple(run.done), failed, cause) from cause


def _sentence(writes: list[Change]) -> str:
    verbs = {Action.CREATE: "Creating", Action.UPDATE: "Updating", Action.DELETE: "Deleting"}
    named = [f"{verbs[change.action]} {change.resource_type.rsplit('/', 1)[-1]}" for change in writes]
    return ", ".join(dict.fromkeys(named))


def _write(run: _Run, change: Change, wait: bool) -> None:
    """One write; again, with growing pauses, while another operation on the same resource is in progress."""
    for pause in BUSY_PAUSES:
        try:
            return _write_once(run, change, wait)
        except ArmError as error:
            if not any(code in BUSY_CODES for code in error.codes):
                raise
            run.reporter.say(f"Waiting for another operation on {change.resource_type.rsplit('/', 1)[-1]} to end")
        run.sleep(pause)
    return _write_once(run, change, wait)


def _write_once(run: _Run, change: Change, wait: bool) -> None:
    client = run.client
    match change.write:
        case CreateIdentity() as write:
            body: JsonObject = {"location": write.location, "tags": dict(write.tags)}
            run.identity = parse.parse_identity(client.put(str(write.id), body, wait=False))  # answers at once
        case CreateRouteTable() as write:
            client.put(str(write.id), _route_table_body(write), wait=wait)
        case CreateRoute() as write:
            path = write.route_table_id.child("routes", write.name)
            client.put(str(path), {"properties": _default_route(str(write.next_hop))}, wait=wait)
        case CreateRole() as write:
            client.put(write.id, _role_body(write), wait=False)
        case AssociateRouteTable() as write:
            _associate(client, write, run.documents.get(write.subnet_id), wait)
        case AssignRole() as write:
            _assign(client, change, write)
        case DeleteResource() as write:
            client.delete(write.id, wait=wait)
        case None:
            raise ValueError(f"{change.action.value} of {change.resource_id} has nothing to write")


def _route_table_body(write: CreateRouteTable) -> JsonObject:
    next_hop = write.default_route_next_hop
    routes = [] if next_hop is None else [{"name": "default", "properties": _default_route(str(next_hop))}]
    return {"location": write.location, "tags": dict(write.tags), "properties": {"routes": routes}}


def _default_route(next_hop: str) -> JsonObject:
    return {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": next_hop}


def _role_body(write: CreateRole) -> JsonObject:
    return {
        "properties": {
            "roleName": write.name,
            "description": "What AKS needs on the subnet and route table of a kubenet cluster; made by az aks kubenet.",
            "type": "CustomRole",
            "permissions": [{"actions": list(write.actions), "notActions": []}],
            "assignableScopes": [write.assignable_scope],
        }
    }


def _associate(client: ArmClient, write: AssociateRouteTable, document: JsonObject | None, wait: bool) -> None:
    """Write the subnet back with only its route table changed; read it anew where somebody was faster."""
    for attempt in range(SUBNET_TRIES):
        if document is None or attempt:
            document = client.get(str(write.subnet_id))
        present = parse.parse_subnet(document).route_table_id
        if present == write.route_table_id:
            return
        if present != write.expected and present is not None:
            raise ConcurrentAssociationError(write.subnet_id, present)
        body = deepcopy(document)
        etag = body.pop("etag", None)
        properties = body.setdefault("properties", {})
        if write.route_table_id is None:
            properties.pop("routeTable", None)
        else:
            properties["routeTable"] = {"id": str(write.route_table_id)}
        try:
            client.put(str(write.subnet_id), body, etag=etag, wait=wait)
        except ArmError as error:
            if error.status != 412 or attempt == SUBNET_TRIES - 1:
                raise
        else:
            return


def _assign(client: ArmClient, change: Change, write: AssignRole) -> None:
    """PUT the assignment; an equal one under another name is as good."""
    if change.resource_id is None or write.principal_id is None:
        raise ValueError(f"the principal of the assignment on {write.scope} is not known yet")
    body: JsonObject = {
        "properties": {
            "roleDefinitionId": write.role_definition_id,
            "principalId": write.principal_id,
            # without it a principal that was just made is refused with PrincipalNotFound
            "principalType": "ServicePrincipal",
            "description": write.description,
        }
    }
    try:
        client.put(change.resource_id, body, wait=False)
    except ArmError as error:
        if error.code != "RoleAssignmentExists":
            raise


def read_back(
    client: ArmClient,
    changes: tuple[Change, ...],
    reporter: Reporter,
    timeout: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[str, ...]:
    """Wait until every assignment that was just made can be read, at most `timeout` seconds; return what cannot yet.

    Being readable proves that it is stored; that Azure enforces it everywhere can take minutes longer.
    """
    waiting = [
        change.resource_id
        for change in changes
        if isinstance(change.write, AssignRole) and change.resource_id is not None
    ]
    end = clock() + timeout
    while waiting:
        with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
            seen = list(pool.map(lambda identity: _is_there(client, identity), waiting))
        waiting = [identity for identity, there in zip(waiting, seen, strict=True) if not there]
        if not waiting or clock() + _READ_BACK_SECONDS > end:
            break
        reporter.say(f"Waiting for {len(waiting)} role assignment(s) to become visible")
        sleep(_READ_BACK_SECONDS)
    return tuple(waiting)


def _is_there(client: ArmClient, identity: str) -> bool:
    try:
        client.get(identity)
    except ArmError as error:
        if error.is_not_found:
            return False
        raise
    return True
