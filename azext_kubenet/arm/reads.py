"""The reads there are, each with the permission it needs. Does network IO when a read is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from ..core.azure.access import CallerAccess, DenyAssignment, RoleAssignment, RoleDefinition
from ..core.azure.links import NetworkGateway
from ..core.azure.managed_clusters import ManagedCluster
from ..core.azure.resource_id import ResourceId, scope_covers
from ..core.azure.restrictions import Lock, PolicyState
from ..core.changes.marks import PREPARED_FOR_TAG
from .client import RESOURCE_GRAPH, ArmClient
from .errors import JsonObject
from .json_reader import each_at
from .parse.access import (
    parse_associated_resource,
    parse_deny_assignment,
    parse_lock,
    parse_permission,
    parse_policy_state,
    parse_role_assignment,
    parse_role_definition,
)
from .parse.clusters import parse_location, parse_managed_cluster
from .parse.networks import parse_gateway
from .rounds import Read

T = TypeVar("T")

LOCKS: Final = "/providers/Microsoft.Authorization/locks"

CLUSTERS_QUERY = (
    "Resources | where type =~ 'microsoft.containerservice/managedclusters' "
    "| project id, name, location, identity, properties = pack("
    "'networkProfile', properties.networkProfile, 'agentPoolProfiles', properties.agentPoolProfiles, "
    "'nodeResourceGroup', properties.nodeResourceGroup, 'identityProfile', properties.identityProfile, "
    "'apiServerAccessProfile', properties.apiServerAccessProfile)"
)


MARKED_ASSIGNMENTS_QUERY = (
    "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' "
    f"| where properties.description startswith '{PREPARED_FOR_TAG}' | project id, properties"
)


class Reads:
    """Makes the reads of one run. A read of what is not named is None, and asks nothing.

    Keeps the documents of single resources, for writes that carry back all that was there.
    """

    def __init__(self, client: ArmClient) -> None:
        self._client = client
        self.documents: dict[ResourceId, JsonObject] = {}

    def read(self, path: str, convert: Callable[[object], T]) -> Read[T]:
        return Read(call=lambda: convert(self._client.get(path)), permission=_read_action(path), about=path)

    def resource(
        self, resource_id: ResourceId | None, convert: Callable[[object], T], *, may_be_absent: bool = False
    ) -> Read[T] | None:
        if resource_id is None:
            return None

        def call() -> T:
            document = self._client.get(resource_id.text)
            self.documents[resource_id] = document
            return convert(document)

        return Read(
            call=call, permission=_read_action(resource_id.text), about=resource_id.text, may_be_absent=may_be_absent
        )

    def list(
        self,
        path: str,
        convert: Callable[[object], T],
        filter_text: str | None = None,
        *,
        may_be_absent: bool = False,
    ) -> Read[tuple[T, ...]]:
        def call() -> tuple[T, ...]:
            return each_at("value", self._client.list(path, filter_text=filter_text), convert)

        return Read(call=call, permission=_read_action(path), about=path, may_be_absent=may_be_absent)

    def assignments(self, scope: str, principal_id: str) -> Read[tuple[RoleAssignment, ...]]:
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
        # the principal's own and those of all groups that it is in, as `az role assignment list --include-groups` asks
        filter_text = f"atScope() and assignedTo('{principal_id}')"
        read = self.list(path, parse_role_assignment, filter_text=filter_text)
        return replace(read, call=lambda: tuple(a for a in read.call() if not a.scope or scope_covers(a.scope, scope)))

    def assignment(self, assignment_id: str) -> Read[RoleAssignment]:
        """One assignment, as it is now; it may be gone where Resource Graph, minutes late, told of it."""
        return replace(self.read(assignment_id, parse_role_assignment), may_be_absent=True)

    def users_of_identity(self, identity_id: ResourceId) -> Read[tuple[str, ...]]:
        """The ids of the resources that have the identity, as `az identity list-resources` asks for them."""
        path = f"{identity_id}/listAssociatedResources"

        def call() -> tuple[str, ...]:
            return each_at("value", self._client.query(path, {}), parse_associated_resource)

        permission = "Microsoft.ManagedIdentity/userAssignedIdentities/listAssociatedResources/action"
        return Read(call=call, permission=permission, about=path)

    def denials(self, scope: str) -> Read[tuple[DenyAssignment, ...]]:
        path = f"{scope}/providers/Microsoft.Authorization/denyAssignments"
        return self.list(path, parse_deny_assignment, filter_text="atScope()")

    def roles_named(self, name: str | None, scope: str) -> Read[tuple[RoleDefinition, ...]] | None:
        if name is None:
            return None
        path = f"{scope}/providers/Microsoft.Authorization/roleDefinitions"
        return self.list(path, parse_role_definition, filter_text=f"roleName eq '{name}'")

    def locks_covering(self, scope: str | None) -> Read[tuple[Lock, ...]] | None:
        """The locks at `scope` and above it; none of what lies below or beside it."""
        if scope is None:
            return None
        return self.list(f"{scope}{LOCKS}", parse_lock, filter_text="atScope()")

    def caller(self, scope: str | ResourceId | None, *, may_be_absent: bool = False) -> Read[CallerAccess] | None:
        """What the caller may do there."""
        if scope is None:
            return None
        read = self.list(f"{scope}/providers/Microsoft.Authorization/permissions", parse_permission)
        return Read(
            call=lambda: CallerAccess(scope=str(scope), permissions=read.call()),
            permission=read.permission,
            about=read.about,
            may_be_absent=may_be_absent,
        )

    def location(self, group_id: str | None) -> Read[str] | None:
        """The region of a resource group."""
        return None if group_id is None else replace(self.read(group_id, parse_location), may_be_absent=True)

    def gateways(self, group_id: str) -> tuple[Read[tuple[NetworkGateway, ...]], ...]:
        """Those to the ranges on premises, and those with point-to-site pools."""
        kinds = ("localNetworkGateways", "virtualNetworkGateways")
        return tuple(self.list(f"{group_id}/providers/Microsoft.Network/{kind}", parse_gateway) for kind in kinds)

    def policy_states(self, scope: str) -> Read[tuple[PolicyState, ...]]:
        path = f"{scope}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"

        def call() -> tuple[PolicyState, ...]:
            return each_at("value", self._client.query(path, {}), parse_policy_state)

        permission = "Microsoft.PolicyInsights/policyStates/queryResults/action"
        return Read(call=call, permission=permission, about=path)

    def clusters_by_graph(self) -> Read[tuple[ManagedCluster, ...]]:
        return self._by_graph(CLUSTERS_QUERY, parse_managed_cluster)

    def marked_assignments(self) -> Read[tuple[RoleAssignment, ...]]:
        """What prepare assigned in every subscription, as Resource Graph, minutes late, knows it."""
        return self._by_graph(MARKED_ASSIGNMENTS_QUERY, parse_role_assignment)

    def _by_graph(self, query: str, convert: Callable[[object], T]) -> Read[tuple[T, ...]]:
        body: JsonObject = {"query": query, "options": {"resultFormat": "objectArray", "$top": 1000}}

        def call() -> tuple[T, ...]:
            return each_at("data", self._client.query(RESOURCE_GRAPH, body), convert)

        return Read(call=call, permission="Microsoft.ResourceGraph/resources/read", about=RESOURCE_GRAPH)

    def clusters_of(self, subscription_id: str) -> Read[tuple[ManagedCluster, ...]]:
        """The managed clusters of one subscription, for where Resource Graph is refused."""
        path = f"/subscriptions/{subscription_id}/providers/Microsoft.ContainerService/managedClusters"
        return self.list(path, parse_managed_cluster)


def _read_action(path: str) -> str:
    """The action that reading `path` needs: `Microsoft.Network/virtualNetworks/subnets/read`."""
    _, provider, resource = path.rpartition("/providers/")
    if not provider:
        return "Microsoft.Resources/subscriptions/resourceGroups/read"
    parts = resource.split("/")
    return "/".join([parts[0], *parts[1::2], "read"])
