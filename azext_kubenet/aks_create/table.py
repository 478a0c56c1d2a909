"""The table of what `create` answers: the report that stopped it, or the cluster as `az aks show` prints it. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..core.azure.resource_types import ROLE_ASSIGNMENT_TYPE
from ..core.azure.resource_words import words_of
from ..core.changes.change import Action
from ..render.report_table import report_table
from ..render.tables import FINDING_WIDTHS, NARROW, Row, Screen, fit


def created_table(result: Any, screen: Screen = NARROW) -> Any:
    """The findings where they stopped the creation or none was asked for, else azure-cli's own table.

    With `--prepare --dry-run` also what would be written, and the rights that are missing for it.
    """
    report = result.get("report", result)
    if "findings" in report:
        return [*_forecast_rows(result, screen), *report_table(report, screen)]
    from azure.cli.command_modules.acs._format import aks_show_table_format

    return aks_show_table_format(result)


def _forecast_rows(result: Any, screen: Screen) -> Iterator[Row]:
    told = [
        (each["action"], f"{_named(each)}: {each['reason']}")
        for each in result.get("changes", ())
        if each["action"] != Action.NONE.value
    ]
    told += [("lacking", f"{each['action']} on {words_of(each['scope'])}") for each in result.get("missingRights", ())]
    for word, text in told:
        yield {"Code": "", "Severity": word, "Message": fit(text, screen.left_of(*FINDING_WIDTHS))}


def _named(change: Mapping[str, Any]) -> str:
    """Kind and name; an assignment, which has a GUID for a name, by its kind, as its reason tells the scope."""
    is_assignment = change["resourceType"] == ROLE_ASSIGNMENT_TYPE or change["resourceId"] is None
    return "role assignment" if is_assignment else words_of(change["resourceId"])
