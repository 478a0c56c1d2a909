"""Reads the state around a subnet into one Snapshot: three rounds, each in parallel. Does network IO.

Round 1 needs nothing but the ids given, round 2 what round 1 named (route table, security group, principal), round 3
the role definitions that the assignments of round 2 name. A fact is one line in its round and one in the Snapshot.
For a cluster that runs, a round before them reads the cluster, whose subnet and identity they then are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from ..core.azure.access import CallerAccess, ManagedIdentity
from ..core.azure.managed_clusters import ManagedCluster, RunningCluster
from ..core.azure.networks import Subnet, VirtualNetwork
from ..core.azure.resource_id import ResourceId, text_of
from ..core.azure.restrictions import Lock
from ..core.azure.snapshot import Snapshot
from ..core.azure.unreadable import Unreadable
from ..core.clusters.subnet_use import usage_of
from .client import ArmClient
from .errors import JsonObject
from .gather_further import FurtherReads
from .gather_rights import IdentityRights
from .gather_running import MachineReads, RunningReads, read_cluster, subnet_of_managed_network
from .parse.access import parse_identity, parse_lock
from .parse.networks import (
    parse_network_security_group,
    parse_private_dns_zone,
    parse_route_table,
    parse_subnet,
    parse_usage,
    parse_virtual_network,
)
from .reads import LOCKS, Reads
from .rounds import Round, only

if TYPE_CHECKING:
    from ..core.changes.prepare import PrepareRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherRequest:
    """What to read: the subnet, and what else is named.

    `for_rules` adds what only rules need. `for_preparation` adds what only that preparation needs: its own identity in
    the place of `identity_id` (a cluster that runs keeps its own), its route table, its role, its group, and the
    caller's rights on all it would write.
    `region_of_group_id` is the resource group whose region a cluster gets by default. `running_id` is a cluster that
    runs: its machines, subnets and tables are read, and each id that is not given is its own.
    `further_subnet_ids` are those of pools that have a subnet of their own. `all_tables` asks for every route table of
    the running cluster's subscription, even where it has not lost its own.
    """

    subnet_id: ResourceId | None = None
    running_id: ResourceId | None = None
    further_subnet_ids: tuple[ResourceId, ...] = ()
    identity_id: ResourceId | None = None
    kubelet_identity_id: ResourceId | None = None
    private_dns_zone_id: ResourceId | None = None
    api_server_subnet_id: ResourceId | None = None
    region_of_group_id: str | None = None
    for_preparation: PrepareRequest | None = None
    for_rules: bool = True
    all_tables: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The Snapshot, and the documents it was read from, for writes that must carry back all that was there.

    `subnet_id` is the subnet that was looked at; None where only the running cluster was, because it is not to be read
    or has no subnet that could be seen. `absent_subnet_ids` are those of further pools that are not there.
    """

    snapshot: Snapshot
    subnet_id: ResourceId | None = None
    documents: Mapping[ResourceId, JsonObject] = field(default_factory=dict)
    absent_subnet_ids: tuple[ResourceId, ...] = ()


def gather(client: ArmClient, request: GatherRequest) -> Gathered:
    """Read everything around `request.subnet_id`, or around the cluster that runs.

    What is not there is None and what may not be read Unreadable; raises ArmUnreachableError where Azure gives no
    answer.
    """
    if request.running_id is not None:
        return _gather_running(client, request, request.running_id)
    reads = Reads(client)
    if request.subnet_id is None:
        return Gathered(snapshot=Snapshot(), documents=reads.documents)
    named = _Named(reads, request, request.subnet_id, None)
    return _gathered(reads, named, _Attached(reads, request, named, None, named.identity.value), None)


