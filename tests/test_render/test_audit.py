"""Audits as JSON and as a table."""

from __future__ import annotations

from typing import Any

from azext_kubenet.core.fleet.audit import audit_fleet
from azext_kubenet.core.fleet.fleet import Fleet, Subscription
from azext_kubenet.render.audit import audit_table, render_audit
from tests.test_core.fleet.test_audit import fleet_of, member, moved
from tests.test_core.make import SUBSCRIPTION, TODAY


def rendered(fleet: Fleet, *, with_migrated: bool = False) -> Any:
    return render_audit(audit_fleet(fleet, today=TODAY, with_migrated=with_migrated), TODAY)


def test_every_key_of_the_contract() -> None:
    result = rendered(fleet_of(member("a", 1), faults=("A page failed.",)))
    assert set(result) == {"retirement", "coverage", "counts", "findings", "clusters"}
    assert result["retirement"] == {"date": "2028-03-31", "daysLeft": 495}
    assert result["coverage"] == {
        "subscriptionsVisible": 1,
        "subscriptionsRead": 1,
        "clustersVisible": 1,
        "complete": False,
        "reasons": ["A page failed."],
        "asOf": "2026-11-26T00:00:00Z",
    }
    assert result["counts"] == {"kubenet": 1, "ready": 1, "steps": 0, "blocked": 0, "rebuild": 0, "nodes": 2}
    row = result["clusters"][0]
    assert list(row) == [
        *("id", "name", "resourceGroup", "subscriptionId", "subscriptionName", "location", "kubernetesVersion"),
        *("nodes", "maximumNodes", "ownNetwork", "networkPolicy", "outboundType", "identityType", "gateway"),
        *("effort", "steps", "findings", "leftovers", "command"),
    ]
    assert (row["subscriptionId"], row["subscriptionName"], row["networkPolicy"]) == (SUBSCRIPTION, "Ours", "none")
    assert (row["identityType"], row["gateway"], row["leftovers"]) == ("UserAssigned", None, [])


def test_after_the_end_no_day_is_left() -> None:
    late = TODAY.replace(year=2030)
    assert render_audit(audit_fleet(fleet_of(), today=late), late)["retirement"]["daysLeft"] == 0


def test_the_table_tells_effort_size_and_codes_errors_first() -> None:
    fleet = fleet_of(
        member("a", 1, network_policy="calico", kubernetes_version="1.28.0"),
        member("b", 2, ip_families=("IPv4", "IPv6"), provisioning_state="Updating"),
        moved("left", 3, "10.103.0.0/24"),
    )
    assert [list(row.values()) for row in audit_table(rendered(fleet, with_migrated=True))] == [
        ["blocked", "a", "rg", "2/2", "MG3 MG16"],
        ["ready", "b", "rg", "2/2", "MG11"],
        ["leftovers", "left", "rg", "2/2", "2 left over"],
        ["TOTAL", "2 on kubenet", "1 of 1\nsubscriptions", "4", "1 blocked, 1 ready"],
        ["Why", "what a code\nmeans", "", "", "az aks kubenet list-rules\n--code CODE"],
        ["Next", "a command for\neach", "", "", 'add --query\n"clusters[].command" -o tsv'],
    ]
    assert list(audit_table(rendered(fleet))[0]) == ["Effort", "Cluster", "Group", "Nodes", "Why"]


def test_what_is_left_over_has_its_command() -> None:
    (row,) = rendered(fleet_of(moved("left", 3, "10.103.0.0/24")), with_migrated=True)["clusters"]
    assert [each["kind"] for each in row["leftovers"]] == ["route", "routeTable"]
    assert all(each["command"].startswith("az network ") for each in row["leftovers"])


def test_nothing_steers_the_terminal() -> None:
    strange = (Subscription(id=SUBSCRIPTION, name="\x1b]0;"),)
    result = rendered(fleet_of(member("a", 1, location="\x1b[31m"), subscriptions=strange))
    assert "\x1b" not in "".join(map(str, result["clusters"][0].values()))


def test_long_names_leave_room_for_the_reasons() -> None:
    long = "a-cluster-whose-name-has-all-of-the-63-characters-that-it-may-have"
    rows = audit_table(rendered(fleet_of(member(long, 1, network_policy="calico"))))
    widest = [max(len(line) for row in rows for line in row[key].splitlines()) for key in ("Cluster", "Group", "Why")]
    assert "".join(rows[0]["Cluster"].split()) == long
    assert sum(widest) <= 80 - len("Effort    Nodes  ") - 3 * 2


def test_a_fleet_without_clusters_asks_for_no_next_step() -> None:
    assert [row["Effort"] for row in audit_table(rendered(fleet_of()))] == ["TOTAL"]
