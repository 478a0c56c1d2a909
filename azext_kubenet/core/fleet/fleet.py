"""What was read of all clusters: themselves, their networks and tables, and what could not be seen. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..azure.managed_clusters import ManagedCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.route_tables import RouteTable
from ..azure.unreadable import Unreadable
from ..clusters.existing import KUBENET

OVERLAY = "overlay"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetScope:
    """Where to look: these subscriptions, these management groups, or, without either, everywhere.

    `proves_none` asks, where no cluster is on kubenet, for the proof: that none could be there without being seen.
    """

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    with_migrated: bool = False
    proves_none: bool = False

    @property
    def words(self) -> str:
        """Where, in the same words for the same places."""
        places = sorted(self.subscriptions or self.management_groups)
        return " ".join(places) or "everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The clusters of any network model, and the networks and tables of those that are judged.

    What a cluster names and did not come is not in `networks` and `tables`. `subscriptions` are all that the account
    has within the scope; `unread` those of them of which nothing can be seen. `faults` say, a sentence each, what else
    may be missing.
    """

    clusters: tuple[ManagedCluster, ...]
    networks: Mapping[ResourceId, VirtualNetwork] = field(default_factory=dict)
    tables: Mapping[ResourceId, RouteTable] = field(default_factory=dict)
    subscriptions: tuple[Subscription, ...] = ()
    unread: tuple[Subscription, ...] = ()
    faults: tuple[str, ...] = ()
    as_of: str = ""


def is_judged(cluster: ManagedCluster, *, with_migrated: bool) -> bool:
    """Whether an audit is about the cluster: on kubenet, or one that may have left something behind."""
    return cluster.network_plugin == KUBENET or (with_migrated and cluster.network_plugin_mode == OVERLAY)


def judged(clusters: Iterable[ManagedCluster], *, with_migrated: bool) -> tuple[ManagedCluster, ...]:
    """The clusters that an audit is about, in the order of their ids."""
    found = (each for each in clusters if is_judged(each, with_migrated=with_migrated))
    return tuple(sorted(found, key=lambda each: str(each.id).lower()))


def subnet_ids_of(cluster: ManagedCluster) -> tuple[ResourceId, ...]:
    """The subnets of the node pools, where somebody gave them."""
    return tuple(dict.fromkeys(pool.subnet_id for pool in cluster.agent_pools if pool.subnet_id is not None))


def network_ids_of(clusters: Iterable[ManagedCluster]) -> tuple[ResourceId, ...]:
    """The virtual networks of the node pools, each once, in the order of their ids."""
    found = {subnet_id.parent for each in clusters for subnet_id in subnet_ids_of(each)}
    return tuple(sorted(found, key=lambda each: str(each).lower()))


def table_ids_of(
    clusters: Iterable[ManagedCluster], networks: Mapping[ResourceId, VirtualNetwork]
) -> tuple[ResourceId, ...]:
    """The route tables on the subnets of the node pools, each once, in the order of their ids."""
    subnets = subnets_in(networks.values())
    found = {subnets[each].route_table_id for cluster in clusters for each in subnet_ids_of(cluster) if each in subnets}
    return tuple(sorted((each for each in found if each is not None), key=lambda each: str(each).lower()))


def subnets_in(networks: Iterable[VirtualNetwork]) -> dict[ResourceId, Subnet]:
    """Every subnet of the networks by its id."""
    return {subnet.id: subnet for network in networks for subnet in network.subnets if subnet.id is not None}


def did_not_come(resource_id: ResourceId, kind: str) -> Unreadable:
    """What a cluster or subnet names and Resource Graph did not send."""
    return Unreadable(
        reason=f"{kind} '{resource_id.name}' was not in Azure's answer: it is too new, deleted, or you may not "
        "read it.",
        permission=f"{resource_id.resource_type}/read",
        resource_id=str(resource_id),
    )
