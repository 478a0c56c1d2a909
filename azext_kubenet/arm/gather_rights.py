"""Reads what a cluster's identity may do on each scope it works on. Does network IO when a round is run."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.azure.access import DenyAssignment, ManagedIdentity, RoleAssignment, RoleDefinition, ScopeAccess
from ..core.azure.unreadable import Unreadable
from .client import ArmClient
from .parse.access import parse_role_definition
from .reads import Reads
from .rounds import Answer, Ask, Round


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedScope:
    """What was asked about one scope."""

    scope: str
    identity: ManagedIdentity
    assignments: Answer[tuple[RoleAssignment, ...]]
    denials: Answer[tuple[DenyAssignment, ...]]


class IdentityRights:
    """The rights of one identity, in two rounds: what is assigned on each scope, then what those roles allow."""

    def __init__(self, reads: Reads, identity: ManagedIdentity | Unreadable | None) -> None:
        self._reads = reads
        self._identity = identity
        self._scopes: list[AskedScope] = []
        self._roles: dict[str, Answer[RoleDefinition]] = {}

    def ask_on(self, ask: Ask, scope: str | None, *, inherited_from: str | None = None) -> AskedScope | None:
        """Ask what is assigned on `scope`; where that is still to be made, on what it will inherit from."""
        identity = self._identity
        if scope is None or not isinstance(identity, ManagedIdentity):
            return None
        place = inherited_from or scope
        asked = AskedScope(
            scope=scope,
            identity=identity,
            assignments=ask(self._reads.assignments(place, identity.principal_id)),
            denials=ask(self._reads.denials(place)),
        )
        self._scopes.append(asked)
        return asked

    def ask_roles(self, ask: Ask) -> None:
        """Ask for every role that is assigned on one of the scopes, once."""
        found = (each.assignments.value for each in self._scopes)
        assigned = (each for assignments in found if isinstance(assignments, tuple) for each in assignments)
        by_guid = {each.role_guid: each.role_definition_id for each in assigned}
        for guid, role_id in by_guid.items():
            self._roles[guid] = ask(self._reads.read(role_id, parse_role_definition))

    def access(self, asked: AskedScope | None) -> ScopeAccess | Unreadable | None:
        """What decides the identity's rights on the scope, after both rounds."""
        if isinstance(self._identity, Unreadable):
            return self._identity
        if asked is None:
            return None
        assignments, denials = asked.assignments.value, asked.denials.value
        if assignments is None or isinstance(assignments, Unreadable):
            return assignments
        definitions = [self._roles[assignment.role_guid].value for assignment in assignments]
        hidden = next((each for each in definitions if isinstance(each, Unreadable)), None)
        return hidden or ScopeAccess(
            scope=asked.scope,
            principal_id=asked.identity.principal_id,
            identity_id=asked.identity.id,
            assignments=assignments,
            definitions=tuple(dict.fromkeys(each for each in definitions if isinstance(each, RoleDefinition))),
            denials=() if denials is None else denials,
        )


def gather_access(client: ArmClient, scope: str, identity: ManagedIdentity) -> ScopeAccess | Unreadable | None:
    """What one identity may do on one scope."""
    rights = IdentityRights(Reads(client), identity)
    with Round() as ask:
        asked = rights.ask_on(ask, scope)
    with Round() as ask:
        rights.ask_roles(ask)
    return rights.access(asked)
