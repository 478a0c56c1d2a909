"""Whether a cluster that is there is the one that was asked for. No IO."""

from __future__ import annotations

from collections.abc import Iterator

from ..azure.managed_clusters import ManagedCluster
from ..azure.resource_id import ResourceId
from .existing import KUBENET
from .request import ClusterRequest

_UNUSABLE = ("failed", "deleting", "canceled")
_NO_POLICY = ("", "none")


def differences(wanted: ClusterRequest, subnet_id: ResourceId | None, found: ManagedCluster) -> tuple[str, ...]:
    """What was asked for and is another there, a sentence each; what was not given may be anything."""
    return tuple(_differences(wanted, subnet_id, found))


def _differences(wanted: ClusterRequest, subnet_id: ResourceId | None, found: ManagedCluster) -> Iterator[str]:
    if found.provisioning_state.lower() in _UNUSABLE:
        yield f"its state is {found.provisioning_state}"
    if found.network_plugin != KUBENET:
        yield f"its network plugin is {found.network_plugin or 'none'}, not {KUBENET}"
    if subnet_id is not None and subnet_id not in found.subnet_ids:
        yield f"none of its node pools is in subnet '{subnet_id.name}' of '{subnet_id.parent.name}'"
    if wanted.identity_id is not None and wanted.identity_id not in found.user_assigned_ids:
        yield f"its identity is not '{wanted.identity_id.name}'"
    for what, given, there in (
        ("pod CIDR", wanted.pod_cidr, next(iter(found.pod_cidrs), None)),
        ("service CIDR", wanted.service_cidr, found.service_cidr),
        ("DNS service address", wanted.dns_service_ip, found.dns_service_ip),
        ("outbound type", wanted.outbound_type, found.outbound_type),
    ):
        if given is not None and str(given).lower() != str(there).lower():
            yield f"its {what} is {there}, not {given}"
    if wanted.network_policy is not None and _policy(wanted.network_policy) != _policy(found.network_policy):
        yield f"its network policy is {_policy(found.network_policy)}, not {_policy(wanted.network_policy)}"


def _policy(text: str) -> str:
    return "none" if text.lower() in _NO_POLICY else text.lower()
