"""`--report FILE` through the real az: a page beside the answer, which stays on stdout."""

from __future__ import annotations

from pathlib import Path

from tests.simulator import AzSession, Simulator

from .azure import SUBNET, put_network


def test_plan_and_validate_subnet_write_a_page_and_answer_all_the_same(
    az: AzSession, sim: Simulator, tmp_path: Path
) -> None:
    put_network(sim)
    plan, subnet = tmp_path / "plan.html", tmp_path / "subnet.html"
    assert az.json("aks", "kubenet", "plan", "--max-count", "20", "--report", str(plan))["peakNodes"] == 22
    answer = az.json("aks", "kubenet", "validate-subnet", "--vnet-subnet-id", SUBNET, "--report", str(subnet))
    assert answer["subnetId"] == SUBNET
    assert "up to 20 nodes" in plan.read_text(encoding="utf-8")
    assert f'content="validate-subnet {SUBNET}"' in subnet.read_text(encoding="utf-8")


def test_somebody_elses_file_is_kept_and_nothing_is_read(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    done = az.run("aks", "kubenet", "validate-subnet", "--vnet-subnet-id", SUBNET, "--report", str(page))
    assert done.returncode == 1
    assert "add --overwrite" in done.stderr
    assert page.read_text(encoding="utf-8") == "mine"
    assert sim.sent("GET", "virtualNetworks") == []
