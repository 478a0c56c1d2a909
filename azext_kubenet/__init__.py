"""The azure-cli extension `aks-kubenet`: plan, check, prepare and create AKS clusters with kubenet. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.cli.core import AzCommandsLoader

from . import _help  # noqa: F401 - registers the help by being imported

if TYPE_CHECKING:
    from azure.cli.core import AzCli


class KubenetCommandsLoader(AzCommandsLoader):  # type: ignore[misc] # azure-cli ships no type information
    """Gives azure-cli the group `az aks kubenet`."""

    def __init__(self, cli_ctx: AzCli | None = None) -> None:
        from azure.cli.core.commands import CliCommandType

        custom = CliCommandType(operations_tmpl="azext_kubenet.custom#{}")
        super().__init__(cli_ctx=cli_ctx, custom_command_type=custom)

    def load_command_table(self, args: list[str] | None) -> dict[str, Any]:
        """Register the commands; where `args`, the command line, names one of ours, suit the terminal as well."""
        from .commands import load_command_table

        if args is not None and [word.lower() for word in args[:2]] == ["aks", "kubenet"]:
            from .terminal import fit_help, leave_colours_out

            leave_colours_out(self.cli_ctx, args)
            if args[2:3] != ["create"]:  # the names of az's arguments alone fill most of a narrow screen
                fit_help(self.cli_ctx)
        load_command_table(self)
        return dict(self.command_table)

    def load_arguments(self, command: str) -> None:
        """Register the arguments of one command."""
        from ._params import load_arguments

        load_arguments(self, command)


COMMAND_LOADER_CLS = KubenetCommandsLoader
