"""Ways to one cluster: by hand as documented, prepare and create, create --prepare. Runs az on a local Azure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Final

from .local_azure import GROUP, GROUP_ID, LOCATION, NETWORK, SUBNET_ID, SUBNET_NAMES, LocalAzure, seed_network
from .measure import CannotMeasureError, Row, Target, Timings, medians, ratio, take_turns
from .traffic import Traffic, traffic_of

LATENCY: Final = 0.1
CLUSTER: Final = "cluster"
IN_GROUP: Final = ("--resource-group", GROUP)
IDENTITY: Final = f"{CLUSTER}-identity"
IDENTITY_ID: Final = f"{GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{IDENTITY}"
ROUTE_TABLE: Final = f"{CLUSTER}-routes"
ROUTE_TABLE_ID: Final = f"{NETWORK}/routeTables/{ROUTE_TABLE}"
CLUSTER_ID: Final = f"{GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}"
CREATION: Final = (*IN_GROUP, "--name", CLUSTER, "--vnet-subnet-id", SUBNET_ID, "--no-ssh-key")

BY_HAND: Final = "by hand"
IN_TWO: Final = "prepare, create"
IN_ONE: Final = "create --prepare"
TARGETS: Final = {BY_HAND: None, IN_TWO: Target(value=1.9, at_least=True), IN_ONE: Target(value=3.0, at_least=True)}


def measure_creation(azure: LocalAzure, turns: int) -> list[Row]:
    """Each way from the same network to the same end state, on an Azure that takes 100 ms to answer."""
    ways = {BY_HAND: _by_hand, IN_TWO: _prepare_and_create}
    if "--prepare" in azure.run("aks", "kubenet", "create", "-h"):
        ways[IN_ONE] = _create_with_prepare
    traffic: dict[str, Traffic] = {}
    states: dict[str, object] = {}

    def go(name: str) -> float:
        seed_network(azure.simulator)
        azure.simulator.settings.latency = LATENCY
        begin = time.perf_counter()
        ways[name](azure)
        seconds = time.perf_counter() - begin
        seen = traffic_of(azure.simulator.requests)
        traffic[name] = min(seen, traffic.get(name, seen), key=lambda each: each.rounds)
        states[name] = _end_state(azure)
        _require_same(name, states.setdefault(BY_HAND, states[name]), states[name])
        return seconds

    timings = take_turns({name: _named(go, name) for name in ways}, turns)
    return [_row(name, timings, traffic.get(name)) for name in TARGETS]


def _named(go: Callable[[str], float], name: str) -> Callable[[], float]:
    return lambda: go(name)


def _require_same(name: str, by_hand: object, state: object) -> None:
    if state != by_hand:
        raise CannotMeasureError(f"'{name}' ends in {json.dumps(state)}, and '{BY_HAND}' in {json.dumps(by_hand)}.")


def _row(name: str, timings: Timings, traffic: Traffic | None) -> Row:
    if traffic is None:
        return Row(name=f"{BY_HAND} / {name}", measured=None, target=TARGETS[name], detail="not there")
    is_compared = name != BY_HAND
    return Row(
        name=f"{BY_HAND} / {name}" if is_compared else name,
        measured=ratio(timings, BY_HAND, name) if is_compared else None,
        target=TARGETS[name],
        detail=medians(timings, name),
        requests=traffic.requests,
        rounds=traffic.rounds,
    )


def _by_hand(azure: LocalAzure) -> None:
    """The documented commands, each with what it needs of those before.

    Source: https://learn.microsoft.com/azure/aks/configure-kubenet
    """
    subnet = _json(azure, "network", "vnet", "subnet", "show", *SUBNET_NAMES[:4], "--name", "nodes")
    identity = _json(azure, "identity", "create", *IN_GROUP, "--name", IDENTITY, "--location", LOCATION)
    table = _json(azure, "network", "route-table", "create", *IN_GROUP, "--name", ROUTE_TABLE, "--location", LOCATION)
    table_id = table.get("id") or table["newRouteTable"]["id"]
    azure.run(*("network", "vnet", "subnet", "update", "--ids", subnet["id"], "--route-table", table_id))
    for scope in (subnet["id"], table_id):
        azure.run(
            *("role", "assignment", "create", "--assignee-object-id", identity["principalId"]),
            *("--assignee-principal-type", "ServicePrincipal", "--role", "Network Contributor", "--scope", scope),
        )
    azure.run("aks", "create", *CREATION, "--network-plugin", "kubenet", "--assign-identity", identity["id"])


def _prepare_and_create(azure: LocalAzure) -> None:
    azure.run("aks", "kubenet", "prepare", *SUBNET_NAMES, "--cluster-name", CLUSTER)
    azure.run("aks", "kubenet", "create", *CREATION, "--assign-identity", IDENTITY_ID)


def _create_with_prepare(azure: LocalAzure) -> None:
    azure.run("aks", "kubenet", "create", *CREATION, "--prepare")


def _json(azure: LocalAzure, *args: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(azure.run(*args, "--output", "json"))
    return document


def _end_state(azure: LocalAzure) -> object:
    """What all ways have to agree on: everything but tags, descriptions, names of assignments and generated ids."""
    simulator = azure.simulator
    subnet, table, cluster, identity = (
        simulator.get(each) or {} for each in (SUBNET_ID, ROUTE_TABLE_ID, CLUSTER_ID, IDENTITY_ID)
    )
    if not all((subnet, table, cluster, identity)):
        raise CannotMeasureError("Subnet, route table, cluster or identity is not there at the end.")
    principal = identity["properties"]["principalId"]
    assignments = (each.properties for each in simulator.records(GROUP_ID) if each.type.endswith("/roleAssignments"))
    properties = cluster["properties"]
    return {
        "subnet": [subnet["properties"]["addressPrefix"], subnet["properties"]["routeTable"]["id"].lower()],
        "routes": sorted(each["properties"]["addressPrefix"] for each in table["properties"]["routes"]),
        "roles": sorted(
            [each["scope"].lower(), each["roleDefinitionId"].rpartition("/")[2]]
            for each in assignments
            if each["principalId"] == principal
        ),
        "identity": sorted(each.lower() for each in cluster["identity"]["userAssignedIdentities"]),
        "network": {
            name: properties["networkProfile"].get(name)
            for name in ("networkPlugin", "podCidr", "serviceCidr", "dnsServiceIP", "outboundType", "loadBalancerSku")
        },
        "pools": [
            [each["name"], each["count"], each["vnetSubnetID"].lower()] for each in properties["agentPoolProfiles"]
        ],
        "state": properties["provisioningState"],
    }
