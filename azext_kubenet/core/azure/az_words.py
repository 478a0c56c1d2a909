"""The az commands that people are shown, quoted for a POSIX shell: all quoting, and one spelling of each. No IO.

A command is spelled in one place only: where a second place needs it, it moves here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from .resource_id import ResourceId


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Shell text that stands in a command as it is: a variable, a substitution. Never text that somebody gave."""

    text: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """An option that is given once for each of these lists of words."""

    lists: tuple[tuple[Word, ...], ...]


Word = str | int | IPv4Address | IPv4Network | ResourceId | Verbatim
Option = Word | Iterable[Word] | Repeated | None
"""The value of an option: one word or several. True is the option alone; without None, False and no words at all it is
left out."""


def quoted(word: Word) -> str:
    """One word as a POSIX shell reads it back."""
    return word.text if isinstance(word, Verbatim) else shlex.quote(str(word))


def az(*words: str, **options: Option) -> str:
    """`az("aks", "show", name="a b", no_wait=True)` is `az aks show --name 'a b' --no-wait`; options in given order."""
    parts = ["az", *words]
    for name, value in options.items():
        for each in value.lists if isinstance(value, Repeated) else (value,):
            values = _words(each)
            if values is not None:
                parts += [f"--{name.replace('_', '-')}", *values]
    return " ".join(parts)


def kubenet(command: str, **options: Option) -> str:
    """`az aks kubenet COMMAND`."""
    return az("aks", "kubenet", command, **options)


def _words(value: Word | Iterable[Word] | None) -> list[str] | None:
    """The quoted words of an option; None for an option that is left out."""
    match value:
        case None | False:
            return None
        case True:
            return []
        case str() | int() | IPv4Address() | IPv4Network() | ResourceId() | Verbatim():
            return [quoted(value)]
    return [quoted(each) for each in value] or None


def output_of(command: str) -> Verbatim:
    """What `command` prints, read when the command around it runs; one word whatever it holds."""
    return Verbatim(f'"$({command})"')


def joined(*parts: Word) -> Verbatim:
    """One word of several, each of them text or a substitution."""
    return Verbatim("".join(quoted(each) for each in parts))


def group_of(resource_id: ResourceId) -> Mapping[str, Option]:
    """The options that say where a resource is: az's own default subscription may be another one."""
    return {"subscription": resource_id.subscription_id, "resource_group": resource_id.resource_group}


def named(resource_id: ResourceId) -> Mapping[str, Option]:
    """The options that name a resource, for commands that take no `--ids`."""
    return {**group_of(resource_id), "name": resource_id.name}


def principal_of(identity_id: ResourceId) -> Verbatim:
    """The object id of a managed identity, read when the command around it runs."""
    return output_of(az("identity", "show", ids=identity_id, query="principalId", output="tsv"))


def assign_role(assignee: Mapping[str, Option], *, role: str, scope: str, description: Word | None = None) -> str:
    """`az role assignment create` for the options that name somebody; `role` is a name or an id. The scope carries the
    subscription.
    """
    return az("role", "assignment", "create", **assignee, role=role, scope=scope, description=description)


def service_principal(object_id: Word) -> Mapping[str, Option]:
    """The assignee of `assign_role` by object id: with its type az asks the directory nothing."""
    return {"assignee_object_id": object_id, "assignee_principal_type": "ServicePrincipal"}


def update_subnet(subnet_id: ResourceId, **options: Option) -> str:
    """`az network vnet subnet update`; `route_table="null"` takes the table off."""
    return az("network", "vnet", "subnet", "update", ids=subnet_id, **options)


def delete_by_id(*kind: str, resource_id: str) -> str:
    """`az ... delete` for one resource or role assignment, by its id."""
    return az(*kind, "delete", ids=resource_id)


def delete_route(route_id: ResourceId) -> str:
    """`az network route-table route delete` for one route, by its id."""
    return delete_by_id("network", "route-table", "route", resource_id=str(route_id))


def add_node_pool(place: Mapping[str, Option], *, name: str, subnet_id: Word, **options: Option) -> str:
    """A further node pool of a cluster, in the subnet; `place` names group and cluster."""
    return az("aks", "nodepool", "add", **place, name=name, **options, vnet_subnet_id=subnet_id)
