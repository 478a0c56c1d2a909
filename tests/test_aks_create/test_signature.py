"""What `create` inherits from `az aks create`, and what of it kubenet cannot do."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from azure.cli.command_modules.acs.custom import aks_create

from azext_kubenet.arguments.create import OWN_ARGUMENTS
from azext_kubenet.arguments.refuse_unsupported import refuse_unsupported
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.create import kubenet_create


def test_every_parameter_of_aks_create_is_ours_too() -> None:
    theirs, ours = (inspect.signature(each).parameters for each in (aks_create, kubenet_create))
    assert set(ours) == set(theirs) | set(OWN_ARGUMENTS)
    assert set(OWN_ARGUMENTS).isdisjoint(theirs)
    assert all(ours[name].default == theirs[name].default for name in theirs)


NO_WINDOWS = "kubenet does not support Windows nodes."
NO_EGRESS = "clusters without egress are not supported on kubenet."
REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"network_plugin": "azure"}, "--network-plugin azure: this command makes kubenet clusters only."),
    ({"network_plugin": "Azure"}, "--network-plugin Azure: this command makes kubenet clusters only."),
    ({"network_plugin_mode": "overlay"}, "--network-plugin-mode overlay: a plugin mode belongs to Azure CNI"),
    ({"pod_subnet_id": "/x"}, "--pod-subnet-id /x: kubenet's pods have no subnet"),
    ({"network_policy": "Azure"}, "--network-policy Azure: kubenet works with calico or none."),
    ({"network_policy": "cilium"}, "--network-policy cilium: kubenet works with calico or none."),
    ({"network_dataplane": "CILIUM"}, "--network-dataplane CILIUM: the Cilium data plane needs Azure CNI."),
    ({"outbound_type": "None"}, f"--outbound-type None: {NO_EGRESS}"),
    ({"outbound_type": "block"}, f"--outbound-type block: {NO_EGRESS}"),
    ({"windows_admin_username": "me"}, f"--windows-admin-username me: {NO_WINDOWS}"),
    ({"windows_admin_password": "secret"}, f"--windows-admin-password: {NO_WINDOWS}"),
    ({"enable_windows_gmsa": True}, f"--enable-windows-gmsa: {NO_WINDOWS}"),
    ({"enable_addons": "monitoring, Virtual-Node"}, "--enable-addons Virtual-Node: kubenet does not support"),
    ({"enable_addons": "virtualNode"}, "--enable-addons virtualNode: kubenet does not support virtual nodes."),
    ({"enable_addons": "aciConnectorLinux,x"}, "--enable-addons aciConnectorLinux: kubenet does not support"),
    ({"aci_subnet_name": "aci"}, "--aci-subnet-name aci: kubenet does not support virtual nodes."),
    (
        {"outbound_type": "ManagedNatGateway", "vnet_subnet_id": "/x"},
        "--outbound-type managedNATGateway cannot be combined with a subnet of your own (EG5).",
    ),
)


@pytest.mark.parametrize(("given", "sentence"), REFUSED, ids=[sentence.partition(":")[0] for _, sentence in REFUSED])
def test_what_the_arguments_alone_rule_out_is_a_usage_error(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_unsupported(given)
    assert caught.value.message.startswith(sentence)
    assert "secret" not in caught.value.message
    assert caught.value.recommendation


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"network_plugin": "Kubenet"},
        {"network_policy": "calico"},
        {"network_dataplane": "azure"},
        {"outbound_type": "managedNATGateway"},
        {"outbound_type": "userDefinedRouting", "vnet_subnet_id": "/x"},
        {"enable_ahub": False, "enable_windows_gmsa": False, "enable_addons": "monitoring"},
    ],
)
def test_what_kubenet_can_do_is_let_through(given: dict[str, Any]) -> None:
    refuse_unsupported(given)
