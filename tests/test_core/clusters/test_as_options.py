"""A cluster as options: what is read back from them is the same cluster."""

from __future__ import annotations

import shlex
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from azext_kubenet.arguments.cluster import ClusterArguments, parse_cluster
from azext_kubenet.core.azure.az_words import az
from azext_kubenet.core.clusters.as_options import options_of
from azext_kubenet.core.clusters.request import ClusterRequest, OsType, Surge

from ..make import make_cluster, make_pool

LISTS = ("nodepool", "on_premises_ranges")


def read_back(command: str) -> ClusterRequest:
    given: dict[str, Any] = {}
    for option in command.split(" --")[1:]:
        name, *values = shlex.split(option)
        key = name.replace("-", "_")
        if key == "nodepool":
            given.setdefault(key, []).append(values)
        else:
            given[key] = values if key in LISTS else values[0]
    return parse_cluster(ClusterArguments(**given))


@pytest.mark.parametrize(
    "cluster",
    [
        make_cluster(),
        make_cluster(make_pool(node_count=5, max_count=20, max_pods=60, max_surge=Surge(value=2, percent=False))),
        make_cluster(make_pool(subnet="other")),
        make_cluster(
            make_pool("system", 3, 3, max_pods=30),
            make_pool("work", 2, 9, max_surge=Surge(value=33, percent=True), vm_size="Standard_D4s_v5"),
            make_pool("win", 1, 1, os_type=OsType.WINDOWS, subnet="a b"),
        ),
        make_cluster(
            pod_cidr=IPv4Network("10.100.0.0/16"),
            service_cidr=IPv4Network("10.200.0.0/16"),
            dns_service_ip=IPv4Address("10.200.0.10"),
            outbound_type="userDefinedRouting",
            network_policy="calico",
            internal_load_balancers=2,
            on_premises_ranges=(IPv4Network("10.0.0.0/9"), IPv4Network("172.20.0.0/16")),
        ),
    ],
)
def test_what_is_read_back_is_the_same_cluster(cluster: ClusterRequest) -> None:
    command = az("x", **options_of(cluster))
    assert read_back(command) == replace(cluster)


def test_azures_defaults_are_left_out() -> None:
    assert az("x", **options_of(make_cluster())) == "az x"
