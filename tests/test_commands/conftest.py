"""What tests of printed commands run them in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.simulator import AzSession, Completed, Simulator

ELSEWHERE: Final = "00000000-0000-0000-0000-0000000000ee"
SCRIPT_SECONDS: Final = 300


@pytest.fixture
def from_elsewhere(az: AzSession, sim: Simulator, tmp_path: Path) -> Callable[[str], Completed]:
    """Runs text in bash, which finds az with another default subscription than everything is in."""
    sim.add_subscription(ELSEWHERE)
    folder = tmp_path / "azure"
    shutil.copytree(az.folder, folder, ignore=shutil.ignore_patterns("cliextensions", "logs", "telemetry"))
    profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    (own,) = profile["subscriptions"]
    profile["subscriptions"] = [{**own, "isDefault": False}, {**own, "id": ELSEWHERE, "isDefault": True}]
    (folder / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8")
    env = {**az.env, "AZURE_CONFIG_DIR": str(folder), "PATH": f"{az.az.parent}{os.pathsep}{az.env['PATH']}"}

    def run(text: str) -> Completed:
        done = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
            ["bash", "-e", "-c", text],  # noqa: S607 - the shell of the machine, as its users have it
            env=env,
            cwd=az.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SCRIPT_SECONDS,
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    return run
