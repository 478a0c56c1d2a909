"""Audits as dicts with the contract's JSON keys, and as table rows. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from ..core.azure import limits
from ..core.azure.printable import printable
from ..core.azure.resource_id import text_of
from ..core.clusters.leftovers import Leftover
from ..core.clusters.migration import NO_ENGINE
from ..core.fleet.audit import Audit, Effort
from ..core.fleet.audit import Row as ClusterRow
from ..core.fleet.coverage import Coverage
from .report import render_finding, render_value
from .tables import NARROW, Row, Screen, fit

_LEAST: Final = len("subscriptions")
"""Columns of the narrowest name: the longest word of the last rows."""

_COMMANDS: Final = '--query "clusters[].command" -o tsv'

_REASONS: Final = max(map(len, _COMMANDS.split()))
"""Columns that the reasons need at least."""

_COUNTED: Final = (Effort.READY, Effort.STEPS, Effort.BLOCKED, Effort.REBUILD)


def render_audit(audit: Audit, today: date) -> dict[str, Any]:
    """The answer of audit."""
    rows = audit.kubenet_rows
    return {
        "retirement": {
            "date": limits.RETIREMENT.isoformat(),
            "daysLeft": max(0, (limits.RETIREMENT - today).days),
        },
        "coverage": _coverage(audit.coverage),
        "counts": {
            "kubenet": len(rows),
            **{effort.value: audit.count(effort) for effort in _COUNTED},
            "nodes": sum(row.nodes for row in rows),
        },
        "findings": [render_finding(each) for each in audit.report.findings],
        "clusters": [_row(row) for row in audit.rows],
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "subscriptionsVisible": coverage.subscriptions_visible,
        "subscriptionsRead": coverage.subscriptions_read,
        "clustersVisible": coverage.clusters_visible,
        "complete": coverage.is_complete,
        "reasons": [printable(each) for each in coverage.reasons],
        "asOf": coverage.as_of,
    }


def _row(row: ClusterRow) -> dict[str, Any]:
    cluster = row.cluster
    return {
        "id": printable(str(cluster.id)),
        "name": printable(cluster.id.name),
        "resourceGroup": printable(cluster.id.resource_group),
        "subscriptionId": printable(cluster.id.subscription_id),
        "subscriptionName": render_value(row.subscription_name),
        "location": printable(cluster.location),
        "kubernetesVersion": printable(cluster.kubernetes_version),
        "nodes": row.nodes,
        "maximumNodes": row.maximum_nodes,
        "ownNetwork": row.own_network,
        "networkPolicy": printable(cluster.network_policy or NO_ENGINE),
        "outboundType": printable(cluster.outbound_type),
        "identityType": cluster.identity_kind.value,
        "gateway": render_value(text_of(row.gateway)),
        "effort": row.effort.value,
        "steps": list(row.steps),
        "findings": [render_finding(each) for each in row.findings],
        "leftovers": [_leftover(each) for each in row.leftovers],
        "command": printable(row.command),
    }


def _leftover(leftover: Leftover) -> dict[str, Any]:
    return {
        "kind": leftover.kind.value,
        "resourceId": printable(str(leftover.resource_id)),
        "command": printable(leftover.command),
    }


def audit_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """A row a cluster, in order: what it takes, and the rules that say why; last what there is in all."""
    clusters = result["clusters"]
    widths = _widths(clusters, screen)
    rows = [
        _table_row(
            each["effort"],
            (each["name"], each["resourceGroup"], _why(each)),
            _sizes(each),
            widths,
        )
        for each in clusters
    ]
    counts, coverage = result["counts"], result["coverage"]
    told = [f"{counts[effort.value]} {effort.value}" for effort in reversed(_COUNTED) if counts[effort.value]]
    seen = f"{coverage['subscriptionsRead']} of {coverage['subscriptionsVisible']} subscriptions"
    texts = (f"{counts['kubenet']} on kubenet", seen, ", ".join(told))
    rows.append(_table_row("TOTAL", texts, str(counts["nodes"]), widths))
    if any(_why(each) for each in clusters if not each["leftovers"]):
        rows.append(_table_row("Why", ("what a code means", "", "az aks kubenet list-rules --code CODE"), "", widths))
    if clusters:
        rows.append(_table_row("Next", ("a command for each", "", f"add {_COMMANDS}"), "", widths))
    return rows


def _widths(clusters: Sequence[Mapping[str, Any]], screen: Screen) -> tuple[int, int, int]:
    """Cluster and group as wide as their longest names, as far as there is room for the reasons.

    az makes each column two wider than its heading.
    """
    efforts = max([len("Effort") + 2, *(len(each["effort"]) for each in clusters)])
    nodes = max([len("Nodes") + 2, *(len(_sizes(each)) for each in clusters)])
    left = screen.left_of(efforts, nodes) - 4
    longest = [max([_LEAST, *(len(each[key]) for each in clusters)]) for key in ("name", "resourceGroup")]
    room = left - _REASONS
    names, groups = longest if sum(longest) <= room else (room - min(longest[1], room // 2), min(longest[1], room // 2))
    return names, groups, left - names - groups


def _sizes(cluster: Mapping[str, Any]) -> str:
    return f"{cluster['nodes']}/{cluster['maximumNodes']}"


def _table_row(effort: str, texts: tuple[str, str, str], nodes: str, widths: tuple[int, int, int]) -> Row:
    cluster, group, why = (fit(text, width) for text, width in zip(texts, widths, strict=True))
    return {"Effort": effort, "Cluster": cluster, "Group": group, "Nodes": nodes, "Why": why}


def _why(cluster: Mapping[str, Any]) -> str:
    """The codes of what failed, errors first."""
    if cluster["leftovers"]:
        return f"{len(cluster['leftovers'])} left over"
    failed = [each for each in cluster["findings"] if each["status"] == "failed" and each["severity"] != "info"]
    failed.sort(key=lambda each: each["severity"] != "error")
    return " ".join(dict.fromkeys(each["code"] for each in failed))
