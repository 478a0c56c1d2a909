"""What `az aks create` of the installed azure-cli takes: signature, arguments and help. No IO."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from azure.cli.command_modules.acs import custom as acs
from knack.arguments import CLIArgumentType

from .dry_run_keys import without_writing

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

AKS_CREATE: Final = "aks create"
INHERITED: Final = "az aks create"
"""How the groups of arguments are called that are `az aks create`'s own: azure-cli sorts by name, capitals first."""

FIRST: Final = ("resource_group_name", "name", "location", "vnet_subnet_id", "assign_identity")
"""Arguments of `az aks create` without which there is no kubenet cluster on a subnet of one's own: in no group."""


def create_signature(own: tuple[str, ...]) -> inspect.Signature:
    """The parameters of `az aks create`, all but the first four by keyword only, and our own."""
    kinds = inspect.Parameter
    theirs = list(inspect.signature(acs.aks_create).parameters.values())
    inherited = [each if n < 4 else each.replace(kind=kinds.KEYWORD_ONLY) for n, each in enumerate(theirs)]
    added = [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in own]
    return inspect.Signature([*inherited, *added])


def load_create_arguments(loader: AzCommandsLoader, command: str) -> None:
    """Register on `command` what the installed azure-cli registers on `az aks create`."""
    from azure.cli.command_modules.acs._params import load_arguments

    data = loader.cli_ctx.invocation.data
    present = data["command_string"]
    data["command_string"] = AKS_CREATE
    try:
        load_arguments(loader, AKS_CREATE)
    finally:
        data["command_string"] = present
    registry = loader.argument_registry.arguments
    registry[command] = {**_grouped(registry[AKS_CREATE]), **registry[command]}
    ssh_key = registry[command]["ssh_key_value"]
    registry[command]["ssh_key_value"] = CLIArgumentType(
        overrides=ssh_key, validator=without_writing(ssh_key.settings["validator"])
    )
    further = loader.extra_argument_registry
    if further.get(AKS_CREATE):
        further[command] = {**further[AKS_CREATE], **further[command]}


def _grouped(arguments: Mapping[str, CLIArgumentType]) -> dict[str, CLIArgumentType]:
    """The arguments in groups of their own, which the help shows after ours: there are more than a hundred."""
    names = [each for each in inspect.signature(acs.aks_create).parameters if each not in FIRST]
    found = {name: arguments.get(name) or CLIArgumentType() for name in names}
    groups = {name: each.settings.get("arg_group") for name, each in found.items()}
    return {
        **arguments,
        **{
            name: CLIArgumentType(
                overrides=each, arg_group=f"{INHERITED}: {groups[name]}" if groups[name] else INHERITED
            )
            for name, each in found.items()
        },
    }


def create_parameters_help() -> str:
    """The `parameters:` block of the installed `az aks create`'s help, as YAML text."""
    from azure.cli.command_modules.acs import _help  # noqa: F401 - fills `helps` by being imported
    from knack.help_files import helps

    lines = helps[AKS_CREATE].splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("parameters:"))
    end = next((n for n in range(begin + 1, len(lines)) if lines[n][:1].isalpha()), len(lines))
    return "\n".join(lines[begin:end])
