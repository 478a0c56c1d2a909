"""Reads all clusters that one sees, with their networks and route tables. Does network IO.

Resource Graph does the work: round 1 the clusters and the subscriptions, round 2 the networks that they name, round 3
the tables on their subnets. Where it is refused, Resource Manager's lists of each subscription take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, Protocol, TypeVar

from ..core.azure.access import CallerAccess
from ..core.azure.amounts import amount
from ..core.azure.managed_clusters import ManagedCluster
from ..core.azure.networks import VirtualNetwork
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import CLUSTER_TYPE, ROUTE_TABLE_TYPE, VIRTUAL_NETWORK_TYPE
from ..core.azure.route_tables import RouteTable
from ..core.azure.unreadable import Unreadable
from ..core.changes.change import RefusedError
from ..core.clusters.hidden import sees_every_cluster
from ..core.fleet.coverage import shortened
from ..core.fleet.fleet import Fleet, FleetScope, Subscription, judged, network_ids_of, table_ids_of
from ..core.rights.permissions import READ_CLUSTERS_ACTION
from .client import RESOURCE_GRAPH, FleetClient
from .parse.clusters import parse_descendant, parse_managed_cluster, parse_subscription
from .parse.networks import parse_route_table, parse_virtual_network
from .reads import Reads
from .resource_graph import MOST_ROWS, ResourceGraph, Rows
from .rounds import Answer, Read, Round

SUBSCRIPTIONS: Final = "/subscriptions"
GROUPS: Final = "/providers/Microsoft.Management/managementGroups"
IDS_A_QUERY: Final = 100
LISTS_AT_ONCE: Final = 8
GRAPH_READ: Final = "Microsoft.ResourceGraph/resources/read"

CLUSTERS_QUERY: Final = (
    "Resources | where type =~ 'microsoft.containerservice/managedclusters' "
    "| project id, name, location, identity, properties = pack("
    "'networkProfile', properties.networkProfile, 'agentPoolProfiles', properties.agentPoolProfiles, "
    "'nodeResourceGroup', properties.nodeResourceGroup, 'identityProfile', properties.identityProfile, "
    "'apiServerAccessProfile', properties.apiServerAccessProfile, 'addonProfiles', properties.addonProfiles, "
    "'kubernetesVersion', properties.kubernetesVersion, "
    "'currentKubernetesVersion', properties.currentKubernetesVersion, "
    "'provisioningState', properties.provisioningState, 'powerState', properties.powerState)"
)
"""All of them: whoever shares a network or table with a kubenet cluster matters to it, whatever its network model."""

CONTAINERS_QUERY: Final = (
    "ResourceContainers | where type =~ 'microsoft.resources/subscriptions' | project id, name, subscriptionId"
)

T = TypeVar("T")


class _Identified(Protocol):
    @property
    def id(self) -> ResourceId | None:
        """The resource's own id."""
        ...


R = TypeVar("R", bound=_Identified)


def read_fleet(client: FleetClient, scope: FleetScope, *, as_of: str) -> Fleet:
    """Everything in the scope that can be read; raises RefusedError where no cluster can be asked for at all."""
    return _FleetReader(client, scope, as_of).read()


def _body_of(scope: FleetScope) -> Mapping[str, list[str]]:
    """The scope as Resource Graph's request has it; without one it looks everywhere."""
    if scope.management_groups:
        return {"managementGroups": list(scope.management_groups)}
    return {"subscriptions": list(scope.subscriptions)} if scope.subscriptions else {}


