"""The commands that go on with an interrupted run: all that was asked for, quoted for a shell."""

from __future__ import annotations

import shlex
from ipaddress import IPv4Address, IPv4Network

from azext_kubenet.core.azure.resource_id import resource_id
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.render.prepare import cleanup_command, prepare_command

CLUSTER = resource_id("s", "my rg", "Microsoft.ContainerService/managedClusters", "aks")
SUBNET = resource_id("s", "net", "Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
IDENTITY = resource_id("s", "ids", "Microsoft.ManagedIdentity/userAssignedIdentities", "theirs")
TABLE = resource_id("s", "net", "Microsoft.Network/routeTables", "theirs")
WHERE = ["--subscription", "s", "--resource-group", "my rg", "--cluster-name", "aks"]


def request(given: bool = False, **rest: object) -> PrepareRequest:
    return PrepareRequest(
        cluster_id=CLUSTER,
        subnet_id=SUBNET,
        identity_id=IDENTITY,
        identity_given=given,
        route_table_id=TABLE,
        route_table_given=given,
        **rest,  # type: ignore[arg-type] # the test names the fields
    )


def test_what_was_not_given_is_not_given_again() -> None:
    words = shlex.split(prepare_command(request()))
    assert words == ["az", "aks", "kubenet", "prepare", *WHERE, "--vnet-subnet-id", str(SUBNET)]


def test_all_that_was_given_is_given_again() -> None:
    command = prepare_command(
        request(
            given=True,
            location="westeurope",
            role=RoleChoice.LEAST_PRIVILEGE,
            default_route_next_hop=IPv4Address("10.9.9.4"),
            tags=(("owner", "a b"), ("empty", "")),
        ),
        yes=True,
        no_wait=True,
    )
    assert shlex.split(command) == [
        *("az", "aks", "kubenet", "prepare", *WHERE, "--vnet-subnet-id", str(SUBNET), "--location", "westeurope"),
        *("--identity", str(IDENTITY), "--route-table", str(TABLE), "--role", "least-privilege"),
        *("--default-route-next-hop", "10.9.9.4", "--tags", "owner=a b", "empty=", "--yes", "--no-wait"),
    ]


def test_cleanup_goes_on_for_the_same_cluster() -> None:
    assert shlex.split(cleanup_command(CLUSTER, yes=True)) == ["az", "aks", "kubenet", "cleanup", *WHERE, "--yes"]
    assert cleanup_command(CLUSTER, no_wait=True).endswith(" --cluster-name aks --no-wait")


def test_the_description_of_the_cluster_is_given_again() -> None:
    pools = (
        NodePool(name="system", node_count=3, max_count=3),
        NodePool(name="work", node_count=1, max_count=4, subnet=f"{SUBNET}-2"),
    )
    kubelet = resource_id("s", "ids", "Microsoft.ManagedIdentity/userAssignedIdentities", "kubelet")
    wanted = ClusterRequest(node_pools=pools, pod_cidr=IPv4Network("10.100.0.0/16"), kubelet_identity_id=kubelet)
    words = shlex.split(prepare_command(request(wanted=wanted)))
    assert words[words.index(str(SUBNET)) + 1 :] == [
        *("--nodepool", "name=system", "count=3"),
        *("--nodepool", "name=work", "count=1", "max-count=4", f"subnet={SUBNET}-2"),
        *("--pod-cidr", "10.100.0.0/16", "--assign-kubelet-identity", str(kubelet)),
    ]
