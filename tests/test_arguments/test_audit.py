"""Where `audit` is asked to look."""

from __future__ import annotations

import pytest

from azext_kubenet.arguments.audit import parse_scope
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.fleet.fleet import FleetScope

ONE, TWO = (f"0000000{number}-0000-0000-0000-00000000000a" for number in (1, 2))


def scope(
    subscriptions: list[str] | None = None, groups: list[str] | None = None, subscription: str | None = None
) -> FleetScope:
    return parse_scope(subscriptions, groups, subscription=subscription, with_migrated=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (scope(), FleetScope()),
        (scope([ONE.upper(), f"{TWO},{ONE}"]), FleetScope(subscriptions=(ONE, TWO))),
        (scope(None, ["mg", "mg"]), FleetScope(management_groups=("mg",))),
        (scope(subscription=ONE), FleetScope(subscriptions=(ONE,))),
        (parse_scope(None, None, subscription=None, with_migrated=True), FleetScope(with_migrated=True)),
    ],
)
def test_scopes(given: FleetScope, expected: FleetScope) -> None:
    assert given == expected


@pytest.mark.parametrize(
    ("subscriptions", "groups", "subscription", "message"),
    [
        (["mine"], None, None, "--subscriptions: 'mine' is not the ID of a subscription."),
        (None, ["a/b"], None, "--management-groups: 'a/b' is not the name of a management group."),
        ([ONE], ["mg"], None, "--management-groups already says where to look."),
        (None, ["mg"], ONE, "--management-groups already says where to look."),
        ([ONE], None, TWO, "--subscriptions and --subscription both say where to look."),
    ],
)
def test_refusals(
    subscriptions: list[str] | None, groups: list[str] | None, subscription: str | None, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        scope(subscriptions, groups, subscription)
    assert caught.value.message == message
    assert caught.value.recommendation
