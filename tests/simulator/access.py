"""Who may do what: effective permissions from role assignments, custom roles and deny assignments. No IO."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Iterator, Set

from .azure import Azure
from .errors import (
    ArmError,
    Json,
    authorization_failed,
    gateway_error,
    linked_authorization_sentence,
)
from .identifiers import Target, within
from .messages import Request
from .roles import definitions
from .store import Record

ROLE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
DENY_ASSIGNMENT = "Microsoft.Authorization/denyAssignments"
EVERYONE = "00000000-0000-0000-0000-000000000000"

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


@functools.lru_cache(maxsize=1024)
def _pattern(action: str) -> re.Pattern[str]:
    text = re.escape(action).replace(r"\*", ".*")
    if action.lower() == "microsoft.managedidentity/userassignedidentities/*/assign/action":
        text = text.replace("/.*/", "/(?:.*/)?")  # what Managed Identity Operator holds gives `.../assign/action` too
    return re.compile(text, re.IGNORECASE)


def _matches(actions: list[str], action: str) -> bool:
    return any(_pattern(entry).fullmatch(action) for entry in actions)


def _grants(permissions: list[Json], action: str) -> bool:
    return any(
        _matches(entry.get("actions") or [], action) and not _matches(entry.get("notActions") or [], action)
        for entry in permissions
    )


def is_effective(azure: Azure, assignment: Record) -> bool:
    """Whether a role assignment has propagated: old enough, and seen by enough AKS requests."""
    if assignment.private.get("seeded"):
        return True
    if assignment.private.get("refusals_left", 0) > 0:
        return False
    return time.time() - assignment.created >= azure.settings.role_propagation_seconds


def permissions_at(azure: Azure, object_id: str, scope: str, action: str | None = None) -> Iterator[Json]:
    """The permissions a principal's effective assignments give it at a scope, through groups and inherited too.

    With `action` only those whose condition holds for it.
    """
    roles, holders = definitions(azure), azure.directory.with_groups(object_id)
    for assignment in azure.store.of_type(ROLE_ASSIGNMENT):
        properties = assignment.properties
        if properties["principalId"].lower() not in holders or not covers(properties["scope"], scope):
            continue
        if action is not None and not _condition_holds(azure, properties.get("condition"), action):
            continue
        role = roles.get(properties["roleDefinitionId"].rsplit("/", 1)[-1].lower())
        if role is not None and is_effective(azure, assignment):
            yield from role["permissions"]


def covers(assigned: str, scope: str) -> bool:
    """Whether what is assigned at one scope holds at another; every subscription is below every management group."""
    return within(assigned, scope) or assigned.lower().startswith("/providers/microsoft.management/managementgroups/")


_ATOM = re.compile(r"(ActionMatches)\s*\{\s*'([^']*)'\s*\}|[^\s()!&|]+(?:\s+[^\s()!&|]+)*", re.IGNORECASE)
_STEPS = (
    (re.compile(r"\(([TF])\)"), r"\1"),
    (re.compile("!T"), "F"),
    (re.compile("!F"), "T"),
    (re.compile("T&T"), "T"),
    (re.compile("[TF]&[TF]"), "F"),
)


def _condition_holds(azure: Azure, condition: str | None, action: str) -> bool:
    """A condition worked off from its innermost parts; what is said of attributes holds as the setting says."""
    if not condition:
        return True
    attributes = "T" if azure.settings.attribute_conditions_hold else "F"
    text = re.sub(r"\s+AND\s+", "&", re.sub(r"\s+OR\s+", "|", condition, flags=re.IGNORECASE), flags=re.IGNORECASE)
    text = text.replace("&&", "&").replace("||", "|")

    def value(atom: re.Match[str]) -> str:
        return ("T" if _matches([atom[2]], action) else "F") if atom[1] else attributes

    text = re.sub(r"\s", "", _ATOM.sub(value, text))
    before = ""
    while text != before:
        before = text
        for pattern, result in _STEPS:
            text = pattern.sub(result, text)
        if text == before:
            text = re.sub(r"(?<!&)([TF])\|([TF])(?!&)", lambda pair: "T" if "T" in pair[0] else "F", text, count=1)
    return text == "T"


def is_denied(azure: Azure, object_id: str, action: str, scope: str) -> bool:
    for record in azure.store.of_type(DENY_ASSIGNMENT):
        properties = record.properties
        denied_scope = properties.get("scope", record.target.scope)
        if not covers(denied_scope, scope) or not _condition_holds(azure, properties.get("condition"), action):
            continue
        if properties.get("doNotApplyToChildScopes") and not within(scope, denied_scope):
            continue
        who = azure.directory.with_groups(object_id)
        if _names(properties.get("excludePrincipals"), who) or not _names(
            properties.get("principals"), {*who, EVERYONE}
        ):
            continue
        if _grants(properties.get("permissions") or [], action):
            return True
    return False


def _names(principals: list[Json] | None, object_ids: Set[str]) -> bool:
    return any(entry.get("id", "").lower() in object_ids for entry in principals or [])


def is_allowed(azure: Azure, object_id: str, action: str, scope: str) -> bool:
    if is_denied(azure, object_id, action, scope):
        return False
    return _grants(list(permissions_at(azure, object_id, scope, action)), action)


def has_any_role(azure: Azure, object_id: str, subscription: str) -> bool:
    """Whether a principal holds any role at, above or below a subscription."""
    root, holders = f"/subscriptions/{subscription}", azure.directory.with_groups(object_id)
    return any(
        record.properties["principalId"].lower() in holders
        and (within(record.properties["scope"], root) or within(root, record.properties["scope"]))
        for record in azure.store.of_type(ROLE_ASSIGNMENT)
    )


def is_unreadable(azure: Azure, path: str) -> bool:
    return any(within(entry, path) for entry in azure.settings.unreadable)


def action_of(request: Request, canonical_type: str) -> str:
    """The action Azure checks for a request: `Microsoft.Network/virtualNetworks/subnets/write`."""
    target = request.target
    if request.method == "POST" and target.is_collection:
        return f"{canonical_type}/action"
    if not target.namespace:
        below = "/resourceGroups" if "/resourcegroups" in target.key else ""
        canonical_type = f"Microsoft.Resources/subscriptions{below}"
    return f"{canonical_type}/{_VERBS.get(request.method, 'action')}"


def authorize(azure: Azure, request: Request, canonical_type: str) -> None:
    """Refuses a request whose caller lacks the right; a list over a subscription is filtered instead."""
    if request.seeding or request.caller is None:
        return
    target, caller = request.target, request.caller
    if request.method == "GET" and not target.scope:
        return  # What belongs to the tenant, such as built-in roles, is open to all of it.
    action = action_of(request, canonical_type)
    scope = checked_scope(target)
    hidden = request.method in ("GET", "HEAD") and is_unreadable(azure, target.path)
    if not hidden and is_allowed(azure, caller.object_id, action, scope):
        return
    open_to_all = is_filtered_list(request) or _is_about_subscription(request)
    if not hidden and open_to_all and has_any_role(azure, caller.object_id, target.subscription):
        return
    raise authorization_failed(caller.name, caller.object_id, action, scope)


def is_filtered_list(request: Request) -> bool:
    """Lists over a whole subscription show what the caller may read rather than refuse."""
    target = request.target
    if request.method != "GET" or target.group or target.namespace.lower() == "microsoft.authorization":
        return False
    return target.is_collection or target.key.endswith(("/resourcegroups", "/resources"))


def _is_about_subscription(request: Request) -> bool:
    """Anybody with a role anywhere in a subscription may read it, its regions and its providers."""
    target = request.target
    if request.method != "GET" or target.group:
        return False
    return not target.types and not target.key.endswith(("/resourcegroups", "/resources"))


def readable(azure: Azure, request: Request, records: list[Record], action: str) -> list[Record]:
    """The records of a list that the caller may read; `action` is checked for each."""
    if request.seeding or request.caller is None:
        return records
    who = request.caller.object_id
    return [
        record
        for record in records
        if not is_unreadable(azure, record.id) and is_allowed(azure, who, action, record.id)
    ]


def require_link(azure: Azure, request: Request, action: str, link: str, linked: str) -> None:
    """Refuses a write whose body refers to a resource the caller may not join."""
    caller = request.caller
    if request.seeding or caller is None or is_allowed(azure, caller.object_id, link, linked):
        return
    sentence = linked_authorization_sentence(caller.name, caller.object_id, action, request.target.path, link, linked)
    raise gateway_error(403, "LinkedAuthorizationFailed", sentence)


def unauthenticated() -> ArmError:
    message = "Authentication failed. The 'Authorization' header is missing."
    error = gateway_error(401, "AuthenticationFailed", message)
    error.headers["WWW-Authenticate"] = 'Bearer authorization_uri="https://login.invalid/"'
    return error


def list_permissions(azure: Azure, request: Request) -> list[Json]:
    """What `GET {scope}/providers/Microsoft.Authorization/permissions` says about the caller."""
    who = request.object_id or azure.directory.caller.object_id
    scope = request.target.scope or "/"
    return [dict(entry) for entry in permissions_at(azure, who, scope)]


def scope_of(target: Target) -> str:
    return target.scope or "/"


def checked_scope(target: Target) -> str:
    """Where a right must hold: at the resource, or, for a list or an action, at what it belongs to."""
    if not target.is_collection:
        return target.path
    return target.parent.path if target.is_child else scope_of(target)
