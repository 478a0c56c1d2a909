"""One request from log to answer: faults, delays, the handler, and what a bug in the simulator looks like. No IO."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from . import router
from .azure import Azure
from .errors import ArmError, Json
from .faults import Fault, Faults
from .journal import Journal, LoggedRequest
from .messages import Request, Response

Change = Callable[[str, Json | None], None]
"""Stores a body at an id, or deletes the id for None; past authorization and validation."""


def answer(azure: Azure, faults: Faults, journal: Journal, change: Change, request: Request) -> Response | None:
    """Logs, then handles. None means: close the connection without an answer."""
    entry = journal.add(_entry(request))
    with azure.lock:
        rules = faults.take(request)
    delay = azure.settings.latency + sum(rule.latency for rule in rules)
    if delay > 0:
        time.sleep(delay)
    try:
        response = _respond(azure, rules, change, request)
    except Exception:  # noqa: BLE001 - a bug here must look like a bug, not like a closed connection
        response = _bug(request, entry)
    if any(rule.close is not None for rule in rules):
        journal.close(entry, 0)
        return None
    journal.close(entry, response.status, _code(response))
    response.headers.setdefault("x-ms-request-id", f"simulated-{len(journal.entries)}")
    return response


def _respond(azure: Azure, rules: list[Fault], change: Change, request: Request) -> Response:
    for rule in rules:
        _disturb(rule, request, change, "before")
    response = next((planned for rule in rules if (planned := rule.response()) is not None), None)
    if response is None and not any(rule.close == "before" for rule in rules):
        response = _handle(azure, request)
    for rule in rules:
        _disturb(rule, request, change, "after")
    return response or Response()


def _entry(request: Request) -> LoggedRequest:
    # A token request carries a secret, which no log should hold.
    body = None if request.path.lower().endswith("/token") else request.body
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    return LoggedRequest(request.method, request.path, request.query, request.api_version, body, headers)


def _disturb(rule: Fault, request: Request, change: Change, moment: str) -> None:
    if rule.when != moment:
        return
    if rule.hook is not None:
        rule.hook(request)
    if rule.put is not None:
        change(rule.put["id"], rule.put["body"])
    if rule.delete is not None:
        change(rule.delete, None)


def _handle(azure: Azure, request: Request) -> Response:
    try:
        with azure.lock:
            return router.dispatch(azure, request)
    except ArmError as error:
        return Response(error.status, error.body(), dict(error.headers))


def _bug(request: Request, entry: LoggedRequest) -> Response:
    entry.trace = traceback.format_exc()
    message = f"The simulator failed on {request.method} {request.path}: {entry.trace.splitlines()[-1]}"
    return Response(500, {"error": {"code": "SimulatorError", "message": message}})


def _code(response: Response) -> str | None:
    if response.status < 400 or not isinstance(response.body, dict):
        return None
    error = response.body.get("error")
    code = error.get("code") if isinstance(error, dict) else response.body.get("code")
    return str(code) if code else None
