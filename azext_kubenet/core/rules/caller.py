"""Rules about what whoever runs the command may do. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..azure.access import CallerAccess
from ..azure.unreadable import Unreadable
from ..rights.permissions import ASSIGN_IDENTITY_ACTION, ASSIGN_ROLE_ACTION, JOIN_LOAD_BALANCER_ACTION
from .outcomes_of_access import judge_caller
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, rule
from .without_command import RIGHT_OF_CALLER


@rule(
    code="ID8",
    title="caller may join load balancers to the virtual network",
    severity=Severity.INFO,
    stage=Stage.VALIDATE,
    remediation="Ask for Network Contributor, or a role with this action, on the virtual network.",
    no_command=RIGHT_OF_CALLER,
    sources=("https://learn.microsoft.com/azure/aks/aks-service-permissions",),
)
def caller_may_join_load_balancer(caller_on_subnet: CallerAccess) -> Iterator[Outcome]:
    """Load balancer pools by address need this right of whoever creates the cluster."""
    yield from judge_caller(caller_on_subnet, JOIN_LOAD_BALANCER_ACTION, severity=Severity.INFO)


@rule(
    code="ID10",
    title="caller may assign the roles and the identity that prepare needs",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Ask an owner to run what az aks kubenet prepare prints for an administrator, or for the right itself.",
    no_command=RIGHT_OF_CALLER,
    sources=(
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-steps",
    ),
)
def caller_may_prepare(
    caller_on_subnet: CallerAccess | Unreadable | None,
    caller_on_route_table: CallerAccess | Unreadable | None,
    caller_on_identity: CallerAccess | Unreadable | None,
) -> Iterator[Outcome]:
    """Assigning the identity's roles takes rights that a network administrator often lacks.

    `prepare` refuses without them, before it writes anything; here it is information.
    """
    needs = (
        (caller_on_subnet, ASSIGN_ROLE_ACTION),
        (caller_on_route_table, ASSIGN_ROLE_ACTION),
        (caller_on_identity, ASSIGN_IDENTITY_ACTION),
    )
    if not any(access for access, _ in needs):
        yield NotApplicable(message="Not applicable: the caller's rights were not read.")
    for access, action in needs:
        if isinstance(access, Unreadable):
            yield Unknown(cause=access, severity=Severity.INFO)
        elif access is not None:
            yield from judge_caller(access, action, severity=Severity.INFO)


RULES: Final = (
    caller_may_join_load_balancer,
    caller_may_prepare,
)
