"""What tests of printed commands run them in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.simulator import AzSession, Completed, Simulator

ELSEWHERE: Final = "00000000-0000-0000-0000-0000000000ee"
SCRIPT_SECONDS: Final = 300


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage is that of the fast tests, which reach every branch of the core: these need not be traced, and are
    twice as fast without."""
    if config.getoption("no_cov"):  # pytest-cov knows its own marker only where it measures
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def az_apart(az: AzSession, tmp_path: Path) -> AzSession:
    """An az whose subscriptions a test may change, which the next test does not see."""
    return az.apart(tmp_path / "azure")


@pytest.fixture
def from_elsewhere(az_apart: AzSession, sim: Simulator) -> Callable[[str], Completed]:
    """Runs text in bash, which finds az with another default subscription than everything is in."""
    sim.add_subscription(ELSEWHERE)
    folder = az_apart.folder
    profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    (own,) = profile["subscriptions"]
    profile["subscriptions"] = [{**own, "isDefault": False}, {**own, "id": ELSEWHERE, "isDefault": True}]
    (folder / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8")
    env = {**az_apart.env, "PATH": f"{az_apart.az.parent}{os.pathsep}{az_apart.env['PATH']}"}

    def run(text: str) -> Completed:
        done = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
            ["bash", "-e", "-c", text],  # noqa: S607 - the shell of the machine, as its users have it
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SCRIPT_SECONDS,
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    return run
