"""The simulator against recorded traffic of Azure: every difference is known and has a reason."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator import Simulator

from .conformance import Outcome, Verdict, replay

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(os.environ.get("KUBENET_REFERENCE", ROOT.parent / "shared" / "reference"))
KNOWN = Path(__file__).with_name("known_differences.json")
RECORDED_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"

pytestmark = pytest.mark.skipif(
    not (REFERENCE / "traffic").is_dir(),
    reason=f"no recorded traffic at {REFERENCE}; KUBENET_REFERENCE says where it is",
)


def _outcomes(sim: Simulator) -> Iterator[Outcome]:
    for file in sorted((REFERENCE / "traffic").glob("*.jsonl")):
        sim.reset()
        sim.add_subscription(RECORDED_SUBSCRIPTION)
        yield from replay(sim, file)


def _reason(known: list[dict[str, str]], outcome: Outcome, difference: str) -> dict[str, str] | None:
    for entry in known:
        about = re.search(entry["pair"], outcome.pair.name) and re.search(entry.get("request", ""), outcome.pair.asked)
        if about and re.fullmatch(entry["difference"], difference):
            return entry
    return None


def test_conformance_differences_are_all_known(sim: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    known: list[dict[str, str]] = json.loads(KNOWN.read_text(encoding="utf-8"))
    table: dict[str, Counter[str]] = {}
    failures, unknown, used = [], [], set()
    for outcome in _outcomes(sim):
        reasons = [_reason(known, outcome, difference) for difference in outcome.differences]
        used |= {id(entry) for entry in reasons if entry is not None}
        unknown += [
            f"{outcome.pair} {difference}"
            for difference, reason in zip(outcome.differences, reasons, strict=True)
            if reason is None
        ]
        failures += [f"{outcome.pair} {outcome.failure}"] if outcome.failure else []
        table.setdefault(outcome.pair.file, Counter())[outcome.verdict.value] += 1
    _print_table(capsys, table)
    assert not failures, "\n".join(failures)
    assert not unknown, "\n".join(unknown)
    stale = [entry for entry in known if id(entry) not in used]
    assert not stale, f"differences that no longer occur: {stale}"


def _print_table(capsys: pytest.CaptureFixture[str], table: dict[str, Counter[str]]) -> None:
    words = [verdict.value for verdict in Verdict]
    total = sum(table.values(), Counter())
    with capsys.disabled():
        print()
        for file, counts in [*table.items(), ("total", total)]:
            print(f"{file:82}" + "".join(f"{word} {counts[word]:>3}   " for word in words))


STRANGE = (
    {"method": "PUT", "uri": "https://x/subscriptions/S/providers/Microsoft.Storage/a/b", "status": 200},
    {"method": "GET", "uri": "https://x", "status": 200, "response": "text"},
    {"method": "POST", "uri": f"https://x{'/subscriptions/S/resourceGroups/g'}/moveResources", "status": 202},
    {"method": "PUT", "uri": "https://x/subscriptions/S/resourceGroups/g/providers/Microsoft.Network", "status": 200},
    {
        "method": "PUT",
        "uri": "https://x/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
        "request": [1],
        "status": 200,
        "headers": {"Azure-AsyncOperation": [], "etag": None},
        "response": [None, {"id": 7}],
    },
    {
        "method": "PUT",
        "uri": "https://x/subscriptions/S/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c",
        "request": {"properties": {"agentPoolProfiles": None}},
        "status": 400,
        "response": {"code": None, "details": "none"},
    },
    {
        "method": "GET",
        "uri": "https://x/subscriptions/S/providers/Microsoft.Compute/locations/l/operations/1",
        "status": 200,
    },
    {"method": "HEAD", "uri": "https://x/subscriptions/S/resourceGroups/g", "status": 204, "response": None},
)


def test_no_recording_ends_the_run(sim: Simulator, tmp_path: Path) -> None:
    """Each line of a file that nobody has seen yet has its verdict, whatever is in it, and those after it as well."""
    file = tmp_path / "strange.jsonl"
    subscription = RECORDED_SUBSCRIPTION
    lines = [json.dumps(entry).replace("/subscriptions/S", f"/subscriptions/{subscription}") for entry in STRANGE]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    sim.add_subscription(subscription)
    outcomes = list(replay(sim, file))
    assert len(outcomes) == len(STRANGE)
    assert outcomes[-1].verdict is Verdict.AGREED
    assert outcomes[0].verdict is outcomes[6].verdict is Verdict.NOT_COVERED
