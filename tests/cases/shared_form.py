"""Cases that lie beside the project, with whole ids and bodies and any subscription. IO: reads files."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from tests.conftest import ROOT
from tests.simulator import Simulator

from .case import Case, Json, Step, expectation

SHARED: Final = Path(os.environ.get("KUBENET_CASES", ROOT.parent / "shared" / "cases"))

_SUBSCRIPTION: Final = re.compile(r"(?<=/subscriptions/)[0-9a-fA-F-]{36}")
_ASSIGNMENT: Final = "/providers/Microsoft.Authorization/roleAssignments/"
_IDENTITY: Final = "/userassignedidentities/"


def read_shared(file: Path) -> Case:
    """The case of a file in that form, moved to the local Azure's subscription.

    A principal there is named by its identity: a GUID of `principal:` and the id.
    """
    text = file.read_text(encoding="utf-8")
    there: list[Json] = json.loads(text)["topology"]
    identities = {_principal(each["id"]): _here(each["id"]) for each in there if _IDENTITY in each["id"].lower()}
    document: Json = json.loads(_here(text))
    topology: list[Json] = document["topology"]
    commands, expected = document["commands"], document["expect"]
    return Case(
        name=file.stem,
        resources={each["id"]: _body(each) for each in topology if _ASSIGNMENT not in each["id"]},
        roles=tuple(_role(each, identities) for each in topology if _ASSIGNMENT in each["id"]),
        steps=tuple(_step(*pair) for pair in zip(commands, expected, strict=True)),
        settings={"seeded_clusters_run": False},  # a topology is all that there is
    )


def _here(text: str) -> str:
    return _SUBSCRIPTION.sub(Simulator.subscription_id, text)


def _principal(identity: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"principal:{identity.lower()}"))


def _body(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name != "id"}


def _role(assignment: Json, identities: dict[str, str]) -> tuple[str, str, str]:
    properties = assignment["properties"]
    role = str(properties["roleDefinitionId"]).rpartition("/")[2]
    return identities[properties["principalId"]], role, assignment["id"].partition(_ASSIGNMENT)[0]


def _step(command: list[str] | Json, expected: Json) -> Step:
    if isinstance(command, dict):
        return Step(printed=command["printed"], **expectation(expected))
    return Step(words=tuple(command), **expectation(expected))
