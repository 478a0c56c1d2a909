"""What users type, value by value, read into the core's types; a refusal names the value and the repair. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

from .core.cluster_request import Surge
from .core.resource_id import ResourceId, resource_id
from .core.resource_types import SUBNET_TYPE, VIRTUAL_NETWORK_TYPE

_COUNT = re.compile(r"[0-9]{1,9}")


class UsageError(ValueError):
    """An argument that cannot be read as what it should be: what is wrong, and what to type instead."""

    def __init__(self, message: str, recommendation: str) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation


def parse_cidr(text: str, option: str) -> IPv4Network:
    """An IPv4 prefix in CIDR notation, without host bits."""
    text = text.strip()
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
    texts = [text for line in lines for text in line.replace(",", " ").split()]
    if not texts:
        raise UsageError(f"{option}: there is no prefix in what was given.", "Give at least one, or leave it away.")
    return tuple(dict.fromkeys(parse_cidr(text, option) for text in texts))


def parse_address(text: str, option: str) -> IPv4Address:
    """An IPv4 address."""
    try:
        return IPv4Address(text.strip())
    except AddressValueError as error:
        raise UsageError(f"{option}: '{text}' is not an IPv4 address.", "Give one such as '10.0.0.10'.") from error


def parse_count(text: str | int, option: str, *, least: int = 0) -> int:
    """A whole number, at least `least`."""
    value = str(text).strip()
    if not _COUNT.fullmatch(value) or int(value) < least:
        raise UsageError(
            f"{option}: '{text}' is not a count of at least {least}.", f"Give a whole number from {least}."
        )
    return int(value)


def parse_surge(text: str, option: str) -> Surge:
    """A count of nodes, or a percentage of the pool such as `33%`."""
    value = str(text).strip()
    number = value.removesuffix("%")
    if not _COUNT.fullmatch(number):
        raise UsageError(f"{option}: '{text}' is neither a count nor a percentage.", "Give one such as '1' or '10%'.")
    if value.endswith("%") and int(number) > 100:
        raise UsageError(f"{option}: '{text}' is more than the whole pool.", "Give a percentage from 0% to 100%.")
    return Surge(value=int(number), percent=value.endswith("%"))


def parse_codes(values: Iterable[str] | None) -> frozenset[str]:
    """Rule codes to leave out, in upper case; a code that no rule has is a usage error."""
    codes = frozenset(text.upper() for value in values or () for text in value.replace(",", " ").split())
    if not codes:
        return codes
    from .core.rules import all_rules

    unknown = sorted(codes - {rule.code for rule in all_rules()})
    if unknown:
        raise UsageError(
            f"--ignore: '{unknown[0]}' is not the code of a rule.", "See 'az aks kubenet list-rules' for the codes."
        )
    return codes


def parse_id(text: str, option: str, resource_type: str) -> ResourceId:
    """The id of a resource of the type that `option` takes."""
    try:
        identity = ResourceId.parse(text)
    except ValueError as error:
        raise UsageError(
            f"{option}: {error}",
            f"Give the id of a {resource_type}, as '--query id' prints it.",
        ) from error
    if not identity.is_type(resource_type):
        raise UsageError(
            f"{option}: '{text}' is the id of a {identity.resource_type}.", f"Give the id of a {resource_type}."
        )
    return identity


def parse_name_or_id(text: str, option: str, resource_type: str, *, subscription: str, group: str | None) -> ResourceId:
    """An id as it stands, or the id of a resource of that name in `group`."""
    if text.startswith("/"):
        return parse_id(text, option, resource_type)
    if group is None:
        raise UsageError(f"{option}: '{text}' is a name, and no group is known for it.", "Add --resource-group.")
    if "/" in text or not text.strip():
        raise UsageError(f"{option}: '{text}' is neither a name nor an id.", "Give a resource's name or its id.")
    return resource_id(subscription, group, resource_type, text)


def parse_subnet_id(
    *, vnet_subnet_id: str | None, group: str | None, vnet_name: str | None, subnet_name: str | None, subscription: str
) -> ResourceId:
    """The subnet by id, or by its name in a virtual network, which is given by name and group, or by id."""
    if vnet_subnet_id is not None:
        if vnet_name is not None or subnet_name is not None:
            raise UsageError("--vnet-subnet-id already names the network and the subnet.", "Give the id or the names.")
        return parse_id(vnet_subnet_id, "--vnet-subnet-id", SUBNET_TYPE)
    if vnet_name is None or subnet_name is None or (group is None and not vnet_name.startswith("/")):
        raise UsageError(
            "It is not said which subnet.",
            "Give --vnet-subnet-id, or --resource-group with --vnet-name and --subnet-name.",
        )
    if "/" in subnet_name:
        raise UsageError(f"--subnet-name: '{subnet_name}' is no name.", "Give its name, or its id as --vnet-subnet-id.")
    network = parse_name_or_id(vnet_name, "--vnet-name", VIRTUAL_NETWORK_TYPE, subscription=subscription, group=group)
    return network.child("subnets", subnet_name)
