"""A cluster that is there against the one that was asked for: only what was given is compared."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest

from azext_kubenet.core.clusters.same_cluster import differences

from ..make import make_cluster, make_id, make_managed_cluster, make_networks, make_subnet

SUBNET = make_subnet()
IDENTITY = make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "mine")
PODS, OTHER_PODS = make_networks("10.244.0.0/16", "10.100.0.0/16")
SERVICES, OTHER_SERVICES = make_networks("10.0.0.0/16", "10.200.0.0/16")
THERE: dict[str, Any] = {
    "pod_cidrs": (PODS,),
    "service_cidr": SERVICES,
    "dns_service_ip": IPv4Address("10.0.0.10"),
    "outbound_type": "loadBalancer",
    "user_assigned_ids": (IDENTITY,),
}


def told(asked: dict[str, Any] | None = None, subnet: str = "nodes", **there: Any) -> tuple[str, ...]:
    found = make_managed_cluster("mine", SUBNET, **{**THERE, **there})
    return differences(make_cluster(**(asked or {})), make_subnet(subnet).id, found)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"pod_cidr": PODS, "service_cidr": SERVICES, "dns_service_ip": IPv4Address("10.0.0.10")},
        {"outbound_type": "LoadBalancer", "network_policy": "none", "identity_id": IDENTITY},
    ],
)
def test_the_same_has_no_differences(asked: dict[str, Any]) -> None:
    assert told(asked) == ()


def test_a_cluster_in_no_subnet_of_ones_own_is_compared_without() -> None:
    assert differences(make_cluster(), None, make_managed_cluster("mine")) == ()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"pod_cidr": OTHER_PODS}, "its pod CIDR is 10.244.0.0/16, not 10.100.0.0/16"),
        ({"service_cidr": OTHER_SERVICES}, "its service CIDR is 10.0.0.0/16, not 10.200.0.0/16"),
        ({"dns_service_ip": IPv4Address("10.0.0.11")}, "its DNS service address is 10.0.0.10, not 10.0.0.11"),
        ({"outbound_type": "userDefinedRouting"}, "its outbound type is loadBalancer, not userDefinedRouting"),
        ({"network_policy": "calico"}, "its network policy is none, not calico"),
        (
            {"identity_id": make_id("Microsoft.ManagedIdentity/userAssignedIdentities", "other")},
            "its identity is not 'other'",
        ),
    ],
)
def test_what_was_given_and_is_another_is_told(asked: dict[str, Any], says: str) -> None:
    assert told(asked) == (says,)


def test_state_plugin_and_subnet_always_count() -> None:
    assert told(subnet="others", provisioning_state="Deleting", network_plugin="") == (
        "its state is Deleting",
        "its network plugin is none, not kubenet",
        "none of its node pools is in subnet 'others' of 'vnet'",
    )