class _FleetReader:
    """One reading: what was found, and why more may be there."""

    def __init__(self, client: FleetClient, scope: FleetScope, as_of: str) -> None:
        self._reads = Reads(client)
        self._scope = scope
        self._as_of = as_of
        self._faults: dict[str, None] = {}
        self._graph = ResourceGraph(client, _body_of(scope))

    def read(self) -> Fleet:
        with Round() as ask:
            listed = ask(self._reads.list(SUBSCRIPTIONS, parse_subscription))
            groups = {
                name: ask(self._reads.list(f"{GROUPS}/{name}/descendants", parse_descendant))
                for name in self._scope.management_groups
            }
            containers = ask(self._query("subscriptions", CONTAINERS_QUERY, parse_subscription))
            clusters = ask(self._query("clusters", CLUSTERS_QUERY, parse_managed_cluster))
        visible = self._visible(listed, groups)
        found = clusters.value
        if isinstance(found, Unreadable) and found.permission is not None:
            return self._by_lists(visible)
        if not isinstance(found, Rows):
            raise RefusedError(f"Nothing is known about the clusters: {_why(found)}", _remedy(found))
        rows = self._taken("clusters", found)
        seen = {each.id.lower() for each in self._taken("subscriptions", containers.value)}
        judged_clusters = judged(rows, with_migrated=self._scope.with_migrated)
        networks = self._by_ids(VIRTUAL_NETWORK_TYPE, network_ids_of(judged_clusters), parse_virtual_network)
        tables = self._by_ids(ROUTE_TABLE_TYPE, table_ids_of(judged_clusters, networks), parse_route_table)
        unread = tuple(each for each in visible if each.id.lower() not in seen)
        if self._scope.proves_none and not judged(rows, with_migrated=False):
            self._note_hidden(tuple(each for each in visible if each not in unread))
        return self._fleet(visible, unread, rows, networks, tables)

    def _fleet(
        self,
        visible: tuple[Subscription, ...],
        unread: tuple[Subscription, ...],
        clusters: tuple[ManagedCluster, ...],
        networks: Mapping[ResourceId, VirtualNetwork],
        tables: Mapping[ResourceId, RouteTable],
    ) -> Fleet:
        return Fleet(
            clusters=clusters,
            networks=networks,
            tables=tables,
            subscriptions=visible,
            unread=unread,
            faults=tuple(self._faults),
            as_of=self._as_of,
        )

    def _visible(
        self,
        listed: Answer[tuple[Subscription, ...]],
        groups: Mapping[str, Answer[tuple[Subscription | None, ...]]],
    ) -> tuple[Subscription, ...]:
        """The subscriptions within the scope, in the order of their ids."""
        account = self._listed("your subscriptions", listed.value)
        by_id = {each.id.lower(): each for each in account}
        if groups:
            members = [self._listed(f"management group '{name}'", each.value) for name, each in groups.items()]
            by_id = {each.id.lower(): each for found in members for each in found if each is not None}
        elif self._scope.subscriptions:
            wanted = [each.lower() for each in self._scope.subscriptions]
            for unknown in (each for each in wanted if each not in by_id):
                self._faults[f"Subscription {unknown} is not among yours: see az account list."] = None
            by_id = {each: by_id[each] for each in wanted if each in by_id}
        return tuple(by_id[each] for each in sorted(by_id))

    def _listed(self, what: str, value: tuple[T, ...] | Unreadable | None) -> tuple[T, ...]:
        if isinstance(value, tuple):
            return value
        self._faults[f"Which subscriptions there are could not be read from {what}: {_why(value)}"] = None
        return ()

    def _query(self, what: str, query: str, convert: Callable[[object], T], *, most: int = MOST_ROWS) -> Read[Rows[T]]:
        return Read(
            call=lambda: self._graph.rows(what, query, convert, most=most), permission=GRAPH_READ, about=RESOURCE_GRAPH
        )

    def _taken(self, what: str, value: Rows[T] | Unreadable | None) -> tuple[T, ...]:
        """What was found; why it may not be all is noted."""
        if isinstance(value, Rows):
            self._faults.update(dict.fromkeys(value.faults))
            return value.found
        self._faults[f"Some {what} could not be read: {_why(value)}"] = None
        return ()

    def _by_ids(
        self, resource_type: str, ids: tuple[ResourceId, ...], convert: Callable[[object], R]
    ) -> dict[ResourceId, R]:
        """The resources with these ids, so many a query, all queries side by side."""
        what, start = _plural(resource_type), f"Resources | where type =~ '{resource_type.lower()}' | where id in~ "
        with Round() as ask:
            answers = [
                ask(
                    self._query(
                        what,
                        f"{start}({_texts(some)}) | project id, name, location, properties, tags",
                        convert,
                        most=len(some),
                    )
                )
                for some in _batches(ids)
            ]
        return _by_id(each for answer in answers for each in self._taken(what, answer.value))

    def _note_hidden(self, subscriptions: tuple[Subscription, ...]) -> None:
        """Whoever sees a subscription need not see its clusters: Resource Graph leaves out silently what one may not
        read. Only a proof is worth a request a subscription.
        """
        with Round(LISTS_AT_ONCE) as ask:
            callers = {each: ask(self._reads.caller(f"{SUBSCRIPTIONS}/{each.id}")) for each in subscriptions}
        hidden = sorted(each.id for each, caller in callers.items() if not sees_every_cluster(caller.value))
        if hidden:
            self._faults[
                f"Clusters of {amount(len(hidden), 'subscription')} may be hidden from you, as you may not read all of "
                f"them ({READ_CLUSTERS_ACTION}): {shortened(hidden)}."
            ] = None

    def _by_lists(self, visible: tuple[Subscription, ...]) -> Fleet:
        """The same from Resource Manager, a subscription at a time."""
        path_of = "/subscriptions/{}/providers/{}".format
        with Round(LISTS_AT_ONCE) as ask:
            lists = {
                each: (
                    ask(self._reads.list(path_of(each.id, CLUSTER_TYPE), parse_managed_cluster)),
                    ask(self._reads.caller(f"{SUBSCRIPTIONS}/{each.id}")),
                )
                for each in visible
            }
        unread = tuple(each for each, (found, caller) in lists.items() if not _is_read(found.value, caller.value))
        clusters: list[ManagedCluster] = []
        for each, (found, _) in lists.items():
            if isinstance(found.value, tuple):
                clusters += found.value
            elif each not in unread:
                self._faults[f"The clusters of subscription {each.id} could not be read: {_why(found.value)}"] = None
        judged_clusters = judged(clusters, with_migrated=self._scope.with_migrated)
        network_ids = network_ids_of(judged_clusters)
        networks = self._listed_by_id(VIRTUAL_NETWORK_TYPE, network_ids, parse_virtual_network)
        table_ids = table_ids_of(judged_clusters, networks)
        tables = self._listed_by_id(ROUTE_TABLE_TYPE, table_ids, parse_route_table)
        return self._fleet(visible, unread, tuple(clusters), networks, tables)

    def _listed_by_id(
        self, resource_type: str, ids: tuple[ResourceId, ...], convert: Callable[[object], R]
    ) -> dict[ResourceId, R]:
        """The resources with these ids, out of the lists of their subscriptions."""
        subscriptions = dict.fromkeys(each.subscription_id.lower() for each in ids)
        with Round(LISTS_AT_ONCE) as ask:
            answers = [
                ask(self._reads.list(f"{SUBSCRIPTIONS}/{each}/providers/{resource_type}", convert))
                for each in subscriptions
            ]
        wanted, found = (
            set(ids),
            _by_id(each for answer in answers if isinstance(answer.value, tuple) for each in answer.value),
        )
        return {key: value for key, value in found.items() if key in wanted}


