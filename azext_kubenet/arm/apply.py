"""Executes Changes, phase by phase and in parallel within one, and reads role assignments back. Does network IO."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field, replace
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
    WriteAgain,
)
from ..core.model import ManagedIdentity
from ..core.prepare import with_principal
from ..core.resource_id import ResourceId
from ..progress import Reporter
from . import bodies, parse
from .client import ArmClient
from .errors import ArmError, ArmUnreachableError, JsonObject
from .json_reader import ParseError

SUBNET_TRIES: Final = 5
"""How often a subnet that somebody else changes at the same time is read and written anew."""

BUSY_CODES: Final = frozenset(
    (
        "AnotherOperationInProgress",
        "CanceledAndSupersededDueToAnotherOperation",
        "ReferencedResourceNotProvisioned",
        "RetryableError",
        "RetryableErrorDueToAnotherOperation",
    )
)
"""Refusals of Microsoft.Network while something else writes the same resource, or one that it refers to.
Source: https://github.com/kubernetes/kubernetes/issues/88151"""

NOT_REPLICATED_CODES: Final = frozenset(("PrincipalNotFound", "RoleDefinitionDoesNotExist"))
"""Refusals of an assignment whose identity or role was made a moment ago.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"""

BUSY_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries of a write that Azure is not ready for."""

_READ_BACK_SECONDS: Final = 2.0


class InterruptedApplyError(Exception):
    """A run that ended between its writes: what was made, what failed, why, and the command that goes on."""

    def __init__(
        self, done: tuple[Change, ...], failed: Change | None, cause: BaseException, resume_command: str = ""
    ) -> None:
        super().__init__(str(cause))
        self.done = done
        self.failed = failed
        self.cause = cause
        self.resume_command = resume_command


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
    sleep: Callable[[float], None]
    resume_command: str
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
    resume_command: str = "",
) -> Applied:
    """Write every Change that is not `none`.

    `documents` are the resources as read: the subnet is written back whole, with its ETag. With `wait` False the last
    operations are not awaited. Raises InterruptedApplyError with what had been made, and with `resume_command`.
    """
    run = _Run(client=client, documents=documents, reporter=reporter, sleep=sleep, resume_command=resume_command)
    result: list[Change] = []
    last = max((change.phase for change in changes if change.action is not Action.NONE), default=None)
    try:
        for phase, planned in groupby(changes, key=lambda change: change.phase):
            identity = run.identity
            known = [each if identity is None else with_principal(each, identity.principal_id) for each in planned]
            writes = [each for each in known if each.action is not Action.NONE]
            turned_out = _apply_phase(run, writes, wait=wait or phase != last)
            result.extend(turned_out.get(each, each) for each in known)
    except KeyboardInterrupt as interrupt:
        raise InterruptedApplyError(tuple(run.done), None, interrupt, resume_command) from interrupt
    return Applied(changes=tuple(result), identity=run.identity)


def _apply_phase(run: _Run, writes: list[Change], *, wait: bool) -> dict[Change, Change]:
    """Write side by side; each Change with what it turned out to be."""
    if not writes:
        return {}
    run.reporter.say(_sentence(writes))
    turned_out: dict[Change, Change] = {}
    failures: list[tuple[Change, BaseException]] = []
    futures: list[tuple[Change, Future[Change]]] = []
    with ThreadPoolExecutor(max_workers=len(writes)) as pool:
        try:
            for change in writes:
                futures.append((change, pool.submit(_write, run, change, wait)))
            for change, future in futures:
                failure = future.exception()
                if failure is None:
                    turned_out[change] = future.result()
                else:
                    failures.append((change, failure))
        except KeyboardInterrupt:  # what has begun comes to its end, and counts
            for change, future in futures:
                if not future.cancel() and future.exception() is None:
                    turned_out[change] = future.result()
            raise
        finally:
            run.done.extend(each for each in turned_out.values() if each.action is not Action.NONE)
    if failures:
        failed, cause = failures[0]
        if not isinstance(cause, ArmError | ArmUnreachableError | ConcurrentAssociationError | ParseError):
            raise cause
        raise InterruptedApplyError(tuple(run.done), failed, cause, run.resume_command) from cause
    return turned_out


def _sentence(writes: list[Change]) -> str:
    verbs = {Action.CREATE: "Creating", Action.UPDATE: "Updating", Action.DELETE: "Deleting"}
    named = [f"{verbs[change.action]} {change.resource_type.rsplit('/', 1)[-1]}" for change in writes]
    return ", ".join(dict.fromkeys(named))


def _write(run: _Run, change: Change, wait: bool) -> Change:
    """One write; again, with growing pauses, while Azure is not ready for it. Returns what it turned out to be."""
    for pause in BUSY_PAUSES:
        try:
            return _write_once(run, change, wait)
        except ArmError as error:
            reason = _passing(error, change)
            if reason is None:
                raise
            run.reporter.say(reason)
        run.sleep(pause)
    return _write_once(run, change, wait)


def _passing(error: ArmError, change: Change) -> str | None:
    """What to wait for, where waiting helps."""
    if BUSY_CODES.intersection(error.codes):
        return f"Waiting for another operation on {change.resource_type.rsplit('/', 1)[-1]} to end"
    if isinstance(change.write, AssignRole) and NOT_REPLICATED_CODES.intersection(error.codes):
        return "Waiting for the new identity or role to be known everywhere"
    return None


def _write_once(run: _Run, change: Change, wait: bool) -> Change:
    client = run.client
    match change.write:
        case CreateIdentity() as write:
            made = client.put(str(write.id), bodies.identity_body(write), wait=False)  # answers at once
            run.identity = parse.parse_identity(made)
        case CreateRouteTable() as write:
            client.put(str(write.id), bodies.route_table_body(write), wait=wait)
        case CreateRoute() as write:
            path = write.route_table_id.child("routes", write.name)
            client.put(str(path), bodies.route_body(write), wait=wait)
        case CreateRole() as write:
            client.put(write.id, bodies.role_body(write), wait=False)
        case WriteAgain() as write:
            _rewrite(client, write.id, None, lambda document: document, wait)
        case AssociateRouteTable() as write:
            _associate(client, write, run.documents.get(write.subnet_id), wait)
        case AssignRole() as write:
            return _assign(client, change, write)
        case DeleteResource() as write:
            client.delete(write.id, wait=wait)
        case None:
            raise ValueError(f"{change.action.value} of {change.resource_id} has nothing to write")
    return change


def _associate(client: ArmClient, write: AssociateRouteTable, document: JsonObject | None, wait: bool) -> None:
    """Write the subnet back with only its route table changed."""

    def changed(subnet: JsonObject) -> JsonObject | None:
        read = parse.parse_subnet(subnet)
        present = read.route_table_id
        if present == write.route_table_id and read.provisioning_state == "Succeeded":
            return None
        if present is not None and present not in (write.expected, write.route_table_id):
            raise ConcurrentAssociationError(write.subnet_id, present)
        properties = subnet.setdefault("properties", {})
        properties.pop("routeTable", None)
        if write.route_table_id is not None:
            properties["routeTable"] = {"id": str(write.route_table_id)}
        return subnet

    try:
        _rewrite(client, write.subnet_id, document, changed, wait)
    except ArmError as error:
        if write.route_table_id is not None or not error.is_not_found:  # a subnet that is gone carries no table
            raise


def _rewrite(
    client: ArmClient,
    identity: ResourceId,
    document: JsonObject | None,
    changed: Callable[[JsonObject], JsonObject | None],
    wait: bool,
) -> None:
    """PUT a resource back as it was read, but for what `changed` does to it; read it anew where somebody was faster.

    Nothing is written where `changed` returns None.
    """
    for attempt in range(SUBNET_TRIES):
        if document is None or attempt:
            document = client.get(str(identity))
        body = changed(deepcopy(document))
        if body is None:
            return
        etag = body.pop("etag", None)
        try:
            client.put(str(identity), body, etag=etag, wait=wait)
        except ArmError as error:
            if error.status != 412 or attempt == SUBNET_TRIES - 1:
                raise
        else:
            return


def _assign(client: ArmClient, change: Change, write: AssignRole) -> Change:
    """PUT the assignment; an equal one under another name is as good."""
    if change.resource_id is None or write.principal_id is None:
        raise ValueError(f"the principal of the assignment on {write.scope} is not known yet")
    try:
        client.put(change.resource_id, bodies.assignment_body(write), wait=False)
    except ArmError as error:
        if error.code != "RoleAssignmentExists":
            raise
        equal = _equal_assignment(client, write, write.principal_id)
        if equal is not None:
            return replace(change, action=Action.NONE, resource_id=equal, reason="an equal one is already there")
    return change


def _equal_assignment(client: ArmClient, write: AssignRole, principal_id: str) -> str | None:
    """The id of the assignment of the same role to the same principal on the same scope, if it can be found."""
    path = f"{write.scope}/providers/Microsoft.Authorization/roleAssignments"
    try:
        listed = client.list(path, filter_text=f"principalId eq '{principal_id}'")
    except ArmError:
        return None
    wanted = (write.scope.lower(), write.role_definition_id.rsplit("/", 1)[-1].lower())
    found = (parse.parse_role_assignment(each) for each in listed)
    return next((each.id for each in found if (each.scope.lower(), each.role_guid) == wanted), None)


def read_back(
    client: ArmClient,
    changes: tuple[Change, ...],
    reporter: Reporter,
    timeout: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    resume_command: str = "",
) -> tuple[str, ...]:
    """Wait until every assignment that was just made can be read, at most `timeout` seconds; return what cannot yet.

    Being readable proves that it is stored; that Azure enforces it everywhere can take minutes longer. Raises
    InterruptedApplyError on Ctrl-C, as all is made by now.
    """
    made = tuple(each for each in changes if each.action is not Action.NONE)
    waiting = [each.resource_id for each in made if isinstance(each.write, AssignRole) and each.resource_id]
    hidden: list[str] = []
    end = clock() + timeout
    try:
        while waiting:
            with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
                seen = list(pool.map(lambda identity: _is_there(client, identity), waiting))
            hidden += [identity for identity, there in zip(waiting, seen, strict=True) if there is None]
            waiting = [identity for identity, there in zip(waiting, seen, strict=True) if there is False]
            if not waiting or clock() + _READ_BACK_SECONDS > end:
                break
            reporter.say(f"Waiting for {len(waiting)} role assignment(s) to become visible")
            sleep(_READ_BACK_SECONDS)
    except KeyboardInterrupt as interrupt:
        raise InterruptedApplyError(made, None, interrupt, resume_command) from interrupt
    return (*waiting, *hidden)


def _is_there(client: ArmClient, identity: str) -> bool | None:
    """Whether it can be read; None where Azure will not tell, for which no waiting helps."""
    try:
        client.get(identity)
    except ArmError as error:
        return False if error.is_not_found else None
    except ArmUnreachableError:
        return None
    return True
