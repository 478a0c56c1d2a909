"""`make live`, rehearsed: a second local Azure that behaves otherwise stands for the real one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.azure import Site
from tests.live.comparison import Row, as_markdown, rows_of, rows_of_recordings
from tests.live.experiments import EXPERIMENTS, Observation, run_all
from tests.scenarios.base import RECORDINGS
from tests.simulator import AzSession, Completed, Simulator

ROOT: Final = Path(__file__).resolve().parent.parent


@pytest.fixture
def other() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def site_of(azure: Simulator, **changes: Any) -> Site:
    return Site(
        url=azure.url,
        subscription=azure.subscription_id,
        group="live",
        location="westeurope",
        token=azure.token,
        verify=str(azure.ca_file),
        pause=lambda _: None,
        **changes,
    )


def ask(azure: Simulator, said: list[str] | None = None) -> list[Observation]:
    return run_all(site_of(azure), (said if said is not None else []).append)


def nothing(_: Simulator) -> None:
    pass


def not_honoured(azure: Simulator) -> None:
    azure.settings.honours_if_none_match = False


def kept(azure: Simulator) -> None:
    azure.settings.keeps_subnets_left_out = True


def taken_off(azure: Simulator) -> None:
    azure.settings.overlay_detaches_table = True


def no_calico(azure: Simulator) -> None:
    azure.settings.calico_comes_back = False


def contradiction(azure: Simulator) -> None:
    azure.settings.contradictory_pod_cidrs = "refused"


def foreign_later(azure: Simulator) -> None:
    azure.settings.foreign_subnets_fail = "operation"


def unchanged(azure: Simulator) -> None:
    azure.settings.overlay_outcomes = ["unchanged"]


@pytest.mark.parametrize(
    ("plant", "differing"),
    [
        (nothing, ()),
        (not_honoured, ("If-None-Match: * on a route table that is there",)),
        (kept, ("PUT of a virtual network that leaves out its subnets",)),
        (taken_off, ("U1: the own table on the subnet after the move",)),
        (no_calico, ("U8: networkPolicy calico after the move",)),
        (
            contradiction,
            ("U2: move with a wider podCidr beside the old podCidrs", "The move without another pod range"),
        ),
        (foreign_later, ("U6: move with another subnet on the cluster's table",)),
        (
            unchanged,
            ("U2: move with a wider podCidr beside the old podCidrs", "The move without another pod range"),
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_exactly_what_is_planted_differs(
    sim: Simulator, other: Simulator, plant: Callable[[Simulator], None], differing: tuple[str, ...]
) -> None:
    plant(other)
    rows = rows_of(ask(sim), ask(other))
    assert tuple(row.question for row in rows if row.differs) == differing
    assert len(rows) > 25


def test_new_roles_are_waited_for_and_the_time_is_no_difference(sim: Simulator, other: Simulator) -> None:
    other.settings.role_propagation_refusals = 2
    rows = {row.question: row for row in rows_of(ask(sim), ask(other))}
    assert rows["What it says in that time"].azure == "400 CustomRouteTableMissingPermission"
    assert rows["What it says in that time"].local == "nothing"
    assert not any(row.differs for row in rows.values())


def test_what_breaks_off_says_so_and_the_group_goes_all_the_same(other: Simulator) -> None:
    other.fail_operation("managedClusters/live", "QuotaExceeded")
    seen = ask(other)
    assert seen[-1].question == "propagation, to its end"
    assert "is not there" in seen[-1].seen
    assert other.sent("DELETE", r"/resourceGroups/live$")


def test_the_group_goes_when_it_is_stopped(other: Simulator) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    other.settings.role_propagation_refusals = 1
    site = site_of(other)
    site.pause = stop
    with pytest.raises(KeyboardInterrupt):
        run_all(site, print)
    assert other.sent("DELETE", r"/resourceGroups/live$")


def test_it_tells_what_it_does(other: Simulator) -> None:
    said: list[str] = []
    ask(other, said)
    assert len(said) == len(EXPERIMENTS) + 1
    assert said[-1] == "Deleting the resource group live."


def test_the_rows_that_differ_come_first() -> None:
    rows = [
        Row(question="same", local="1", azure="1"),
        Row(question="a|b", local="1", azure="2"),
        Row(question="time", local="0 s", azure="9 s", measured=True),
    ]
    assert as_markdown(rows).splitlines()[2:] == [
        r"| a\|b | 1 | 2 | differs |",
        "| same | 1 | 1 |  |",
        "| time | 0 s | 9 s | measured |",
    ]


def test_a_recording_is_held_against_the_one_that_is_known(tmp_path: Path) -> None:
    name = "test_prepare_twice.yaml"
    text = (RECORDINGS / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(rows_of_recordings(RECORDINGS, tmp_path)) == []
    (tmp_path / name).write_text(text.replace("code: 201", "code: 202", 1), encoding="utf-8")
    (row,) = rows_of_recordings(RECORDINGS, tmp_path)
    assert row.question.startswith("test_prepare_twice: PUT /subscriptions/")
    assert "202" in row.azure and "201" in row.local


class TestCommand:
    """The command itself, on an az that is signed in to the second Azure, with one scenario."""

    @pytest.fixture
    def words(self, other: Simulator, extension_dir: Path, tmp_path: Path) -> list[str]:
        self.az = AzSession(
            tmp_path / "azure",
            other.url,
            other.ca_file,
            tenant_id=other.tenant_id,
            client_id=other.client_id,
            extension_dir=extension_dir,
        )
        self.report = tmp_path / "report.md"
        return ["--subscription", other.subscription_id, "--location", "northeurope", "--report", str(self.report)]

    def run(self, words: list[str], answer: str = "") -> Completed:
        done = subprocess.run(  # noqa: S603 - this Python and our own module
            [sys.executable, "-m", "tests.live", *words],
            cwd=ROOT,
            env={**self.az.env, "PYTHONSAFEPATH": ""},
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    def test_nothing_is_made_before_the_answer(self, other: Simulator, words: list[str]) -> None:
        other.clear_log()
        done = self.run(words, "\n")
        assert done.returncode == 1, done.stderr
        assert "about 2 US dollars" in done.stdout
        assert done.stdout.endswith("Nothing was made.\n")
        assert not other.requests

    def test_a_planted_difference_is_in_the_report(self, other: Simulator, words: list[str]) -> None:
        other.settings.honours_if_none_match = False
        done = self.run([*words, "--yes", "--scenarios", "test_plan_into_live_vnet"])
        assert done.returncode == 0, done.stdout + done.stderr
        text = self.report.read_text(encoding="utf-8")
        assert "| If-None-Match: * on a route table that is there | 412 PreconditionFailed | 200 | differs |" in text
        assert other.subscription_id not in text
        assert {entry.body["location"] for entry in other.sent("PUT", "virtualNetworks/[^/]+$")} == {"northeurope"}
        assert not [each for each in other.records() if "/resourcegroups/" in each.id.lower()]
