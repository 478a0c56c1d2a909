"""The page of a migration: the steps as a checklist, the proof, and what is left."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.core.changes.migration_steps import StepState
from azext_kubenet.core.rules.migrating import MigrationVerdict
from azext_kubenet.render.page.document import write_page
from azext_kubenet.render.page.migration import migration_page

from .pages import Reader, answer_of_migration, page_of_migration


def page(**changes: Any) -> str:
    return write_page(migration_page("k1", {**answer_of_migration(), **changes}, mark="migrate"))


def step(**changes: Any) -> dict[str, Any]:
    planned = {"number": 4, "name": "overlay", "state": "planned", "irreversible": True, "reimages": True}
    return {**planned, "command": "az aks update --name k1", "reason": "Moves it.", **changes}


def test_the_steps_are_a_checklist_in_order() -> None:
    read = Reader(page_of_migration(network_policy="calico"))
    names = ("1. Identity", "2. Uninstall", "3. Detach", "4. Move to", "5. Verify", "6. Install", "7. Clean up")
    places = [read.text.index(each) for each in names]
    assert places == sorted(places)
    assert [each.get("class") for each in read.of("rect")].count("box") == 7
    assert [each for each in read.of("ol") if each["class"] == "steps"]


@pytest.mark.parametrize(
    ("state", "word", "is_marked", "is_tagged"),
    [
        (StepState.DONE, "done", True, False),
        (StepState.PLANNED, "to do", False, True),
        (StepState.RUNNING, "running", True, True),
        (StepState.SKIPPED, "not needed", True, False),
        (StepState.BY_YOU, "for you to decide", True, True),
    ],
)
def test_a_state_is_a_word_and_a_mark(state: StepState, word: str, is_marked: bool, is_tagged: bool) -> None:
    written = page(steps=[step(state=state.value)], findings=[])
    assert f">{word}</span>" in written
    assert ('class="mark"' in written) is is_marked
    assert ("cannot be undone" in written) is is_tagged
    assert ("reimages all nodes" in written) is is_tagged


def test_a_step_without_a_command_has_none() -> None:
    assert "<pre>" in page(steps=[step()], nextCommands=[], findings=[], iac=None)
    assert "<pre>" not in page(steps=[step(command=None)], nextCommands=[], findings=[], iac=None)


@pytest.mark.parametrize("verdict", MigrationVerdict)
def test_every_verdict_has_words_and_only_what_is_not_ready_says_not_yet(verdict: MigrationVerdict) -> None:
    written = page(verdict=verdict.value)
    assert 'class="verdict ' in written
    assert ("Not yet to be run" in written) is (verdict is MigrationVerdict.NOT_READY)


def test_how_many_steps_are_done_leaves_out_what_is_not_needed() -> None:
    steps = [step(state="done"), step(state="skipped"), step(), step(state="byYou")]
    assert "1 of 3 steps are done." in page(steps=steps)


def test_the_proof_says_what_was_expected_and_found() -> None:
    text = Reader(page_of_migration(proof=True)).text
    assert "Not proved to have moved." in text
    assert "What proves that the cluster has moved" in text
    assert "networkModel" in text
    nothing = {"checks": [], "associations": [{"subnetId": None, "routeTableId": None}]}
    assert "not known" in Reader(page(verification=nothing)).text
    unknown = {"checks": [{"name": "a", "expected": "b", "found": "c", "passed": None}], "associations": []}
    assert "not known" in Reader(page(verification=unknown)).text


def test_what_is_left_and_the_code_have_their_sections() -> None:
    left = [{"kind": "route", "resourceId": "/subscriptions/s/routes/one", "command": "az network delete --ids one"}]
    text = Reader(page(leftovers=left)).text
    assert "Left over" in text
    assert "az network delete --ids one" in text
    assert "Code (terraform)" in text
    assert "At least version" in text
    bicep = {"format": "bicep", "before": "b", "after": "a", "minimumVersion": None}
    assert "At least version" not in Reader(page(iac=bicep)).text
    assert "Code (" not in Reader(page(iac=None)).text
