"""A managed cluster somebody asks for, with the network it would live in. No IO."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ..azure import Azure
from ..errors import Json, aks_error, gateway_error
from ..identifiers import parse, same
from ..messages import Principal, Request
from ..resources.network_type import reference
from ..resources.references import SUBNET
from ..store import Record
from .defaults import plugin_of

Block = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the refusals look at; `subnets` are the distinct subnets of the pools."""

    azure: Azure
    request: Request
    record: Record
    subnets: tuple[Record, ...]

    @property
    def profile(self) -> Json:
        profile: Json = self.record.properties["networkProfile"]
        return profile

    @property
    def pools(self) -> list[Json]:
        pools: list[Json] = self.record.properties["agentPoolProfiles"]
        return pools

    @property
    def is_kubenet(self) -> bool:
        return plugin_of(self.profile) == "kubenet"

    @property
    def virtual_network(self) -> Record | None:
        return self.azure.store.find(self.subnets[0].target.parent.path) if self.subnets else None

    @property
    def identity_type(self) -> str:
        return str((self.record.body.get("identity") or {}).get("type", "None"))

    @property
    def identities(self) -> list[str]:
        return list((self.record.body.get("identity") or {}).get("userAssignedIdentities") or {})

    @property
    def principal(self) -> Principal | None:
        return principal_of(self.azure, self.record)

    def own_route_table(self, subnet: Record) -> Record | None:
        """The route table on a subnet, unless this very cluster made it."""
        table = reference(subnet, "routeTable")
        if table is None or same(table, self.record.private.get("managedRouteTable")):
            return None
        return self.azure.store.find(table)


def principal_of(azure: Azure, cluster: Record) -> Principal | None:
    """Whom a cluster's body makes its control plane; None where the tenant does not know it."""
    identity: Json = cluster.body.get("identity") or {}
    assigned = list(identity.get("userAssignedIdentities") or {})
    if identity.get("type") == "UserAssigned" and assigned:
        stored = azure.store.find(assigned[0])
        return azure.directory.managed_identity(stored.id) if stored else None
    if identity.get("type") == "SystemAssigned":
        return azure.directory.managed_identity(cluster.id)
    return azure.directory.by_client((cluster.properties.get("servicePrincipalProfile") or {}).get("clientId", ""))


def keep_acting(azure: Azure, old: Record, record: Record) -> None:
    """After a change of identity the control plane acts as the old one until that one's token has expired."""
    former = acting_principal(azure, old)
    if former is not None and azure.settings.identity_switch_seconds > 0:
        until = azure.clock + azure.settings.identity_switch_seconds
        record.private["formerPrincipal"] = {"id": former.object_id, "until": until}


def acting_principal(azure: Azure, cluster: Record) -> Principal | None:
    """Who the control plane acts as now."""
    former = cluster.private.get("formerPrincipal")
    if former is not None and azure.clock < former["until"]:
        return azure.directory.find(former["id"]) or Principal(former["id"], former["id"])
    return principal_of(azure, cluster)


def demand(pool: Json) -> int:
    """Nodes a pool may have: with the autoscaler its maximum counts."""
    if pool.get("enableAutoScaling"):
        return int(pool.get("maxCount") or pool["count"])
    return int(pool["count"])


def propose(azure: Azure, request: Request, record: Record) -> Proposal:
    """Looks up the identities and subnets a body names, or refuses it."""
    subnets: dict[str, Record] = {}
    for pool in record.properties["agentPoolProfiles"]:
        subnet_id = pool.get("vnetSubnetID")
        if not subnet_id:
            continue
        subnet = azure.store.find(subnet_id)
        if subnet is None or parse(subnet_id).type.lower() != SUBNET.lower():
            message = "The value of parameter agentPoolProfile.vnetSubnetID is invalid."
            raise aks_error("InvalidParameter", message, target="agentPoolProfile.vnetSubnetID")
        subnets[subnet.key] = subnet
    proposal = Proposal(azure=azure, request=request, record=record, subnets=tuple(subnets.values()))
    for identity in proposal.identities:
        if azure.store.find(identity) is None:
            inner = f'{{"error":{{"code":"ResourceNotFound","message":"The Resource \'{identity}\' was not found."}}}}'
            message = (
                f"Identity operation for resource '{record.id}' failed with error 'Failed to perform resource "
                f"identity operation. Status: 'NotFound'. Response: '{inner}'.'."
            )
            raise gateway_error(404, "FailedIdentityOperation", message)
    return proposal
