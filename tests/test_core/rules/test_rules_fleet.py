"""Rules of all clusters that one sees."""

from __future__ import annotations

import pytest

from azext_kubenet.core.rules.fleet import no_cluster_is_on_kubenet
from azext_kubenet.core.rules.rule import Status

from ..make import judge, make_managed_cluster


def test_ret2_none() -> None:
    overlay = make_managed_cluster("o", network_plugin="azure")
    assert [each.status for each in judge(no_cluster_is_on_kubenet, managed_clusters=(overlay,))] == [Status.PASSED]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 cluster is on kubenet, which ends on 2028-03-31: k1."),
        (5, "5 clusters are on kubenet, which ends on 2028-03-31: k1, k2, k3 and 2 more."),
    ],
)
def test_ret2_one_finding_for_all(count: int, text: str) -> None:
    clusters = tuple(make_managed_cluster(f"k{number}") for number in range(count, 0, -1))
    found = judge(no_cluster_is_on_kubenet, managed_clusters=clusters)
    assert [(each.message, each.is_error) for each in found] == [(text, True)]
    assert len(found[0].evidence["clusters"]) == count  # type: ignore[arg-type] # a list
