"""Where public endpoints lie. No IO."""

from __future__ import annotations

from typing import Final

from ..azure import limits
from .intervals import EVERY_ADDRESS, Intervals, of_networks, subtract

PUBLIC_SPACE: Final[Intervals] = subtract(
    EVERY_ADDRESS, of_networks((*limits.PRIVATE_RANGES, *limits.SPECIAL_PURPOSE_RANGES))
)
"""All IPv4 addresses that are neither private nor reserved."""
