from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from azext_kubenet.core.azure.managed_clusters import RunningCluster
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.clusters.running_routes import RouteState
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.checked import check_cluster
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage, Status
from tests.simulator import LoggedRequest

from .__main__ import main, render_table
from .checking import make_running
from .large_snapshot import CLUSTER, Size, large_snapshot
from .measure import Row, Target, ratio, take_turns
from .traffic import Traffic, traffic_of


def make_request(begin: float, end: float) -> LoggedRequest:
    return LoggedRequest("GET", "/", {}, "", time=begin, duration=end - begin)


def test_requests_side_by_side_are_one_round() -> None:
    log = [make_request(0, 10), make_request(1, 11), make_request(2, 12)]
    assert traffic_of(log) == Traffic(requests=3, rounds=1)


def test_requests_that_wait_for_each_other_are_a_round_each() -> None:
    log = [make_request(0, 10), make_request(10, 20), make_request(20, 30)]
    assert traffic_of(log) == Traffic(requests=3, rounds=3)


def test_the_longest_chain_counts() -> None:
    log = [make_request(0, 30), make_request(0, 10), make_request(11, 20), make_request(12, 29)]
    assert traffic_of(log) == Traffic(requests=4, rounds=2)


def test_turns_alternate_their_order_and_the_first_is_not_counted() -> None:
    order: list[str] = []

    def take(name: str) -> float:
        order.append(name)
        return float(len(order))

    timings = take_turns({"a": lambda: take("a"), "b": lambda: take("b")}, 2)
    assert "".join(order) == "abbaab"
    assert timings == {"a": [4.0, 5.0], "b": [3.0, 6.0]}


def test_ratio_is_the_median_of_the_turns() -> None:
    assert ratio({"a": [2.0, 30.0, 8.0], "b": [1.0, 10.0, 2.0]}, "a", "b") == 3.0


def test_table_says_what_is_met_what_is_missed_and_what_is_not_there() -> None:
    rows = [
        Row(name="fast", measured=0.5, target=Target(value=1), detail="a 1 s"),
        Row(name="slow", measured=1.5, target=Target(value=1.9, at_least=True), detail="b 2 s", requests=4, rounds=2),
        Row(name="gone", measured=None, target=Target(value=1), detail="not there"),
    ]
    assert render_table(rows).splitlines()[2:] == [
        "fast  0.50      <= 1     yes  -         -       a 1 s",
        "slow  1.50      >= 1.9   NO   4         2       b 2 s",
        "gone  -         <= 1     -    -         -       not there",
    ]


def test_what_cannot_be_measured_is_exit_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBENET_EXTENSION_DIR", str(tmp_path))
    assert main(["--only", "plan"]) == 1
    assert capsys.readouterr().err == f"The extension is not installed in {tmp_path}: run 'make install' first.\n"


def test_large_snapshot_is_judged_without_unknowns() -> None:
    snapshot = large_snapshot(Size(subnets=30, peerings=5, routes=4, security_rules=10, role_assignments=20, others=1))
    report = evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=date(2026, 1, 1), stage=Stage.VALIDATE)
    assert {each.rule.code for each in report.findings if each.status is Status.UNKNOWN} == set()
    passed = {each.rule.code for each in report.findings if each.status is Status.PASSED}
    assert passed >= {"OVL1", "OVL5", "RT4", "ID2", "ID3", "ID4", "ID5", "NSG2"}


def test_large_cluster_has_its_routes() -> None:
    snapshot = make_running(300)
    running = snapshot.running_cluster
    assert isinstance(running, RunningCluster)
    wanted = ClusterRequest(node_pools=(), cluster_id=running.cluster.id)
    checked = check_cluster(running, snapshot, wanted, today=date(2026, 1, 1))
    assert [each.state for each in checked.routing.nodes] == [RouteState.OK] * 300
