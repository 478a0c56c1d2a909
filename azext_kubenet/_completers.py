"""What the shell offers on Tab, asked of Azure as `az` is signed in. Does network IO, on Tab only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from azure.cli.core.decorators import Completer

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from .arm.client import ArmClient

Offer: TypeAlias = "Callable[[ArmClient, str, Any], list[str]]"
"""The words for a client, the id of the subscription or group to look in, and what is parsed so far."""


def _completer(offer: Offer) -> Callable[..., list[str]]:
    """A completer that offers nothing to whoever is not signed in, not allowed to read or offline."""

    def complete(cmd: AzCliCommand, prefix: str, namespace: Any, **_: Any) -> list[str]:
        from .arm.client import arm_client

        del prefix  # the shell keeps what begins with it
        try:
            client, subscription = arm_client(cmd.cli_ctx)  # argcomplete does not let az read --subscription
            group = getattr(namespace, "resource_group_name", None)
            scope = f"/subscriptions/{subscription}" + (f"/resourceGroups/{group}" if group else "")
            return [word for word in offer(client, scope, namespace) if word.isprintable()]
        except Exception:  # noqa: BLE001 # pylint: disable=broad-except # an error has no place in a line being typed
            return []

    completer: Callable[..., list[str]] = Completer(complete)
    return completer


def _key_of(resource_type: str, key: str) -> Callable[..., list[str]]:
    def offer(client: ArmClient, scope: str, _: Any) -> list[str]:
        found = client.list(f"{scope}/resources", filter_text=f"resourceType eq '{resource_type}'")
        return [str(each[key]) for each in found]

    return _completer(offer)


def names_of(resource_type: str) -> Callable[..., list[str]]:
    """A completer for the names of that type, in the group where one is given."""
    return _key_of(resource_type, "name")


def ids_of(resource_type: str) -> Callable[..., list[str]]:
    """A completer for the ids of that type, in the group where one is given."""
    return _key_of(resource_type, "id")


def _subnets(client: ArmClient, scope: str, namespace: Any) -> list[str]:
    network = getattr(namespace, "vnet_name", None)
    if "/resourceGroups/" not in scope or not network:
        return []
    found = client.get(f"{scope}/providers/Microsoft.Network/virtualNetworks/{network}")
    return [str(each["name"]) for each in found["properties"]["subnets"]]


def _all_subnets(client: ArmClient, scope: str, _: Any) -> list[str]:
    networks = client.list(f"{scope}/providers/Microsoft.Network/virtualNetworks")
    return [str(each["id"]) for network in networks for each in network["properties"]["subnets"]]


def _subscriptions(client: ArmClient, _: str, __: Any) -> list[str]:
    return [str(each["subscriptionId"]) for each in client.list("/subscriptions")]


def _management_groups(client: ArmClient, _: str, __: Any) -> list[str]:
    return [str(each["name"]) for each in client.list("/providers/Microsoft.Management/managementGroups")]


subscription_ids = _completer(_subscriptions)
"""The ids of all subscriptions of the account."""

management_group_names = _completer(_management_groups)
"""The names of all management groups that can be seen."""

subnet_names = _completer(_subnets)
"""The subnets of the virtual network that the command line names so far."""

subnet_ids = _completer(_all_subnets)
"""The ids of the subnets, of the group where one is given: one request for all of them."""


def rule_codes(**_: Any) -> list[str]:
    """The codes that `--ignore` takes; no request."""
    from .core.rules import all_rules

    return [rule.code for rule in all_rules()]
