"""The recorder itself: what it refuses, what it leaves alone, and that it records the same each time."""

from __future__ import annotations

import os
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .base import RECORDINGS, Mode
from .network import NetworkScenarioTest
from .playback import functions_that_wait
from .preparers import ResourceGroupPreparer
from .test_prepare import PREPARE

PLAYED = "test_prepare_dry_run"


class _GroupOfLive(ResourceGroupPreparer):
    """Of another name while it is recorded than in the cassette, as in live mode."""

    @property
    def random_name(self) -> str:
        test, name = self.test_class_instance, "somebodys-group"
        if test.mode is Mode.PLAYBACK:
            return str(self.moniker)
        test.names[name] = str(self.moniker)
        return name


class _Rehearsal(NetworkScenarioTest):
    """Scenarios that are run by the tests below."""

    __test__ = False

    @ResourceGroupPreparer()
    def test_prepare_dry_run(self) -> None:
        self.put_network()
        self.cmd(f"{PREPARE} --dry-run")

    @ResourceGroupPreparer()
    def test_prepare_once(self) -> None:
        self.put_network()
        self.cmd(PREPARE)

    @ResourceGroupPreparer()
    def test_prepare_otherwise(self) -> None:
        self.put_network()
        self.cmd(f"{PREPARE} --tags owner=somebody")

    @_GroupOfLive()
    def test_prepare_and_cleanup(self) -> None:
        self.put_network()
        self.cmd(f"{PREPARE} --role least-privilege")
        left = self.cmd("aks kubenet cleanup -g {rg} -n {cluster} --yes").json
        self.assertEqual(left["kept"], [])
        self.assertEqual(len(left["changes"]), 5)

    @ResourceGroupPreparer()
    def test_fail(self) -> None:
        self.put_network()
        self.cmd(f"{PREPARE} --dry-run")
        self.fail("on purpose")

    def test_nothing(self) -> None:
        pass

    def test_reach_out(self) -> None:
        socket.create_connection(("127.0.0.1", 9), timeout=1)

    def test_wait(self) -> None:
        time.sleep(3600)
        self.assertEqual(functions_that_wait(), [])


def rehearse(name: str, recordings: Path) -> str:
    """What went wrong in a scenario; empty if nothing did."""
    result = unittest.TestResult()
    _Rehearsal(name, recordings).run(result)
    assert result.testsRun == 1
    return "".join(text for _, text in (*result.failures, *result.errors))


@pytest.fixture(autouse=True)
def playing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBENET_RECORD", raising=False)
    monkeypatch.delenv("AZURE_TEST_RUN_LIVE", raising=False)


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBENET_RECORD", "true")


def put_cassette(folder: Path, name: str, source: str = PLAYED) -> None:
    text = (RECORDINGS / f"{source}.yaml").read_text(encoding="utf-8")
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_missing_cassette_fails(tmp_path: Path) -> None:
    failure = rehearse(PLAYED, tmp_path)
    assert f"There is no cassette {PLAYED}.yaml in {tmp_path}: run 'make record'." in failure


def test_cassette_is_played(tmp_path: Path) -> None:
    put_cassette(tmp_path, PLAYED)
    assert rehearse(PLAYED, tmp_path) == ""


def test_different_body_fails_with_the_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as recording:
        recording.setenv("KUBENET_RECORD", "true")
        assert rehearse("test_prepare_once", tmp_path) == ""
    (tmp_path / "test_prepare_once.yaml").rename(tmp_path / "test_prepare_otherwise.yaml")
    failure = rehearse("test_prepare_otherwise", tmp_path)
    assert "body differs" in failure
    assert '"owner": "somebody"' in failure


def test_different_address_fails_with_the_difference(tmp_path: Path) -> None:
    put_cassette(tmp_path, PLAYED)
    cassette = tmp_path / f"{PLAYED}.yaml"
    text = cassette.read_text(encoding="utf-8")
    changed = text.replace("/virtualNetworks/vnet/subnets/nodes?", "/virtualNetworks/vnet/subnets/other?")
    assert changed != text
    cassette.write_text(changed, encoding="utf-8")
    failure = rehearse(PLAYED, tmp_path)
    assert "path differs" in failure
    assert "/subnets/nodes != " in failure


def test_request_that_is_not_sent_any_more_fails(tmp_path: Path) -> None:
    put_cassette(tmp_path, "test_nothing")
    failure = rehearse("test_nothing", tmp_path)
    assert "recorded, but not sent any more" in failure
    assert "/subnets/nodes?" in failure


def test_network_is_blocked(tmp_path: Path) -> None:
    put_cassette(tmp_path, "test_reach_out")
    assert "A playback reached for the network: ('127.0.0.1', 9" in rehearse("test_reach_out", tmp_path)


def test_waiting_takes_no_time(tmp_path: Path) -> None:
    put_cassette(tmp_path, "test_wait")
    before = (time.sleep, {each: (each.__defaults__, each.__kwdefaults__) for each in functions_that_wait()})
    assert len(before[1]) > 1
    failure = rehearse("test_wait", tmp_path)
    assert "not sent any more" in failure, "and nothing else went wrong"
    assert before == (time.sleep, {each: (each.__defaults__, each.__kwdefaults__) for each in functions_that_wait()})


def test_network_is_put_back(tmp_path: Path) -> None:
    put_cassette(tmp_path, PLAYED)
    before = (socket.getaddrinfo, socket.socket.connect, ThreadPoolExecutor.__init__)
    environment, variables = os.environ, dict(os.environ)
    assert rehearse(PLAYED, tmp_path) == ""
    assert before == (socket.getaddrinfo, socket.socket.connect, ThreadPoolExecutor.__init__)
    assert os.environ is environment
    assert dict(os.environ) == variables


@pytest.mark.usefixtures("recording")
def test_recording_twice_gives_the_same_cassette(tmp_path: Path) -> None:
    texts = []
    for name in ("first", "second"):
        assert rehearse("test_prepare_once", tmp_path / name) == ""
        texts.append((tmp_path / name / "test_prepare_once.yaml").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_marks_of_another_group_are_derived_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as recording:
        recording.setenv("KUBENET_RECORD", "true")
        assert rehearse("test_prepare_and_cleanup", tmp_path) == ""
    assert "somebodys-group" not in (tmp_path / "test_prepare_and_cleanup.yaml").read_text(encoding="utf-8")
    assert rehearse("test_prepare_and_cleanup", tmp_path) == ""


@pytest.mark.usefixtures("recording")
def test_failing_scenario_leaves_the_old_cassette_alone(tmp_path: Path) -> None:
    old = tmp_path / "test_fail.yaml"
    old.write_text("old", encoding="utf-8")
    assert "on purpose" in rehearse("test_fail", tmp_path)
    assert old.read_text(encoding="utf-8") == "old"
