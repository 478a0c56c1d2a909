"""The four network models on the same demand, and the recommendation."""

from __future__ import annotations

import pytest

from azext_kubenet.core.clusters.request import ClusterRequest, OsType, Surge
from azext_kubenet.core.plan.comparison import (
    AtPods,
    Model,
    ModelDemand,
    Need,
    Recommendation,
    compare_models,
    recommend,
)

from ..make import make_cluster, make_pool

ONE = Surge(value=1, percent=False)


def demand_of(model: Model, cluster: ClusterRequest, prefix: int | None = 24) -> ModelDemand:
    return next(each for each in compare_models(cluster, subnet_prefix_length=prefix) if each.model is model)


def recommended(cluster: ClusterRequest, *needs: Need) -> Recommendation:
    comparison = compare_models(cluster, subnet_prefix_length=24)
    return recommend(cluster, needs=frozenset(needs), comparison=comparison)


def test_models_in_the_order_of_the_contract() -> None:
    assert [each.model.value for each in compare_models(make_cluster(), subnet_prefix_length=24)] == [
        "kubenet",
        "azureCniOverlay",
        "azureCniNodeSubnet",
        "azureCniPodSubnet",
    ]


def test_a_24_runs_251_nodes_and_27610_pods_on_kubenet() -> None:
    """D:configure-kubenet."""
    demand = demand_of(Model.KUBENET, make_cluster())
    assert (demand.max_nodes_in_subnet, demand.max_pods_in_subnet, demand.max_pods) == (251, 27_610, 110)


def test_a_24_runs_8_nodes_and_240_pods_on_azure_cni() -> None:
    """D:configure-kubenet, at Azure CNI's default of 30 pods a node."""
    demand = demand_of(Model.NODE_SUBNET, make_cluster())
    assert (demand.max_nodes_in_subnet, demand.max_pods_in_subnet, demand.max_pods) == (8, 240, 30)


def test_50_nodes_on_azure_cni_take_1581_addresses() -> None:
    """D:concepts-network-ip-address-planning: (51) + (51 x 30) = 1,581, a /21."""
    demand = demand_of(Model.NODE_SUBNET, make_cluster(make_pool(node_count=50, max_surge=ONE)))
    assert (demand.required_addresses, demand.minimum_prefix_length) == (1_581, 21)


def test_60_nodes_on_azure_cni_take_1891_addresses() -> None:
    """D:concepts-network-ip-address-planning: (61) + (61 x 30) = 1,891, a /21."""
    demand = demand_of(Model.NODE_SUBNET, make_cluster(make_pool(node_count=60, max_surge=ONE)))
    assert (demand.required_addresses, demand.minimum_prefix_length) == (1_891, 21)


def test_overlay_takes_what_kubenet_takes_at_250_pods() -> None:
    """D:concepts-network-ip-address-planning: 250 pods by default."""
    demand = demand_of(Model.OVERLAY, make_cluster())
    assert (demand.max_pods, demand.required_addresses, demand.max_pods_in_subnet) == (250, 4, 251 * 250)


@pytest.mark.parametrize(("max_pods", "addresses"), [(None, 129), (8, 17), (9, 33), (24, 33), (250, 273)])
def test_pod_subnet_counts_batches_of_16(max_pods: int | None, addresses: int) -> None:
    """D:concepts-network-azure-cni-pod-subnet: 16 at a time, the next when fewer than 8 are left."""
    pool = make_pool(node_count=1, max_pods=max_pods, max_surge=Surge(value=0, percent=False))
    demand = demand_of(Model.POD_SUBNET, make_cluster(pool))
    assert demand.required_addresses == addresses


def test_pod_subnet_answers_for_its_node_subnet() -> None:
    demand = demand_of(Model.POD_SUBNET, make_cluster(make_pool(node_count=24)))
    assert (demand.minimum_prefix_length, demand.max_nodes_in_subnet) == (27, 251)
    assert demand.max_pods_in_subnet == 251 * 110


