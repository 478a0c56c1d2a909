"""What the same cluster needs on AKS's four network models, and which of them to take. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from ..addresses.prefixes import smallest_prefix_length, usable_addresses
from ..azure import limits
from ..clusters.request import ClusterRequest, NodePool, OsType


class Model(str, Enum):
    """A network model of AKS, in the order of the comparison."""

    KUBENET = "kubenet"
    OVERLAY = "azureCniOverlay"
    NODE_SUBNET = "azureCniNodeSubnet"
    POD_SUBNET = "azureCniPodSubnet"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def default_max_pods(self) -> int:
        return _DEFAULT_MAX_PODS[self]


_LABELS = {
    Model.KUBENET: "kubenet",
    Model.OVERLAY: "Azure CNI Overlay",
    Model.NODE_SUBNET: "Azure CNI node subnet",
    Model.POD_SUBNET: "Azure CNI pod subnet",
}
_DEFAULT_MAX_PODS = {
    Model.KUBENET: limits.DEFAULT_MAX_PODS_KUBENET,
    Model.OVERLAY: limits.DEFAULT_MAX_PODS_OVERLAY,
    Model.NODE_SUBNET: limits.DEFAULT_MAX_PODS_NODE_SUBNET,
    Model.POD_SUBNET: limits.DEFAULT_MAX_PODS_POD_SUBNET,
}


class PodsFrom(str, Enum):
    """Where a model's number of pods a node is from."""

    DEFAULT = "default"
    ASKED = "asked"
    MIXED = "mixed"


class Need(str, Enum):
    """Something a cluster must be able to do that kubenet cannot."""

    WINDOWS = "windows"
    VIRTUAL_NODES = "virtual-nodes"
    AZURE_NETWORK_POLICY = "azure-network-policy"
    DIRECT_POD_ACCESS = "direct-pod-access"


_WITHOUT = {
    Need.WINDOWS: "kubenet does not support Windows node pools",
    Need.VIRTUAL_NODES: "kubenet does not support virtual nodes",
    Need.AZURE_NETWORK_POLICY: "kubenet does not support Azure network policy",
    Need.DIRECT_POD_ACCESS: "kubenet gives pods no addresses of the virtual network, so nothing reaches them directly",
}


class AtPods(NamedTuple):
    """What a model needs at another number of pods a node."""

    max_pods: int
    required_addresses: int
    minimum_prefix_length: int | None


class ModelDemand(NamedTuple):
    """One model's answer to the same demand: at the number of pods a node that was asked for, else at its own default.

    `alternative` compares like with like where the two differ: at the number that kubenet would have, or where one was
    asked for, at the model's own default. Where the pools differ, `max_pods` is the largest number (`pools_differ`).

    `required_addresses` counts addresses of the virtual network at the peak, Azure's five left out;
    `minimum_prefix_length` is None where no IPv4 network is large enough. What the planned subnet would hold, with
    no surge held back, is None where no subnet is planned.
    """

    model: Model
    max_pods: int
    required_addresses: int
    minimum_prefix_length: int | None
    max_nodes_in_subnet: int | None
    max_pods_in_subnet: int | None
    pods_from: PodsFrom
    pools_differ: bool
    alternative: AtPods | None = None

    @property
    def pods_a_node(self) -> str:
        return f"{'up to ' if self.pools_differ else ''}{self.max_pods} pods a node"


class Recommendation(NamedTuple):
    model: Model
    kubenet_fits: bool
    reasons: tuple[str, ...]


def compare_models(cluster: ClusterRequest, *, subnet_prefix_length: int | None) -> tuple[ModelDemand, ...]:
    """Each model with its own default of pods a node, where a pool does not set one.

    Sources: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning and
    https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet
    """
    return tuple(_demand(model, cluster, subnet_prefix_length) for model in Model)


def _demand(model: Model, cluster: ClusterRequest, subnet_prefix_length: int | None) -> ModelDemand:
    balancers = cluster.internal_load_balancers
    here, other = _at_pods(model, cluster), _at_pods(model, _at_other_pods(cluster))
    max_pods, nodes = here.max_pods, None
    if subnet_prefix_length is not None:
        in_subnet = max(0, usable_addresses(subnet_prefix_length) - balancers)
        nodes = in_subnet // (_addresses_per_node(model, max_pods) if model is Model.NODE_SUBNET else 1)
    return ModelDemand(
        model=model,
        max_pods=max_pods,
        required_addresses=here.required_addresses,
        minimum_prefix_length=here.minimum_prefix_length,
        max_nodes_in_subnet=nodes,
        max_pods_in_subnet=None if nodes is None else nodes * max_pods,
        pods_from=_pods_from(cluster),
        pools_differ=len({_pods_per_node(model, pool) for pool in cluster.node_pools}) > 1,
        alternative=None if other == here else other,
    )


