"""The table of commands. No IO.

Every `az aks ...` loads it, so it imports nothing of ours: handlers and tables are looked up when they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from azure.cli.core.commands import CliCommandType

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader


def load_command_table(loader: AzCommandsLoader) -> None:
    """Register every command of `az aks kubenet`."""
    handle = _later("_errors", "handle")
    changes = _later("render.prepare", "changes_table")
    creation = CliCommandType(operations_tmpl="azext_kubenet.create#{}", client_factory=_managed_clusters)
    with loader.command_group("aks kubenet", exception_handler=handle) as group:
        group.custom_command("plan", "kubenet_plan", table_transformer=_later("render.plan", "plan_table"))
        group.custom_command(
            "validate-subnet", "kubenet_validate_subnet", table_transformer=_later("render.report", "report_table")
        )
        group.custom_command("prepare", "kubenet_prepare", table_transformer=changes)
        group.custom_command("cleanup", "kubenet_cleanup", table_transformer=changes)
        group.custom_command(
            "list-rules", "kubenet_list_rules", table_transformer=_later("render.report", "rules_table")
        )
    with loader.command_group("aks kubenet", creation, exception_handler=handle, custom_command_type=creation) as group:
        group.custom_command("create", "kubenet_create", table_transformer=created_table)
    with loader.command_group("aks kubenet", client_factory=_managed_clusters, exception_handler=handle) as group:
        group.custom_wait_command("wait", "kubenet_show")


def _later(module: str, name: str) -> Callable[[Any], Any]:
    """A function of ours that is imported when it is called."""

    def call(argument: Any) -> Any:
        return getattr(import_module(f".{module}", __package__), name)(argument)

    return call


def _managed_clusters(cli_ctx: Any, *_: Any) -> Any:
    from azure.cli.command_modules.acs._client_factory import cf_managed_clusters

    return cf_managed_clusters(cli_ctx)


def created_table(result: Any) -> Any:
    """The findings where they stopped the creation, else the cluster as `az aks show` prints it."""
    report = result.get("report", result)
    if "findings" in report:
        from .render.report import report_table

        return report_table(report)
    from azure.cli.command_modules.acs._format import aks_show_table_format

    return aks_show_table_format(result)
