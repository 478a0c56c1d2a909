"""What `plan` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cluster import ClusterArguments, parse_cluster
from .values import parse_cidr, parse_cidrs, parse_count

if TYPE_CHECKING:
    from ..core.plan.plan import PlanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArguments(ClusterArguments):
    """The cluster and the ranges to plan with, as typed."""

    vnet_address_prefixes: list[str] | None = None
    used_prefixes: list[str] | None = None
    peered_prefixes: list[str] | None = None
    subnet_prefix: str | None = None
    growth: str | None = None
    need: list[str] | None = None


def parse_plan(arguments: PlanArguments) -> PlanRequest:
    """What to plan, but for a virtual network that has to be read."""
    from ..core.plan.comparison import Need  # these two only now: the other commands do without them
    from ..core.plan.plan import PlanRequest

    prefix = arguments.subnet_prefix
    return PlanRequest(
        cluster=parse_cluster(arguments),
        address_prefixes=parse_cidrs(arguments.vnet_address_prefixes, "--vnet-address-prefixes"),
        used_prefixes=parse_cidrs(arguments.used_prefixes, "--used-prefixes"),
        peered_prefixes=parse_cidrs(arguments.peered_prefixes, "--peered-prefixes"),
        subnet_prefix=None if prefix is None else parse_cidr(prefix, "--subnet-prefix"),
        growth_percent=parse_count(arguments.growth or 0, "--growth"),
        needs=frozenset(Need(each) for each in arguments.need or ()),
    )
