"""What a playback replaces: the login (two patches of azure-cli), the network, threads and waiting. No IO."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from azure.core.credentials import AccessToken
from azure_devtools.scenario_tests import ReplayableTest, mock_in_unit_test  # type: ignore[import-untyped] # it has no types

import azext_kubenet

from .scrubbing import SUBSCRIPTION_ID, TENANT_ID

_PROFILE: Final = "azure.cli.core._profile.Profile"
_REAL_SLEEP: Final = time.sleep


class _Credential:
    """Shaped like MSAL's, as azure-cli 2.91 wants it, and like azure-core's, as 2.70 does."""

    def __init__(self, token: str) -> None:
        self._token = token

    def acquire_token(self, _scopes: list[str], **_: object) -> dict[str, Any]:
        return {"access_token": self._token, "token_type": "Bearer", "expires_in": 3600}

    def get_token(self, *_scopes: str, **_: object) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


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


def one_thread(test: ReplayableTest) -> None:
    """What runs side by side runs one after the other, here and while recording.

    vcrpy takes its patches away for a moment whenever it opens a connection: other threads would go past it. So the
    order of a recording is the same each time, too.
    """
    real = ThreadPoolExecutor.__init__

    def one_worker(pool: ThreadPoolExecutor, _max_workers: int | None = None, *args: Any, **kwargs: Any) -> None:
        real(pool, 1, *args, **{name: value for name, value in kwargs.items() if name != "max_workers"})

    mock_in_unit_test(test, "concurrent.futures.ThreadPoolExecutor.__init__", one_worker)


def skip_waiting(test: ReplayableTest) -> None:
    """Polling and back-off take no time: neither through `time.sleep` nor through a `sleep` parameter of ours."""
    for function in functions_that_wait():  # first, as it imports modules, whose defaults are to be the real ones
        for name in ("__defaults__", "__kwdefaults__"):
            test.addCleanup(functools.partial(setattr, function, name, getattr(function, name)))
        function.__defaults__ = tuple(map(_hurried, function.__defaults__ or ())) or None
        function.__kwdefaults__ = {name: _hurried(each) for name, each in (function.__kwdefaults__ or {}).items()}
    mock_in_unit_test(test, "time.sleep", _at_once)


def _at_once(_seconds: float = 0) -> None:
    _REAL_SLEEP(0)  # other threads get their turn


def _hurried(default: object) -> object:
    return _at_once if default is _REAL_SLEEP else default


def functions_that_wait() -> list[types.FunctionType]:
    """The extension's functions and methods with a parameter that is by default the real sleep."""
    return [
        function
        for function in _functions()
        if _REAL_SLEEP in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    ]


def _functions() -> Iterator[types.FunctionType]:
    for found in pkgutil.walk_packages(azext_kubenet.__path__, f"{azext_kubenet.__name__}."):
        for value in vars(importlib.import_module(found.name)).values():
            for each in vars(value).values() if isinstance(value, type) else (value,):
                if isinstance(each, types.FunctionType) and each.__module__ == found.name:
                    yield each
