"""What `prepare` has to write so that a kubenet cluster with its own route table works: Snapshot to Changes. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import TypeVar

from ..azure.access import ManagedIdentity
from ..azure.managed_clusters import ManagedCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..azure.resource_types import IDENTITY_TYPE, ROUTE_TABLE_TYPE, ROUTE_TYPE, SUBNET_TYPE
from ..azure.route_tables import RouteTable
from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from .change import (
    Action,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRoute,
    CreateRouteTable,
    MissingResourceError,
    Phase,
    RefusedError,
    assignment_id,
    least_privilege_role_name,
)
from .kept import FAILED, kept_change, part_marks
from .marks import Tag, is_made_for, made_for_tag, part_tag
from .refuse_running import question, refuse_running_clusters
from .role_grants import HeldRole, PrivateCluster, RoleChoice, held_roles, role_changes, wanted_grants

T = TypeVar("T")

DEFAULT_ROUTE_NAME = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareRequest:
    """What somebody asks of prepare. `*_given` tells a named resource, which must be there, from one to be made.

    `wanted` is the cluster that will be made, or the pools that will be added; None where nobody described it.
    """

    cluster_id: ResourceId
    subnet_id: ResourceId
    identity_id: ResourceId
    identity_given: bool
    route_table_id: ResourceId
    route_table_given: bool
    location: str | None = None
    without_route_table: bool = False
    role: RoleChoice = RoleChoice.NETWORK_CONTRIBUTOR
    default_route_next_hop: IPv4Address | None = None
    tags: tuple[tuple[str, str], ...] = ()
    private_cluster: bool = False
    private_dns_zone_id: ResourceId | None = None
    public_dns_only: bool = False
    api_server_subnet_id: ResourceId | None = None
    wanted: ClusterRequest | None = None

    @property
    def custom_role_name(self) -> str | None:
        """The role to look for by name; None where the built-in one is given."""
        if self.role is not RoleChoice.LEAST_PRIVILEGE:
            return None
        return least_privilege_role_name(self.cluster_id.subscription_id)

    @property
    def further_subnet_ids(self) -> tuple[ResourceId, ...]:
        """The subnets of the described pools that are not in the prepared one."""
        pools = () if self.wanted is None else self.wanted.node_pools
        named = (ResourceId(pool.subnet) for pool in pools if pool.subnet is not None)
        return tuple(dict.fromkeys(each for each in named if each != self.subnet_id))

    @property
    def private(self) -> PrivateCluster:
        """What the cluster needs where its API server is private."""
        return PrivateCluster(
            private_dns_zone_id=self.private_dns_zone_id,
            uses_zone_of_aks=self.private_cluster and not self.public_dns_only,
            api_server_subnet_id=self.api_server_subnet_id,
        )

    def tags_of(self, made: ResourceId) -> tuple[Tag, ...]:
        """The given tags and the mark of prepare, for a resource that it makes."""
        return (*self.tags, made_for_tag(self.cluster_id, made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The decision: the Changes in their order, and what they lead to. `asks` holds what a
    person has to agree to, a line each.

    `identity_id` is the cluster's own where its identity is system-assigned. `runs` says that the cluster is there;
    `joins` is that cluster where the subnet is prepared for a further pool of it. `route_table_id` is None where AKS
    makes its own.
    """

    changes: tuple[Change, ...]
    subnet: Subnet
    location: str
    identity: ManagedIdentity | None
    identity_id: ResourceId
    route_table_id: ResourceId | None
    held: tuple[HeldRole, ...]
    asks: tuple[str, ...]
    runs: bool = False
    joins: ManagedCluster | None = None


def decide_prepare(request: PrepareRequest, snapshot: Snapshot) -> Intent:
    """The Changes that lead from `snapshot` to what `request` asks for; none where all is there.

    Raises RefusedError (MissingResourceError where a named resource is absent) before anything is written.
    """
    subnet = present(snapshot.subnet, f"Subnet '{request.subnet_id}'")
    location = request.location or location_of(snapshot)
    identity = named_identity(request, snapshot)
    refuse_absent(request, snapshot)
    table = _route_table(request, snapshot, subnet)
    table_id = request.route_table_id if table is None else table.id
    refuse_running_clusters(request.cluster_id, subnet, table, snapshot)
    intent = intent_of(
        request,
        snapshot,
        subnet,
        identity,
        location,
        table_id,
        (
            *_route_table_changes(request, table, table_id, location, subnet),
            association_change(subnet, table_id, request.subnet_id),
        ),
    )
    return replace(intent, asks=question(subnet, table, intent.changes, snapshot))


