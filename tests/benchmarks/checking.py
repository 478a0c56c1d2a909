"""What `check` costs on the largest cluster: latencies, judging next to az's start, growth with routes. Runs az."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import AgentPool, Machine, ManagedCluster, PoolMachines, RunningCluster
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.route_tables import Route, RouteTable
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.clusters.running_nodes import node_name
from azext_kubenet.core.rules.checked import check_cluster
from tests.running_clusters import CLUSTER, IDENTITY, NETWORK, SUBNET, TABLE, put_large, put_running

from .in_process import judged_rows
from .latency import latency_row
from .local_azure import LOCATION, LocalAzure
from .measure import Row

TODAY: Final = date(2026, 1, 1)
NODES, MANY_NODES = 400, 5_000
COMMAND: Final = ("aks", "kubenet", "check", "--resource-group", "rg", "--name", "aks", "--ignore", "LIM1")
"""At 400 nodes the next upgrade has no room for its routes, which is an error."""


def measure_check(azure: LocalAzure, turns: int) -> list[Row]:
    """Three pools with 400 nodes in two subnets."""
    azure.simulator.reset()
    put_large(azure.simulator)
    return [
        latency_row(azure, turns, f"check of {NODES} nodes", 5, *COMMAND),
        *_judging_rows(azure, turns),
    ]


def measure_migration(azure: LocalAzure, turns: int) -> list[Row]:
    """A cluster in order: of the largest, migrate says that the move has to wait."""
    azure.simulator.reset()
    put_running(azure.simulator)
    command = ("aks", "kubenet", "migrate", "--resource-group", "rg", "--name", "aks", "--dry-run")
    return [latency_row(azure, turns, "migrate --dry-run", 5, *command)]


def _judging_rows(azure: LocalAzure, turns: int) -> list[Row]:
    once, many = make_running(NODES), make_running(MANY_NODES)
    return judged_rows(
        azure,
        turns,
        {"check": lambda: _judge(once), "check of many": lambda: _judge(many)},
        next_to_az=(f"judging {NODES} nodes / az --version", 0.1),
        growth=(f"judging {MANY_NODES:,} routes / {NODES}", round(MANY_NODES / NODES * 1.2, 1)),
    )


def _judge(snapshot: Snapshot) -> None:
    running = snapshot.running_cluster
    assert isinstance(running, RunningCluster)
    wanted = ClusterRequest(node_pools=(), cluster_id=running.cluster.id)
    check_cluster(running, snapshot, wanted, today=TODAY)


def make_running(count: int) -> Snapshot:
    """A cluster with so many nodes, each with its route."""
    names = [node_name("aks-nodepool1-12345678-vmss", number) for number in range(count)]
    addresses = [IPv4Address("10.1.0.4") + number for number in range(count)]
    blocks = IPv4Network("10.128.0.0/9").subnets(new_prefix=24)
    routes = tuple(
        Route(
            name=name,
            destination=str(block),
            address_prefix=block,
            next_hop_type="VirtualAppliance",
            next_hop_ip=address,
        )
        for name, block, address in zip(names, blocks, addresses, strict=False)
    )
    table = RouteTable(id=ResourceId.parse(TABLE), location=LOCATION, routes=routes)
    prefix = IPv4Network("10.1.0.0/16")
    subnet = Subnet(name="nodes", id=ResourceId.parse(SUBNET), address_prefixes=(prefix,), route_table_id=table.id)
    pool = AgentPool(name="nodepool1", count=count, max_count=count, subnet_id=subnet.id, kubernetes_version="1.31.2")
    cluster = ManagedCluster(
        id=ResourceId.parse(CLUSTER),
        location=LOCATION,
        network_plugin="kubenet",
        pod_cidrs=(IPv4Network("10.128.0.0/9"),),
        kubernetes_version="1.31.2",
        subnet_ids=() if subnet.id is None else (subnet.id,),
        node_resource_group="MC_rg_aks_westeurope",
        identity_kind=IdentityKind.USER_ASSIGNED,
        user_assigned_ids=(ResourceId.parse(IDENTITY),),
        agent_pools=(pool,),
    )
    machines = tuple(Machine(name=name, address=address) for name, address in zip(names, addresses, strict=True))
    running = RunningCluster(
        cluster=cluster,
        machines=(PoolMachines(pool=pool.name, machines=machines),),
        subnets=(subnet,),
        route_tables=(table,),
    )
    network = VirtualNetwork(
        name="vnet", id=ResourceId.parse(NETWORK), address_prefixes=(IPv4Network("10.0.0.0/12"),), subnets=(subnet,)
    )
    return Snapshot(
        virtual_network=network,
        subnet=subnet,
        route_table=table,
        locks=(),
        policy_states=(),
        gateways=(),
        managed_clusters=(cluster,),
        running_cluster=running,
    )
