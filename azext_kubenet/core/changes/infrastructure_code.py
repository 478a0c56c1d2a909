"""What changes in the text that describes a cluster, once it has moved to overlay. No IO.

Sources: https://github.com/hashicorp/terraform-provider-azurerm (kubernetes_cluster_resource.go, CHANGELOG-v4.md),
https://github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


class CodeFormat(str, Enum):
    """Whose text it is."""

    NONE = "none"
    TERRAFORM = "terraform"
    TERRAFORM_AVM = "terraform-avm"
    BICEP = "bicep"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """The text before and after; `minimum_version` is that of the provider or module which can express it."""

    format: CodeFormat
    before: str
    after: str
    minimum_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    pod_cidr: str | None
    policy: str | None


def code_change(
    wanted: CodeFormat, *, pod_cidr: str | None, policy: str | None, policy_after: str | None
) -> CodeChange | None:
    """The change for that kind of text; None where none was asked for. The pod CIDR is the same in both."""
    if wanted is CodeFormat.NONE:
        return None
    make, version = _FORMATS[wanted]
    before = _Profile(pod_cidr=pod_cidr, policy=policy)
    after = _Profile(pod_cidr=pod_cidr, policy=policy_after)
    return CodeChange(format=wanted, before=make(before, False), after=make(after, True), minimum_version=version)


def _terraform(profile: _Profile, moved: bool) -> str:
    members = {"network_plugin": "azure" if moved else "kubenet"}
    if moved:
        members["network_plugin_mode"] = "overlay"
    members |= _common(profile, moved, "pod_cidr", "network_policy", "network_data_plane")
    width = max(map(len, members))
    lines = [f'    {name.ljust(width)} = "{value}"' for name, value in members.items()]
    guard = ["", "  lifecycle {", "    prevent_destroy = true", "  }"] if moved else []
    head = "# az first, then this text; `terraform plan` must show no replacement\n" if moved else ""
    body = ["  network_profile {", *lines, "  }", *guard]
    return head + "\n".join(['resource "azurerm_kubernetes_cluster" "this" {', *body, "}"])


def _terraform_avm(profile: _Profile, moved: bool) -> str:
    members = {"network_plugin": "azure" if moved else "kubenet"}
    if moved:
        members["network_plugin_mode"] = "overlay"
    members |= _common(profile, moved, "pod_cidr", "network_policy", "network_dataplane")
    width = max(map(len, members))
    lines = [f'  {name.ljust(width)} = "{value}"' for name, value in members.items()]
    return "\n".join(["network_profile = {", *lines, "}"])


def _bicep(profile: _Profile, moved: bool) -> str:
    members = {"networkPlugin": "azure" if moved else "kubenet"}
    if moved:
        members["networkPluginMode"] = "overlay"
    members |= _common(profile, moved, "podCidr", "networkPolicy", "networkDataplane")
    lines = [f"  {name}: '{value}'" for name, value in members.items()]
    return "\n".join(["networkProfile: {", *lines, "}"])


def _common(profile: _Profile, moved: bool, pod_cidr: str, policy: str, dataplane: str) -> dict[str, str]:
    """The pod CIDR, and the policy engine where there is one; Cilium needs its data plane beside it."""
    members = {} if profile.pod_cidr is None else {pod_cidr: profile.pod_cidr}
    if profile.policy is not None:
        if moved and profile.policy == "cilium":
            members[dataplane] = profile.policy
        members[policy] = profile.policy
    return members


_FORMATS: Final[Mapping[CodeFormat, tuple[Callable[[_Profile, bool], str], str | None]]] = MappingProxyType(
    {
        CodeFormat.TERRAFORM: (_terraform, "azurerm 4.66.0"),
        CodeFormat.TERRAFORM_AVM: (_terraform_avm, None),
        CodeFormat.BICEP: (_bicep, None),
    }
)
