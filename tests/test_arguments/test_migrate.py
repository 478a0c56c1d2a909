"""What migrate is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from azext_kubenet.arguments.migrate import MigrateArguments, parse_migrate, parse_mode
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.changes.infrastructure_code import CodeFormat

IDENTITY = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/own"


def given(**rest: Any) -> MigrateArguments:
    return MigrateArguments(**{"cluster_name": "aks", "resource_group_name": "rg", **rest})


def test_names_and_choices_are_read() -> None:
    request = parse_migrate(
        given(then_network_policy="cilium", assign_identity=IDENTITY, iac="bicep"), subscription="S"
    )
    assert request.cluster_id.name == "aks"
    assert (request.then_network_policy, str(request.identity_id)) == ("cilium", IDENTITY)
    assert request.code_format is CodeFormat.BICEP
    assert request.command() == (
        "az aks kubenet migrate --subscription S --resource-group rg --name aks --dry-run "
        f"--then-network-policy cilium --assign-identity {IDENTITY} --iac bicep"
    )


def test_without_choices_there_are_none() -> None:
    request = parse_migrate(given(), subscription="S")
    assert (request.then_network_policy, request.identity_id, request.code_format) == (None, None, CodeFormat.NONE)


def test_an_identity_is_named_by_its_id() -> None:
    with pytest.raises(UsageError, match="--assign-identity"):
        parse_migrate(given(assign_identity="own"), subscription="S")


@pytest.mark.parametrize(("modes", "text"), [({}, "is given"), ({"dry_run": True, "verify": True}, "exclude")])
def test_exactly_one_mode_is_given(modes: dict[str, bool], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        parse_mode(given(**modes))
    parse_mode(given(dry_run=True))
    parse_mode(given(verify=True))
