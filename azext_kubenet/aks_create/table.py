"""The table of what `create` answers: the report that stopped it, or the cluster as `az aks show` prints it. No IO."""

from __future__ import annotations

from typing import Any

from ..render.report import report_table
from ..render.tables import NARROW, Screen


def created_table(result: Any, screen: Screen = NARROW) -> Any:
    """The findings where they stopped the creation or none was asked for, else azure-cli's own table."""
    report = result.get("report", result)
    if "findings" in report:
        return report_table(report, screen)
    from azure.cli.command_modules.acs._format import aks_show_table_format

    return aks_show_table_format(result)
