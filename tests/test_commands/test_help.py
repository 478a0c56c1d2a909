"""The help of every command through the real az."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import azext_kubenet.core
from azext_kubenet.core.rules import all_rules
from tests.simulator import AzSession, Simulator

from .azure import kubenet

COMMANDS = (
    "plan",
    "validate-subnet",
    "prepare",
    "create",
    "check",
    "migrate",
    "cleanup",
    "wait",
    "audit",
    "list-rules",
)
QUOTING = "https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-quoting"
UNGROUPED = {
    "plan": {"--resource-group"},
    "validate-subnet": {"--resource-group", "--location"},
    "prepare": {"--resource-group", "--cluster-name", "--location", "--tags"},
    "check": {"--resource-group", "--name"},
    "migrate": {"--resource-group", "--name"},
    "cleanup": {"--resource-group", "--cluster-name"},
    "wait": set(),
    "audit": set(),
    "list-rules": set(),
}
"""What stands first and in no group, as everywhere in az."""
OURS_OF_CREATE = {
    *("--skip-validation", "--prepare", "--route-table", "--default-route-next-hop", "--role", "--dry-run"),
    *("--role-propagation-timeout", "--on-premises-ranges", "--ignore", "--max-surge", "--internal-load-balancers"),
    "--if-not-exists",
}


def groups(text: str) -> dict[str, set[str]]:
    """The options that the help of a command prints under each heading."""
    found: dict[str, set[str]] = {}
    heading = ""
    for line in text[text.index("\nArguments") :].splitlines():
        if line.endswith("Arguments"):
            heading = line.removesuffix("Arguments").strip()
            found[heading] = set()
        elif option := re.match(r" {4}(--[a-z-]+)", line):
            found[heading].add(option[1])
    return found


def cited() -> set[str]:
    """The addresses that the core gives for its limits and rules."""
    limits = (Path(azext_kubenet.core.__file__).parent / "azure" / "limits.py").read_text("utf-8")
    return {*re.findall(r"https://[\w./#-]+", limits), *(source for rule in all_rules() for source in rule.sources)}


def test_the_group_lists_every_command(az: AzSession) -> None:
    done = kubenet(az, "--help")
    listed = done.stdout.partition("Commands:")[2]
    assert done.returncode == 0
    assert {line.split()[0] for line in listed.splitlines() if line.startswith("    ") and " : " in line} == set(
        COMMANDS
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_help_with_three_examples(az: AzSession, sim: Simulator, command: str) -> None:
    done = kubenet(az, command, "--help")
    text = done.stdout
    assert done.returncode == 0, done.stderr
    assert f"az aks kubenet {command} : " in text
    assert text.count(f"        az aks kubenet {command}") >= 3
    assert sim.requests == []


def test_the_group_tells_the_order_of_work(az: AzSession) -> None:
    text = kubenet(az, "--help").stdout
    steps = re.findall(r"^ +\d\. ([a-z-]+) ", text, re.MULTILINE)
    assert steps == ["plan", "validate-subnet", "prepare", "create", "check", "migrate", "cleanup"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_says_more_and_links_its_sources(az: AzSession, command: str) -> None:
    text = kubenet(az, *([command] if command else []), "--help").stdout
    head, _, _ = text.partition("\n\nCommands:" if not command else "\n\nArguments")
    links = re.findall(r"^ {8}(https://\S+)$", head, re.MULTILINE)
    assert links
    assert set(links) <= {*cited(), QUOTING}
    assert head.rstrip().endswith(".")
    assert not head.rstrip().splitlines()[-1].lstrip().startswith("https://")


@pytest.mark.parametrize("command", UNGROUPED)
def test_every_argument_of_ours_is_in_a_group(az: AzSession, command: str) -> None:
    assert groups(kubenet(az, command, "--help").stdout)[""] == UNGROUPED[command]


def test_what_create_has_beyond_az_stands_before_what_is_azs_own(az: AzSession) -> None:
    found = groups(kubenet(az, "create", "--help").stdout)
    assert found["Kubenet"] == OURS_OF_CREATE
    assert [each for each in found if each != "Global Policy"][:3] == ["", "Kubenet", "az aks create"]
    assert found[""] == {
        *("--resource-group", "--name", "--location", "--vnet-subnet-id", "--assign-identity"),
        "--no-wait",
    }
    assert "--node-count" in found["az aks create"]


def test_a_default_is_told_once(az: AzSession) -> None:
    told = kubenet(az, "prepare", "--help").stdout.partition("--role ")[2].partition("--role-")[0]
    assert told.count("Default:") == 1


@pytest.mark.parametrize("word", ["PowerShell", "cmd.exe", "$env:NAME", "%NAME%", "'@file'", "^", "`"])
def test_the_group_tells_what_differs_on_windows(az: AzSession, word: str) -> None:
    assert word in kubenet(az, "--help").stdout
