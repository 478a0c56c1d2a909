"""The call of `az aks create`: its body, and patience while a role is under way. Does network IO."""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from azure.cli.command_modules.acs import custom as acs
from azure.cli.core.azclierror import AzCLIError
from azure.core.exceptions import AzureError, HttpResponseError
from knack.log import get_logger

from ..arm.errors import ArmError
from ..core.azure.printable import HIDDEN, printable, without_credentials
from ..core.changes.change import RefusedError
from ..core.rights.refusal import Actors
from ..core.rules.of_refusal import RETRYABLE_CODES
from ..progress import Reporter
from .dry_run_keys import name_made_key
from .failure import ClusterName, as_arm_error, explain, interrupted, state_of

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

logger = get_logger(__name__)


MADE_WORKSPACE: Final = "(the default Log Analytics workspace, made by az aks create)"
"""Stands in a dry run for the id of a workspace that is not there yet."""

FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 30.0
PAUSE_GROWTH: Final = 1.5

WAITS_FOR_POLLER_MS: Final = 100.0
"""How often it is looked whether the poller is done, which asks Azure at a pace of its own: az's 500 are felt."""

_NO_DIRECTORY_ENTRY = "not found in Active Directory tenant"
"""What azure-cli itself waits for, in a service principal made a moment ago."""


def _forced(arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(arguments, network_plugin="kubenet")
    if given.get("assign_identity"):
        given["skip_subnet_role_assignment"] = True
    return given


def managed_cluster_body(cmd: AzCliCommand, client: Any, arguments: Mapping[str, Any]) -> Any:
    """The body that `az aks create` would send, made by azure-cli's own code with its side effects held off.

    Raises what azure-cli refuses the arguments with. The secret of a service principal and who signs in at a proxy are
    hidden: output ends up in logs.
    """
    from azure.cli.command_modules.acs.managed_cluster_decorator import AKSManagedClusterCreateDecorator
    from azure.cli.core.profiles import ResourceType

    bound = inspect.signature(acs.aks_create).bind(cmd, client, **_forced(arguments))
    bound.apply_defaults()
    decorator = AKSManagedClusterCreateDecorator(
        cmd=cmd,
        client=client,
        raw_parameters=dict(bound.arguments),
        resource_type=ResourceType.MGMT_CONTAINERSERVICE,
    )
    _hold_off(decorator.context.external_functions, arguments.get("assign_identity"))
    body = decorator.construct_mc_profile_default()
    # older models are made into a document by the client, which also takes what azure-cli leaves as a dict
    document = client._serialize.body(body, "ManagedCluster") if hasattr(body, "serialize") else body.as_dict()
    # knack marks defaults by subclasses of str and int, which az's printer would show as objects
    shown = json.loads(json.dumps(document))
    properties = shown.get("properties", {})
    name_made_key(properties.get("linuxProfile") or {})
    principal, proxies = properties.get("servicePrincipalProfile") or {}, properties.get("httpProxyConfig") or {}
    if principal.get("secret"):
        principal["secret"] = HIDDEN
    for name in ("httpProxy", "httpsProxy"):
        if proxies.get(name):
            proxies[name] = without_credentials(str(proxies[name]))
    return shown


def _hold_off(functions: Any, identity_id: str | None) -> None:
    """Let nothing of azure-cli's helpers write: role assignments, registry grants, workspaces.

    What only reads stays, but for the cluster's identity, which `--prepare` may still have to make; it is read only to
    be granted roles. A workspace that would be made is named by its place in the answer.
    """
    for name, helper in list(vars(functions).items()):
        if name.startswith("get_user_assigned_identity"):
            setattr(functions, name, _reading_all_but(identity_id, helper))
        elif not name.startswith("get_"):
            setattr(functions, name, lambda *_, **__: True)
    functions.ensure_default_log_analytics_workspace_for_monitoring = lambda *_, **__: MADE_WORKSPACE


def _reading_all_but(identity_id: str | None, read: Callable[..., Any]) -> Callable[..., Any]:
    def identity(cli_ctx: Any, wanted: str) -> Any:
        if identity_id is not None and wanted.lower() == identity_id.lower():
            return SimpleNamespace(client_id=None, principal_id=None)
        return read(cli_ctx, wanted)

    return identity


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
        said = False
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
            if not said:
                said = True
                logger.warning(
                    "Azure does not see all roles yet (%s); retrying for up to %.0f s. It says: %s",
                    code,
                    self._timeout,
                    printable(refusal.message),
                )
            self._reporter.say(f"Waiting for roles to take effect ({code}); next try in {min(pause, left):.0f} s")
            self._sleep(min(pause, left))
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


def create_managed_cluster(
    cmd: AzCliCommand,
    client: Any,
    arguments: Mapping[str, Any],
    cluster: ClusterName,
    reporter: Reporter,
    *,
    actors: Callable[[], Actors],
    timeout: float,
    create: Callable[..., Any] = acs.aks_create,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Any:
    """`az aks create` with kubenet, waited for unless `no_wait`: the cluster, or an error that says what to do.

    With `--assign-identity` az's own grant on the subnet is skipped: it would take anybody's role there as this
    identity's. What azure-cli refuses itself passes through as it is. `create` is azure-cli's function.
    """
    from azure.cli.core.commands import LongRunningOperation

    patient = PatientClient(client, reporter, timeout=timeout, sleep=sleep, clock=clock)
    try:
        created = create(cmd, patient, **_forced(arguments))
        reporter.done()
        if not arguments.get("no_wait") and hasattr(created, "result"):
            created = LongRunningOperation(cmd.cli_ctx, poller_done_interval_ms=WAITS_FOR_POLLER_MS)(created)
    except KeyboardInterrupt:
        raise interrupted(patient, cluster) from None
    except (AzCLIError, AzureError) as error:
        explain(error, patient, cluster, actors)
    finally:
        reporter.done()
    return created


def refuse_existing(client: Any, cluster: ClusterName) -> None:
    """Raise RefusedError where the cluster is there already, as `az aks create` does, but before anything is made."""
    if isinstance(state_of(client, cluster), str):
        raise RefusedError(
            f"The cluster '{cluster.name}' under resource group '{cluster.group}' already exists.",
            "Choose another name, or use 'az aks update' to change that cluster.",
        )
