"""What the tests of `create` have in common: the command, and what it sent."""

from __future__ import annotations

from typing import Any

from tests.simulator import AzSession, Completed, Simulator

from .azure import IDENTITY, SUBNET, put_identity, put_network, put_table

OWN_NETWORK = ("--vnet-subnet-id", SUBNET)
PREPARED = (*OWN_NETWORK, "--assign-identity", IDENTITY)
"""The arguments for what `put_ready` has put there."""

BASE = ("--location", "westeurope", "--no-ssh-key")
GRANTS = "/roleAssignments/"


def create(az: AzSession, *words: str, stdin: str | None = None) -> Completed:
    return az.run("aks", "kubenet", "create", "-g", "rg", "-n", "aks", *BASE, *words, stdin=stdin)


def body_sent(sim: Simulator) -> Any:
    """The body of the last PUT of the cluster."""
    return sim.sent("PUT", "/managedClusters/aks$")[-1].body


def put_unprepared(sim: Simulator, table: bool = True, **properties: Any) -> None:
    """The network, with a route table unless told otherwise, and an identity that has no role."""
    put_network(sim, **({"routeTable": {"id": put_table(sim)}} if table else {}), **properties)
    put_identity(sim)
    sim.clear_log()
