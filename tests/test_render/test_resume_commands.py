"""The commands that go on with an interrupted run: all that was asked for, quoted for a shell."""

from __future__ import annotations

import shlex
from ipaddress import IPv4Address

from azext_kubenet.core.azure.resource_id import resource_id
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.role_grants import RoleChoice
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
