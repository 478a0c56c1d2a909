"""The rights that README lists: with exactly these each command succeeds, without any one of them it says which.

The local Azure checks rights as Azure documents them. It may be more lenient: that an operation may be polled is not
checked at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import pytest

from azext_kubenet.core.azure.resource_id import ResourceId
from tests.conftest import ROOT
from tests.simulator import AzSession, Completed, Simulator
from tests.world import cluster_body, network_body

from .azure import (
    CLUSTER,
    GROUP,
    GROUPS,
    IDENTITIES,
    IDENTITY,
    TABLE,
    Json,
    answer,
    kubenet,
    put_cluster,
    put_identity,
    put_table,
    refused,
    writes,
)
from .preparing import MADE_IDENTITY, OTHER_GROUP, REQUEST, prepare

SUBSCRIPTION: Final = f"/subscriptions/{Simulator.subscription_id}"
NETWORK: Final = f"{OTHER_GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
SUBNET: Final = f"{NETWORK}/subnets/nodes"
SECURITY_GROUP: Final = f"{GROUPS}/nsg"
GATEWAY: Final = f"{GROUP}/providers/Microsoft.Network/natGateways/nat"
FURTHER: Final = f"{NETWORK}/subnets/further"
API_SERVER: Final = f"{NETWORK}/subnets/api"
KUBELET: Final = f"{IDENTITIES}/kubelet"
ZONE: Final = f"{SUBSCRIPTION}/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/privatelink.eu.azmk8s.io"

SCOPES: Final = {
    "virtual network": NETWORK,
    "subnet": SUBNET,
    "route table": TABLE,
    "identity": IDENTITY,
    "security group of the subnet": SECURITY_GROUP,
    "NAT gateway of the subnet": GATEWAY,
    "kubelet identity": KUBELET,
    "private DNS zone": ZONE,
    "group": GROUP,
    "network's group": OTHER_GROUP,
    "subscription": SUBSCRIPTION,
}


@dataclass(frozen=True)
class Right:
    """An action on a scope, as one cell of the table lists it."""

    action: str
    scope: str

    def __str__(self) -> str:
        return f"{self.action} on {self.scope.rsplit('/', 1)[-1]}"


def listed(heading: str) -> dict[str, tuple[Right, ...]]:
    """The rights of each command, out of the table of README whose first or last heading this is."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|") and heading in line)
    found: dict[str, tuple[Right, ...]] = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return found
        commands, scope, actions = (cell.strip() for cell in line.strip("|").split(" | "))
        rights = tuple(Right(action, SCOPES[scope]) for action in re.findall(r"`([^`]+)`", actions))
        assert ", ".join(f"`{right.action}`" for right in rights) == actions
        for command in commands.replace("`", "").split(", "):
            found[command] = (*found.get(command, ()), *rights)
    raise AssertionError("README ends with a table.")


NEEDED: Final = listed("rights without which it stops, and names them")
READ: Final = listed("to leave nothing `unknown`")


def allow(sim: Simulator, rights: Sequence[Right]) -> None:
    """Let the caller do exactly this: a custom role for each scope."""
    roles = []
    for scope in dict.fromkeys(right.scope for right in rights):
        name = f"what is listed on {scope}"
        role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{uuid5(NAMESPACE_URL, name)}"
        actions = [right.action for right in rights if right.scope == scope]
        permissions = [{"actions": actions}]
        properties = {"roleName": name, "assignableScopes": [SUBSCRIPTION], "permissions": permissions}
        sim.put(role, {"properties": properties})
        roles.append((scope, name))
    sim.set_caller_roles(roles)
    sim.clear_log()


def put_network(sim: Simulator, **properties: Any) -> None:
    """In a group of its own, so that rights on the cluster's group say nothing about it."""
    sim.put(GROUP, {"location": "westeurope"})
    sim.put(NETWORK, network_body(**properties))


def put_bare(sim: Simulator) -> None:
    put_network(sim)


def put_carrying(sim: Simulator) -> None:
    """The subnet carries a security group and a NAT gateway."""
    sim.put(SECURITY_GROUP, {"location": "westeurope"})
    sim.put(GATEWAY, {"location": "westeurope"})
    put_network(sim, networkSecurityGroup={"id": SECURITY_GROUP}, natGateway={"id": GATEWAY})


