"""All clusters, their networks and tables, read from the local Azure: pages, limits, refusals, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.arm.client import AzureCoreClient
from azext_kubenet.arm.fleet import read_fleet
from azext_kubenet.core.changes.change import RefusedError
from azext_kubenet.core.fleet.audit import audit_fleet
from azext_kubenet.core.fleet.coverage import coverage_of
from azext_kubenet.core.fleet.fleet import Fleet, FleetScope
from azext_kubenet.core.rights.permissions import READ_CLUSTERS_ACTION
from azext_kubenet.render.audit import render_audit
from tests.fleet import SECOND, THIRD, Member, put_member, put_mixed_fleet
from tests.simulator import Simulator
from tests.test_core.make import TODAY

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
NOW = "2026-11-26T00:00:00Z"
FIRST = Simulator.subscription_id


def read(client: AzureCoreClient, **scope: Any) -> Fleet:
    return read_fleet(client, FleetScope(**scope), as_of=NOW)


def rendered(fleet: Fleet) -> Any:
    return render_audit(audit_fleet(fleet, today=TODAY), TODAY)


def reasons(fleet: Fleet) -> tuple[str, ...]:
    return coverage_of(fleet, with_migrated=False).reasons


def put_some(sim: Simulator, count: int = 5) -> tuple[Member, ...]:
    members = tuple(Member(name=f"k{number}", number=number) for number in range(1, count + 1))
    for member in members:
        put_member(sim, member)
    sim.clear_log()
    return members


def queries(sim: Simulator) -> list[str]:
    return [str(each.body["query"]) for each in sim.sent("POST", GRAPH)]


def test_four_queries_and_no_read_of_a_single_cluster(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    fleet = read(client)
    assert [len(fleet.clusters), len(fleet.networks), len(fleet.tables)] == [30, 25, 24]
    assert [each.name for each in fleet.subscriptions] == ["Simulated Subscription", "Second", "Third"]
    assert (fleet.unread, fleet.faults, fleet.as_of) == ((), (), NOW)
    assert len(queries(sim)) == 4
    assert [each.path for each in sim.sent("GET")] == ["/subscriptions"]
    assert all("mv-expand" not in each and "project id" in each for each in queries(sim))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_the_answer_is_the_same_over_pages_of_any_size(sim: Simulator, client: AzureCoreClient, size: int) -> None:
    put_some(sim)
    whole = read(client)
    sim.settings.page_size = size
    assert rendered(read(client)) == rendered(whole)
    assert len(queries(sim)) > 4 + 5 // size


def test_ids_go_a_hundred_a_query(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim, 101)
    assert len(read(client).tables) == 101
    named = [each.count("/virtualNetworks/") for each in queries(sim) if "virtualnetworks'" in each]
    assert sorted(named) == [1, 100]


def test_pages_are_halved_until_they_fit(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim, 8)
    whole = rendered(read(client))
    sim.settings.graph_payload_limit = 8_000
    sim.clear_log()
    assert rendered(read(client)) == whole
    tops = [each.body["options"]["$top"] for each in sim.sent("POST", GRAPH) if "virtualnetworks'" in str(each.body)]
    assert tops[:2] == [8, 4]


def test_scopes(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    sim.add_management_group("mg", [SECOND, THIRD])
    second, both = read(client, subscriptions=(SECOND,)), read(client, management_groups=("mg",))
    assert {each.id.subscription_id for each in second.clusters} == {SECOND}
    assert {each.id.subscription_id for each in both.clusters} == {SECOND, THIRD}
    assert [each.id for each in second.subscriptions] == [SECOND]
    assert [each.id for each in both.subscriptions] == [SECOND, THIRD]
    assert reasons(second) == reasons(both) == ()


def test_a_subscription_that_is_not_ones_own_is_told(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim, 1)
    strange = "99999999-0000-0000-0000-000000000000"
    assert reasons(read(client, subscriptions=(FIRST, strange))) == (
        f"Subscription {strange} is not among yours: see az account list.",
    )


def test_a_management_group_that_cannot_be_counted_is_told(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim, 1)
    (reason,) = reasons(read(client, management_groups=("nobody",)))
    assert reason.startswith("Which subscriptions there are could not be read from management group 'nobody': ")


def test_what_one_may_not_read_is_counted(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    roles = [(f"/subscriptions/{FIRST}", "Reader"), (f"/subscriptions/{SECOND}/resourceGroups/rg-ready-2", "Reader")]
    sim.set_caller_roles(roles)
    found = read(client)
    assert [each.id for each in found.unread] == [SECOND]
    assert reasons(found)[0].startswith("1 of 2 subscriptions cannot be seen")
    assert "ready-2" in {each.id.name for each in found.clusters}


def test_that_there_is_none_is_proved_by_the_right_to_see_it(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim)
    role = (
        f"/subscriptions/{FIRST}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-0000-0000-00000000cccc"
    )
    permissions = [{"actions": ["*/read"], "notActions": [READ_CLUSTERS_ACTION]}]
    sim.put(role, {"properties": {"roleName": "All but clusters", "permissions": permissions}})
    sim.set_caller_roles([(f"/subscriptions/{FIRST}", role)])
    sim.clear_log()
    assert (read(client).clusters, reasons(read(client)), sim.sent("GET", "/permissions$")) == ((), (), [])
    (reason,) = reasons(read(client, proves_none=True))
    assert reason == (
        "Clusters of 1 subscription may be hidden from you, as you may not read all of them "
        f"({READ_CLUSTERS_ACTION}): {FIRST}."
    )
    sim.set_caller_roles([(f"/subscriptions/{FIRST}", "Reader")])
    sim.clear_log()
    assert len(read(client, proves_none=True).clusters) == 5
    assert sim.sent("GET", "/permissions$") == [], "what was found needs no proof"


def test_a_right_that_cannot_be_read_proves_nothing(sim: Simulator, client: AzureCoreClient) -> None:
    assert reasons(read(client, proves_none=True)) == ()
    sim.add_fault(method="GET", path="/permissions$", status=403, code="AuthorizationFailed", message="No.")
    (reason,) = reasons(read(client, proves_none=True))
    assert reason.startswith("Clusters of 1 subscription may be hidden from you")


def test_networks_and_tables_that_did_not_come_are_told(sim: Simulator, client: AzureCoreClient) -> None:
    one, two, *_ = put_some(sim, 3)
    sim.settings.unreadable = [one.network_id, two.table_id]
    assert reasons(read(client)) == (
        "Azure's answer lacks 1 virtual network of clusters: vnet-k1. What depends on this is unknown; ask for the "
        "role Reader there, or run the command again later.",
        "Azure's answer lacks 1 route table of clusters: routes-k2. What depends on this is unknown; ask for the role "
        "Reader there, or run the command again later.",
    )


def test_a_tenant_with_more_subscriptions_than_are_looked_into(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    sim.settings.graph_subscription_limit = 2
    found = read(client)
    assert [each.id for each in found.unread] == [THIRD]
    assert any("more subscriptions than Resource Graph looks into" in each for each in found.faults)


def test_queries_wait_by_the_headers_and_none_is_refused(sim: Simulator, client: AzureCoreClient) -> None:
    put_some(sim, 5)
    sim.settings.page_size = 1
    sim.settings.graph_quota, sim.settings.graph_window_seconds = 6, 1.0
    found = read(client)
    statuses = {each.status for each in sim.sent("POST", GRAPH)}
    assert (len(found.clusters), reasons(found), statuses) == (5, (), {200})


@pytest.mark.parametrize("named", [False, True])
def test_lists_take_the_place_of_resource_graph(sim: Simulator, client: AzureCoreClient, named: bool) -> None:
    put_mixed_fleet(sim)
    scope = {"subscriptions": (FIRST, SECOND)} if named else {}
    whole = rendered(read(client, **scope))
    sim.settings.refuse_resource_graph = True
    sim.clear_log()
    assert rendered(read(client, **scope)) == whole
    assert not [each for each in sim.sent("GET") if "/managedClusters/" in each.path]


def test_lists_say_what_they_do_not_show(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    sim.settings.refuse_resource_graph = True
    sim.set_caller_roles(
        [(f"/subscriptions/{FIRST}", "Reader"), (f"/subscriptions/{SECOND}/resourceGroups/rg-ready-2", "Reader")]
    )
    found = read(client)
    assert [each.id for each in found.unread] == [SECOND]
    assert "ready-2" in {each.id.name for each in found.clusters}


def test_a_list_that_fails_is_told(sim: Simulator, client: AzureCoreClient) -> None:
    put_mixed_fleet(sim)
    sim.settings.refuse_resource_graph = True
    path = f"/subscriptions/{SECOND}/providers/Microsoft.ContainerService/managedClusters"
    sim.add_fault(method="GET", path=path, status=400, code="Broken", message="No.", times=9)
    found = read(client)
    assert [each for each in found.faults if f"The clusters of subscription {SECOND} could not be read" in each]


def test_without_a_first_answer_nothing_can_be_said(sim: Simulator, client: AzureCoreClient) -> None:
    sim.add_fault(method="POST", path=GRAPH, status=400, code="Broken", message="No.", times=9)
    with pytest.raises(RefusedError, match="Nothing is known about the clusters: "):
        read(client)
