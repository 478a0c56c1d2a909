"""Reads role assignments back until Azure shows them. Does network IO."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ..core.changes.change import Action, AssignRole, Change
from ..progress import Reporter
from .apply import InterruptedApplyError
from .client import ArmClient
from .errors import ArmError, ArmUnreachableError

_READ_BACK_SECONDS: Final = 2.0


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
                seen = list(pool.map(lambda assignment_id: _is_there(client, assignment_id), waiting))
            hidden += [assignment_id for assignment_id, there in zip(waiting, seen, strict=True) if there is None]
            waiting = [assignment_id for assignment_id, there in zip(waiting, seen, strict=True) if there is False]
            if not waiting or clock() + _READ_BACK_SECONDS > end:
                break
            reporter.say(f"Waiting for {len(waiting)} role assignment(s) to become visible")
            sleep(_READ_BACK_SECONDS)
    except KeyboardInterrupt as interrupt:
        raise InterruptedApplyError(made, (), resume_command) from interrupt
    return (*waiting, *hidden)


def _is_there(client: ArmClient, assignment_id: str) -> bool | None:
    """Whether it can be read; None where Azure will not tell, for which no waiting helps."""
    try:
        client.get(assignment_id)
    except ArmError as error:
        return False if error.is_not_found else None
    except ArmUnreachableError:
        return None
    return True
