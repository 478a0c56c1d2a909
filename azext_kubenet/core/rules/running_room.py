"""What the rules of sizes say of pools that run against a limit; a plan has none, and does not load this. No IO."""

from __future__ import annotations

from collections.abc import Iterable

from ..clusters.request import NodePool
from ..clusters.room import Fit, room_for
from .rule import Confirmation, Evidence, Outcome, Severity, Violation


def outcome_of_room(
    pools: Iterable[NodePool], limit: int, what: str, resource_id: str | None, evidence: Evidence
) -> Outcome:
    """An error where the next upgrade fails, a warning where the pools cannot grow so far.

    `what` is a sentence without its end, which the nodes of the pools are; `evidence` is what else there is.
    """
    room = room_for(pools, limit)
    told = f"{what} {room.told}"
    counted: Evidence = {
        "nodes": room.demand.now,
        "upgradeNodes": room.demand.upgrade_now,
        "maximumNodes": room.demand.maximum,
        "peakNodes": room.demand.upgrade,
        "limit": room.limit,
        "excess": room.excess,
        **evidence,
    }
    if room.fit is Fit.ALL:
        return Confirmation(message=f"{told}.", resource_id=resource_id, evidence=counted)
    is_now = room.fit is Fit.NOT_NOW
    when = ", so that the next upgrade fails" if is_now else " at their maximum"
    return Violation(
        message=f"{told}: {room.excess} too many{when}.",
        resource_id=resource_id,
        evidence=counted,
        severity=None if is_now else Severity.WARNING,
        remediation=room.advice,
    )
