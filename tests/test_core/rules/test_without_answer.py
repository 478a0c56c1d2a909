"""What no answer stops before the first write, and a missing right does not."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.changes.change import RefusedError
from azext_kubenet.core.rules.without_answer import refuse_preparation_without_answer, refuse_without_answer

NO_ANSWER = Unreadable(reason="It could not be read.")
NO_RIGHT = Unreadable(reason="You may not.", permission="Microsoft.Network/routeTables/read")


@pytest.mark.parametrize("fact", ["subnet", "route_table", "managed_clusters", "virtual_network"])
def test_what_decides_whether_a_cluster_works_there_stops(fact: str) -> None:
    with pytest.raises(RefusedError, match=r"It could not be read\. Nothing was written\."):
        refuse_without_answer(Snapshot()._replace(**{fact: NO_ANSWER}))
    refuse_without_answer(Snapshot()._replace(**{fact: NO_RIGHT}))


@pytest.mark.parametrize("fact", ["policy_states", "locks", "network_security_group", "gateways"])
def test_what_can_be_repaired_later_does_not(fact: str) -> None:
    refuse_without_answer(Snapshot()._replace(**{fact: NO_ANSWER}))


def test_what_is_ignored_does_not() -> None:
    snapshot = Snapshot()._replace(managed_clusters=NO_ANSWER)
    refuse_without_answer(snapshot, frozenset(("RT3", "SN3")))
    with pytest.raises(RefusedError, match="RT3"):
        refuse_without_answer(snapshot, frozenset(("SN3",)))


DECIDING = ["caller_on_subnet", "caller_on_group", "subnet_access", "route_table_access", "custom_role", "identity"]


@pytest.mark.parametrize("fact", [*DECIDING, "managed_clusters", "candidate_route_table"])
def test_a_preparation_needs_answers_to_all_that_it_is_decided_on(fact: str) -> None:
    with pytest.raises(RefusedError, match=r"what has to be made: It could not be read\. Nothing was written\."):
        refuse_preparation_without_answer(Snapshot()._replace(**{fact: NO_ANSWER}))
    refuse_preparation_without_answer(Snapshot()._replace(**{fact: NO_RIGHT}))


@pytest.mark.parametrize("fact", ["policy_states", "locks", "virtual_network_access", "gateways"])
def test_a_preparation_does_not_need_what_only_rules_look_at(fact: str) -> None:
    refuse_preparation_without_answer(Snapshot()._replace(**{fact: NO_ANSWER}))
