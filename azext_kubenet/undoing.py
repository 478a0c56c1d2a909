"""The one way from what prepare made to its being gone: read, decide, refuse, ask, apply. Network IO."""

from __future__ import annotations

import time
from collections.abc import Callable

from knack.log import get_logger

from .arm.apply import apply_changes
from .arm.gather_cleanup import gather_cleanup
from .core.azure.printable import printable
from .core.azure.resource_id import ResourceId
from .core.changes.change import Change, RefusedError, described
from .core.changes.cleanup import Cleanup, Kept, plan_cleanup
from .core.changes.refuse_cleanup import refuse_cleanup
from .session import Session, confirm

logger = get_logger(__name__)


def decide(session: Session, cluster_id: ResourceId) -> Cleanup:
    """What goes and what is kept, on one picture of the state; RefusedError where nothing may be touched."""
    session.reporter.say("Looking for what prepare made")
    try:
        state = gather_cleanup(session.client, cluster_id)
    finally:
        session.reporter.done()
    cleanup = plan_cleanup(cluster_id, state)
    refuse_cleanup(cleanup, state)
    return cleanup


def _is_same(agreed: Cleanup, now: Cleanup) -> bool:
    """Whether nothing else goes, stays or is told, in any order: a question may be open for long."""

    def parts(of: Cleanup) -> frozenset[Change | Kept | str]:
        return frozenset((*of.changes, *of.kept, *of.warnings))

    return parts(agreed) == parts(now)


def carry_out(
    session: Session,
    cluster_id: ResourceId,
    cleanup: Cleanup,
    *,
    yes: bool,
    wait: bool = True,
    resume_command: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Change, ...]:
    """Take it away, after a question; InterruptedApplyError, after a write, holds `resume_command`."""
    if not yes:
        goes = (f"  {described(each)}" for each in cleanup.changes)
        stays = (f"Kept: {each.resource_id.rsplit('/', 1)[-1]}, because {each.reason}." for each in cleanup.kept)
        confirm("This will:", *goes, *stays, *cleanup.warnings, "Continue?")
        if not _is_same(cleanup, decide(session, cluster_id)):
            raise RefusedError(
                "What prepare made, or who uses it, has changed since you were asked. Nothing was deleted.",
                "Run it again to see what it would do now.",
            )
    else:
        for each in cleanup.warnings:
            logger.warning("%s", printable(each))
    try:
        return apply_changes(
            session.client,
            cleanup.changes,
            {},
            session.reporter,
            wait=wait,
            sleep=sleep,
            resume_command=resume_command,
        ).changes
    finally:
        session.reporter.done()
