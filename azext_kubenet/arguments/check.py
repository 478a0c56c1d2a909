"""What `check` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from ..core.azure import limits
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import CLUSTER_TYPE
from .values import UsageError, parse_cidrs, parse_codes, parse_count, parse_name_or_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckArguments:
    """The cluster to check, as typed."""

    cluster_name: str
    resource_group_name: str | None = None
    wait: str | None = None
    on_premises_ranges: list[str] | None = None
    ignore: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """How to check; which cluster can depend on who is signed in."""

    wait_seconds: int = 0
    on_premises_ranges: tuple[IPv4Network, ...] = ()
    ignore: frozenset[str] = frozenset()


def parse_check(arguments: CheckArguments) -> CheckRequest:
    """All but the cluster."""
    seconds = parse_count(arguments.wait or 0, "--wait")
    if seconds > limits.MAX_WAIT_SECONDS:
        raise UsageError(
            f"--wait: {seconds} s is longer than a route ever takes.", f"Give at most {limits.MAX_WAIT_SECONDS}."
        )
    return CheckRequest(
        wait_seconds=seconds,
        on_premises_ranges=parse_cidrs(arguments.on_premises_ranges, "--on-premises-ranges"),
        ignore=parse_codes(arguments.ignore),
    )


def parse_running_cluster(arguments: CheckArguments, *, subscription: str) -> ResourceId:
    """The cluster, in `subscription` unless its id says another."""
    return parse_name_or_id(
        arguments.cluster_name,
        "--name",
        CLUSTER_TYPE,
        subscription=subscription,
        group=arguments.resource_group_name,
    )
