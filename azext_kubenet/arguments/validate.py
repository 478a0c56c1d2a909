"""What `validate-subnet` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core.azure.identity_kind import IdentityKind
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import CLUSTER_TYPE, IDENTITY_TYPE, SUBNET_TYPE
from ..core.clusters.request import ClusterRequest, NodePool
from .cluster import ClusterArguments, parse_cluster
from .values import parse_id, parse_name_or_id, parse_plain_name, parse_security_group_ids, parse_subnet_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateArguments(ClusterArguments):
    """The cluster and the subnet to judge it on, as typed."""

    vnet_subnet_id: str | None = None
    resource_group_name: str | None = None
    vnet_name: str | None = None
    subnet_name: str | None = None
    assign_identity: str | None = None
    location: str | None = None
    cluster_name: str | None = None
    nodepool_asg_ids: list[str] | None = None


def parse_judged_cluster(arguments: ValidateArguments) -> ClusterRequest:
    """The cluster to judge, but for its id, which can depend on who is signed in."""
    wanted = parse_cluster(
        arguments,
        runs=arguments.cluster_name is not None,
        location=arguments.location,
        application_security_groups=parse_security_group_ids(arguments.nodepool_asg_ids),
    )
    if arguments.assign_identity is None:
        return wanted
    identity = parse_id(arguments.assign_identity, "--assign-identity", IDENTITY_TYPE)
    return replace(wanted, identity_kind=IdentityKind.USER_ASSIGNED, identity_id=identity)


def in_subnets(
    wanted: ClusterRequest, subnet_id: ResourceId, *, runs: bool
) -> tuple[ClusterRequest, tuple[ResourceId, ...]]:
    """The cluster with the ids of its pools' subnets, and those of them that are not `subnet_id`.

    A name is one of the same virtual network. What names no subnet is in `subnet_id`; in a cluster that `runs` it can
    be a pool that is there, in its own.
    """
    ids = {pool.name: _subnet_of(pool, subnet_id) for pool in wanted.node_pools if pool.subnet is not None}
    further = tuple(dict.fromkeys(each for each in ids.values() if each != subnet_id))
    here = subnet_id.text if further and not runs else None
    pools = tuple(replace(pool, subnet=ids[pool.name].text if pool.name in ids else here) for pool in wanted.node_pools)
    return replace(wanted, node_pools=pools), further


def _subnet_of(pool: NodePool, subnet_id: ResourceId) -> ResourceId:
    option, text = f"--nodepool {pool.name}: subnet", pool.subnet or ""
    if text.startswith("/"):
        return parse_id(text, option, SUBNET_TYPE)
    return subnet_id.parent.child("subnets", parse_plain_name(text, option))


def parse_places(arguments: ValidateArguments, *, subscription: str) -> tuple[ResourceId, ResourceId | None]:
    """The subnet, in `subscription` unless its id says another, and the cluster that may be there already."""
    subnet_id = parse_subnet_id(
        vnet_subnet_id=arguments.vnet_subnet_id,
        group=arguments.resource_group_name,
        vnet_name=arguments.vnet_name,
        subnet_name=arguments.subnet_name,
        subscription=subscription,
    )
    if arguments.cluster_name is None:
        return subnet_id, None
    return subnet_id, parse_name_or_id(
        arguments.cluster_name,
        "--cluster-name",
        CLUSTER_TYPE,
        subscription=subnet_id.subscription_id,
        group=arguments.resource_group_name or subnet_id.resource_group,
    )
