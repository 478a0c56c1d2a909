"""Where pools of a plan say that they want to be."""

from __future__ import annotations

import pytest

from azext_kubenet.arguments.plan import PlanArguments, in_network, parse_plan
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.plan.plan import PlanRequest
from tests.test_core.make import make_id, make_virtual_network

NETWORK = make_virtual_network()
WORK = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "work")
ELSEWHERE = make_id("Microsoft.Network/virtualNetworks/subnets", "other", "work")


def asked(subnet: object, prefix: str | None = None) -> PlanRequest:
    pools = [["name=system"], ["name=work", f"subnet={subnet}"]]
    return parse_plan(PlanArguments(nodepool=pools, subnet_prefix=prefix))


def test_one_prefix_cannot_be_that_of_several_subnets() -> None:
    with pytest.raises(UsageError, match=r"--subnet-prefix describes a single subnet, but --nodepool names 'work'"):
        asked("work", "10.0.0.0/24")


@pytest.mark.parametrize("subnet", ["work", WORK])
def test_a_subnet_of_the_network_is_known_by_its_name(subnet: object) -> None:
    pools = in_network(asked(subnet), NETWORK).cluster.node_pools
    assert [pool.subnet for pool in pools] == [None, "work"]


@pytest.mark.parametrize(("subnet", "network"), [(ELSEWHERE, NETWORK), (WORK, None)])
def test_a_subnet_of_another_network_is_refused(subnet: object, network: object) -> None:
    with pytest.raises(UsageError, match="is not in the virtual network of this plan"):
        in_network(asked(subnet), network)  # type: ignore[arg-type] # a network or None


@pytest.mark.parametrize("subnet", ["a/b", "/subscriptions/s"])
def test_a_path_that_is_no_subnets_id_is_refused(subnet: str) -> None:
    with pytest.raises(UsageError, match="--nodepool work: subnet"):
        in_network(asked(subnet), NETWORK)
