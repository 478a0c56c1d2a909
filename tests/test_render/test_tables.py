"""Rows for people: as wide as the screen, one for many alike, one a missing right, what repairs, the verdict last."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.render.tables import NARROW, Screen, by_name, conclusion, counted, findings_rows, fit, verdict_row

SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/nodes"
RIGHT = "Microsoft.Network/routeTables/read"


def finding(code: str = "RT1", severity: str = "warning", status: str = "failed", **rest: Any) -> dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "status": status,
        "title": "all is well",
        "message": "It is broken.",
        "evidence": {},
        "resourceId": None,
        "commands": [],
        "destructiveCommands": [],
        **rest,
    }


def messages(*findings: dict[str, Any], screen: Screen = NARROW) -> list[str]:
    return [" ".join(row["Message"].split()) for row in findings_rows(findings, screen)]


def test_an_information_is_a_note() -> None:
    (row,) = findings_rows([finding("EG10", "info")], NARROW)
    assert row["Severity"] == "note"


def test_a_command_that_fits_stands_under_its_finding() -> None:
    assert messages(finding(commands=["az network nsg make"])) == ["It is broken. Fix: az network nsg make"]


def test_of_a_longer_one_it_is_said_how_to_get_it() -> None:
    long = f"az network vnet subnet update --ids {SUBNET} --route-table routes"
    (row,) = findings_rows([finding(commands=[long])], NARROW)
    assert row["Message"].splitlines()[-1] == "Fix: add --query \"findings[?code=='RT1'].commands[]\" -o tsv"
    (wide,) = findings_rows([finding(commands=[long])], Screen(columns=240))
    assert wide["Message"].splitlines()[-1] == f"Fix: {long}"


@pytest.mark.parametrize("command", ["kubectl get pods --all-namespaces", "az vm list-usage --location x"])
def test_a_command_that_only_reads_is_no_repair(command: str) -> None:
    assert messages(finding(commands=[command])) == [f"It is broken. See: {command}"]
    repair = 'az role assignment create --assignee "$(az identity show --ids /i)"'
    assert "Fix: add --query" in messages(finding(commands=[command, repair]))[0]


def test_several_commands_are_fetched_together() -> None:
    assert "Fix: add --query" in messages(finding(commands=["az a", "az b"]))[0]


def test_a_repair_that_takes_something_away_says_so() -> None:
    lock = "az lock delete --ids /l"
    assert messages(finding(destructiveCommands=[lock])) == [f"It is broken. Fix that takes something away: {lock}"]
    assert messages(finding(commands=["az a"], destructiveCommands=[lock])) == ["It is broken. Fix: az a"]
    assert messages(finding(destructiveCommands=[lock, lock])) == [
        "It is broken. Fix that takes something away: "
        "add --query \"findings[?code=='RT1'].destructiveCommands[]\" -o tsv"
    ]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (
            f"az aks kubenet prepare --cluster-name aks --vnet-subnet-id {SUBNET}",
            "az aks kubenet prepare --cluster-name aks --resource-group rg --vnet-name vnet --subnet-name nodes",
        ),
        (
            f"az x --resource-group rg --vnet-subnet-id {SUBNET} --yes",
            "az x --resource-group rg --vnet-name vnet --subnet-name nodes --yes",
        ),
        (f"az x --resource-group other --vnet-subnet-id {SUBNET}", None),
        ("az x --vnet-subnet-id SUBNET_ID", None),
        ("az x --vnet-subnet-id", None),
        ("az x", None),
    ],
)
def test_names_stand_for_the_id_of_a_subnet_where_they_mean_the_same(command: str, shown: str | None) -> None:
    assert by_name(command) == (shown or command)


def test_many_alike_are_one_row() -> None:
    many = [finding("OVL7", "info", message=f"Cluster {number} has the same.") for number in range(25)]
    assert messages(*many) == ["Cluster 0 has the same. And 24 more like this."]
    assert len(messages(*many[:3])) == 3


def test_unknown_findings_are_a_row_for_each_missing_right() -> None:
    unread = [
        finding(code, "error", "unknown", evidence={"missingPermission": RIGHT}, resourceId=f"{SUBNET}/usages")
        for code in ("RT3", "RT4", "RT3")
    ]
    policies = "Microsoft.PolicyInsights/policyStates/queryResults/action"
    other = finding("POL1", "warning", "unknown", evidence={"missingPermission": policies})
    assert messages(*unread, other) == [
        f"Not checked without {RIGHT}: RT3, RT4. Ask for the role Reader on subnet 'nodes' of virtual network 'vnet'.",
        f"Not checked without {policies}: POL1. Ask for the role Resource Policy Contributor.",
    ]


def test_what_no_right_would_open_says_why() -> None:
    busy = "Not checked whether all is well: Azure is busy."
    assert messages(
        finding("SN3", "error", "unknown", message=busy), finding("RT3", "error", "unknown", message=busy)
    ) == ["Not checked: SN3, RT3. Azure is busy."]


def test_a_long_id_is_broken_at_its_slashes() -> None:
    lines = fit(f"See {SUBNET} there.", 40).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert "".join(line.strip() for line in lines).replace("See", "").replace("there.", "").strip() == SUBNET
    assert fit("x" * 50, 20).splitlines() == ["x" * 20, "x" * 20, "x" * 10]


def test_the_verdict_counts_the_checks_and_not_the_notice() -> None:
    checks = [
        *(finding(), finding("IP2", "error"), finding("IP1", "error", "passed"), finding("SN3", "error", "unknown")),
        *(finding("EG2", "error", "skipped"), finding("RET1", "info")),
    ]
    assert counted(checks) == "1 error, 1 warning; 1 check passed, 1 not checked, 1 not applicable"
    assert counted([finding("IP1", "error", "passed")]) == "1 check passed, 0 not checked, 0 not applicable"
    assert verdict_row("ready", [], NARROW)["Severity"] == "READY"
    assert verdict_row("healthy", [], NARROW)["Severity"] == "HEALTHY"


def test_the_last_line_points_to_the_rules_that_were_broken_worst_first_while_they_fit() -> None:
    broken = [finding(), finding("IP2", "error"), finding("IP2", "error"), finding("EG10", "info")]
    why = "Why: az aks kubenet list-rules --code"
    assert conclusion(broken, 60).splitlines()[-1] == f"{why} IP2 RT1"
    assert conclusion(broken, 42).splitlines()[-1] == f"{why} IP2"
    assert why not in conclusion([finding("EG10", "info"), finding("IP1", "error", "passed")], 60)
    assert verdict_row("notReady", broken, NARROW)["Message"].endswith(f"{why} IP2 RT1")


def test_colours_are_for_terminals() -> None:
    (row,) = findings_rows([finding("IP2", "error")], Screen(colour=True))
    assert row["Severity"] == "\x1b[31merror\x1b[0m"
    assert Screen(colour=True).coloured("plain") == "plain"


def test_a_very_narrow_screen_still_shows_words() -> None:
    assert Screen(columns=10).left_of(6, 10) == 24