def put_ready(sim: Simulator) -> None:
    """All that a cluster needs."""
    put_network(sim, routeTable={"id": put_table(sim)})
    put_identity(sim, SUBNET, TABLE)


def put_table_beside(sim: Simulator) -> None:
    """A route table that nothing uses yet."""
    put_network(sim)
    put_table(sim)


def put_running(sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim, subnet=SUBNET)


def put_further(sim: Simulator) -> None:
    """A cluster that runs, and a subnet beside its own."""
    put_running(sim)
    sim.put(FURTHER, {"properties": {"addressPrefix": "10.1.1.0/24"}})


def put_private(sim: Simulator) -> None:
    """A DNS zone in a group of its own, and a subnet for the API server."""
    put_ready(sim)
    sim.put(ZONE, {"location": "global"})
    delegation = {"name": "aks", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}
    sim.put(API_SERVER, {"properties": {"addressPrefix": "10.1.2.0/28", "delegations": [delegation]}})


def put_left_over(sim: Simulator) -> None:
    """Another identity has the role on the subnet, so that azure-cli gives a new one none."""
    put_network(sim)
    put_identity(sim, SUBNET)


def put_kubelet(sim: Simulator) -> None:
    put_ready(sim)
    put_identity(sim, identity=KUBELET)


def put_prepared(sim: Simulator) -> None:
    put_carrying(sim)
    prepare(sim, replace(REQUEST, subnet_id=ResourceId(SUBNET)))


@dataclass(frozen=True)
class Run:
    """What is there, the command line, and the commands whose rights README adds up for it."""

    seed: Callable[[Simulator], None]
    words: tuple[str, ...]
    rights: tuple[str, ...]
    beside: tuple[Right, ...] = ()

    @property
    def needed(self) -> tuple[Right, ...]:
        """Without what is for things that are not there; `beside` are rights that only let it say more."""
        every = (right for command in self.rights for right in NEEDED[command])
        absent = () if self.seed in (put_carrying, put_prepared) else (SECURITY_GROUP, GATEWAY)
        if self.seed is put_left_over:
            absent = (*absent, IDENTITY)
        return (*dict.fromkeys(each for each in every if each.scope not in absent), *self.beside)


NAMED: Final = ("--resource-group", "rg", "--cluster-name", "aks")
PREPARE: Final = ("prepare", *NAMED, "--vnet-subnet-id", SUBNET, "--yes", "--role-propagation-timeout", "0")
CREATE: Final = ("create", "-g", "rg", "-n", "aks", "--vnet-subnet-id", SUBNET, "--no-ssh-key", "--yes")
PATIENCE: Final = ("--role-propagation-timeout", "0")

RUNS: Final = {
    "plan --vnet-id": Run(put_bare, ("plan", "--vnet-id", NETWORK), ("plan --vnet-id",)),
    "validate-subnet": Run(put_ready, ("validate-subnet", "--vnet-subnet-id", SUBNET), ("validate-subnet",)),
    "prepare": Run(put_carrying, PREPARE, ("prepare",)),
    "prepare --role least-privilege": Run(
        put_bare, (*PREPARE, "--role", "least-privilege"), ("prepare", "prepare --role least-privilege")
    ),
    "prepare --default-route-next-hop": Run(
        put_table_beside,
        (*PREPARE, "--route-table", "routes", "--default-route-next-hop", "10.9.9.4"),
        ("prepare", "prepare --default-route-next-hop"),
    ),
    "create": Run(put_ready, (*CREATE, "--assign-identity", IDENTITY, *PATIENCE), ("create",)),
    "prepare --private-dns-zone": Run(
        put_private,
        (*PREPARE, "--route-table", TABLE, "--private-dns-zone", ZONE, "--apiserver-subnet-id", API_SERVER),
        ("prepare", "prepare --private-dns-zone"),
    ),
    "prepare (further subnet)": Run(
        put_further,
        ("prepare", *NAMED, "--vnet-subnet-id", FURTHER, "--yes", *PATIENCE),
        ("prepare (further subnet)",),
        (Right("Microsoft.ContainerService/managedClusters/read", GROUP),),
    ),
    "create (system-assigned identity)": Run(
        put_left_over, (*CREATE, *PATIENCE), ("create", "create (system-assigned identity)")
    ),
    "create --assign-kubelet-identity": Run(
        put_kubelet,
        (*CREATE, "--assign-identity", IDENTITY, "--assign-kubelet-identity", KUBELET, *PATIENCE),
        ("create", "create --assign-kubelet-identity"),
        (
            Right("Microsoft.Authorization/permissions/read", KUBELET),
            Right("Microsoft.Authorization/roleDefinitions/read", SUBSCRIPTION),
        ),
    ),
    "check": Run(put_running, ("check", "-g", "rg", "-n", "aks"), ("check",)),
    "migrate": Run(put_running, ("migrate", "-g", "rg", "-n", "aks", "--dry-run"), ("migrate",)),
    "wait": Run(put_running, ("wait", "-g", "rg", "-n", "aks", "--exists"), ("wait",)),
    "cleanup": Run(put_prepared, ("cleanup", *NAMED, "--yes"), ("cleanup",)),
}


