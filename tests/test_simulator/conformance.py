"""Replays recorded traffic against the simulator and says where the two differ. IO: reads recordings, HTTPS."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from tests.simulator import Simulator
from tests.simulator.identifiers import parse

from .client import Answer, Client
from .presupposed import Presupposed
from .recorded import Pair, operation_of, read_pairs

HEADERS = ("azure-asyncoperation", "location", "etag", "x-ms-failure-cause", "content-type")
COMPARED_VALUES = ("code", "status", "provisioningState", "type", "name", "networkPlugin", "maxPods", "podCidr")
GRAPH_TABLES = ("resources", "resourcecontainers")
GRAPH_OPERATORS = ("project", "where", "limit", "take")
NOT_UNDERSTOOD = frozenset(("InvalidResourceType", "NoRegisteredProviderFound", "InvalidQuery"))
"""Answers of the simulator that say that it lacks a type, or a part of the query language."""
# Tags and rules somebody chose, and the keys of userAssignedIdentities, are data rather than shape.
OPEN_MAPS = re.compile(r"(tags|userAssignedIdentities|patchVersions|values\[\]|data\[\])$")


class Verdict(Enum):
    """What became of a pair; `NOT_COVERED` where the simulator lacks the type, `HARNESS` where this module failed."""

    AGREED = "agreed"
    DIFFERS = "differs"
    NOT_COVERED = "not covered"
    HARNESS = "harness"


@dataclass
class Outcome:
    pair: Pair
    differences: list[str] = field(default_factory=list)
    covered: bool = True
    failure: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.failure:
            return Verdict.HARNESS
        if not self.covered:
            return Verdict.NOT_COVERED
        return Verdict.DIFFERS if self.differences else Verdict.AGREED


def replay(simulator: Simulator, file: Path) -> Iterator[Outcome]:
    """Sends a file's requests in order, seeding beforehand what each presupposes."""
    pairs = read_pairs(file)
    client = Client(simulator)
    state = Presupposed(simulator, client, pairs)
    not_covered: set[str] = set()
    for pair in pairs:
        try:
            outcome = _replay_one(client, state, pair, not_covered)
        except Exception as error:  # noqa: BLE001 - a file that nobody has seen yet may hold anything
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome = Outcome(pair, failure=f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")
            client.close()
        yield outcome
    client.close()


def _replay_one(client: Client, state: Presupposed, pair: Pair, not_covered: set[str]) -> Outcome:
    if pair.polled in not_covered or not _is_covered(state.simulator, pair):
        not_covered |= {pair.started} if pair.started else set()
        return Outcome(pair, covered=False)
    state.prepare(pair)
    headers = {"If-Match": "invalid"} if pair.status == 412 else {}
    answer = client.send(pair.method, _path(pair, state.operations), pair.request, headers)
    if NOT_UNDERSTOOD.intersection(answer.codes) - set(pair.codes):
        not_covered |= {pair.started} if pair.started else set()
        return Outcome(pair, covered=False)
    ours = operation_of(answer.headers)
    if pair.started and ours:
        state.operations[pair.started] = ours
    return Outcome(pair, _compare_answers(pair, answer))


def _is_covered(simulator: Simulator, pair: Pair) -> bool:
    """Whether the simulator has the types of what a request extends, polls or queries; its own the answer tells."""
    target = pair.target
    if pair.polled is not None:
        return target.namespace.lower() in ("", "microsoft.network", "microsoft.containerservice")
    if target.namespace.lower() == "microsoft.resourcegraph":
        query = str(pair.sent.get("query", ""))
        table = re.match(r"\s*(\w+)\s*\|", query)
        in_table = table is None or table.group(1).lower() in (*GRAPH_TABLES, *GRAPH_OPERATORS)
        return in_table and all(map(simulator.knows, re.findall(r"microsoft\.\w+/[\w/]+", query, re.IGNORECASE)))
    scope = parse(target.scope)
    return not scope.namespace or simulator.knows(scope.type)


def _path(pair: Pair, operations: dict[str, str]) -> str:
    recorded = pair.polled
    if recorded is None:
        return pair.path
    before, _, after = pair.path.rpartition(recorded)
    return before + operations.get(recorded, recorded) + after


def _compare_answers(pair: Pair, answer: Answer) -> list[str]:
    found = []
    if pair.status != answer.status:
        found.append(f"status: {pair.status} recorded, {answer.status} here ({answer.code})")
    for name in HEADERS:
        theirs, ours = pair.headers.get(name), answer.headers.get(name)
        if (theirs is None) != (ours is None):
            found.append(f"header {name}: {'recorded only' if theirs else 'here only'}")
        elif name == "content-type" and theirs and ours and theirs.split(";")[0] != ours.split(";")[0]:
            found.append(f"header {name}: {theirs} recorded, {ours} here")
    if pair.status == answer.status:
        found += compare(pair.response, answer.body, "")
    return list(dict.fromkeys(found))


def _kind(value: Any) -> str:
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def compare(recorded: Any, ours: Any, path: str) -> list[str]:
    """Differences in presence and type of every field, and in the values that clients branch on."""
    if recorded in (None, "") and ours in (None, ""):
        return []
    if _kind(recorded) != _kind(ours):
        return [f"{path}: {_kind(recorded)} recorded, {_kind(ours)} here"]
    if isinstance(recorded, dict):
        return _compare_objects(recorded, ours, path)
    if isinstance(recorded, list):
        return _compare_lists(recorded, ours, path)
    last = path.rsplit(".", 1)[-1]
    if last in COMPARED_VALUES and str(recorded).lower() != str(ours).lower() and not _is_guid(recorded):
        return [f"{path}: {recorded!r} recorded, {ours!r} here"]
    return []


def _compare_objects(recorded: dict[str, Any], ours: dict[str, Any], path: str) -> list[str]:
    if OPEN_MAPS.search(path):
        return []
    found = []
    for name, value in recorded.items():
        # Who prepared the recordings left out entries of long lists and noted how many.
        if name == "_elided_items":
            continue
        if name not in ours:
            found.append(f"{path}.{name}: recorded only")
        else:
            found += compare(value, ours[name], f"{path}.{name}")
    return found + [f"{path}.{name}: here only" for name in ours if name not in recorded]


def _compare_lists(recorded: list[Any], ours: list[Any], path: str) -> list[str]:
    """Elements by name; those of lists that a whole subscription fills are only compared where both have them."""
    if not recorded or not ours:
        return [] if bool(recorded) == bool(ours) else [f"{path}: {len(recorded)} recorded, {len(ours)} here"]
    if not isinstance(recorded[0], dict):
        return compare(recorded[0], ours[0], f"{path}[]")
    by_name = {_label(entry): entry for entry in recorded}
    common = [(by_name[_label(entry)], entry) for entry in ours if _label(entry) in by_name]
    found = []
    for theirs, mine in common or [(recorded[0], ours[0])]:
        found += compare(theirs, mine, f"{path}[]")
    return found


def _label(entry: dict[str, Any]) -> str:
    """What tells one element of a list from another; recordings zero the GUIDs that roles are named by."""
    properties = entry.get("properties")
    role = properties.get("roleName") if isinstance(properties, dict) else None
    return str(role or entry.get("name")).lower()


def _is_guid(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}", value) is not None
