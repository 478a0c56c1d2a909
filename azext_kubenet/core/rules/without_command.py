"""Why no command can repair what breaks a rule: what the rules that print none say of it, whole sentences. No IO."""

from __future__ import annotations

from typing import Final

DESCRIPTION: Final = "The description of the cluster is at fault, and only you know what else it may be."
OCCUPIED: Final = "What is there may be another's, and no command may take its place away."
NEXT_HOP: Final = "Which appliance or gateway is to carry the traffic cannot be read from Azure."
RIGHT_OF_CALLER: Final = "It is your own right, which somebody else has to give you."
AT_THE_MOVE: Final = "It is dealt with before or at the move, whose commands az aks kubenet migrate --dry-run prints."
LOOKING: Final = "What is printed only looks; the repair is in the cluster, in the quota, or with Azure's support."
STATE: Final = "It has to be waited for, or Azure's support repairs it."
FIXED: Final = "Azure moves and renames neither networks nor tables."
OUT_OF_SIGHT: Final = "What comes by BGP or lies on-premises cannot be read from Azure."
