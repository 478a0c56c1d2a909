"""`az aks kubenet create` with a service principal: who has the roles may have an own route table."""

from __future__ import annotations

from tests.simulator import AzSession, Simulator

from .azure import SUBNET, TABLE, answer, codes, put_network, put_table, refused, writes
from .creating import GRANTS, OWN_NETWORK, body_sent, create

CLIENT = "00000000-0000-0000-0000-0000000000dd"
SECRET = "hidden-from-all"  # noqa: S105 - of nobody
PRINCIPAL = ("--service-principal", CLIENT, "--client-secret", SECRET)


def test_with_its_roles_it_may_have_an_own_route_table(az: AzSession, sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    sim.add_principal(CLIENT, roles=[(SUBNET, "Network Contributor"), (TABLE, "Network Contributor")])
    sim.clear_log()
    done = create(az, *OWN_NETWORK, *PRINCIPAL)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert body_sent(sim)["properties"]["servicePrincipalProfile"] == {"clientId": CLIENT, "secret": SECRET}
    assert "WARNING: ID1: " in done.stderr
    assert sim.sent("PUT", GRANTS) == []
    assert SECRET not in done.stderr


def test_without_a_route_table_azure_clis_grant_is_enough(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    principal = sim.add_principal(CLIENT)
    sim.clear_log()
    assert answer(create(az, *OWN_NETWORK, *PRINCIPAL))["provisioningState"] == "Succeeded"
    (grant,) = sim.sent("PUT", GRANTS)
    assert grant.path.startswith(f"{SUBNET}/")
    assert grant.body["properties"]["principalId"] == principal.object_id


def test_without_the_role_on_its_route_table_it_is_told_what_to_assign(az: AzSession, sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    sim.add_principal(CLIENT, roles=[(SUBNET, "Network Contributor")])
    text = refused(create(az, *OWN_NETWORK, *PRINCIPAL, "--role-propagation-timeout", "0"))
    assert f"The cluster's service principal '{CLIENT}'" in text
    assert f"az role assignment create --assignee {CLIENT} --role 'Network Contributor' --scope {TABLE}" in text
    assert SECRET not in text


def test_a_dry_run_hides_its_secret(az: AzSession, sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})
    sim.clear_log()
    done = create(az, *OWN_NETWORK, *PRINCIPAL, "--dry-run")
    assert "ID1" in codes(answer(done)["report"], severity="warning")
    assert SECRET not in done.stdout + done.stderr
    assert "(hidden)" in done.stdout
    assert writes(sim) == []
