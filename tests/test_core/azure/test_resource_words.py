"""What people call a resource."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.resource_words import words_of

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
        ("/", "the whole tenant"),
        ("/providers/Microsoft.Subscription", "'/providers/Microsoft.Subscription'"),
    ],
)
def test_each_is_called_by_its_kind_and_name(scope: str, words: str) -> None:
    assert words_of(scope) == words
