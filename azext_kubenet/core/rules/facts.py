"""The facts that rules judge: what there is, and what a rule's parameters say about it. No IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ..azure.snapshot import Snapshot
from ..azure.unreadable import Unreadable

FACTS: Final = ("cluster", "today", *Snapshot._fields)
"""What `evaluate` can hand to a rule: the cluster asked for, the day, and all that may be read from Azure."""

_WORDS: Final[Mapping[str, str]] = {
    "cluster": "cluster as asked for",
    "today": "date",
    "subnet_usage": "number of addresses in use",
    "subnet_usages": "numbers of addresses in use",
    "route_table_locks": "locks on the route table",
    "further_subnet_locks": "locks on further subnets",
    "node_group_locks": "locks on the nodes",
    "policy_states": "states of policies",
    "gateways": "gateways to on-premises networks",
    "managed_clusters": "other clusters",
    "running_cluster": "cluster that runs",
    "subnet_access": "identity's roles on the subnet",
    "route_table_access": "identity's roles on the route table",
    "network_security_group_access": "identity's roles on the network security group",
    "nat_gateway_access": "identity's roles on the NAT gateway",
    "virtual_network_access": "identity's roles on the virtual network",
    "kubelet_identity_access": "identity's roles on the kubelet identity",
    "caller_on_subnet": "your permissions on the subnet",
    "caller_on_route_table": "your permissions on the route table",
    "caller_on_identity": "your permissions on the identity",
    "further_subnets": "subnets of further node pools",
    "further_security_groups": "network security groups of further node pools",
    "further_subnet_access": "identity's roles on the subnets of further node pools",
    "application_gateway_subnets": "subnets of Application Gateways",
}
"""Facts whose names would puzzle people."""


class Fact(NamedTuple):
    """A fact that a rule reads, and which of its two gaps the rule judges itself."""

    name: str
    may_be_absent: bool
    may_be_unreadable: bool

    @property
    def words(self) -> str:
        """What people call it."""
        return _WORDS.get(self.name, self.name.replace("_", " "))


def facts_of(check: Callable[..., object]) -> tuple[Fact, ...]:
    """The facts that the parameters of a rule's function name, in their order.

    Raises TypeError for a parameter that is no fact or has no type: both are mistakes that a report would hide.
    """
    code = check.__code__
    return tuple(_fact(check, name) for name in code.co_varnames[: code.co_argcount])


def _fact(check: Callable[..., object], name: str) -> Fact:
    where = f"{check.__module__}.{check.__qualname__}"
    if name not in FACTS:
        raise TypeError(f"{where} reads '{name}', which is neither a field of Snapshot nor 'cluster' nor 'today'.")
    if name not in check.__annotations__:
        raise TypeError(f"{where} does not say of which type '{name}' is.")
    # as written: what it costs to evaluate them, every command would pay; a test of the catalogue evaluates them all
    accepted = check.__annotations__[name].split(" | ")
    return Fact(name=name, may_be_absent="None" in accepted, may_be_unreadable=Unreadable.__name__ in accepted)