def test_pools_are_summed_and_the_largest_max_pods_shown() -> None:
    pools = (make_pool("a", 10, max_pods=20, max_surge=ONE), make_pool("b", 5, max_pods=50, max_surge=ONE))
    demand = demand_of(Model.NODE_SUBNET, make_cluster(*pools, internal_load_balancers=2))
    assert demand.required_addresses == 11 * 21 + 6 * 51 + 2
    assert (demand.max_pods, demand.max_nodes_in_subnet) == (50, 249 // 51)


def test_models_are_compared_at_the_same_number_of_pods_too() -> None:
    cluster = make_cluster(make_pool(node_count=50, max_surge=ONE))
    at_defaults = {each.model: each for each in compare_models(cluster, subnet_prefix_length=24)}
    assert at_defaults[Model.KUBENET].alternative is at_defaults[Model.POD_SUBNET].alternative is None
    flat = at_defaults[Model.NODE_SUBNET]
    assert flat.alternative == AtPods(max_pods=110, required_addresses=51 * 111, minimum_prefix_length=19)
    asked = make_cluster(make_pool(node_count=50, max_surge=ONE, max_pods=110))
    as_asked = demand_of(Model.NODE_SUBNET, asked)
    assert (as_asked.max_pods, as_asked.required_addresses) == (110, 51 * 111)
    assert as_asked.alternative == AtPods(max_pods=30, required_addresses=1_581, minimum_prefix_length=21)
    mixed = make_cluster(make_pool("a", max_pods=60), make_pool("b"))
    assert (demand_of(Model.NODE_SUBNET, mixed).alternative or flat).max_pods == 30


def test_without_a_subnet_there_is_nothing_in_it() -> None:
    demand = demand_of(Model.KUBENET, make_cluster(), None)
    assert (demand.max_nodes_in_subnet, demand.max_pods_in_subnet) == (None, None)


def test_a_subnet_smaller_than_its_load_balancers_has_no_nodes() -> None:
    assert demand_of(Model.KUBENET, make_cluster(internal_load_balancers=9), 29).max_nodes_in_subnet == 0


def test_a_demand_beyond_ipv4_has_no_prefix() -> None:
    pool = make_pool(node_count=10**9)
    assert demand_of(Model.NODE_SUBNET, make_cluster(pool)).minimum_prefix_length is None


def test_overlay_is_recommended_where_kubenet_would_do() -> None:
    advice = recommended(make_cluster())
    assert (advice.model, advice.kubenet_fits) == (Model.OVERLAY, True)
    assert advice.reasons == (
        "kubenet would work today: it takes 4 addresses of the virtual network.",
        "Azure CNI Overlay takes the same 4 addresses and, like kubenet, a /24 of pods a node, "
        "but no route table and so no limit of 400 nodes.",
        "Compared with Azure CNI node subnet, either saves 120 addresses at 30 pods a node, and 440 at 110.",
        "kubenet is unsupported from 2028-03-31.",
    )


def test_asked_for_the_default_there_is_one_number_to_compare() -> None:
    asked = make_cluster(make_pool(max_pods=30))
    assert demand_of(Model.NODE_SUBNET, asked).alternative is None
    assert (
        "Compared with Azure CNI node subnet, either saves 120 addresses at 30 pods a node."
        in recommended(asked).reasons
    )


@pytest.mark.parametrize(
    ("needs", "model"),
    [
        ((Need.WINDOWS,), Model.OVERLAY),
        ((Need.AZURE_NETWORK_POLICY,), Model.OVERLAY),
        ((Need.DIRECT_POD_ACCESS,), Model.POD_SUBNET),
        ((Need.VIRTUAL_NODES,), Model.NODE_SUBNET),
        ((Need.DIRECT_POD_ACCESS, Need.VIRTUAL_NODES), Model.NODE_SUBNET),
    ],
)
def test_each_need_rules_kubenet_out(needs: tuple[Need, ...], model: Model) -> None:
    advice = recommended(make_cluster(), *needs)
    assert (advice.model, advice.kubenet_fits) == (model, False)
    assert advice.reasons[0].startswith("kubenet ")


def test_a_windows_pool_is_a_need() -> None:
    assert not recommended(make_cluster(make_pool(os_type=OsType.WINDOWS))).kubenet_fits


def test_azure_network_policy_is_a_need() -> None:
    assert not recommended(make_cluster(network_policy="azure")).kubenet_fits


@pytest.mark.parametrize(("nodes", "fits"), [(400, True), (401, False)])
def test_more_than_400_nodes_rule_kubenet_out(nodes: int, fits: bool) -> None:
    pool = make_pool(node_count=nodes, max_surge=Surge(value=0, percent=False))
    assert recommended(make_cluster(pool)).kubenet_fits is fits
