"""The resources of the simulated Azure, keyed by lower-cased id. No IO."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from .errors import Json
from .identifiers import Target, parse


@dataclass
class Record:
    """One stored resource.

    `body` holds what the client and the service's defaults said: location, tags, sku, identity and properties.
    Id, name, type, ETag, provisioning state and back references are written by whoever renders it. `private` is
    never shown.
    """

    target: Target
    body: Json
    state: str = "Succeeded"
    etag: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)
    private: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.target.path

    @property
    def key(self) -> str:
        return self.target.key

    @property
    def type(self) -> str:
        return self.target.type

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def properties(self) -> Json:
        properties: Json = self.body.setdefault("properties", {})
        return properties

    @property
    def location(self) -> str:
        return str(self.body.get("location", ""))


class Store:
    """Case-insensitive map of id to record, in order of creation."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._by_type: dict[str, dict[str, Record]] = {}

    def find(self, resource_id: str | None) -> Record | None:
        return self._records.get(parse(resource_id).key) if resource_id else None

    def put(self, record: Record) -> None:
        self._records[record.key] = record
        self._by_type.setdefault(record.type.lower(), {})[record.key] = record

    def remove(self, resource_id: str) -> list[Record]:
        """Removes a resource and everything below it; returns what went."""
        key = parse(resource_id).key
        gone = [record for name, record in self._records.items() if name == key or name.startswith(key + "/")]
        for record in gone:
            del self._records[record.key]
            del self._by_type[record.type.lower()][record.key]
        return gone

    def of_type(self, resource_type: str, below: str = "") -> list[Record]:
        prefix = below.lower().rstrip("/") + "/"
        return [
            record for key, record in self._by_type.get(resource_type.lower(), {}).items() if key.startswith(prefix)
        ]

    def children(self, record: Record, kind: str) -> list[Record]:
        return self.of_type(f"{record.type}/{kind}", record.id)

    def all(self, below: str = "") -> list[Record]:
        prefix = below.lower().rstrip("/") + "/"
        return [record for key, record in self._records.items() if key.startswith(prefix)]

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Undoes every put and removal of the block when it raises. Records themselves must be replaced, not edited."""
        before = dict(self._records)
        try:
            yield
        except BaseException:
            self._records, self._by_type = before, {}
            for record in before.values():
                self._by_type.setdefault(record.type.lower(), {})[record.key] = record
            raise
