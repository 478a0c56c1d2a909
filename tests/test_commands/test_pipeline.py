"""The pipeline of the README runs as it stands: it makes the cluster, or stops before anything is written."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

from .azure import CLUSTER, NETWORK, SUBNET, put_network, writes

README = Path(__file__).resolve().parents[2] / "README.md"
TIMEOUT_SECONDS = 300


def pipeline() -> str:
    """The `sh` block under "In scripts"."""
    section = README.read_text(encoding="utf-8").partition("\n## In scripts\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return str(block)


def run(az: AzSession) -> subprocess.CompletedProcess[str]:
    """The block in a shell that finds az and has the variables that the block names."""
    env = {
        **az.env,
        "PATH": f"{az.az.parent}{os.pathsep}{az.env['PATH']}",
        "VNET_ID": NETWORK,
        "SUBNET_ID": SUBNET,
        "GROUP": "rg",
        "CLUSTER": "aks",
    }
    return subprocess.run(  # noqa: S603 - the block is our own
        ["bash", "-c", pipeline()],  # noqa: S607 - the shell of the machine, as its users have it
        env=env,
        cwd=az.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def test_it_names_no_variable_that_it_is_not_told() -> None:
    named = set(re.findall(r"\$\{?([A-Z_]+)", pipeline()))
    assert named == {"VNET_ID", "SUBNET_ID", "GROUP", "CLUSTER"}


def test_on_a_good_network_it_makes_the_cluster(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    done = run(az)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    cluster = sim.get(CLUSTER)
    assert cluster is not None
    (pool,) = cluster["properties"]["agentPoolProfiles"]
    assert (pool["vnetSubnetID"], pool["minCount"], pool["maxCount"]) == (SUBNET, 5, 20)
    assert cluster["properties"]["networkProfile"]["networkPlugin"] == "kubenet"


def reserved_network(sim: Simulator) -> None:
    """The plan finds it: AKS keeps this range for itself (RES1)."""
    nodes = {"name": "nodes", "properties": {"addressPrefix": "172.30.0.0/24"}}
    properties = {"addressSpace": {"addressPrefixes": ["172.30.0.0/16"]}, "subnets": [nodes]}
    sim.put(NETWORK, {"location": "westeurope", "properties": properties})


def delegated_subnet(sim: Simulator) -> None:
    """Only the check of the subnet finds it: the plan has no fault to find in the addresses (SN2)."""
    service = {"serviceName": "Microsoft.Web/serverFarms"}
    put_network(sim, delegations=[{"name": "web", "properties": service}])


@pytest.mark.parametrize(
    ("seed", "code", "by_plan"), [(reserved_network, "RES1", True), (delegated_subnet, "SN2", False)]
)
def test_an_error_stops_it_before_anything_is_written(
    az: AzSession, sim: Simulator, seed: Callable[[Simulator], None], code: str, by_plan: bool
) -> None:
    seed(sim)
    sim.clear_log()
    done = run(az)
    assert (done.returncode, done.stdout) == (4, ""), f"{done.stdout}\n{done.stderr}"
    assert f"ERROR: {code}: " in done.stderr
    assert (sim.sent("POST", "ResourceGraph") == []) == by_plan
    assert writes(sim) == []


def test_run_again_after_it_had_only_prepared_it_makes_the_cluster(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    az.json("aks", "kubenet", "prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET)
    sim.clear_log()
    done = run(az)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert [entry.path for entry in writes(sim)] == [CLUSTER]


def test_run_twice_it_is_green_and_writes_nothing_more(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    assert run(az).returncode == 0
    sim.clear_log()
    again = run(az)
    assert again.returncode == 0, f"{again.stdout}\n{again.stderr}"
    assert "already exists and matches what was asked for" in again.stderr
    assert writes(sim) == []