def intent_of(
    request: PrepareRequest,
    snapshot: Snapshot,
    subnet: Subnet,
    identity: ManagedIdentity | None,
    location: str,
    table_id: ResourceId | None,
    of_table: tuple[Change, ...],
) -> Intent:
    """Identity and roles for the subnet and the table, with what is done to the table; None where AKS makes it."""
    grants = wanted_grants(
        role=request.role,
        cluster_id=request.cluster_id,
        subnet=subnet,
        route_table_id=table_id,
        private=request.private,
        identity=identity,
        snapshot=snapshot,
    )
    changes = (identity_change(request, identity, location), *of_table, *role_changes(grants))
    return Intent(
        changes=tuple(sorted(changes, key=lambda change: change.phase)),
        subnet=subnet,
        location=location,
        identity=identity,
        identity_id=request.identity_id,
        route_table_id=table_id,
        held=held_roles(grants),
        asks=(),
    )


def named_identity(request: PrepareRequest, snapshot: Snapshot) -> ManagedIdentity | None:
    """The cluster's identity; None where it is to be made."""
    identity = known(snapshot.identity, f"Identity '{request.identity_id}'")
    if identity is None and request.identity_given:
        raise MissingResourceError(
            f"Identity '{request.identity_id}' was not found.",
            "See 'az identity list', or omit --identity to have one created.",
        )
    return identity


def known(fact: T | Unreadable, what: str) -> T:
    """The fact; RefusedError where it could not be read."""
    if isinstance(fact, Unreadable):
        raise RefusedError(f"{what}: {fact.reason}", fact.remedy)
    return fact


def present(fact: T | Unreadable | None, what: str) -> T:
    """The fact; RefusedError where it could not be read or is not there."""
    found = known(fact, what)
    if found is None:
        raise MissingResourceError(f"{what} was not found.", "Check the names, or create it with 'az network vnet'.")
    return found


def refuse_absent(request: PrepareRequest, snapshot: Snapshot) -> None:
    """What a private cluster names and Azure does not have; one that may not be read may be there."""
    named = (
        (
            request.private_dns_zone_id,
            snapshot.private_dns_zone,
            "Private DNS zone",
            "az network private-dns zone list",
        ),
        (request.api_server_subnet_id, snapshot.api_server_subnet, "Subnet", "az network vnet subnet list"),
    )
    for resource_id, found, kind, where in named:
        if resource_id is not None and found is None:
            raise MissingResourceError(f"{kind} '{resource_id}' was not found.", f"See '{where}'.")


def location_of(snapshot: Snapshot) -> str:
    """The virtual network's region."""
    network = snapshot.virtual_network
    if isinstance(network, VirtualNetwork) and network.location:
        return network.location
    why = f": {network.reason}" if isinstance(network, Unreadable) else "."
    raise RefusedError(f"The virtual network's region could not be read{why}", "Name it with --location.")


def _route_table(request: PrepareRequest, snapshot: Snapshot, subnet: Subnet) -> RouteTable | None:
    """The table to use: the subnet's own, else the one named or made earlier, else None (to be made)."""
    if subnet.route_table_id is not None:
        if request.route_table_given and subnet.route_table_id != request.route_table_id:
            raise RefusedError(
                f"Subnet '{subnet.name}' already carries route table '{subnet.route_table_id}', not "
                f"'{request.route_table_id}'. A route table that is in place is never replaced.",
                "Omit --route-table to use the one that is there, or take it off the subnet yourself.",
            )
        return present(snapshot.route_table, f"Route table '{subnet.route_table_id}'")
    candidate = known(snapshot.candidate_route_table, f"Route table '{request.route_table_id}'")
    if candidate is None and request.route_table_given:
        raise MissingResourceError(
            f"Route table '{request.route_table_id}' was not found.",
            "See 'az network route-table list', or omit --route-table to have one created.",
        )
    return candidate


def identity_change(request: PrepareRequest, identity: ManagedIdentity | None, location: str) -> Change:
    """The identity that is there, or its making."""
    if identity is not None:
        return _kept_identity(request, identity)
    return Change(
        action=Action.CREATE,
        resource_type=IDENTITY_TYPE,
        resource_id=str(request.identity_id),
        reason="a cluster with its own route table needs a user-assigned identity",
        write=CreateIdentity(id=request.identity_id, location=location, tags=request.tags_of(request.identity_id)),
    )


