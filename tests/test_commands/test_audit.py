"""`az aks kubenet audit` through the real az: the answer, what is said of what was not seen, and exit codes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fleet import SECOND, THIRD, Member, put_member, put_mixed_fleet
from tests.simulator import AzSession, Simulator

from .azure import answer, kubenet, refused, writes

FIRST = Simulator.subscription_id
OVERLAY = {"networkPlugin": "azure", "networkPluginMode": "overlay"}

ROWS = """\
rebuild confidential 2/2 MG5
rebuild long-names 2/2 MG6
blocked agic-large 2/2 MG17 MG27
blocked availability-set 2/2 MG5
blocked calico-old 2/2 MG3 MG16
blocked failed 2/2 MG20
blocked gateway-large 2/2 MG17 MG7
blocked services 2/2 OVL2
blocked stopped 0/2 MG20
blocked stripped 2/2 RT10
blocked no-egress 2/2 EG1
blocked old 2/2 MG1
steps calico 2/40 MG3
steps gateway 2/2 MG7
steps managed-calico 2/2 MG3
steps system-identity 2/2 MG2
ready small-subnet 9/30 IP2
ready small-pods 3/20 POD1
ready ready-2 2/9
ready ready-1 3/3
ready agic 2/2 MG27
ready dual-stack 2/2 MG11
ready egress 2/2
ready left-behind 2/2 RT9
ready managed 2/2
ready updating 2/2
ready ready-3 2/2
"""
"""Effort, cluster, nodes and codes, in their order."""


def by_name(result: Any) -> dict[str, Any]:
    return {each["name"]: each for each in result["clusters"]}


def put_ready(sim: Simulator, **more: Any) -> Member:
    member = Member(name="ready", number=1, **more)
    put_member(sim, member)
    return member


def test_thirty_mixed_clusters(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    result = answer(kubenet(az, "audit"))
    assert result["counts"] == {"kubenet": 27, "ready": 11, "steps": 4, "blocked": 10, "rebuild": 2, "nodes": 61}
    coverage = result["coverage"]
    assert (coverage["subscriptionsVisible"], coverage["subscriptionsRead"]) == (3, 3)
    assert (coverage["clustersVisible"], coverage["complete"], coverage["reasons"]) == (30, True, [])
    assert by_name(result)["calico"]["subscriptionName"] == "Second"
    assert by_name(result)["calico"]["command"] == (
        f"az aks kubenet migrate --subscription {SECOND} --resource-group rg-calico --name calico --dry-run"
    )
    assert by_name(result)["gateway"]["gateway"].endswith("/applicationGateways/gw-gateway")
    unknown = [row["name"] for row in result["clusters"] for each in row["findings"] if each["status"] == "unknown"]
    assert set(unknown) == {"stripped"}
    assert writes(sim) == []


def test_the_table(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    done = kubenet(az, "audit", "--output", "table")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines() if re.match(r"[a-z]", line)]
    assert [" ".join([effort, name, *rest]) for effort, name, _, *rest in rows] == ROWS.splitlines()
    assert max(map(len, done.stdout.splitlines())) <= 80
    total = " ".join(done.stdout.partition("TOTAL")[2].partition("Why")[0].split())
    assert total == "27 on kubenet 3 of 3 61 2 rebuild, 10 blocked, subscriptions 4 steps, 11 ready"


def test_what_moved_and_left_something_comes_last(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    result = answer(kubenet(az, "audit", "--include-migrated"))
    assert [each["name"] for each in result["clusters"]][-1] == "moved"
    moved = by_name(result)["moved"]
    assert (moved["effort"], [each["kind"] for each in moved["leftovers"]]) == ("leftovers", ["route", "routeTable"])
    assert result["counts"]["kubenet"] == 27


def test_scopes(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    sim.add_management_group("mg", [SECOND, THIRD])
    second = answer(kubenet(az, "audit", "--subscriptions", SECOND))
    assert (set(by_name(second)), second["coverage"]["subscriptionsVisible"]) == ({"ready-2", "calico"}, 1)
    group = answer(kubenet(az, "audit", "--management-groups", "mg"))
    assert group["coverage"]["subscriptionsVisible"] == 2
    assert {each["subscriptionId"] for each in group["clusters"]} == {SECOND, THIRD}


def test_azs_own_subscription_is_a_scope_by_its_name(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    result = answer(kubenet(az, "audit", "--subscription", "Simulated Subscription"))
    assert {each["subscriptionId"] for each in result["clusters"]} == {FIRST}
    assert result["coverage"]["subscriptionsVisible"] == 1


def test_a_subscription_without_reader_makes_it_incomplete(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    hidden = f"/subscriptions/{SECOND}/resourceGroups/rg-ready-2"
    sim.set_caller_roles([(f"/subscriptions/{FIRST}", "Reader"), (hidden, "Reader")])
    done = kubenet(az, "audit")
    coverage = answer(done)["coverage"]
    assert (coverage["subscriptionsVisible"], coverage["subscriptionsRead"], coverage["complete"]) == (2, 1, False)
    assert "WARNING: Not complete: 1 of 2 subscriptions cannot be seen, " in done.stderr
    assert f"Second ({SECOND})" in done.stderr


@pytest.mark.parametrize("refused_graph", [False, True])
def test_the_gate(az: AzSession, sim: Simulator, refused_graph: bool) -> None:
    sim.add_subscription(SECOND, "Second")
    sim.settings.refuse_resource_graph = refused_graph
    put_ready(sim, profile=OVERLAY, own_network=False)
    assert answer(kubenet(az, "audit", "--require-none"))["counts"]["kubenet"] == 0
    hidden = f"/subscriptions/{SECOND}/resourceGroups/rg"
    sim.put(hidden, {"location": "westeurope"})
    sim.set_caller_roles([(f"/subscriptions/{FIRST}", "Reader"), (hidden, "Reader")])
    unproved = kubenet(az, "audit", "--require-none")
    assert answer(unproved, 1)["coverage"]["complete"] is False
    assert "ERROR: It is not proved that no cluster is on kubenet: not everything was seen." in unproved.stderr
    put_member(sim, Member(name="kubenet", number=2))
    found = kubenet(az, "audit", "--require-none")
    failed = [each for each in answer(found, 4)["findings"] if each["status"] == "failed"]
    assert [each["code"] for each in failed] == ["RET1", "RET2"]
    assert "ERROR: RET2: 1 cluster is on kubenet, which ends on 2028-03-31: kubenet." in found.stderr


def test_without_resource_graph_the_answer_is_the_same(az: AzSession, sim: Simulator) -> None:
    put_mixed_fleet(sim)
    whole = answer(kubenet(az, "audit"))
    sim.settings.refuse_resource_graph = True
    done = kubenet(az, "audit")
    assert {**answer(done), "coverage": None} == {**whole, "coverage": None}
    assert done.stderr == ""


def test_what_is_too_new_for_resource_graph_is_not_there(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.let_graph_lag()
    put_member(sim, Member(name="new", number=2))
    assert set(by_name(answer(kubenet(az, "audit")))) == {"ready"}


def test_what_is_ignored_is_left_out(az: AzSession, sim: Simulator) -> None:
    put_ready(sim, version="1.26.6")
    assert answer(kubenet(az, "audit"))["counts"]["blocked"] == 1
    assert answer(kubenet(az, "audit", "--ignore", "MG1"))["counts"]["ready"] == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--subscriptions", "mine"), "--subscriptions: 'mine' is not the ID of a subscription."),
        (("--management-groups", "mg", "--subscriptions", FIRST), "--management-groups already says where to look."),
        (("--ignore", "XX1"), "--ignore: 'XX1' is not the code of a rule."),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_any_request(
    az: AzSession, sim: Simulator, words: tuple[str, ...], text: str
) -> None:
    assert text in refused(kubenet(az, "audit", *words))
    assert sim.requests == []
