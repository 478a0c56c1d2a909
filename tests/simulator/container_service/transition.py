"""A PUT of a cluster that is there: what may change, what kubenet to overlay asks for, and how that may end. No IO.

Texts that nobody has seen say so beside them; what only a live run can settle is a setting.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from ..azure import Azure
from ..errors import ArmError, Json, aks_error
from ..identifiers import same
from ..resources.network_type import reference
from ..resources.references import subnets_referring
from ..store import Record
from .defaults import plugin_of

PLUGIN, MODE = "networkProfile.networkPlugin", "networkProfile.networkPluginMode"
NOT_LATEST: Json = {
    "code": "NotLatestOperation",
    "message": "Cannot proceed with the operation. Either the operation has been preempted by another one, or the "
    "information needed by the operation failed to be saved (or hasn't been saved yet).",
}
"""What polls of the overlay operation carry, although nothing failed (recorded)."""

_FIXED = ("dnsPrefix", "nodeResourceGroup", "enableRBAC")
_FIXED_IN_PROFILE = ("serviceCidr", "dnsServiceIP")
_OLDEST_FOR_OVERLAY = (1, 27)
_OLDEST_FOR_UNINSTALL = (1, 30)


def check_plugin_mode(profile: Json) -> None:
    """https://github.com/Azure/AKS/issues/5662."""
    if profile.get("networkPluginMode") == "overlay" and profile["networkPlugin"] != "azure":
        message = f"NetworkPluginMode overlay is not supported with NetworkPlugin {profile['networkPlugin']}."
        raise aks_error("UnsupportedNetworkPluginModeWithNetworkPlugin", message, target=MODE)


def merged_profile(azure: Azure, old: Record, sent: Json) -> Json:
    """The network profile that a PUT asks for: members left out stay, and contradictory pod CIDRs are settled."""
    before: Json = old.properties["networkProfile"]
    profile = {**before, **{name: value for name, value in sent.items() if value is not None}}
    one, many = profile.get("podCidr"), profile.get("podCidrs")
    if one is None or not many or one == many[0]:
        return profile
    match azure.settings.contradictory_pod_cidrs:
        case "taken":
            profile["podCidrs"] = [one, *many[1:]]
        case "refused":
            message = f"podCidr {one} does not match the first of podCidrs {many[0]}."  # unseen text
            raise aks_error("InvalidParameter", message, target="networkProfile.podCIDR")
        case _:
            profile["podCidr"], profile["podCidrs"] = before.get("podCidr"), before.get("podCidrs")
    return profile


def goes_to_overlay(old: Record, record: Record) -> bool:
    before, after = old.properties["networkProfile"], record.properties["networkProfile"]
    return plugin_of(before) == "kubenet" and plugin_of(after) == "overlay"


def refuse_change(azure: Azure, old: Record, record: Record) -> None:
    """Raises what AKS says of a change that it does not make."""
    before, after = old.properties["networkProfile"], record.properties["networkProfile"]
    _refuse_plugin_change(before, after)
    _refuse_fixed(old, record)
    _refuse_pod_cidr(before, after, growing=goes_to_overlay(old, record) or plugin_of(before) == "overlay")
    if goes_to_overlay(old, record):
        _refuse_overlay(azure, old, record)
    else:
        _refuse_policy_change(azure, record, before, after)


def _not_allowed(name: str) -> ArmError:
    return aks_error("PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", target=name)


def _refuse_plugin_change(before: Json, after: Json) -> None:
    was, becomes = plugin_of(before), plugin_of(after)
    if was == becomes or (becomes == "overlay" and was in ("kubenet", "azure")):
        return
    raise _not_allowed(PLUGIN if before["networkPlugin"] != after["networkPlugin"] or was == "kubenet" else MODE)


def _refuse_fixed(old: Record, record: Record) -> None:
    for name in _FIXED:
        if name in old.properties and old.properties[name] != record.properties.get(name):
            raise _not_allowed(name)
    before, after = old.properties["networkProfile"], record.properties["networkProfile"]
    for name in _FIXED_IN_PROFILE:
        if before[name] != after[name]:
            raise _not_allowed(f"networkProfile.{name}")


def _refuse_pod_cidr(before: Json, after: Json, *, growing: bool) -> None:
    was, becomes = before.get("podCidr"), after.get("podCidr")
    if was is None or was == becomes or (growing and becomes and _holds(becomes, was)):
        return
    raise _not_allowed("networkProfile.podCIDR")


