"""A cluster that runs as the cluster that rules judge: what is not given is its own."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.managed_clusters import PoolMachines, RunningCluster
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.pool_subnets import internal_balancers_in, is_own_subnet
from azext_kubenet.core.clusters.request import DEFAULT_SURGE, OsType, Surge
from azext_kubenet.core.clusters.room import Demand, demand_of
from azext_kubenet.core.clusters.running import as_it_runs, node_pools_of, surge_of

from ..make import (
    SUBSCRIPTION,
    make_agent_pool,
    make_cluster,
    make_id,
    make_networks,
    make_pool,
    make_running_cluster,
    make_subnet,
    make_unreadable,
)

IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
NOT_GIVEN = replace(make_cluster(), node_pools=())
OWN: dict[str, object] = {
    "pod_cidrs": make_networks("10.245.0.0/16"),
    "service_cidr": IPv4Network("10.100.0.0/16"),
    "dns_service_ip": IPv4Address("10.100.0.10"),
    "outbound_type": "userDefinedRouting",
    "network_policy": "calico",
    "private_cluster": True,
    "identity_kind": IdentityKind.USER_ASSIGNED,
    "user_assigned_ids": (make_id(IDENTITIES, "mine"),),
}


def snapshot(running: RunningCluster | Unreadable | None) -> Snapshot:
    subnet = running.subnets[0] if isinstance(running, RunningCluster) else None
    return Snapshot(subnet=subnet, running_cluster=running)


def test_every_value_that_is_not_given_is_the_clusters() -> None:
    judged = as_it_runs(NOT_GIVEN, snapshot(make_running_cluster(cluster=OWN)))
    assert judged.runs
    assert judged.pod_cidr == IPv4Network("10.245.0.0/16")
    assert (judged.service_cidr, judged.dns_service_ip) == (IPv4Network("10.100.0.0/16"), IPv4Address("10.100.0.10"))
    assert (judged.outbound_type, judged.network_policy) == ("userDefinedRouting", "calico")
    assert (judged.identity_kind, judged.identity_id) == (IdentityKind.USER_ASSIGNED, make_id(IDENTITIES, "mine"))
    assert (judged.location, judged.private_cluster) == ("westeurope", True)
    assert [(pool.name, pool.now, pool.max_count) for pool in judged.node_pools] == [("nodepool1", 3, 3)]


def test_what_is_given_wins() -> None:
    wanted = replace(
        NOT_GIVEN,
        pod_cidr=IPv4Network("10.9.0.0/16"),
        service_cidr=IPv4Network("10.8.0.0/16"),
        outbound_type="loadBalancer",
        identity_kind=IdentityKind.USER_ASSIGNED,
        identity_id=make_id(IDENTITIES, "given"),
        internal_load_balancers=2,
    )
    judged = as_it_runs(wanted, snapshot(make_running_cluster(cluster=OWN)))
    assert (judged.pod_cidr, judged.service_cidr) == (wanted.pod_cidr, wanted.service_cidr)
    assert judged.dns_service_ip is None, "that of the cluster lies in another range"
    assert (judged.outbound_type, judged.identity_id) == ("loadBalancer", wanted.identity_id)
    assert judged.internal_load_balancers == 2


@pytest.mark.parametrize("running", [None, make_unreadable()])
def test_where_none_runs_all_is_left_as_it_is(running: Unreadable | None) -> None:
    assert as_it_runs(make_cluster(), snapshot(running)) == make_cluster()


def test_a_subnet_that_is_unreadable_does_no_harm() -> None:
    judged = as_it_runs(NOT_GIVEN, Snapshot(subnet=make_unreadable(), running_cluster=make_running_cluster()))
    assert judged.internal_load_balancers == 0


def test_a_kubelet_identity_of_aks_is_not_one_of_ones_own() -> None:
    of_aks = make_id(IDENTITIES, "k1-agentpool", group="mc_rg_K1_westeurope")
    for kubelet, expected in ((of_aks, None), (make_id(IDENTITIES, "own"), make_id(IDENTITIES, "own")), (None, None)):
        running = make_running_cluster(cluster={"kubelet_identity_id": kubelet})
        assert as_it_runs(NOT_GIVEN, snapshot(running)).kubelet_identity_id == expected


def test_given_pools_replace_their_namesakes_and_others_come_in_addition() -> None:
    running = make_running_cluster(make_agent_pool("a", 2), make_agent_pool("b", 1))
    wanted = replace(NOT_GIVEN, node_pools=(make_pool("b", 5), make_pool("c", 4), make_pool("d", 1, subnet="more")))
    judged = as_it_runs(wanted, snapshot(running))
    here = str(make_subnet().id)
    assert [(pool.name, pool.node_count, pool.now, pool.subnet) for pool in judged.node_pools] == [
        ("a", 2, 2, here),
        ("b", 5, 1, here),
        ("c", 4, 4, here),
        ("d", 1, 1, "more"),
    ]
    alone = as_it_runs(wanted, Snapshot(running_cluster=running))
    assert [pool.subnet for pool in alone.node_pools] == [here, here, None, "more"]


def test_pools_count_machines_where_they_are_known_else_the_count() -> None:
    pools = (make_agent_pool("a", 5), make_agent_pool("b", 4), make_agent_pool("c", 3, power_state="Stopped"))
    running = make_running_cluster(*pools)
    fewer = replace(running.machines[0], machines=running.machines[0].machines[:2])  # type: ignore[index] # a tuple here
    refused = PoolMachines(pool="b", machines=make_unreadable())
    found = node_pools_of(replace(running, machines=(fewer, refused)))
    assert [(pool.node_count, pool.now) for pool in found] == [(5, 2), (4, 4), (3, 0)]


def test_a_pool_keeps_its_maximum_surge_system_and_size() -> None:
    pool = make_agent_pool(
        count=3, max_count=9, max_surge="33%", os_type="windows", vm_size="Standard_D2s_v3", max_pods=50, subnet_id=None
    )
    (found,) = node_pools_of(make_running_cluster(pool))
    assert (found.max_count, found.max_surge, found.os_type) == (9, Surge(value=33, percent=True), OsType.WINDOWS)
    assert (found.vm_size, found.max_pods, found.subnet) == ("Standard_D2s_v3", 50, None)


@pytest.mark.parametrize(
    ("text", "surge"),
    [
        ("10%", Surge(value=10, percent=True)),
        ("3", Surge(value=3, percent=False)),
        ("", DEFAULT_SURGE),
        ("x", DEFAULT_SURGE),
    ],
)
def test_azures_text_of_a_surge(text: str, surge: Surge) -> None:
    assert surge_of(text) == surge


def test_demand_of_pools_that_run() -> None:
    pools = (make_pool("a", 20, 40, nodes_now=10), make_pool("b", 3))
    assert demand_of(pools) == Demand(now=13, upgrade_now=15, maximum=43, upgrade=48)


POOLS = st.lists(
    st.builds(
        lambda now, more, surge, percent: make_pool(
            "p", now, now + more, nodes_now=now, max_surge=Surge(value=surge, percent=percent)
        ),
        st.integers(0, 50),
        st.integers(0, 50),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=4,
)


@given(pools=POOLS, data=st.data())
def test_sums_never_depend_on_the_order_of_pools(pools: list[object], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(pools))
    assert demand_of(shuffled) == demand_of(pools)  # type: ignore[arg-type] # the strategy makes node pools


@given(pools=POOLS)
def test_demands_grow_with_surge_and_maximum(pools: list[object]) -> None:
    demand = demand_of(pools)  # type: ignore[arg-type] # as above
    assert demand.now <= demand.upgrade_now <= demand.upgrade
    assert demand.now <= demand.maximum <= demand.upgrade


def test_a_subnet_is_the_clusters_own_by_its_pools_or_its_managed_network() -> None:
    assert is_own_subnet(make_running_cluster(), make_subnet().id)
    assert not is_own_subnet(make_running_cluster(), make_subnet("more").id)
    managed = make_running_cluster(make_agent_pool(subnet_id=None))
    assert is_own_subnet(managed, make_subnet().id)
    assert not is_own_subnet(managed, make_subnet("more").id)


def test_its_own_internal_load_balancers_take_addresses() -> None:
    balancer = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{{}}/providers/Microsoft.Network/loadBalancers/"
        "kubernetes-internal/frontendIPConfigurations/a"
    )
    groups = ("mc_RG_k1_westeurope", "MC_rg_k1_westeurope", "rg")
    used = (*(balancer.format(group) for group in groups), "/x")
    subnet = make_subnet(ip_configurations=used)
    assert internal_balancers_in(subnet, "MC_rg_k1_westeurope") == 2
    judged = as_it_runs(NOT_GIVEN, Snapshot(subnet=subnet, running_cluster=make_running_cluster()))
    assert judged.internal_load_balancers == 2


def test_a_pool_without_a_name_is_the_only_one_there_or_a_further_one() -> None:
    unnamed = replace(NOT_GIVEN, node_pools=(make_pool("", 7),))
    one = make_running_cluster(make_agent_pool("a", 2))
    assert [(pool.name, pool.node_count) for pool in as_it_runs(unnamed, snapshot(one)).node_pools] == [("a", 7)]
    two = make_running_cluster(make_agent_pool("nodepool1", 2), make_agent_pool("b", 1))
    assert [pool.name for pool in as_it_runs(unnamed, snapshot(two)).node_pools] == ["nodepool1", "b", "nodepool2"]


def test_a_subnet_that_is_not_yet_its_own_gets_a_pool_of_azures_default_size() -> None:
    place = make_subnet("more")
    judged = as_it_runs(NOT_GIVEN, Snapshot(subnet=place, running_cluster=make_running_cluster()))
    assert [(pool.name, pool.node_count, pool.subnet) for pool in judged.node_pools][1] == (
        "nodepool2",
        3,
        str(place.id),
    )


def test_the_node_group_has_an_id() -> None:
    cluster = make_running_cluster().cluster
    assert cluster.node_group_id == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_rg_k1_westeurope"