def _gather_running(
    client: ArmClient, request: GatherRequest, cluster_id: ResourceId, *, is_first: bool = True
) -> Gathered:
    """The cluster and all around it; where one of its pools went while it was read, once more."""
    reads = Reads(client)
    cluster = read_cluster(reads, cluster_id)
    if not isinstance(cluster, ManagedCluster):
        return Gathered(snapshot=Snapshot(running_cluster=cluster), documents=reads.documents)
    machines = MachineReads(reads, cluster, may_be_gone=is_first)
    gathered = _around(reads, request, cluster, machines)
    return _gather_running(client, request, cluster_id, is_first=False) if machines.lack_a_pool else gathered


def _around(reads: Reads, request: GatherRequest, cluster: ManagedCluster, machines: MachineReads) -> Gathered:
    """Around the subnet that is named, the first pool's, or that of the network which AKS made."""
    subnet_id = request.subnet_id or next(_pool_subnets(cluster), None)
    is_managed = subnet_id is None  # on its own network the identity's rights are AKS's affair
    found = subnet_id or subnet_of_managed_network(reads, cluster, machines)
    if not isinstance(found, ResourceId):
        return Gathered(snapshot=_without_network(cluster, machines, found), documents=reads.documents)
    identity_id = request.identity_id or next(iter(cluster.user_assigned_ids), None)
    request = replace(
        request,
        identity_id=None if is_managed else identity_id,
        private_dns_zone_id=request.private_dns_zone_id or cluster.private_dns_zone_id,
        api_server_subnet_id=request.api_server_subnet_id or cluster.api_server_subnet_id,
    )
    running = RunningReads(reads, cluster, machines, found, all_tables=request.all_tables)
    named = _Named(reads, request, found, running)
    principal = None if is_managed else _principal(cluster, named)
    return _gathered(reads, named, _Attached(reads, request, named, running, principal), running)


def _gathered(reads: Reads, named: _Named, attached: _Attached, running: RunningReads | None) -> Gathered:
    """The last round, and all that was read."""
    with Round() as ask:
        attached.rights.ask_roles(ask)
        if running is not None:
            running.ask_other_tables(ask, named.subnet, attached.table.value)
    snapshot = _snapshot(named, attached, running)
    return Gathered(
        snapshot=snapshot,
        subnet_id=named.subnet_id,
        documents=reads.documents,
        absent_subnet_ids=named.further.absent,
    )


def _without_network(cluster: ManagedCluster, machines: MachineReads, hidden: Unreadable | None) -> Snapshot:
    """A cluster whose own network is not there, or, with all that lies on it, not to be read."""
    running = RunningCluster(cluster=cluster, machines=machines.found, subnets=() if hidden is None else (hidden,))
    return Snapshot(
        running_cluster=running,
        virtual_network=hidden,
        subnet=hidden,
        route_table=hidden,
        locks=hidden,
        policy_states=hidden,
        managed_clusters=(cluster,),
    )


def _pool_subnets(cluster: ManagedCluster) -> Iterator[ResourceId]:
    return (pool.subnet_id for pool in cluster.agent_pools if pool.subnet_id is not None)


def _principal(cluster: ManagedCluster, named: _Named) -> ManagedIdentity | Unreadable | None:
    """Who the cluster is: the identity that was read, else the system-assigned one of a cluster that runs."""
    return cluster.system_identity if named.identity.value is None else named.identity.value