def start(sim: Simulator, az: AzSession, run: Run, rights: Sequence[Right]) -> Completed:
    sim.settings.retry_after_ms = 1
    run.seed(sim)
    allow(sim, rights)
    return kubenet(az, *run.words)


def each_needed() -> Iterator[object]:
    """Every right of every command, once: what a variant has in common with its command is not asked again."""
    for name, run in RUNS.items():
        for right in run.needed:
            if right in NEEDED[name]:
                yield pytest.param(run, right, id=f"{name} without {right}")


def test_every_command_of_the_table_is_run() -> None:
    assert set(NEEDED) == set(RUNS)
    assert set(READ) == {"validate-subnet", "create", "check", "migrate", "create --private-dns-zone", "audit"}
    assert READ["validate-subnet"] == READ["create"]
    assert READ["check"] == READ["migrate"]
    assert READ["check"][:-1] == READ["create"]


@pytest.mark.parametrize("name", RUNS)
def test_the_listed_rights_are_enough(sim: Simulator, az: AzSession, name: str) -> None:
    done = start(sim, az, RUNS[name], RUNS[name].needed)
    assert done.returncode == 0, done.stderr


def test_create_with_prepare_needs_the_rights_of_both(sim: Simulator, az: AzSession) -> None:
    rights = [Right(each.action, GROUP if each.scope == IDENTITY else each.scope) for each in NEEDED["create"]]
    run = Run(put_carrying, (*CREATE, "--prepare"), ())
    done = start(sim, az, run, [*rights, *NEEDED["prepare"]])
    assert done.returncode == 0, done.stderr
    assert sim.get(MADE_IDENTITY) is not None
    assert sim.get(CLUSTER) is not None


@pytest.mark.parametrize(("run", "right"), each_needed())
def test_without_one_of_them_the_command_ends_and_says_which(
    sim: Simulator, az: AzSession, run: Run, right: Right
) -> None:
    done = start(sim, az, run, [each for each in run.needed if each != right])
    assert done.returncode != 0
    assert f"{right.action}" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


THEIR_TABLE, THEIR_SECURITY_GROUP, THEIR_IDENTITY = (
    resource_id.replace(GROUP, OTHER_GROUP) for resource_id in (TABLE, SECURITY_GROUP, IDENTITY)
)


def put_together(sim: Simulator) -> None:
    """All that a cluster needs, and a security group, in one group."""
    sim.put(THEIR_SECURITY_GROUP, {"location": "westeurope"})
    table = put_table(sim, THEIR_TABLE)
    put_network(sim, routeTable={"id": table}, networkSecurityGroup={"id": THEIR_SECURITY_GROUP})
    put_identity(sim, SUBNET, table, identity=THEIR_IDENTITY)


VALIDATE: Final = Run(
    put_together,
    ("validate-subnet", "--vnet-subnet-id", SUBNET, "--assign-identity", THEIR_IDENTITY),
    ("validate-subnet",),
)


def unknown(report: Json) -> list[str]:
    return [each["message"] for each in report["findings"] if each["status"] == "unknown"]


def test_with_the_rights_to_read_nothing_is_unknown(sim: Simulator, az: AzSession) -> None:
    report = answer(start(sim, az, VALIDATE, [*VALIDATE.needed, *READ["validate-subnet"]]))
    assert unknown(report) == []


def put_their_cluster(sim: Simulator) -> None:
    put_together(sim)
    body = cluster_body(subnet=SUBNET, identity=THEIR_IDENTITY, pool={"count": 1})
    sim.put(CLUSTER, body)


