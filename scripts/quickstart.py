"""The whole job on a local Azure: what each command is for and the command itself are printed before its output.

Starts a server on loopback.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".quickstart"
NAMES = ("--vnet-name", "myAKSVnet", "--subnet-name", "myAKSSubnet")
GROUP = ("--resource-group", "myResourceGroup")
TABLE = ("--output", "table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command, and what it is for."""

    says: str
    words: tuple[str, ...]


def steps_on(azure: Simulator) -> tuple[Step, ...]:
    """The life of a cluster, in the order of work."""
    provider = f"/subscriptions/{azure.subscription_id}/resourceGroups/myResourceGroup/providers"
    identity = f"{provider}/Microsoft.ManagedIdentity/userAssignedIdentities/myAKSCluster-identity"
    subnet = f"{provider}/Microsoft.Network/virtualNetworks/myAKSVnet/subnets/myAKSSubnet"
    kubenet, named = ("aks", "kubenet"), ("--name", "myAKSCluster")
    return (
        Step(
            says="A resource group to work in.",
            words=("group", "create", "--name", "myResourceGroup", "--location", "westeurope", *TABLE),
        ),
        Step(
            says="How large must the subnet of up to 20 nodes be, and which ranges are free?",
            words=(*kubenet, "plan", "--max-count", "20", "--vnet-address-prefixes", "192.168.0.0/16", *TABLE),
        ),
        Step(
            says="The network, as planned.",
            words=(
                *("network", "vnet", "create", *GROUP, "--name", "myAKSVnet", "--address-prefixes", "192.168.0.0/16"),
                *("--subnet-name", "myAKSSubnet", "--subnet-prefixes", "192.168.0.0/27"),
                *("--query", "newVNet.{Name:name, Location:location, Subnet:subnets[0].addressPrefix}", *TABLE),
            ),
        ),
        Step(
            says="Would a cluster work in this subnet?",
            words=(*kubenet, "validate-subnet", *GROUP, *NAMES, "--max-count", "20", *TABLE),
        ),
        Step(
            says="Create the identity, the route table and the roles that the cluster needs.",
            words=(*kubenet, "prepare", *GROUP, "--cluster-name", "myAKSCluster", *NAMES, *TABLE),
        ),
        Step(
            says="Check once more, and create the cluster.",
            words=(
                *(*kubenet, "create", *GROUP, *named, "--vnet-subnet-id", subnet),
                *("--assign-identity", identity, "--generate-ssh-keys", *TABLE),
            ),
        ),
        Step(
            says="The routes that the cluster has written, one a node.",
            words=(
                *("network", "route-table", "route", "list", *GROUP, "--route-table-name", "myAKSCluster-routes"),
                *("--query", "[].{Node:name, Pods:addressPrefix, NextHop:nextHopIpAddress}", *TABLE),
            ),
        ),
        Step(
            says="Is the running cluster healthy, and how far can it grow?",
            words=(*kubenet, "check", *GROUP, *named, *TABLE),
        ),
        Step(says="Delete the cluster.", words=("aks", "delete", *GROUP, *named, "--yes")),
        Step(
            says="Remove what prepare made, and nothing else.",
            words=(*kubenet, "cleanup", *GROUP, "--cluster-name", "myAKSCluster", "--yes", *TABLE),
        ),
    )


END = """
What happened: plan sized the subnet, validate-subnet showed what was missing,
prepare created it, create made the cluster on it, check found a route for every
node, and cleanup removed what prepare had made. All of it was on this machine:
nothing was sent to Azure, and your own az is as it was.

What to do next, with your own az:

    make wheel
    az extension add --source dist/aks_kubenet-*.whl --yes
    az login
    az aks kubenet audit -o table                  # your clusters on kubenet
    az aks kubenet plan --max-count 20 -o table    # the subnet of a new one

README.md has the rest; every command has examples: az aks kubenet plan -h
"""


def main() -> int:
    """Run the commands in the order of work; stop at the first that does not exit as it should."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with Simulator() as azure, TemporaryDirectory(prefix="aks-kubenet-") as home:
        az = azure.az(FOLDER, extension_dir=Path(sys.prefix) / "extensions")
        az.env["HOME"] = home  # --generate-ssh-keys writes there, and fails where the path has a space
        steps = steps_on(azure)
        print(f"A local Azure listens on {azure.url}.")
        print("az is signed in to it with a configuration folder of its own.")
        print(f"{len(steps)} commands follow, each of which you could type; they take about a minute.")
        for number, step in enumerate(steps, start=1):
            print(f"\n{number}. {step.says}\n$ az {shlex.join(step.words)}", flush=True)
            done = az.run(*step.words)
            print((done.stderr + done.stdout).rstrip(), flush=True)
            if done.returncode:
                print(f"\nStopped: this command ended with {done.returncode}.", file=sys.stderr)
                return done.returncode
    print(END, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
