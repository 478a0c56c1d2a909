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
    changes = _table(loader, "render.prepare", "changes_table")
    report = _table(loader, "render.report_table", "report_table")
    created = _table(loader, "aks_create.table", "created_table")
    planning = CliCommandType(operations_tmpl="azext_kubenet.planning#{}")
    creation = CliCommandType(operations_tmpl="azext_kubenet.create#{}", client_factory=_managed_clusters)
    with loader.command_group("aks kubenet", exception_handler=handle, custom_command_type=planning) as group:
        group.custom_command(
            "plan", "kubenet_plan", table_transformer=_table(loader, "render.plan_table", "plan_table")
        )
    with loader.command_group("aks kubenet", exception_handler=handle) as group:
        group.custom_command("validate-subnet", "kubenet_validate_subnet", table_transformer=report)
        group.custom_command("check", "kubenet_check", table_transformer=_table(loader, "render.check", "check_table"))
        group.custom_command(
            "migrate", "kubenet_migrate", table_transformer=_table(loader, "render.migrate", "migration_table")
        )
        group.custom_command("prepare", "kubenet_prepare", table_transformer=changes)
        group.custom_command("cleanup", "kubenet_cleanup", table_transformer=changes)
        group.custom_command("audit", "kubenet_audit", table_transformer=_table(loader, "render.audit", "audit_table"))
        group.custom_command(
            "list-rules", "kubenet_list_rules", table_transformer=_table(loader, "render.report_table", "rules_table")
        )
    with loader.command_group("aks kubenet", creation, exception_handler=handle, custom_command_type=creation) as group:
        group.custom_command("create", "kubenet_create", table_transformer=created)
    with loader.command_group("aks kubenet", client_factory=_managed_clusters, exception_handler=handle) as group:
        group.custom_wait_command("wait", "kubenet_show")


def _later(module: str, name: str) -> Callable[[Any], Any]:
    """A function of ours that is imported when it is called."""

    def call(argument: Any) -> Any:
        return getattr(import_module(f".{module}", __package__), name)(argument)

    return call


def _table(loader: AzCommandsLoader, module: str, name: str) -> Callable[[Any], Any]:
    """A function of ours that makes a table for the screen that az prints on."""

    def call(result: Any) -> Any:
        from .terminal import screen

        return getattr(import_module(f".{module}", __package__), name)(result, screen(loader.cli_ctx))

    return call


def _managed_clusters(cli_ctx: Any, *_: Any) -> Any:
    from azure.cli.command_modules.acs._client_factory import cf_managed_clusters

    return cf_managed_clusters(cli_ctx)
