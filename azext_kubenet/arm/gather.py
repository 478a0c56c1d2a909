"""Reads the state around a subnet into one Snapshot: three rounds, each in parallel. Does network IO.

Round 1 needs nothing but the ids given, round 2 what round 1 named (route table, security group, principal), round 3
the role definitions that the assignments of round 2 name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from ..core.model import (
    CallerAccess,
    ManagedCluster,
    ManagedIdentity,
    Permission,
    PolicyState,
    RoleAssignment,
    RouteTable,
    Snapshot,
    Subnet,
    Unreadable,
    VirtualNetwork,
)
from ..core.resource_id import ResourceId, scope_covers
from . import parse
from .assemble import GatherRequest, assemble
from .client import ArmClient
from .errors import JsonObject
from .rounds import Read, run_round

T = TypeVar("T")

CLUSTERS_QUERY = (
    "Resources | where type =~ 'microsoft.containerservice/managedclusters' "
    "| project id, name, location, identity, properties = pack("
    "'networkProfile', properties.networkProfile, 'agentPoolProfiles', properties.agentPoolProfiles, "
    "'nodeResourceGroup', properties.nodeResourceGroup)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The Snapshot, and the documents it was read from, for writes that must carry back all that was there."""

    snapshot: Snapshot
    documents: Mapping[ResourceId, JsonObject] = field(default_factory=dict)


def gather(client: ArmClient, request: GatherRequest) -> Gathered:
    """Read everything around `request.subnet_id`.

    What is not there is None and what may not be read Unreadable; raises ArmUnreachableError where Azure gives no
    answer.
    """
    reader = _Reader(client, request)
    first = run_round(reader.first_round())
    subnet = _subnet_of(first, request.subnet_id)
    second = run_round(reader.second_round(subnet, first))
    third = run_round(reader.third_round(second))
    return Gathered(snapshot=assemble(request, subnet, first, second, third), documents=reader.documents)


def _subnet_of(first: Mapping[str, object], subnet_id: ResourceId) -> Subnet | Unreadable | None:
    """The subnet by itself, or out of its virtual network where it alone may not be read."""
    subnet = cast("Subnet | Unreadable | None", first["subnet"])
    network = first["virtual_network"]
    if isinstance(subnet, Unreadable) and isinstance(network, VirtualNetwork):
        return next((each for each in network.subnets if each.id == subnet_id), subnet)
    return subnet