class _Named:
    """Round 1: what the request names, and the lists that need no more."""

    def __init__(
        self, reads: Reads, request: GatherRequest, subnet_id: ResourceId, running: RunningReads | None
    ) -> None:
        preparation = request.for_preparation
        self.subnet_id, network_id = subnet_id, subnet_id.parent
        makes_no_table = preparation is None or (running is None and preparation.without_route_table)
        self.candidate_table_id = None if preparation is None or makes_no_table else preparation.route_table_id
        planned = None if preparation is None or running is not None else preparation.identity_id
        identity_id = planned or request.identity_id
        group_id = None if preparation is None else preparation.cluster_id.resource_group_id
        role_name = None if preparation is None else preparation.custom_role_name
        zone_id, api_server_subnet_id = request.private_dns_zone_id, request.api_server_subnet_id
        self.is_private_preparation = preparation is not None and preparation.private_cluster
        subscription = f"/subscriptions/{network_id.subscription_id}"
        with Round() as ask:
            for_rules = only(ask, when=request.for_rules)
            # what the user names may be absent; what the cluster that runs is in is not
            given = request.subnet_id is not None
            self._subnet = ask(reads.resource(self.subnet_id, parse_subnet, may_be_absent=given))
            self._network = ask(reads.resource(network_id, parse_virtual_network, may_be_absent=given))
            self.identity = ask(reads.resource(identity_id, parse_identity, may_be_absent=True))
            self.candidate_table = ask(reads.resource(self.candidate_table_id, parse_route_table, may_be_absent=True))
            for_preparation = only(ask, when=preparation is not None)
            for_private_preparation = only(ask, when=self.is_private_preparation)
            self.private_dns_zone = ask(reads.resource(zone_id, parse_private_dns_zone, may_be_absent=True))
            self.api_server_subnet = ask(reads.resource(api_server_subnet_id, parse_subnet, may_be_absent=True))
            self.caller_on_network = for_private_preparation(reads.caller(network_id))
            self.caller_on_private_dns_zone = for_preparation(reads.caller(zone_id))
            self.caller_on_api_server_subnet = for_preparation(reads.caller(api_server_subnet_id))
            self.caller_on_kubelet_identity = for_rules(reads.caller(request.kubelet_identity_id))
            self.group_location = ask(reads.location(group_id or request.region_of_group_id))
            self.custom_roles = ask(reads.roles_named(role_name, subscription))
            self.clusters = ask(reads.clusters_by_graph())
            self.usages = for_rules(reads.list(f"{network_id}/usages", parse_usage))
            self.subscription_locks = for_rules(reads.list(f"{subscription}{LOCKS}", parse_lock))
            self.subnet_locks = for_rules(reads.locks_covering(self.subnet_id.text))
            self.policy_states = for_rules(reads.policy_states(network_id.text))
            self.gateways = tuple(for_rules(each) for each in reads.gateways(network_id.resource_group_id))
            self.caller_on_subnet = ask(reads.caller(self.subnet_id))
            self._caller_on_identity = ask(reads.caller(identity_id, may_be_absent=True))
            self.caller_on_group = ask(reads.caller(group_id, may_be_absent=True))
            self.caller_on_subscription = ask(reads.caller(subscription if role_name else None))
            self.further = FurtherReads(reads, request.further_subnet_ids)
            self.further.ask_subnets(ask)
            if running is not None:
                running.ask_machines_and_subnets(ask)

    @property
    def subnet(self) -> Subnet | Unreadable | None:
        """The subnet by itself, or out of its virtual network where it alone may not be read."""
        subnet, network = self._subnet.value, self._network.value
        if isinstance(subnet, Unreadable) and isinstance(network, VirtualNetwork):
            return next((each for each in network.subnets if each.id == self.subnet_id), subnet)
        return subnet

    @property
    def network(self) -> VirtualNetwork | Unreadable | None:
        """The virtual network; one whose subnet is there is there."""
        return _there_with(self._subnet.value, self._network.value, f"virtual network '{self.subnet_id.parent.name}'")

    @property
    def caller_on_identity(self) -> CallerAccess | Unreadable | None:
        """What the caller may do with the identity; None where that is still to be made."""
        return _there_with(self.identity.value, self._caller_on_identity.value, "your permissions on the identity")

    @property
    def locks(self) -> tuple[Lock, ...] | Unreadable | None:
        """Those of the whole subscription; where they may not be read, the subnet's own and inherited ones."""
        whole = self.subscription_locks.value
        return self.subnet_locks.value if isinstance(whole, Unreadable) else whole


def _there_with(whole: object, part: T | Unreadable | None, what: str) -> T | Unreadable | None:
    """`part`; where it is not there although what belongs to it is, Azure has not answered."""
    if part is None and whole is not None and not isinstance(whole, Unreadable):
        return Unreadable(reason=f"Azure says that {what} does not exist, although it has to.")
    return part


