"""`az aks kubenet validate-subnet` through the real az: reports, refusals, and that it only reads."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

from .azure import (
    CLUSTER,
    CLUSTERS,
    GROUP,
    IDENTITY,
    NAMES,
    NETWORK,
    SUBNET,
    TABLE,
    TABLES,
    answer,
    codes,
    finding,
    kubenet,
    put_cluster,
    put_identity,
    put_network,
    put_ready,
    put_table,
    refused,
    writes,
)

FINDING_KEYS = {
    *("code", "name", "title", "severity", "status", "message", "resourceId", "evidence", "remediation", "commands"),
    *("destructiveCommands", "documentation"),
}
HIDDEN_SUBSCRIPTION = "00000000-0000-0000-0000-000000000099"


def test_a_clean_subnet_is_ready(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", IDENTITY))
    assert set(report) == {"subnetId", "verdict", "counts", "findings"}
    assert all(set(each) - {"resourceGroup"} == FINDING_KEYS for each in report["findings"])
    assert (report["subnetId"], report["verdict"]) == (SUBNET, "ready")
    assert (report["counts"]["errors"], report["counts"]["warnings"], report["counts"]["unknown"]) == (0, 0, 0)
    assert finding(report, "ID3")["status"] == "passed"
    assert writes(sim) == []


def test_all_errors_at_once_with_the_fix(az: AzSession, sim: Simulator) -> None:
    inside = {"addressPrefix": "10.244.3.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.9.9"}
    table = put_table(sim, TABLE, {"name": "inside-the-pods", "properties": inside})
    delegation = {"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}
    put_network(sim, addressPrefix="10.1.0.0/29", routeTable={"id": table}, delegations=[delegation])
    sim.clear_log()
    words = ("--service-cidr", "10.1.0.0/16", "--pod-cidr", "10.244.0.0/24", "--ignore", "pod1")
    report = answer(kubenet(az, "validate-subnet", *NAMES, *words), 4)
    assert {"IP2", "SN2", "SVC3", "OVL2", "RT4", "ID1"} - {"SVC3", "RT4"} <= codes(report)
    assert (report["verdict"], finding(report, "POD1")["evidence"]) == ("notReady", {"reason": "ignored"})
    assert report["counts"]["errors"] == sum(
        (each["severity"], each["status"]) == ("error", "failed") for each in report["findings"]
    )
    failed = [each for each in report["findings"] if each["status"] == "failed"]
    assert all(each["remediation"] and each["documentation"].startswith("https://") for each in failed)
    assert "10.1.0.0/29" in finding(report, "IP2")["message"]
    assert writes(sim) == []


def test_the_table_shows_the_worst_first(az: AzSession, sim: Simulator) -> None:
    put_network(sim, addressPrefix="10.1.0.0/29", routeTable={"id": put_table(sim)})
    done = kubenet(az, "validate-subnet", *NAMES, "--output", "table")
    header, _, *rows = done.stdout.splitlines()
    assert (done.returncode, header.split(), done.stderr) == (4, ["Code", "Severity", "Message"], "")
    shown = [row.split()[1] for row in rows if not row.startswith(" ")]
    assert shown == sorted(shown, key=["error", "warning", "note"].index)
    assert {"error", "note"} <= set(shown)
    assert any(row.split()[:2] == ["NOT", "READY"] for row in rows)


def test_ids_are_taken_in_any_casing(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    subnet = SUBNET.replace("resourceGroups/rg", "resourcegroups/RG").replace("/nodes", "/NODES")
    words = (
        "--vnet-subnet-id",
        subnet,
        "--assign-identity",
        IDENTITY.upper().replace("/SUBSCRIPTIONS", "/subscriptions"),
    )
    report = answer(kubenet(az, "validate-subnet", *words))
    assert (report["subnetId"], report["verdict"]) == (subnet, "ready")


def test_the_own_cluster_is_no_conflict(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    words = ("validate-subnet", *NAMES, "--assign-identity", IDENTITY)
    assert {"SN3", "RT3"} <= codes(answer(kubenet(az, *words), 4))
    for name in ("AKS", CLUSTER.replace("resourceGroups", "resourcegroups")):
        report = answer(kubenet(az, *words, "--cluster-name", name))
        assert codes(report) == set()
        assert report["verdict"] == "ready"
    missing = refused(kubenet(az, *words, "--cluster-name", f"{CLUSTERS}/another"), 3)
    assert "Cluster 'another' was not found in group 'rg'" in missing


@pytest.mark.parametrize(
    ("subnet", "sentence", "listed"),
    [
        (f"{NETWORK}/subnets/none", "The subnet 'none' was not found in group 'rg' of subscription", "nodes"),
        (f"{NETWORK}x/subnets/none", "The virtual network 'vnetx' was not found in group 'rg' of subscription", "vnet"),
    ],
)
def test_what_is_not_there_exits_with_3_and_says_where_to_look(
    az: AzSession, sim: Simulator, subnet: str, sentence: str, listed: str
) -> None:
    put_network(sim)
    error = refused(kubenet(az, "validate-subnet", "--vnet-subnet-id", subnet), 3)
    first, second, *rest = error.strip().splitlines()
    assert first.startswith(f"ERROR: {sentence}")
    assert rest == []
    command = shlex.split(second.removeprefix("See what exists: "))
    assert listed in az.must_run(*command[1:]).stdout.split()


def test_a_subscription_that_may_not_be_read(az: AzSession, sim: Simulator) -> None:
    sim.add_subscription(HIDDEN_SUBSCRIPTION, role="")
    subnet = SUBNET.replace(sim.subscription_id, HIDDEN_SUBSCRIPTION)
    error = refused(kubenet(az, "validate-subnet", "--vnet-subnet-id", subnet))
    assert error.startswith("ERROR: Nothing is known about subnet 'nodes': you may not read ")
    assert "the permission Microsoft.Network/virtualNetworks/subnets/read is missing." in error
    assert "az account show" in error


def test_reader_on_the_subnet_alone_still_gives_a_report(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.set_caller_roles([(SUBNET, "Reader")])
    report = answer(kubenet(az, "validate-subnet", "--vnet-subnet-id", SUBNET, "--assign-identity", IDENTITY))
    assert report["verdict"] == "readyWithWarnings"
    assert (finding(report, "IP1")["status"], finding(report, "IP2")["status"]) == ("passed", "unknown")
    hidden = [each for each in report["findings"] if each["status"] == "unknown"]
    assert len(hidden) == report["counts"]["unknown"] > 5
    missing = {each["code"]: each["evidence"]["missingPermission"] for each in hidden}
    assert missing["RT3"] == "Microsoft.Network/routeTables/read"
    assert missing["OVL1"] == "Microsoft.Network/virtualNetworks/read"
    assert all(each["evidence"]["missingPermission"] in each["message"] for each in hidden)


def test_a_list_in_pages_and_a_refused_resource_graph(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)
    sim.settings.page_size = 1
    sim.settings.refuse_resource_graph = True
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", IDENTITY), 4)
    assert "SN3" in codes(report)
    assert "'aks'" in finding(report, "SN3")["message"]


def test_without_an_identity_a_route_table_fails(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    report = answer(kubenet(az, "validate-subnet", *NAMES), 4)
    assert codes(report) == {"ID1"}
    bare = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/bare"
    subnet = {"name": "nodes", "properties": {"addressPrefix": "10.3.0.0/24"}}
    space = {"addressSpace": {"addressPrefixes": ["10.3.0.0/16"]}, "subnets": [subnet]}
    sim.put(bare, {"location": "westeurope", "properties": space})
    report = answer(kubenet(az, "validate-subnet", "--vnet-subnet-id", f"{bare}/subnets/nodes"))
    assert (report["verdict"], codes(report, severity="warning") & {"RT1"}) == ("readyWithWarnings", {"RT1"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "No subnet is named."),
        (("--vnet-subnet-id", NETWORK), "is the ID of a Microsoft.Network/virtualNetworks."),
        (
            ("--vnet-subnet-id", SUBNET, "--assign-identity", "me"),
            "--assign-identity: 'me' is not the ID of a resource",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_before_any_request(
    az: AzSession, sim: Simulator, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused(kubenet(az, "validate-subnet", *words))
    assert sim.requests == []


def test_an_identity_that_is_not_there_is_not_judged(sim: Simulator, az: AzSession) -> None:
    put_network(sim)
    missing = f"{IDENTITY}-nope"
    for words in (
        ("validate-subnet", "--vnet-subnet-id", SUBNET),
        ("create", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET, "--no-ssh-key"),
    ):
        done = kubenet(az, *words, "--assign-identity", missing)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"Identity '{missing}' was not found." in done.stderr


def test_an_azure_that_is_not_there_is_one_clear_sentence(extension_dir: Path, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    with Simulator() as gone:
        az = gone.az(tmp_path / "az", extension_dir=extension_dir)
        authority.write_bytes(gone.ca_file.read_bytes())
    az.env["REQUESTS_CA_BUNDLE"] = str(authority)
    advice = "Check the network and 'az cloud show'; then run the command again."
    error = refused(kubenet(az, "validate-subnet", "--vnet-subnet-id", SUBNET))
    assert error == f"ERROR: No answer from {gone.url}/ while reading {SUBNET}.\n{advice}\n"
    for cache in ("msal_token_cache.json", "msal_http_cache.bin"):
        (az.folder / cache).unlink(missing_ok=True)
    error = refused(kubenet(az, "validate-subnet", "--vnet-subnet-id", SUBNET))
    assert re.fullmatch(rf"ERROR: No answer from {gone.url}/\S+ while signing in\.\n{advice}\n", error)


def test_a_route_table_in_another_group_is_read_too(az: AzSession, sim: Simulator) -> None:
    elsewhere = put_table(sim, f"{TABLES}/routes".replace("/rg/", "/hub/"))
    put_network(sim, routeTable={"id": elsewhere})
    put_identity(sim, SUBNET, elsewhere)
    report = answer(kubenet(az, "validate-subnet", *NAMES, "--assign-identity", IDENTITY))
    assert codes(report) == set()
    assert finding(report, "ID3")["status"] == "passed"
