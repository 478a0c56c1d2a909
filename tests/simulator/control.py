"""The control endpoint: every setting and fault of the simulator, over HTTP. No IO."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .errors import Json
from .messages import Request, Response

if TYPE_CHECKING:
    from .simulator import Simulator

PATH = "/_control"


def serve(simulator: Simulator, request: Request) -> Response:
    """POST /_control with {"verb": ..., ...}; the other fields are the verb's arguments."""
    arguments: Json = dict(request.json)
    verb = str(arguments.pop("verb", ""))
    found = VERBS.get(verb)
    if found is None:
        return _refused(f"unknown verb '{verb}'; verbs are {', '.join(sorted(VERBS))}")
    try:
        return Response(body={"result": found(simulator, arguments)})
    except (ValueError, KeyError, TypeError) as error:
        return _refused(f"{verb}: {error}")


def _refused(message: str) -> Response:
    return Response(400, {"error": {"code": "BadControlRequest", "message": message}})


def _requests(simulator: Simulator, _: Json) -> list[Json]:
    return [asdict(entry) for entry in simulator.requests]


def _caller_roles(simulator: Simulator, arguments: Json) -> None:
    roles = [(str(scope), str(role)) for scope, role in arguments["roles"]]
    simulator.set_caller_roles(roles)


def _principal(simulator: Simulator, arguments: Json) -> Json:
    roles = [(str(scope), str(role)) for scope, role in arguments.pop("roles", [])]
    return asdict(simulator.add_principal(roles=roles, **arguments))


def _settings(simulator: Simulator, arguments: Json) -> Json:
    simulator.settings.update(arguments)
    return asdict(simulator.settings)


def _fault(simulator: Simulator, arguments: Json) -> None:
    if "hook" in arguments:
        raise ValueError("a hook works in process only; use put or delete")
    simulator.add_fault(**arguments)


VERBS: dict[str, Callable[[Simulator, Json], Any]] = {
    "reset": lambda simulator, _: simulator.reset(),
    "put": lambda simulator, arguments: simulator.put(arguments["id"], arguments["body"]),
    "get": lambda simulator, arguments: simulator.get(arguments["id"]),
    "delete": lambda simulator, arguments: simulator.delete(arguments["id"]),
    "requests": _requests,
    "clear_log": lambda simulator, _: simulator.clear_log(),
    "settings": _settings,
    "fault": _fault,
    "clear_faults": lambda simulator, _: simulator.clear_faults(),
    "fail_operation": lambda simulator, arguments: simulator.fail_operation(**arguments),
    "graph_lag": lambda simulator, arguments: simulator.let_graph_lag(**arguments),
    "management_group": lambda simulator, arguments: simulator.add_management_group(**arguments),
    "occupy": lambda simulator, arguments: simulator.occupy(arguments.pop("id"), **arguments),
    "caller_roles": _caller_roles,
    "grant": lambda simulator, arguments: simulator.grant(**arguments),
    "principal": _principal,
    "group": lambda simulator, arguments: asdict(simulator.add_group(**arguments)),
    "subscription": lambda simulator, arguments: simulator.add_subscription(**arguments),
    "advance": lambda simulator, arguments: simulator.advance(float(arguments["seconds"])),
    "policy_states": lambda simulator, arguments: simulator.set_policy_states(arguments["states"]),
}
