"""The way to overlay, run: what migrate prints is done literally by the real az, until the cluster has moved."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from tests import migrating_clusters as migrating
from tests import running_clusters as world
from tests.simulator import AzSession, Simulator

from .azure import answer, kubenet, refused, writes

TIMEOUT_SECONDS = 300
NAMES = ("--resource-group", "rg", "--name", "aks")


def run(az: AzSession, command: str) -> None:
    """A command as it is printed, in a shell that finds az, without a terminal."""
    done = subprocess.run(  # noqa: S603 - the commands are our own
        ["bash", "-c", command],  # noqa: S607 - the shell of the machine, as its users have it
        env={**az.env, "PATH": f"{az.az.parent}{os.pathsep}{az.env['PATH']}"},
        cwd=az.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_printed_commands_lead_to_overlay(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim, profile={"networkPolicy": "calico"})
    migrating.become_system_assigned(sim)
    migrating.put_gateway(sim)
    given = ("--then-network-policy", "cilium", "--assign-identity", world.IDENTITY)
    plan: Any = answer(kubenet(az, "migrate", *NAMES, "--dry-run", *given))
    assert writes(sim) == []
    assert plan["verdict"] == "readyWithWarnings"
    names: list[str] = []
    while True:
        step = next((each for each in plan["steps"] if each["state"] == "planned" and each["command"]), None)
        if step is None:
            break
        assert step["name"] not in names, "the step is not done by its command"
        names.append(step["name"])
        run(az, step["command"])
        plan = answer(kubenet(az, "migrate", *NAMES, "--dry-run", *given))
    assert names == ["identity", "uninstallPolicy", "detach", "overlay", "installPolicy", "cleanUp"]
    assert plan["verdict"] == "migrated"
    assert plan["nextCommands"] == []
    proof: Any = answer(kubenet(az, "migrate", *NAMES, "--verify"))
    assert proof["verdict"] == "migrated"


def test_what_is_not_proved_exits_with_4(az: AzSession, sim: Simulator) -> None:
    world.put_running(sim)
    done = kubenet(az, "migrate", *NAMES, "--verify")
    assert answer(done, 4)["verdict"] == "notVerified"
    assert "MG29" in done.stderr


@pytest.mark.parametrize("modes", [(), ("--dry-run", "--verify")])
def test_one_of_two_modes_has_to_be_given(az: AzSession, sim: Simulator, modes: tuple[str, ...]) -> None:
    assert "--verify" in refused(kubenet(az, "migrate", *NAMES, *modes), 1)
    assert sim.sent(".*") == []
