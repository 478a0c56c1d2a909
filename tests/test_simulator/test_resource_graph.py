"""Resource Graph: its language, its pages, what it leaves out, and how often one may ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Simulator
from tests.world import cluster_body

from .client import Answer, Client

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
OTHER = "00000000-0000-0000-0000-000000000002"
TABLES = "Resources | where type =~ 'microsoft.network/routetables' "


def ask(client: Client, query: str, **more: Any) -> Answer:
    options = more.pop("options", {})
    return client.post(GRAPH, {"query": query, "options": options, **more})


def names(answer: Answer) -> list[str]:
    return [row["name"] for row in answer.body["data"]]


@pytest.fixture
def tables(sim: Simulator, client: Client) -> list[str]:
    """Five route tables; the first has a tag."""
    for number in range(5):
        tags = {"team": "Net"} if number == 0 else {}
        sim.put(f"{client.network}/routeTables/rt{number}", {"location": "westeurope", "tags": tags})
    return [f"rt{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (TABLES, ["rt0", "rt1", "rt2", "rt3", "rt4"]),
        (f"{TABLES}| where name in ('rt1', 'RT2')", ["rt1"]),
        (f"{TABLES}| where name in~ ('rt1', 'RT2')", ["rt1", "rt2"]),
        (f"{TABLES}| where name !in~ ('rt1', 'RT2')", ["rt0", "rt3", "rt4"]),
        (f"{TABLES}| where tags.team =~ 'net'", ["rt0"]),
        (f"{TABLES}| where tags['team'] == 'net'", []),
        (f"{TABLES}| where (name == 'rt1' or name == 'rt2') and not(name == 'rt2')", ["rt1"]),
        (f"{TABLES}| where properties.disableBgpRoutePropagation == false | limit 2", ["rt0", "rt1"]),
        (f"{TABLES}| where isnotempty(tags.team)", ["rt0"]),
        (f"{TABLES}| order by name desc | take 1", ["rt4"]),
        ("where type == 'microsoft.network/routetables' | where name endswith '3'", ["rt3"]),
        ("Resources | where type =~ 'microsoft.network/virtualnetworks/subnets'", []),
    ],
)
@pytest.mark.usefixtures("tables")
def test_the_language(client: Client, query: str, expected: list[str]) -> None:
    assert names(ask(client, query)) == expected


@pytest.mark.usefixtures("tables")
def test_ids_are_found_in_any_casing(client: Client) -> None:
    wanted = ", ".join(f"'{client.network.upper()}/routeTables/{name}'" for name in ("rt1", "rt3"))
    assert names(ask(client, f"Resources | where id in~ ({wanted})")) == ["rt1", "rt3"]


@pytest.mark.usefixtures("tables")
def test_columns_are_named_as_kusto_names_them(client: Client) -> None:
    query = f"{TABLES}| project id, Place = tolower(location), properties.provisioningState, p = pack('a', name)"
    assert ask(client, f"{query} | limit 1").body["data"] == [
        {
            "id": f"{client.network}/routeTables/rt0",
            "Place": "westeurope",
            "properties_provisioningState": "Succeeded",
            "p": {"a": "rt0"},
        }
    ]


@pytest.mark.parametrize("query", ["Resources | mv-expand properties", "Resources | where", "Resources | where f(x)"])
def test_what_is_not_understood_is_said(client: Client, query: str) -> None:
    answer = ask(client, query)
    assert (answer.status, answer.codes) == (400, ["BadRequest", "InvalidQuery"])


def test_pages_follow_by_token(client: Client, tables: list[str]) -> None:
    query, found = f"{TABLES}| project id, name", []
    options: dict[str, Any] = {"$top": 2}
    while True:
        page = ask(client, query, options=options).body
        assert (page["totalRecords"], page["count"], page["resultTruncated"]) == (5, len(page["data"]), "false")
        found += [row["name"] for row in page["data"]]
        if "$skipToken" not in page:
            break
        options = {"$top": 2, "$skipToken": page["$skipToken"]}
    assert found == tables
    assert names(ask(client, query, options={"$top": 9, "$skip": 3})) == ["rt3", "rt4"]


@pytest.mark.parametrize("rest", ["| project name", "| project id, name | limit 4"])
@pytest.mark.usefixtures("tables")
def test_without_an_id_or_with_a_limit_rows_are_lost(client: Client, rest: str) -> None:
    page = ask(client, TABLES + rest, options={"$top": 2}).body
    assert (page["resultTruncated"], "$skipToken" in page, page["count"]) == ("true", False, 2)


def test_a_page_has_100_rows_unless_told_and_1000_at_most(sim: Simulator, client: Client) -> None:
    for number in range(101):
        sim.put(f"{client.network}/routeTables/rt{number}", {})
    assert ask(client, TABLES).body["count"] == 100
    assert ask(client, TABLES, options={"$top": 1000}).body["count"] == 101
    assert ask(client, TABLES, options={"$top": 1001}).codes == ["BadRequest", "InvalidOptions"]


@pytest.mark.usefixtures("tables")
def test_what_one_may_not_read_is_missing_without_a_word(sim: Simulator, client: Client) -> None:
    sim.set_caller_roles([(f"{client.network}/routeTables/rt2", "Reader")])
    answer = ask(client, TABLES)
    assert (names(answer), answer.body["totalRecords"]) == (["rt2"], 1)
    # A role somewhere inside lists the subscription, but gives it no row.
    listed = client.get("/subscriptions").body["value"]
    assert [entry["subscriptionId"] for entry in listed] == [sim.subscription_id]
    assert ask(client, "ResourceContainers").body["data"] == []


@pytest.mark.usefixtures("tables")
def test_containers(sim: Simulator, client: Client) -> None:
    sim.add_subscription(OTHER, "Second")
    query = "ResourceContainers | where type =~ 'microsoft.resources/subscriptions' | project id, name, subscriptionId"
    rows = ask(client, query).body["data"]
    assert [(row["name"], row["subscriptionId"]) for row in rows] == [
        ("Simulated Subscription", sim.subscription_id),
        ("Second", OTHER),
    ]
    groups = ask(client, "resourcecontainers | where type == 'microsoft.resources/subscriptions/resourcegroups'")
    assert names(groups) == ["rg"]


def test_scopes(sim: Simulator, client: Client, tables: list[str]) -> None:
    sim.add_subscription(OTHER, "Second")
    sim.put(f"/subscriptions/{OTHER}/resourceGroups/g/providers/Microsoft.Network/routeTables/far", {})
    assert names(ask(client, TABLES, subscriptions=[OTHER])) == ["far"]
    assert names(ask(client, TABLES)) == [*tables, "far"]
    sim.add_management_group("team", [OTHER])
    assert names(ask(client, TABLES, managementGroups=["Team"])) == ["far"]
    assert names(ask(client, TABLES, managementGroups=["nobody"])) == []


@pytest.mark.usefixtures("tables")
def test_a_tenant_larger_than_one_look(sim: Simulator, client: Client) -> None:
    sim.add_subscription(OTHER, "Second")
    header = "x-ms-tenant-subscription-limit-hit"
    assert header not in ask(client, TABLES).headers
    sim.settings.graph_subscription_limit = 1
    assert ask(client, TABLES).headers[header] == "true"
    assert header not in ask(client, TABLES, subscriptions=[OTHER]).headers


def test_it_lags_when_told_to(sim: Simulator, client: Client, tables: list[str]) -> None:
    sim.let_graph_lag()
    sim.delete(f"{client.network}/routeTables/rt0")
    sim.put(f"{client.network}/routeTables/rt9", {})
    assert names(ask(client, TABLES)) == tables
    sim.let_graph_lag(False)
    assert names(ask(client, TABLES)) == ["rt1", "rt2", "rt3", "rt4", "rt9"]


@pytest.mark.parametrize(("quota", "statuses"), [(2, [200, 200, 429]), (0, [200, 200, 200])])
def test_one_may_ask_so_often(sim: Simulator, client: Client, quota: int, statuses: list[int]) -> None:
    sim.settings.graph_quota = quota
    answers = [ask(client, TABLES) for _ in range(3)]
    assert [answer.status for answer in answers] == statuses
    left = [answer.headers["x-ms-user-quota-remaining"] for answer in answers]
    assert left == (["1", "0", "0"] if quota else ["14", "13", "12"])
    assert all(answer.headers["x-ms-user-quota-resets-after"].startswith("00:00:0") for answer in answers)
    if quota:
        assert answers[-1].codes == ["RateLimiting", "RateLimiting"]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 5
        sim.settings.graph_window_seconds = 0.0
        assert ask(client, TABLES).status == 200


@pytest.mark.usefixtures("tables")
def test_an_answer_that_is_too_large(sim: Simulator, client: Client) -> None:
    sim.settings.graph_payload_limit = 1000
    answer = ask(client, TABLES)
    assert (answer.status, answer.codes) == (400, ["BadRequest", "ResponsePayloadTooLarge"])
    assert ask(client, f"{TABLES}| project id | limit 1").status == 200


def test_kubenet_clusters_alone(sim: Simulator, client: Client) -> None:
    sim.put(client.cluster, cluster_body())
    sim.put(f"{client.cluster}2", cluster_body(profile={"networkPlugin": "azure"}))
    query = (
        "Resources | where type =~ 'microsoft.containerservice/managedclusters' "
        "| where properties.networkProfile.networkPlugin =~ 'kubenet' | project id, name"
    )
    assert names(ask(client, query)) == ["aks"]


@pytest.mark.usefixtures("tables")
def test_a_table_of_rows_and_columns(client: Client) -> None:
    data = ask(client, f"{TABLES}| project name | limit 2", options={"resultFormat": "table"}).body["data"]
    assert ([column["name"] for column in data["columns"]], data["rows"]) == (["name"], [["rt0"], ["rt1"]])
