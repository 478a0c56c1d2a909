"""The preparation that a finding prints: everything that was given, where `create` has nothing against it."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Network

from azext_kubenet.core.azure.access import DenyAssignment, Permission
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest, Surge
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage

from ..make import (
    SUBSCRIPTION,
    make_access,
    make_cluster,
    make_id,
    make_pool,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

NODES = make_subnet()
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "mine", group="identities")
KUBELET = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "kubelet", group="identities")
ZONE = make_id("Microsoft.Network/privateDnsZones", "zone", group="hub")
START = (
    f"az aks kubenet prepare --subscription {SUBSCRIPTION} --resource-group rg --cluster-name mine "
    f"--vnet-subnet-id {NODES.id}"
)
GIVEN = {
    "cluster_id": make_id("Microsoft.ContainerService/managedClusters", "mine"),
    "pod_cidr": IPv4Network("10.100.0.0/16"),
    "service_cidr": IPv4Network("10.200.0.0/16"),
    "dns_service_ip": IPv4Address("10.200.0.53"),
    "network_policy": "calico",
}


def printed(cluster: ClusterRequest, **facts: object) -> str:
    """What RT1 prints."""
    snapshot = Snapshot(**{"subnet": NODES, "virtual_network": make_virtual_network(NODES), **facts})  # type: ignore[arg-type] # by name
    report = evaluate(all_rules(), cluster=cluster, snapshot=snapshot, today=date(2026, 11, 1), stage=Stage.CREATE)
    (command,) = next(each.commands for each in report.findings if each.rule.code == "RT1")
    return command


def test_all_that_describes_the_cluster_is_carried() -> None:
    pool = make_pool("nodepool1", 5, 9, max_pods=60, max_surge=Surge(value=33, percent=True))
    rest = {"internal_load_balancers": 2, "on_premises_ranges": (IPv4Network("172.20.0.0/16"),)}
    cluster = make_cluster(pool, **GIVEN, **rest, location="westeurope", ignored=frozenset(("SN9", "OVL8")))
    assert printed(cluster) == (
        f"{START} --location westeurope --node-count 5 --max-count 9 --max-pods 60 --max-surge 33% "
        "--internal-load-balancers 2 --pod-cidr 10.100.0.0/16 --service-cidr 10.200.0.0/16 --dns-service-ip "
        "10.200.0.53 --network-policy calico --on-premises-ranges 172.20.0.0/16 --ignore OVL8 SN9"
    )


def test_who_the_cluster_is_and_how_it_is_reached_is_carried() -> None:
    identities = {"identity_kind": IdentityKind.USER_ASSIGNED, "identity_id": IDENTITY, "kubelet_identity_id": KUBELET}
    private = {"private_cluster": True, "private_dns_zone_id": ZONE}
    hidden = make_unreadable("Microsoft.Network/privateDnsZones/read")
    command = printed(make_cluster(**GIVEN, **identities, **private), private_dns_zone=hidden)
    assert command.startswith(f"{START} --identity {IDENTITY} --private-dns-zone {ZONE} --pod-cidr ")
    assert command.endswith(f" --assign-kubelet-identity {KUBELET}")


def test_a_cluster_that_create_would_refuse_is_not_described_to_it() -> None:
    private = {"private_cluster": True, "public_dns_only": True}
    wrong = make_cluster(**{**GIVEN, "pod_cidr": IPv4Network("192.168.0.0/16")}, **private, location="westeurope")
    assert printed(wrong) == f"{START} --private-dns-zone none"


def test_what_the_preparation_repairs_keeps_nothing_back() -> None:
    cluster = make_cluster(**GIVEN, identity_kind=IdentityKind.USER_ASSIGNED, identity_id=IDENTITY)
    assert " --pod-cidr 10.100.0.0/16 " in printed(cluster, subnet_access=make_access(str(NODES.id)))


def test_a_role_that_is_denied_is_none_that_it_repairs() -> None:
    cluster = make_cluster(**GIVEN, identity_kind=IdentityKind.USER_ASSIGNED, identity_id=IDENTITY)
    denial = DenyAssignment(id="/d", name="Locked", scope=str(NODES.id), permissions=(Permission(actions=("*",)),))
    denied = make_access(str(NODES.id), denials=(denial,))
    assert printed(cluster, subnet_access=denied) == f"{START} --identity {IDENTITY}"


def test_security_groups_of_nodes_cannot_be_told_to_it() -> None:
    asg = make_id("Microsoft.Network/applicationSecurityGroups", "nodes")
    assert printed(make_cluster(**GIVEN, application_security_groups=(asg,))) == START


def test_pools_of_other_subnets_alone_cannot_be_told_to_it() -> None:
    elsewhere = make_pool("work", subnet=f"{make_virtual_network().id}/subnets/work")
    assert printed(make_cluster(elsewhere, **GIVEN)) == START
