"""DNS1, DNS2 and API1."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.links import PrivateDnsZone
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rights.permissions import PRIVATE_DNS_ZONE_ACTIONS, VIRTUAL_NETWORK_JOIN_ACTIONS
from azext_kubenet.core.rules.private_clusters import (
    RULES,
    api_server_subnet_fits,
    custom_dns_servers_know_the_zone,
    identity_may_use_private_dns_zone,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    judge,
    make_access,
    make_cluster,
    make_id,
    make_role,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

ZONE = make_id("Microsoft.Network/privateDnsZones", "privatelink.westeurope.azmk8s.io", group="hub")
NETWORK = make_id("Microsoft.Network/virtualNetworks", "vnet")
API_SERVER = NETWORK.child("subnets", "api")
CONTRIBUTOR = make_role("Microsoft.Network/*", name="Network Contributor")
ZONE_CONTRIBUTOR = make_role("Microsoft.Network/privateDnsZones/*", guid="z1", name="Private DNS Zone Contributor")


def make_private(kind: IdentityKind = IdentityKind.USER_ASSIGNED, **rest: object) -> ClusterRequest:
    return make_cluster(identity_kind=kind, **{"private_cluster": True, **rest})


def outcome(finding: Finding) -> tuple[Status, Severity]:
    return finding.status, finding.severity


def test_family_holds_every_rule_of_its_topic() -> None:
    assert [each.code for each in RULES] == ["DNS1", "DNS2", "API1"]


# DNS1


def judge_zone(cluster: ClusterRequest | None = None, **facts: object) -> tuple[Finding, ...]:
    known = {
        "private_dns_zone": PrivateDnsZone(id=ZONE),
        "private_dns_zone_access": make_access(str(ZONE), ZONE_CONTRIBUTOR),
        "virtual_network_access": make_access(str(NETWORK), CONTRIBUTOR),
    }
    wanted = cluster or make_private(private_dns_zone_id=ZONE)
    return judge(identity_may_use_private_dns_zone, cluster=wanted, **{**known, **facts})


def test_dns1_roles_on_zone_and_network_pass() -> None:
    assert [each.status for each in judge_zone()] == [Status.PASSED] * 2


def test_dns1_missing_roles_fail_with_the_commands() -> None:
    findings = judge_zone(
        private_dns_zone_access=make_access(str(ZONE)), virtual_network_access=make_access(str(NETWORK))
    )
    assert [outcome(each) for each in findings] == [(Status.FAILED, Severity.ERROR)] * 2
    assert [each.evidence["missingActions"] for each in findings] == [
        list(PRIVATE_DNS_ZONE_ACTIONS),
        list(VIRTUAL_NETWORK_JOIN_ACTIONS),
    ]
    zone, network = (each.commands[0] for each in findings)
    assert zone.endswith(f"--role 'Private DNS Zone Contributor' --scope {ZONE}")
    assert network.endswith(f"--role 'Network Contributor' --scope {NETWORK}")


def test_dns1_unreadable_rights_are_unknown_and_no_identity_is_not_applicable() -> None:
    findings = judge_zone(private_dns_zone_access=make_unreadable(), virtual_network_access=None)
    assert [each.status for each in findings] == [Status.UNKNOWN, Status.SKIPPED]


def test_dns1_a_zone_that_is_not_there_fails_and_one_that_may_not_be_read_is_unknown() -> None:
    (finding,) = judge_zone(private_dns_zone=None)
    assert (finding.status, finding.resource_id) == (Status.FAILED, str(ZONE))
    assert [each.status for each in judge_zone(private_dns_zone=make_unreadable())] == [
        Status.UNKNOWN,
        *[Status.PASSED] * 2,
    ]


def test_dns1_system_assigned_identity_fails() -> None:
    (finding,) = judge_zone(make_private(IdentityKind.SYSTEM_ASSIGNED, private_dns_zone_id=ZONE))
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    assert "--assign-identity" in finding.remediation


@pytest.mark.parametrize(
    "cluster",
    [make_private(), make_private(private_cluster=False, private_dns_zone_id=ZONE)],
    ids=["no zone", "public"],
)
def test_dns1_needs_a_private_cluster_with_a_zone(cluster: ClusterRequest) -> None:
    assert [each.status for each in judge_zone(cluster)] == [Status.SKIPPED]


# DNS2


def judge_servers(cluster: ClusterRequest, *servers: str, access: object = None) -> tuple[Finding, ...]:
    network = make_virtual_network(make_subnet(), dns_servers=servers)
    return judge(
        custom_dns_servers_know_the_zone, cluster=cluster, virtual_network=network, virtual_network_access=access
    )


def test_dns2_custom_servers_warn_and_the_identity_needs_a_role() -> None:
    findings = judge_servers(make_private(), "10.9.0.4", "168.63.129.16", access=make_access(str(NETWORK)))
    assert [outcome(each) for each in findings] == [(Status.FAILED, Severity.WARNING)] * 2
    assert findings[0].evidence == {"dnsServers": ("10.9.0.4",)}
    assert findings[1].evidence["missingActions"] == list(VIRTUAL_NETWORK_JOIN_ACTIONS)


def test_dns2_system_assigned_identity_is_told_of_the_link_only() -> None:
    assert len(judge_servers(make_private(IdentityKind.SYSTEM_ASSIGNED), "10.9.0.4")) == 1


def test_dns2_azures_own_server_passes() -> None:
    assert [each.status for each in judge_servers(make_private(), "168.63.129.16")] == [Status.PASSED]


@pytest.mark.parametrize(
    "cluster",
    [make_private(private_cluster=False), make_private(private_dns_zone_id=ZONE), make_private(public_dns_only=True)],
    ids=["public", "own zone", "no zone"],
)
def test_dns2_needs_the_zone_of_aks(cluster: ClusterRequest) -> None:
    assert [each.status for each in judge_servers(cluster, "10.9.0.4")] == [Status.SKIPPED]


# API1


def make_api_server_subnet(prefix: str = "192.168.9.0/28", **rest: object) -> Subnet:
    delegations = ("microsoft.containerservice/managedClusters",)
    return make_subnet("api", prefix, **{"delegations": delegations, **rest})


def judge_subnet(
    subnet: object, *, cluster: ClusterRequest | None = None, access: object = None
) -> tuple[Finding, ...]:
    wanted = cluster or make_private(api_server_subnet_id=API_SERVER)
    held = make_access(str(API_SERVER), CONTRIBUTOR) if access is None else access
    return judge(
        api_server_subnet_fits,
        cluster=wanted,
        subnet=make_subnet(),
        api_server_subnet=subnet,
        api_server_subnet_access=held,
    )


def test_api1_a_delegated_subnet_of_enough_size_passes() -> None:
    assert [each.status for each in judge_subnet(make_api_server_subnet())] == [Status.PASSED]


def test_api1_delegation_is_missing() -> None:
    first, *_ = judge_subnet(make_api_server_subnet(delegations=()))
    assert outcome(first) == (Status.FAILED, Severity.ERROR)
    assert first.commands == (
        f"az network vnet subnet update --ids {API_SERVER} --delegations Microsoft.ContainerService/managedClusters",
    )
    first, *_ = judge_subnet(make_api_server_subnet(delegations=("Microsoft.Web/serverFarms",)))
    assert (first.status, first.commands) == (Status.FAILED, ())


@pytest.mark.parametrize(("prefix", "failed"), [("192.168.9.0/27", 0), ("192.168.9.0/28", 0), ("192.168.9.0/29", 1)])
def test_api1_size(prefix: str, failed: int) -> None:
    findings = judge_subnet(make_api_server_subnet(prefix))
    assert sum(each.status is Status.FAILED for each in findings) == failed


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (NETWORK.child("subnets", "nodes"), "nodes and the API server"),
        (make_id("Microsoft.Network/virtualNetworks", "other").child("subnets", "api"), "in virtual network 'other'"),
    ],
)
def test_api1_is_another_subnet_of_the_same_network(wanted: object, words: str) -> None:
    first, *_ = judge_subnet(make_api_server_subnet(), cluster=make_private(api_server_subnet_id=wanted))
    assert first.status is Status.FAILED
    assert words in first.message


def test_api1_identity_may_join() -> None:
    (finding,) = judge_subnet(make_api_server_subnet(), access=make_access(str(API_SERVER)))
    assert outcome(finding) == (Status.FAILED, Severity.ERROR)
    system = make_private(IdentityKind.SYSTEM_ASSIGNED, api_server_subnet_id=API_SERVER)
    assert [each.status for each in judge_subnet(make_api_server_subnet(), cluster=system)] == [Status.PASSED]


def test_api1_subnet_that_is_not_there_or_not_readable() -> None:
    assert [each.status for each in judge_subnet(None)] == [Status.FAILED]
    assert [each.status for each in judge_subnet(make_unreadable())] == [Status.UNKNOWN, Status.PASSED]


def test_api1_needs_a_subnet_for_the_api_server() -> None:
    assert [each.status for each in judge_subnet(None, cluster=make_private())] == [Status.SKIPPED]
