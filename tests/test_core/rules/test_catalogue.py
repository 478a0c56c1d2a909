"""The catalogue of rules holds together: codes, texts, sources, facts and tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Final, Union, get_args, get_origin, get_type_hints

import pytest

from azext_kubenet.core.azure import (
    access,
    links,
    managed_clusters,
    networks,
    restrictions,
    route_tables,
    security_rules,
    unreadable,
)
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules import CODE_PREFIXES, all_rules, plan_rules
from azext_kubenet.core.rules.facts import FACTS
from azext_kubenet.core.rules.rule import Outcome, Rule, Severity, Stage

RULES: Final = all_rules()
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def codes(**numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}{number}" for prefix, of_prefix in numbers.items() for number in of_prefix)


# IP4 and IP5 say how IP2 counts (surge summed over pools, the maximum of a pool); with no severity they are no rules.
PLAN: Final = codes(
    IP=(1, 2, 3, 7, 8, 9, 10),
    POD=(1, 3, 4),
    SVC=(1, 3),
    RES=(1, 2, 3),
    OVL=(1, 2, 3, 4, 5, 6, 8),
    LIM=(1, 3),
    SN=(10,),
    UN=(1,),
    RET=(1,),
)
VALIDATE: Final = codes(
    IP=(6,),
    OVL=(7,),
    SN=(1, 2, 3, 4, 5, 6, 7, 8, 9),
    RT=(1, 2, 3, 4, 5, 6, 7),
    NSG=(1, 2),
    LCK=(1,),
    POL=(1,),
    EG=(1, 2, 3, 4, 5, 6, 10, 11),
    ID=(1, 2, 3, 4, 5, 6, 7, 8, 10, 11),
    DNS=(1, 2),
    API=(1,),
    UN=(3, 6),
)
CREATE: Final = codes(POD=(2,), SVC=(2,), EG=(7, 8, 9), ID=(9, 12), UN=(2, 4, 5, 7))
RUNNING: Final = codes(RT=(8, 9, 10), CL=(1, 2))
MIGRATION: Final = codes(MG=(*range(1, 21), *range(27, 30)))
FLEET: Final = codes(RET=(2,))

VERBS: Final = frozenset(
    (
        *("Add", "Allow", "Ask", "Assign", "Associate", "Attach", "Change", "Check", "Choose"),
        *("Compare", "Configure", "Create", "Delete", "Disable", "Enlarge", "Give", "Have", "Keep"),
        *("Look", "Make", "Merge", "Move", "Omit", "Open", "Pass", "Plan", "Point"),
        *("Put", "Raise", "Reach", "Recreate", "Remove", "Repair", "Run", "Set", "Show"),
        *("Spread", "Start", "Take", "Turn", "Uninstall", "Upgrade", "Use", "Wait"),
    )
)

MODELS: Final = {
    name: value
    for module in (access, links, managed_clusters, networks, restrictions, route_tables, security_rules, unreadable)
    for name, value in vars(module).items()
}
"""What annotations name, and modules import for type checkers alone."""

TYPES: Final[Mapping[str, object]] = {
    **get_type_hints(Snapshot, localns=MODELS),
    "cluster": ClusterRequest,
    "today": date,
}


@pytest.mark.parametrize(
    ("stage", "codes"),
    [
        (Stage.PLAN, PLAN),
        (Stage.VALIDATE, VALIDATE),
        (Stage.CREATE, CREATE),
        (Stage.RUNNING, RUNNING),
        (Stage.MIGRATION, MIGRATION),
        (Stage.FLEET, FLEET),
    ],
)
def test_each_stage_decides_the_rules_of_the_contract(stage: Stage, codes: tuple[str, ...]) -> None:
    assert sorted(rule.code for rule in RULES if rule.stage is stage) == sorted(codes)


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_rules_go_by_topic_and_number_and_the_retirement_is_last() -> None:
    assert [rule.code for rule in RULES[:3]] == ["IP1", "IP2", "IP3"]
    assert [rule.code for rule in RULES[-2:]] == ["RET1", "RET2"]
    places = [match.groups() for rule in RULES if (match := re.fullmatch(r"([A-Z]+)(\d+)", rule.code))]
    assert len(places) == len(RULES)
    assert places == sorted(places, key=lambda place: (CODE_PREFIXES.index(place[0]), int(place[1])))


def test_the_families_of_plan_hold_every_rule_of_its_stage() -> None:
    assert {rule.code for rule in RULES if rule.stage is Stage.PLAN} <= {rule.code for rule in plan_rules()}


def test_only_notes_are_outside_the_counts() -> None:
    notes = ["MG4", "MG8", "MG9", "MG13", "MG15", "MG18", "MG19", "MG28", "RET1"]
    assert [rule.code for rule in RULES if rule.uncounted] == notes


@each_rule
def test_a_title_states_a_condition_without_a_full_stop(rule: Rule) -> None:
    assert rule.title == rule.title.strip()
    assert not rule.title.endswith((".", "!", "?"))
    assert re.match(r"[a-z]|[A-Z]+\b|[A-Z]\w+ ", rule.title)


@each_rule
def test_a_remediation_is_a_sentence_that_starts_with_a_verb(rule: Rule) -> None:
    for advice in filter(None, (rule.remediation, rule.when_running)):
        first = advice.split()[0]
        assert first in VERBS, f"'{first}' is not among VERBS; add it if it is a verb."
        assert advice.endswith(".")


@pytest.mark.parametrize("topic", ["OVL", "RES", "SVC", "POD", "EG"])
def test_advice_for_a_cluster_that_runs_asks_for_no_range_that_cannot_be_changed(topic: str) -> None:
    for rule in RULES:
        if rule.code.rstrip("0123456789") == topic and re.search(r"Choose|Use|Set", rule.remediation):
            other = rule.code in ("POD1", "EG9")  # names the pool to lower; is for clusters to be alone
            assert other or rule.when_running, f"{rule.code} advises what a running cluster cannot do."
            assert not re.search(r"(Choose|Use) (a|an|ranges|another) .*CIDR", rule.when_running)


@each_rule
def test_a_rule_has_a_reason_and_sources_that_can_be_opened(rule: Rule) -> None:
    assert rule.rationale.endswith(".")
    assert rule.sources
    assert all(re.fullmatch(r"https://\S+", source) for source in rule.sources)
    assert len(set(rule.sources)) == len(rule.sources)


def types_in(hint: object) -> tuple[object, ...]:
    """The members of a union, or the one type that a hint is."""
    return get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)


@each_rule
def test_what_a_rule_judges_itself_is_what_its_types_say(rule: Rule) -> None:
    hints = get_type_hints(rule.check, localns=MODELS)
    for fact in rule.facts:
        accepted = types_in(hints[fact.name])
        assert (fact.may_be_absent, fact.may_be_unreadable) == (type(None) in accepted, Unreadable in accepted)


@each_rule
def test_a_rule_takes_facts_by_their_names_and_types(rule: Rule) -> None:
    hints = get_type_hints(rule.check, localns=MODELS)
    assert hints.pop("return") == Iterator[Outcome]
    for name, hint in hints.items():
        wanted, offered = set(types_in(hint)), set(types_in(TYPES[name]))
        assert wanted <= offered, f"{name}: {hint}"
        assert offered - wanted <= {type(None), Unreadable}, f"{name}: {hint}"


def test_the_facts_are_those_that_have_types() -> None:
    assert set(FACTS) == set(TYPES)


@each_rule
def test_a_test_names_the_rule(rule: Rule) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_rules_*.py"))
    assert re.search(rf"def test_{rule.code.lower()}_\w+\(", tests)


PAGE: Final = Path(__file__).resolve().parents[4] / "shared" / "domain" / "rules.md"
NAMES: Final = {"plan": Stage.PLAN, "validate-subnet": Stage.VALIDATE, "create": Stage.CREATE}
LETTERS: Final = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}
WITH_A_CLUSTER: Final = {"SN6", "RT2", "RT5"}
"""What validate-subnet decides too where --cluster-name tells the cluster's other subnets; the page leaves it out."""
OUTRANKED: Final = {"MG4", "MG9"}
"""Notes in the contract of running clusters, which outranks the page."""
RANK: Final = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def _codes_in(text: str) -> set[str]:
    """`IP1-IP5, IP7` as the codes that it stands for."""
    found: set[str] = set()
    for prefix, first, last in re.findall(r"\b([A-Z]{2,4})(\d+)(?:-\1?(\d+))?", text):
        found |= {f"{prefix}{number}" for number in range(int(first), int(last or first) + 1)}
    return found


