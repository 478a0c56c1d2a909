"""Whether the nodes of a cluster that runs fit a limit, now and at their maximum. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..azure.amounts import amount
from .request import NodePool


class Fit(str, Enum):
    """What fits: all, all but the maximum of the pools, or not even an upgrade of the nodes that there are."""

    ALL = "all"
    NOT_THE_MAXIMUM = "notTheMaximum"
    NOT_NOW = "notNow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Nodes of some pools: those there are, these with the surge of an upgrade, the maximum, and that with surge."""

    now: int
    upgrade_now: int
    maximum: int
    upgrade: int


def demand_of(pools: Iterable[NodePool]) -> Demand:
    """The sums over the pools, in any order."""
    now = upgrade_now = maximum = upgrade = 0
    for pool in pools:
        now += pool.now
        upgrade_now += pool.upgrade_now
        maximum += pool.max_count
        upgrade += pool.peak_nodes
    return Demand(now=now, upgrade_now=upgrade_now, maximum=maximum, upgrade=upgrade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The demand of pools against a limit of nodes; `excess` is what is too much, 0 where all fits.

    `with_coming` says that some of the pools are not there yet.
    """

    demand: Demand
    limit: int
    fit: Fit
    excess: int
    advice: str
    with_coming: bool = False

    @property
    def told(self) -> str:
        """The demand in words."""
        each, when = self.demand, "with the pools that come" if self.with_coming else "now"
        return (
            f"{amount(each.now, 'node')} {when}, {each.upgrade_now} during an upgrade, {each.maximum} at the maximum "
            f"of the pools and {each.upgrade} during an upgrade then"
        )


def room_for(pools: Iterable[NodePool], limit: int) -> Room:
    """How the pools fit, and where their maximum does not, which pool to lower by how much."""
    pools = tuple(pools)
    demand, fit, excess, advice = demand_of(pools), Fit.ALL, 0, ""
    if demand.upgrade_now > limit:
        fit, excess = Fit.NOT_NOW, demand.upgrade_now - limit
        advice = _fewer_now(pools, excess)
    elif demand.upgrade > limit:
        fit, excess = Fit.NOT_THE_MAXIMUM, demand.upgrade - limit
        advice = _lower(pools, excess)
    coming = any(pool.nodes_now is None for pool in pools)
    return Room(demand=demand, limit=limit, fit=fit, excess=excess, advice=advice, with_coming=coming)


def _fewer_now(pools: tuple[NodePool, ...], excess: int) -> str:
    surging = max(pools, key=lambda pool: pool.upgrade_now - pool.now)
    surge = surging.upgrade_now - surging.now
    if surge > excess:
        fewer = surge - excess
        from_to = f"from {amount(surge, 'node')} to {fewer}"
        return f"Lower the surge of node pool '{surging.name}' {from_to} before it upgrades."
    largest = max(pools, key=lambda pool: pool.now)
    return f"Take {amount(excess, 'node')} away, for example from node pool '{largest.name}', before the next upgrade."


def _lower(pools: tuple[NodePool, ...], excess: int) -> str:
    """The pool that can grow most, with the maximum that would fit; its surge shrinks with it."""
    growing = max(pools, key=lambda pool: pool.peak_nodes - pool.upgrade_now)
    counts = range(growing.max_count, growing.now - 1, -1)
    most = growing.peak_nodes - excess
    count = next((each for each in counts if each + growing.max_surge.nodes(each) <= most), None)
    if count is None:
        return f"Lower the maxima or the surge of the node pools by {amount(excess, 'node')} in all."
    less = growing.max_count - count
    return f"Lower the maximum of node pool '{growing.name}' by {less}, from {growing.max_count} to {count}."
