"""Reads the subnets of further node pools, beside the rounds of `gather`: what is on each, and what the cluster's
identity may do there. Does network IO when a round is run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ..core.azure.access import ScopeAccess
from ..core.azure.networks import Subnet, VirtualNetwork
from ..core.azure.resource_id import ResourceId
from ..core.azure.security_rules import NetworkSecurityGroup
from ..core.azure.unreadable import Unreadable
from .gather_rights import AskedScope, IdentityRights
from .parse.networks import parse_network_security_group, parse_subnet
from .reads import Reads
from .rounds import Answer, Ask

T = TypeVar("T")


class FurtherReads:
    """The subnets that are named besides the one that is judged; those of a cluster that runs it reads itself."""

    def __init__(self, reads: Reads, subnet_ids: tuple[ResourceId, ...]) -> None:
        self._reads = reads
        self._ids = subnet_ids
        self._subnets: dict[ResourceId, Answer[Subnet]] = {}
        self._groups: dict[ResourceId, Answer[NetworkSecurityGroup]] = {}
        self._scopes: list[AskedScope | None] = []
        self._rights: IdentityRights | None = None

    def ask_subnets(self, ask: Ask) -> None:
        """In the first round."""
        for subnet_id in self._ids:
            self._subnets[subnet_id] = ask(self._reads.resource(subnet_id, parse_subnet, may_be_absent=True))

    def ask_attached(
        self,
        ask: Ask,
        rights: IdentityRights,
        *,
        main: Subnet | Unreadable | None,
        network: VirtualNetwork | Unreadable | None,
        own: Iterable[Subnet | Unreadable],
    ) -> None:
        """In the round after; `own` are the subnets that a cluster that runs has already, `main` the judged one."""
        self._rights = rights
        judged = main if isinstance(main, Subnet) else None
        found = {each.id: each for each in (*self._found(network), *own) if isinstance(each, Subnet)}
        for subnet_id, subnet in found.items():
            if subnet_id is None or (judged is not None and subnet_id == judged.id):
                continue
            self._scopes.append(rights.ask_on(ask, subnet_id.text))
            group_id = subnet.network_security_group_id
            is_read = group_id in self._groups or (judged and group_id == judged.network_security_group_id)
            if group_id is not None and not is_read:
                self._groups[group_id] = ask(self._reads.resource(group_id, parse_network_security_group))

    @property
    def absent(self) -> tuple[ResourceId, ...]:
        """Those that are not there."""
        return tuple(subnet_id for subnet_id, answer in self._subnets.items() if answer.value is None)

    def subnets(self, network: VirtualNetwork | Unreadable | None) -> tuple[Subnet, ...] | Unreadable | None:
        """Those that were named, or why one may not be read; None where there is none."""
        return _all_or_why_not(self._found(network))

    @property
    def security_groups(self) -> tuple[NetworkSecurityGroup, ...] | Unreadable | None:
        """The groups on the subnets of further pools, but for that of the judged subnet."""
        return _all_or_why_not(each.value for each in self._groups.values())

    @property
    def access(self) -> tuple[ScopeAccess, ...] | Unreadable | None:
        """What the identity may do on each of these subnets, once its roles are read."""
        rights = self._rights
        return None if rights is None else _all_or_why_not(rights.access(each) for each in self._scopes)

    def _found(self, network: VirtualNetwork | Unreadable | None) -> tuple[Subnet | Unreadable | None, ...]:
        """Each by itself, or out of its virtual network where it alone may not be read."""
        siblings = network.subnets if isinstance(network, VirtualNetwork) else ()
        listed = {each.id: each for each in siblings}
        return tuple(
            listed.get(subnet_id, answer.value) if isinstance(answer.value, Unreadable) else answer.value
            for subnet_id, answer in self._subnets.items()
        )


def _all_or_why_not(found: Iterable[T | Unreadable | None]) -> tuple[T, ...] | Unreadable | None:
    """All that are there, or why one may not be read; None where there is none."""
    there = [each for each in found if each is not None]
    hidden = next((each for each in there if isinstance(each, Unreadable)), None)
    return hidden or tuple(each for each in there if not isinstance(each, Unreadable)) or None
