"""`az aks kubenet prepare` for a cluster that is described: handed on whole, or refused before the first write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulator import AzSession, Completed, Simulator

from .azure import (
    CLUSTER,
    IDENTITIES,
    NETWORK,
    SUBNET,
    TABLES,
    answer,
    kubenet,
    put_identity,
    put_network,
    refused,
    writes,
)

PREPARE = ("prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET)
WORK = f"{NETWORK}/subnets/work"


def put_two(sim: Simulator) -> None:
    put_network(sim)
    sim.put(WORK, {"properties": {"addressPrefix": "10.1.1.0/24"}})
    sim.clear_log()


def test_what_was_described_is_made_by_the_commands_that_follow(
    az: AzSession, sim: Simulator, from_elsewhere: Callable[[str], Completed]
) -> None:
    put_two(sim)
    kubelet = put_identity(sim, identity=f"{IDENTITIES}/kubelet")
    prepared = answer(
        kubenet(
            az,
            *(*PREPARE, "--pod-cidr", "10.100.0.0/16", "--service-cidr", "10.200.0.0/16", "--network-policy", "calico"),
            *("--dns-service-ip", "10.200.0.10", "--assign-kubelet-identity", kubelet),
            *("--nodepool", "name=system", "count=3", "max-surge=2", "max-pods=60"),
            *("--nodepool", "name=work", "count=2", "max-count=5", "subnet=work", "vm-size=Standard_D8s_v5"),
        )
    )
    script = [prepared["createCommand"].replace("--generate-ssh-keys", "--no-ssh-key"), *prepared["nextCommands"]]
    done = from_elsewhere("\n".join(script))
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    cluster = (sim.get(CLUSTER) or {})["properties"]
    profile = cluster["networkProfile"]
    assert (profile["podCidr"], profile["serviceCidr"]) == ("10.100.0.0/16", "10.200.0.0/16")
    assert (profile["dnsServiceIP"], profile["networkPolicy"]) == ("10.200.0.10", "calico")
    assert cluster["identityProfile"]["kubeletidentity"]["resourceId"] == kubelet
    system, work = cluster["agentPoolProfiles"]
    assert (system["name"], system["count"], system["maxPods"], system["upgradeSettings"]["maxSurge"]) == (
        *("system", 3, 60, "2"),
    )
    assert (work["name"], work["count"], work["maxCount"], work["vmSize"]) == ("work", 2, 5, "Standard_D8s_v5")
    assert [each["vnetSubnetID"] for each in (system, work)] == [SUBNET, WORK]
    tables = {(sim.get(each) or {})["properties"]["routeTable"]["id"] for each in (SUBNET, WORK)}
    assert tables == {f"{TABLES}/aks-routes"}


@pytest.mark.parametrize(
    ("words", "code", "advice"),
    [
        (("--node-count", "230"), "IP2", "az aks kubenet plan "),
        (("--pod-cidr", "10.1.0.0/16"), "OVL1", "az aks kubenet plan "),
        (("--network-policy", "azure"), "UN3", "calico"),
        (("--outbound-type", "userDefinedRouting"), "EG1", "--default-route-next-hop"),
    ],
)
def test_what_create_would_refuse_is_refused_before_the_first_write(
    az: AzSession, sim: Simulator, words: tuple[str, ...], code: str, advice: str
) -> None:
    put_two(sim)
    for mode in ((), ("--dry-run",)):
        error = refused(kubenet(az, *PREPARE, *words, *mode))
        assert "This cluster would be refused by az aks kubenet create. " in error
        assert f" {code}: " in error
        assert advice in error
    assert writes(sim) == []
    assert answer(kubenet(az, *PREPARE, *words, "--ignore", code, "--dry-run"))["createCommand"]


def test_no_pool_in_the_subnet_is_a_usage_error(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    assert "no pool is in subnet 'nodes'" in refused(kubenet(az, *PREPARE, "--nodepool", "name=work", "subnet=work"))
    assert writes(sim) == []


def test_the_pools_of_a_further_subnet_are_those_described(az: AzSession, sim: Simulator) -> None:
    put_two(sim)
    answer(kubenet(az, *PREPARE))
    command = ("aks", "create", "-g", "rg", "-n", "aks", "--location", "westeurope", "--no-ssh-key")
    own = ("--vnet-subnet-id", SUBNET, "--assign-identity", f"{IDENTITIES}/aks-identity", "--network-plugin", "kubenet")
    az.must_run(*command, *own)
    further = ("prepare", "-g", "rg", "-n", "aks", "--vnet-subnet-id", WORK, "--node-count", "4", "--max-surge", "1")
    (added,) = answer(kubenet(az, *further))["nextCommands"]
    assert "--name nodepool2 --node-count 4 --max-pods 110 --max-surge 1" in added
    assert added.endswith(f"--vnet-subnet-id {WORK}")
