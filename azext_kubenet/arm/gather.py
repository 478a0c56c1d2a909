"""Reads the state around a subnet into one Snapshot: three rounds, each in parallel. Does network IO.

Round 1 needs nothing but the ids given, round 2 what round 1 named (route table, security group, principal), round 3
the role definitions that the assignments of round 2 name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from ..core.azure.model import (
    ManagedIdentity,
    RoleAssignment,
    RouteTable,
    Snapshot,
    Subnet,
    Unreadable,
    VirtualNetwork,
)
from ..core.azure.resource_id import ResourceId
from . import parse
from .assemble import GatherRequest, assemble
from .client import ArmClient
from .errors import JsonObject
from .reads import LOCKS, Reads
from .rounds import Read, run_round

T = TypeVar("T")

CARRIED = ("network_security_group", "nat_gateway")
"""What a subnet carries beside its route table, on which an identity may need a role."""


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
        self._reads = Reads(client)
        self._request = request

    @property
    def documents(self) -> Mapping[ResourceId, JsonObject]:
        """The resources that were read, as Azure sent them."""
        return self._reads.documents

    def first_round(self) -> dict[str, Read[object]]:
        request, subnet_id = self._request, self._request.subnet_id
        network_id = subnet_id.parent
        reads = {
            "subnet": self._reads.resource(subnet_id, parse.parse_subnet),
            "virtual_network": self._reads.resource(network_id, parse.parse_virtual_network),
            "managed_clusters": self._reads.clusters_by_graph(),
            "caller_on_subnet": self._reads.caller(subnet_id.text),
        }
        if request.identity_id is not None:
            reads["identity"] = self._reads.resource(request.identity_id, parse.parse_identity)
            reads["caller_on_identity"] = self._reads.caller(request.identity_id.text)
        if request.candidate_route_table_id is not None:
            reads["candidate_route_table"] = self._reads.resource(
                request.candidate_route_table_id, parse.parse_route_table
            )
        if request.resource_group_id is not None:
            reads["caller_on_group"] = self._reads.caller(request.resource_group_id)
        if request.located_group_id is not None:
            reads["group_location"] = self._reads.read(request.located_group_id, parse.parse_location)
        if request.custom_role_name is not None:
            reads["custom_roles"] = self._reads.list(
                f"/subscriptions/{subnet_id.subscription_id}/providers/Microsoft.Authorization/roleDefinitions",
                parse.parse_role_definition,
                filter_text=f"roleName eq '{request.custom_role_name}'",
            )
            reads["caller_on_subscription"] = self._reads.caller(f"/subscriptions/{subnet_id.subscription_id}")
        if request.for_validation:
            reads |= self._validation_reads(network_id)
        return reads

    def _validation_reads(self, network_id: ResourceId) -> dict[str, Read[object]]:
        subnet_id = self._request.subnet_id
        group = f"{network_id.resource_group_id}/providers/Microsoft.Network"
        subscription = f"/subscriptions/{network_id.subscription_id}"
        return {
            "usages": self._reads.list(f"{network_id}/usages", parse.parse_usage),
            "subscription_locks": self._reads.list(subscription + LOCKS, parse.parse_lock),
            "subnet_locks": self._reads.locks_covering(subnet_id.text),
            "policy_states": self._reads.policy_states(network_id.text),
            "local_gateways": self._reads.list(f"{group}/localNetworkGateways", parse.parse_gateway),
            "virtual_gateways": self._reads.list(f"{group}/virtualNetworkGateways", parse.parse_gateway),
        }

    def second_round(self, subnet: Subnet | Unreadable | None, first: Mapping[str, object]) -> dict[str, Read[object]]:
        reads: dict[str, Read[object]] = {}
        scopes = {"subnet": self._request.subnet_id.text}
        candidate = self._request.candidate_route_table_id
        if isinstance(subnet, Subnet):
            table_id, group_id = subnet.route_table_id, subnet.network_security_group_id
            if table_id is not None:
                reads["route_table"] = self._reads.resource(table_id, parse.parse_route_table)
                reads["caller_on_route_table"] = self._reads.caller(table_id.text)
                scopes["route_table"] = table_id.text
            elif candidate is not None and isinstance(first.get("candidate_route_table"), RouteTable):
                reads["caller_on_route_table"] = self._reads.caller(candidate.text)
                scopes["route_table"] = candidate.text
            elif candidate is not None and first.get("candidate_route_table") is None:
                scopes["route_table"] = candidate.resource_group_id  # what a table made there inherits
            if group_id is not None:
                if self._request.for_validation:
                    reads["network_security_group"] = self._reads.resource(group_id, parse.parse_network_security_group)
                scopes["network_security_group"] = group_id.text
            if subnet.nat_gateway_id is not None:
                scopes["nat_gateway"] = subnet.nat_gateway_id.text
            if isinstance(first.get("subscription_locks"), Unreadable) and "route_table" in scopes:
                reads["route_table_locks"] = self._reads.locks_covering(scopes["route_table"])
            if self._request.resource_group_id is not None:
                carried = {name: scope for name, scope in scopes.items() if name in CARRIED}
                reads |= {f"caller_on_{name}": self._reads.caller(scope) for name, scope in carried.items()}
        identity = first.get("identity")
        if isinstance(identity, ManagedIdentity):
            scopes["virtual_network"] = self._request.subnet_id.parent.text
            if self._request.kubelet_identity_id is not None:
                scopes["kubelet_identity"] = self._request.kubelet_identity_id.text
            for name, scope in scopes.items():
                reads[f"{name}_assignments"] = self._reads.assignments(scope, identity.principal_id)
                reads[f"{name}_denials"] = self._reads.denials(scope)
        if not isinstance(first["managed_clusters"], tuple):
            reads["listed_clusters"] = self._reads.clusters_of(self._request.subnet_id.subscription_id)
        return reads

    def third_round(self, second: Mapping[str, object]) -> dict[str, Read[object]]:
        found = (
            assignment.role_definition_id
            for name, value in second.items()
            if name.endswith("_assignments") and isinstance(value, tuple)
            for assignment in cast("tuple[RoleAssignment, ...]", value)
        )
        by_guid = {identity.rsplit("/", 1)[-1].lower(): identity for identity in found}
        return {
            guid: self._reads.read(identity, parse.parse_role_definition) for guid, identity in sorted(by_guid.items())
        }
