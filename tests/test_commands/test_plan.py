"""`az aks kubenet plan` through the real az: what is printed, where, and the exit code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

from .azure import NETWORK, NETWORKS, answer, codes, finding, kubenet, put_network, refused


def test_the_answer_has_the_keys_of_the_contract(az: AzSession, sim: Simulator) -> None:
    plan = answer(kubenet(az, "plan", "--node-count", "24", "--max-surge", "3"))
    assert set(plan) == {
        *("networkPlugin", "nodePools", "peakNodes", "virtualNetwork", "subnet", "subnets", "pods"),
        *("services", "capacity", "comparison", "recommendation", "findings", "nextCommands"),
    }
    assert set(plan["nodePools"][0]) == {
        *("name", "nodeCount", "maxCount", "maxPods", "maxSurge", "surgeNodes", "peakNodes", "subnet")
    }
    assert (plan["peakNodes"], plan["subnet"]["prefixLength"], plan["subnet"]["freeAddresses"]) == (27, 27, 0)
    assert set(plan["capacity"]) == {*("maxNodes", "headroomNodes", "maxPods", "limitedBy", "limits", "nextPrefix")}
    assert [each["model"] for each in plan["comparison"]] == [
        *("kubenet", "azureCniOverlay", "azureCniNodeSubnet", "azureCniPodSubnet")
    ]
    assert plan["nextCommands"][-1].startswith("az aks ")
    assert sim.requests == []


def test_the_table_tells_ranges_models_and_verdict(az: AzSession) -> None:
    done = kubenet(az, "plan", "--node-count", "24", "--output", "table")
    header, rule, *rows = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert header.split() == ["Plan", "Value", "Detail"]
    assert set(rule) == {"-", " "}
    assert [row.split("  ")[0] for row in rows if row[0] != " "][:5] == [
        *("Virtual network", "Subnet", "Pods", "Services", "Can grow to"),
    ]
    assert any(verdict in row for row in rows[-6:] for verdict in ("READY", "WARNINGS"))
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_finding_exits_with_4_after_the_whole_answer(az: AzSession) -> None:
    plan = answer(kubenet(az, "plan", "--node-count", "30", "--subnet-prefix", "192.168.0.0/27"), 4)
    assert codes(plan) == {"IP2"}
    assert plan["subnet"]["freeAddresses"] < 0
    assert finding(plan, "RET1")["severity"] == "info"


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--query", "subnet.addressPrefix", "-o", "tsv"), 0, "192.168.0.0/28\n"),
        (("--max-pods", "251", "--query", "findings[?status=='failed'].code", "-o", "tsv"), 4, "POD3\nRET1\n"),
        (("--max-pods", "251", "--ignore", "pod3", "--query", "peakNodes", "-o", "jsonc"), 0, "4\n"),
    ],
)
def test_query_and_formats_go_with_the_exit_code(
    az: AzSession, words: tuple[str, ...], code: int, expected: str
) -> None:
    done = kubenet(az, "plan", *words)
    assert (done.returncode, done.stdout) == (code, expected)
    told = "ERROR: POD3: Node pool 'nodepool1' has 251 pods a node; 10 to 250 are accepted.\n"
    assert done.stderr == (told if code else "")


def test_a_table_says_that_a_plan_has_an_error_and_stderr_does_not_repeat_it(az: AzSession) -> None:
    done = kubenet(az, "plan", "--max-pods", "251", "--output", "table")
    assert (done.returncode, done.stderr) == (4, "")
    assert re.search(r"^POD3 +error ", done.stdout, re.MULTILINE)
    assert "NOT READY" in done.stdout


def test_the_comparison_alone_is_a_plain_table(az: AzSession) -> None:
    done = kubenet(az, "plan", "--query", "comparison", "--output", "table")
    assert done.returncode == 0
    assert [line.split()[-1] for line in done.stdout.splitlines()[2:]] != []
    assert "azureCniOverlay" in done.stdout


def test_prefixes_from_a_file(az: AzSession, tmp_path: Path) -> None:
    file = tmp_path / "used.txt"
    file.write_text("# the office\n10.20.0.0/24, 10.20.1.0/24\n10.20.2.0/24 # guests\n", encoding="utf-8")
    words = (
        "--vnet-address-prefixes",
        "10.20.0.0/16",
        "--used-prefixes",
        f"@{file}",
        "--peered-prefixes",
        "10.0.0.0/14",
    )
    plan = answer(kubenet(az, "plan", *words))
    assert plan["virtualNetwork"] == {"addressPrefixes": ["10.20.0.0/16"], "proposed": False}
    assert plan["subnet"]["addressPrefix"] == "10.20.3.0/28"
    assert plan["services"]["serviceCidr"] == "10.4.0.0/16"
    file.write_text("# nothing\n", encoding="utf-8")
    assert refused(kubenet(az, "plan", "--used-prefixes", f"@{file}")) == (
        "ERROR: --used-prefixes: no prefix was given.\nGive at least one, or omit the option.\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--pod-cidr", "10.0.0.1/16"), 1, "--pod-cidr: '10.0.0.1/16' has host bits set: a /16 begins at 10.0.0.0."),
        (("--node-count", "-1"), 1, "--node-count: '-1' is not a count of one to nine digits."),
        (("--vnet-name", "vnet"), 1, "--vnet-name: 'vnet' is a name, and its resource group is not known."),
        (("--need", "nothing"), 2, "'nothing' is not a valid value for '--need'."),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(az: AzSession, words: tuple[str, ...], code: int, sentence: str) -> None:
    assert sentence in refused(kubenet(az, "plan", *words), code)


def test_no_login_is_needed(az: AzSession, tmp_path: Path) -> None:
    done = az.run(
        *("aks", "kubenet", "plan", "--node-count", "3", "--query", "peakNodes"),
        env={"AZURE_CONFIG_DIR": str(tmp_path / "fresh")},
    )
    assert (done.returncode, done.stdout) == (0, "4\n")


def test_a_live_network_is_read_by_name_and_by_id(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    sim.clear_log()
    plan = answer(kubenet(az, "plan", "--resource-group", "rg", "--vnet-name", "vnet"))
    assert plan["virtualNetwork"] == {"addressPrefixes": ["10.1.0.0/16"], "proposed": False}
    assert plan["subnet"]["addressPrefix"] == "10.1.1.0/28"
    assert [str(entry) for entry in sim.requests] == [f"GET {NETWORK} -> 200"]
    assert (
        answer(kubenet(az, "plan", "--vnet-id", NETWORK.upper().replace("/VNET", "/vnet")))["subnet"] == plan["subnet"]
    )
    missing = refused(kubenet(az, "plan", "--vnet-id", f"{NETWORKS}/none"), 3)
    assert "none' under resource group 'rg' was not found" in missing


def test_an_answer_that_is_no_network_is_one_sentence(az: AzSession, sim: Simulator) -> None:
    sim.add_fault(path="virtualNetworks", status=200, body={"id": NETWORK, "name": 7})
    error = refused(kubenet(az, "plan", "--vnet-id", NETWORK))
    assert error.startswith("ERROR: Azure's answer has an unexpected format: expected text in 'name', got a number.")
