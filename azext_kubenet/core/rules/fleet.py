"""Rules of all clusters that one sees. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure import limits
from ..azure.managed_clusters import ManagedCluster
from ..clusters.existing import KUBENET
from .rule import Outcome, Severity, Stage, Violation, rule
from .without_command import AT_THE_MOVE

SHOWN_NAMES: Final = 3


@rule(
    code="RET2",
    title="no cluster is on kubenet",
    severity=Severity.ERROR,
    stage=Stage.FLEET,
    remediation="Move the clusters to Azure CNI Overlay: az aks kubenet migrate --dry-run prints the steps for each.",
    no_command=AT_THE_MOVE,
    sources=("https://learn.microsoft.com/azure/aks/configure-kubenet", "https://github.com/Azure/AKS/issues/4859"),
)
def no_cluster_is_on_kubenet(managed_clusters: tuple[ManagedCluster, ...]) -> Iterator[Outcome]:
    """Kubenet on AKS is retired on {limits.RETIREMENT}. A pipeline that asks for this stops as long as one cluster that
    can be seen is on it.
    """
    found = sorted(str(each.id) for each in managed_clusters if each.network_plugin == KUBENET)
    if not found:
        return
    names = [each.rsplit("/", 1)[-1] for each in found[:SHOWN_NAMES]]
    more = f" and {len(found) - SHOWN_NAMES} more" if len(found) > SHOWN_NAMES else ""
    what = "cluster is" if len(found) == 1 else "clusters are"
    yield Violation(
        message=f"{len(found)} {what} on kubenet, which ends on {limits.RETIREMENT}: {', '.join(names)}{more}.",
        evidence={"clusters": found},
    )


RULES: Final = (no_cluster_is_on_kubenet,)
