"""What the commands that talk to Azure share: the client, reading with progress, questions. Does network IO."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NoReturn

from knack.log import get_logger

from .core.azure.az_words import az, group_of
from .core.azure.printable import printable
from .core.azure.resource_id import ResourceId
from .core.azure.snapshot import Snapshot
from .core.azure.unreadable import Unreadable, seen
from .core.clusters.existing import KUBENET
from .core.clusters.request import ClusterRequest
from .progress import AzReporter, Reporter

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from .arm.client import ArmClient
    from .arm.gather import Gathered, GatherRequest
    from .core.azure.managed_clusters import ManagedCluster, RunningCluster
    from .core.fleet.fleet import Fleet, FleetScope

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in client, the subscription that names are in, and where progress is shown."""

    client: ArmClient
    subscription: str
    reporter: Reporter

    def state(self, request: GatherRequest) -> Gathered:
        """Gather, with progress; a subnet or running cluster that is not there, or not to be seen, ends the command."""
        from .arm.gather import gather

        self.reporter.say("Reading the subnet and what belongs to it")
        try:
            gathered = gather(self.client, request)
        finally:
            self.reporter.done()
        if request.running_id is not None:
            _refuse_without_cluster(gathered, request.running_id)
        if gathered.subnet_id is not None:
            _refuse_without_subnet(gathered, gathered.subnet_id)
        for each in gathered.absent_subnet_ids:
            _refuse_absent_subnet(each, is_network=False)
        if request.for_preparation is None:  # a preparation makes the identity
            _refuse_without_identity(gathered, request.identity_id)
        return gathered

    def running_state(
        self,
        cluster_id: ResourceId,
        *,
        wait_seconds: int = 0,
        identity_id: ResourceId | None = None,
        all_tables: bool = False,
    ) -> tuple[RunningCluster, Snapshot]:
        """A cluster on kubenet or overlay, and all around it, with progress; what else may not be read the Snapshot
        says. An identity that is to become its own is judged in the place of its own; `all_tables` looks at every route
        table of its subscription."""
        from .arm.gather_check import gather_check

        try:
            gathered = gather_check(
                self.client,
                cluster_id,
                self.reporter,
                wait_seconds=wait_seconds,
                identity_id=identity_id,
                all_tables=all_tables,
            )
        finally:
            self.reporter.done()
        running = _refuse_without_cluster(gathered, cluster_id)
        _say_or_refuse_other_models(running.cluster)
        _refuse_without_identity(gathered, identity_id)
        return running, gathered.snapshot


def sign_in(cmd: AzCliCommand) -> Session:
    """The session of whoever is logged in, in the subscription of `--subscription` or az's own."""
    from .arm.client import arm_client

    _end_like_ctrl_c()
    client, subscription = arm_client(cmd.cli_ctx, cmd.cli_ctx.data.get("subscription_id"))
    return Session(client=client, subscription=subscription, reporter=AzReporter(cmd.cli_ctx))


def _refuse_without_cluster(gathered: Gathered, cluster_id: ResourceId) -> RunningCluster:
    from .core.changes.change import MissingResourceError, RefusedError

    found = gathered.snapshot.running_cluster
    if found is None:
        raise MissingResourceError(
            f"Cluster '{cluster_id.name}' was not found in group '{cluster_id.resource_group}' of subscription "
            f"'{cluster_id.subscription_id}'.",
            f"See what exists: {az('aks', 'list', subscription=cluster_id.subscription_id, output='table')}",
        )
    if isinstance(found, Unreadable):
        raise RefusedError(f"Nothing is known about cluster '{cluster_id.name}': {found.reason}", found.remedy)
    return found


def refuse_other_models(snapshot: Snapshot) -> None:
    """A cluster that runs on another network model is not judged by kubenet's rules."""
    from .core.changes.change import RefusedError

    running = seen(snapshot.running_cluster)
    if running is None:
        return
    cluster = running.cluster
    if cluster.network_plugin != KUBENET:
        raise RefusedError(
            f"Cluster '{cluster.id.name}' has the network plugin {cluster.network_model}, not kubenet.",
            "Name a kubenet cluster, or omit --cluster-name to judge the subnet for a new one.",
        )


def refuse_moved_pools(wanted: ClusterRequest, snapshot: Snapshot) -> None:
    """A node pool that is there cannot come into another subnet than its own."""
    from .core.changes.change import RefusedError

    running = seen(snapshot.running_cluster)
    pools = () if running is None else running.cluster.agent_pools
    own = {each.name: each for each in pools}
    for pool in wanted.node_pools:
        there = own.get(pool.name)
        if there is None or pool.subnet is None or ResourceId.parse(pool.subnet) == there.subnet_id:
            continue
        place = "the network that AKS made" if there.subnet_id is None else f"subnet '{there.subnet_id.name}'"
        raise RefusedError(
            f"Node pool '{pool.name}' is in {place}; a node pool cannot change its subnet.",
            "Give the pool that is to come another name, or omit subnet= to judge the one that is there.",
        )


