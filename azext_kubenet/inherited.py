"""What `az aks create` of the installed azure-cli takes: signature, arguments, help; and what kubenet cannot. No IO."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from azure.cli.command_modules.acs import custom as acs

from .arguments import UsageError

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

AKS_CREATE: Final = "aks create"


def create_signature(own: tuple[str, ...]) -> inspect.Signature:
    """The parameters of `az aks create`, all but the first four by keyword only, and our own."""
    kinds = inspect.Parameter
    theirs = list(inspect.signature(acs.aks_create).parameters.values())
    inherited = [each if n < 4 else each.replace(kind=kinds.KEYWORD_ONLY) for n, each in enumerate(theirs)]
    added = [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in own]
    return inspect.Signature([*inherited, *added])


def load_create_arguments(loader: AzCommandsLoader, command: str) -> None:
    """Register on `command` what the installed azure-cli registers on `az aks create`."""
    from azure.cli.command_modules.acs._params import load_arguments

    data = loader.cli_ctx.invocation.data
    present = data["command_string"]
    data["command_string"] = AKS_CREATE
    try:
        load_arguments(loader, AKS_CREATE)
    finally:
        data["command_string"] = present
    registry = loader.argument_registry.arguments
    registry[command] = {**registry[AKS_CREATE], **registry[command]}
    further = loader.extra_argument_registry
    if further.get(AKS_CREATE):
        further[command] = {**further[AKS_CREATE], **further[command]}


def create_parameters_help() -> str:
    """The `parameters:` block of the installed `az aks create`'s help, as YAML text."""
    from azure.cli.command_modules.acs import _help  # noqa: F401 - fills `helps` by being imported
    from knack.help_files import helps

    lines = helps[AKS_CREATE].splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("parameters:"))
    end = next((n for n in range(begin + 1, len(lines)) if lines[n][:1].isalpha()), len(lines))
    return "\n".join(lines[begin:end])


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
    from .core.rules.unsupported import is_virtual_nodes  # only now: help needs no rules

    plugin = given.get("network_plugin")
    if plugin is not None and str(plugin).lower() != "kubenet":
        raise UsageError(
            f"--network-plugin {plugin}: this command makes kubenet clusters only.",
            "Leave --network-plugin away, or use 'az aks create' for another plugin.",
        )
    for name, (values, reason) in _REFUSED.items():
        value = given.get(name)
        if value is None or value is False or (values is not None and str(value).lower() not in map(_lower, values)):
            continue
        shown = "" if value is True or "password" in name else f" {value}"
        raise UsageError(f"--{name.replace('_', '-')}{shown}: {reason}.", "Leave it away, or use 'az aks create'.")
    addons = (addon.strip() for addon in str(given.get("enable_addons") or "").split(","))
    virtual_nodes = next(filter(is_virtual_nodes, addons), None)
    if virtual_nodes is not None:
        raise UsageError(f"--enable-addons {virtual_nodes}: kubenet does not support virtual nodes.", "Leave it away.")
    if str(given.get("outbound_type")).lower() == "managednatgateway" and given.get("vnet_subnet_id"):
        raise UsageError(
            "--outbound-type managedNATGateway does not go with a subnet of your own (EG5).",
            "Put a NAT gateway on the subnet and use --outbound-type userAssignedNATGateway.",
        )


def _lower(value: object) -> str:
    return str(value).lower()
