"""What AKS calls the things that it makes for a cluster, and its nodes by those names. No IO."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from ..azure import Azure
from ..errors import Json
from ..identifiers import synthetic_guid
from ..resources.references import SCALE_SET
from ..store import Record
from .rendering import node_group_path

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def cluster_number(record: Record) -> str:
    """The eight digits in the names of everything AKS makes for a cluster."""
    return f"{uuid.UUID(synthetic_guid('cluster', record.id)).int % 10**8:08d}"


def scale_set_name(record: Record, pool: str) -> str:
    return f"aks-{pool}-{cluster_number(record)}-vmss"


def node_name(scale_set: str, index: int) -> str:
    """The scale set's name and the instance's number in base 36, six digits."""
    text = ""
    for _ in range(6):
        index, digit = divmod(index, 36)
        text = _DIGITS[digit] + text
    return scale_set + text


def scale_sets(azure: Azure, record: Record) -> list[Record]:
    return azure.store.of_type(SCALE_SET, node_group_path(record))


def nodes_of(azure: Azure, record: Record) -> Iterator[Json]:
    """Every node of the cluster: its name, address, subnet, pod block and when it joined."""
    for scale_set in scale_sets(azure, record):
        yield from scale_set.private.get("nodes", [])
