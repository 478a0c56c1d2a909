"""The nodes of a cluster that runs: machines, and what the subnet's addresses tell where they are not listed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.managed_clusters import PoolMachines, RunningCluster
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.running_nodes import INSTANCE_DIGITS, node_name, nodes_of, scale_set_of

from ..make import (
    SCALE_SET,
    SUBSCRIPTION,
    make_agent_pool,
    make_running_cluster,
    make_subnet,
    make_unreadable,
)

MACHINES_READ = "Microsoft.ContainerService/managedClusters/agentPools/machines/read"


def configuration(instance: int, pool: str = "nodepool1", group: str = "MC_rg_k1_westeurope") -> str:
    scale_set = SCALE_SET.format(pool=pool)
    return (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/"
        f"{scale_set}/virtualMachines/{instance}/networkInterfaces/{scale_set}/ipConfigurations/ipconfig1"
    )


def seen(running: RunningCluster, *configurations: str) -> RunningCluster:
    """`running` with these IP configurations in its subnet."""
    return replace(running, subnets=(make_subnet(ip_configurations=configurations),))


def names(running: RunningCluster) -> list[str]:
    return [node.name for node in nodes_of(running).known]


@pytest.mark.parametrize(("instance", "suffix"), [(0, "000000"), (9, "000009"), (10, "00000a"), (85, "00002d")])
def test_a_node_is_named_by_its_instance_in_base_36(instance: int, suffix: str) -> None:
    assert node_name("aks-a-1-vmss", instance) == f"aks-a-1-vmss{suffix}"
    assert scale_set_of(node_name("aks-a-1-vmss", instance)) == "aks-a-1-vmss"


@given(one=st.integers(0, 36**INSTANCE_DIGITS - 1), other=st.integers(0, 36**INSTANCE_DIGITS - 1))
def test_names_are_in_the_order_of_their_instances(one: int, other: int) -> None:
    assert (node_name("s", one) < node_name("s", other)) == (one < other)
    assert int(node_name("", one), 36) == one


def test_machines_are_the_nodes() -> None:
    nodes = nodes_of(make_running_cluster(make_agent_pool("a", 2), make_agent_pool("b", 1)))
    assert [(node.pool, str(node.address)) for node in nodes.known] == [
        ("a", "192.168.1.4"),
        ("a", "192.168.1.5"),
        ("b", "192.168.1.6"),
    ]
    assert not nodes.hidden
    assert len(nodes.of_pool("b") or ()) == 1


@pytest.mark.parametrize("machines", [make_unreadable(MACHINES_READ), ()], ids=["refused", "empty"])
def test_without_machines_the_addresses_of_the_subnet_name_the_nodes(
    machines: Unreadable | tuple[()],
) -> None:
    running = make_running_cluster(
        make_agent_pool(count=2), machines=(PoolMachines(pool="nodepool1", machines=machines),)
    )
    others = (configuration(3, group="MC_other"), configuration(4, pool="other"), "/subscriptions/x/unknown")
    shown = seen(running, configuration(85), configuration(0), configuration(0), *others)
    assert names(shown) == [node_name(SCALE_SET.format(pool="nodepool1"), number) for number in (0, 85)]
    assert all(node.address is None for node in nodes_of(shown).known)
    assert not nodes_of(shown).hidden


def test_where_nothing_names_the_nodes_it_is_said_why() -> None:
    refused = make_unreadable(MACHINES_READ)
    pools = (make_agent_pool("a", 2), make_agent_pool("b", 2), make_agent_pool("c", 0))
    machines = (PoolMachines(pool="a", machines=refused), PoolMachines(pool="b", machines=()))
    nodes = nodes_of(make_running_cluster(*pools, machines=(*machines, PoolMachines(pool="c", machines=()))))
    assert nodes.known == ()
    assert [pool for pool, _ in nodes.hidden] == ["a", "b"]
    assert nodes.hidden[0][1] is refused
    assert "2 nodes" in nodes.hidden[1][1].reason
    assert (nodes.of_pool("a"), nodes.of_pool("c")) == (None, ())


def test_machines_that_nobody_asked_for_are_hidden() -> None:
    assert [pool for pool, _ in nodes_of(make_running_cluster(machines=())).hidden] == ["nodepool1"]


@pytest.mark.parametrize("place", ["cluster", "pool"])
def test_what_is_stopped_has_no_nodes(place: str) -> None:
    pool = make_agent_pool(power_state="Stopped" if place == "pool" else "Running")
    cluster: dict[str, object] = {"power_state": "Stopped"} if place == "cluster" else {}
    running = make_running_cluster(pool, cluster=cluster, machines=(PoolMachines(pool=pool.name, machines=()),))
    assert nodes_of(running).known == ()
    assert nodes_of(running).hidden == ()


def test_a_subnet_that_is_unreadable_names_nobody() -> None:
    unreadable: tuple[Subnet | Unreadable, ...] = (make_unreadable(),)
    running = make_running_cluster(subnets=unreadable, machines=(PoolMachines(pool="nodepool1", machines=()),))
    assert nodes_of(running).known == ()
