"""What users type, read into the core's types; every refusal names the value and the repair. No IO."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from inspect import Parameter, signature
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any, Final, TypeVar

from .core import limits
from .core.cluster_request import DEFAULT_SURGE, ClusterRequest, NodePool, OsType, Surge
from .core.resource_id import ResourceId, resource_id

SUBNET_TYPE: Final = "Microsoft.Network/virtualNetworks/subnets"
VIRTUAL_NETWORK_TYPE: Final = "Microsoft.Network/virtualNetworks"

_POOL_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_COUNT = re.compile(r"[0-9]{1,9}")

F = TypeVar("F", bound=Callable[..., Any])


class UsageError(ValueError):
    """An argument that cannot be read as what it should be: what is wrong, and what to type instead."""

    def __init__(self, message: str, recommendation: str) -> None:
        super().__init__(message)
        self.message = message
        self.recommendation = recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArguments:
    """The arguments that describe the cluster one wants, as typed. Shared by plan and validate-subnet."""

    node_count: str | None = None
    max_count: str | None = None
    max_pods: str | None = None
    max_surge: str | None = None
    nodepool: list[list[str]] | None = None
    internal_load_balancers: str | None = None
    pod_cidr: str | None = None
    service_cidr: str | None = None
    dns_service_ip: str | None = None
    outbound_type: str | None = None
    network_policy: str | None = None
    on_premises_ranges: list[str] | None = None
    ignore: list[str] | None = None


def takes(arguments: type[Any]) -> Callable[[F], F]:
    """Give a handler with `**kwargs` a signature with the fields of `arguments` by name, which knack makes flags of."""

    def decorate(handler: F) -> F:
        own = signature(handler)
        named = [each for each in own.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        added = [
            Parameter(entry.name, Parameter.KEYWORD_ONLY, default=None, annotation=entry.type)
            for entry in fields(arguments)
        ]
        handler.__signature__ = own.replace(parameters=[*named, *added])  # type: ignore[attr-defined] # read by inspect
        return handler

    return decorate


def parse_cidr(text: str, option: str) -> IPv4Network:
    """An IPv4 prefix in CIDR notation, without host bits."""
    text = text.strip()
    if ":" in text:
        raise UsageError(f"{option}: '{text}' is IPv6; kubenet's ranges here are IPv4.", "Give an IPv4 prefix.")
    address, slash, length = text.partition("/")
    try:
        if not slash:
            IPv4Address(address)
            raise UsageError(
                f"{option}: '{text}' has no prefix length.", f"Give a prefix in CIDR notation, such as '{text}/24'."
            )
        if not length.isascii() or not length.isdigit():
            raise AddressValueError(text)
        network = IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError) as error:
        raise UsageError(
            f"{option}: '{text}' is not an IPv4 prefix.", "Give it in CIDR notation, such as '10.240.0.0/24'."
        ) from error
    if str(network.network_address) != address:  # an IPv4 address has one spelling only; parsing it again is slow
        raise UsageError(
            f"{option}: '{text}' has host bits set: a /{network.prefixlen} begins at {network.network_address}.",
            f"Give '{network}', or a longer prefix.",
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


def parse_node_pool(tokens: Sequence[str]) -> NodePool:
    """One `--nodepool name=NAME [count=N] [max-count=N] [max-pods=N] [max-surge=N|N%] [os-type=Linux|Windows]`."""
    known = ("name", "count", "max-count", "max-pods", "max-surge", "os-type")
    given: dict[str, str] = {}
    for token in tokens:
        key, separator, value = token.partition("=")
        key = key.strip().lower()
        if not separator or not value or key not in known:
            raise UsageError(
                f"--nodepool: '{token}' is not one of {', '.join(f'{name}=...' for name in known)}.",
                "Give for example --nodepool name=system count=3 max-pods=110.",
            )
        if key in given:
            raise UsageError(f"--nodepool: '{key}' is given twice.", f"Give '{key}' once a pool.")
        given[key] = value
    name = given.get("name", "")
    if not _POOL_NAME.fullmatch(name):
        raise UsageError(
            f"--nodepool: '{name}' is no name for a node pool.",
            "Give name=NAME: 1 to 12 lower-case letters and digits, a letter first.",
        )
    option = f"--nodepool {name}"
    return _pool(
        name=name,
        count=given.get("count"),
        max_count=given.get("max-count"),
        max_pods=given.get("max-pods"),
        max_surge=given.get("max-surge"),
        os_type=_os_type(given.get("os-type", "Linux")),
        options=(f"{option}: count", f"{option}: max-count", f"{option}: max-pods", f"{option}: max-surge"),
    )


def _os_type(text: str) -> OsType:
    for each in OsType:
        if each.value.lower() == text.lower():
            return each
    raise UsageError(f"--nodepool: '{text}' is no operating system of a node pool.", "Give os-type=Linux or Windows.")


def _pool(
    *,
    name: str,
    count: str | int | None,
    max_count: str | int | None,
    max_pods: str | int | None,
    max_surge: str | None,
    os_type: OsType,
    options: tuple[str, str, str, str],
) -> NodePool:
    nodes = limits.DEFAULT_NODE_COUNT if count is None else parse_count(count, options[0])
    most = nodes if max_count is None else parse_count(max_count, options[1])
    if most < nodes:
        raise UsageError(
            f"{options[1]}: {most} is less than the {nodes} nodes the pool starts with.",
            "Give a maximum of at least the node count.",
        )
    return NodePool(
        name=name,
        node_count=nodes,
        max_count=most,
        max_pods=None if max_pods is None else parse_count(max_pods, options[2]),
        max_surge=DEFAULT_SURGE if max_surge is None else parse_surge(max_surge, options[3]),
        os_type=os_type,
    )


def parse_node_pools(arguments: ClusterArguments) -> tuple[NodePool, ...]:
    """The pools of `--nodepool`, or the one that the four simple arguments describe."""
    simple = ("node_count", "max_count", "max_pods", "max_surge")
    options = tuple(f"--{name.replace('_', '-')}" for name in simple)
    if not arguments.nodepool:
        return (
            _pool(
                name="nodepool1",
                count=arguments.node_count,
                max_count=arguments.max_count,
                max_pods=arguments.max_pods,
                max_surge=arguments.max_surge,
                os_type=OsType.LINUX,
                options=(options[0], options[1], options[2], options[3]),
            ),
        )
    both = [option for name, option in zip(simple, options, strict=True) if getattr(arguments, name) is not None]
    if both:
        raise UsageError(
            f"{both[0]} cannot stand beside --nodepool, which describes each pool itself.",
            "Put the value into each --nodepool.",
        )
    pools = tuple(parse_node_pool(tokens) for tokens in arguments.nodepool)
    names = [pool.name for pool in pools]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise UsageError(f"--nodepool: '{twice}' is named twice.", "Give each node pool a name of its own.")
    return pools


def parse_cluster(arguments: ClusterArguments, **further: Any) -> ClusterRequest:
    """The cluster that the arguments describe; `further` are fields of ClusterRequest known from elsewhere."""
    return ClusterRequest(
        node_pools=parse_node_pools(arguments),
        pod_cidr=None if arguments.pod_cidr is None else parse_cidr(arguments.pod_cidr, "--pod-cidr"),
        service_cidr=None if arguments.service_cidr is None else parse_cidr(arguments.service_cidr, "--service-cidr"),
        dns_service_ip=(
            None if arguments.dns_service_ip is None else parse_address(arguments.dns_service_ip, "--dns-service-ip")
        ),
        outbound_type=arguments.outbound_type,
        network_policy=arguments.network_policy,
        internal_load_balancers=parse_count(arguments.internal_load_balancers or 0, "--internal-load-balancers"),
        on_premises_ranges=parse_cidrs(arguments.on_premises_ranges, "--on-premises-ranges"),
        **further,
    )


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
    """The subnet by id, or by the names of group, virtual network and subnet."""
    if vnet_subnet_id is not None:
        if vnet_name is not None or subnet_name is not None:
            raise UsageError("--vnet-subnet-id already names the network and the subnet.", "Give the id or the names.")
        return parse_id(vnet_subnet_id, "--vnet-subnet-id", SUBNET_TYPE)
    if group is None or vnet_name is None or subnet_name is None:
        raise UsageError(
            "It is not said which subnet.",
            "Give --vnet-subnet-id, or --resource-group with --vnet-name and --subnet-name.",
        )
    return resource_id(subscription, group, SUBNET_TYPE, vnet_name, subnet_name)
