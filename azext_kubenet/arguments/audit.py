"""What `audit` is asked for. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..core.fleet.fleet import FleetScope
from .values import UsageError

_SUBSCRIPTION: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MANAGEMENT_GROUP: Final = re.compile(r"[\w().-]{1,90}")


def parse_scope(
    subscriptions: Iterable[str] | None,
    management_groups: Iterable[str] | None,
    *,
    subscription: str | None,
    with_migrated: bool,
    proves_none: bool = False,
) -> FleetScope:
    """Where to look; `subscription` is the id of az's own `--subscription`, where one was given."""
    ids, groups = _words(subscriptions), _words(management_groups)
    if groups and (ids or subscription is not None):
        raise UsageError(
            "--management-groups already says where to look.", "Give --management-groups or subscriptions, not both."
        )
    if ids and subscription is not None:
        raise UsageError("--subscriptions and --subscription both say where to look.", "Give one of them.")
    for each in ids:
        if _SUBSCRIPTION.fullmatch(each) is None:
            raise UsageError(
                f"--subscriptions: '{each}' is not the ID of a subscription.", "See the IDs: az account list -o table"
            )
    for each in groups:
        if _MANAGEMENT_GROUP.fullmatch(each) is None:
            raise UsageError(
                f"--management-groups: '{each}' is not the name of a management group.",
                "See the names: az account management-group list -o table",
            )
    found = tuple(dict.fromkeys(each.lower() for each in ids)) or (() if subscription is None else (subscription,))
    return FleetScope(
        subscriptions=found,
        management_groups=tuple(dict.fromkeys(groups)),
        with_migrated=with_migrated,
        proves_none=proves_none,
    )


def _words(values: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(word for value in values or () for word in value.replace(",", " ").split())
