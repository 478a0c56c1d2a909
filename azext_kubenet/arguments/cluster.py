"""The arguments that describe the cluster one wants, read into a ClusterRequest. No IO."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, signature
from typing import Any, Final, TypeVar

from ..core.azure import limits
from ..core.clusters.request import DEFAULT_SURGE, UNNAMED, ClusterRequest, NodePool, OsType
from .values import UsageError, parse_address, parse_cidr, parse_cidrs, parse_codes, parse_count, parse_surge

_POOL_KEYS: Final = ("name", "count", "max-count", "max-pods", "max-surge", "os-type", "subnet", "vm-size")
_POOL_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")

F = TypeVar("F", bound=Callable[..., Any])


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
    """Give a handler with `**kwargs` a signature with the fields of `arguments` by name, which knack makes flags of.

    A field without a default is a flag that has to be given.
    """

    def decorate(handler: F) -> F:
        own = signature(handler)
        named = [each for each in own.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        added = [
            Parameter(
                entry.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if entry.default is MISSING else entry.default,
                annotation=entry.type,
            )
            for entry in fields(arguments)
        ]
        handler.__signature__ = own.replace(parameters=[*named, *added])  # type: ignore[attr-defined] # read by inspect
        return handler

    return decorate


def parse_node_pool(tokens: Sequence[str]) -> NodePool:
    """One `--nodepool name=NAME [count=N] [max-count=N] [max-pods=N] [max-surge=N|N%] [os-type=Linux|Windows]`."""
    given: dict[str, str] = {}
    for token in tokens:
        key, separator, value = token.partition("=")
        key = key.strip().lower()
        if not separator or not value or key not in _POOL_KEYS:
            raise UsageError(
                f"--nodepool: '{token}' is not one of {', '.join(f'{name}=...' for name in _POOL_KEYS)}.",
                "Give, for example, --nodepool name=system count=3 max-pods=110.",
            )
        if key in given:
            raise UsageError(f"--nodepool: '{key}' is given twice.", f"Give '{key}' once per pool.")
        given[key] = value
    name = given.get("name", "")
    if not _POOL_NAME.fullmatch(name):
        raise UsageError(
            f"--nodepool: '{name}' is not a valid node pool name.",
            "Give name=NAME: 1 to 12 lower-case letters and digits, a letter first.",
        )
    os_type = _os_type(given.get("os-type", "Linux"))
    return _pool(given, name=name, os_type=os_type, option_of=lambda key: f"--nodepool {name}: {key}")


def _os_type(text: str) -> OsType:
    for each in OsType:
        if each.value.lower() == text.lower():
            return each
    raise UsageError(
        f"--nodepool: '{text}' is not an operating system of a node pool.", "Give os-type=Linux or Windows."
    )


def _pool(given: Mapping[str, str | None], *, name: str, os_type: OsType, option_of: Callable[[str], str]) -> NodePool:
    """The pool of what is given by key; `option_of` tells how the user names a key."""

    def count_of(key: str) -> int | None:
        text = given.get(key)
        return None if text is None else parse_count(text, option_of(key))

    count, max_count, surge = count_of("count"), count_of("max-count"), given.get("max-surge")
    nodes = limits.DEFAULT_NODE_COUNT if count is None else count
    most = nodes if max_count is None else max_count
    if most < nodes:
        raise UsageError(
            f"{option_of('max-count')}: {most} is less than the {nodes} nodes the pool starts with.",
            "Give a maximum of at least the node count.",
        )
    return NodePool(
        name=name,
        node_count=nodes,
        max_count=most,
        max_pods=count_of("max-pods"),
        max_surge=DEFAULT_SURGE if surge is None else parse_surge(surge, option_of("max-surge")),
        os_type=os_type,
        subnet=given.get("subnet"),
        vm_size=given.get("vm-size"),
    )


def parse_node_pools(arguments: ClusterArguments, *, runs: bool = False) -> tuple[NodePool, ...]:
    """The pools of `--nodepool`, or the one that the four simple arguments describe.

    Beside a cluster that `runs` nothing given is no pool, and the one that they describe has no name.
    """
    simple = {
        "count": arguments.node_count,
        "max-count": arguments.max_count,
        "max-pods": arguments.max_pods,
        "max-surge": arguments.max_surge,
    }

    def option_of(key: str) -> str:
        return "--node-count" if key == "count" else f"--{key}"

    if not arguments.nodepool:
        if runs and all(text is None for text in simple.values()):
            return ()
        name = UNNAMED if runs else "nodepool1"
        return (_pool(simple, name=name, os_type=OsType.LINUX, option_of=option_of),)
    both = [option_of(key) for key, text in simple.items() if text is not None]
    if both:
        raise UsageError(
            f"{both[0]} cannot be combined with --nodepool, which describes each pool itself.",
            "Put the value into each --nodepool.",
        )
    pools = tuple(parse_node_pool(tokens) for tokens in arguments.nodepool)
    names = [pool.name for pool in pools]
    twice = next((name for position, name in enumerate(names) if name in names[:position]), None)
    if twice is not None:
        raise UsageError(f"--nodepool: '{twice}' is named twice.", "Give each node pool a name of its own.")
    return pools


def parse_cluster(arguments: ClusterArguments, *, runs: bool = False, **further: Any) -> ClusterRequest:
    """The cluster that the arguments describe; `further` are fields of ClusterRequest known from elsewhere.

    For one that `runs` they describe what comes or changes; the rest is its own.
    """
    return ClusterRequest(
        node_pools=parse_node_pools(arguments, runs=runs),
        pod_cidr=None if arguments.pod_cidr is None else parse_cidr(arguments.pod_cidr, "--pod-cidr"),
        service_cidr=None if arguments.service_cidr is None else parse_cidr(arguments.service_cidr, "--service-cidr"),
        dns_service_ip=(
            None if arguments.dns_service_ip is None else parse_address(arguments.dns_service_ip, "--dns-service-ip")
        ),
        outbound_type=arguments.outbound_type,
        network_policy=arguments.network_policy,
        internal_load_balancers=parse_count(arguments.internal_load_balancers or 0, "--internal-load-balancers"),
        on_premises_ranges=parse_cidrs(arguments.on_premises_ranges, "--on-premises-ranges"),
        ignored=parse_codes(arguments.ignore),
        **further,
    )
