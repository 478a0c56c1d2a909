"""The examples of the help run as they stand, in a shell, against the documentation's names."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # the stubs are a package of their own
from knack.help_files import helps

from azext_kubenet import _help  # noqa: F401 - registers the help by being imported
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.prepare import PrepareRequest
from tests.simulator import AzSession, Simulator
from tests.world import cluster_body

from .azure import kubenet
from .preparing import prepare
from .test_help import COMMANDS as EVERY_COMMAND

GROUP = "aks kubenet"
LEAST = 3
ASKING = "az aks kubenet cleanup -g myResourceGroup -n myAKSCluster"
"""The one example that asks: it is answered with yes, as a user would."""
INDENT = " " * 8
"""What azure-cli puts before every line of an example."""


def findings_expected(command: str, text: str) -> bool:
    """Whether an example exits with 4: a subnet with a route table, checked for a cluster without an identity; the
    proof of a move that nobody has made."""
    return (command == "validate-subnet" and "--assign-identity" not in text) or "--verify" in text


def examples(command: str) -> list[str]:
    entry = yaml.safe_load(helps[f"{GROUP} {command}"])
    return [str(example["text"]) for example in entry["examples"]]


def printed(text: str) -> str:
    """An example as a user reads it in the help, lines and all."""
    return "".join(f"{INDENT}{line}\n" for line in text.splitlines())


COMMANDS = sorted(name.removeprefix(f"{GROUP} ") for name in helps if name.startswith(f"{GROUP} "))
EVERY = [(command, text) for command in COMMANDS for text in examples(command)]


class Topology:
    """The resources that the examples name."""

    def __init__(self, sim: Simulator, az: AzSession) -> None:
        self._sim, self._az = sim, az
        group = f"/subscriptions/{sim.subscription_id}/resourceGroups/myResourceGroup"
        self.zone = f"{group}/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
        self.network = network = f"{group}/providers/Microsoft.Network/virtualNetworks/myAKSVnet"
        self.cluster = f"{group}/providers/Microsoft.ContainerService/managedClusters/myAKSCluster"
        self.subnet = f"{network}/subnets/myAKSSubnet"
        self.identity = f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/myAKSCluster-identity"
        self.table = f"{group}/providers/Microsoft.Network/routeTables/myAKSCluster-routes"
        prefixes = {"myAKSSubnet": "192.168.0.0/24", "myWorkSubnet": "192.168.1.0/24"}
        subnets = [{"name": name, "properties": {"addressPrefix": prefix}} for name, prefix in prefixes.items()]
        properties = {"addressSpace": {"addressPrefixes": ["192.168.0.0/16"]}, "subnets": subnets}
        sim.add_management_group("myManagementGroup", [sim.subscription_id])
        sim.put(group, {"location": "westeurope"})
        sim.put(network, {"location": "westeurope", "properties": properties})
        sim.put(self.zone, {"location": "global"})

    def prepare_for(self, command: str, text: str) -> None:
        """What stands before this command in the order of work."""
        if command in ("validate-subnet", "create", "check", "migrate", "wait", "cleanup"):
            prepare(
                self._sim,
                PrepareRequest(
                    cluster_id=ResourceId(self.cluster),
                    subnet_id=ResourceId(self.subnet),
                    identity_id=ResourceId(self.identity),
                    identity_given=False,
                    route_table_id=ResourceId(self.table),
                    route_table_given=False,
                ),
            )
        runs = command in ("check", "migrate") or (command, "--cluster-name" in text) == ("validate-subnet", True)
        if runs or (command == "wait" and "--deleted" not in text):
            self._sim.put(self.cluster, cluster_body(self.subnet, self.identity, dns="myakscluster"))

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """One example, as it stands, in a shell that finds az and knows the ids."""
        env = {
            **self._az.env,
            "PATH": f"{Path(self._az.az).parent}{os.pathsep}{self._az.env['PATH']}",
            "SUBNET_ID": self.subnet,
            "IDENTITY_ID": self.identity,
            "VNET_ID": self.network,
            "ZONE_ID": self.zone,
            "SUBSCRIPTION_ID": self._sim.subscription_id,
        }
        return subprocess.run(  # noqa: S603 - the examples are our own
            ["sh", "-c", text],  # noqa: S607 - the shell of the machine, as its users have it
            env=env,
            cwd=self._az.folder,
            input="",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_summary_and_three_examples(command: str) -> None:
    entry = yaml.safe_load(helps[f"{GROUP} {command}"])
    assert entry["short-summary"].endswith(".")
    assert entry["long-summary"].strip().endswith(".")
    assert len(entry["examples"]) >= LEAST
    assert all(example["name"].endswith((".", "?")) for example in entry["examples"])


@pytest.mark.parametrize(("command", "text"), EVERY, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EVERY)])
def test_an_example_runs_as_it_stands(az: AzSession, sim: Simulator, command: str, text: str) -> None:
    topology = Topology(sim, az)
    topology.prepare_for(command, text)
    done = topology.shell(f"{text} --yes" if text == ASKING else text)
    assert done.returncode == (4 if findings_expected(command, text) else 0), f"{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_prints_the_examples_unbroken(az: AzSession, command: str) -> None:
    shown = kubenet(az, command, "--help").stdout
    for text in examples(command):
        assert printed(text) in shown
        assert max(map(len, printed(text).splitlines())) <= 80


def test_every_command_is_among_them() -> None:
    assert set(COMMANDS) == set(EVERY_COMMAND)


def test_an_example_that_is_wrong_is_noticed(az: AzSession, sim: Simulator) -> None:
    assert Topology(sim, az).shell("az aks kubenet plan --node-cuont 3").returncode == 2
