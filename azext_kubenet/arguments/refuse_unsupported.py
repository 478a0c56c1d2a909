"""What the arguments of `az aks create` alone show to be impossible with kubenet. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .values import UsageError

_REFUSED: Final[Mapping[str, tuple[tuple[object, ...] | None, str]]] = {
    "network_plugin_mode": (None, "a plugin mode belongs to Azure CNI, not to kubenet"),
    "pod_subnet_id": (None, "kubenet's pods have no subnet; they get addresses from --pod-cidr"),
    "network_policy": (("azure", "cilium"), "kubenet works with calico or none"),
    "network_dataplane": (("cilium",), "the Cilium data plane needs Azure CNI"),
    "outbound_type": (("none", "block"), "clusters without egress are not supported on kubenet"),
    "windows_admin_username": (None, "kubenet does not support Windows nodes"),
    "windows_admin_password": (None, "kubenet does not support Windows nodes"),
    "enable_windows_gmsa": ((True,), "kubenet does not support Windows nodes"),
    "gmsa_dns_server": (None, "kubenet does not support Windows nodes"),
    "gmsa_root_domain_name": (None, "kubenet does not support Windows nodes"),
    "enable_ahub": ((True,), "kubenet does not support Windows nodes"),
    "aci_subnet_name": (None, "kubenet does not support virtual nodes"),
}


def refuse_unsupported(given: Mapping[str, Any]) -> None:
    """Raise UsageError for what the arguments alone show to be impossible with kubenet."""
    from ..core.rules.unsupported import is_virtual_nodes  # only now: help needs no rules

    plugin = given.get("network_plugin")
    if plugin is not None and str(plugin).lower() != "kubenet":
        raise UsageError(
            f"--network-plugin {plugin}: this command makes kubenet clusters only.",
            "Omit --network-plugin, or use 'az aks create' for another plugin.",
        )
    for name, (values, reason) in _REFUSED.items():
        value = given.get(name)
        if value is None or value is False or (values is not None and str(value).lower() not in map(_lower, values)):
            continue
        shown = "" if value is True or "password" in name else f" {value}"
        raise UsageError(f"--{name.replace('_', '-')}{shown}: {reason}.", "Omit it, or use 'az aks create'.")
    addons = (addon.strip() for addon in str(given.get("enable_addons") or "").split(","))
    virtual_nodes = next(filter(is_virtual_nodes, addons), None)
    if virtual_nodes is not None:
        raise UsageError(f"--enable-addons {virtual_nodes}: kubenet does not support virtual nodes.", "Omit it.")
    if str(given.get("outbound_type")).lower() == "managednatgateway" and given.get("vnet_subnet_id"):
        raise UsageError(
            "--outbound-type managedNATGateway cannot be combined with a subnet of your own (EG5).",
            "Put a NAT gateway on the subnet and use --outbound-type userAssignedNATGateway.",
        )


def _lower(value: object) -> str:
    return str(value).lower()
