"""Colours, widths and progress of our commands on a terminal, through the real az."""

from __future__ import annotations

import re

import pytest

from tests.simulator import AzSession, Simulator

from .azure import SUBNET, put_ready
from .screen import on_terminal
from .test_help import COMMANDS

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

KUBENET = ("aks", "kubenet")
WARNING = (*KUBENET, "plan", "-h")
ERROR = (*KUBENET, "plan", "--node-count", "many")
USAGE = (*KUBENET, "plan", "--node-cuont", "3")
COLOURED_JSON = (*KUBENET, "list-rules", "--output", "jsonc")
EVERY_COLOUR = [WARNING, ERROR, USAGE, COLOURED_JSON]
NAMES = ["warning", "error", "usage", "jsonc"]

each_colour = pytest.mark.parametrize("words", EVERY_COLOUR, ids=NAMES)


@each_colour
@pytest.mark.parametrize("env", [{}, {"NO_COLOR": ""}], ids=["unset", "empty"])
def test_a_terminal_has_colours(az: AzSession, words: tuple[str, ...], env: dict[str, str]) -> None:
    assert COLOUR.search(on_terminal(az, *words, env=env))


@each_colour
@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"AZURE_CORE_NO_COLOR": "yes"}], ids=["NO_COLOR", "AZURE"])
def test_colours_can_be_turned_off(az: AzSession, words: tuple[str, ...], env: dict[str, str]) -> None:
    written = on_terminal(az, *words, env=env)
    assert written.strip()
    assert not CONTROL.search(written)


@pytest.mark.parametrize(("words", "level"), [(WARNING, "WARNING: "), (ERROR, "ERROR: ")])
def test_without_colours_the_level_is_a_word(az: AzSession, words: tuple[str, ...], level: str) -> None:
    assert level not in on_terminal(az, *words)
    assert on_terminal(az, *words, env={"NO_COLOR": "1"}).count(level) == 1


@each_colour
def test_there_are_no_colours_where_stderr_is_no_terminal(az: AzSession, words: tuple[str, ...]) -> None:
    assert not CONTROL.search(on_terminal(az, *words, stderr=False))


def test_other_commands_keep_what_azure_cli_does(az: AzSession) -> None:
    written = on_terminal(az, "aks", "show", "--nmae", "aks", env={"NO_COLOR": "1"})
    assert COLOUR.search(written)


def width(text: str) -> int:
    """The longest line; without the hint that older azure-cli adds below every help, at a width of its own."""
    text, _, _ = CONTROL.sub("", text).replace("\r", "").partition("\nTo search AI knowledge base")
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize("command", ["", *(each for each in COMMANDS if each != "create")])
def test_help_fits_a_terminal_of_80_columns(az: AzSession, command: str) -> None:
    words = [*KUBENET, *([command] if command else []), "-h"]
    assert width(on_terminal(az, *words, columns=80)) <= 80
    assert 80 < width(on_terminal(az, *words, columns=120)) <= 100


def test_the_examples_of_create_fit_80_columns(az: AzSession) -> None:
    _, _, examples = on_terminal(az, *KUBENET, "create", "-h").partition("Examples")
    assert 0 < width(examples) <= 80


PREPARE = ("prepare", "--resource-group", "rg", "--cluster-name", "aks", "--vnet-subnet-id", SUBNET)


def test_progress_is_shown_on_a_terminal(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    written = on_terminal(az, *KUBENET, *PREPARE, "--no-wait")
    assert "Reading the subnet and what belongs to it" in written
    assert "Creating identity 'aks-identity'" in written
    assert "Starting" not in written


def test_progress_says_for_how_long(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.settings.latency = 0.8
    written = on_terminal(az, *KUBENET, "validate-subnet", "--vnet-subnet-id", SUBNET)
    assert re.search(r"Reading the subnet and what belongs to it \([1-9] s\)", written)


@pytest.mark.parametrize("words", [("--only-show-errors",), ()], ids=["only-show-errors", "no-terminal"])
def test_progress_is_not_shown(az: AzSession, sim: Simulator, words: tuple[str, ...]) -> None:
    put_ready(sim)
    written = on_terminal(az, *KUBENET, *PREPARE, "--no-wait", *words, stderr=bool(words))
    assert "Reading" not in written
    assert '"changes"' in written


def test_a_progress_line_never_wraps(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    written = on_terminal(az, *KUBENET, *PREPARE, columns=40)
    drawn = [line for line in CONTROL.sub("", written).split("\r") if line.endswith(" ..")]
    assert any("..." in line for line in drawn)
    assert max(map(len, drawn)) < 40