def _end_like_ctrl_c() -> None:
    """SIGTERM and SIGHUP end the command with the list of what was made; not where they are ignored, as under nohup."""
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no second
        number = getattr(signal, name, None)
        if (
            number is not None
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(number) is signal.SIG_DFL
        ):
            signal.signal(number, signal.default_int_handler)


def read_whole_fleet(cmd: AzCliCommand, scope: FleetScope) -> Fleet:
    """All clusters in the scope, with progress."""
    from .arm.client import arm_client
    from .arm.fleet import read_fleet

    client, _ = arm_client(cmd.cli_ctx, cmd.cli_ctx.data.get("subscription_id"))
    reporter = AzReporter(cmd.cli_ctx)
    reporter.say("Reading all clusters, their networks and route tables")
    try:
        return read_fleet(client, scope, as_of=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    finally:
        reporter.done()


def _say_or_refuse_other_models(cluster: ManagedCluster) -> None:
    """A cluster that has gone to overlay is checked as far as that makes sense; one of a further model is refused."""
    from .core.changes.change import RefusedError

    if cluster.network_plugin == KUBENET:
        return
    if not cluster.is_overlay:
        raise RefusedError(
            f"Cluster '{cluster.id.name}' has the network plugin {cluster.network_model}, not kubenet.",
            "Name a cluster on kubenet, or one that has moved from it to Azure CNI Overlay.",
        )
    name = printable(cluster.id.name)
    logger.warning(
        "Cluster '%s' is on Azure CNI Overlay, not on kubenet: checks specific to kubenet are skipped.", name
    )


def _refuse_without_subnet(gathered: Gathered, subnet_id: ResourceId) -> None:
    from .core.changes.change import RefusedError

    network, subnet = gathered.snapshot.virtual_network, gathered.snapshot.subnet
    if subnet is None:
        _refuse_absent_subnet(subnet_id, is_network=network is None)
    if isinstance(subnet, Unreadable) and isinstance(network, Unreadable):
        raise RefusedError(
            f"Nothing is known about subnet '{subnet_id.name}': {subnet.reason}",
            subnet.remedy
            if subnet.is_no_answer
            else "Ask for the role Reader on the subnet; the account in use: az account show",
        )


def _refuse_absent_subnet(subnet_id: ResourceId, *, is_network: bool) -> NoReturn:
    """The subnet, or with `is_network` all of its virtual network, is not there."""
    from .core.changes.change import MissingResourceError

    what = f"virtual network '{subnet_id.parent.name}'" if is_network else f"subnet '{subnet_id.name}'"
    beside = ("vnet",) if is_network else ("vnet", "subnet")
    options = {**group_of(subnet_id), "vnet_name": None if is_network else subnet_id.parent.name}
    raise MissingResourceError(
        f"The {what} was not found in group '{subnet_id.resource_group}' of subscription "
        f"'{subnet_id.subscription_id}'.",
        f"See what exists: {az('network', *beside, 'list', **options, output='table')}",
    )


def _refuse_without_identity(gathered: Gathered, identity_id: ResourceId | None) -> None:
    from .core.changes.change import MissingResourceError

    if identity_id is not None and gathered.snapshot.identity is None:
        subscription = identity_id.subscription_id
        raise MissingResourceError(
            f"Identity '{identity_id}' was not found.",
            f"See what exists: {az('identity', 'list', subscription=subscription, output='table')}",
        )


def confirm(*question: str) -> None:
    """Ask, a line for each; without a terminal, or on a no, end the command before anything is written."""
    from knack.prompting import NoTTYException, verify_is_a_tty

    from .core.changes.change import RefusedError

    try:
        verify_is_a_tty()
        agreed = _agrees("\n".join(map(printable, question)))
    except (EOFError, KeyboardInterrupt):  # Ctrl-D, Ctrl-C
        print(file=sys.stderr)  # what follows stands in a line of its own
        agreed = False
    except NoTTYException:
        asked = " ".join(each.strip() for each in question)
        raise RefusedError(f"{asked} There is no terminal to prompt on.", "Add --yes to agree.") from None
    if not agreed:
        raise RefusedError("Stopped: nothing was written.", "Run it again and answer y, or add --yes.")


def _agrees(question: str) -> bool:
    """Whether y is the answer; to anything else only the choice is asked for again, not the whole list.

    The question is on stderr: `input` would write it into a redirected stdout.
    """
    while True:
        print(f"{question} (y/N): ", end="", file=sys.stderr, flush=True)
        typed = input().strip().lower()
        if typed in ("", "n", "no", "y", "yes"):
            return typed in ("y", "yes")
        question = "Answer y or n"
