"""What decides whether a cluster that runs can move to Azure CNI Overlay, read off the cluster itself. No IO."""

from __future__ import annotations

import re
from typing import Final

from ..azure.managed_clusters import AgentPool, ManagedCluster

NO_ENGINE: Final = "none"
SETTLED: Final = frozenset({"succeeded", "failed", "canceled"})
"""States of a cluster or pool on which no operation is under way, in lower case.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations"""

_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.|$)")
_CONFIDENTIAL: Final = re.compile(r"standard_dc\d+s_v2", re.IGNORECASE)
_AVAILABILITY_SET: Final = "availabilityset"


def version_of(text: str) -> tuple[int, int] | None:
    """Major and minor of `1.27.3`; None where it is no version."""
    found = _VERSION.match(text)
    return None if found is None else (int(found[1]), int(found[2]))


def policy_engine(cluster: ManagedCluster) -> str | None:
    """The network policy engine that is installed; None where there is none."""
    engine = cluster.network_policy.lower()
    return None if engine in ("", NO_ENGINE) else engine


def has_own_subnet(cluster: ManagedCluster) -> bool:
    """Whether a node pool is in a subnet that somebody gave, and not in the network that AKS made."""
    return any(pool.subnet_id is not None for pool in cluster.agent_pools)


def is_settled(state: str) -> bool:
    """Whether no operation is under way in this state."""
    return state.lower() in SETTLED


def is_in_availability_set(pool: AgentPool) -> bool:
    """Whether the pool's machines are in one, and not in a scale set."""
    return pool.kind.lower() == _AVAILABILITY_SET


def is_first_confidential_size(pool: AgentPool) -> bool:
    """Whether the pool's machines are of the DCsv2 series."""
    return _CONFIDENTIAL.fullmatch(pool.vm_size) is not None
