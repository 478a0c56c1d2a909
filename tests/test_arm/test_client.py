"""AzureCoreClient on the local Azure: addresses, pages, refusals, retries and long-running operations."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from azext_kubenet.arm.api_versions import API_VERSIONS, OLDER_API_VERSIONS, api_version_of
from azext_kubenet.arm.client import RESOURCE_GRAPH, AzureCoreClient
from azext_kubenet.arm.errors import ArmError, ArmUnreachableError, MayHaveReplacedError
from azext_kubenet.arm.tags import TAGS
from tests.simulator import Simulator
from tests.world import networks_body

from .conftest import make_client
from .documents import CLUSTER, IDENTITY, NETWORK, SUBNET, SUBSCRIPTION, TABLE

TRIES = 4
"""How often azure-core sends a request: once, and three times more."""


def refusal(call: Callable[[], object]) -> ArmError:
    with pytest.raises(ArmError) as caught:
        call()
    return caught.value


def put_network(sim: Simulator, subnets: int = 1) -> None:
    named = {"nodes" if n == 0 else f"s{n}": {"addressPrefix": f"10.1.{n}.0/24"} for n in range(subnets)}
    sim.put(str(NETWORK), networks_body("10.1.0.0/16", named))


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (str(SUBNET), "microsoft.network/virtualnetworks/subnets"),
        (str(TABLE).upper(), "microsoft.network/routetables"),
        (f"{NETWORK}/usages", "microsoft.network/virtualnetworks/usages"),
        (f"{TABLE}/routes/default", "microsoft.network/routetables/routes"),
        (f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments", "microsoft.authorization/roleassignments"),
        (
            f"{SUBNET}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults",
            "microsoft.policyinsights/policystates/queryresults",
        ),
        ("/providers/Microsoft.ResourceGraph/resources", "microsoft.resourcegraph/resources"),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", "microsoft.resources/resourcegroups"),
        ("/subscriptions", "microsoft.resources/subscriptions"),
        (
            "/providers/Microsoft.Management/managementGroups/mg/descendants",
            "microsoft.management/managementgroups/descendants",
        ),
    ],
)
def test_the_api_version_follows_from_the_last_provider(path: str, known: str) -> None:
    assert api_version_of(path) == API_VERSIONS[known]


def test_get_sends_one_request_with_the_pinned_version(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    sim.clear_log()
    subnet = client.get(str(SUBNET))
    assert (subnet["name"], subnet["properties"]["addressPrefix"]) == ("nodes", "10.1.0.0/24")
    assert subnet["etag"].startswith('W/"')
    (entry,) = sim.requests
    assert (entry.method, entry.path, entry.api_version) == (
        "GET",
        str(SUBNET),
        API_VERSIONS["microsoft.network/virtualnetworks/subnets"],
    )


def test_a_list_is_read_over_all_its_pages(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim, subnets=5)
    sim.settings.page_size = 2
    sim.clear_log()
    found = client.list(f"{NETWORK}/subnets")
    assert [subnet["name"] for subnet in found] == ["nodes", "s1", "s2", "s3", "s4"]
    assert len(sim.sent("GET")) == 3


def test_a_filter_goes_with_the_first_page(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    assert client.list(f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments", filter_text="atScope()")
    assert sim.requests[-1].query["$filter"] == "atScope()"


def test_a_missing_resource_is_not_found_in_arms_shape(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    error = refusal(lambda: client.get(str(TABLE)))
    assert (error.status, error.code, error.is_not_found) == (404, "ResourceNotFound", True)
    assert error.action == f"reading {TABLE}"
    assert refusal(lambda: client.get(f"{NETWORK}/subnets/none")).code == "NotFound"


def test_a_refusal_of_aks_comes_without_a_wrapper(sim: Simulator, client: AzureCoreClient) -> None:
    body = {"code": "BadRequest", "details": None, "message": "No.", "subcode": "GetVnetError"}
    sim.add_fault(method="PUT", path="managedClusters", status=400, body=body)
    error = refusal(lambda: client.put(str(CLUSTER), {"location": "westeurope"}))
    assert (error.status, error.codes, error.message) == (400, ("BadRequest", "GetVnetError"), "No.")


def test_a_forbidden_read_keeps_azures_own_words(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    sim.set_caller_roles([])
    error = refusal(lambda: client.get(str(SUBNET)))
    assert (error.status, error.code, error.is_forbidden) == (403, "AuthorizationFailed", True)
    assert "'Microsoft.Network/virtualNetworks/subnets/read'" in error.message


def test_an_answer_that_is_no_json_is_a_refusal(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(path="routeTables", status=502, body="<html>", times=None)
    assert refusal(lambda: client.get(str(TABLE))).status == 502


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_refusal_is_tried_again(sim: Simulator, client: AzureCoreClient, status: int) -> None:
    put_network(sim)
    sim.clear_log()
    sim.add_fault(path="subnets", status=status, times=TRIES - 1)
    assert client.get(str(SUBNET))["name"] == "nodes"
    assert [entry.status for entry in sim.requests] == [status] * (TRIES - 1) + [200]


def test_a_lasting_refusal_ends_after_four_tries(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(path="subnets", status=503, times=None, code="ServerBusy", message="Later.")
    error = refusal(lambda: client.get(str(SUBNET)))
    assert (error.status, str(error)) == (503, "(ServerBusy) Later.")
    assert len(sim.requests) == TRIES


def test_a_bad_request_is_not_tried_again(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(method="PUT", path="routeTables", status=400, code="InvalidRequestFormat", times=None)
    assert refusal(lambda: client.put(str(TABLE), {})).code == "InvalidRequestFormat"
    assert len(sim.requests) == 1


def test_a_closed_connection_is_tried_again(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    sim.clear_log()
    sim.add_fault(path="subnets", close="before")
    assert client.get(str(SUBNET))["name"] == "nodes"
    assert [entry.status for entry in sim.requests] == [0, 200]


def test_a_write_whose_answer_was_lost_is_sent_again(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(TABLE), {"location": "westeurope"})
    sim.clear_log()
    sim.add_fault(method="PUT", path="routes/default", close="after")
    route = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.255.4"}
    client.put(f"{TABLE}/routes/default", {"properties": route})
    assert [entry.status for entry in sim.sent("PUT")] == [0, 200]
    table = sim.get(str(TABLE))
    assert table is not None
    assert [each["name"] for each in table["properties"]["routes"]] == ["default"]


def test_connections_that_always_close_are_no_answer(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(path="subnets", close="before", times=None)
    with pytest.raises(ArmUnreachableError) as caught:
        client.get(str(SUBNET))
    assert str(caught.value) == f"No answer from {sim.url}/ while reading {SUBNET}"


def test_a_port_where_nobody_listens_is_no_answer(sim: Simulator) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, never listening
        url = f"https://localhost:{unused.getsockname()[1]}"
        with pytest.raises(ArmUnreachableError, match=f"^No answer from {url}/ while writing {TABLE}$"):
            make_client(sim, url).put(str(TABLE), {})


def test_an_operation_is_awaited_until_it_has_ended(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(IDENTITY), {"location": "westeurope"})
    sim.settings.operation_polls = 2
    sim.settings.retry_after_ms = 1
    assert client.put(str(TABLE), {"location": "westeurope"})["id"] == str(TABLE)
    assert len(sim.sent("GET", "/operations/")) == 3
    assert sim.sent("GET", str(TABLE)) == []
    assert client.get(str(TABLE))["properties"]["provisioningState"] == "Succeeded"


def test_without_wait_nothing_is_polled(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(IDENTITY), {"location": "westeurope"})
    sim.settings.operation_polls = 2
    sim.clear_log()
    assert client.put(str(TABLE), {"location": "westeurope"}, wait=False)["id"] == str(TABLE)
    assert [entry.method for entry in sim.requests] == ["PUT"]


def test_an_operation_that_fails_is_an_error_with_its_code(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(IDENTITY), {"location": "westeurope"})
    sim.settings.retry_after_ms = 1
    sim.fail_operation("routeTables", "OperationNotAllowed", "The region is full.")
    error = refusal(lambda: client.put(str(TABLE), {"location": "westeurope"}))
    assert (error.code, error.message) == ("OperationNotAllowed", "The region is full.")
    assert error.action == f"writing {TABLE}"


def test_an_etag_goes_as_if_match_and_a_stale_one_is_refused(sim: Simulator, client: AzureCoreClient) -> None:
    put_network(sim)
    document = client.get(str(SUBNET))
    stale = document.pop("etag")
    document["properties"]["serviceEndpoints"] = [{"service": "Microsoft.Storage"}]
    client.put(str(SUBNET), document, etag=stale)
    assert sim.sent("PUT")[-1].headers["if-match"] == stale
    error = refusal(lambda: client.put(str(SUBNET), document, etag=stale))
    assert (error.status, error.codes) == (412, ("PreconditionFailed", "PreconditionFailedEtagMismatch"))


def test_what_is_new_goes_as_if_none_match_and_what_is_there_is_kept(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(IDENTITY), {"location": "westeurope"})
    client.put(str(TABLE), {"location": "westeurope", "tags": {"first": "yes"}}, new=True)
    error = refusal(lambda: client.put(str(TABLE), {"location": "westeurope"}, new=True))
    assert (error.status, client.get(str(TABLE))["tags"]) == (412, {"first": "yes"})
    assert [entry.headers["if-none-match"] for entry in sim.sent("PUT", str(TABLE))] == ["*", "*"]


def test_what_is_made_over_something_is_told_unless_it_was_sent_again(sim: Simulator, client: AzureCoreClient) -> None:
    sim.settings.honours_if_none_match = False
    sim.put(str(TABLE), {"location": "westeurope", "tags": {"first": "yes"}})
    with pytest.raises(MayHaveReplacedError, match="had already existed") as caught:
        client.put(str(TABLE), {"location": "westeurope"}, new=True)
    assert caught.value.document["id"] == str(TABLE)
    sim.delete(str(TABLE))
    sim.add_fault(method="PUT", path=str(TABLE), close="after")
    assert client.put(str(TABLE), {"location": "westeurope"}, new=True)["id"] == str(TABLE)


def test_a_cloud_that_knows_no_newer_version_is_asked_in_the_older_from_then_on(
    sim: Simulator, client: AzureCoreClient
) -> None:
    put_network(sim)
    sim.add_fault(method="GET", status=400, code="NoRegisteredProviderFound")
    sim.clear_log()
    subnet = client.get(str(SUBNET))
    client.put(str(SUBNET), subnet, etag=subnet["etag"])
    kind = "microsoft.network/virtualnetworks/subnets"
    newer, older = API_VERSIONS[kind], OLDER_API_VERSIONS[kind]
    assert [entry.api_version for entry in sim.sent(path=f"{SUBNET}$")][:3] == [newer, older, older]


def test_a_version_that_has_no_older_is_an_error(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(method="GET", status=400, code="NoRegisteredProviderFound", times=None)
    assert refusal(lambda: client.get(str(IDENTITY))).code == "NoRegisteredProviderFound"
    assert len(sim.requests) == 1
    assert refusal(lambda: client.get(str(SUBNET))).code == "NoRegisteredProviderFound"


def test_tags_are_merged_and_a_patch_is_waited_for(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(TABLE), {"location": "westeurope", "tags": {"Team": "net"}})
    client.patch(f"{TABLE}{TAGS}", {"operation": "Merge", "properties": {"tags": {"cost": "1"}}})
    assert client.get(str(TABLE))["tags"] == {"Team": "net", "cost": "1"}
    client.patch(str(TABLE), {"tags": {"cost": "2"}})
    assert client.get(str(TABLE))["tags"] == {"cost": "2"}
    assert refusal(lambda: client.patch(f"{IDENTITY}{TAGS}", {"operation": "Merge"})).is_not_found


def test_deleting_waits_and_what_is_gone_is_no_error(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(TABLE), {"location": "westeurope"})
    sim.settings.retry_after_ms = 1
    client.delete(str(TABLE))
    assert sim.get(str(TABLE)) is None
    client.delete(str(TABLE))
    sim.add_fault(method="DELETE", status=409, code="InUse", times=None)
    assert refusal(lambda: client.delete(str(TABLE))).code == "InUse"


def test_a_query_is_posted(sim: Simulator, client: AzureCoreClient) -> None:
    sim.put(str(CLUSTER), {"location": "westeurope", "properties": {"dnsPrefix": "aks"}})
    query = "Resources | where type =~ 'microsoft.containerservice/managedclusters'"
    found = client.query(RESOURCE_GRAPH, {"query": query})
    assert [each["id"].lower() for each in found] == [str(CLUSTER).lower()]
