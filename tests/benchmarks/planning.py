"""How fast `plan` answers, how its time grows with the prefixes given, and what it imports. Runs az."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from .local_azure import LocalAzure
from .measure import Row, Target, compared_row, take_turns

PLAN: Final = ("aks", "kubenet", "plan")
HELP: Final = ("aks", "create", "-h")
SPACE: Final = ("--vnet-address-prefixes", "10.0.0.0/8")
FEW, MANY = 10_000, 100_000
USED_FROM: Final = int(IPv4Address("10.128.0.0"))
USED_EVERY: Final = 64
"""Addresses from one used /28 to the next: no two touch, so that none can be merged away."""

NOT_FOR_PLAN: Final = (
    "azext_kubenet.arm",
    "msal",
    "azure.mgmt.authorization",
    "azure.cli.command_modules.network",
)
"""What talks to Azure or belongs to other commands."""


def measure_plan(azure: LocalAzure, turns: int) -> list[Row]:
    """`plan` next to the help of `az aks create`, which does nothing but load commands and print."""
    timings = take_turns({"plan": lambda: azure.seconds(*PLAN), "-h": lambda: azure.seconds(*HELP)}, turns)
    return [compared_row("plan / aks create -h", timings, "plan", "-h", at_most=0.92)]


def measure_prefixes(azure: LocalAzure, turns: int) -> list[Row]:
    """`plan` into a virtual network with no, with 10,000 and with 100,000 subnets, given as an @file."""
    few, many = (_used_prefixes(azure.folder, count) for count in (FEW, MANY))
    timings = take_turns(
        {
            "none": lambda: azure.seconds(*PLAN, *SPACE),
            "10,000": lambda: azure.seconds(*PLAN, *SPACE, "--used-prefixes", f"@{few}"),
            "100,000": lambda: azure.seconds(*PLAN, *SPACE, "--used-prefixes", f"@{many}"),
        },
        turns,
    )
    return [
        compared_row("plan: 10,000 used prefixes / none", timings, "10,000", "none", at_most=1.5),
        compared_row("plan: 100,000 used prefixes / 10,000", timings, "100,000", "10,000", at_most=12),
    ]


def measure_imports(azure: LocalAzure, _: int) -> list[Row]:
    """The modules that `plan` imports, beyond `az aks create -h` too, and those that it has no use for."""
    plan = _imported(azure, *PLAN)
    beyond = plan - _imported(azure, *HELP)
    own = {name for name in beyond if _is_in(name, ["azext_kubenet"])}
    unused = sorted(name for name in plan if _is_in(name, NOT_FOR_PLAN))
    shown = f": {', '.join(unused[:3])}" if unused else ""
    return [
        Row(
            name="plan: modules imported for nothing",
            measured=len(unused),
            target=Target(value=0),
            detail=f"{len(plan)} imported, {len(beyond)} beyond -h, {len(own)} of these our own{shown}",
        )
    ]


def _used_prefixes(folder: Path, count: int) -> Path:
    path = folder / f"used-{count}.txt"
    prefixes = (f"{IPv4Address(USED_FROM + number * USED_EVERY)}/28" for number in range(count))
    path.write_text("\n".join(prefixes), encoding="utf-8")
    return path


def _imported(azure: LocalAzure, *args: str) -> set[str]:
    """Every module that `az args` loads, by the interpreter's own account."""
    done = azure.start([sys.executable, "-X", "importtime", "-m", "azure.cli", *args])
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


def _is_in(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