def _kept_identity(request: PrepareRequest, identity: ManagedIdentity) -> Change:
    """What is there stays as it is; only what an earlier prepare made gets the tags that it still lacks."""
    is_own = is_made_for(identity.tags, request.cluster_id, identity.id)
    return kept_change(identity, request.tags if is_own else (), "given" if request.identity_given else "already there")


def _route_table_changes(
    request: PrepareRequest, table: RouteTable | None, table_id: ResourceId, location: str, subnet: Subnet
) -> Iterator[Change]:
    next_hop = request.default_route_next_hop
    if table is None:
        parts = (request.subnet_id, *(() if next_hop is None else (table_id.child("routes", DEFAULT_ROUTE_NAME),)))
        marks = tuple(part_tag(request.cluster_id, table_id, part) for part in parts)
        yield Change(
            action=Action.CREATE,
            resource_type=ROUTE_TABLE_TYPE,
            resource_id=str(table_id),
            reason="nodes find each other's pods by its routes",
            write=CreateRouteTable(
                id=table_id,
                location=location,
                tags=(*request.tags_of(table_id), *marks),
                default_route_next_hop=next_hop,
            ),
        )
        return
    route = None if next_hop is None else _default_route_change(table, next_hop)
    parts = () if subnet.route_table_id == table_id else (request.subnet_id,)
    if route is not None and isinstance(route.write, CreateRoute):
        parts = (*parts, table_id.child("routes", route.write.name))
    yield _kept_table(request, table, parts)
    if route is not None:
        yield route


def _kept_table(request: PrepareRequest, table: RouteTable, parts: tuple[ResourceId, ...]) -> Change:
    """The table that is there; one that prepare made gets the marks of what is now added to it, before that is."""
    tags = part_marks(request.cluster_id, table, parts)
    if is_made_for(table.tags, request.cluster_id, table.id):
        tags = (*request.tags, *tags)
    return kept_change(table, tags, "given" if request.route_table_given else "already there")


def _default_route_change(table: RouteTable, next_hop: IPv4Address) -> Change:
    present = table.default_route
    if present is None:
        taken = {route.name.lower() for route in table.routes}
        names = (DEFAULT_ROUTE_NAME, *(f"aks-kubenet-default-{number}" for number in range(1, len(taken) + 1)))
        name = next(each for each in names if each not in taken)
        return Change(
            action=Action.CREATE,
            resource_type=ROUTE_TYPE,
            resource_id=str(table.id.child("routes", name)),
            reason=f"0.0.0.0/0 to the appliance {next_hop}",
            write=CreateRoute(route_table_id=table.id, name=name, next_hop=next_hop),
        )
    if present.next_hop_type.lower() != "virtualappliance" or present.next_hop_ip != next_hop:
        target = present.next_hop_ip or present.next_hop_type
        raise RefusedError(
            f"Route table '{table.id.name}' already has a default route to {target} ('{present.name}'), not to "
            f"{next_hop}. A route that is in place is never replaced.",
            "Omit --default-route-next-hop to keep it, or change that route yourself.",
        )
    return Change(
        action=Action.NONE,
        resource_type=ROUTE_TYPE,
        resource_id=str(table.id.child("routes", present.name)),
        reason="already there",
    )


def association_change(subnet: Subnet, table_id: ResourceId, subnet_id: ResourceId) -> Change:
    """The subnet with that table on it; it is written again where its last operation failed."""
    associated = subnet.route_table_id == table_id
    if associated and subnet.provisioning_state != FAILED:
        return Change(
            action=Action.NONE,
            resource_type=SUBNET_TYPE,
            resource_id=str(subnet_id),
            reason=f"already uses route table '{table_id.name}'",
        )
    return Change(
        action=Action.UPDATE,
        resource_type=SUBNET_TYPE,
        resource_id=str(subnet_id),
        reason="its last operation failed" if associated else f"use route table '{table_id.name}'",
        write=AssociateRouteTable(subnet_id=subnet_id, route_table_id=table_id),
        phase=Phase.LINKS,
    )


def with_principal(change: Change, principal_id: str) -> Change:
    """The same Change for an identity that has just been made: now the assignment's id is known."""
    write = change.write
    if not isinstance(write, AssignRole) or write.principal_id is not None:
        return change
    known = assignment_id(write.scope, principal_id, write.role_definition_id)
    return replace(change, resource_id=known, write=replace(write, principal_id=principal_id))
