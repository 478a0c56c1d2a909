"""The one way from what is asked of a preparation to Changes made: read, decide, refuse, ask, apply, read back.

Network IO. `prepare` and `create --prepare` both go it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .arm.apply import apply_changes
from .arm.gather import Gathered, GatherRequest
from .arm.read_back import read_back
from .core.azure.access import ManagedIdentity
from .core.azure.managed_clusters import RunningCluster
from .core.changes.change import Action, Change, MissingResourceError, RefusedError, described
from .core.changes.forecast import as_prepared
from .core.changes.prepare import Intent, PrepareRequest, decide_prepare
from .core.changes.prepare_running import decide_for_running, own_table
from .core.changes.prepare_without_table import decide_without_table
from .core.changes.refuse_elsewhere import refuse_elsewhere
from .core.changes.refuse_without_rights import MissingRight, missing_rights, refuse_without_rights
from .core.clusters.existing import own_cluster
from .core.clusters.hidden import hidden_own_cluster
from .core.rules import all_rules
from .core.rules.evaluation import evaluate
from .core.rules.rule import Stage
from .core.rules.without_answer import refuse_preparation_without_answer
from .judging import today
from .session import Session, confirm


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What was decided on one picture of the state. Nothing is written yet."""

    request: PrepareRequest
    state: Gathered
    intent: Intent

    @property
    def missing_rights(self) -> tuple[MissingRight, ...]:
        """What the caller lacks to make the Changes."""
        return missing_rights(self.intent.changes, self.state.snapshot)

    @property
    def unseen(self) -> str | None:
        """What to say where the cluster may be there already and cannot be seen, so that it is taken for a new one."""
        hidden = None if self.intent.runs else hidden_own_cluster(self.request.cluster_id, self.state.snapshot)
        if hidden is None:
            return None
        return (
            f"Whether cluster '{self.request.cluster_id.name}' is there already is unknown: {hidden.reason} It is "
            f"prepared for as a new one; a cluster that runs keeps its own identity and route table. {hidden.remedy}"
        )

    def refuse_elsewhere(self) -> None:
        """Raise RefusedError where the Changes could begin and never end, whoever makes them."""
        refuse_elsewhere(self.request, self.intent, self.state.snapshot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was made, and what of the role assignments may not be read back."""

    changes: tuple[Change, ...]
    identity: ManagedIdentity | None
    unseen: tuple[str, ...]


def read(session: Session, request: PrepareRequest) -> Gathered:
    """What a preparation is decided on; where the cluster was described, also what it is judged on.

    For a cluster that runs with its own table, which is looked for first.
    """
    wanted = GatherRequest(
        subnet_id=request.subnet_id,
        further_subnet_ids=request.further_subnet_ids,
        kubelet_identity_id=None if request.wanted is None else request.wanted.kubelet_identity_id,
        private_dns_zone_id=request.private_dns_zone_id,
        api_server_subnet_id=request.api_server_subnet_id,
        for_preparation=request,
        for_rules=request.wanted is not None,
    )
    state = session.state(wanted)
    if own_cluster(request.cluster_id, state.snapshot.managed_clusters) is None:
        return state
    wanted = replace(wanted, running_id=request.cluster_id)
    try:
        found = session.state(wanted)
    except MissingResourceError:  # Resource Graph still shows a cluster that is deleted
        return state
    running = found.snapshot.running_cluster
    table_id = own_table(running).id if isinstance(running, RunningCluster) else request.route_table_id
    if table_id == request.route_table_id:
        return found
    return session.state(replace(wanted, for_preparation=replace(request, route_table_id=table_id)))


def decide(request: PrepareRequest, state: Gathered) -> Preparation:
    """The Changes; RefusedError where there can be none. `state` was read for this preparation, and perhaps more."""
    snapshot = state.snapshot
    if isinstance(snapshot.running_cluster, RunningCluster):
        intent = decide_for_running(request, snapshot.running_cluster, snapshot)
    elif request.without_route_table:
        intent = decide_without_table(request, snapshot)
    else:
        intent = decide_prepare(request, snapshot)
    return Preparation(request=request, state=state, intent=intent)


def refuse_what_create_refuses(preparation: Preparation) -> None:
    """Raise RefusedError where the cluster that was described could not be made on what would be prepared."""
    request, intent = preparation.request, preparation.intent
    if request.wanted is None or intent.runs:
        return
    report = evaluate(
        all_rules(),
        cluster=replace(request.wanted, identity_id=intent.identity_id, location=intent.location),
        snapshot=as_prepared(intent, preparation.state.snapshot),
        today=today(),
        stage=Stage.CREATE,
        ignore=request.wanted.ignored,
    )
    if report.errors:
        found = " ".join(f"{each.rule.code}: {each.message}" for each in report.errors)
        raise RefusedError(
            f"This cluster would be refused by az aks kubenet create. {found} Nothing was written.",
            tuple(dict.fromkeys(line for each in report.errors for line in (each.remediation, *each.commands))),
        )


def carry_out(
    session: Session,
    preparation: Preparation,
    *,
    yes: bool,
    wait: bool = True,
    read_back_seconds: float | None = None,
    resume_command: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> Prepared:
    """Make the Changes; RefusedError before the first write where they cannot end, or the caller may or will not.

    Without `wait` the last writes are not awaited. With `read_back_seconds` the role assignments are looked for, at
    most so long. InterruptedApplyError, after a write, holds `resume_command`.
    """
    refuse_preparation_without_answer(preparation.state.snapshot)
    preparation.refuse_elsewhere()
    intent, state, reporter = preparation.intent, preparation.state, session.reporter
    refuse_without_rights(intent.changes, state.snapshot)
    if intent.asks and not yes:
        writes = (f"  {described(each)}" for each in intent.changes if each.action is not Action.NONE)
        confirm("This will:", *writes, *intent.asks, "Continue?")
    try:
        applied = apply_changes(
            session.client,
            intent.changes,
            state.documents,
            reporter,
            wait=wait,
            sleep=sleep,
            resume_command=resume_command,
        )
        unseen = _read_back(session, applied.changes, read_back_seconds, resume_command, sleep)
    finally:
        reporter.done()
    return Prepared(changes=applied.changes, identity=applied.identity or intent.identity, unseen=unseen)


def _read_back(
    session: Session,
    changes: tuple[Change, ...],
    seconds: float | None,
    resume_command: str,
    sleep: Callable[[float], None],
) -> tuple[str, ...]:
    if seconds is None:
        return ()
    return read_back(session.client, changes, session.reporter, seconds, sleep=sleep, resume_command=resume_command)
