"""A case: what is in Azure, the commands, and what each has to answer. IO: reads files.

    {
      "kind": "what goes wrong, for all inputs of its kind",
      "reports": ["https://github.com/... that describe it"],
      "azure": {"routeTables/rt": {"properties": {...}}, "hub:virtualNetworks/hub": {...}},
      "roles": [["userAssignedIdentities/id", "Network Contributor", "routeTables/rt"]],
      "settings": {"unreadable": ["{routeTables/rt}"]},
      "steps": [
        {"run": "az aks kubenet validate-subnet --vnet-subnet-id {virtualNetworks/vnet/subnets/aks}", "exit": 4,
         "findings": [{"code": "UN6", "status": "failed", "severity": "error", "message": "gateway"}],
         "requireCommands": {"RT1": "--identity"}, "forbidCommands": ["--route-table"], "subnetInside": "10.20.0.0/16"},
        {"printed": "RT1", "exit": 0, "after": {"virtualNetworks/vnet/subnets/aks": {"properties": {...}}}}
      ]
    }

A resource is named by its type and name, after its group where that is not `rg`; in braces that is its id. `azure` is
seeded in its order, parents before children, in westeurope where a body says nothing else. `printed` runs what the
finding of the step before printed. A `passed` or `skipped` finding has to be the only one of its code. Everything that
a step expects may be left out.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.simulator import Simulator

Json = dict[str, Any]

CASES: Final = Path(__file__).parent
NAMESPACES: Final = {
    "userAssignedIdentities": "Microsoft.ManagedIdentity",
    "managedClusters": "Microsoft.ContainerService",
}
"""Of the types that are not Microsoft.Network's."""

_REFERENCE: Final = re.compile(r"\{((?:[\w.-]+:)?[A-Za-z]+/[^{}\s]+)\}")


@dataclass(frozen=True, kw_only=True)
class ExpectedFinding:
    """What is None may be anything."""

    code: str
    status: str
    severity: str | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command line, or the code of the finding whose printed commands are run; and what has to come of it."""

    words: tuple[str, ...] = ()
    printed: str | None = None
    exit: int | None = None
    findings: tuple[ExpectedFinding, ...] = ()
    require_commands: Mapping[str, str] = field(default_factory=dict)
    forbid_commands: tuple[str, ...] = ()
    subnet_inside: str | None = None
    after: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Case:
    """`resources` are bodies by id, `roles` triples of an identity's id, a role and a scope."""

    name: str
    resources: Mapping[str, Json]
    roles: tuple[tuple[str, str, str], ...]
    steps: tuple[Step, ...]
    settings: Json = field(default_factory=dict)


def read_case(file: Path) -> Case:
    """The case of a file in the form that is told above."""
    document: Json = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_with_ids)
    return Case(
        name=file.stem,
        resources={full_id(name): body for name, body in document.get("azure", {}).items()},
        roles=tuple((full_id(identity), role, full_id(scope)) for identity, role, scope in document.get("roles", ())),
        settings=document.get("settings", {}),
        steps=tuple(_step(each) for each in document["steps"]),
    )


def _step(document: Json) -> Step:
    words = shlex.split(document.get("run", ""))
    expected = expectation(document)
    after = {full_id(name): body for name, body in document.get("after", {}).items()}
    return Step(words=tuple(words[1:]), printed=document.get("printed"), after=after, **expected)


def expectation(document: Json) -> Json:
    """The fields of a Step that say what has to come of it."""
    return {
        "exit": document.get("exit"),
        "findings": tuple(ExpectedFinding(**each) for each in document.get("findings", ())),
        "require_commands": document.get("requireCommands", {}),
        "forbid_commands": tuple(document.get("forbidCommands", ())),
        "subnet_inside": document.get("subnetInside"),
    }


def full_id(name: str) -> str:
    """`routeTables/rt` as the id of that table in group `rg`; `hub:routeTables/rt` in group `hub`."""
    group, _, path = name.rpartition(":")
    namespace = NAMESPACES.get(path.partition("/")[0], "Microsoft.Network")
    return f"/subscriptions/{Simulator.subscription_id}/resourceGroups/{group or 'rg'}/providers/{namespace}/{path}"


def _with_ids(pairs: list[tuple[str, Any]]) -> Json:
    return {_resolved(name): _resolved(value) for name, value in pairs}


def _resolved(value: Any) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: full_id(found[1]), value)
    return [_resolved(each) for each in value] if isinstance(value, list) else value
