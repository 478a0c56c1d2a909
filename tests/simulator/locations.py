"""Regions: normalized, known, and not to be changed afterwards. No IO."""

from __future__ import annotations

from .errors import ArmError, Json, gateway_error
from .identifiers import Target
from .settings import LOCATIONS
from .store import Record


def normalize(location: str) -> str:
    """`West US 2` and `westus2` are the same region."""
    return location.lower().replace(" ", "")


def check_location(resource_type: str, target: Target, body: Json, old: Record | None) -> None:
    """Refuses a missing, unknown or changed region, in Azure's words."""
    sent = body.get("location")
    if not sent:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    location = normalize(str(sent))
    if old is not None and normalize(old.location) != location:
        message = (
            f"The resource '{target.name}' already exists in location '{old.location}' in resource group "
            f"'{target.group}'. A resource with the same name cannot be created in location '{location}'. Please "
            "select a new resource name."
        )
        raise gateway_error(409, "InvalidResourceLocation", message)
    if location not in LOCATIONS:
        message = (
            f"The provided location '{sent}' is not available for resource type '{resource_type}'. List of available "
            f"regions for the resource type is '{','.join(LOCATIONS)}'."
        )
        raise gateway_error(400, "LocationNotAvailableForResourceType", message)
