"""Which of a table's routes decides where packets go: that with the longest prefix. No IO.

Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#how-azure-selects-a-route
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from ..addresses.intervals import Axis, Intervals
from ..addresses.prefixes import span_of
from ..addresses.public_space import PUBLIC_SPACE
from ..azure import limits
from .node_routes import goes_to

if TYPE_CHECKING:
    from ..azure.route_tables import Route, RouteTable

_PUBLIC: Final = Axis(PUBLIC_SPACE)


def decided_by(routes: Iterable[Route], region: Intervals) -> dict[Route, int]:
    """How many addresses of `region` each IPv4 route decides; those that decide none are left out.

    Of two prefixes that overlap one contains the other, so each route decides what the longer ones in it leave. Linear,
    but for the sorting.
    """
    return _decided(routes, Axis(region))


def _decided(routes: Iterable[Route], axis: Axis) -> dict[Route, int]:
    placed = []
    for route in routes:
        if route.address_prefix is not None:
            first, last = span_of(route.address_prefix)
            held = axis.count(first, last + 1)
            if held:
                placed.append((first, -last, route, held))
    placed.sort(key=lambda each: each[:2])
    left: dict[Route, int] = {}
    around: list[tuple[int, Route]] = []
    for first, minus_last, route, held in placed:
        while around and around[-1][0] < first:
            around.pop()
        left[route] = held
        if around:
            left[around[-1][1]] -= held
        around.append((-minus_last, route))
    return {route: count for route, count in left.items() if count}


class PublicEgress(NamedTuple):
    """Where a table's routes send what goes to public addresses; where there is no route, it goes as Azure's own do."""

    decided: Mapping[Route, int]

    def by(self, *next_hop_types: str) -> tuple[Route, ...]:
        """The routes with such a next hop that decide public addresses, the one that decides most of them first."""
        found = [route for route in self.decided if goes_to(route, *next_hop_types)]
        return tuple(sorted(found, key=lambda route: (-self.decided[route], route.name)))

    def is_all(self, *next_hop_types: str) -> bool:
        """Whether every public address is reached by such a next hop."""
        return self._count(next_hop_types) == _PUBLIC.size

    def is_much(self, *next_hop_types: str) -> bool:
        """Whether so many public addresses are reached by such a next hop that it is no exception for a few."""
        return self._count(next_hop_types) * 100 >= _PUBLIC.size * limits.MUCH_EGRESS_PERCENT

    def _count(self, next_hop_types: tuple[str, ...]) -> int:
        return sum(self.decided[route] for route in self.by(*next_hop_types))


def public_egress(route_table: RouteTable | None) -> PublicEgress:
    """Where the table sends what goes out; no table decides nothing.

    A default route may be split: 0.0.0.0/1 and 128.0.0.0/1 are one in all but name.
    """
    return PublicEgress(decided={} if route_table is None else _decided(route_table.routes, _PUBLIC))