@dataclass(frozen=True, slots=True, kw_only=True)
class _TableToUse:
    """The route table that the subnet has, or is to have."""

    id: ResourceId
    is_there: bool

    @property
    def place(self) -> str:
        """Where its locks and assignments can be read; a table that is to be made inherits those of its group."""
        return self.id.text if self.is_there else self.id.resource_group_id


class _Attached:
    """Round 2: what the answers of round 1 name, and what the cluster's identity may do on it."""

    def __init__(
        self,
        reads: Reads,
        request: GatherRequest,
        named: _Named,
        running: RunningReads | None,
        principal: ManagedIdentity | Unreadable | None,
    ) -> None:
        subnet_id, table = named.subnet_id, _table_to_use(named)
        subnet = named.subnet if isinstance(named.subnet, Subnet) else None
        table_id, table_place = (None, None) if table is None else (table.id.text, table.place)
        own_table_id = None if subnet is None else subnet.route_table_id
        group_id = None if subnet is None else subnet.network_security_group_id
        gateway_id = None if subnet is None else subnet.nat_gateway_id
        with Round() as ask:
            for_rules = only(ask, when=request.for_rules)
            for_preparation = only(ask, when=request.for_preparation is not None)
            if_locks_hidden = only(ask, when=isinstance(named.subscription_locks.value, Unreadable))
            if_graph_refused = only(ask, when=_is_refused(named.clusters.value))
            self.table = ask(reads.resource(own_table_id, parse_route_table))
            self.security_group = for_rules(reads.resource(group_id, parse_network_security_group))
            self.table_locks = if_locks_hidden(reads.locks_covering(table_place))
            node_group = None if running is None else running.node_group_id
            self.node_group_locks = if_locks_hidden(reads.locks_covering(node_group))
            of_running = () if running is None else running.other_subnet_ids
            further = (each for each in (*request.further_subnet_ids, *of_running) if each != subnet_id)
            self.further_locks = tuple(
                if_locks_hidden(reads.locks_covering(each.text)) for each in dict.fromkeys(further)
            )
            self.clusters = if_graph_refused(reads.clusters_of(subnet_id.subscription_id))
            self.caller_on_table = ask(reads.caller(table.id if table and table.is_there else None))
            self.caller_on_security_group = for_preparation(reads.caller(group_id))
            self.caller_on_nat_gateway = for_preparation(reads.caller(gateway_id))
            self.rights = rights = IdentityRights(reads, principal)
            self.on_subnet = rights.ask_on(ask, subnet_id.text)
            self.on_table = rights.ask_on(ask, table_id, inherited_from=table_place)
            self.on_security_group = rights.ask_on(for_rules, text_of(group_id))
            self.on_nat_gateway = rights.ask_on(for_rules, text_of(gateway_id))
            for_rules_or_private = only(ask, when=request.for_rules or named.is_private_preparation)
            self.on_network = rights.ask_on(for_rules_or_private, subnet_id.parent.text)
            self.on_private_dns_zone = rights.ask_on(ask, text_of(request.private_dns_zone_id))
            self.on_api_server_subnet = rights.ask_on(ask, text_of(request.api_server_subnet_id))
            self.on_kubelet_identity = rights.ask_on(for_rules, text_of(request.kubelet_identity_id))
            if running is not None:
                running.ask_tables(ask, named.subnet, named.network)
            own = () if running is None else running.subnets
            named.further.ask_attached(for_rules, rights, main=named.subnet, network=named.network, own=own)


def _table_to_use(named: _Named) -> _TableToUse | None:
    subnet, candidate = named.subnet, named.candidate_table.value
    if not isinstance(subnet, Subnet):
        return None
    if subnet.route_table_id is not None:
        return _TableToUse(id=subnet.route_table_id, is_there=True)
    if named.candidate_table_id is None or isinstance(candidate, Unreadable):
        return None
    return _TableToUse(id=named.candidate_table_id, is_there=candidate is not None)


