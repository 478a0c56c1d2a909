"""Who exists in the simulated tenant: callers, identities and the subscriptions they live in. No IO."""

from __future__ import annotations

import time
from collections.abc import Iterable

from .identifiers import synthetic_guid
from .messages import Principal
from .settings import CALLER_CLIENT_ID, CALLER_OBJECT_ID, SUBSCRIPTION_ID, TENANT_ID


class Directory:
    """Principals by object id, client ids that may sign in, and subscriptions by lower-cased id."""

    def __init__(self) -> None:
        self.tenant_id = TENANT_ID
        self.subscriptions: dict[str, str] = {SUBSCRIPTION_ID: "Simulated Subscription"}
        self.caller = Principal(CALLER_OBJECT_ID, CALLER_CLIENT_ID)
        self._principals: dict[str, Principal] = {}
        self._born: dict[str, float] = {}
        self._by_client: dict[str, Principal] = {}
        self._members: dict[str, set[str]] = {}
        self.add(self.caller)

    def add_group(self, object_id: str, members: Iterable[str]) -> Principal:
        """A group of principals, other groups among them."""
        self._members[object_id.lower()] = {member.lower() for member in members}
        return self.add(Principal(object_id, object_id, "Group"))

    def with_groups(self, object_id: str) -> frozenset[str]:
        """The principal and every group that it is in, directly or through other groups; in lower case."""
        found = {object_id.lower()}
        while True:
            further = {group for group, members in self._members.items() if members & found} - found
            if not further:
                return frozenset(found)
            found |= further

    def add(self, principal: Principal) -> Principal:
        self._principals[principal.object_id.lower()] = principal
        self._by_client[principal.name.lower()] = principal
        self._born.setdefault(principal.object_id.lower(), time.time())
        return principal

    def remove(self, object_id: str) -> None:
        principal = self._principals.pop(object_id.lower(), None)
        self._born.pop(object_id.lower(), None)
        if principal is not None:
            self._by_client.pop(principal.name.lower(), None)

    def find(self, object_id: str | None) -> Principal | None:
        return self._principals.get((object_id or "").lower())

    def by_client(self, client_id: str) -> Principal | None:
        return self._by_client.get(client_id.lower())

    def age(self, object_id: str) -> float:
        """Seconds since the principal came to be; 0 for one that is unknown."""
        born = self._born.get(object_id.lower())
        return time.time() - born if born is not None else 0.0

    def managed_identity(self, resource_id: str) -> Principal:
        """The service principal of an identity, the same for the same resource id."""
        object_id = synthetic_guid("principal", resource_id)
        return self._principals.get(object_id) or self.add(Principal(object_id, synthetic_guid("client", resource_id)))
