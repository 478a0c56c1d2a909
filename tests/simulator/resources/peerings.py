"""Peerings of virtual networks: what they refuse, and what they say of the other side. No IO."""

from __future__ import annotations

from ..azure import Azure
from ..errors import Json, network_error
from ..identifiers import same, synthetic_guid
from ..store import Record
from .network_type import Link, NetworkType, reference
from .virtual_networks import address_space, invalid_reference, overlap

_PEERINGS_SYNC = "2021-02"
"""The api-version with which peerings began to say whether both sides know each other's prefixes."""


def _validate_peering(azure: Azure, record: Record) -> None:
    remote_id = reference(record, "remoteVirtualNetwork")
    remote = azure.store.find(remote_id)
    local = azure.store.find(record.target.parent.path)
    assert local is not None
    if remote is None:
        raise invalid_reference(remote_id or "", record.id)
    if any(overlap(left, right) for left in address_space(local) for right in address_space(remote)):
        message = (
            f"Cannot create or update peering {record.id}. Virtual networks {local.id} and {remote.id} cannot be "
            "peered because their address spaces overlap."
        )
        raise network_error("VnetAddressSpacesOverlap", message)


def _derive_peering(azure: Azure, record: Record, api_version: str) -> Json:
    local_id, remote_id = record.target.parent.path, reference(record, "remoteVirtualNetwork") or ""
    remote = azure.store.find(remote_id)
    back = azure.store.children(remote, "virtualNetworkPeerings") if remote else []
    connected = any(same(reference(entry, "remoteVirtualNetwork"), local_id) for entry in back)
    state = "Connected" if connected else "Initiated"
    disconnected = record.properties.get("peeringState") == "Disconnected"
    derived: Json = {
        "resourceGuid": synthetic_guid("peering", *sorted((local_id.lower(), remote_id.lower()))),
        "peeringState": "Disconnected" if disconnected else state,
        "routeServiceVips": {},
    }
    syncs = api_version >= _PEERINGS_SYNC or not api_version
    if syncs:
        derived["peeringSyncLevel"] = "FullyInSync" if connected else "RemoteNotInSync"
        derived["peerCompleteVnets"] = True
    if remote is not None:
        space = {"addressPrefixes": [str(network) for network in address_space(remote)]}
        derived["remoteAddressSpace"] = space
        if syncs:
            derived["remoteVirtualNetworkAddressSpace"] = space
        gateways = _gateways(azure, remote) if record.properties.get("useRemoteGateways") else []
        if gateways:
            derived["remoteGateways"] = gateways
    return derived


def _gateways(azure: Azure, network: Record) -> list[Json]:
    inside = f"{network.key}/"
    return [
        {"id": gateway.id}
        for gateway in azure.store.of_type("Microsoft.Network/virtualNetworkGateways")
        for entry in gateway.properties.get("ipConfigurations") or []
        if str((entry.get("properties") or {}).get("subnet", {}).get("id", "")).lower().startswith(inside)
    ]


def _peering_links(record: Record) -> list[Link]:
    remote = reference(record, "remoteVirtualNetwork")
    return [("Microsoft.Network/virtualNetworks/peer/action", remote)] if remote else []


TYPES = (
    NetworkType(
        name="Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        defaults={
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
            "doNotVerifyRemoteGateways": False,
        },
        read_only=frozenset({"peeringState", "peeringSyncLevel"}),
        has_guid=False,
        validate=_validate_peering,
        derive=_derive_peering,
        links=_peering_links,
    ),
)