def _is_read(
    clusters: tuple[ManagedCluster, ...] | Unreadable | None, caller: CallerAccess | Unreadable | None
) -> bool:
    """Whether a list of clusters is the whole subscription's: what one may not read is missing without a word."""
    if isinstance(clusters, Unreadable) and clusters.permission is not None:
        return False
    return sees_every_cluster(caller)


def _by_id(resources: Iterable[R]) -> dict[ResourceId, R]:
    return {each.id: each for each in resources if each.id is not None}


def _batches(ids: tuple[ResourceId, ...]) -> list[tuple[ResourceId, ...]]:
    rest = iter(ids)
    return list(iter(lambda: tuple(islice(rest, IDS_A_QUERY)), ()))


def _texts(ids: Iterable[ResourceId]) -> str:
    """The ids as literals of Kusto's language, in which a backslash and a quote are escaped.

    Source: https://learn.microsoft.com/kusto/query/scalar-data-types/string
    """
    return ", ".join("'" + str(each).replace("\\", "\\\\").replace("'", "\\'") + "'" for each in ids)


def _plural(resource_type: str) -> str:
    return {VIRTUAL_NETWORK_TYPE: "virtual networks", ROUTE_TABLE_TYPE: "route tables"}[resource_type]


def _why(value: object) -> str:
    return value.reason if isinstance(value, Unreadable) else "Azure says that it is not there."


def _remedy(value: object) -> str:
    return value.remedy if isinstance(value, Unreadable) else "Run the command again."
