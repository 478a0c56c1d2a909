"""`az aks kubenet create` judges before it writes: usage errors, findings, and whose roles count."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tests.simulator import AzSession, Simulator

from .azure import (
    GROUP,
    IDENTITIES,
    IDENTITY,
    NETWORK,
    SUBNET,
    TABLE,
    Json,
    answer,
    codes,
    put_cluster,
    put_identity,
    put_network,
    put_ready,
    put_table,
    refused,
    writes,
)
from .creating import OWN_NETWORK, PREPARED, body_sent, create, put_unprepared

UNSUPPORTED = {
    "another plugin": (("--network-plugin", "azure"), "kubenet clusters only"),
    "no plugin": (("--network-plugin=none",), "kubenet clusters only"),
    "another case": (("--network-plugin", "Azure"), "kubenet clusters only"),
    "a plugin mode": (("--network-plugin-mode", "overlay"), "belongs to Azure CNI"),
    "an abbreviation": (("--network-plugin-m", "overlay"), "belongs to Azure CNI"),
    "a pod subnet": (("--pod-subnet-id", SUBNET), "pods have no subnet"),
    "Azure's policy": (("--network-policy", "azure"), "calico or none"),
    "Cilium's policy": (("--network-policy=cilium",), "calico or none"),
    "Cilium's data plane": (("--network-dataplane", "cilium"), "needs Azure CNI"),
    "a Windows account": (("--windows-admin-username", "me", "--windows-admin-password", "S3cret!Passw0rd"), "Windows"),
    "a Windows licence": (("--enable-ahub",), "Windows"),
    "Windows accounts": (("--enable-windows-gmsa",), "Windows"),
    "virtual nodes": (("--enable-addons", "monitoring,virtual-node"), "virtual nodes"),
    "a managed gateway": ((*OWN_NETWORK, "--outbound-type", "managedNATGateway"), "userAssignedNATGateway"),
    "a flag of prepare": (("--route-table", TABLE), "--prepare"),
    "nothing to prepare": (("--prepare",), "--vnet-subnet-id"),
    "an endless wait": (("--role-propagation-timeout", "3601"), "3600"),
    "an unknown rule": (("--ignore", "XY9"), "XY9"),
    "host bits": (("--pod-cidr", "10.244.0.1/16"), "10.244.0.0/16"),
    "host bits among several": (("--pod-cidrs", "10.244.0.1/16,fd12:3456:789a::/64"), "10.244.0.0/16"),
    "no prefix among several": (("--service-cidrs", "abc,fd12:3456:789a::/108"), "'abc' is not an IPv4 prefix"),
    "one family twice": (("--pod-cidrs", "10.244.0.0/16,10.245.0.0/16"), "one range of each IP family"),
    "two ranges": (("--service-cidr", "10.2.0.0/16", "--service-cidrs", "10.3.0.0/16"), "a cluster takes one"),
}


@pytest.mark.parametrize(("words", "says"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_is_refused_before_any_request(az: AzSession, sim: Simulator, words: tuple[str, ...], says: str) -> None:
    text = refused(create(az, *words))
    assert says in text
    assert "S3cret" not in text
    assert sim.requests == []


@pytest.mark.parametrize("value", ["none", "block"])
def test_no_egress_is_refused_before_any_request(az: AzSession, sim: Simulator, value: str) -> None:
    done = create(az, "--outbound-type", value)
    # where the installed azure-cli does not know the value, its parser refuses it, with 2
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert value in done.stderr
    assert sim.requests == []


def many_nodes(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--node-count", "251")


def scaled_nodes(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--enable-cluster-autoscaler", "--min-count", "1", "--max-count", "251")


def too_many_pods(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--max-pods", "251")


def pods_of_several_ranges_in_the_network(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--pod-cidrs", "10.1.128.0/17")


def few_pods_of_several_ranges(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--ip-families", "IPv4,IPv6", "--pod-cidrs", "10.245.0.0/23,fd12:3456:789a::/64")


def large_services_of_several_ranges(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--service-cidrs", "10.32.0.0/11")


def address_outside_several_ranges(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--service-cidrs", "10.2.0.0/16", "--dns-service-ip", "10.0.0.10")


def route_to_the_internet(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    route = {"name": "out", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}}
    put_table(sim, TABLE, route)
    return ("--outbound-type", "userDefinedRouting")


def no_gateway(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--outbound-type", "userAssignedNATGateway")


def few_pods(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--max-pods", "10", "--node-count", "1")


def default_services_in_the_network(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    network = {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}
    subnet = {"name": "nodes", "properties": {"addressPrefix": "10.0.0.0/24", "routeTable": {"id": TABLE}}}
    sim.put(
        SUBNET.rpartition("/subnets/")[0], {"location": "westeurope", "properties": {**network, "subnets": [subnet]}}
    )
    return ()


def wrong_address_of_the_names(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--service-cidr", "10.2.0.0/16", "--dns-service-ip", "10.3.0.10")


def no_default_route(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--outbound-type", "userDefinedRouting")


def another_region(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--location", "northeurope")


def foreign_kubelet(sim: Simulator) -> tuple[str, ...]:
    """Who creates may not assign the role that it takes."""
    put_ready(sim)
    kubelet = put_identity(sim, identity=f"{IDENTITIES}/kubelet")
    sim.set_caller_roles([(f"/subscriptions/{sim.subscription_id}", "Reader")])
    return ("--assign-kubelet-identity", kubelet)


def large_ipv6_services(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    return ("--ip-families", "IPv4,IPv6", "--service-cidrs", "10.0.0.0/16,fd12:3456:789a::/64")


def private_cluster(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    network = sim.get(SUBNET.rpartition("/subnets/")[0])
    assert network is not None
    network["properties"]["dhcpOptions"] = {"dnsServers": ["10.1.255.4"]}
    sim.put(network["id"], network)
    return ("--enable-private-cluster",)


def another_cluster(sim: Simulator) -> tuple[str, ...]:
    put_ready(sim)
    put_cluster(sim, f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/first")
    return ()


FOUND = {
    "IP2": many_nodes,
    "IP2 of the autoscaler": scaled_nodes,
    "POD3": too_many_pods,
    "POD4": few_pods,
    "OVL1 of several ranges": pods_of_several_ranges_in_the_network,
    "POD1 of several ranges": few_pods_of_several_ranges,
    "SVC1 of several ranges": large_services_of_several_ranges,
    "SVC3 of several ranges": address_outside_several_ranges,
    "OVL2": default_services_in_the_network,
    "SVC3": wrong_address_of_the_names,
    "EG1": no_default_route,
    "EG2": route_to_the_internet,
    "EG6": no_gateway,
    "SN1": another_region,
    "SN3": another_cluster,
    "SVC2": large_ipv6_services,
    "ID9": foreign_kubelet,
    "EG9": private_cluster,
}


@pytest.mark.parametrize(("code", "seed"), FOUND.items(), ids=FOUND)
def test_an_error_stops_it_before_any_write(
    az: AzSession, sim: Simulator, code: str, seed: Callable[[Simulator], tuple[str, ...]]
) -> None:
    report = answer(create(az, *PREPARED, *seed(sim)), 4)
    assert code.split(maxsplit=1)[0] in codes(report)
    assert report["verdict"] == "notReady"
    assert report["subnetId"] == SUBNET
    assert writes(sim) == []


@pytest.mark.parametrize("words", [("--no-wait",), ("--yes",), ("--only-show-errors",)])
def test_an_error_stops_it_in_scripts_too(az: AzSession, sim: Simulator, words: tuple[str, ...]) -> None:
    put_unprepared(sim)
    report = answer(create(az, *PREPARED, *words), 4)
    assert {"ID2", "ID3"} <= codes(report)
    assert writes(sim) == []


def test_the_report_has_every_form_of_output(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    table = create(az, *PREPARED, "--output", "table")
    assert table.returncode == 4
    assert "ID2" in table.stdout
    failed = "findings[?status=='failed' && severity=='error'].[code, severity]"
    rows = create(az, *PREPARED, "--output", "tsv", "--query", failed)
    assert rows.returncode == 4
    assert ["ID2", "error"] in list(csv.reader(io.StringIO(rows.stdout), delimiter="\t"))


@pytest.mark.parametrize("output", ["json", "table", "tsv", "none"])
def test_it_says_that_nothing_was_created(az: AzSession, sim: Simulator, output: str) -> None:
    put_unprepared(sim)
    done = create(az, *PREPARED, "--output", output)
    assert done.returncode == 4
    assert "ERROR: Nothing was created: 2 errors." in done.stderr
    assert "Nothing was created" not in create(az, *PREPARED, "--dry-run").stderr


def test_an_ignored_rule_does_not_stop_it(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    small = ("--node-count", "1", "--max-pods", "10")
    assert codes(answer(create(az, *PREPARED, *small), 4)) == {"POD4"}
    created = answer(create(az, *PREPARED, *small, "--ignore", "pod4"))
    assert created["provisioningState"] == "Succeeded"


def test_validation_can_be_skipped_and_then_the_service_decides(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    put_identity(sim, SUBNET)
    sim.clear_log()
    text = refused(create(az, *PREPARED, "--skip-validation", "--node-count", "252"))
    assert "(InsufficientSubnetSize)" in text
    assert sim.sent("POST", "ResourceGraph") == []
    assert [each.status for each in writes(sim)] == [400]


def test_calico_is_the_policy_that_kubenet_can_have(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    created = answer(create(az, *PREPARED, "--network-policy", "calico"))
    assert created["networkProfile"]["networkPolicy"] == "calico"


def test_several_ranges_are_judged_and_sent(az: AzSession, sim: Simulator) -> None:
    put_ready(sim)
    sim.put(NETWORK, _with_prefix(sim, "10.244.0.0/16"))
    several = ("--service-cidrs", "10.3.0.0/16,fd12:3456:789a:1::/108", "--pod-cidrs")
    report = answer(create(az, *PREPARED, *several, "10.244.0.0/16,fd12:3456:789a::/64"), 4)
    assert codes(report) == {"OVL1"}
    both = ("10.245.0.0/16,fd12:3456:789a::/64", "--ip-families", "IPv4,IPv6")
    created = answer(create(az, *PREPARED, *several, *both))
    assert created["networkProfile"]["podCidrs"] == both[0].split(",")
    assert body_sent(sim)["properties"]["networkProfile"]["serviceCidrs"] == several[1].split(",")


def _with_prefix(sim: Simulator, prefix: str) -> Json:
    """The network with one more range that the default of the pods overlaps."""
    network = sim.get(NETWORK)
    assert network is not None
    network["properties"]["addressSpace"]["addressPrefixes"].append(prefix)
    return network


def test_warnings_do_not_stop_it(az: AzSession, sim: Simulator) -> None:
    put_network(sim)
    put_identity(sim, SUBNET)
    sim.clear_log()
    done = create(az, *PREPARED)
    assert answer(done)["provisioningState"] == "Succeeded"
    assert "WARNING: RT1: " in done.stderr


def test_a_role_of_somebody_else_does_not_count(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    for scope in (SUBNET, TABLE):
        sim.grant("99999999-0000-0000-0000-000000000001", scope, "Network Contributor")
    assert {"ID2", "ID3"} <= codes(answer(create(az, *PREPARED), 4))


def test_an_inherited_role_counts(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    put_identity(sim, GROUP)
    sim.clear_log()
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"
    assert [each.path.rpartition("/")[2] for each in writes(sim)] == ["aks"]


def test_a_custom_role_counts(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    actions = ["subnets/join/action", "subnets/read"]
    allowed = [
        *(f"Microsoft.Network/virtualNetworks/{each}" for each in actions),
        *("Microsoft.Network/routeTables/*", "Microsoft.Network/virtualNetworks/read"),
    ]
    role = f"/subscriptions/{sim.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/"
    role += "11111111-2222-3333-4444-555555555555"
    properties = {"roleName": "Nodes", "permissions": [{"actions": allowed}], "assignableScopes": [GROUP]}
    sim.put(role, {"properties": properties})
    identity = sim.get(IDENTITY)
    assert identity is not None
    for scope in (SUBNET, TABLE):
        sim.grant(identity["properties"]["principalId"], scope, role)
    assert answer(create(az, *PREPARED))["provisioningState"] == "Succeeded"


def test_a_system_assigned_identity_cannot_have_an_own_route_table(az: AzSession, sim: Simulator) -> None:
    put_unprepared(sim)
    assert "ID1" in codes(answer(create(az, *OWN_NETWORK), 4))
    assert writes(sim) == []
