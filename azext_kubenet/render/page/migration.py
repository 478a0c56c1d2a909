"""The page of `migrate`: whether the cluster is ready, the steps as a checklist, and what proves the move. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.changes.migration_steps import StepName, StepState
from ...core.rules.migrating import MigrationVerdict
from ..migrate import reimages_in_words
from ..tables import counted
from .document import Page, Section, commands, findings_section, retirement
from .markup import NOTHING, Markup, element, joined, table, text

Json = Mapping[str, Any]

_VERDICTS: Final = {
    MigrationVerdict.READY.value: ("Ready to move.", "good"),
    MigrationVerdict.READY_WITH_WARNINGS.value: ("Ready to move, with warnings.", "warning"),
    MigrationVerdict.NOT_READY.value: ("Not ready to move.", "error"),
    MigrationVerdict.IN_PROGRESS.value: ("An operation is under way.", "warning"),
    MigrationVerdict.MIGRATED.value: ("Migrated.", "good"),
    MigrationVerdict.NOT_VERIFIED.value: ("Not proved to have moved.", "error"),
}
_STEPS: Final = {
    StepName.IDENTITY.value: "Identity",
    StepName.UNINSTALL_POLICY.value: "Uninstall the network policy engine",
    StepName.DETACH.value: "Detach other subnets from the route table",
    StepName.OVERLAY.value: "Move to Azure CNI Overlay",
    StepName.VERIFY.value: "Verify",
    StepName.INSTALL_POLICY.value: "Install the network policy engine",
    StepName.CLEAN_UP.value: "Clean up",
}
_STATES: Final = {
    StepState.DONE.value: ("done", "good", "M4,8 l3,3 l5,-6"),
    StepState.PLANNED.value: ("to do", "info", ""),
    StepState.RUNNING.value: ("running", "warning", "M4,8 h.5 M8,8 h.5 M12,8 h.5"),
    StepState.SKIPPED.value: ("not needed", "quiet", "M4,8 h8"),
    StepState.BY_YOU.value: ("for you to decide", "error", "M8,4 v5 M8,11.5 v.5"),
}
"""What each state is called, its tone, and what is drawn into its box."""


def migration_page(name: str, result: Json, *, mark: str) -> Page:
    """The page of a migration of the cluster `name`; `result` is its answer as JSON has it."""
    verdict, tone = _VERDICTS[result["verdict"]]
    return Page(
        mark=mark,
        title=f"Cluster {name}: the move to Azure CNI Overlay",
        verdict=verdict,
        tone=tone,
        lead=(
            *retirement(result),
            f"{counted(result['findings'])}.",
            _done(result["steps"]),
            reimages_in_words(result),
        ),
        sections=tuple(_sections(result)),
    )


def _done(steps: list[Json]) -> str:
    needed = [each for each in steps if each["state"] != StepState.SKIPPED.value]
    done = sum(each["state"] == StepState.DONE.value for each in needed)
    return f"{done} of {len(needed)} steps are done."


def _sections(result: Json) -> Iterator[Section]:
    not_yet = result["verdict"] == MigrationVerdict.NOT_READY.value
    yield Section(heading="Steps", body=_steps(result, not_yet=not_yet))
    if result["verification"] is not None:
        yield Section(heading="Proof", body=joined(_proof(result["verification"])))
    yield findings_section(result["findings"])
    if result["leftovers"]:
        rows = [(each["kind"], each["resourceId"]) for each in result["leftovers"]]
        lines = commands(each["command"] for each in result["leftovers"])
        left = table(("Kind", "ID"), rows, caption="What kubenet has left")
        yield Section(heading="Left over", body=joined([left, *lines]))
    if result["iac"] is not None:
        yield Section(heading=f"Code ({result['iac']['format']})", body=joined(_code(result["iac"])))
    if result["nextCommands"]:
        yield Section(heading="Next", body=joined(commands(result["nextCommands"])))


def _steps(result: Json, *, not_yet: bool) -> Markup:
    said = "Not yet to be run: first repair what the findings below name."
    warning = element("p", text(said), class_="error verdict") if not_yet else NOTHING
    estimate = result["estimate"]
    basis = element("p", text(estimate["basis"]), class_="quiet") if estimate["reimages"] else NOTHING
    return joined([warning, element("ol", *map(_step, result["steps"]), class_="steps"), basis])


def _step(step: Json) -> Markup:
    word, tone, drawn = _STATES[step["state"]]
    heading = element("h3", text(f"{step['number']}. {_STEPS[step['name']]}"))
    state = element("span", text(word), class_=f"verdict {tone}")
    is_left = step["state"] not in (StepState.DONE.value, StepState.SKIPPED.value)
    traits = [("irreversible", "cannot be undone"), ("reimages", "reimages all nodes")]
    tags = (element("span", text(words), class_="tag") for key, words in traits if step[key] and is_left)
    reason = element("p", text(step["reason"]))
    command = commands(() if step["command"] is None else (step["command"],))
    body = element("div", heading, element("p", state, *tags, class_="state"), reason, *command)
    return element("li", _box(tone, drawn), body)


def _box(tone: str, drawn: str) -> Markup:
    """The box of a checklist; its state is said beside it."""
    square = element("rect", x="1", y="1", width="14", height="14", rx="2", class_="box")
    mark = element("path", d=drawn, class_="mark") if drawn else NOTHING
    return element("svg", square, mark, viewBox="0 0 16 16", class_=tone, aria_hidden="true")


def _proof(verification: Json) -> Iterator[Markup]:
    words = {True: "yes", False: "no", None: "not known"}
    rows = [(each["name"], each["expected"], each["found"], words[each["passed"]]) for each in verification["checks"]]
    yield table(("What", "Expected", "Found", "Proved"), rows, caption="What proves that the cluster has moved")
    if verification["associations"]:
        associations = [
            (each["subnetId"] or "not known", each["routeTableId"] or "none") for each in verification["associations"]
        ]
        yield table(("Subnet", "Route table"), associations, caption="The route tables on the cluster's subnets")


def _code(code: Json) -> Iterator[Markup]:
    if code["minimumVersion"]:
        yield element("p", text(f"At least version {code['minimumVersion']}."))
    for heading, key in (("Before", "before"), ("After", "after")):
        yield element("h3", text(heading))
        yield from commands((code[key],))
