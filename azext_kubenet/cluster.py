"""The call of `az aks create`: its body, patience while a role is under way, and what its end means. Network IO."""

from __future__ import annotations

import inspect
import json
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from azure.cli.command_modules.acs import custom as acs
from azure.cli.core.azclierror import AzCLIError
from azure.core.exceptions import AzureError, HttpResponseError
from knack.log import get_logger

from .arm.errors import ArmError, parse_error
from .core.changes import MissingResourceError, RefusedError
from .core.refusals import RETRYABLE_CODES, rule_of_refusal
from .progress import Reporter

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

logger = get_logger(__name__)

HIDDEN: Final = "(hidden)"

MADE_WORKSPACE: Final = "(the default Log Analytics workspace, made by az aks create)"
"""Stands in a dry run for the id of a workspace that is not there yet."""

FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 30.0
PAUSE_GROWTH: Final = 1.5

_NO_DIRECTORY_ENTRY = "not found in Active Directory tenant"
"""What azure-cli itself waits for, in a service principal made a moment ago."""
ABSENT: Final = "absent"
UNREADABLE: Final = "unreadable"
_UNKNOWN_REFUSALS = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/welcome-azure-kubernetes"


def _forced(arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(arguments, network_plugin="kubenet")
    if given.get("assign_identity"):
        given["skip_subnet_role_assignment"] = True
    return given


def managed_cluster_body(cmd: AzCliCommand, client: Any, arguments: Mapping[str, Any]) -> Any:
    """The body that `az aks create` would send, made by azure-cli's own code with its side effects held off.

    The secret of a service principal is hidden: output ends up in logs.
    """
    from azure.cli.command_modules.acs.managed_cluster_decorator import AKSManagedClusterCreateDecorator
    from azure.cli.core.profiles import ResourceType

    signature = inspect.signature(acs.aks_create).bind(cmd, client, **_forced(arguments))
    signature.apply_defaults()
    decorator = AKSManagedClusterCreateDecorator(
        cmd=cmd,
        client=client,
        raw_parameters=dict(signature.arguments),
        resource_type=ResourceType.MGMT_CONTAINERSERVICE,
    )
    _hold_off(decorator.context.external_functions)
    body = decorator.construct_mc_profile_default()
    document = body.serialize() if hasattr(body, "serialize") else body.as_dict()
    # knack marks defaults by subclasses of str and int, which az's printer would show as objects
    shown = json.loads(json.dumps(document))
    principal = shown.get("properties", {}).get("servicePrincipalProfile") or {}
    if principal.get("secret"):
        principal["secret"] = HIDDEN
    return shown


def _hold_off(functions: Any) -> None:
    """Let nothing of azure-cli's helpers write: role assignments, registry grants, workspaces.

    What only reads stays. A workspace that would be made is named by its place in the answer.
    """
    for name in vars(functions):
        if not name.startswith("get_"):
            setattr(functions, name, lambda *_, **__: True)
    functions.ensure_default_log_analytics_workspace_for_monitoring = lambda *_, **__: MADE_WORKSPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The cluster as commands name it; `subscription` only where `--subscription` was given."""

    group: str
    name: str
    subscription: str | None = None

    def az_command(self, *words: str) -> str:
        """`az aks <words>` for this cluster, quoted for a POSIX shell."""
        subscription = ["--subscription", self.subscription] if self.subscription else []
        return shlex.join(
            ["az", "aks", *words, "--resource-group", self.group, "--name", self.name, *subscription],
        )


class PatientClient:
    """The client of managed clusters, whose PUT is repeated while a role assignment is under way.

    `sent` tells whether a PUT may have been accepted, `accepted` whether one was, `refusal` the answer that ended the
    attempts.
    """

    def __init__(
        self,
        client: Any,
        reporter: Reporter,
        *,
        timeout: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._reporter = reporter
        self._timeout = timeout
        self._sleep = sleep
        self._clock = clock
        self.sent = False
        self.accepted = False
        self.refusal: ArmError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def begin_create_or_update(self, *args: Any, **further: Any) -> Any:
        """As the client's own; again, with growing pauses, after a refusal that time may heal."""
        end, pause = self._clock() + self._timeout, FIRST_PAUSE_SECONDS
        while True:
            self.sent = True
            try:
                poller = self._client.begin_create_or_update(*args, **further)
            except HttpResponseError as error:
                self.sent = False
                refusal = as_arm_error(error)
                code = next((each for each in refusal.codes if each in RETRYABLE_CODES), None)
                left = end - self._clock()
                if code is None or left <= 0:
                    self.refusal = None if _NO_DIRECTORY_ENTRY in refusal.message else refusal
                    raise
            else:
                self.accepted = True
                return poller
            if pause == FIRST_PAUSE_SECONDS:
                logger.warning("Azure does not see all roles yet (%s); trying for up to %.0f s.", code, self._timeout)
            self._reporter.say(f"Waiting for roles to take effect ({code}); next try in {min(pause, left):.0f} s")
            self._sleep(min(pause, left))
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


def create_managed_cluster(
    cmd: AzCliCommand,
    client: Any,
    arguments: Mapping[str, Any],
    cluster: Named,
    reporter: Reporter,
    *,
    timeout: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Any:
    """`az aks create` with kubenet, waited for unless `no_wait`: the cluster, or an error that says what to do.

    With `--assign-identity` az's own grant on the subnet is skipped: it would take anybody's role there as this
    identity's. What azure-cli refuses itself passes through as it is.
    """
    from azure.cli.core.commands import LongRunningOperation

    patient = PatientClient(client, reporter, timeout=timeout, sleep=sleep, clock=clock)
    try:
        created = acs.aks_create(cmd, patient, **_forced(arguments))
        reporter.done()
        if not arguments.get("no_wait") and hasattr(created, "result"):
            created = LongRunningOperation(cmd.cli_ctx)(created)
    except KeyboardInterrupt:
        raise _interrupted(patient, cluster) from None
    except (AzCLIError, AzureError) as error:
        _explain(error, patient, cluster)
    finally:
        reporter.done()
    return created


def refuse_existing(client: Any, cluster: Named) -> None:
    """Raise RefusedError where the cluster is there already, as `az aks create` does, but before anything is made."""
    if _state(client, cluster) not in (ABSENT, UNREADABLE):
        raise RefusedError(
            f"The cluster '{cluster.name}' under resource group '{cluster.group}' already exists.",
            "Choose another name, or use 'az aks update' to change that cluster.",
        )


def as_arm_error(error: HttpResponseError) -> ArmError:
    """What the service answered, with the codes of its details."""
    status = int(error.status_code or 0)
    if error.error is None or error.response is None:
        return ArmError(status=status, code=f"Http{status}", message=str(error.message))
    return parse_error(status, error.response.text())


def _explain(error: AzCLIError | AzureError, client: PatientClient, cluster: Named) -> NoReturn:
    """Raise what `error` means for the cluster."""
    refusal = client.refusal
    # a PUT that was accepted, but whose answer was lost, is repeated by azure-core and then meets 409
    if refusal is not None and refusal.status < 500 and refusal.status != 409:
        raise _refused(refusal) from error
    if refusal is None and not client.sent:
        raise error
    state = _state(client, cluster)
    if state == ABSENT:
        raise error if refusal is None else _refused(refusal) from error
    if state in ("Failed", "Canceled"):
        raise _failed(error, refusal, cluster, state) from error
    if state == "Succeeded":
        logger.warning("The cluster '%s' is there; what was still to follow was not done.", cluster.name)
        raise error
    goes_on = "goes on" if client.accepted or state != UNREADABLE else "may go on"
    message = f"Azure's answer was lost, but the creation of cluster '{cluster.name}' {goes_on} there. {error}"
    raise RefusedError(message, _how_to_watch(cluster)) from error


def _refused(refusal: ArmError) -> RefusedError:
    kind = MissingResourceError if refusal.is_not_found else RefusedError
    return kind(f"Azure refused the cluster: ({refusal.code}) {refusal.message}", _advice(refusal))


def _failed(error: AzCLIError | AzureError, refusal: ArmError | None, cluster: Named, state: str) -> RefusedError:
    cause = next((each for each in (error, error.__context__) if isinstance(each, HttpResponseError)), None)
    reason = refusal or (as_arm_error(cause) if cause is not None else None)
    why = str(error) if reason is None else f"({reason.code}) {reason.message}"
    return RefusedError(
        f"The creation of cluster '{cluster.name}' ended badly; the cluster is there, in state {state}: {why}",
        (
            *(() if reason is None else _advice(reason)),
            f"Look at it: {cluster.az_command('show')}",
            f"Delete it before you try again: {cluster.az_command('delete')}",
        ),
    )


def _advice(reason: ArmError) -> tuple[str, ...]:
    rule = rule_of_refusal(reason.codes, reason.message)
    if rule is None:
        return (f"The errors of AKS are explained at {_UNKNOWN_REFUSALS}",)
    return (rule.remediation, f"It is rule {rule.code}, {rule.title}: {rule.documentation}")


def _interrupted(client: PatientClient, cluster: Named) -> RefusedError:
    if not client.sent:
        return RefusedError("Interrupted: Azure had not accepted the cluster.", "Run the command again.")
    goes_on = "goes on" if client.accepted else "may go on"
    message = f"Interrupted, but the creation of cluster '{cluster.name}' {goes_on} in Azure."
    return RefusedError(message, _how_to_watch(cluster))


def _how_to_watch(cluster: Named) -> tuple[str, ...]:
    return (
        f"Wait for it: {cluster.az_command('kubenet', 'wait', '--created')}",
        f"Stop it: {cluster.az_command('delete')}",
    )


def _state(client: Any, cluster: Named) -> str:
    """The cluster's provisioning state, or `ABSENT`, or `UNREADABLE`."""
    try:
        found = client.get(cluster.group, cluster.name)
    except AzureError as error:
        logger.debug("Could not read cluster '%s': %s", cluster.name, error)
        return ABSENT if getattr(error, "status_code", None) == 404 else UNREADABLE
    return str(found.provisioning_state)