def _holds(outer: str, inner: str) -> bool:
    try:
        wide, narrow = ipaddress.IPv4Network(outer), ipaddress.IPv4Network(inner)
    except ValueError:
        return False
    return narrow.subnet_of(wide)


def _version(text: str) -> tuple[int, int]:
    match = re.match(r"(\d+)\.(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else _OLDEST_FOR_UNINSTALL


def _versions(record: Record) -> list[tuple[int, int]]:
    pools = [pool["orchestratorVersion"] for pool in record.properties["agentPoolProfiles"]]
    return [_version(str(text)) for text in (record.properties["kubernetesVersion"], *pools)]


def _engine(profile: Json) -> str:
    return str(profile.get("networkPolicy") or "none")


def _refuse_overlay(azure: Azure, old: Record, record: Record) -> None:
    if min(_versions(old)) < _OLDEST_FOR_OVERLAY:
        message = "Cannot update cluster to Azure CNI Overlay with a Kubernetes version below 1.27."  # unseen text
        raise aks_error("ValidationError", message, target="kubernetesVersion")
    if {_engine(old.properties["networkProfile"]), _engine(record.properties["networkProfile"])} != {"none"}:
        # https://github.com/Azure/AKS/issues/4006; the text for Calico on kubenet is unseen.
        message = "Cannot update cluster to Azure CNI Overlay while using network policies with Azure CNI v1."
        raise aks_error("ValidationError", message, target="networkProfile.networkPolicy")
    if any(same(old.id, each) for each in azure.settings.own_masq_configs):
        message = "Cannot update cluster to Azure CNI Overlay with a custom azure-ip-masq-agent-config."  # unseen text
        raise aks_error("ValidationError", message)
    error = foreign_subnet(azure, record)
    if error is not None and azure.settings.foreign_subnets_fail == "put":
        raise error


def foreign_subnet(azure: Azure, record: Record) -> ArmError | None:
    """https://github.com/MicrosoftDocs/azure-aks-docs/issues/334; reported as a custom route table error."""
    table = record.private.get("routeTable")
    own = {str(pool.get("vnetSubnetID", "")).lower() for pool in record.properties["agentPoolProfiles"]}
    if table is None or same(table, record.private.get("managedRouteTable")):
        return None
    foreign = [subnet.id for subnet in subnets_referring(azure, "routeTable", table) if subnet.key not in own]
    if not foreign:
        return None
    message = f"Route table {table} is still associated with {', '.join(foreign)}."  # unseen text
    return aks_error("CustomRouteTableInvalidUpdateAttempt", message)


def _refuse_policy_change(azure: Azure, record: Record, before: Json, after: Json) -> None:
    was, becomes = _engine(before), _engine(after)
    if was == becomes:
        return
    if was != "none" and min(_versions(record)) < _OLDEST_FOR_UNINSTALL:
        message = "Uninstalling a network policy engine requires Kubernetes version 1.30 or later."  # unseen text
        raise aks_error("ValidationError", message, target="networkProfile.networkPolicy")
    if becomes == "calico" and plugin_of(after) == "overlay" and not azure.settings.calico_comes_back:
        raise _not_allowed("networkProfile.networkPolicy")


def end_overlay(azure: Azure, record: Record, subnets: list[str]) -> None:
    """What comes of the operation beside the change itself: the association, or one of the planned bad ends."""
    error = foreign_subnet(azure, record)
    if error is not None:
        raise error
    if azure.settings.overlay_detaches_table:
        for path in subnets:
            subnet = azure.store.find(path)
            if subnet is not None and reference(subnet, "routeTable") is not None:
                del subnet.properties["routeTable"]


def take_outcome(azure: Azure) -> str:
    """How the next overlay operation ends: `unchanged`, `halfway`, or well."""
    return azure.settings.overlay_outcomes.pop(0) if azure.settings.overlay_outcomes else ""


def undo(record: Record, old: Record) -> None:
    """The operation says Succeeded, and nothing has changed (https://github.com/Azure/azure-cli/issues/28403)."""
    record.body["properties"] = old.properties


def halfway(record: Record) -> ArmError:
    """The plugin has changed, one pool has failed, and the operation with it."""
    pools = record.properties["agentPoolProfiles"]
    record.private["poolStates"] = {pool["name"]: "Failed" if pool is pools[-1] else "Succeeded" for pool in pools}
    message = f"Reimaging agent pool {pools[-1]['name']} failed: the drain of a node timed out."
    return aks_error("UpgradeFailed", message)


def changed_identity(old: Record, body: Mapping[str, object]) -> bool:
    return (old.body.get("identity") or {}) != (body.get("identity") or {})
