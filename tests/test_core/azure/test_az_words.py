"""The az commands that people are shown: quoted in one place, each spelled in one place."""

from __future__ import annotations

import ast
import shlex
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.az_words import (
    Option,
    Repeated,
    Verbatim,
    assign_role,
    az,
    group_of,
    kubenet,
    named,
    output_of,
    principal_of,
    quoted,
    service_principal,
    update_subnet,
)
from azext_kubenet.core.azure.resource_id import ResourceId

PACKAGE = Path(__file__).parents[3] / "azext_kubenet"
SUBNET = ResourceId("/subscriptions/s/resourceGroups/a b/providers/Microsoft.Network/virtualNetworks/v/subnets/n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (False, ""),
        ((), ""),
        (True, " --x-y"),
        (0, " --x-y 0"),
        ("", " --x-y ''"),
        ("a b", " --x-y 'a b'"),
        ("null", " --x-y null"),
        (IPv4Address("10.0.0.4"), " --x-y 10.0.0.4"),
        (IPv4Network("10.0.0.0/24"), " --x-y 10.0.0.0/24"),
        (SUBNET, f" --x-y '{SUBNET}'"),
        (Verbatim("$SUBNET_ID"), " --x-y $SUBNET_ID"),
        (Repeated((("name=a", "count=1"), ("name=b",))), " --x-y name=a count=1 --x-y name=b"),
        (["*", IPv4Network("10.0.0.0/24")], " --x-y '*' 10.0.0.0/24"),
    ],
)
def test_an_option_is_shown_as_its_value_asks(value: Option, shown: str) -> None:
    assert az("aks", "show", x_y=value) == f"az aks show{shown}"


def test_options_keep_their_order() -> None:
    assert az("x", b=1, a=2, yes=True) == "az x --b 1 --a 2 --yes"


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_whatever_is_given_a_shell_reads_back(words: list[str]) -> None:
    shown = az("x", tags=words)
    assert shlex.split(shown) == ["az", "x", *(["--tags", *words] if words else [])]


def test_a_substitution_is_one_word() -> None:
    inner = az("identity", "show", name="my 'id'")
    assert az("x", assignee=output_of(inner), y=1) == f'az x --assignee "$({inner})" --y 1'
    assert quoted(principal_of(SUBNET)) == f"\"$(az identity show --ids '{SUBNET}' --query principalId --output tsv)\""


def test_a_resource_is_named_with_its_subscription() -> None:
    assert az("x", **group_of(SUBNET)) == "az x --subscription s --resource-group 'a b'"
    assert az("x", **named(SUBNET)) == "az x --subscription s --resource-group 'a b' --name n"


def test_the_shared_commands() -> None:
    assert kubenet("cleanup", yes=True) == "az aks kubenet cleanup --yes"
    assert update_subnet(SUBNET, route_table="null") == (
        f"az network vnet subnet update --ids '{SUBNET}' --route-table null"
    )
    assert assign_role(service_principal("p1"), role="Network Contributor", scope="/a b", description="d") == (
        "az role assignment create --assignee-object-id p1 --assignee-principal-type ServicePrincipal "
        "--role 'Network Contributor' --scope '/a b' --description d"
    )
    assert assign_role({"assignee": "c"}, role="r", scope="/s") == (
        "az role assignment create --assignee c --role r --scope /s"
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_quoting_is_in_one_place() -> None:
    assert [name for name, tree in modules() if "shlex" in imports(tree)] == ["core/azure/az_words.py"]


def spelled(tree: ast.Module) -> Iterator[str]:
    """The commands that calls of `az` spell, without options."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "az":
            words = (each for each in ast.walk(ast.Tuple(node.args)) if isinstance(each, ast.Constant))
            yield " ".join(str(each.value) for each in words)


def test_each_command_is_spelled_once() -> None:
    commands = Counter(command for _, tree in modules() for command in spelled(tree))
    assert commands["role assignment create"] == commands["network vnet subnet update"] == 1
    # two questions to one command: for the principal, and for the id of an identity that is not there yet
    assert {command: count for command, count in commands.items() if count > 1} == {"identity show": 2}


def test_no_command_is_put_together_as_text() -> None:
    """An f-string that begins with a command would be one that nobody quotes."""
    built = [
        (name, node.lineno)
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and str(node.values[0].value).startswith("az ")
    ]
    assert built == []
