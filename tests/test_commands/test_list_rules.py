"""`az aks kubenet list-rules` through the real az: the catalogue, offline."""

from __future__ import annotations

from azext_kubenet.core.rules import all_rules
from tests.simulator import AzSession, Simulator

from .azure import answer, kubenet, refused


def test_the_catalogue_as_json_and_as_a_table(az: AzSession, sim: Simulator) -> None:
    rules = answer(kubenet(az, "list-rules"))
    assert [each["code"] for each in rules] == [each.code for each in all_rules()]
    assert all(
        set(each) == {"code", "name", "severity", "title", "remediation", "documentation"} and all(each.values())
        for each in rules
    )
    done = kubenet(az, "list-rules", "--output", "table")
    header, _, *rows = done.stdout.splitlines()
    assert (done.returncode, header.split()) == (0, ["Code", "Severity", "Title"])
    assert {row.split()[0] for row in rows if not row.startswith(" ")} == {each.code for each in all_rules()}
    assert max(map(len, rows)) <= 80
    assert sim.requests == []


def test_rules_that_are_asked_for_are_shown_in_full(az: AzSession, sim: Simulator) -> None:
    first, second = answer(kubenet(az, "list-rules", "--code", "rt3", "SN1"))
    assert (first["code"], second["code"]) == ("SN1", "RT3")
    assert "route table" in second["reads"]
    assert "isResponsibleForRoute" in second["rationale"]
    assert first["documentation"] in first["sources"]
    assert first["withoutCommand"] == "Azure can neither move nor rename a virtual network or route table."
    assert answer(kubenet(az, "list-rules", "--code", "ID2"))[0]["withoutCommand"] is None
    assert "No command: Azure can neither" in kubenet(az, "list-rules", "--code", "SN1", "-o", "table").stdout
    done = kubenet(az, "list-rules", "--code", "ID1", "--output", "table")
    assert all(words in done.stdout for words in ("Reads: ", "Why: ", "To repair: ", "Where it runs: ", "Source: http"))
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "--code: 'RT99' is not the code of a rule" in refused(kubenet(az, "list-rules", "--code", "RT99"))
    assert sim.requests == []


def test_one_rule_by_query(az: AzSession) -> None:
    done = kubenet(az, "list-rules", "--query", "[?code=='RT3'].severity", "--output", "tsv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "error\n", "")
