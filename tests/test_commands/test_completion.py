"""What the shell is offered on Tab, asked of the real az as a shell asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator
from tests.world import networks_body

PLACE = "-g myResourceGroup -n myAKSCluster"


def asked(az: AzSession, line: str, folder: Path, **env: str) -> tuple[set[str], int]:
    """The words that complete `line`, and how az ended: a shell offers nothing where that is not 0."""
    answer = folder / "answer"
    protocol = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    done = az.run(env={**protocol, **env})
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return {word.strip() for word in answer.read_text(encoding="utf-8").splitlines()}, done.returncode


def offered(az: AzSession, line: str, folder: Path) -> set[str]:
    """The words that complete `line`."""
    words, code = asked(az, line, folder)
    assert code == 0
    return words


@pytest.mark.parametrize(
    ("line", "resource"),
    [
        (f"az aks kubenet prepare {PLACE} --vnet-name ", "Microsoft.Network/virtualNetworks/myAKSVnet"),
        (f"az aks kubenet prepare {PLACE} --route-table ", "Microsoft.Network/routeTables/routes"),
        (f"az aks kubenet prepare {PLACE} --identity ", "Microsoft.ManagedIdentity/userAssignedIdentities/identity"),
        (f"az aks kubenet create {PLACE} --route-table ", "Microsoft.Network/routeTables/routes"),
        ("az aks kubenet plan --vnet-name ", "Microsoft.Network/virtualNetworks/myAKSVnet"),
    ],
)
def test_names_of_the_group_are_offered(
    az: AzSession, sim: Simulator, tmp_path: Path, line: str, resource: str
) -> None:
    group = put_network(sim)
    sim.put(f"{group}/providers/{resource}", {"location": "westeurope", "properties": {}})
    assert resource.rpartition("/")[2] in offered(az, line, tmp_path)


def test_the_subnets_of_the_network_named_are_offered(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    put_network(sim)
    line = f"az aks kubenet prepare {PLACE} --vnet-name other --subnet-name "
    assert {"first", "second"} <= offered(az, line, tmp_path)


def test_without_a_network_no_subnet_is_offered(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    put_network(sim)
    assert offered(az, f"az aks kubenet prepare {PLACE} --subnet-name ", tmp_path) & {"first", "second"} == set()


@pytest.mark.parametrize(
    ("line", "resource"),
    [
        ("az aks kubenet plan --vnet-id ", "Microsoft.Network/virtualNetworks/other"),
        ("az aks kubenet validate-subnet --vnet-subnet-id ", "Microsoft.Network/virtualNetworks/other/subnets/second"),
        (f"az aks kubenet prepare {PLACE} --vnet-subnet-id ", "Microsoft.Network/virtualNetworks/other/subnets/first"),
        (f"az aks kubenet create {PLACE} --vnet-subnet-id ", "Microsoft.Network/virtualNetworks/other/subnets/first"),
        (
            "az aks kubenet validate-subnet --assign-identity ",
            "Microsoft.ManagedIdentity/userAssignedIdentities/identity",
        ),
        (
            f"az aks kubenet create {PLACE} --assign-identity ",
            "Microsoft.ManagedIdentity/userAssignedIdentities/identity",
        ),
    ],
)
def test_ids_are_offered(az: AzSession, sim: Simulator, tmp_path: Path, line: str, resource: str) -> None:
    group = put_network(sim)
    sim.put(f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity", {"location": "westeurope"})
    assert f"{group}/providers/{resource}".lower() in {word.lower() for word in offered(az, line, tmp_path)}


def test_the_ids_of_all_subnets_take_one_request(az: AzSession, sim: Simulator, tmp_path: Path) -> None:
    put_network(sim)
    sim.clear_log()
    assert len(offered(az, "az aks kubenet validate-subnet --vnet-subnet-id ", tmp_path)) == 2
    assert [each.method for each in sim.requests if "/subscriptions/" in each.path] == ["GET"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("az aks kubenet prepare --location ", "westeurope"),
        ("az aks kubenet plan --ignore ", "OVL6"),
        ("az aks kubenet plan --outbound-type ", "userDefinedRouting"),
        ("az aks kubenet prepare --role ", "least-privilege"),
        ("az aks kubenet migrate --then-network-policy ", "cilium"),
        ("az aks kubenet migrate --iac ", "terraform-avm"),
        ("az aks kubenet ", "validate-subnet"),
        ("az aks kubenet plan --vnet-a", "--vnet-address-prefixes"),
    ],
)
def test_what_needs_no_resource_is_offered(az: AzSession, tmp_path: Path, line: str, word: str) -> None:
    assert word in offered(az, line, tmp_path)


COMPLETED = [
    *("plan --vnet-id ", "plan -g rg --vnet-name ", "validate-subnet --vnet-subnet-id "),
    *("validate-subnet -g rg --vnet-name vnet --subnet-name ", "validate-subnet --assign-identity "),
    *("validate-subnet -g rg --cluster-name ", "prepare -g rg --route-table ", "prepare -g rg --identity "),
    *("create -g rg --vnet-subnet-id ", "create -g rg --assign-identity ", "wait -g rg --name "),
    *("check -g rg --name ", "migrate -g rg --name ", "migrate -g rg --assign-identity "),
]


@pytest.mark.parametrize("words", COMPLETED)
def test_nothing_is_offered_to_who_is_not_signed_in(az: AzSession, tmp_path: Path, words: str) -> None:
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    assert asked(az, f"az aks kubenet {words}", tmp_path, AZURE_CONFIG_DIR=str(nobody)) == (set(), 0)


@pytest.mark.parametrize("words", ["plan --vnet-id ", "validate-subnet --vnet-subnet-id "])
def test_nothing_is_offered_to_who_cannot_reach_azure(az: AzSession, tmp_path: Path, words: str) -> None:
    lost = {"REQUESTS_CA_BUNDLE": str(tmp_path / "gone.pem")}
    assert asked(az, f"az aks kubenet {words}", tmp_path, **lost) == (set(), 0)


def put_network(sim: Simulator) -> str:
    """A network `other` with two subnets; returns the group's id."""
    group = f"/subscriptions/{sim.subscription_id}/resourceGroups/myResourceGroup"
    subnets = {name: {"addressPrefix": f"10.0.{n}.0/24"} for n, name in enumerate(("first", "second"))}
    sim.put(f"{group}/providers/Microsoft.Network/virtualNetworks/other", networks_body("10.0.0.0/16", subnets))
    return group
