"""What a scenario finds in Azure: put there before its first command and never recorded. IO: of the Azure at hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from azext_kubenet.arm.client import ArmClient
from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import role_definition_id
from tests.simulator import Simulator

Json = dict[str, Any]


class Stage(Protocol):
    """Puts resources in place; a playback has no use for them."""

    def put(self, resource_id: str, body: Json) -> None: ...

    def put_identity(self, resource_id: str, body: Json, scopes: tuple[str, ...]) -> None:
        """An identity that is Network Contributor at the scopes."""
        ...

    def delete_group(self, resource_id: str) -> None: ...


class PlaybackStage:
    """Nothing is there, and nothing is needed."""

    def put(self, resource_id: str, body: Json) -> None:
        pass

    def put_identity(self, resource_id: str, body: Json, scopes: tuple[str, ...]) -> None:
        pass

    def delete_group(self, resource_id: str) -> None:
        pass


class SimulatorStage:
    """The local Azure, seeded past its checks; it is emptied before each test."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def put(self, resource_id: str, body: Json) -> None:
        self._simulator.put(resource_id, body)

    def put_identity(self, resource_id: str, body: Json, scopes: tuple[str, ...]) -> None:
        principal = self._simulator.put(resource_id, body)["properties"]["principalId"]
        for scope in scopes:
            self._simulator.grant(principal, scope, limits.NETWORK_CONTRIBUTOR)

    def delete_group(self, resource_id: str) -> None:
        pass


class LiveStage:
    """Azure itself; `unrecorded` keeps what happens here off the cassette, `location` is where it is put."""

    def __init__(
        self, client: ArmClient, unrecorded: Callable[[], AbstractContextManager[None]], location: str | None = None
    ) -> None:
        self._client = client
        self._unrecorded = unrecorded
        self._location = location

    def put(self, resource_id: str, body: Json) -> None:
        with self._unrecorded():
            self._client.put(resource_id, self._here(body))

    def _here(self, body: Json) -> Json:
        return {**body, "location": self._location} if self._location and "location" in body else body

    def put_identity(self, resource_id: str, body: Json, scopes: tuple[str, ...]) -> None:
        subscription = ResourceId.parse(resource_id).subscription_id
        role = role_definition_id(subscription, limits.NETWORK_CONTRIBUTOR)
        with self._unrecorded():
            principal = self._client.put(resource_id, self._here(body), wait=False)["properties"]["principalId"]
            for scope in scopes:
                path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
                properties = {"roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal"}
                self._client.put(path, {"properties": properties}, wait=False)

    def delete_group(self, resource_id: str) -> None:
        with self._unrecorded():
            self._client.delete(resource_id, wait=False)