def _pods_from(cluster: ClusterRequest) -> PodsFrom:
    asked = [pool.max_pods is not None for pool in cluster.node_pools]
    if all(asked):
        return PodsFrom.ASKED
    return PodsFrom.MIXED if any(asked) else PodsFrom.DEFAULT


def _at_other_pods(cluster: ClusterRequest) -> ClusterRequest:
    """At each model's own default where a number was asked for, else at kubenet's for all."""
    is_asked = _pods_from(cluster) is not PodsFrom.DEFAULT
    pools = (replace(pool, max_pods=None if is_asked else pool.pods_per_node) for pool in cluster.node_pools)
    return replace(cluster, node_pools=tuple(pools))


def _at_pods(model: Model, cluster: ClusterRequest) -> AtPods:
    """At the pods a node of the cluster's pools; the largest number is told where they differ."""
    required = cluster.internal_load_balancers + sum(
        pool.peak_nodes * _addresses_per_node(model, _pods_per_node(model, pool)) for pool in cluster.node_pools
    )
    in_node_subnet = cluster.required_addresses if model is Model.POD_SUBNET else required
    return AtPods(
        max_pods=max((_pods_per_node(model, pool) for pool in cluster.node_pools), default=model.default_max_pods),
        required_addresses=required,
        minimum_prefix_length=smallest_prefix_length(in_node_subnet),
    )


def _pods_per_node(model: Model, pool: NodePool) -> int:
    return model.default_max_pods if pool.max_pods is None else pool.max_pods


def _addresses_per_node(model: Model, max_pods: int) -> int:
    """Addresses of the virtual network that a full node holds.

    A pod subnet hands out batches of 16, the next one when fewer than 8 are left:
    https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet
    """
    match model:
        case Model.NODE_SUBNET:
            return 1 + max_pods
        case Model.POD_SUBNET:
            batches = -(-(max_pods + limits.POD_SUBNET_FREE_MINIMUM) // limits.POD_SUBNET_BATCH)
            return 1 + limits.POD_SUBNET_BATCH * batches
        case _:
            return 1


def recommend(
    cluster: ClusterRequest, *, needs: frozenset[Need], comparison: tuple[ModelDemand, ...]
) -> Recommendation:
    """The model to take, and why; it does not change the plan.

    Needs that the cluster itself shows (a Windows pool, Azure network policy) count as asked for.
    """
    all_needs = needs | frozenset(_shown_needs(cluster))
    obstacles = [f"{_WITHOUT[need]}." for need in Need if need in all_needs]
    if cluster.peak_nodes > limits.MAX_ROUTES:
        obstacles.append(
            f"kubenet stops at {limits.MAX_ROUTES} nodes, a route each, and the cluster peaks at {cluster.peak_nodes}."
        )
    demands = {demand.model: demand for demand in comparison}
    if Need.VIRTUAL_NODES in all_needs:
        model, reasons = Model.NODE_SUBNET, [_flat_reason(demands[Model.NODE_SUBNET], "virtual nodes need")]
    elif Need.DIRECT_POD_ACCESS in all_needs:
        model, reasons = (
            Model.POD_SUBNET,
            [_flat_reason(demands[Model.POD_SUBNET], "pods that are reached directly need")],
        )
    else:
        model, reasons = Model.OVERLAY, list(_overlay_reasons(demands, kubenet_fits=not obstacles))
    ends = f"kubenet is unsupported from {limits.RETIREMENT.isoformat()}."
    return Recommendation(model=model, kubenet_fits=not obstacles, reasons=(*obstacles, *reasons, ends))


def _shown_needs(cluster: ClusterRequest) -> Iterator[Need]:
    if any(pool.os_type is OsType.WINDOWS for pool in cluster.node_pools):
        yield Need.WINDOWS
    if cluster.network_policy == "azure":
        yield Need.AZURE_NETWORK_POLICY


def _flat_reason(demand: ModelDemand, who: str) -> str:
    return (
        f"{demand.model.label} is a flat model, which {who}: it takes {demand.required_addresses:,} addresses of the "
        f"virtual network at {demand.pods_a_node}."
    )


def _overlay_reasons(demands: dict[Model, ModelDemand], *, kubenet_fits: bool) -> Iterator[str]:
    kubenet, overlay, flat = demands[Model.KUBENET], demands[Model.OVERLAY], demands[Model.NODE_SUBNET]
    if kubenet_fits:
        yield f"kubenet would work today: it takes {kubenet.required_addresses:,} addresses of the virtual network."
    yield (
        f"{overlay.model.label} takes the same {overlay.required_addresses:,} addresses and, like kubenet, a "
        f"/{limits.NODE_POD_PREFIX} of pods a node, but no route table and so no limit of {limits.MAX_ROUTES} nodes."
    )
    saved = f"{flat.required_addresses - overlay.required_addresses:,} addresses at {flat.pods_a_node}"
    other = flat.alternative
    if other is not None:
        saved += f", and {other.required_addresses - overlay.required_addresses:,} at {other.max_pods}"
    yield f"Compared with {flat.model.label}, either saves {saved}."
