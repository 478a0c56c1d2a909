"""What a rule reads is what its parameters say, known when the rule is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.rules.facts import Fact, facts_of
from azext_kubenet.core.rules.rule import Outcome, Severity, Stage, rule


def strict(subnet: Subnet, locks: tuple[None, ...]) -> None: ...
def lenient(route_table: RouteTable | None, subnet: Subnet | Unreadable) -> None: ...
def without_any() -> None: ...


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (strict, [("subnet", False, False), ("locks", False, False)]),
        (lenient, [("route_table", True, False), ("subnet", False, True)]),
        (without_any, []),
    ],
)
def test_the_types_of_parameters_say_which_gaps_a_rule_judges_itself(
    check: Callable[..., object], expected: list[tuple[str, bool, bool]]
) -> None:
    facts = facts_of(check)
    assert [(each.name, each.may_be_absent, each.may_be_unreadable) for each in facts] == expected


def test_a_local_variable_is_no_fact() -> None:
    def counts(subnet: Subnet) -> int:
        number = len(subnet.address_prefixes)
        return number + number

    assert [each.name for each in facts_of(counts)] == ["subnet"]


def test_a_rule_that_names_what_nobody_provides_cannot_be_made() -> None:
    def reads_the_weather(weather: str) -> Iterator[Outcome]:
        """Why not."""
        raise AssertionError(weather)

    making = rule(code="X1", title="t", severity=Severity.INFO, stage=Stage.PLAN, remediation="Wait.", sources=())
    with pytest.raises(TypeError, match=r"reads_the_weather reads 'weather', which is neither a field of Snapshot"):
        making(reads_the_weather)


def test_a_parameter_without_a_type_cannot_be_judged() -> None:
    def untyped(subnet):  # type: ignore[no-untyped-def] # what is tested
        return subnet

    with pytest.raises(TypeError, match="does not say of which type 'subnet' is"):
        facts_of(untyped)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("network_security_group", "network security group"),
        ("route_table_access", "identity's roles on the route table"),
    ],
)
def test_a_fact_has_words_for_people(name: str, words: str) -> None:
    assert Fact(name=name, may_be_absent=False, may_be_unreadable=False).words == words
