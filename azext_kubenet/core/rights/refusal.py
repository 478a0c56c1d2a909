"""Who lacks which right, read from Azure's refusal, and the command that gives it. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..azure.az_words import Option, assign_role, principal_of, service_principal
from ..azure.resource_id import ResourceId
from .permissions import ASSIGN_IDENTITY_ACTION, NETWORK_CONTRIBUTOR_ROLE

_CLIENT: Final = r"The client '(?P<client>[^']*)' with object id '(?P<object_id>[^']*)' "
_SENTENCES: Final = (
    re.compile(
        _CLIENT + r"has permission to perform action '[^']*' on scope '[^']*'; however, it (?:does not|doesn't) have "
        r"permission to perform action '(?P<action>[^']*)' on the linked scope\(s\) '(?P<scopes>[^']*)'"
    ),
    re.compile(_CLIENT + r"does not have authorization to perform action '(?P<action>[^']*)' over scope '[^']*'"),
)
"""Resource Manager's two sentences. The scope of the second may be what is not there yet, where no role can be.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"""

_ROUTE_TABLE: Final = re.compile(r"permission to read and write to custom route table (?P<scope>/[^\s,]*[^\s,.])")
"""AKS's sentence about the cluster's own identity, which it does not name.
Source: https://github.com/Azure/AKS-Construction/issues/501"""

_ROLES: Final = (
    (ASSIGN_IDENTITY_ACTION, "Managed Identity Operator"),
    ("Microsoft.Network/", NETWORK_CONTRIBUTOR_ROLE),
)
"""The beginning of an action, and the built-in role that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRight:
    """What a refusal says that somebody may not do; without `object_id`, the identity of the cluster."""

    action: str
    scopes: tuple[str, ...] = ()
    client: str | None = None
    object_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """Who takes part in a creation: whoever is signed in, by the name that az shows, and who the cluster will be.

    A cluster with a system-assigned identity has neither `identity_id` nor `service_principal`, a client id;
    `principal_id` is None where the identity could not be read.
    """

    caller: str
    identity_id: ResourceId | None = None
    principal_id: str | None = None
    service_principal: str | None = None


def missing_right(message: str) -> MissingRight | None:
    """The right that a refusal names; None where it names none in full."""
    table = _ROUTE_TABLE.search(message)
    if table is not None:
        return MissingRight(action="Microsoft.Network/routeTables/write", scopes=(table["scope"],))
    found = next((match for sentence in _SENTENCES if (match := sentence.search(message)) is not None), None)
    if found is None:
        return None
    scopes = (scope.strip() for scope in found.groupdict().get("scopes", "").split(","))
    return MissingRight(
        action=found["action"],
        scopes=tuple(scope for scope in scopes if scope),
        client=found["client"],
        object_id=found["object_id"],
    )


def is_callers(right: MissingRight, actors: Actors) -> bool:
    """Whether it is whoever runs the command that lacks the right."""
    return _is(actors.caller, right.client, right.object_id)


def advice(right: MissingRight, actors: Actors) -> tuple[str, ...]:
    """Who may not do what, and the commands, quoted for a POSIX shell, that repair it.

    Azure can take an hour to see a role.
    Source: https://learn.microsoft.com/azure/aks/use-managed-identity
    """
    who, assignee = _holder(right, actors)
    where = f" on {', '.join(right.scopes)}" if right.scopes else ""
    commands = tuple(_commands(right, assignee))
    how = (
        "Somebody who may assign roles there can repair that; if they did so within the last hour, just run your "
        "command again, as Azure may not see it yet:"
        if commands
        else "Ask for a role that has it, then run your command again."
    )
    return (f"{who} may not perform {right.action}{where}.", how, *commands)


def _holder(right: MissingRight, actors: Actors) -> tuple[str, Mapping[str, Option]]:
    """Who lacks the right, in words, and as the assignee of a role."""
    named = {"assignee_object_id": right.object_id}
    identity, client_id = actors.identity_id, actors.service_principal
    if is_callers(right, actors):
        return f"You, signed in as '{actors.caller}',", named
    if identity is not None and (right.object_id is None or _is(actors.principal_id, right.object_id)):
        principal = right.object_id or actors.principal_id
        known = principal_of(identity) if principal is None else principal
        return f"The cluster's identity '{identity.name}'", service_principal(known)
    if client_id is not None and (right.object_id is None or _is(client_id, right.client)):
        return f"The cluster's service principal '{client_id}'", {"assignee": client_id}
    if right.object_id is None:
        return "The cluster's identity", {}
    return f"The principal with object id '{right.object_id}'", named


def _is(name: str | None, *names: str | None) -> bool:
    return name is not None and name.lower() in (each.lower() for each in names if each)


def _commands(right: MissingRight, assignee: Mapping[str, Option]) -> Iterator[str]:
    role = next((role for start, role in _ROLES if right.action.lower().startswith(start.lower())), None)
    if role is None or not assignee:
        return
    for scope in right.scopes:
        yield assign_role(assignee, role=role, scope=scope)
