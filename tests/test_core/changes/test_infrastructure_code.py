"""What changes in the text that describes a cluster."""

from __future__ import annotations

import pytest

from azext_kubenet.core.changes.infrastructure_code import CodeChange, CodeFormat, code_change


def change(wanted: CodeFormat, *, policy: str | None = None, after: str | None = None) -> CodeChange:
    found = code_change(wanted, pod_cidr="10.244.0.0/16", policy=policy, policy_after=after)
    assert found is not None
    return found


def test_nothing_is_shown_unasked() -> None:
    assert code_change(CodeFormat.NONE, pod_cidr=None, policy=None, policy_after=None) is None


def test_terraform_says_both_members_and_guards_the_cluster() -> None:
    found = change(CodeFormat.TERRAFORM)
    assert found.minimum_version == "azurerm 4.66.0"
    assert found.before == (
        'resource "azurerm_kubernetes_cluster" "this" {\n'
        "  network_profile {\n"
        '    network_plugin = "kubenet"\n'
        '    pod_cidr       = "10.244.0.0/16"\n'
        "  }\n"
        "}"
    )
    assert found.after == (
        "# az first, then this text; `terraform plan` must show no replacement\n"
        'resource "azurerm_kubernetes_cluster" "this" {\n'
        "  network_profile {\n"
        '    network_plugin      = "azure"\n'
        '    network_plugin_mode = "overlay"\n'
        '    pod_cidr            = "10.244.0.0/16"\n'
        "  }\n"
        "\n"
        "  lifecycle {\n"
        "    prevent_destroy = true\n"
        "  }\n"
        "}"
    )


@pytest.mark.parametrize(
    ("wanted", "lines"),
    [
        (CodeFormat.TERRAFORM, ('network_data_plane  = "cilium"', 'network_policy      = "cilium"')),
        (CodeFormat.TERRAFORM_AVM, ('network_dataplane   = "cilium"', 'network_policy      = "cilium"')),
        (CodeFormat.BICEP, ("networkDataplane: 'cilium'", "networkPolicy: 'cilium'", "networkPluginMode: 'overlay'")),
    ],
)
def test_the_engine_changes_with_its_data_plane(wanted: CodeFormat, lines: tuple[str, ...]) -> None:
    found = change(wanted, policy="calico", after="cilium")
    assert "calico" in found.before
    assert all(line in found.after for line in lines)
    assert "calico" not in found.after


def test_an_engine_that_does_not_come_back_is_no_more_in_the_text() -> None:
    assert "olicy" not in change(CodeFormat.BICEP, policy="calico").after


def test_what_has_no_pod_cidr_names_none() -> None:
    found = code_change(CodeFormat.BICEP, pod_cidr=None, policy=None, policy_after=None)
    assert found is not None
    assert found.before == "networkProfile: {\n  networkPlugin: 'kubenet'\n}"
