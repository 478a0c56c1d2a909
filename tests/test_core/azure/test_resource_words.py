"""What people call a resource."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.resource_words import scope_of, words_of

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (f"{GROUP}/providers/Microsoft.Network/routeTables/routes", "route table 'routes'"),
        (f"{GROUP}/providers/microsoft.network/VirtualNetworks/v/subnets/s", "subnet 's' of virtual network 'v'"),
        (f"{GROUP}/providers/Microsoft.Cdn/profiles/p", "Microsoft.Cdn/profiles 'p'"),
        (GROUP, "resource group 'rg'"),
        (f"{GROUP}/", "resource group 'rg'"),
        (GROUP.rpartition("/resourceGroups")[0], "the subscription"),
        ("/providers/Microsoft.Management/managementGroups/Platform", "management group 'Platform'"),
        (f"{GROUP.rpartition('/resourceGroups')[0]}/providers/Microsoft.X/things/x", "Microsoft.X/things 'x'"),
        ("/", "the whole tenant"),
        (f"{GROUP}/providers/Microsoft.Network/routeTables/t/routes/r", "route 'r' of route table 't'"),
        (f"{GROUP}/providers/Microsoft.Network/localNetworkGateways", "localNetworkGateways of resource group 'rg'"),
        (f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/usages", "usages of virtual network 'v'"),
        (
            f"{GROUP}/providers/Microsoft.Network/routeTables/t/providers/Microsoft.Authorization/permissions",
            "permissions of route table 't'",
        ),
        ("/providers/Microsoft.Subscription", "'/providers/Microsoft.Subscription'"),
    ],
)
def test_each_is_called_by_its_kind_and_name(scope: str, words: str) -> None:
    assert words_of(scope) == words


@pytest.mark.parametrize(
    ("read", "scope"),
    [
        ("/providers/Microsoft.Network/virtualNetworks/v/usages", "/providers/Microsoft.Network/virtualNetworks/v"),
        ("/providers/Microsoft.Network/virtualNetworks/v", "/providers/Microsoft.Network/virtualNetworks/v"),
        ("/providers/Microsoft.Network/localNetworkGateways", ""),
        ("/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults", ""),
        ("", ""),
    ],
)
def test_of_a_list_the_right_to_read_it_comes_from_what_it_belongs_to(read: str, scope: str) -> None:
    assert scope_of(GROUP + read) == GROUP + scope