def _snapshot(named: _Named, attached: _Attached, running: RunningReads | None) -> Snapshot:
    rights, clusters = attached.rights, named.clusters.value
    found = None if running is None else running.found(named.subnet, attached.table.value)
    return Snapshot(
        virtual_network=named.network,
        subnet=named.subnet,
        route_table=attached.table.value,
        candidate_route_table=named.candidate_table.value,
        network_security_group=attached.security_group.value,
        subnet_usage=usage_of(named.subnet_id, named.usages.value),
        subnet_usages=named.usages.value,
        locks=named.locks,
        route_table_locks=attached.table_locks.value,
        further_subnet_locks=_joined(each.value for each in attached.further_locks),
        node_group_locks=attached.node_group_locks.value,
        policy_states=_joined([named.policy_states.value, *(() if running is None else running.policy_states)]),
        gateways=_joined(each.value for each in named.gateways),
        managed_clusters=_with_itself(attached.clusters.value if _is_refused(clusters) else clusters, found),
        running_cluster=found,
        further_subnets=named.further.subnets(named.network),
        further_security_groups=named.further.security_groups,
        further_subnet_access=named.further.access,
        identity=named.identity.value,
        subnet_access=rights.access(attached.on_subnet),
        route_table_access=rights.access(attached.on_table),
        network_security_group_access=rights.access(attached.on_security_group),
        nat_gateway_access=rights.access(attached.on_nat_gateway),
        virtual_network_access=rights.access(attached.on_network),
        kubelet_identity_access=rights.access(attached.on_kubelet_identity),
        private_dns_zone=named.private_dns_zone.value,
        private_dns_zone_access=rights.access(attached.on_private_dns_zone),
        api_server_subnet=named.api_server_subnet.value,
        api_server_subnet_access=rights.access(attached.on_api_server_subnet),
        caller_on_subnet=named.caller_on_subnet.value,
        caller_on_route_table=attached.caller_on_table.value,
        caller_on_identity=named.caller_on_identity,
        caller_on_network_security_group=attached.caller_on_security_group.value,
        caller_on_nat_gateway=attached.caller_on_nat_gateway.value,
        caller_on_virtual_network=named.caller_on_network.value,
        caller_on_private_dns_zone=named.caller_on_private_dns_zone.value,
        caller_on_api_server_subnet=named.caller_on_api_server_subnet.value,
        caller_on_kubelet_identity=named.caller_on_kubelet_identity.value,
        caller_on_group=named.caller_on_group.value,
        caller_on_subscription=named.caller_on_subscription.value,
        group_location=named.group_location.value,
        custom_role=_first(named.custom_roles.value),
    )


def _with_itself(
    clusters: tuple[ManagedCluster, ...] | Unreadable | None, running: RunningCluster | None
) -> tuple[ManagedCluster, ...] | Unreadable | None:
    """The clusters with the running one as it was read just now: Resource Graph is late."""
    if running is None or not isinstance(clusters, tuple):
        return clusters
    return (running.cluster, *(each for each in clusters if each.id != running.cluster.id))


def _is_refused(clusters: tuple[ManagedCluster, ...] | Unreadable | None) -> bool:
    """Whether Resource Graph may not be asked; where it gave no answer, clusters of other subscriptions may lack."""
    return isinstance(clusters, Unreadable) and not clusters.is_no_answer


def _joined(lists: Iterable[tuple[T, ...] | Unreadable | None]) -> tuple[T, ...] | Unreadable | None:
    """All of them, or why one of them may lack; None where none was asked for."""
    found = [each for each in lists if each is not None]
    hidden = next((each for each in found if isinstance(each, Unreadable)), None)
    if hidden is not None or not found:
        return hidden
    return tuple(element for each in found if isinstance(each, tuple) for element in each)


def _first(found: tuple[T, ...] | Unreadable | None) -> T | Unreadable | None:
    return next(iter(found), None) if isinstance(found, tuple) else found
