"""What tests put into Azure: one body for each kind of resource, whoever puts it there. No IO.

A virtual network 10.1.0.0/16 with the subnet `nodes`, a route table, an identity and a kubenet cluster in it.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

LOCATION: Final = "westeurope"


def network_body(
    *, space: str = "10.1.0.0/16", prefix: str = "10.1.0.0/24", subnet: str = "nodes", **properties: Any
) -> Json:
    """A virtual network with one subnet, whose properties are `prefix` and these."""
    return networks_body(space, {subnet: {"addressPrefix": prefix, **properties}})


def networks_body(space: str, subnets: dict[str, Json]) -> Json:
    """A virtual network with the properties of each subnet by its name."""
    named = [{"name": name, "properties": properties} for name, properties in subnets.items()]
    return {"location": LOCATION, "properties": {"addressSpace": {"addressPrefixes": [space]}, "subnets": named}}


def table_body(*routes: Json, **body: Any) -> Json:
    """A route table, perhaps with tags and other members beside its properties."""
    return {"location": LOCATION, "properties": {"routes": list(routes)}, **body}


def identity_body() -> Json:
    """A user-assigned identity."""
    return {"location": LOCATION}


def cluster_body(subnet: str | None = None, identity: str | None = None, **changes: Any) -> Json:
    """A kubenet cluster; `profile` changes the network profile, `pool` the one agent pool, `dns` the prefix."""
    pool: Json = {"name": "nodepool1", "count": 2, "mode": "System", **changes.pop("pool", {})}
    if subnet is not None:
        pool["vnetSubnetID"] = subnet
    kind: Json = {"type": "SystemAssigned"}
    if identity is not None:
        kind = {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    properties = {
        "dnsPrefix": changes.pop("dns", "aks"),
        "agentPoolProfiles": [pool],
        "networkProfile": {"networkPlugin": "kubenet", **changes.pop("profile", {})},
    }
    return {"location": LOCATION, "identity": kind, "properties": properties, **changes}
