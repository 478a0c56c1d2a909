"""Why no command can repair what breaks a rule: what the rules that print none say of it, whole sentences. No IO."""

from __future__ import annotations

from typing import Final

DESCRIPTION: Final = "The description of the cluster is at fault, and only you know how it may change."
ROUTES: Final = "How many nodes there are to be, and which other routes the subnet can do without, only you know."
OCCUPIED: Final = "What is there may belong to somebody else, and no command may take it away."
NEXT_HOP: Final = "Which appliance or gateway is to carry the traffic cannot be read from Azure."
RIGHT_OF_CALLER: Final = "It is your own right, which somebody else has to give you."
AT_THE_MOVE: Final = "It is dealt with before or at the move, whose commands az aks kubenet migrate --dry-run prints."
LOOKING: Final = "The printed command only reads; the repair is in the cluster, in the quota, or with Azure's support."
STATE: Final = "It passes with time, or Azure's support repairs it."
FIXED: Final = "Azure can neither move nor rename a virtual network or route table."
OUT_OF_SIGHT: Final = "What comes by BGP or lies on-premises cannot be read from Azure."
