"""What may not be begun while Azure's answers leave it open whether a cluster would work there at all. No IO."""

from __future__ import annotations

import re
from typing import Final

from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..changes.change import RefusedError
from . import all_rules

STOPPING: Final = frozenset(("SN3", "RT3", "ID1"))
"""Rules about what breaks clusters that are there, or cannot be repaired afterwards."""

_DECIDES: Final = re.compile(
    "virtual_network|subnet|route_table|candidate_route_table|managed_clusters|identity|group_location|custom_role"
    "|caller_on_.*|(subnet|route_table|network_security_group|nat_gateway)_access"
)
"""The facts that a preparation is decided on."""


def refuse_without_answer(snapshot: Snapshot, ignored: frozenset[str] = frozenset()) -> None:
    """Raise RefusedError where a rule of STOPPING that is not ignored needs what Azure gave no answer for.

    That a right to read is missing is no reason: it stays so, and the rule tells it.
    """
    for rule in all_rules():
        if rule.code not in STOPPING - ignored:
            continue
        for fact in rule.facts:
            found = getattr(snapshot, fact.name, None)
            if isinstance(found, Unreadable) and found.is_no_answer:
                raise RefusedError(
                    f"It could not be determined whether {rule.title} ({rule.code}): {found.reason} "
                    "Nothing was written.",
                    found.remedy,
                )


def refuse_preparation_without_answer(snapshot: Snapshot) -> None:
    """Raise RefusedError where Azure gave no answer on anything that a preparation is decided on.

    That the caller may not read it is no reason: Azure tells at the write.
    """
    for name, found in snapshot._asdict().items():
        if _DECIDES.fullmatch(name) and isinstance(found, Unreadable) and found.is_no_answer:
            raise RefusedError(
                f"It could not be determined what has to be made: {found.reason} Nothing was written.", found.remedy
            )