@pytest.mark.skipif(not PAGE.is_file(), reason=f"no page of the domain at {PAGE}")
def test_each_rule_is_decided_where_the_page_of_the_domain_says() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Where each rule is decided")[2].partition("\n## ")[0]
    decided: dict[str, Stage] = {}
    for line in section.splitlines():
        plain = re.sub(r"\([^)]*\)|\*\*", "", line)
        for name, codes in re.findall(r"(plan|validate-subnet|create) *:([^.;]*)", plain):
            for code in _codes_in(codes):
                decided[code] = min(NAMES[name], decided.get(code, Stage.CREATE))
    judged = {rule.code: rule.stage for rule in RULES if rule.code not in WITH_A_CLUSTER}
    assert {code: stage for code, stage in judged.items() if decided.get(code, stage) is not stage} == {}
    assert len(decided.keys() & judged.keys()) > len(judged) / 2


@pytest.mark.skipif(not PAGE.is_file(), reason=f"no page of the domain at {PAGE}")
def test_the_highest_severity_is_that_of_the_page_of_the_domain() -> None:
    highest: dict[str, Severity] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        plain = [cell for cell in cells[1:] if re.fullmatch(r"[EWI](/[EWI])*", cell)]
        for code in re.findall(r"[A-Z]{2,4}\d+", cells[0]) if plain else ():
            letters = [LETTERS[letter] for letter in plain[0].split("/")]
            highest[code] = max([*letters, *([highest[code]] if code in highest else [])], key=RANK.index)
    judged = {rule.code: rule.severity for rule in RULES if rule.code not in OUTRANKED}
    assert {code: severity for code, severity in judged.items() if highest.get(code, severity) is not severity} == {}
    assert len(highest.keys() & judged.keys()) > len(judged) / 2