class _Reader:
    """The reads of each round. Keeps the documents of what may be written later."""

    def __init__(self, client: ArmClient, request: GatherRequest) -> None:
        self._client = client
        self._request = request
        self.documents: dict[ResourceId, JsonObject] = {}

    def first_round(self) -> dict[str, Read[object]]:
        request, subnet_id = self._request, self._request.subnet_id
        network_id = subnet_id.parent
        reads = {
            "subnet": self._resource(subnet_id, parse.parse_subnet),
            "virtual_network": self._resource(network_id, parse.parse_virtual_network),
            "managed_clusters": self._clusters_by_graph(),
            "caller_on_subnet": self._caller(subnet_id.text),
        }
        if request.identity_id is not None:
            reads["identity"] = self._resource(request.identity_id, parse.parse_identity)
            reads["caller_on_identity"] = self._caller(request.identity_id.text)
        if request.candidate_route_table_id is not None:
            reads["candidate_route_table"] = self._resource(request.candidate_route_table_id, parse.parse_route_table)
        if request.resource_group_id is not None:
            reads["caller_on_group"] = self._caller(request.resource_group_id)
        if request.kubelet_identity_id is not None:
            reads["kubelet_denials"] = self._denials(request.kubelet_identity_id.text)
        if request.for_validation:
            reads |= self._validation_reads(network_id)
        return reads

    def _validation_reads(self, network_id: ResourceId) -> dict[str, Read[object]]:
        subnet_id = self._request.subnet_id
        group = f"{network_id.resource_group_id}/providers/Microsoft.Network"
        subscription = f"/subscriptions/{network_id.subscription_id}"
        locks = "/providers/Microsoft.Authorization/locks"
        return {
            "usages": self._list(f"{network_id}/usages", parse.parse_usage),
            "subscription_locks": self._list(subscription + locks, parse.parse_lock),
            "subnet_locks": self._list(f"{subnet_id}{locks}", parse.parse_lock, filter_text="atScope()"),
            "policy_states": self._policy_states(),
            "local_gateways": self._list(f"{group}/localNetworkGateways", parse.parse_gateway),
            "virtual_gateways": self._list(f"{group}/virtualNetworkGateways", parse.parse_gateway),
        }

    def second_round(self, subnet: Subnet | Unreadable | None, first: Mapping[str, object]) -> dict[str, Read[object]]:
        reads: dict[str, Read[object]] = {}
        scopes = {"subnet": self._request.subnet_id.text}
        candidate = self._request.candidate_route_table_id
        if isinstance(subnet, Subnet):
            table_id, group_id = subnet.route_table_id, subnet.network_security_group_id
            if table_id is not None:
                reads["route_table"] = self._resource(table_id, parse.parse_route_table)
                reads["caller_on_route_table"] = self._caller(table_id.text)
                scopes["route_table"] = table_id.text
            elif candidate is not None and isinstance(first.get("candidate_route_table"), RouteTable):
                reads["caller_on_route_table"] = self._caller(candidate.text)
                scopes["route_table"] = candidate.text
            if group_id is not None:
                if self._request.for_validation:
                    reads["network_security_group"] = self._resource(group_id, parse.parse_network_security_group)
                scopes["network_security_group"] = group_id.text
            if subnet.nat_gateway_id is not None:
                scopes["nat_gateway"] = subnet.nat_gateway_id.text
        identity = first.get("identity")
        if isinstance(identity, ManagedIdentity):
            scopes["virtual_network"] = self._request.subnet_id.parent.text
            if self._request.kubelet_identity_id is not None:
                scopes["kubelet_identity"] = self._request.kubelet_identity_id.text
            for name, scope in scopes.items():
                reads[f"{name}_assignments"] = self._assignments(scope, identity.principal_id)
                reads[f"{name}_denials"] = self._denials(scope)
        if isinstance(first["managed_clusters"], Unreadable):
            reads["listed_clusters"] = self._list(
                f"/subscriptions/{self._request.subnet_id.subscription_id}"
                "/providers/Microsoft.ContainerService/managedClusters",
                parse.parse_managed_cluster,
            )
        return reads

    def third_round(self, second: Mapping[str, object]) -> dict[str, Read[object]]:
        found = (
            assignment.role_definition_id
            for name, value in second.items()
            if name.endswith("_assignments") and isinstance(value, tuple)
            for assignment in cast("tuple[RoleAssignment, ...]", value)
        )
        by_guid = {identity.rsplit("/", 1)[-1].lower(): identity for identity in found}
        return {guid: self._read(identity, parse.parse_role_definition) for guid, identity in sorted(by_guid.items())}

    def _read(self, path: str, convert: Callable[[object], T]) -> Read[object]:
        return Read(call=lambda: convert(self._client.get(path)), permission=_read_action(path), about=path)

    def _resource(self, identity: ResourceId, convert: Callable[[object], T]) -> Read[object]:
        def call() -> T:
            document = self._client.get(identity.text)
            self.documents[identity] = document
            return convert(document)

        return Read(call=call, permission=_read_action(identity.text), about=identity.text)

    def _list(self, path: str, convert: Callable[[object], T], filter_text: str | None = None) -> Read[object]:
        def call() -> tuple[T, ...]:
            return tuple(convert(element) for element in self._client.list(path, filter_text=filter_text))

        return Read(call=call, permission=_read_action(path), about=path)

    def _assignments(self, scope: str, principal_id: str) -> Read[object]:
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
        read = self._list(path, parse.parse_role_assignment, filter_text=f"principalId eq '{principal_id}'")
        covering = cast("Callable[[], tuple[RoleAssignment, ...]]", read.call)
        return Read(
            # the filter also lists what is assigned below the scope
            call=lambda: tuple(a for a in covering() if not a.scope or scope_covers(a.scope, scope)),
            permission=read.permission,
            about=read.about,
        )

    def _denials(self, scope: str) -> Read[object]:
        path = f"{scope}/providers/Microsoft.Authorization/denyAssignments"
        return self._list(path, parse.parse_deny_assignment, filter_text="atScope()")

    def _caller(self, scope: str) -> Read[object]:
        path = f"{scope}/providers/Microsoft.Authorization/permissions"
        read = self._list(path, parse.parse_permission)
        listing = cast("Callable[[], tuple[Permission, ...]]", read.call)
        return Read(
            call=lambda: CallerAccess(scope=scope, permissions=listing()), permission=read.permission, about=path
        )

    def _policy_states(self) -> Read[object]:
        path = f"{self._request.subnet_id.parent}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"

        def call() -> tuple[PolicyState, ...]:
            return tuple(parse.parse_policy_state(element) for element in self._client.post(path, {}).get("value", []))

        permission = "Microsoft.PolicyInsights/policyStates/queryResults/action"
        return Read(call=call, permission=permission, about=path)

    def _clusters_by_graph(self) -> Read[object]:
        path = "/providers/Microsoft.ResourceGraph/resources"

        def call() -> tuple[ManagedCluster, ...]:
            found: list[ManagedCluster] = []
            options: JsonObject = {"resultFormat": "objectArray", "$top": 1000}
            while True:
                page = self._client.post(path, {"query": CLUSTERS_QUERY, "options": options})
                found.extend(parse.parse_managed_cluster(element) for element in page.get("data", []))
                token = page.get("$skipToken")
                if not token:
                    return tuple(found)
                options = {**options, "$skipToken": token}

        return Read(call=call, permission="Microsoft.ResourceGraph/resources/read", about=path)


def _read_action(path: str) -> str:
    """The action that reading `path` needs: `Microsoft.Network/virtualNetworks/subnets/read`."""
    parts = path.rpartition("/providers/")[2].split("/")
    return "/".join([parts[0], *parts[1::2], "read"])
