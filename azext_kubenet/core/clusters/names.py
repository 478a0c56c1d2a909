"""Names that Azure CNI Overlay does not take. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..azure import limits
from ..azure.networks import Subnet


@dataclass(frozen=True, slots=True, kw_only=True)
class LongName:
    """A name that is too long, what it is of, and that thing's id where it has one."""

    kind: str
    name: str
    scope: str | None


def names_too_long(subnet: Subnet) -> tuple[LongName, ...]:
    """The names of the subnet, and of the network and resource group that it is in, that are longer than overlay's."""
    return tuple(
        LongName(kind=kind, name=name, scope=scope)
        for kind, name, scope in _names(subnet)
        if len(name) > limits.LONGEST_RESOURCE_NAME
    )


def _names(subnet: Subnet) -> Iterator[tuple[str, str, str | None]]:
    """Each with what it is of, and with the id of that."""
    if subnet.id is None:
        yield ("subnet", subnet.name, None)
        return
    network = subnet.id.parent
    yield ("subnet", subnet.name, str(subnet.id))
    yield ("virtual network", network.name, str(network))
    yield ("resource group", network.resource_group, network.resource_group_id)
