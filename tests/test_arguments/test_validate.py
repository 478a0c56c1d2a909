"""What `validate-subnet` is asked for: subnets of pools by name and id."""

from __future__ import annotations

import pytest

from azext_kubenet.arguments.validate import ValidateArguments, in_subnets, parse_judged_cluster
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.azure.resource_id import ResourceId

from ..test_core.make import make_id

NODES = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "nodes")
FURTHER = make_id("Microsoft.Network/virtualNetworks/subnets", "vnet", "further")
ELSEWHERE = make_id("Microsoft.Network/virtualNetworks/subnets", "hub", "nodes")


def placed(*pools: str, cluster: str | None = None) -> tuple[list[str | None], tuple[ResourceId, ...]]:
    """The subnet of each pool, and the subnets that are read besides."""
    arguments = ValidateArguments(nodepool=[pool.split() for pool in pools] or None, cluster_name=cluster)
    wanted, further = in_subnets(parse_judged_cluster(arguments), NODES, runs=cluster is not None)
    return [pool.subnet for pool in wanted.node_pools], further


def test_pools_without_a_subnet_are_in_the_one_that_is_judged() -> None:
    assert placed() == ([None], ())
    assert placed("name=a", "name=b subnet=further") == ([NODES.text, FURTHER.text], (FURTHER,))


def test_a_subnet_is_named_by_name_or_id_and_read_once() -> None:
    subnets, further = placed("name=a subnet=further", f"name=b subnet={FURTHER}", f"name=c subnet={ELSEWHERE}")
    assert subnets == [FURTHER.text, FURTHER.text, ELSEWHERE.text]
    assert further == (FURTHER, ELSEWHERE)


@pytest.mark.parametrize("text", ["nodes", "NODES", NODES.text.upper()])
def test_the_judged_subnet_is_no_further_one(text: str) -> None:
    assert placed(f"name=a subnet={text}")[1] == ()


def test_in_a_cluster_that_runs_a_pool_may_be_where_it_is() -> None:
    assert placed("name=a", "name=b subnet=further", cluster="aks") == ([None, FURTHER.text], (FURTHER,))
    assert placed(cluster="aks") == ([], ())


@pytest.mark.parametrize("text", ["a/b", "..?x", "/subscriptions/x", f"{NODES.parent}"])
def test_what_names_no_subnet_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        placed(f"name=a subnet={text}")
    assert refusal.value.message.startswith("--nodepool a: subnet")
