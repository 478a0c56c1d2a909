"""Every fact that a rule names is read: in a world that is wrong everywhere, each fact brings a violation of its own.

A rule about something that nobody reads would say "not applicable" for ever, and its unit tests would not notice.
"""

from __future__ import annotations

from typing import Final

import pytest

from azext_kubenet.arm.gather import GatherRequest, gather
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage, Status

from ..test_core.make import TODAY
from .documents import (
    API_SERVER_SUBNET,
    GATEWAY,
    GROUP,
    IDENTITY,
    KUBELET,
    NETWORK,
    SUBNET,
    SUBSCRIPTION,
    TABLE,
    ZONE,
    Json,
    cluster_document,
    identity_document,
    make_id,
    network_document,
    subnet_document,
    table_document,
)
from .fake import FakeArm, forbidden

AUTHORIZATION: Final = "/providers/Microsoft.Authorization"
CLUSTER: Final = ClusterRequest(
    node_pools=(NodePool(name="nodepool1", node_count=3, max_count=3),),
    identity_kind=IdentityKind.USER_ASSIGNED,
    identity_id=IDENTITY,
    kubelet_identity_id=KUBELET,
    internal_load_balancers=1,
    private_cluster=True,
    private_dns_zone_id=ZONE,
    api_server_subnet_id=API_SERVER_SUBNET,
)
FURTHER: Final = NETWORK.child("subnets", "further")
RUNNING: Final = make_id("Microsoft.ContainerService/managedClusters", "running")
NODE_GROUP: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_running"
OF_RUNNING: Final = ("running_cluster", "node_group_locks")
POD_RANGE: Final = "10.244.0.0/24"
"""Inside the default pod CIDR."""


def read_facts() -> list[str]:
    """The facts that rules name and somebody has to read; the others come with the question."""
    names = dict.fromkeys(fact.name for rule in all_rules() for fact in rule.facts)
    return [name for name in names if name not in ("cluster", "today")]


def wrong_everywhere() -> FakeArm:
    """A subnet with everything on it, where all of it breaks a rule and nobody has any right."""
    subnet = subnet_document(
        routeTable={"id": str(TABLE)},
        networkSecurityGroup={"id": str(GROUP)},
        natGateway={"id": str(GATEWAY)},
        delegations=[{"properties": {"serviceName": "Microsoft.Web/serverFarms"}}],
    )
    ingress: Json = {
        **subnet_document(
            addressPrefix="10.1.1.0/24",
            ipConfigurations=[{"id": f"{make_id('Microsoft.Network/applicationGateways', 'ingress')}/gatewayIPs/0"}],
        ),
        "id": str(NETWORK.child("subnets", "ingress")),
        "name": "ingress",
    }
    network = network_document(subnet, ingress, provisioningState="Failed")
    pod_route: Json = {
        "name": "theirs",
        "properties": {"addressPrefix": POD_RANGE, "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.9.9.4"},
    }
    denial: Json = {
        "name": "deny",
        "properties": {
            "priority": 100,
            "direction": "Inbound",
            "access": "Deny",
            "protocol": "*",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "*",
        },
    }
    on_premises: Json = {
        "id": str(make_id("Microsoft.Network/localNetworkGateways", "office")),
        "properties": {"localNetworkAddressSpace": {"addressPrefixes": [POD_RANGE]}},
    }
    fake = FakeArm.of(subnet, network, table_document(TABLE, pod_route), identity_document())
    fake.add({"id": str(GROUP), "name": "nsg", "properties": {"securityRules": [denial], "defaultSecurityRules": []}})
    full: Json = {"currentValue": 250.0, "limit": 251.0}
    fake.fill(f"{NETWORK}/usages", {"id": str(SUBNET), **full}, {"id": str(FURTHER), **full})
    fake.fill(f"{SUBNET.resource_group_id}/providers/Microsoft.Network/localNetworkGateways", on_premises)
    # only where the locks of the subscription are hidden, those of the route table are asked for by themselves
    fake.refuse("LIST", f"/subscriptions/{SUBSCRIPTION}{AUTHORIZATION}/locks", forbidden())
    for scope in (SUBNET, TABLE, FURTHER, NODE_GROUP):
        lock: Json = {"id": f"{scope}{AUTHORIZATION}/locks/l", "name": "l", "properties": {"level": "ReadOnly"}}
        fake.fill(f"{scope}{AUTHORIZATION}/locks", lock)
    for scope in (SUBNET, TABLE, IDENTITY, KUBELET):
        fake.fill(f"{scope}{AUTHORIZATION}/permissions", {"actions": ["*/read"], "notActions": []})
    fake.policy_states = [{"policyDefinitionAction": "deny", "resourceId": str(TABLE)}]
    fake.graph = [cluster_document()]
    of_further = make_id("Microsoft.Network/networkSecurityGroups", "further")
    fake.add({"id": str(of_further), "properties": {"securityRules": [denial], "defaultSecurityRules": []}})
    further = subnet_document(addressPrefix="10.1.2.0/24", networkSecurityGroup={"id": str(of_further)})
    fake.add({**further, "id": str(FURTHER), "name": "further"})
    fake.add({"id": str(ZONE), "name": ZONE.name, "properties": {}})
    fake.add({**subnet_document(addressPrefix="10.1.3.0/29"), "id": str(API_SERVER_SUBNET), "name": "api"})
    running = cluster_document(RUNNING, FURTHER)
    running["properties"] |= {"provisioningState": "Failed", "nodeResourceGroup": "MC_running"}
    fake.add(running)
    return fake


def snapshot_of(fake: FakeArm, *, running: bool = False) -> Snapshot:
    request = GatherRequest(
        subnet_id=SUBNET,
        identity_id=IDENTITY,
        kubelet_identity_id=KUBELET,
        private_dns_zone_id=ZONE,
        api_server_subnet_id=API_SERVER_SUBNET,
        running_id=RUNNING if running else None,
        further_subnet_ids=(FURTHER,),
    )
    return gather(fake, request).snapshot


def violations(snapshot: Snapshot) -> set[str]:
    report = evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=TODAY, stage=Stage.MIGRATION)
    return {f"{each.rule.code}: {each.message}" for each in report.findings if each.status is Status.FAILED}


@pytest.mark.parametrize("name", read_facts())
def test_what_is_wrong_with_a_fact_that_rules_name_is_read_and_found(name: str) -> None:
    snapshot = snapshot_of(wrong_everywhere(), running=name in OF_RUNNING)
    value = getattr(snapshot, name)
    assert value is not None
    assert not isinstance(value, Unreadable), value
    assert violations(snapshot) - violations(snapshot._replace(**{name: None}))
