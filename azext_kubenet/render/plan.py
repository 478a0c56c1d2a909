"""A plan as a dict with the contract's JSON keys. No IO."""

from __future__ import annotations

from typing import Any

from ..core.azure.printable import printable
from ..core.clusters.request import NodePool
from ..core.plan.comparison import AtPods, ModelDemand
from ..core.plan.plan import Capacity, Plan
from ..core.plan.subnets import SubnetPlan
from ..core.rules.rule import Report
from .report import render_finding


def render_plan(plan: Plan, report: Report) -> dict[str, Any]:
    """The answer of plan; `report` is what the rules say of the planned topology."""
    cluster = plan.cluster
    return {
        "networkPlugin": "kubenet",
        "nodePools": [_node_pool(pool, plan) for pool in cluster.node_pools],
        "peakNodes": cluster.peak_nodes,
        "virtualNetwork": {
            "addressPrefixes": [str(prefix) for prefix in plan.virtual_network.address_prefixes],
            "proposed": plan.virtual_network_proposed,
        },
        "subnet": None if plan.subnet is None else _subnet(plan.subnet),
        "subnets": [_named_subnet(each) for each in plan.subnets],
        "pods": {
            "podCidr": _text(cluster.pod_cidr),
            "nodesSupported": plan.nodes_supported,
            "plannedPods": plan.planned_pods,
            "blocks": [{"node": node, "addressPrefix": str(block)} for node, block in plan.pod_blocks],
        },
        "services": {"serviceCidr": _text(cluster.service_cidr), "dnsServiceIp": _text(plan.dns_service_ip)},
        "capacity": None if plan.capacity is None else _capacity(plan.capacity),
        "comparison": [_demand(demand) for demand in plan.comparison],
        "recommendation": {
            "model": plan.recommendation.model.value,
            "kubenetFits": plan.recommendation.kubenet_fits,
            "reasons": list(plan.recommendation.reasons),
        },
        "findings": [render_finding(finding) for finding in report.findings],
        "nextCommands": [] if report.errors else [printable(command) for command in plan.next_commands],
    }


def _node_pool(pool: NodePool, plan: Plan) -> dict[str, Any]:
    subnet = next((each.subnet.name for each in plan.subnets if pool.name in each.pools), pool.subnet)
    return {
        "name": printable(pool.name),
        "nodeCount": pool.node_count,
        "maxCount": pool.max_count,
        "maxPods": pool.pods_per_node,
        "maxSurge": str(pool.max_surge),
        "surgeNodes": pool.surge_nodes,
        "peakNodes": pool.peak_nodes,
        "subnet": None if subnet is None else printable(subnet),
    }


def _subnet(subnet: SubnetPlan) -> dict[str, Any]:
    return {
        "addressPrefix": str(subnet.address_prefix),
        "prefixLength": subnet.address_prefix.prefixlen,
        "usableAddresses": subnet.usable,
        "requiredAddresses": subnet.required,
        "freeAddresses": subnet.free,
    }


def _named_subnet(subnet: SubnetPlan) -> dict[str, Any]:
    pools = [printable(name) for name in subnet.pools]
    return {"name": printable(subnet.subnet.name), **_subnet(subnet), "nodePools": pools}


def _capacity(capacity: Capacity) -> dict[str, Any]:
    following = capacity.next_prefix
    return {
        "maxNodes": capacity.max_nodes,
        "headroomNodes": capacity.headroom_nodes,
        "maxPods": capacity.max_pods,
        "limitedBy": capacity.limited_by.value,
        "limits": {limit.value: nodes for limit, nodes in capacity.limits},
        "nextPrefix": None
        if following is None
        else {"prefixLength": following.prefix_length, "maxNodes": following.max_nodes},
    }


def _demand(demand: ModelDemand) -> dict[str, Any]:
    return {
        "model": demand.model.value,
        "maxPods": demand.max_pods,
        "maxPodsFrom": demand.pods_from.value,
        "requiredAddresses": demand.required_addresses,
        "minimumPrefixLength": demand.minimum_prefix_length,
        "maxNodesInSubnet": demand.max_nodes_in_subnet,
        "maxPodsInSubnet": demand.max_pods_in_subnet,
        "alternative": None if demand.alternative is None else _at_pods(demand.alternative),
    }


def _at_pods(demand: AtPods) -> dict[str, Any]:
    return {
        "maxPods": demand.max_pods,
        "requiredAddresses": demand.required_addresses,
        "minimumPrefixLength": demand.minimum_prefix_length,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
