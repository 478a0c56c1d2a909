"""Azure's evaluation of roles by brute force, from its documentation alone: every world that is possible is tried.

What a caller cannot know (who is in the group that a deny assignment names, what an attribute holds) is either way in
some world. An action is allowed where all worlds allow it, refused where none does, else unknown. Shares nothing with
the extension.

Sources: https://learn.microsoft.com/azure/role-based-access-control/overview (the steps of an evaluation),
https://learn.microsoft.com/azure/role-based-access-control/role-definitions (wildcards, notActions),
https://learn.microsoft.com/azure/role-based-access-control/deny-assignments,
https://learn.microsoft.com/azure/role-based-access-control/conditions-format.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
Condition = tuple[Any, ...]
"""("action", pattern) | ("attribute", name) | ("not", Condition) | ("and" | "or", Condition, ...)"""

EVERYONE = "00000000-0000-0000-0000-000000000000"
_OPERATOR_PATTERN = "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"
"""By it Managed Identity Operator allows `userAssignedIdentities/assign/action` too.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity"""


def evaluate(
    action: str,
    ancestors: list[str],
    principal: str,
    assignments: list[Json],
    roles: Mapping[str, Json],
    denials: list[Json],
) -> str:
    """ "allowed", "refused" or "unknown"; `ancestors` are the scope and all that is above it.

    `assignments` are those of the principal and of all groups that it is in, each with a Condition beside its text.
    """
    names = sorted(_open_questions(assignments, denials))
    found = set()
    for answers in itertools.product((True, False), repeat=len(names)):
        world = dict(zip(names, answers, strict=True))
        found.add(_allowed(action, ancestors, principal, assignments, roles, denials, world))
    return "unknown" if len(found) > 1 else "allowed" if True in found else "refused"


def _open_questions(assignments: list[Json], denials: list[Json]) -> set[str]:
    names: set[str] = set()
    for assignment in assignments:
        names |= _attributes(assignment["test"]) if assignment["test"] else set()
    for denial in denials:
        names |= {
            each["id"] for each in (*denial["principals"], *denial["excludePrincipals"]) if each["type"] == "Group"
        }
        names |= {denial["condition"]} if denial["condition"] else set()
    return names


def _attributes(condition: Condition) -> set[str]:
    kind, *rest = condition
    if kind == "attribute":
        return {str(rest[0])}
    return set() if kind == "action" else set().union(*(_attributes(each) for each in rest))


def _allowed(
    action: str,
    ancestors: list[str],
    principal: str,
    assignments: list[Json],
    roles: Mapping[str, Json],
    denials: list[Json],
    world: Mapping[str, bool],
) -> bool:
    above = {scope.lower() for scope in ancestors}
    for denial in denials:
        scope = denial["scope"].lower()
        in_scope = scope == ancestors[0].lower() if denial["doNotApplyToChildScopes"] else scope in above
        named = any(_is(each, principal, world) for each in denial["principals"])
        excluded = any(_is(each, principal, world) for each in denial["excludePrincipals"])
        in_force = in_scope and named and not excluded and world.get(denial["condition"], True)
        if in_force and _in_any_block(denial["permissions"], action):
            return False
    return any(
        assignment["scope"].lower() in above
        and _in_any_block(roles[assignment["role"]]["permissions"], action)
        and (not assignment["test"] or _test(assignment["test"], action, world))
        for assignment in assignments
    )


def _is(each: Json, principal: str, world: Mapping[str, bool]) -> bool:
    if each["type"] == "Group":
        return world[each["id"]]
    return bool(each["id"] == EVERYONE or each["id"].lower() == principal.lower())


def _in_any_block(blocks: list[Json], action: str) -> bool:
    return any(
        any(_match(pattern, action) for pattern in block["actions"])
        and not any(_match(pattern, action) for pattern in block["notActions"])
        for block in blocks
    )


def _match(pattern: str, action: str) -> bool:
    if pattern.lower() == _OPERATOR_PATTERN.lower() and action.lower() == _OPERATOR_PATTERN.replace("/*/", "/").lower():
        return True
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) is not None


def _test(condition: Condition, action: str, world: Mapping[str, bool]) -> bool:
    kind, *rest = condition
    if kind == "action":
        return _match(rest[0], action)
    if kind == "attribute":
        return world[rest[0]]
    values = [_test(each, action, world) for each in rest]
    return not values[0] if kind == "not" else all(values) if kind == "and" else any(values)
