"""Rules about what stands in the way of the cluster's writes: locks and policies. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from ..azure.az_words import az
from ..azure.networks import Subnet
from ..azure.resource_id import scope_covers
from ..azure.resource_words import words_of
from ..azure.restrictions import Lock, PolicyState
from ..azure.unreadable import Unreadable
from .rule import Outcome, Severity, Stage, Unknown, Violation, rule


@rule(
    code="LCK1",
    title="no lock keeps the cluster from writing routes or leaving the subnet",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Remove the lock, or move it to where the cluster writes nothing.",
    sources=("https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",),
    of_each_subnet=True,
)
def no_lock_on_subnet_or_route_table(
    locks: tuple[Lock, ...] | Unreadable,
    subnet: Subnet,
    route_table_locks: tuple[Lock, ...] | Unreadable | None,
    further_subnet_locks: tuple[Lock, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """A ReadOnly lock on the subnet, the route table or above them refuses every route that the cluster writes.

    A CanNotDelete lock lets the cluster be made, but its routes cannot be cleaned up nor the table be detached.
    """
    ids = [each for each in (subnet.id, subnet.route_table_id) if each is not None]
    lists = [each for each in (locks, route_table_locks, further_subnet_locks) if each is not None]
    # a lock above both is in both lists
    for lock in dict.fromkeys(chain.from_iterable(each for each in lists if isinstance(each, tuple))):
        locked = [str(each) for each in ids if scope_covers(lock.scope, str(each))]
        if not locked:
            continue
        read_only = lock.level.lower() == "readonly"
        consequence = "AKS cannot write" if read_only else "AKS can write, but not delete from,"
        lock_id = f"{lock.scope.rstrip('/')}/providers/Microsoft.Authorization/locks/{lock.name}"
        yield Violation(
            message=f"Lock '{lock.name}' ({lock.level}) on {words_of(lock.scope)}: {consequence} "
            f"{' and '.join(map(words_of, locked))}.",
            resource_id=lock_id,
            evidence={"lock": lock.name, "level": lock.level, "scope": lock.scope, "locked": locked},
            severity=None if read_only else Severity.WARNING,
            destructive_commands=_delete_lock(lock, lock_id),
        )
    yield from (Unknown(cause=each) for each in lists if isinstance(each, Unreadable))


def _delete_lock(lock: Lock, lock_id: str) -> tuple[str, ...]:
    """The deletion. Without --subscription az sends it to its default one, whatever the id names, and calls it done."""
    _, kind, subscription, *_ = (*lock.scope.split("/"), "", "", "")
    known = subscription if kind.lower() == "subscriptions" else None
    return (az("lock", "delete", subscription=known, ids=lock_id),)


@rule(
    code="POL1",
    title="no policy refuses or changes writes of network resources",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Check what the policy requires, and exempt the resource where the cluster's writes cannot meet it.",
    no_command="Only whoever runs the policy may exempt something from it.",
    sources=("https://github.com/Azure/AKS/issues/2681",),
)
def no_policy_refuses_network_writes(policy_states: tuple[PolicyState, ...]) -> Iterator[Outcome]:
    """A policy that denies, or sets tags, also judges the route-table writes of the cluster.

    Nodes are then Ready without a route (FailedToCreateRoute), or the write ends in 409 AmbiguousPolicyEvaluationPaths.
    """
    resources: dict[tuple[str, str, str], list[str]] = {}
    for state in policy_states:
        is_network = "/providers/microsoft.network/" in state.resource_id.lower()
        if is_network and state.refuses_writes:
            key = (state.assignment_id, state.definition_name, state.effect)
            resources.setdefault(key, []).append(state.resource_id)
    for (assignment, definition, effect), concerned in resources.items():
        scope, _, name = assignment.rpartition("/providers/")
        yield Violation(
            message=f"Policy assignment '{name.rpartition('/')[2]}' of {words_of(scope)}, with effect {effect}, is in "
            f"force on {', '.join(map(words_of, concerned))}: it may refuse or change what the cluster writes there.",
            resource_id=assignment,
            evidence={"assignment": assignment, "definition": definition, "effect": effect, "resources": concerned},
        )


RULES: Final = (
    no_lock_on_subnet_or_route_table,
    no_policy_refuses_network_writes,
)
