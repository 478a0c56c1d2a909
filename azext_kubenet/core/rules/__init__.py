"""The catalogue: which families of rules there are, and the order in which reports show their rules. No IO.

The families are imported when a catalogue is asked for, not with this package: `plan` runs offline and should answer at
once, so it does not pay for the families that judge what was read from Azure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .rule import Rule

CODE_PREFIXES: Final = (
    *("IP", "POD", "SVC", "RES", "OVL", "LIM"),
    *("SN", "RT", "NSG", "LCK", "POL"),
    *("EG", "ID", "DNS", "API", "CL", "MG", "UN", "RET"),
)
"""Topics from the addresses to the retirement notice, which ends every report; rules of one topic go by number."""

OF_KUBENET: Final = ("RT", "LIM", "UN", "RET", "ID1", "ID3")
"""Topics and single rules that are about kubenet, its routes and its route table alone."""


def plan_rules() -> tuple[Rule, ...]:
    """The rules of the families that `plan` decides on."""
    from . import (
        address_ranges,
        node_pools,
        overlaps,
        service_subnets,
        sizing,
        unsupported,
    )

    families = (sizing, node_pools, address_ranges, overlaps, service_subnets, unsupported)
    return _in_order(rule for family in families for rule in family.RULES)


def all_rules() -> tuple[Rule, ...]:
    """Every rule there is."""
    from . import (
        caller,
        egress,
        fleet,
        identity,
        locks_and_policies,
        migration,
        migration_notes,
        network_security_group,
        private_clusters,
        route_table,
        running,
        subnet,
        under_migration_codes,
    )

    judging_one = (subnet, route_table, running, network_security_group, locks_and_policies, egress, identity, caller)
    families = (*judging_one, private_clusters, migration, migration_notes, under_migration_codes, fleet)
    return _in_order([*plan_rules(), *(rule for family in families for rule in family.RULES)])


def rules_of_kubenet() -> tuple[Rule, ...]:
    """The rules that say nothing of a cluster on another network model."""
    return tuple(each for each in all_rules() if each.code in OF_KUBENET or _topic_of(each) in OF_KUBENET)


def _topic_of(rule: Rule) -> str:
    return rule.code.rstrip("0123456789")


def _in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=_place))


def _place(rule: Rule) -> tuple[int, int]:
    prefix = _topic_of(rule)
    return CODE_PREFIXES.index(prefix), int(rule.code.removeprefix(prefix))
