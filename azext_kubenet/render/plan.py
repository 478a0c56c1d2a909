"""A plan as a dict with the contract's JSON keys and as the table that compares the models. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.azure.printable import printable
from ..core.clusters.request import NodePool
from ..core.plan.comparison import ModelDemand
from ..core.plan.plan import Capacity, Plan, SubnetPlan
from ..core.rules.rule import Report
from .report import render_finding


def render_plan(plan: Plan, report: Report) -> dict[str, Any]:
    """The answer of plan; `report` is what the rules say of the planned topology."""
    cluster = plan.cluster
    return {
        "networkPlugin": "kubenet",
        "nodePools": [_node_pool(pool) for pool in cluster.node_pools],
        "peakNodes": cluster.peak_nodes,
        "virtualNetwork": {
            "addressPrefixes": [str(prefix) for prefix in plan.virtual_network.address_prefixes],
            "proposed": plan.virtual_network_proposed,
        },
        "subnet": None if plan.subnet is None else _subnet(plan.subnet),
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
        "nextCommands": [printable(command) for command in plan.next_commands],
    }


def plan_table(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each model, within 80 columns: what it needs, and what the planned subnet would hold of it."""
    stopped = any(each["severity"] == "error" and each["status"] == "failed" for each in result["findings"])
    possible = {"kubenet": result["recommendation"]["kubenetFits"] and not stopped}
    return [_row(each, result["subnet"], possible.get(each["model"], True)) for each in result["comparison"]]


def _row(demand: Mapping[str, Any], subnet: Mapping[str, Any] | None, possible: bool) -> dict[str, Any]:
    smallest = demand["minimumPrefixLength"]
    fits = possible and subnet is not None and smallest is not None and smallest >= subnet["prefixLength"]
    return {
        "Model": demand["model"],
        "MaxPods": demand["maxPods"],
        "Addresses": demand["requiredAddresses"],
        "Subnet": "-" if smallest is None else f"/{smallest}",
        "Nodes": "-" if subnet is None else demand["maxNodesInSubnet"],
        "Pods": "-" if subnet is None else demand["maxPodsInSubnet"],
        "Fits": "yes" if fits else "no",
    }


def _node_pool(pool: NodePool) -> dict[str, Any]:
    return {
        "name": printable(pool.name),
        "nodeCount": pool.node_count,
        "maxCount": pool.max_count,
        "maxPods": pool.pods_per_node,
        "maxSurge": str(pool.max_surge),
        "surgeNodes": pool.surge_nodes,
        "peakNodes": pool.peak_nodes,
    }


def _subnet(subnet: SubnetPlan) -> dict[str, Any]:
    return {
        "addressPrefix": str(subnet.address_prefix),
        "prefixLength": subnet.address_prefix.prefixlen,
        "usableAddresses": subnet.usable,
        "requiredAddresses": subnet.required,
        "freeAddresses": subnet.free,
    }


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
        "requiredAddresses": demand.required_addresses,
        "minimumPrefixLength": demand.minimum_prefix_length,
        "maxNodesInSubnet": demand.max_nodes_in_subnet,
        "maxPodsInSubnet": demand.max_pods_in_subnet,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
