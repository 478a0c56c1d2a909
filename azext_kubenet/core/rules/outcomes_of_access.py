"""What rules about rights conclude from what a principal or the caller may do. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..azure.az_words import assign_role, service_principal
from ..azure.model import CallerAccess, ScopeAccess, Unreadable
from ..rights.permissions import NETWORK_CONTRIBUTOR_ROLE, ActionAccess, caller_may, examine
from .rule import Confirmation, Evidence, Outcome, Severity, Unknown, Violation


def judge_access(
    access: ScopeAccess,
    actions: Sequence[str],
    *,
    role: str = NETWORK_CONTRIBUTOR_ROLE,
    severity: Severity | None = None,
) -> Iterator[Outcome]:
    """Whether the principal may do all `actions`; `role` is what would repair it.

    Unknown where the actions may be in a role whose definition could not be read, or a deny assignment that could not
    be read may take them away. The evidence lists the assignments that grant and the actions that are missing.
    """
    found = examine(access, actions)
    refused = tuple(each for each in found if not each.allowed)
    ungranted = tuple(each for each in refused if each.grant is None)
    evidence = _evidence(access, found)
    if not refused and isinstance(access.denials, Unreadable):
        yield Unknown(cause=access.denials, severity=severity)
    elif not refused:
        yield Confirmation(
            message=f"Principal {access.principal_id} may do all that is needed on {access.scope}.",
            resource_id=access.scope,
            evidence=evidence,
        )
    elif len(ungranted) == len(refused) and any(each.unresolved for each in refused):
        yield Unknown(cause=_unknown_roles(access, refused), severity=severity)
    else:
        yield Violation(
            message=f"Principal {access.principal_id} may not perform {_listed(refused)} on {access.scope}"
            f"{_cause(refused)}.",
            resource_id=access.scope,
            evidence=evidence,
            severity=severity,
            commands=(assign_role(service_principal(access.principal_id), role=role, scope=access.scope),)
            if ungranted
            else (),
        )


def _listed(found: Sequence[ActionAccess]) -> str:
    return ", ".join(each.action for each in found)


def _cause(refused: Sequence[ActionAccess]) -> str:
    """What people should know besides the missing role: a denial, or an assignment whose condition nobody evaluated."""
    denials = sorted({f"'{each.denied_by.name}'" for each in refused if each.denied_by is not None})
    if denials:
        return f"; deny assignment {', '.join(denials)} takes it away, which only its owner can change"
    if any(each.conditional for each in refused):
        return "; a role that would allow it is assigned under a condition, which is not evaluated"
    return ""


def _unknown_roles(access: ScopeAccess, refused: Sequence[ActionAccess]) -> Unreadable:
    roles = sorted({assignment.role_guid for each in refused for assignment in each.unresolved})
    return Unreadable(
        reason=f"principal {access.principal_id} has roles on {access.scope} whose definitions could not be read: "
        f"{', '.join(roles)}; none of the others allows {_listed(refused)}.",
        permission="Microsoft.Authorization/roleDefinitions/read",
        resource_id=access.scope,
    )


def _evidence(access: ScopeAccess, found: Sequence[ActionAccess]) -> Evidence:
    grants = {each.grant.assignment.id: each.grant.role_name for each in found if each.grant is not None}
    conditional = {assignment.id for each in found for assignment in each.conditional}
    denied = {each.denied_by.id for each in found if each.denied_by is not None}
    return {
        "principalId": access.principal_id,
        "scope": access.scope,
        "missingActions": [each.action for each in found if not each.allowed],
        "grantedBy": [f"{name}: {assignment_id}" for assignment_id, name in sorted(grants.items())],
        "conditionalAssignments": sorted(conditional),
        "deniedBy": sorted(denied),
    }


def judge_caller(access: CallerAccess, action: str, *, severity: Severity) -> Iterator[Outcome]:
    """Whether the caller may do `action` on the scope that was asked about."""
    if not caller_may(access, action):
        yield Violation(
            message=f"You may not perform {action} on {access.scope}.",
            resource_id=access.scope,
            evidence={"scope": access.scope, "missingActions": [action]},
            severity=severity,
        )
