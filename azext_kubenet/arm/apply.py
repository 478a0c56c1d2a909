"""Executes Changes, phase by phase and in parallel within one, and tells what is done when it ends. Network IO."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from ..core.azure.access import ManagedIdentity
from ..core.azure.resource_id import ResourceId
from ..core.changes.change import Action, AssignRole, Change, described_object
from ..core.changes.prepare import with_principal
from ..progress import Reporter
from .client import ArmClient
from .confirm import StillThereError
from .errors import ArmError, JsonObject
from .writes import send

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


class InterruptedApplyError(Exception):
    """A run that ended between its writes: what was made, what failed and why, and the command that goes on.

    `failures` are the Changes that failed side by side, with the reason of each; none where somebody pressed Ctrl-C.
    `unsure` are those that nobody waited for any more, after a second Ctrl-C.
    """

    def __init__(
        self,
        done: tuple[Change, ...],
        failures: tuple[tuple[Change, Exception], ...] = (),
        resume_command: str = "",
        unsure: tuple[Change, ...] = (),
    ) -> None:
        super().__init__("; ".join(str(cause) for _, cause in failures) or "Interrupted")
        self.done = done
        self.failures = failures
        self.resume_command = resume_command
        self.unsure = unsure


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
    unsure: list[Change] = field(default_factory=list)


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
        raise InterruptedApplyError(tuple(run.done), (), resume_command, tuple(run.unsure)) from interrupt
    return Applied(changes=tuple(result), identity=run.identity)


def _apply_phase(run: _Run, writes: list[Change], *, wait: bool) -> dict[Change, Change]:
    """Write side by side; each Change with what it turned out to be."""
    if not writes:
        return {}
    run.reporter.say(_sentence(writes))
    turned_out: dict[Change, Change] = {}
    failed: dict[Change, BaseException] = {}
    begun: list[Change] = []

    def write(change: Change) -> None:
        """On a thread of its own, so it keeps the outcome itself: Ctrl-C may take away whoever waits for it."""
        begun.append(change)
        try:
            turned_out[change] = _write(run, change, wait)
        except BaseException as error:  # noqa: BLE001 # pylint: disable=broad-except # told apart below
            failed[change] = error

    pool = ThreadPoolExecutor(max_workers=len(writes))
    try:
        wait_for([pool.submit(write, change) for change in writes])
    finally:
        try:
            pool.shutdown(cancel_futures=True)  # what has begun comes to its end, and counts
        finally:
            known = (turned_out[each] for each in writes if each in turned_out)
            run.done.extend(each for each in known if each.action is not Action.NONE)
            run.unsure.extend(each for each in begun if each not in turned_out and each not in failed)
    failures: list[tuple[Change, Exception]] = []
    for change, cause in ((each, failed[each]) for each in writes if each in failed):
        if not isinstance(cause, Exception):
            raise cause
        failures.append((change, cause))
    if failures:
        raise InterruptedApplyError(tuple(run.done), tuple(failures), run.resume_command) from failures[0][1]
    return turned_out


def _sentence(writes: list[Change]) -> str:
    verbs = {Action.CREATE: "creating", Action.UPDATE: "updating", Action.DELETE: "deleting"}
    named = [f"{verbs[change.action]} {described_object(change)}" for change in writes]
    sentence = ", ".join(dict.fromkeys(named))
    return sentence[:1].upper() + sentence[1:]


def _write(run: _Run, change: Change, wait: bool) -> Change:
    """One write; again, with growing pauses, while Azure is not ready for it. Returns what it turned out to be."""
    for pause in BUSY_PAUSES:
        try:
            return _write_once(run, change, wait)
        except (ArmError, StillThereError) as error:
            reason = _passing(error, change)
            if reason is None:
                raise
            run.reporter.say(reason)
        run.sleep(pause)
    return _write_once(run, change, wait)


def _write_once(run: _Run, change: Change, wait: bool) -> Change:
    written = send(run.client, change, run.documents, wait=wait)
    run.identity = written.identity or run.identity
    return written.change


def _passing(error: ArmError | StillThereError, change: Change) -> str | None:
    """What to wait for, where waiting helps."""
    if isinstance(error, StillThereError):
        return f"Waiting for {described_object(change)} to be gone"
    if BUSY_CODES.intersection(error.codes):
        return f"Waiting for another operation on {described_object(change)} to end"
    if isinstance(change.write, AssignRole) and NOT_REPLICATED_CODES.intersection(error.codes):
        return "Waiting for the new identity or role to be known everywhere"
    return None
