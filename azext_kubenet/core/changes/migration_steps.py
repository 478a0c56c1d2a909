"""The way of a kubenet cluster to overlay: seven steps as az commands, and which of them are done. No IO.

Where one stands is read off the cluster alone, so that the answer is right between two steps and after a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from ..azure.az_words import (
    Option,
    assign_role,
    az,
    kubenet,
    named,
    principal_of,
    service_principal,
    update_subnet,
)
from ..azure.identity_kind import IdentityKind
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet
from ..azure.resource_id import ResourceId
from ..azure.snapshot import Snapshot
from ..clusters.application_gateways import gateways_in
from ..clusters.foreign_subnets import ForeignSubnet, foreign_subnets
from ..clusters.leftovers import Leftover, leftovers_of
from ..clusters.migration import NO_ENGINE, has_own_subnet, policy_engine
from ..clusters.running_routes import is_made_by_aks
from ..clusters.verification import is_changing, states_succeeded, verify
from .infrastructure_code import CodeFormat

CILIUM: Final = "cilium"
ROLE: Final = "Network Contributor"


class StepName(str, Enum):
    """The steps in the order of work."""

    IDENTITY = "identity"
    UNINSTALL_POLICY = "uninstallPolicy"
    DETACH = "detach"
    OVERLAY = "overlay"
    VERIFY = "verify"
    INSTALL_POLICY = "installPolicy"
    CLEAN_UP = "cleanUp"


class StepState(str, Enum):
    """`DONE` is nothing left to do, `BY_YOU` what somebody has to decide before there is a command for it."""

    DONE = "done"
    PLANNED = "planned"
    RUNNING = "running"
    SKIPPED = "skipped"
    BY_YOU = "byYou"


OPEN: Final = frozenset({StepState.PLANNED, StepState.BY_YOU})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `reason` says what it does, how to check or undo it, or why there is nothing to do."""

    name: StepName
    state: StepState
    reason: str
    command: str | None = None
    irreversible: bool = False
    reimages: bool = False

    @property
    def number(self) -> int:
        return list(StepName).index(self.name) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRequest:
    """What was asked: the engine that comes back (None: nobody said), another identity, whose text is shown."""

    cluster_id: ResourceId
    then_network_policy: str | None = None
    identity_id: ResourceId | None = None
    code_format: CodeFormat = CodeFormat.NONE

    def command(self, *, verify: bool = False) -> str:
        """The same command again, with all that was given."""
        return kubenet(
            "migrate",
            **named(self.cluster_id),
            dry_run=not verify,
            verify=verify,
            then_network_policy=self.then_network_policy,
            assign_identity=self.identity_id,
            iac=None if self.code_format is CodeFormat.NONE else self.code_format.value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """`changing` says that an operation is under way; leftovers are told once the cluster is on overlay."""

    steps: tuple[Step, ...]
    leftovers: tuple[Leftover, ...]
    changing: bool

    @property
    def open_steps(self) -> tuple[Step, ...]:
        return tuple(each for each in self.steps if each.state in OPEN)


def plan_migration(request: MigrationRequest, running: RunningCluster, snapshot: Snapshot) -> MigrationPlan:
    """The steps as they stand."""
    changing = is_changing(running)
    leftovers = leftovers_of(running) if running.cluster.is_overlay and not changing else ()
    return MigrationPlan(
        steps=tuple(_steps(_Picture(request, running, snapshot), leftovers)), leftovers=leftovers, changing=changing
    )


class _Picture:
    """What every step asks of the cluster."""

    def __init__(self, request: MigrationRequest, running: RunningCluster, snapshot: Snapshot) -> None:
        self.request = request
        self.running = running
        self.cluster = running.cluster
        self.moved = running.cluster.is_overlay
        self.changing = is_changing(running)
        self.foreign = () if self.moved else foreign_subnets(running, snapshot.virtual_network)

    def update(self, **options: Option) -> str:
        return az("aks", "update", **named(self.cluster.id), **options)


def _steps(picture: _Picture, leftovers: tuple[Leftover, ...]) -> Iterator[Step]:
    before = (_identity(picture), _uninstall(picture), _detach(picture))
    yield from before
    first = all(each.state not in OPEN for each in before)
    yield _overlay(picture, is_first=first)
    yield _verify(picture)
    yield _install(picture)
    yield _clean_up(picture, leftovers)


def _identity(picture: _Picture) -> Step:
    cluster, given = picture.cluster, picture.request.identity_id
    step = Step(name=StepName.IDENTITY, state=StepState.DONE, reason="", irreversible=True)
    if picture.moved:
        return replace(step, reason="The cluster is on overlay.")
    if given is not None and given not in cluster.user_assigned_ids:
        return replace(
            step,
            state=StepState.PLANNED,
            command=_change_identity(picture, given),
            reason="Gives the identity its roles and makes it the cluster's; no node is reimaged, and there is no way "
            "back to a system-assigned one. For up to several hours the cluster still acts as the old one: wait before "
            "the move.",
        )
    if cluster.identity_kind is IdentityKind.USER_ASSIGNED:
        return replace(step, reason="The cluster has a user-assigned identity.")
    if not has_own_subnet(cluster):
        return replace(step, state=StepState.SKIPPED, reason="In the network that AKS made, any identity will do.")
    return replace(
        step,
        state=StepState.BY_YOU,
        reason="The cluster needs a user-assigned identity: run the command again with --assign-identity and its ID.",
    )


def _change_identity(picture: _Picture, identity_id: ResourceId) -> str:
    """The roles on all that the cluster writes, then the identity."""
    subnets = [each for each in picture.running.subnets if isinstance(each, Subnet)]
    places: list[ResourceId | None] = [each.id for each in subnets if has_own_subnet(picture.cluster)]
    group = picture.cluster.node_resource_group
    places += [each.route_table_id for each in subnets if each.route_table_id is not None]
    wanted = [each for each in dict.fromkeys(places) if each is not None and not is_made_by_aks(each, group)]
    assignee = service_principal(principal_of(identity_id))
    grants = [assign_role(assignee, role=ROLE, scope=str(each)) for each in wanted]
    change = picture.update(enable_managed_identity=True, assign_identity=identity_id, yes=True)
    return " && ".join([*grants, change])


def _uninstall(picture: _Picture) -> Step:
    engine = policy_engine(picture.cluster)
    step = Step(name=StepName.UNINSTALL_POLICY, state=StepState.DONE, reason="", reimages=True)
    if picture.moved:
        return replace(step, reason="The cluster is on overlay.")
    if engine is None:
        return replace(step, reason="No network policy engine is installed.")
    return replace(
        step,
        state=StepState.PLANNED,
        command=picture.update(network_policy=NO_ENGINE),
        reason=f"Uninstalls {engine} and reimages every node. From then on no network policy is enforced until an "
        "engine is installed again; the policies themselves stay. Installing the engine again undoes it, with another "
        "reimage.",
    )


def _detach(picture: _Picture) -> Step:
    step = Step(name=StepName.DETACH, state=StepState.DONE, reason="")
    if picture.moved:
        return replace(step, reason="The cluster is on overlay.")
    if not picture.foreign:
        return replace(step, reason="Only the cluster's subnets are on its route table.")
    return replace(
        step,
        state=StepState.PLANNED,
        command=" && ".join(update_subnet(each.id, route_table="null") for each in picture.foreign),
        reason=f"Takes the route table off {_names(picture.foreign)}, right before the move: what is in it cannot "
        "reach the pods until the move has ended. To undo it: "
        f"{' && '.join(update_subnet(each.id, route_table=each.table.id) for each in picture.foreign)}",
    )


def _names(foreign: tuple[ForeignSubnet, ...]) -> str:
    """The subnets, with the gateways in them."""
    texts = []
    for each in foreign:
        gateways = () if each.subnet is None else gateways_in(each.subnet)
        behind = f" (application gateway {', '.join(one.name for one in gateways)})" if gateways else ""
        texts.append(f"subnet '{each.id.name}'{behind}")
    return ", ".join(texts)


def _overlay(picture: _Picture, *, is_first: bool) -> Step:
    step = Step(name=StepName.OVERLAY, state=StepState.DONE, reason="", irreversible=True, reimages=True)
    if picture.moved:
        if picture.changing:
            return replace(
                step, state=StepState.RUNNING, reason="The operation is under way: another would preempt it."
            )
        if states_succeeded(picture.running):
            return replace(step, reason="The cluster is on overlay; step 5 proves it.")
        return replace(
            step,
            state=StepState.PLANNED,
            command=picture.update(network_plugin="azure", network_plugin_mode="overlay"),
            reason="The operation failed halfway: the cluster is on overlay, but not all of it is healthy. Run "
            "the same command again to continue; if that fails, ask Azure support.",
        )
    etag = picture.cluster.etag if is_first and not picture.changing else None
    again = "With the eTag, Azure refuses it if somebody has changed the cluster meanwhile."
    if not etag:
        again = f"Right before it, print it again for the cluster as it is then: {picture.request.command()}"
    return replace(
        step,
        state=StepState.PLANNED,
        command=picture.update(network_plugin="azure", network_plugin_mode="overlay", if_match=etag or None),
        reason="Moves the cluster to Azure CNI Overlay and reimages every node. It cannot be undone, and az "
        f"does not prompt for confirmation. {again}",
    )


def _verify(picture: _Picture) -> Step:
    step = Step(
        name=StepName.VERIFY,
        state=StepState.PLANNED,
        command=picture.request.command(verify=True),
        reason="Proves from Azure itself that the cluster has moved.",
    )
    if picture.moved and not picture.changing and verify(picture.running).is_proved:
        return replace(step, state=StepState.DONE)
    return step


def _install(picture: _Picture) -> Step:
    wanted, engine = picture.request.then_network_policy, policy_engine(picture.cluster)
    step = Step(name=StepName.INSTALL_POLICY, state=StepState.SKIPPED, reason="", reimages=True)
    if wanted is None:
        return replace(
            step,
            reason="If there was a network policy engine, say which one to install: --then-network-policy calico, "
            "cilium or none.",
        )
    if wanted == NO_ENGINE:
        return replace(step, reason="No network policy engine is to be installed.")
    if picture.moved and engine == wanted:
        return replace(step, state=StepState.DONE, reason=f"{wanted} is installed.")
    dataplane = wanted if wanted == CILIUM else None
    return replace(
        step,
        state=StepState.PLANNED,
        command=picture.update(network_dataplane=dataplane, network_policy=wanted),
        reason=f"Installs {wanted} and reimages every node; then network policies are enforced again. Check its "
        "pods in kube-system: they have been reported missing.",
    )


def _clean_up(picture: _Picture, leftovers: tuple[Leftover, ...]) -> Step:
    step = Step(name=StepName.CLEAN_UP, state=StepState.PLANNED, reason="")
    if not picture.moved or picture.changing:
        return replace(step, reason="Once the cluster has moved, this command lists what is left, with commands.")
    if not leftovers:
        return replace(step, state=StepState.DONE, reason="Nothing that can be seen from Azure is left.")
    return replace(
        step,
        command=" && ".join(each.command for each in leftovers),
        reason="Removes what is left; the identity's roles on the route table can go too.",
    )
