"""What a playback replaces: the login (two patches of azure-cli), the network and the waiting. No IO."""

from __future__ import annotations

import functools
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

from azure_devtools.scenario_tests import ReplayableTest, mock_in_unit_test

from .scrubbing import SUBSCRIPTION_ID, TENANT_ID

_PROFILE: Final = "azure.cli.core._profile.Profile"
_REAL_SLEEP: Final = time.sleep


class _Credential:
    """Shaped like MSAL's: azure-cli 2.91 asks for nothing else."""

    def __init__(self, token: str) -> None:
        self._token = token

    def acquire_token(self, _scopes: list[str], **_: object) -> dict[str, Any]:
        return {"access_token": self._token, "token_type": "Bearer", "expires_in": 3600}


def sign_in(token: str, environment: str) -> Callable[[ReplayableTest], None]:
    """Makes azure-cli believe that somebody with this token is logged in to one subscription of `environment`."""
    account = {
        "id": SUBSCRIPTION_ID,
        "name": "Recorded Subscription",
        "state": "Enabled",
        "tenantId": TENANT_ID,
        "isDefault": True,
        "environmentName": environment,
        "user": {"name": "user@example.com", "type": "user"},
    }

    def patch(test: ReplayableTest) -> None:
        mock_in_unit_test(test, f"{_PROFILE}.load_cached_subscriptions", lambda *_, **__: [dict(account)])
        mock_in_unit_test(test, f"{_PROFILE}._create_credential", lambda *_, **__: _Credential(token))

    return patch


def block_network(test: ReplayableTest) -> None:
    """Every connection and every look-up of a name fails, naming what was asked for."""

    def refuse(*asked: object, **_: object) -> None:
        raise AssertionError(f"A playback reached for the network: {asked}")

    for name in ("socket.socket.connect", "socket.socket.connect_ex", "socket.getaddrinfo"):
        mock_in_unit_test(test, name, refuse)


def skip_waiting(test: ReplayableTest) -> None:
    """Polling and back-off take no time: neither through `time.sleep` nor through an own `sleep` parameter."""
    mock_in_unit_test(test, "time.sleep", _at_once)
    for function in _functions_that_wait():
        waiting = {**(function.__kwdefaults__ or {}), "sleep": _at_once}
        present = function.__kwdefaults__
        test.addCleanup(functools.partial(setattr, function, "__kwdefaults__", present))
        function.__kwdefaults__ = waiting


def _at_once(_seconds: float = 0) -> None:
    _REAL_SLEEP(0)  # other threads get their turn


def _functions_that_wait() -> Iterator[types.FunctionType]:
    """The extension's functions whose `sleep` is by default the real one."""
    import azext_kubenet.arm.apply
    import azext_kubenet.cluster  # noqa: F401 - both are only imported when a command runs

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "azext_kubenet":
            for value in list(vars(module).values()):
                if isinstance(value, types.FunctionType) and value.__module__ == name:
                    defaults = value.__kwdefaults__ or {}
                    if defaults.get("sleep") is _REAL_SLEEP:
                        yield value
