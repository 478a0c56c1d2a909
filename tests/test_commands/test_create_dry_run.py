"""`az aks kubenet create --dry-run`: the body that would be sent, and nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import AzSession, Simulator

from .azure import GROUP, IDENTITIES, IDENTITY, SUBNET, TABLES, answer, codes, put_identity, put_ready, writes
from .creating import PREPARED, body_sent, create, put_unprepared

REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/images"
KUBELET = f"{IDENTITIES}/kubelet"
PRINCIPAL = ("--service-principal", "00000000-0000-0000-0000-0000000000dd", "--client-secret", "hidden-from-all")


KEYED = ("aks", "kubenet", "create", "-g", "rg", "-n", "aks", "--location", "westeurope", *PREPARED)


def dry_run(az: AzSession, sim: Simulator, *words: str) -> Any:
    """What a dry run shows; it must not write."""
    sim.clear_log()
    shown = answer(create(az, *PREPARED, *words, "--dry-run"))
    assert writes(sim) == []
    assert set(shown) == {"report", "managedCluster"}
    return shown


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--node-count", "5", "--enable-cluster-autoscaler", "--min-count", "2", "--max-count", "9"),
        ("--pod-cidr", "10.245.0.0/16", "--service-cidr", "10.2.0.0/16", "--dns-service-ip", "10.2.0.10"),
        ("--network-policy", "calico", "--tags", "owner=me", "--zones", "1", "2", "--max-pods", "60"),
    ],
)
def test_the_body_is_the_one_that_is_sent(az: AzSession, sim: Simulator, words: tuple[str, ...]) -> None:
    put_ready(sim)
    named = (*words, "--dns-name-prefix", "aks")
    shown = dry_run(az, sim, *named)
    answer(create(az, *PREPARED, *named))
    assert shown["managedCluster"] == body_sent(sim)
    assert shown["managedCluster"]["properties"]["networkProfile"]["networkPlugin"] == "kubenet"


def test_an_attached_registry_gets_no_role(az: AzSession, sim: Simulator) -> None:
    """With a service principal azure-cli's code that makes the body grants at once."""
    sim.put(REGISTRY, {"location": "westeurope"})
    sim.clear_log()
    shown = answer(create(az, *PRINCIPAL, "--attach-acr", REGISTRY, "--dry-run"))
    assert shown["managedCluster"]["properties"]["servicePrincipalProfile"]["clientId"] == PRINCIPAL[1]
    assert writes(sim) == []


def test_an_own_kubelet_identity_gets_no_role_over_it(az: AzSession, sim: Simulator) -> None:
    """Nobody has a role on the kubelet's identity, so that azure-cli would grant one."""
    put_ready(sim)
    put_identity(sim, identity=KUBELET)
    body = dry_run(az, sim, "--assign-kubelet-identity", KUBELET, "--skip-validation")["managedCluster"]
    assert body["properties"]["identityProfile"]["kubeletidentity"]["resourceId"] == KUBELET


