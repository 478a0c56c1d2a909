"""What documents of all kinds are made of: prefixes, addresses, ids, words and tags. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from ...core.azure.resource_id import ResourceId
from ..json_reader import JsonReader, ParseError, as_text

T = TypeVar("T")


def network(value: object) -> IPv4Network | None:
    """The prefix; None for IPv6. Host bits are cleared: Azure keeps routes as they were typed."""
    text = as_text(value)
    if ":" in text:
        return None
    try:
        return IPv4Network(text.strip(), strict=False)
    except ValueError as error:
        raise ParseError("an IPv4 prefix", f"'{text}'") from error


def address(value: object) -> IPv4Address | None:
    """The address; None for IPv6 and for no address at all."""
    text = as_text(value)
    if ":" in text or not text:
        return None
    try:
        return IPv4Address(text.strip())
    except ValueError as error:
        raise ParseError("an IP address", f"'{text}'") from error


def ipv4(networks: Iterable[IPv4Network | None]) -> tuple[IPv4Network, ...]:
    """Those that are IPv4."""
    return tuple(network for network in networks if network is not None)


def resource_id(value: object) -> ResourceId:
    """A resource id that has to be there."""
    text = as_text(value)
    try:
        return ResourceId.parse(text)
    except ValueError as error:
        raise ParseError("a resource id", f"'{text}'") from error


def resource_id_if_any(value: object) -> ResourceId | None:
    """A resource id; None for an empty text."""
    return None if value == "" else resource_id(value)


def resource_id_among_words(value: object) -> ResourceId | None:
    """A resource id; None for a word that stands in its place, such as `system`."""
    return resource_id(value) if as_text(value).startswith("/") else None


def own_id(document: object) -> ResourceId:
    """A document's own id, which every resource has."""
    return JsonReader(document).get("id", resource_id)


def with_members(*members: str) -> Callable[[Callable[[object], T]], Callable[[object], T]]:
    """Refuses a document without these members, which Azure always sends.

    Without them it is not known what the resource has; an empty list says that it has nothing.
    """

    def decorate(parse: Callable[[object], T]) -> Callable[[object], T]:
        @wraps(parse)
        def read(document: object) -> T:
            found = parse(document)
            for each in members:
                JsonReader(document).get(each, _anything)
            return found

        return read

    return decorate


def _anything(value: object) -> object:
    if value is None:
        raise ParseError("a value", "nothing")
    return value


def id_text(document: object) -> str:
    """A document's own id as it is written; empty where it has none."""
    return JsonReader(document).text_or("id")


def one_of(*known: str) -> Callable[[object], str]:
    """Reads one of Azure's own words, in any casing."""
    words = {each.lower(): each for each in known}

    def read(value: object) -> str:
        text = as_text(value)
        if text.lower() not in words:
            raise ParseError(f"one of {', '.join(known)}", f"'{text}'")
        return words[text.lower()]

    return read


provisioning_state_word = one_of("Succeeded", "Creating", "Updating", "Deleting", "Failed", "Canceled")


def tags_of(reader: JsonReader) -> tuple[tuple[str, str], ...]:
    """Names and values; a value that is null is empty."""
    return reader.members("tags", lambda value: "" if value is None else as_text(value))


def provisioning_state_of(document: object) -> str:
    """How the last write of the resource ended; a document that does not say so is as it was asked for."""
    return JsonReader(document).maybe("properties.provisioningState", provisioning_state_word) or "Succeeded"
