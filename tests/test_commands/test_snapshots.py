"""What each command prints, whole, as files in `tests/snapshots`: a change of output shows in the diff of a commit.

`<name>.json` is what az printed, `<name>.txt` the table made of it for 80 columns,
`<name>-120.txt` for 120. `make snapshots` writes them anew; read the diff
before you commit it. Add a command: one line in `SNAPSHOTS`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from knack.output import CommandResultItem, format_table

from azext_kubenet.aks_create.table import created_table
from azext_kubenet.core.azure.limits import NETWORK_CONTRIBUTOR
from azext_kubenet.render.audit import audit_table
from azext_kubenet.render.check import check_table
from azext_kubenet.render.migrate import migration_table
from azext_kubenet.render.plan_table import plan_table
from azext_kubenet.render.prepare import changes_table
from azext_kubenet.render.report_table import report_table, rules_table
from azext_kubenet.render.tables import Screen
from tests.fleet import mixed_fleet, put_member
from tests.migrating_clusters import put_gateway
from tests.running_clusters import leave_route, lock_table, lose_route, put_running
from tests.simulator import AzSession, Simulator

from .azure import SUBNET, kubenet, put_network, put_ready
from .creating import BASE, OWN_NETWORK, PREPARED, put_unprepared
from .preparing import prepare

FOLDER = Path(__file__).resolve().parents[1] / "snapshots"
NAMED = ("--resource-group", "rg", "--cluster-name", "aks", "--vnet-subnet-id", SUBNET)
MIGRATE = ("-g", "rg", "-n", "aks", "--dry-run")
CREATE = ("create", "--resource-group", "rg", "--name", "aks", *BASE, *PREPARED)


def put_prepared(sim: Simulator) -> None:
    """What prepare makes."""
    put_network(sim)
    prepare(sim)


def put_three(sim: Simulator) -> None:
    """A cluster that is blocked, one that is ready, and one that has left something behind."""
    for member in mixed_fleet():
        if member.name in ("calico-old", "ready-1", "moved"):
            put_member(sim, member)


def put_broken(sim: Simulator) -> None:
    """A cluster whose table is locked: one node has no route, one of a node that is gone is left."""
    put_running(sim)
    lose_route(sim)
    leave_route(sim)
    lock_table(sim)


def put_calico(sim: Simulator) -> None:
    """A cluster with Calico, and an application gateway on its route table."""
    put_running(sim, profile={"networkPolicy": "calico"})
    put_gateway(sim)


@dataclass(frozen=True)
class Snapshot:
    """A command on a small world, how it ends, and the table of its result."""

    name: str
    words: tuple[str, ...]
    table: Callable[..., Any]
    seed: Callable[[Simulator], None] | None = None
    code: int = 0
    written: bool = False


SNAPSHOTS = (
    Snapshot("list-rules", ("list-rules",), rules_table),
    Snapshot("plan", ("plan", "--node-count", "50"), plan_table),
    Snapshot("validate-subnet", ("validate-subnet", *PREPARED), report_table, put_ready),
    Snapshot(
        "validate-subnet-errors",
        ("validate-subnet", *PREPARED, "--pod-cidr", "10.1.0.0/17", "--node-count", "500"),
        report_table,
        put_unprepared,
        code=4,
    ),
    Snapshot("audit", ("audit", "--include-migrated"), audit_table, put_three),
    Snapshot("check", ("check", "-g", "rg", "-n", "aks"), check_table, put_running),
    Snapshot("check-broken", ("check", "-g", "rg", "-n", "aks"), check_table, put_broken, code=4),
    Snapshot("migrate", ("migrate", *MIGRATE, "--then-network-policy", "cilium"), migration_table, put_calico),
    Snapshot("migrate-not-ready", ("migrate", *MIGRATE, "--iac", "terraform"), migration_table, put_calico, code=4),
    Snapshot("migrate-verify", ("migrate", *MIGRATE[:4], "--verify"), migration_table, put_running, code=4),
    Snapshot("prepare-dry-run", ("prepare", *NAMED, "--dry-run"), changes_table, put_network),
    Snapshot("prepare", ("prepare", *NAMED, "--yes"), changes_table, put_network, written=True),
    Snapshot("cleanup-dry-run", ("cleanup", *NAMED[:4], "--dry-run"), changes_table, put_prepared),
    Snapshot("create-dry-run", (*CREATE, "--dry-run"), created_table, put_ready),
    Snapshot(
        "create-prepare-dry-run",
        (*CREATE[:5], *BASE, *OWN_NETWORK, "--prepare", "--dry-run"),
        created_table,
        put_network,
    ),
    Snapshot("create-refused", CREATE, created_table, put_unprepared, code=4),
)

WIDTHS = {80: ".txt", 120: "-120.txt"}
"""Columns of the screen, and how the file of its table ends."""

KNOWN = {Simulator.subscription_id, Simulator.tenant_id, NETWORK_CONTRIBUTOR}


def steady(text: str) -> str:
    """The text with random ids numbered in their order, and times and days left as one."""
    ids: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        found = match.group().lower()
        return match.group() if found in KNOWN else ids.setdefault(found, f"<id {len(ids) + 1}>")

    text = re.sub(r"\b\d+ days left", "<n> days left", text)
    text = re.sub(r'"daysLeft": \d+', '"daysLeft": 1', text)
    text = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", number, text, flags=re.IGNORECASE)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)", "<time>", text)


def compare(file: Path, text: str) -> None:
    """The file holds the text; with KUBENET_SNAPSHOT=write it does so from now on."""
    if os.environ.get("KUBENET_SNAPSHOT") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.is_file(), f"{file.name} is not there: 'make snapshots' makes it"
    assert text == file.read_text(encoding="utf-8"), f"'make snapshots' writes {file.name} anew"


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda snapshot: snapshot.name)
def test_what_a_command_prints(sim: Simulator, az: AzSession, snapshot: Snapshot) -> None:
    if snapshot.seed is not None:
        snapshot.seed(sim)
    done = kubenet(az, *snapshot.words, "--output", "json")
    assert done.returncode == snapshot.code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    printed = steady(done.stdout)
    compare(FOLDER / f"{snapshot.name}.json", printed)
    for columns, name in WIDTHS.items():
        table = partial(snapshot.table, screen=Screen(columns=columns, written=snapshot.written))
        item = CommandResultItem(json.loads(printed), table_transformer=table)
        shown = format_table(item)
        compare(FOLDER / f"{snapshot.name}{name}", shown)
        assert max(map(len, shown.splitlines())) <= columns


def test_every_file_is_of_a_snapshot() -> None:
    expected = {f"{each.name}{ending}" for each in SNAPSHOTS for ending in (".json", *WIDTHS.values())}
    assert {file.name for file in FOLDER.iterdir()} == expected
