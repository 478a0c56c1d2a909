"""What users type, value by value, read into the core's types; a refusal names the value and the repair. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from ..core.azure import limits
from ..core.azure.resource_id import ResourceId, resource_id
from ..core.azure.resource_types import (
    APPLICATION_SECURITY_GROUP_TYPE,
    CLUSTER_TYPE,
    SUBNET_TYPE,
    VIRTUAL_NETWORK_TYPE,
)
from ..core.clusters.request import Surge

_COUNT = re.compile(r"[0-9]{1,9}")


class UsageError(ValueError):
    """An argument that cannot be read as what it should be: what is wrong, and what to type instead."""

    def __init__(self, message: str, recommendation: str) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation


_CLUSTER_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_GROUP_NAME = re.compile(r"[\w().-]{1,90}")
_NO_PATH = re.compile(r"[^/?#%]+")
_STEERS_A_URL = re.compile(r"[?#%\x00-\x1f]")


MAX_RANGES = 1_000_000
"""A bound of our own, three hundred times the subnets that a virtual network can have: so many take some seconds."""


def parse_cidr(text: str, option: str) -> IPv4Network:
    """An IPv4 prefix in CIDR notation, without host bits."""
    text = text.strip()
    if text.startswith("@"):
        raise UsageError(f"{option}: the file '{text[1:]}' was not found.", "Check the path.")
    if ":" in text:
        raise UsageError(f"{option}: '{text}' is IPv6; kubenet's ranges here are IPv4.", "Give an IPv4 prefix.")
    _, slash, length = text.partition("/")
    try:
        if slash and not (length.isascii() and length.isdigit()):
            raise AddressValueError(text)
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError) as error:
        raise UsageError(
            f"{option}: '{text}' is not an IPv4 prefix.", "Give it in CIDR notation, such as '10.240.0.0/24'."
        ) from error
    except ValueError as error:
        wider = IPv4Network(text, strict=False)
        raise UsageError(
            f"{option}: '{text}' has host bits set: a /{wider.prefixlen} begins at {wider.network_address}.",
            f"Give '{wider}', or a longer prefix.",
        ) from error
    if not slash:
        raise UsageError(
            f"{option}: '{text}' has no prefix length.", f"Give a prefix in CIDR notation, such as '{text}/24'."
        )
    return network


def parse_cidrs(values: Iterable[str] | None, option: str) -> tuple[IPv4Network, ...]:
    """Several prefixes, separated by spaces, commas or lines; `#` starts a comment, as in a file given by `@file`."""
    if values is None:
        return ()
    lines = [line.partition("#")[0] for value in values for line in value.splitlines()]
    texts = dict.fromkeys(text for line in lines for text in line.replace(",", " ").split())
    if not texts:
        raise UsageError(f"{option}: no prefix was given.", "Give at least one, or omit the option.")
    if len(texts) > MAX_RANGES:
        raise UsageError(
            f"{option}: {len(texts):,} prefixes are more than the {MAX_RANGES:,} that are taken.",
            "Summarize neighbouring prefixes to shorter ones.",
        )
    return tuple(dict.fromkeys(parse_cidr(text, option) for text in texts))


def parse_address(text: str, option: str) -> IPv4Address:
    """An IPv4 address."""
    try:
        return IPv4Address(text.strip())
    except AddressValueError as error:
        raise UsageError(f"{option}: '{text}' is not an IPv4 address.", "Give one such as '10.0.0.10'.") from error


def parse_count(text: str | int, option: str) -> int:
    """A whole number; none that means anything has more than nine digits."""
    value = str(text).strip()
    if not _COUNT.fullmatch(value):
        raise UsageError(f"{option}: '{text}' is not a count of one to nine digits.", "Give a whole number from 0.")
    return int(value)


def parse_timeout(text: str | None) -> int:
    """Seconds to wait for role assignments."""
    seconds = parse_count(text or limits.ROLE_PROPAGATION_SECONDS, "--role-propagation-timeout")
    if seconds > limits.MAX_ROLE_PROPAGATION_SECONDS:
        raise UsageError(
            f"--role-propagation-timeout: {seconds} s is longer than Azure ever takes.",
            f"Give at most {limits.MAX_ROLE_PROPAGATION_SECONDS}.",
        )
    return seconds


def parse_surge(text: str, option: str) -> Surge:
    """A count of nodes, or a percentage of the pool such as `33%`."""
    value = str(text).strip()
    number = value.removesuffix("%")
    if not _COUNT.fullmatch(number):
        raise UsageError(f"{option}: '{text}' is neither a count nor a percentage.", "Give one such as '1' or '10%'.")
    if value.endswith("%") and int(number) > 100:
        raise UsageError(f"{option}: '{text}' is more than the whole pool.", "Give a percentage from 0% to 100%.")
    return Surge(value=int(number), percent=value.endswith("%"))


def parse_codes(values: Iterable[str] | None, option: str = "--ignore") -> frozenset[str]:
    """Rule codes in upper case; a code that no rule has is a usage error."""
    codes = frozenset(text.upper() for value in values or () for text in value.replace(",", " ").split())
    if not codes:
        return codes
    from ..core.rules import all_rules

    unknown = sorted(codes - {rule.code for rule in all_rules()})
    if unknown:
        raise UsageError(
            f"{option}: '{unknown[0]}' is not the code of a rule.", "See 'az aks kubenet list-rules' for the codes."
        )
    return codes


def parse_id(text: str, option: str, resource_type: str) -> ResourceId:
    """The id of a resource of the type that `option` takes."""
    try:
        if _STEERS_A_URL.search(text):
            raise ValueError(f"'{text}' holds a character that no ID has")
        parsed = ResourceId.parse(text)
    except ValueError as error:
        raise UsageError(
            f"{option}: {error}",
            f"Give the ID of a {resource_type}, as '--query id' prints it.",
        ) from error
    if not parsed.is_type(resource_type):
        raise UsageError(
            f"{option}: '{text}' is the ID of a {parsed.resource_type}.", f"Give the ID of a {resource_type}."
        )
    return parsed


def parse_security_group_ids(values: Iterable[str] | None) -> tuple[ResourceId, ...]:
    """The application security groups that the nodes are in, as azure-cli names the option."""
    return tuple(parse_id(each, "--nodepool-asg-ids", APPLICATION_SECURITY_GROUP_TYPE) for each in values or ())


def parse_cluster_id(name: str, *, group: str, subscription: str) -> ResourceId:
    """The id of the cluster of that name, which need not be there.

    Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    """
    if not _CLUSTER_NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is not a valid cluster name.",
            "Give 1 to 63 letters, digits, '-' or '_' that begin and end with a letter or digit.",
        )
    return resource_id(subscription, parse_group(group), CLUSTER_TYPE, name)


def parse_group(name: str) -> str:
    """The name of a resource group; anything else would lead to another one."""
    if not _GROUP_NAME.fullmatch(name):
        raise UsageError(
            f"--resource-group: '{name}' is not a valid resource group name.", "Give its name, without a path."
        )
    return name


def parse_name_or_id(text: str, option: str, resource_type: str, *, subscription: str, group: str | None) -> ResourceId:
    """An id as it stands, or the id of a resource of that name in `group`."""
    if text.startswith("/"):
        return parse_id(text, option, resource_type)
    if group is None:
        raise UsageError(f"{option}: '{text}' is a name, and its resource group is not known.", "Add --resource-group.")
    return resource_id(subscription, parse_group(group), resource_type, parse_plain_name(text, option))


def parse_plain_name(text: str, option: str) -> str:
    """A name of which an id can be made: it leads nowhere else."""
    if not text.strip() or not _NO_PATH.fullmatch(text):
        raise UsageError(f"{option}: '{text}' is neither a name nor an ID.", "Give a resource's name or its ID.")
    return text


def parse_subnet_id(
    *, vnet_subnet_id: str | None, group: str | None, vnet_name: str | None, subnet_name: str | None, subscription: str
) -> ResourceId:
    """The subnet by id, or by its name in a virtual network, which is given by name and group, or by id."""
    if vnet_subnet_id is not None:
        if vnet_name is not None or subnet_name is not None:
            raise UsageError("--vnet-subnet-id already names the network and the subnet.", "Give the ID or the names.")
        return parse_id(vnet_subnet_id, "--vnet-subnet-id", SUBNET_TYPE)
    if vnet_name is None or subnet_name is None or (group is None and not vnet_name.startswith("/")):
        raise UsageError(
            "No subnet is named.",
            "Give --vnet-subnet-id, or --resource-group with --vnet-name and --subnet-name.",
        )
    if not _NO_PATH.fullmatch(subnet_name):
        raise UsageError(
            f"--subnet-name: '{subnet_name}' is not a valid subnet name.",
            "Give its name, or its ID with --vnet-subnet-id.",
        )
    network = parse_name_or_id(vnet_name, "--vnet-name", VIRTUAL_NETWORK_TYPE, subscription=subscription, group=group)
    return network.child("subnets", subnet_name)
