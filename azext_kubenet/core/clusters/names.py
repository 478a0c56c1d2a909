"""Names that Azure CNI Overlay does not take. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from ..azure import limits
from ..azure.model import Subnet


@dataclass(frozen=True, slots=True, kw_only=True)
class LongName:
    """A name that is too long, what it is of, and that thing's id where it has one."""

    kind: str
    name: str
    scope: str | None


def names_too_long(subnet: Subnet) -> tuple[LongName, ...]:
    """The names of the subnet, and of the network and resource group that it is in, that are longer than overlay's."""
    return tuple(each for each in _names(subnet) if len(each.name) > limits.LONGEST_RESOURCE_NAME)


def _names(subnet: Subnet) -> tuple[LongName, ...]:
    if subnet.id is None:
        return (LongName(kind="subnet", name=subnet.name, scope=None),)
    network = subnet.id.parent
    return (
        LongName(kind="subnet", name=subnet.name, scope=str(subnet.id)),
        LongName(kind="virtual network", name=network.name, scope=str(network)),
        LongName(kind="resource group", name=network.resource_group, scope=network.resource_group_id),
    )
