"""An audit as CSV, a row a cluster, for spreadsheets. No IO."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

_PLAIN: Final = (
    *("effort", "name", "resourceGroup", "subscriptionName", "subscriptionId", "location", "kubernetesVersion"),
    *("nodes", "maximumNodes", "ownNetwork", "networkPolicy", "outboundType", "identityType", "gateway"),
)
"""Keys of the answer that are columns as they are."""

_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - those are meant
"""What makes a spreadsheet take a cell for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""

_AS_TEXT: Final = "'"
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheets do not take the file for UTF-8."""


def fleet_csv(result: Mapping[str, Any]) -> str:
    """All clusters of an audit, in its order; `result` is its answer as JSON has it."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*_PLAIN, "steps", "failed", "unknown", "leftovers", "id", "command"])
    writer.writerows([_cell(value) for value in _values(each)] for each in result["clusters"])
    return _BYTE_ORDER_MARK + written.getvalue()


def _values(cluster: Mapping[str, Any]) -> Iterator[object]:
    yield from (cluster[key] for key in _PLAIN)
    yield " ".join(cluster["steps"])
    for status in ("failed", "unknown"):
        yield " ".join(dict.fromkeys(each["code"] for each in cluster["findings"] if each["status"] == status))
    yield from (len(cluster["leftovers"]), cluster["id"], cluster["command"])


def _cell(value: object) -> str:
    """The value as JSON writes it, so that no text is a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    written = str(value)
    return _AS_TEXT + written if written.startswith(_BEGINS_FORMULA) else written
