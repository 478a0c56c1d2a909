"""The log of requests, in memory and optionally as JSON lines in a file. IO: appends to that file."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class LoggedRequest:
    """One request as it came in; `status` is None until it was answered, 0 when the connection was closed instead."""

    method: str
    path: str
    query: dict[str, str]
    api_version: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    code: str | None = None
    duration: float = 0.0
    trace: str | None = None
    time: float = field(default_factory=time.time)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Journal:
    """Requests in order of arrival; safe for several threads."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []

    def add(self, entry: LoggedRequest) -> LoggedRequest:
        with self._lock:
            self._entries.append(entry)
        return entry

    def close(self, entry: LoggedRequest, status: int, code: str | None = None) -> None:
        """Notes how a request ended and writes its line."""
        entry.status, entry.code = status, code
        entry.duration = round(time.time() - entry.time, 6)
        if self._file is not None:
            with self._lock, self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(entry)) + "\n")

    @property
    def entries(self) -> list[LoggedRequest]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
