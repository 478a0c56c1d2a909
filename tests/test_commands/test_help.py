"""The help of every command through the real az."""

from __future__ import annotations

import pytest

from tests.simulator import AzSession, Simulator

from .azure import kubenet

COMMANDS = ("plan", "validate-subnet", "prepare", "create", "cleanup", "wait", "list-rules")


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
