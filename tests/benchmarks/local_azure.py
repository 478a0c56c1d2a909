"""The real az on a local Azure, timed, and the network that it works on. Starts subprocesses and a server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Final

from tests.installed import extensions_folder
from tests.simulator import AzSession, Simulator

from .measure import CannotMeasureError

ROOT: Final = Path(__file__).resolve().parent.parent.parent
LOCATION: Final = "westeurope"
GROUP: Final = "rg"
GROUP_ID: Final = f"/subscriptions/{Simulator.subscription_id}/resourceGroups/{GROUP}"
NETWORK: Final = f"{GROUP_ID}/providers/Microsoft.Network"
VNET_ID: Final = f"{NETWORK}/virtualNetworks/vnet"
SUBNET_ID: Final = f"{VNET_ID}/subnets/nodes"
UNUSUAL: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
"""Settings that make every start of Python slower, or another one than users see."""
SUBNET_NAMES: Final = ("--resource-group", GROUP, "--vnet-name", "vnet", "--subnet-name", "nodes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAzure:
    """A simulator, an az signed in to it with the extension, and a folder for files of the benchmarks."""

    simulator: Simulator
    az: AzSession
    folder: Path

    def run(self, *args: str) -> str:
        """Run `az args`, which has to succeed, and return what it prints."""
        return self.start([str(self.az.az), *args]).stdout

    def start(self, command: list[str]) -> CompletedProcess[str]:
        """Run a program of this az's environment, in a folder in which Python finds no other copy of the extension."""
        done = subprocess.run(  # noqa: S603 - the programs and their arguments are the benchmarks' own
            command,
            env={name: value for name, value in self.az.env.items() if name not in UNUSUAL},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            shown = " ".join(command[1:7])
            raise CannotMeasureError(f"{shown} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}")
        return done

    def seconds(self, *args: str) -> float:
        """Wall seconds of a command that has to succeed."""
        begin = time.perf_counter()
        self.run(*args)
        return time.perf_counter() - begin


@contextmanager
def local_azure() -> Iterator[LocalAzure]:
    """A local Azure for the whole run, with everything of it in a temporary folder."""
    extensions = extensions_folder()
    if not (extensions / "aks-kubenet").is_dir():
        raise CannotMeasureError(f"The extension is not installed in {extensions}: run 'make install' first.")
    with TemporaryDirectory(prefix="benchmarks-") as name, Simulator() as simulator:
        folder = Path(name)
        az = simulator.az(folder / "az", extension_dir=extensions)
        yield LocalAzure(simulator=simulator, az=az, folder=folder)


def seed_network(simulator: Simulator) -> None:
    """Empty the Azure but for a virtual network with the subnet."""
    simulator.reset()
    nodes = {"name": "nodes", "properties": {"addressPrefix": "192.168.1.0/24"}}
    space = {"addressPrefixes": ["192.168.0.0/16"]}
    simulator.put(VNET_ID, {"location": LOCATION, "properties": {"addressSpace": space, "subnets": [nodes]}})
