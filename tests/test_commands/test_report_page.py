"""`--report FILE` through the real az: a page beside the answer, which stays on stdout."""

from __future__ import annotations

from pathlib import Path

from tests import running_clusters as running
from tests.fleet import put_mixed_fleet
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


def test_check_and_migrate_write_a_page_of_the_cluster(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    running.put_running(sim)
    place = ("--resource-group", "rg", "--name", "aks", "--report", str(tmp_path / "page.html"))
    page = tmp_path / "page.html"
    assert az.json("aks", "kubenet", "check", *place)["verdict"] == "healthy"
    assert "Cluster aks as it runs" in page.read_text(encoding="utf-8")
    other = az.run("aks", "kubenet", "migrate", "--dry-run", *place)
    assert other.returncode == 1
    assert "is not a page that this command wrote about the same" in other.stderr
    assert az.json("aks", "kubenet", "migrate", "--dry-run", *place, "--overwrite")["steps"]
    assert "the move to Azure CNI Overlay" in page.read_text(encoding="utf-8")
    again = az.run("aks", "kubenet", "migrate", "--verify", *place, "--output", "json")
    assert again.returncode == 4
    assert "Not proved to have moved." in page.read_text(encoding="utf-8")


def test_audit_writes_a_page_or_a_table_for_spreadsheets(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    put_mixed_fleet(sim)
    page, table = tmp_path / "fleet.html", tmp_path / "fleet.csv"
    assert az.json("aks", "kubenet", "audit", "--report", str(page))["counts"]["kubenet"] == 27
    assert "27 clusters have to move: 2 rebuild, 10 blocked, 4 steps, 11 ready." in page.read_text(encoding="utf-8")
    az.json("aks", "kubenet", "audit", "--report", str(page))
    az.json("aks", "kubenet", "audit", "--report", str(table))
    assert len(table.read_text(encoding="utf-8").splitlines()) == 28
    kept = az.run("aks", "kubenet", "audit", "--report", str(table))
    assert kept.returncode == 1
    assert "add --overwrite" in kept.stderr