CHECK: Final = Run(put_their_cluster, ("check", "-g", "rg", "-n", "aks"), ("check",))


MIGRATE: Final = Run(put_their_cluster, ("migrate", "-g", "rg", "-n", "aks", "--dry-run"), ("migrate",))


@pytest.mark.parametrize(("run", "name", "verdict"), [(CHECK, "check", "healthy"), (MIGRATE, "migrate", "ready")])
def test_with_the_rights_to_read_nothing_of_a_cluster_is_unknown(
    sim: Simulator, az: AzSession, run: Run, name: str, verdict: str
) -> None:
    report = answer(start(sim, az, run, [*run.needed, *READ[name]]))
    assert (report["verdict"], unknown(report)) == (verdict, [])


def test_without_the_machines_the_next_hops_are_unknown(sim: Simulator, az: AzSession) -> None:
    report = answer(start(sim, az, CHECK, [*CHECK.needed, *READ["check"][:-1]]))
    assert [
        READ["check"][-1].action in each["evidence"]["missingPermission"]
        for each in report["findings"]
        if each["status"] == "unknown"
    ] == [True]
    assert [each["state"] for each in report["routing"]["nodes"]] == ["unknown"]


@pytest.mark.parametrize("right", READ["validate-subnet"], ids=str)
def test_without_one_of_them_something_is_unknown_and_says_why(sim: Simulator, az: AzSession, right: Right) -> None:
    rights = [each for each in (*VALIDATE.needed, *READ["validate-subnet"]) if each != right]
    report = answer(start(sim, az, VALIDATE, rights))
    assert any(right.action in message for message in unknown(report))


PRIVATE: Final = Run(
    put_private,
    (*CREATE, "--assign-identity", IDENTITY, "--enable-private-cluster", "--private-dns-zone", ZONE, "--dry-run"),
    ("create",),
)


@pytest.mark.parametrize("right", READ["create --private-dns-zone"], ids=str)
def test_without_one_of_them_the_zone_is_unknown_and_says_why(sim: Simulator, az: AzSession, right: Right) -> None:
    readable = [Right("*/read", OTHER_GROUP), Right("*/read", GROUP), Right("*/roleDefinitions/read", SUBSCRIPTION)]
    every = [*PRIVATE.needed, *readable, *READ["create --private-dns-zone"]]
    operator = "Private DNS Zone Contributor"

    def seed(sim: Simulator) -> None:
        put_private(sim)
        identity = sim.get(IDENTITY)
        assert identity is not None
        sim.grant(identity["properties"]["principalId"], ZONE, operator)
        sim.grant(identity["properties"]["principalId"], NETWORK, "Network Contributor")

    run = replace(PRIVATE, seed=seed)
    whole = answer(start(sim, az, run, every))["report"]
    assert [each["status"] for each in whole["findings"] if each["code"] == "DNS1"] == ["passed", "passed"]
    hidden = answer(start(sim, az, run, [each for each in every if each != right]))["report"]
    assert any(right.action in message for message in unknown(hidden))


AUDIT: Final = Run(put_their_cluster, ("audit",), ())


def test_with_the_rights_to_read_an_audit_is_complete_and_without_one_it_says_why(
    sim: Simulator, az: AzSession
) -> None:
    clusters = Right("Microsoft.ContainerService/managedClusters/read", SUBSCRIPTION)
    whole = answer(start(sim, az, AUDIT, [clusters, *READ["audit"]]))
    assert (whole["coverage"]["complete"], len(whole["clusters"])) == (True, 1)
    assert all(each["status"] != "unknown" for each in whole["clusters"][0]["findings"])
    reasons = []
    for right in READ["audit"]:
        part = answer(start(sim, az, AUDIT, [clusters, *(each for each in READ["audit"] if each != right)]))
        reasons.append(" ".join(part["coverage"]["reasons"]))
    assert [[word in reason for word in ("subscriptions", "network", "route table")] for reason in reasons] == [
        [number == place for place in range(3)] for number in range(3)
    ]


def test_cleanup_deletes_nothing_where_clusters_may_be_hidden(sim: Simulator, az: AzSession) -> None:
    rights = [each for each in NEEDED["cleanup"] if "managedClusters" not in each.action]
    assert "Nothing was deleted" in refused(start(sim, az, RUNS["cleanup"], rights))
    assert writes(sim) == []
