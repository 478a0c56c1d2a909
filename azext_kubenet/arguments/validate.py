"""What `validate-subnet` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core.azure.model import IdentityKind
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import CLUSTER_TYPE, IDENTITY_TYPE
from ..core.clusters.request import ClusterRequest
from .cluster import ClusterArguments, parse_cluster
from .values import parse_id, parse_name_or_id, parse_security_group_ids, parse_subnet_id


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
