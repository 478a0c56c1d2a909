"""What the shell offers on Tab where azure-cli has no completer of its own. Does network IO, on Tab only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from azure.cli.core.decorators import Completer

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand


def ids_of(resource_type: str) -> Callable[..., list[str]]:
    """A completer for the ids of that type, in the group where one is named."""

    def complete(cmd: AzCliCommand, prefix: str, namespace: Any, **_: Any) -> list[str]:
        from azure.cli.core.commands.parameters import get_resources_in_resource_group, get_resources_in_subscription

        del prefix  # the shell keeps what begins with it
        group = getattr(namespace, "resource_group_name", None)
        if group:
            found = get_resources_in_resource_group(cmd.cli_ctx, group, resource_type=resource_type)
        else:
            found = get_resources_in_subscription(cmd.cli_ctx, resource_type)
        return [str(each.id) for each in found]

    completer: Callable[..., list[str]] = Completer(complete)
    return completer


def _subnet_names(cmd: AzCliCommand, prefix: str, namespace: Any, **_: Any) -> list[str]:
    from .arm.client import arm_client
    from .arm.parse import parse_virtual_network
    from .core.resource_id import resource_id

    del prefix
    group, network = getattr(namespace, "resource_group_name", None), getattr(namespace, "vnet_name", None)
    if not group or not network:
        return []
    client, subscription = arm_client(cmd.cli_ctx, cmd.cli_ctx.data.get("subscription_id"))
    identity = resource_id(subscription, group, "Microsoft.Network/virtualNetworks", network)
    return [subnet.name for subnet in parse_virtual_network(client.get(str(identity))).subnets]


subnet_names = Completer(_subnet_names)
"""The subnets of the virtual network that the command line names so far."""
