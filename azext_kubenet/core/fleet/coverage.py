"""How much of all that one could see was seen: what an audit proves, and what it does not. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..azure.amounts import amount
from ..azure.resource_id import ResourceId
from .fleet import Fleet, judged, network_ids_of, table_ids_of

SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """`reasons` say, a sentence each, why more may be there than was seen; none where all was seen."""

    subscriptions_visible: int
    subscriptions_read: int
    clusters_visible: int
    reasons: tuple[str, ...]
    as_of: str

    @property
    def is_complete(self) -> bool:
        return not self.reasons


def coverage_of(fleet: Fleet, *, with_migrated: bool) -> Coverage:
    """What was seen of the account's subscriptions, and of what the clusters name."""
    return Coverage(
        subscriptions_visible=len(fleet.subscriptions),
        subscriptions_read=len(fleet.subscriptions) - len(fleet.unread),
        clusters_visible=len(fleet.clusters),
        reasons=tuple(_reasons(fleet, with_migrated=with_migrated)),
        as_of=fleet.as_of,
    )


def _reasons(fleet: Fleet, *, with_migrated: bool) -> Iterator[str]:
    if fleet.unread:
        names = sorted(f"{each.name} ({each.id})" for each in fleet.unread)
        yield (
            f"{len(names)} of {len(fleet.subscriptions)} subscriptions cannot be seen, because you lack the role "
            f"Reader there: {shortened(names)}."
        )
    yield from fleet.faults
    clusters = judged(fleet.clusters, with_migrated=with_migrated)
    networks, tables = network_ids_of(clusters), table_ids_of(clusters, fleet.networks)
    yield from _missing("virtual network", (each for each in networks if each not in fleet.networks))
    yield from _missing("route table", (each for each in tables if each not in fleet.tables))


def _missing(kind: str, ids: Iterable[ResourceId]) -> Iterator[str]:
    names = [each.name for each in ids]
    if names:
        yield (
            f"Azure's answer lacks {amount(len(names), kind)} of clusters: {shortened(names)}. What depends on this is "
            "unknown; ask for the role Reader there, or run the command again later."
        )


def shortened(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
