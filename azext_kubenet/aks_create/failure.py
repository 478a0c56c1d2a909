"""What it means for the cluster when its creation ends in an error: refused, failed, lost or interrupted.

Does network IO: it reads the cluster, to see whether it is there all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from azure.cli.core.azclierror import AzCLIError
from azure.core.exceptions import AzureError, HttpResponseError
from knack.log import get_logger

from ..arm.errors import ArmError, parse_error
from ..core.azure.az_words import Option, az
from ..core.azure.printable import printable
from ..core.azure.unreadable import Unreadable
from ..core.changes.change import MissingResourceError
from ..core.rights.permissions import ASSIGN_IDENTITY_ACTION
from ..core.rights.refusal import Actors, advice, is_callers, missing_right
from ..core.rules.of_refusal import rule_of_refusal

logger = get_logger(__name__)

_UNKNOWN_REFUSALS = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/welcome-azure-kubernetes"


class CreationError(Exception):
    """A creation that Azure refused, that failed, or whose end nobody saw: what and why, and what to do."""

    def __init__(self, message: str, recommendation: tuple[str, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation


class InterruptedCreationError(CreationError):
    """Somebody interrupted a creation."""


class Attempts(Protocol):
    """What became of the PUTs of a cluster: see PatientClient."""

    sent: bool
    accepted: bool
    refusal: ArmError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterName:
    """The cluster as commands name it; `subscription` only where `--subscription` was given."""

    group: str
    name: str
    subscription: str | None = None

    def az_command(self, *words: str, **options: Option) -> str:
        """`az aks <words>` for this cluster."""
        place = {"resource_group": self.group, "name": self.name, "subscription": self.subscription or None}
        return az("aks", *words, **options, **place)


def as_arm_error(error: HttpResponseError) -> ArmError:
    """What the service answered, with the codes of its details."""
    status = int(error.status_code or 0)
    if error.error is None or error.response is None:
        return ArmError(status=status, code=f"Http{status}", message=str(error.message))
    return parse_error(status, error.response.text())


def explain(
    error: AzCLIError | AzureError, client: Attempts, cluster: ClusterName, actors: Callable[[], Actors]
) -> NoReturn:
    """Raise what `error` means for the cluster; `actors` is asked only where somebody lacks a right."""
    refusal = client.refusal
    # a PUT that was accepted, but whose answer was lost, is repeated by azure-core and then meets 409
    if refusal is not None and refusal.status < 500 and refusal.status != 409:
        raise _refused(refusal, actors) from error
    if refusal is None and not client.sent:
        raise error
    state = state_of(client, cluster)
    if state is None:
        raise error if refusal is None else _refused(refusal, actors) from error
    if isinstance(state, str) and state in ("Failed", "Canceled"):
        raise _failed(error, refusal, cluster, state, actors) from error
    if state == "Succeeded":
        logger.warning("The cluster '%s' exists; what was to follow its creation was not done.", cluster.name)
        raise error
    goes_on = "continues" if client.accepted or isinstance(state, str) else "may continue"
    message = f"Azure's answer was lost, but the creation of cluster '{cluster.name}' {goes_on} there. {error}"
    raise CreationError(message, _how_to_watch(cluster)) from error


def _refused(refusal: ArmError, actors: Callable[[], Actors]) -> CreationError | MissingResourceError:
    kind = MissingResourceError if refusal.is_not_found else CreationError
    return kind(f"Azure refused the cluster: ({refusal.code}) {refusal.message}", _advice(refusal, actors))


def _failed(
    error: AzCLIError | AzureError,
    refusal: ArmError | None,
    cluster: ClusterName,
    state: str,
    actors: Callable[[], Actors],
) -> CreationError:
    cause = next((each for each in (error, error.__context__) if isinstance(each, HttpResponseError)), None)
    reason = refusal or (as_arm_error(cause) if cause is not None else None)
    why = str(error) if reason is None else f"({reason.code}) {reason.message}"
    return CreationError(
        f"The creation of cluster '{cluster.name}' failed; the cluster exists, in state {state}: {why}",
        (
            *(() if reason is None else _advice(reason, actors)),
            f"Look at it: {cluster.az_command('show')}",
            f"Delete it before you try again: {cluster.az_command('delete')}",
        ),
    )


def _advice(reason: ArmError, actors: Callable[[], Actors]) -> tuple[str, ...]:
    """Whose right is missing and how to give it, or what repairs the rule that the refusal belongs to."""
    rule = rule_of_refusal(reason.codes, reason.message)
    right = missing_right(reason.message)
    known = () if rule is None else (f"It is rule {rule.code}, {rule.title}; see: {rule.page}",)
    if right is None:
        unknown = f"The errors of AKS are explained at {_UNKNOWN_REFUSALS}"
        return (unknown,) if rule is None else (rule.remediation, *known)
    who = actors()
    # the other rules that refusals belong to are about the cluster's identity
    if is_callers(right, who) and right.action.lower() != ASSIGN_IDENTITY_ACTION.lower():
        known = ()
    return (*map(printable, advice(right, who)), *known)


def interrupted(client: Attempts, cluster: ClusterName) -> InterruptedCreationError:
    """What is said where somebody interrupts the creation."""
    if not client.sent:
        message = "Interrupted: Azure had not accepted the cluster."
        return InterruptedCreationError(message, ("Run the command again.",))
    goes_on = "continues" if client.accepted else "may continue"
    message = f"Interrupted, but the creation of cluster '{cluster.name}' {goes_on} in Azure."
    return InterruptedCreationError(message, _how_to_watch(cluster))


def _how_to_watch(cluster: ClusterName) -> tuple[str, ...]:
    return (
        f"Wait for it: {cluster.az_command('kubenet', 'wait', created=True)}",
        f"Stop it: {cluster.az_command('delete')}",
    )


def state_of(client: Any, cluster: ClusterName) -> str | Unreadable | None:
    """The cluster's provisioning state; None where no cluster is there."""
    try:
        found = client.get(cluster.group, cluster.name)
    except AzureError as error:
        logger.debug("Could not read cluster '%s': %s", cluster.name, error)
        return None if getattr(error, "status_code", None) == 404 else Unreadable(reason=str(error))
    return str(found.provisioning_state)
