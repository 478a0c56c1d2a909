"""What `--report` costs: the time that a page adds, and how large the pages are. Runs az and Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from azext_kubenet.core.fleet.audit import audit_fleet
from azext_kubenet.render.audit import render_audit
from azext_kubenet.render.page.document import write_page
from azext_kubenet.render.page.fleet import fleet_page
from tests.running_clusters import put_running

from .auditing import KUBENET, TODAY, make_fleet
from .local_azure import ROOT, UNUSUAL, LocalAzure
from .measure import Row, Target, compared_row, take_turns

PLACE: Final = ("--resource-group", "rg", "--name", "aks")
COMMANDS: Final = {
    "plan": ("aks", "kubenet", "plan", "--max-count", "50"),
    "check": ("aks", "kubenet", "check", *PLACE),
    "migrate": ("aks", "kubenet", "migrate", "--dry-run", *PLACE),
}
KIB: Final = 1024


def measure_report(azure: LocalAzure, turns: int) -> list[Row]:
    """What the page of a cluster of 200 nodes adds, next to starting az, and the sizes of pages.

    Two starts of az differ by more than a page costs, so the page's own part is timed within a process.
    """
    page = azure.folder / "one.html"
    turned = {"az --version": lambda: azure.seconds("--version"), "page": lambda: _one_report(page)}
    timings = take_turns(turned, turns)
    fleet = render_audit(audit_fleet(make_fleet(KUBENET), today=TODAY), TODAY)
    return [
        compared_row("a page adds / az --version", timings, "page", "az --version", at_most=0.1),
        *(_size(name, _page_of(azure, name), 300) for name in COMMANDS),
        _size("check, 200 nodes", page.stat().st_size, 300),
        _size("audit, 1,000 clusters", len(write_page(fleet_page(fleet, mark="audit")).encode()), 2_000),
    ]


def _one_report(page: Path) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.one_report", str(page)]
    usual = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    done = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, env=usual, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _page_of(azure: LocalAzure, name: str) -> int:
    """Bytes of the page that the real command writes."""
    page = azure.folder / f"{name}.html"
    azure.simulator.reset()
    put_running(azure.simulator)
    azure.run(*COMMANDS[name], "--report", str(page))
    return page.stat().st_size


def _size(name: str, size: int, at_most: int) -> Row:
    return Row(name=f"page of {name}: KiB", measured=size / KIB, target=Target(value=at_most), detail="")
