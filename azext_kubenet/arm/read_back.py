"""Reads role assignments back until Azure shows them. Does network IO."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ..core.azure.amounts import amount
from ..core.changes.change import Action, AssignRole, Change
from ..progress import Reporter
from .apply import InterruptedApplyError
from .client import ArmClient
from .confirm import NotWrittenError
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
    """Wait until every assignment that was just made can be read, at most `timeout` seconds; return what may not be.

    Being readable proves that it is stored; that Azure enforces it everywhere can take minutes longer. Raises
    InterruptedApplyError where one is not there in time, and on Ctrl-C.
    """
    made = tuple(each for each in changes if each.action is not Action.NONE)
    assigned = {each.resource_id: each for each in made if isinstance(each.write, AssignRole) and each.resource_id}
    waiting, hidden = list(assigned), list[str]()
    end = clock() + timeout
    try:
        while waiting:
            with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
                seen = list(pool.map(lambda assignment_id: _is_there(client, assignment_id), waiting))
            hidden += [assignment_id for assignment_id, there in zip(waiting, seen, strict=True) if there is None]
            waiting = [assignment_id for assignment_id, there in zip(waiting, seen, strict=True) if there is False]
            if not waiting or clock() + _READ_BACK_SECONDS > end:
                break
            reporter.say(f"Waiting for {amount(len(waiting), 'role assignment')} to become visible")
            sleep(_READ_BACK_SECONDS)
    except KeyboardInterrupt as interrupt:
        raise InterruptedApplyError(made, (), resume_command) from interrupt
    if waiting:
        absent = tuple((assigned[each], _absent(each)) for each in waiting)
        raise InterruptedApplyError(
            tuple(each for each in made if each.resource_id not in waiting), absent, resume_command
        )
    return tuple(hidden)


def _absent(assignment_id: str) -> NotWrittenError:
    return NotWrittenError(f"Azure reported that '{assignment_id}' was written, but it does not exist.")


def _is_there(client: ArmClient, assignment_id: str) -> bool | None:
    """Whether it can be read; None where Azure will not tell, for which no waiting helps."""
    try:
        client.get(assignment_id)
    except ArmError as error:
        return False if error.is_not_found else None
    except ArmUnreachableError:
        return None
    return True
