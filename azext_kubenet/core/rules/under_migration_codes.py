"""Rules of other families that the move to overlay asks as well, under codes of its own. No IO."""

from __future__ import annotations

from typing import Final

from .network_security_group import network_security_group_allows_nodes_and_pods
from .rule import Stage

UPDATE_CNI: Final = "https://learn.microsoft.com/azure/aks/update-azure-cni"

MG10: Final = network_security_group_allows_nodes_and_pods._replace(
    code="MG10",
    name="network-security-group-allows-pods-of-overlay",
    stage=Stage.MIGRATION,
    sources=(*network_security_group_allows_nodes_and_pods.sources, UPDATE_CNI),
)
"""With overlay too, traffic of pods passes the security group of the nodes' subnet."""

ALREADY_JUDGED: Final = {"SN8": "MG6", "NSG1": "MG10"}
"""The rules whose outcome stands under another code, and that code."""

RULES: Final = (MG10,)
