"""What `audit` costs: queries, latencies and memory for 1,000 clusters, judging next to starting az. Runs az."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import date
from ipaddress import IPv4Network
from typing import Final

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import AgentPool, ManagedCluster
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import resource_id
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.fleet.audit import audit_fleet
from azext_kubenet.core.fleet.fleet import Fleet
from tests.world import cluster_body

from .in_process import judged_rows
from .local_azure import LOCATION, LocalAzure
from .measure import Row, Target
from .traffic import traffic_of

LATENCY: Final = 0.15
TODAY: Final = date(2026, 1, 1)
GRAPH: Final = "/providers/Microsoft.ResourceGraph/resources"
SUBSCRIPTIONS, NETWORKS, SUBNETS, KUBENET, ALL = 200, 600, 900, 1_000, 1_400
"""A large company's: the first 300 networks have two clusters each, the others one, and 100 are in networks of AKS."""

SUBNET_TYPE: Final = "Microsoft.Network/virtualNetworks/subnets"
UNLIMITED: Final = 10_000
KIB_A_MIB: Final = 1024
COMMAND: Final = ("aks", "kubenet", "audit", "--output", "json")


def measure_audit(azure: LocalAzure, turns: int) -> list[Row]:
    """1,000 kubenet clusters of 1,400 over 200 subscriptions, 600 virtual networks and 900 route tables.

    One run tells queries and rounds; its seconds are the local Azure's, which is slow with so many resources.
    """
    _seed(azure)
    settings = azure.simulator.settings
    settings.latency, settings.graph_quota = LATENCY, UNLIMITED
    azure.simulator.clear_log()
    azure.run(*COMMAND)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_A_MIB
    traffic, queries = traffic_of(azure.simulator.requests), len(azure.simulator.sent("POST", GRAPH))
    azure.simulator.reset()
    settings.latency, settings.graph_quota = 0.0, 0
    return [
        Row(name="audit of 1,000: queries", measured=queries, target=Target(value=25), detail=""),
        Row(
            name="audit of 1,000: rounds",
            measured=traffic.rounds,
            target=Target(value=10),
            detail="",
            requests=traffic.requests,
            rounds=traffic.rounds,
        ),
        Row(name="audit of 1,000: MiB of memory", measured=memory, target=Target(value=250), detail=""),
        *_judging_rows(azure, turns),
    ]


def _judging_rows(azure: LocalAzure, turns: int) -> list[Row]:
    once, tenfold = make_fleet(KUBENET), make_fleet(10 * KUBENET)
    return judged_rows(
        azure,
        turns,
        {
            "audit": lambda: audit_fleet(once, today=TODAY),
            "audit of tenfold": lambda: audit_fleet(tenfold, today=TODAY),
        },
        next_to_az=("judging 1,000 clusters / az --version", 1.0),
        growth=("judging 10,000 clusters / 1,000", 12),
    )


def make_fleet(count: int) -> Fleet:
    """So many clusters on kubenet, each on a network and a table of its own."""
    networks, tables, clusters = [], [], []
    for number in range(count):
        subscription, name = f"{number % SUBSCRIPTIONS:08d}-0000-0000-0000-000000000000", f"k{number}"
        table_id = resource_id(subscription, "rg", "Microsoft.Network/routeTables", name)
        subnet_id = resource_id(subscription, "rg", SUBNET_TYPE, name, "nodes")
        subnet = Subnet(
            name="nodes", id=subnet_id, address_prefixes=(IPv4Network("10.1.0.0/24"),), route_table_id=table_id
        )
        space = (IPv4Network("10.1.0.0/16"),)
        networks.append(VirtualNetwork(name=name, id=subnet_id.parent, address_prefixes=space, subnets=(subnet,)))
        tables.append(RouteTable(id=table_id, location=LOCATION, subnets=(subnet_id,)))
        clusters.append(_cluster(subscription, name, subnet))
    return Fleet(
        clusters=tuple(clusters),
        networks={each.id: each for each in networks if each.id is not None},
        tables={each.id: each for each in tables},
    )


def _cluster(subscription: str, name: str, subnet: Subnet) -> ManagedCluster:
    pool = AgentPool(name="nodepool1", count=5, max_count=20, subnet_id=subnet.id, kubernetes_version="1.31.2")
    return ManagedCluster(
        id=resource_id(subscription, "rg", "Microsoft.ContainerService/managedClusters", name),
        location=LOCATION,
        network_plugin="kubenet",
        network_policy="calico",
        pod_cidrs=(IPv4Network("10.244.0.0/16"),),
        kubernetes_version="1.31.2",
        subnet_ids=() if subnet.id is None else (subnet.id,),
        node_resource_group=f"MC_rg_{name}_{LOCATION}",
        identity_kind=IdentityKind.USER_ASSIGNED,
        agent_pools=(pool, replace(pool, name="nodepool2")),
    )


def _seed(azure: LocalAzure) -> None:
    """The company, put into the local Azure; clusters of other models are in networks of AKS."""
    simulator = azure.simulator
    simulator.reset()
    subscriptions = [f"{number + 1:08d}-0000-0000-0000-00000000000a" for number in range(SUBSCRIPTIONS)]
    for each in subscriptions:
        simulator.add_subscription(each, f"Subscription {each[:8]}")
    simulator.set_caller_roles([("/", "Owner")])  # one assignment to look at for each row, and not one a subscription
    place = 0
    for number in range(NETWORKS):
        network = f"/subscriptions/{subscriptions[number % SUBSCRIPTIONS]}/resourceGroups/rg{number}/providers"
        subnets = []
        for below in range(2 if number < SUBNETS - NETWORKS else 1):
            table = f"{network}/Microsoft.Network/routeTables/routes{below}"
            simulator.put(table, {"location": LOCATION, "properties": {"routes": []}})
            properties = {"addressPrefix": f"10.1.{below}.0/24", "routeTable": {"id": table}}
            subnets.append({"name": f"nodes{below}", "properties": properties})
        space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": subnets}
        simulator.put(f"{network}/Microsoft.Network/virtualNetworks/vnet", {"location": LOCATION, "properties": space})
        identity = f"{network}/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
        simulator.put(identity, {"location": LOCATION})
        for subnet in subnets:
            body = cluster_body(
                subnet=f"{network}/Microsoft.Network/virtualNetworks/vnet/subnets/{subnet['name']}",
                identity=identity,
                profile={"podCidr": f"10.{100 + place % 100}.0.0/16", "serviceCidr": "172.20.0.0/16"},
            )
            simulator.put(f"{network}/Microsoft.ContainerService/managedClusters/k{place}", body)
            place += 1
    overlay = {"networkPlugin": "azure", "networkPluginMode": "overlay"}
    for number in range(SUBNETS, ALL):
        group = f"/subscriptions/{subscriptions[number % SUBSCRIPTIONS]}/resourceGroups/more{number}/providers"
        body = cluster_body(profile={} if number < KUBENET else overlay)
        simulator.put(f"{group}/Microsoft.ContainerService/managedClusters/k{number}", body)
