"""The whole job on a local Azure: each command is printed before its output. Starts a server on loopback."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulator import AzSession, Simulator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".quickstart"
NAMES = ("--vnet-name", "myAKSVnet", "--subnet-name", "myAKSSubnet")
GROUP = ("--resource-group", "myResourceGroup")
TABLE = ("--output", "table")


def main() -> int:
    """Run the commands in the order of work; stop at the first that does not exit as it should."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with Simulator() as azure, TemporaryDirectory(prefix="aks-kubenet-") as home:
        az = azure.az(FOLDER, extension_dir=Path(sys.prefix) / "extensions")
        az.env["HOME"] = home  # --generate-ssh-keys writes there, and fails where the path has a space
        print(f"A local Azure listens on {azure.url}; az is signed in to it with a folder of its own.")
        provider = f"/subscriptions/{azure.subscription_id}/resourceGroups/myResourceGroup/providers"
        identity = f"{provider}/Microsoft.ManagedIdentity/userAssignedIdentities/myAKSCluster-identity"
        subnet = f"{provider}/Microsoft.Network/virtualNetworks/myAKSVnet/subnets/myAKSSubnet"
        kubenet = ("aks", "kubenet")
        steps: tuple[tuple[str, ...], ...] = (
            ("group", "create", "--name", "myResourceGroup", "--location", "westeurope", *TABLE),
            (*kubenet, "plan", "--max-count", "20", "--vnet-address-prefixes", "192.168.0.0/16", *TABLE),
            (
                *("network", "vnet", "create", *GROUP, "--name", "myAKSVnet", "--address-prefixes", "192.168.0.0/16"),
                *("--subnet-name", "myAKSSubnet", "--subnet-prefixes", "192.168.0.0/27"),
                *("--query", "newVNet.{Name:name, Location:location, Subnet:subnets[0].addressPrefix}", *TABLE),
            ),
            (*kubenet, "validate-subnet", *GROUP, *NAMES, "--max-count", "20", *TABLE),
            (*kubenet, "prepare", *GROUP, "--cluster-name", "myAKSCluster", *NAMES, *TABLE),
            (
                *(*kubenet, "create", *GROUP, "--name", "myAKSCluster", "--vnet-subnet-id", subnet),
                *("--assign-identity", identity, "--generate-ssh-keys", *TABLE),
            ),
            (
                *(*kubenet, "validate-subnet", *GROUP, *NAMES, "--cluster-name", "myAKSCluster"),
                *("--assign-identity", identity, *TABLE),
            ),
            (
                *("aks", "show", *GROUP, "--name", "myAKSCluster", *TABLE),
                *("--query", "{Name:name, Plugin:networkProfile.networkPlugin, PodCidr:networkProfile.podCidr}"),
            ),
            (
                *("network", "route-table", "route", "list", *GROUP, "--route-table-name", "myAKSCluster-routes"),
                *("--query", "[].{Node:name, Pods:addressPrefix, NextHop:nextHopIpAddress}", *TABLE),
            ),
        )
        return next((code for code in (_run(az, step) for step in steps) if code), 0)


def _run(az: AzSession, step: tuple[str, ...]) -> int:
    print(f"\n$ az {shlex.join(step)}", flush=True)
    done = az.run(*step)
    print((done.stderr + done.stdout).rstrip(), flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
