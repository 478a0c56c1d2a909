"""What the shell is offered on Tab, asked of the real az as a shell asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

PLACE = "-g myResourceGroup -n myAKSCluster"


def offered(az: AzSession, line: str, folder: Path) -> set[str]:
    """The words that complete `line`."""
    answer = folder / "answer"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    az.run(env=asked)
    return {word.strip() for word in answer.read_text(encoding="utf-8").splitlines()}


@pytest.mark.parametrize(
    ("line", "resource"),
    [
        (f"az aks kubenet prepare {PLACE} --vnet-name ", "Microsoft.Network/virtualNetworks/myAKSVnet"),
        (f"az aks kubenet prepare {PLACE} --route-table ", "Microsoft.Network/routeTables/routes"),
        (f"az aks kubenet prepare {PLACE} --identity ", "Microsoft.ManagedIdentity/userAssignedIdentities/identity"),
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


def put_network(sim: Simulator) -> str:
    """A network `other` with two subnets; returns the group's id."""
    group = f"/subscriptions/{sim.subscription_id}/resourceGroups/myResourceGroup"
    names = ("first", "second")
    subnets = [{"name": name, "properties": {"addressPrefix": f"10.0.{n}.0/24"}} for n, name in enumerate(names)]
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets}
    sim.put(
        f"{group}/providers/Microsoft.Network/virtualNetworks/other", {"location": "westeurope", "properties": space}
    )
    return group
