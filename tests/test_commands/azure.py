"""What the tests of the commands put into the local Azure, and how they read what az printed."""

from __future__ import annotations

import json
from typing import Any

from tests.simulator import AzSession, Completed, LoggedRequest, Simulator
from tests.world import cluster_body, identity_body, network_body, table_body

Json = dict[str, Any]

GROUP = f"/subscriptions/{Simulator.subscription_id}/resourceGroups/rg"
NETWORKS = f"{GROUP}/providers/Microsoft.Network/virtualNetworks"
NETWORK = f"{NETWORKS}/vnet"
SUBNET = f"{NETWORK}/subnets/nodes"
TABLES = f"{GROUP}/providers/Microsoft.Network/routeTables"
TABLE = f"{TABLES}/routes"
GROUPS = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups"
IDENTITIES = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
IDENTITY = f"{IDENTITIES}/identity"
CLUSTERS = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters"
CLUSTER = f"{CLUSTERS}/aks"
NAMES = ("--resource-group", "rg", "--vnet-name", "vnet", "--subnet-name", "nodes")

WRITES = "PUT|PATCH|DELETE"


def put_network(sim: Simulator, **properties: Any) -> None:
    """A virtual network 10.1.0.0/16 with the subnet `nodes`, 10.1.0.0/24 unless `properties` say otherwise."""
    prefix = properties.pop("addressPrefix", "10.1.0.0/24")
    sim.put(NETWORK, network_body(prefix=prefix, **properties))


def put_table(sim: Simulator, table: str = TABLE, *routes: Json, **body: Any) -> str:
    sim.put(table, table_body(*routes, **body))
    return table


def put_identity(sim: Simulator, *scopes: str, identity: str = IDENTITY) -> str:
    """A user-assigned identity, Network Contributor on each of `scopes`."""
    principal = sim.put(identity, identity_body())["properties"]["principalId"]
    for scope in scopes:
        sim.grant(principal, scope, "Network Contributor")
    return identity


def put_cluster(sim: Simulator, cluster: str = CLUSTER, subnet: str = SUBNET, pod_cidr: str = "10.244.0.0/16") -> str:
    """A kubenet cluster with its nodes in the subnet; its identity and everything else must be there already."""
    sim.put(cluster, cluster_body(subnet=subnet, identity=IDENTITY, pool={"count": 1}, profile={"podCidr": pod_cidr}))
    return cluster


def put_ready(sim: Simulator) -> None:
    """All that a clean cluster needs: network, route table on the subnet, identity with its roles."""
    put_network(sim, routeTable={"id": put_table(sim)})
    put_identity(sim, SUBNET, TABLE)
    sim.clear_log()


def writes(sim: Simulator) -> list[LoggedRequest]:
    """The requests that changed something, or tried to."""
    return sim.sent(WRITES)


def kubenet(az: AzSession, *words: str, stdin: str | None = None) -> Completed:
    return az.run("aks", "kubenet", *words, stdin=stdin)


def answer(done: Completed, code: int = 0) -> Any:
    """The parsed output of a command that ended with `code`, whatever it said on stderr."""
    assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def refused(done: Completed, code: int = 1) -> str:
    """The error text of a command that ended with `code` and printed no result."""
    assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "unexpected error" not in done.stderr
    return done.stderr


def finding(report: Json, code: str) -> Json:
    """The first finding of a rule."""
    return next(each for each in report["findings"] if each["code"] == code)


def codes(report: Json, status: str = "failed", severity: str = "error") -> set[str]:
    found = (each for each in report["findings"] if (each["status"], each["severity"]) == (status, severity))
    return {each["code"] for each in found}


def actions(prepared: Json) -> list[tuple[str, str]]:
    """Action and type of each Change, in order."""
    return [(each["action"], each["resourceType"].rsplit("/", 1)[-1]) for each in prepared["changes"]]
