"""A plan as JSON in the contract's keys and order, and as a table of 80 columns."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage
from azext_kubenet.core.rules.sizing import RULES
from azext_kubenet.render.plan import render_plan
from azext_kubenet.render.plan_table import plan_table
from tests.test_core.make import TODAY, make_cluster, make_networks, make_pool


def rendered(nodes: int = 24, max_pods: int | None = None, **rest: Any) -> dict[str, Any]:
    return rendered_of(make_cluster(make_pool(node_count=nodes, max_pods=max_pods)), **rest)


def rendered_of(cluster: ClusterRequest, **rest: Any) -> dict[str, Any]:
    plan = plan_addresses(PlanRequest(cluster=cluster, **rest))
    report = evaluate(RULES, cluster=plan.cluster, snapshot=planned_snapshot(plan), today=TODAY, stage=Stage.PLAN)
    return render_plan(plan, report)


def test_keys_in_the_order_of_the_contract() -> None:
    result = rendered()
    assert list(result) == [
        *("networkPlugin", "nodePools", "peakNodes", "virtualNetwork", "subnet", "subnets", "pods"),
        *("services", "capacity", "comparison", "recommendation", "findings", "nextCommands"),
    ]
    assert json.loads(json.dumps(result)) == result


def test_every_section() -> None:
    result = rendered()
    assert result["nodePools"] == [
        {
            "name": "nodepool1",
            "nodeCount": 24,
            "maxCount": 24,
            "maxPods": 110,
            "maxSurge": "10%",
            "surgeNodes": 3,
            "peakNodes": 27,
            "subnet": "myAKSSubnet",
        }
    ]
    assert result["virtualNetwork"] == {"addressPrefixes": ["192.168.0.0/16"], "proposed": True}
    assert result["subnet"] == {
        "addressPrefix": "192.168.0.0/27",
        "prefixLength": 27,
        "usableAddresses": 27,
        "requiredAddresses": 27,
        "freeAddresses": 0,
    }
    assert result["subnets"] == [{"name": "myAKSSubnet", **result["subnet"], "nodePools": ["nodepool1"]}]
    assert result["pods"] == {
        "podCidr": "10.244.0.0/16",
        "nodesSupported": 256,
        "plannedPods": 2640,
        "blocks": [
            {"node": 1, "addressPrefix": "10.244.0.0/24"},
            {"node": 2, "addressPrefix": "10.244.1.0/24"},
            {"node": 3, "addressPrefix": "10.244.2.0/24"},
            {"node": 27, "addressPrefix": "10.244.26.0/24"},
        ],
    }
    assert result["services"] == {"serviceCidr": "10.0.0.0/16", "dnsServiceIp": "10.0.0.10"}
    assert result["capacity"] == {
        "maxNodes": 27,
        "headroomNodes": 0,
        "maxPods": 2970,
        "limitedBy": "subnet",
        "limits": {"subnet": 27, "podCidr": 256, "routeTable": 400, "nodePools": 1000},
        "nextPrefix": {"prefixLength": 26, "maxNodes": 59},
    }
    assert result["recommendation"]["model"] == "azureCniOverlay"
    assert result["findings"][0]["code"] == "IP1"
    assert result["nextCommands"][0].startswith("az network vnet create ")


def test_what_depends_on_a_missing_subnet_is_null() -> None:
    result = rendered(address_prefixes=make_networks("10.1.0.0/29"))
    assert (result["subnet"], result["capacity"], result["nextCommands"]) == (None, None, [])
    assert result["comparison"][0]["maxNodesInSubnet"] is None
    assert [row["Plan"] for row in plan_table(result)][:4] == ["Virtual network", "Pods", "Services", "kubenet"]


def test_ranges_that_nothing_was_free_for_are_null() -> None:
    result = rendered(peered_prefixes=make_networks("0.0.0.0/0"))
    assert result["services"] == {"serviceCidr": None, "dnsServiceIp": None}
    assert result["pods"]["podCidr"] is None


def test_the_largest_network_has_no_next_prefix() -> None:
    assert rendered(subnet_prefix=make_networks("10.0.0.0/8")[0])["capacity"]["nextPrefix"] is None


def texts(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [[" ".join(str(value).split()) for value in row.values()] for row in rows]


def test_the_table_answers_in_the_order_of_a_readers_questions() -> None:
    rows = texts(plan_table(rendered()))
    assert rows[:9] == [
        ["Virtual network", "192.168.0.0/16", "proposed"],
        ["Subnet", "192.168.0.0/27", "27 usable addresses, 27 needed: 24 nodes and 3 for surge"],
        ["Pods", "10.244.0.0/16", "a block for each of 256 nodes, 27 needed; 2,640 pods at most"],
        ["Services", "10.0.0.0/16", "DNS at 10.0.0.10"],
        ["Can grow to", "27 nodes", "0 more than planned; then the subnet has no more addresses"],
        ["kubenet", "/27", "27 addresses at 110 pods a node, its default"],
        ["azureCniOverlay", "/27", "27 addresses at 250 pods a node, its default; the same at 110 as on kubenet"],
        ["azureCniNodeSubnet", "/22", "837 addresses at 30 pods a node, its default; 2,997 at 110 as on kubenet"],
        ["azureCniPodSubnet", "/27", "3,483 addresses at 110 pods a node, its default"],
    ]
    assert rows[9][:2] == ["Recommended", "azureCniOverlay"]
    assert rows[-2][1] in ("READY", "WARNINGS")
    assert rows[-1] == ["Next", "", 'add --query "nextCommands[]" -o tsv']


def test_a_plan_with_an_error_says_so_last_and_has_no_next_command() -> None:
    result = rendered(address_prefixes=make_networks("10.1.0.0/29"))
    failed = {**result["findings"][0], "code": "IP9", "severity": "error", "status": "failed"}
    rows = texts(plan_table({**result, "findings": [failed]}))
    assert [row[:2] for row in rows[-2:]] == [["IP9", "error"], ["", "NOT READY"]]
    warned = texts(plan_table({**result, "findings": [{**failed, "severity": "warning"}]}))
    assert warned[-1][1] == "WARNINGS"


def test_the_pods_that_were_asked_for_are_no_default() -> None:
    (kubenet,) = (row for row in texts(plan_table(rendered(max_pods=50))) if row[0] == "kubenet")
    assert kubenet[2].endswith("at 50 pods a node as asked; the same at 110, its default")


@pytest.mark.parametrize(
    ("pods", "kubenet", "flat"),
    [
        ((60, 30), "8 addresses at up to 60 pods a node as asked", "368 addresses at up to 60 pods a node as asked"),
        ((60, None), "8 addresses at up to 110 pods a node, ", "368 addresses at up to 60 pods a node, "),
        ((110, None), "8 addresses at up to 110 pods a node, ", "568 addresses at up to 110 pods a node, "),
    ],
)
def test_of_pools_that_differ_the_largest_number_is_told(pods: tuple[int, int | None], kubenet: str, flat: str) -> None:
    pools = [make_pool(f"p{number}", max_pods=most) for number, most in enumerate(pods)]
    result = rendered_of(make_cluster(*pools))
    told = {row[0]: row[2] for row in texts(plan_table(result))}
    words = "" if None not in pods else "as asked or its default"
    assert told["kubenet"].startswith(f"{kubenet}{words}")
    assert told["azureCniNodeSubnet"].startswith(f"{flat}{words}; 248 at 30, its default")
    assert f"at up to {pods[0]} pods a node" in result["recommendation"]["reasons"][-2]


def test_the_table_is_80_columns_wide_at_most() -> None:
    rows = plan_table(rendered(nodes=100_000))
    lines = {key: [line for row in rows for line in str(row[key]).splitlines()] for key in rows[0]}
    widths = [max(len(f"{key}  "), *map(len, found)) for key, found in lines.items()]
    assert sum(widths) + 2 * (len(widths) - 1) <= 80


def test_a_demand_beyond_ipv4_has_no_subnet() -> None:
    assert ["azureCniNodeSubnet", "-"] in [row[:2] for row in texts(plan_table(rendered(nodes=10**9)))]


def test_a_row_for_each_subnet() -> None:
    pools = (make_pool("system"), make_pool("work", 20, subnet="work"))
    plan = plan_addresses(PlanRequest(cluster=make_cluster(*pools)))
    report = evaluate(RULES, cluster=plan.cluster, snapshot=planned_snapshot(plan), today=TODAY, stage=Stage.PLAN)
    result = render_plan(plan, report)
    assert [each["subnet"] for each in result["nodePools"]] == ["myAKSSubnet", "work"]
    rows = [row for row in plan_table(result) if row["Plan"] == "Subnet"]
    assert [row["Detail"].partition(":")[0] for row in rows] == ["myAKSSubnet", "work"]
    assert "20 nodes and 2 for surge" in rows[1]["Detail"].replace("\n", " ")
