"""How much memory each command takes at most, next to `az aks show`. Runs az on a local Azure."""

from __future__ import annotations

import sys
from typing import Final

from .creating import CLUSTER, CREATION, IDENTITY_ID, IN_GROUP
from .local_azure import NETWORK, SUBNET_ID, SUBNET_NAMES, VNET_ID, LocalAzure, seed_network
from .measure import Row, Target

KIB_A_MIB: Final = 1024
MOST: Final = 1.3
_PEAK: Final = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""
"""A small process between: the peak of a child counts from that of its parent, and here Azure is part of ours."""


def peak_mib(azure: LocalAzure, *words: str) -> float:
    """The largest resident set of a command that has to succeed, in MiB."""
    done = azure.start([sys.executable, "-c", _PEAK, str(azure.az.az), *words])
    return int(done.stdout.split()[-1]) / KIB_A_MIB


def measure_memory(azure: LocalAzure, _: int) -> list[Row]:
    """Each command but audit, on a cluster that runs and a subnet beside it; one run each, as peaks hardly differ."""
    seed_network(azure.simulator)
    kubenet = ("aks", "kubenet")
    azure.run(*kubenet, "prepare", *IN_GROUP, "--cluster-name", CLUSTER, *SUBNET_NAMES)
    azure.run(*kubenet, "create", *CREATION, "--assign-identity", IDENTITY_ID)
    other = f"{VNET_ID}/subnets/other"
    azure.simulator.put(other, {"properties": {"addressPrefix": "192.168.2.0/24"}})
    table = {"location": "westeurope", "properties": {"routes": []}}
    azure.simulator.put(f"{NETWORK}/routeTables/unused", table)
    named = (*IN_GROUP, "--name", CLUSTER)
    beside = ("--vnet-subnet-id", other)
    commands = {
        "plan": ("plan",),
        "validate-subnet": ("validate-subnet", "--vnet-subnet-id", SUBNET_ID, "--cluster-name", CLUSTER),
        "prepare --dry-run": ("prepare", *IN_GROUP, "--cluster-name", "second", *beside, "--dry-run"),
        "create --dry-run": ("create", *IN_GROUP, "--name", "second", *beside, "--no-ssh-key", "--dry-run"),
        "check": ("check", *named),
        "migrate --dry-run": ("migrate", *named, "--dry-run"),
        "list-rules": ("list-rules",),
    }
    show = peak_mib(azure, "aks", "show", *named)
    peaks = {name: peak_mib(azure, *kubenet, *words) for name, words in commands.items()}
    return [
        Row(
            name=f"memory of {name} / az aks show",
            measured=peak / show,
            target=Target(value=MOST),
            detail=f"{peak:.0f} MiB, {show:.0f} MiB",
        )
        for name, peak in peaks.items()
    ]
