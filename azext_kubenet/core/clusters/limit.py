"""What can stop a cluster's growth. No IO."""

from __future__ import annotations

from enum import Enum


class Limit(str, Enum):
    """What can stop a cluster's growth, in the order that breaks ties."""

    SUBNET = "subnet"
    POD_CIDR = "podCidr"
    ROUTE_TABLE = "routeTable"
    NODE_POOLS = "nodePools"
