"""Every case, through the real az: the project's own, and those that lie beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

from .case import CASES, Case, ExpectedFinding, Step, read_case
from .run import run_case
from .shared_form import SHARED, read_shared

OWN = sorted(CASES.glob("*.json"))
BESIDE = sorted(SHARED.glob("*.json"))
NOT_YET: set[str] = set()
"""Cases beside the project that are still answered wrongly."""


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.stem)
def test_a_case_is_answered_rightly(file: Path, az: AzSession, sim: Simulator) -> None:
    assert run_case(read_case(file), sim, az) == []


@pytest.mark.parametrize(
    "file",
    [pytest.param(file, marks=[pytest.mark.xfail] * (file.stem in NOT_YET), id=file.stem) for file in BESIDE],
)
def test_a_case_beside_the_project_is_answered_rightly(file: Path, az: AzSession, sim: Simulator) -> None:
    assert run_case(read_shared(file), sim, az) == []


def test_what_is_not_as_expected_is_named(az: AzSession, sim: Simulator) -> None:
    plan = Step(
        words=("aks", "kubenet", "plan"),
        exit=4,
        findings=(
            ExpectedFinding(code="IP9", status="failed"),
            ExpectedFinding(code="IP9", status="passed", message="no such words"),
            ExpectedFinding(code="IP9", status="passed", severity="error"),
        ),
        require_commands={"IP9": "az"},
        subnet_inside="10.0.0.0/8",
        after={"/subscriptions/s/resourceGroups/none": {"location": "westeurope"}},
    )
    complaints = run_case(Case(name="", resources={}, roles=(), steps=(plan, Step(printed="IP9", exit=0))), sim, az)
    assert [each.partition(" ")[2].split(" ")[1] for each in complaints] == [
        *("ended", "expected", "expected", "IP9", "the"),
        *("/subscriptions/s/resourceGroups/none", "ended"),
    ]