def test_monitoring_makes_no_workspace(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    body = dry_run(az, sim, "--enable-addons", "monitoring")["managedCluster"]
    assert "Log Analytics workspace" in str(body["properties"]["addonProfiles"]["omsagent"]["config"])


def test_no_ssh_keys_are_made(az: AzSession, sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_ready(sim)
    monkeypatch.setitem(az.env, "HOME", str(tmp_path))
    for words in ((), ("--ssh-key-value", str(tmp_path / "other keys" / "id.pub"))):
        shown = answer(az.run(*KEYED, "--generate-ssh-keys", *words, "--dry-run"))
        (key,) = shown["managedCluster"]["properties"]["linuxProfile"]["ssh"]["publicKeys"]
        assert key["keyData"] == "(the public SSH key, made by az aks create --generate-ssh-keys)"
    assert [each for each in tmp_path.rglob("*") if each.suffix != ".pyc" and "id" in each.name] == []


def test_an_ssh_key_that_is_there_is_shown(
    az: AzSession, sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_ready(sim)
    monkeypatch.setitem(az.env, "HOME", str(tmp_path))
    key = tmp_path / ".ssh" / "id_rsa.pub"
    key.parent.mkdir()
    key.write_text("ssh-rsa AAAAB3NzaC1yc2E= mine")
    shown = answer(az.run(*KEYED, "--generate-ssh-keys", "--dry-run"))
    (found,) = shown["managedCluster"]["properties"]["linuxProfile"]["ssh"]["publicKeys"]
    assert found["keyData"] == "ssh-rsa AAAAB3NzaC1yc2E= mine"


@pytest.mark.parametrize("user", ["user:S3CRET@", "user:S3/CRET@", "user:S3@CRET@"])
@pytest.mark.parametrize("scheme", ["http://", "", "http:", "//"])
def test_who_signs_in_at_a_proxy_is_hidden(
    az: AzSession, sim: Simulator, tmp_path: Path, scheme: str, user: str
) -> None:
    put_ready(sim)
    proxy = f"{scheme}{user}proxy.example:3128"
    config = tmp_path / "proxy.json"
    config.write_text(json.dumps({"httpProxy": proxy, "httpsProxy": proxy, "noProxy": ["localhost"]}))
    done = create(az, *PREPARED, "--http-proxy-config", str(config), "--dry-run")
    shown = answer(done)["managedCluster"]["properties"]["httpProxyConfig"]
    assert "(hidden)@proxy.example:3128" in shown["httpProxy"]
    assert "CRET" not in done.stdout + done.stderr


def test_metrics_make_nothing(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    body = dry_run(az, sim, "--enable-azure-monitor-metrics")["managedCluster"]
    # azure-cli enables them after the creation
    assert "metrics" in body["properties"]["azureMonitorProfile"]


def test_a_system_assigned_identity_gets_no_role(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim, table=False)
    shown = answer(create(az, "--vnet-subnet-id", SUBNET, "--dry-run"))
    assert shown["managedCluster"]["identity"]["type"] == "SystemAssigned"
    assert writes(sim) == []


def test_without_validation_no_rule_counts_as_passed(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    shown = dry_run(az, sim, "--skip-validation")
    assert shown["report"]["counts"]["skipped"] > 50
    assert {each["status"] for each in shown["report"]["findings"][:-1]} == {"skipped"}
    assert shown["report"]["findings"][-1]["code"] == "RET1"
    assert shown["managedCluster"] is not None
    assert sim.sent("POST", "ResourceGraph") == []


def test_with_errors_there_is_no_body(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    shown = answer(create(az, *PREPARED, "--dry-run"), 4)
    assert {"ID2", "ID3"} <= codes(shown["report"])
    assert shown["managedCluster"] is None
    assert writes(sim) == []


def dry_run_of_prepare(az: AzSession, sim: Simulator, *words: str, code: int = 0) -> Any:
    """What a dry run with --prepare shows; it must not write."""
    put_unprepared(sim, table=False)
    shown = answer(create(az, "--vnet-subnet-id", SUBNET, "--prepare", "--dry-run", *words), code)
    assert writes(sim) == []
    assert set(shown) == {"report", "managedCluster", "changes", "missingRights"}
    return shown


def test_with_prepare_it_judges_what_would_be_made(az: AzSession, sim: Simulator) -> None:
    shown = dry_run_of_prepare(az, sim, "--assign-identity", IDENTITY)
    assert codes(shown["report"]) == set()
    assert shown["managedCluster"]["identity"]["type"] == "UserAssigned"
    assert [each["action"] for each in shown["changes"]] == ["none", "create", "update", "create", "create"]
    assert shown["missingRights"] == []


def test_with_prepare_an_identity_that_would_be_made_is_in_the_body(az: AzSession, sim: Simulator) -> None:
    shown = dry_run_of_prepare(az, sim)
    made = f"{IDENTITIES}/aks-identity"
    assert list(shown["managedCluster"]["identity"]["userAssignedIdentities"]) == [made]
    assert shown["changes"][0] == {
        "action": "create",
        "resourceType": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "resourceId": made,
        "reason": "a cluster with its own route table needs a user-assigned identity",
    }


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--node-count", "251"), 4)])
def test_with_prepare_a_reader_sees_it_all_and_what_is_missing(
    az: AzSession, sim: Simulator, words: tuple[str, ...], code: int
) -> None:
    sim.set_caller_roles([(f"/subscriptions/{sim.subscription_id}", "Reader")])
    shown = dry_run_of_prepare(az, sim, *words, code=code)
    assert (shown["managedCluster"] is None) == (code == 4)
    assert len(shown["changes"]) == 5
    assert shown["missingRights"] == [
        {"action": "Microsoft.ManagedIdentity/userAssignedIdentities/write", "scope": GROUP},
        {"action": "Microsoft.Network/routeTables/write", "scope": GROUP},
        {"action": "Microsoft.Network/virtualNetworks/subnets/write", "scope": SUBNET},
        {"action": "Microsoft.Network/routeTables/join/action", "scope": f"{TABLES}/aks-routes"},
        {"action": "Microsoft.Authorization/roleAssignments/write", "scope": SUBNET},
        {"action": "Microsoft.Authorization/roleAssignments/write", "scope": f"{TABLES}/aks-routes"},
    ]


def test_it_has_a_table(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    done = create(az, *PREPARED, "--dry-run", "--output", "table")
    assert done.returncode == 0, done.stderr
    assert "SEVERITY" in done.stdout.upper()
