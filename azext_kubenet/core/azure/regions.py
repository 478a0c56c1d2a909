"""Azure regions, written by people and by the service in different ways. No IO."""

from __future__ import annotations


def same_region(first: str, second: str) -> bool:
    """Whether `West Europe` and `westeurope` mean one region.

    Source: https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-location
    """
    return _canonical(first) == _canonical(second)


def _canonical(region: str) -> str:
    return region.replace(" ", "").lower()
