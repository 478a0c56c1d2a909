"""What others find in the repository beside the code: pipelines to copy, workflows, decisions. The examples run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # PyYAML, which azure-cli brings, ships no types

from tests.simulator import AzSession, Simulator
from tests.test_commands.azure import CLUSTER, NETWORK, SUBNET, put_network

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 300

pytestmark = pytest.mark.skipif(not (ROOT / "examples").is_dir(), reason="runs in the repository only")


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def of_github_actions() -> str:
    """The `run` steps, one after the other, as GitHub's bash runs them; variables come from the environment."""
    (job,) = read("examples/github-actions.yml")["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    return "\n".join(["set -eo pipefail", *scripts]).replace("${{ vars.AKS_KUBENET_WHEEL }}", "$WHEEL")


def of_azure_devops() -> str:
    """The inline script, its macros `$(NAME)` as variables of the environment."""
    (step,) = read("examples/azure-pipelines.yml")["steps"]
    return re.sub(r"\$\((\w+)\)", r"${\1}", str(step["inputs"]["inlineScript"]))


@pytest.mark.parametrize("script", [of_github_actions(), of_azure_devops()], ids=["github-actions", "azure-devops"])
def test_the_pipelines_make_the_cluster_as_they_stand(script: str, sim: Simulator, tmp_path: Path, wheel: Path) -> None:
    put_network(sim)
    az: AzSession = sim.az(tmp_path / "az", extension_dir=tmp_path / "extensions")
    env = {
        **az.env,
        "HOME": str(tmp_path),
        "PATH": f"{az.az.parent}{os.pathsep}{az.env['PATH']}",
        "WHEEL": str(wheel),
        "VNET_ID": NETWORK,
        "SUBNET_ID": SUBNET,
        "GROUP": "rg",
        "CLUSTER": "aks",
    }
    done = subprocess.run(  # noqa: S603 - the script is our own
        ["bash", "-c", script],  # noqa: S607 - the shell of the machine, as its users have it
        env=env,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    cluster = sim.get(CLUSTER)
    assert cluster is not None
    assert cluster["properties"]["networkProfile"]["networkPlugin"] == "kubenet"


@pytest.fixture
def wheel() -> Path:
    """The wheel that `make install` built."""
    return next((ROOT / "dist").glob("*.whl"))


def test_the_workflow_calls_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    steps = [step for job in read(".github/workflows/ci.yml")["jobs"].values() for step in job["steps"]]
    called = {word[1] for step in steps for word in re.finditer(r"^make ([a-z]+)", step.get("run", ""))}
    assert called <= targets
    assert {"test", "lint", "oldest", "unit"} <= called


@pytest.mark.parametrize(
    "path", [".github/dependabot.yml", ".pre-commit-config.yaml", ".github/ISSUE_TEMPLATE/bug.yml"]
)
def test_what_tools_read_is_yaml(path: str) -> None:
    assert isinstance(read(path), dict)


def test_the_bug_form_asks_for_what_is_needed_to_repeat_it() -> None:
    asked = {part["id"]: part["validations"]["required"] for part in read(".github/ISSUE_TEMPLATE/bug.yml")["body"][1:]}
    assert asked == {"version": True, "command": True, "report": True, "expected": True}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
