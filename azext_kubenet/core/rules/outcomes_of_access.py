"""What rules about rights conclude from what a principal or the caller may do. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..azure.access import CallerAccess, ScopeAccess
from ..azure.az_words import assign_role, service_principal
from ..azure.identity_kind import IdentityKind
from ..azure.resource_types import CLUSTER_TYPE
from ..azure.resource_words import words_of
from ..azure.unreadable import Unreadable
from ..clusters.request import ClusterRequest
from ..rights.permissions import NETWORK_CONTRIBUTOR_ROLE, ActionAccess, caller_may, examine
from .rule import Confirmation, Evidence, NotApplicable, Outcome, Severity, Unknown, Violation


def judge_identity(
    cluster: ClusterRequest,
    access: ScopeAccess | None,
    actions: Sequence[str],
    *,
    role: str = NETWORK_CONTRIBUTOR_ROLE,
    severity: Severity | None = None,
) -> Iterator[Outcome]:
    """Whether the cluster's identity may do all `actions`; not applicable where nobody can know its roles yet."""
    if access is None or is_made_later(cluster):
        yield NotApplicable(message="Not applicable: no identity is given whose roles could be looked at.")
    else:
        yield from judge_access(access, actions, role=role, severity=severity)


def is_made_later(cluster: ClusterRequest) -> bool:
    """Whether the identity comes into being with the cluster, so that no role can be looked at before."""
    return cluster.identity_kind is IdentityKind.SYSTEM_ASSIGNED and not cluster.runs


def judge_access(
    access: ScopeAccess,
    actions: Sequence[str],
    *,
    role: str = NETWORK_CONTRIBUTOR_ROLE,
    severity: Severity | None = None,
) -> Iterator[Outcome]:
    """Whether the principal may do all `actions`; `role` is what would repair it.

    Unknown where nothing is refused for certain, but a condition, a deny assignment or a role whose definition could
    not be read leaves it open. The evidence lists the assignments that grant and the actions that are missing.
    """
    found = examine(access, actions)
    refused = tuple(each for each in found if not each.allowed and not each.undecided)
    undecided = tuple(each for each in found if each.undecided)
    evidence = _evidence(access, found)
    if refused:
        yield Violation(
            message=f"{_capital(_who(access))} may not perform {_listed(refused)} on {words_of(access.scope)}"
            f"{_cause(refused)}.",
            resource_id=access.scope,
            evidence=evidence,
            severity=severity,
            commands=(assign_role(service_principal(access.principal_id), role=role, scope=access.scope),)
            if all(each.denied_by is None for each in refused)
            else (),
        )
    elif undecided:
        yield _undecided(access, undecided, role, severity)._replace(evidence=evidence)
    elif isinstance(access.denials, Unreadable):
        yield Unknown(cause=access.denials, severity=severity)
    else:
        yield Confirmation(
            message=f"{_capital(_who(access))} may do all that is needed on {words_of(access.scope)}"
            f"{_by_roles(found)}.",
            resource_id=access.scope,
            evidence=evidence,
        )


def _listed(found: Sequence[ActionAccess]) -> str:
    return ", ".join(each.action for each in found)


def _cause(refused: Sequence[ActionAccess]) -> str:
    """What people should know besides the missing role: that somebody denies it."""
    denials = sorted({f"'{each.denied_by.name}'" for each in refused if each.denied_by is not None})
    return f"; deny assignment {', '.join(denials)} takes it away, which only its owner can change" if denials else ""


def _who(access: ScopeAccess) -> str:
    """Who the principal is; a system-assigned identity has no name but its cluster's."""
    of = access.identity_id
    if of is None:
        return "the cluster's identity"
    return f"the identity of {words_of(of)}" if of.is_type(CLUSTER_TYPE) else words_of(of)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _by_roles(found: Sequence[ActionAccess]) -> str:
    """By which roles, and whether through a group: whoever takes the principal out of it takes the right away."""
    roles = sorted({each.grant.role_name for each in found if each.grant is not None})
    groups = len(_groups(found))
    through = "" if not groups else ", through a group" if groups == 1 else f", through {groups} groups"
    return f" by {' and '.join(roles)}{through}"


def _groups(found: Sequence[ActionAccess]) -> list[str]:
    return sorted({each.grant.group_id for each in found if each.grant is not None and each.grant.group_id is not None})


def _undecided(access: ScopeAccess, undecided: Sequence[ActionAccess], role: str, severity: Severity | None) -> Unknown:
    """Why nobody can tell whether the principal may do these."""
    if any(each.unresolved for each in undecided):
        return Unknown(cause=_unknown_roles(access, undecided), severity=severity)
    who = f"{_who(access)} may perform {_listed(undecided)} on {words_of(access.scope)}"
    denials = sorted({f"'{each.possibly_denied_by.name}'" for each in undecided if each.possibly_denied_by is not None})
    if denials:
        reason = (
            f"whether {who} depends on deny assignment {', '.join(denials)}, which names a group or has a condition."
        )
        remediation = "Look whether the deny assignment concerns the identity; only whoever made it can change it."
    else:
        reason = f"a role that says that {who} is assigned under a condition, which is not evaluated."
        remediation = f"Look whether the condition lets this through, or assign {role} without a condition."
    cause = Unreadable(reason=reason, resource_id=access.scope)
    return Unknown(cause=cause, severity=severity, remediation=remediation)


def _unknown_roles(access: ScopeAccess, undecided: Sequence[ActionAccess]) -> Unreadable:
    return Unreadable(
        reason=f"{_who(access)} has a role on {words_of(access.scope)} whose definition could not be read; none of the "
        f"others allows {_listed(undecided)}.",
        permission="Microsoft.Authorization/roleDefinitions/read",
        resource_id=access.scope,
    )


def _evidence(access: ScopeAccess, found: Sequence[ActionAccess]) -> Evidence:
    grants = {each.grant.assignment.id: each.grant.role_name for each in found if each.grant is not None}
    conditional = {assignment.id for each in found for assignment in each.conditional}
    denied = {each.denied_by.id for each in found if each.denied_by is not None}
    possible = {each.possibly_denied_by.id for each in found if each.possibly_denied_by is not None}
    return {
        "principalId": access.principal_id,
        "scope": access.scope,
        "missingActions": [each.action for each in found if not each.allowed],
        "grantedBy": [f"{name}: {assignment_id}" for assignment_id, name in sorted(grants.items())],
        "conditionalAssignments": sorted(conditional),
        "throughGroups": _groups(found),
        "deniedBy": sorted(denied),
        "possiblyDeniedBy": sorted(possible),
        "unreadRoles": sorted({assignment.role_definition_id for each in found for assignment in each.unresolved}),
    }


def judge_caller(access: CallerAccess, action: str, *, severity: Severity) -> Iterator[Outcome]:
    """Whether the caller may do `action` on the scope that was asked about."""
    if not caller_may(access, action):
        yield Violation(
            message=f"You may not perform {action} on {words_of(access.scope)}.",
            resource_id=access.scope,
            evidence={"scope": access.scope, "missingActions": [action]},
            severity=severity,
        )
