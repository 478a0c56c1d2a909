"""What the arguments of `az aks create` and our own ask for."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pytest

from azext_kubenet.arguments.create import OWN_ARGUMENTS, wanted_cluster
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.clusters.request import ClusterRequest

CLUSTER = ResourceId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks")


def wanted(**given: Any) -> ClusterRequest:
    return wanted_cluster(given, dict.fromkeys(OWN_ARGUMENTS), CLUSTER)


def refusal(**given: Any) -> tuple[str, str]:
    with pytest.raises(UsageError) as raised:
        wanted(**given)
    return raised.value.message, raised.value.recommendation


RANGES = {
    "nothing": ({}, None, ()),
    "one option": ({"pod_cidr": "10.1.0.0/16"}, "10.1.0.0/16", ()),
    "the other option": ({"pod_cidrs": "10.1.0.0/16"}, "10.1.0.0/16", ()),
    "two families": ({"pod_cidrs": "10.1.0.0/16, fd12::/64"}, "10.1.0.0/16", ("fd12::/64",)),
    "two families, the other way round": ({"pod_cidrs": "fd12::/64,10.1.0.0/16"}, "10.1.0.0/16", ("fd12::/64",)),
    "IPv6 beside the single option": (
        {"pod_cidr": "10.1.0.0/16", "pod_cidrs": "fd12::/64"},
        "10.1.0.0/16",
        ("fd12::/64",),
    ),
    "the same in both": ({"pod_cidr": "10.1.0.0/16", "pod_cidrs": "10.1.0.0/16"}, "10.1.0.0/16", ()),
    "nothing but a comma": ({"pod_cidrs": ","}, None, ()),
}


@pytest.mark.parametrize("kind", ["pod", "service"])
@pytest.mark.parametrize(("given", "ipv4", "ipv6"), RANGES.values(), ids=RANGES)
def test_the_ranges_are_those_of_both_options(
    given: dict[str, str], ipv4: str | None, ipv6: tuple[str, ...], kind: str
) -> None:
    cluster = wanted(**{name.replace("pod", kind): value for name, value in given.items()})
    found = (cluster.pod_cidr, cluster.ipv6_pod_cidrs)
    if kind == "service":
        found = (cluster.service_cidr, cluster.ipv6_service_cidrs)
    assert found == (None if ipv4 is None else IPv4Network(ipv4), tuple(IPv6Network(text) for text in ipv6))


REFUSED = {
    "host bits": (
        {"pod_cidrs": "10.1.0.1/16"},
        "--pod-cidrs: '10.1.0.1/16' has host bits set: a /16 begins at 10.1.0.0.",
        "Give '10.1.0.0/16', or a longer prefix.",
    ),
    "IPv6 host bits": (
        {"pod_cidrs": "fd12::1/64"},
        "--pod-cidrs: 'fd12::1/64' is not an IPv6 prefix: fd12::1/64 has host bits set.",
        "Give it in CIDR notation, such as 'fd12:3456:789a::/64'.",
    ),
    "no prefix": (
        {"pod_cidrs": "10.1.0.0/16,abc"},
        "--pod-cidrs: 'abc' is not an IPv4 prefix.",
        "Give it in CIDR notation, such as '10.240.0.0/24'.",
    ),
    "an IPv6 address": (
        {"pod_cidrs": "fd12::"},
        "--pod-cidrs: 'fd12::' is not an IPv6 prefix: it has no prefix length.",
        "Give it in CIDR notation, such as 'fd12:3456:789a::/64'.",
    ),
    "one family twice": (
        {"pod_cidrs": "10.1.0.0/16,10.2.0.0/16"},
        "--pod-cidrs: 10.1.0.0/16 and 10.2.0.0/16 are both IPv4; a cluster takes one range of each IP family.",
        "Omit one of them.",
    ),
    "IPv6 twice": (
        {"pod_cidrs": "fd12::/64,fd13::/64"},
        "--pod-cidrs: fd12::/64 and fd13::/64 are both IPv6; a cluster takes one range of each IP family.",
        "Omit one of them.",
    ),
    "two answers": (
        {"pod_cidr": "10.1.0.0/16", "pod_cidrs": "10.2.0.0/16,fd12::/64"},
        "--pod-cidr 10.1.0.0/16 and --pod-cidrs 10.2.0.0/16 are two IPv4 ranges; a cluster takes one.",
        "Omit --pod-cidr, or give the same range in both.",
    ),
}


@pytest.mark.parametrize("kind", ["pod", "service"])
@pytest.mark.parametrize(("given", "message", "advice"), REFUSED.values(), ids=REFUSED)
def test_a_range_that_cannot_be_read_is_a_usage_error(
    given: dict[str, str], message: str, advice: str, kind: str
) -> None:
    expected = tuple(text.replace("--pod", f"--{kind}") for text in (message, advice))
    assert refusal(**{name.replace("pod", kind): value for name, value in given.items()}) == expected


NETWORK = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"


def test_what_else_of_the_network_is_asked_for() -> None:
    groups = [f"{NETWORK}/applicationSecurityGroups/{name}" for name in ("web", "ssh")]
    cluster = wanted(
        apiserver_subnet_id=f"{NETWORK}/virtualNetworks/vnet/subnets/api",
        appgw_subnet_id=f"{NETWORK}/virtualNetworks/vnet/subnets/gateway",
        appgw_subnet_cidr="10.225.0.0/16",
        node_provisioning_mode="Auto",
        nodepool_asg_ids=groups,
    )
    assert cluster.api_server_subnet_id == ResourceId(f"{NETWORK}/virtualNetworks/vnet/subnets/api")
    assert cluster.application_gateway_subnet_id == ResourceId(f"{NETWORK}/virtualNetworks/vnet/subnets/gateway")
    assert cluster.application_gateway_subnet_prefix == IPv4Network("10.225.0.0/16")
    assert cluster.node_provisioning_mode == "Auto"
    assert [each.text for each in cluster.application_security_groups] == groups


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"apiserver_subnet_id": "api"}, "--apiserver-subnet-id"),
        ({"appgw_subnet_id": f"{NETWORK}/routeTables/rt"}, "--appgw-subnet-id"),
        ({"appgw_subnet_cidr": "10.225.0.1/16"}, "--appgw-subnet-cidr"),
        ({"nodepool_asg_ids": ["web"]}, "--nodepool-asg-ids"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_option(given: dict[str, Any], option: str) -> None:
    assert refusal(**given)[0].startswith(f"{option}: ")
