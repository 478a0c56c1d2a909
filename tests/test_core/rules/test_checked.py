"""A cluster that runs, checked by every rule at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules import all_rules, rules_of_kubenet
from azext_kubenet.core.rules.checked import Checked, check_cluster
from azext_kubenet.core.rules.rule import Stage, Status, Verdict

from ..make import TODAY, make_running_cluster


def check(today: date = TODAY, ignore: frozenset[str] = frozenset(), **cluster: Any) -> Checked:
    running = make_running_cluster(cluster=cluster)
    snapshot = Snapshot(running_cluster=running, managed_clusters=(running.cluster,), subnet=running.subnets[0])
    wanted = ClusterRequest(node_pools=(), cluster_id=running.cluster.id)
    return check_cluster(running, snapshot, wanted, today=today, ignore=ignore)


def statuses(checked: Checked) -> dict[str, Status]:
    return {each.rule.code: each.status for each in checked.report.findings}


def test_every_rule_has_its_say() -> None:
    checked = check()
    codes = dict.fromkeys(each.rule.code for each in checked.report.findings)
    assert list(codes) == [each.code for each in all_rules() if each.stage <= Stage.RUNNING]
    assert statuses(checked)["RT8"] is Status.PASSED
    assert checked.report.verdict is Verdict.READY
    assert checked.days_left == 495


def test_what_is_kubenets_is_not_applied_to_overlay() -> None:
    found = statuses(check(network_plugin="azure", network_plugin_mode="overlay"))
    codes = {each.code for each in rules_of_kubenet() if each.stage <= Stage.RUNNING}
    assert {"RT3", "RT8", "LIM1", "UN3", "RET1", "ID1", "ID3"} <= codes
    assert not {"IP2", "POD1", "ID2", "CL1", "NSG1"} & codes
    assert {code: status for code, status in found.items() if code in codes} == dict.fromkeys(codes, Status.SKIPPED)
    assert found["IP2"] is Status.PASSED


def test_what_is_ignored_is_skipped() -> None:
    assert statuses(check(ignore=frozenset({"RT8"})))["RT8"] is Status.SKIPPED


def test_after_the_end_no_days_are_left() -> None:
    assert check(date(2030, 1, 1)).days_left == 0
