"""Reads a cluster that runs for its check: once, or until its nodes have their routes. Does network IO, and sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..core.azure import limits
from ..core.azure.amounts import amount
from ..core.azure.managed_clusters import RunningCluster
from ..core.azure.resource_id import ResourceId
from ..core.clusters.routing import lacking_nodes
from ..progress import Reporter
from .client import ArmClient
from .gather import Gathered, GatherRequest, gather


def gather_check(
    client: ArmClient,
    cluster_id: ResourceId,
    reporter: Reporter,
    *,
    wait_seconds: int = 0,
    identity_id: ResourceId | None = None,
    all_tables: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Gathered:
    """All around the cluster; with `wait_seconds`, again at each cycle of its controller until no route is missing.

    What is missing then has had its time: the RunningCluster says that it has `waited`.
    """
    reporter.say("Reading the cluster and what it runs on")
    request = GatherRequest(running_id=cluster_id, identity_id=identity_id, all_tables=all_tables)
    found = gather(client, request)
    if not wait_seconds:
        return found
    end = clock() + wait_seconds
    while (lacking := _lacking(found)) and (left := end - clock()) > 0:
        reporter.say(f"Waiting for {amount(lacking, 'route')}")
        sleep(min(limits.ROUTE_CONTROLLER_SECONDS, left))
        found = gather(client, request)
    running = found.snapshot.running_cluster
    if not isinstance(running, RunningCluster):
        return found
    return replace(found, snapshot=found.snapshot._replace(running_cluster=replace(running, waited=True)))


def _lacking(found: Gathered) -> int:
    running = found.snapshot.running_cluster
    return lacking_nodes(running) if isinstance(running, RunningCluster) else 0
