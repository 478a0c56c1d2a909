"""What prepare does to a resource that is there: nothing, but for tags that it lacks and a failed operation. No IO."""

from __future__ import annotations

from typing import Final

from ..azure.access import ManagedIdentity
from ..azure.resource_id import ResourceId
from ..azure.resource_types import IDENTITY_TYPE, ROUTE_TABLE_TYPE
from ..azure.route_tables import RouteTable
from .change import Action, AddTags, Change, Phase, Write, WriteAgain
from .marks import Tag, is_made_for, part_tag

FAILED: Final = "Failed"
"""The provisioning state that a failed operation leaves behind; writing the resource again mends it."""


def kept_change(found: ManagedIdentity | RouteTable, tags: tuple[Tag, ...], otherwise: str) -> Change:
    """What is there with those of `tags` that it lacks, and written again where its last operation failed."""
    present = {name.lower() for name, _ in found.tags}
    lacking = tuple((name, value) for name, value in tags if name.lower() not in present)
    failed = isinstance(found, RouteTable) and found.provisioning_state == FAILED
    reasons = ["its last operation failed"] if failed else []
    reasons += [f"add tag{'s' if len(lacking) > 1 else ''} {', '.join(name for name, _ in lacking)}"] if lacking else []
    write: Write | None = AddTags(id=found.id, tags=lacking) if lacking else None
    return Change(
        action=Action.UPDATE if reasons else Action.NONE,
        resource_type=IDENTITY_TYPE if isinstance(found, ManagedIdentity) else ROUTE_TABLE_TYPE,
        resource_id=str(found.id),
        reason="; ".join(reasons) or otherwise,
        write=WriteAgain(id=found.id, tags=lacking) if failed else write,
        phase=Phase.MARKS if lacking else Phase.RESOURCES,
    )


def part_marks(cluster_id: ResourceId, table: RouteTable, parts: tuple[ResourceId, ...]) -> tuple[Tag, ...]:
    """The marks of subnets and routes on a table; of one that prepare did not make nothing is undone, so none."""
    if not is_made_for(table.tags, cluster_id, table.id):
        return ()
    return tuple(part_tag(cluster_id, table.id, part) for part in parts)
