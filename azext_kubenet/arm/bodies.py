"""What is sent to Azure for each resource that Changes make. No IO."""

from __future__ import annotations

from ..core.changes.change import AssignRole, CreateIdentity, CreateRole, CreateRoute, CreateRouteTable
from ..core.changes.prepare import DEFAULT_ROUTE_NAME
from .errors import JsonObject


def identity_body(write: CreateIdentity) -> JsonObject:
    """A user-assigned identity."""
    return {"location": write.location, "tags": dict(write.tags)}


def route_table_body(write: CreateRouteTable) -> JsonObject:
    """A route table, empty but for the default route that may be wanted."""
    next_hop = write.default_route_next_hop
    routes = [] if next_hop is None else [{"name": DEFAULT_ROUTE_NAME, "properties": _default_route(str(next_hop))}]
    return {"location": write.location, "tags": dict(write.tags), "properties": {"routes": routes}}


def route_body(write: CreateRoute) -> JsonObject:
    """A default route."""
    return {"properties": _default_route(str(write.next_hop))}


def _default_route(next_hop: str) -> JsonObject:
    return {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": next_hop}


def role_body(write: CreateRole) -> JsonObject:
    """A custom role."""
    return {
        "properties": {
            "roleName": write.name,
            "description": "What AKS needs on the subnet and route table of a kubenet cluster; made by az aks kubenet.",
            "type": "CustomRole",
            "permissions": [{"actions": list(write.actions), "notActions": []}],
            "assignableScopes": [write.assignable_scope],
        }
    }


def assignment_body(write: AssignRole) -> JsonObject:
    """A role assignment to a service principal.

    Without `principalType` a principal that was just made is refused with PrincipalNotFound.
    Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
    """
    return {
        "properties": {
            "roleDefinitionId": write.role_definition_id,
            "principalId": write.principal_id,
            "principalType": "ServicePrincipal",
            "description": write.description,
        }
    }
