"""The local Azure as tests use it: started in a thread, seeded, limited, disturbed and read back.

IO: listens on the loopback address and keeps its certificates in a temporary folder.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from . import assignments, control, engine, graph_rows, login, router, subscriptions
from .az import AzSession
from .azure import Azure
from .certificates import write_certificates
from .container_service import route_controller
from .errors import ArmError, Json
from .faults import Fault, Faults
from .identifiers import parse
from .journal import Journal, LoggedRequest
from .messages import Principal, Request, Response
from .server import Server
from .settings import CALLER_CLIENT_ID, SUBSCRIPTION_ID, TENANT_ID, Settings
from .store import Record

SEED_API_VERSION = "2025-05-01"


class Simulator:
    """A local Azure on `url`; trust `ca_file`. Any bearer token is accepted, any client id signs in as the Owner.

    `control` opens POST /_control. `latency` delays every answer by seconds. `log` appends requests as JSON lines.
    """

    subscription_id = SUBSCRIPTION_ID
    tenant_id = TENANT_ID
    client_id = CALLER_CLIENT_ID

    def __init__(
        self, *, control: bool = False, latency: float = 0.0, port: int = 0, log: Path | str | None = None
    ) -> None:
        self._control = control
        self._latency = latency
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        files = write_certificates(Path(self._folder.name))
        self.ca_file = files.authority
        self._journal = Journal(Path(log) if log else None)
        self._faults = Faults()
        self._azure = self._new_azure()
        self._server = Server(files, self._answer, port)

    def __enter__(self) -> Simulator:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.stop()
        self._folder.cleanup()

    def _new_azure(self) -> Azure:
        azure = Azure(Settings(latency=self._latency))
        assignments.grant(azure, azure.directory.caller, f"/subscriptions/{SUBSCRIPTION_ID}", "Owner")
        return azure

    def _answer(self, request: Request) -> Response | None:
        if self._control and request.path == control.PATH and request.method == "POST":
            return control.serve(self, request)
        return engine.answer(self._azure, self._faults, self._journal, self._change, request)

    def _change(self, resource_id: str, body: Json | None) -> None:
        if body is None:
            self.delete(resource_id)
        else:
            self.put(resource_id, body)

    @property
    def url(self) -> str:
        return self._server.base_url

    @property
    def settings(self) -> Settings:
        """The settings of the present Azure; `reset` starts from the defaults again."""
        return self._azure.settings

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, in order of arrival."""
        return self._journal.entries

    def sent(self, method: str = ".*", path: str = ".*") -> list[LoggedRequest]:
        """The logged requests whose method matches entirely and whose path matches anywhere, ignoring case."""
        return [
            entry
            for entry in self.requests
            if re.fullmatch(method, entry.method, re.IGNORECASE) and re.search(path, entry.path, re.IGNORECASE)
        ]

    def az(self, folder: Path, *, extension_dir: Path | None = None, az: Path | None = None) -> AzSession:
        """The real az, signed in to this simulator as the default caller, with its configuration in `folder`."""
        return AzSession(
            folder,
            self.url,
            self.ca_file,
            tenant_id=self.tenant_id,
            client_id=self.client_id,
            extension_dir=extension_dir,
            az=az,
        )

    def clear_log(self) -> None:
        self._journal.clear()

    def reset(self) -> None:
        """A new and empty Azure on the same port, with default settings; faults and log are cleared."""
        self._azure = self._new_azure()
        self._faults.clear()
        self._journal.clear()

    def put(self, resource_id: str, body: Json) -> Json:
        """Stores a resource past authorization, locks and validation; its resource group is made if missing.

        What the service fills in is filled in; read-only properties in `body` are taken as they are. Returns what GET
        would show.
        """
        answer = self._seed("PUT", resource_id, body)
        return self.get(resource_id) or answer

    def get(self, resource_id: str) -> Json | None:
        """What GET would show an all-powerful caller; None where there is nothing."""
        try:
            return self._seed("GET", resource_id)
        except ArmError as error:
            if error.status != 404:
                raise
            return None

    def delete(self, resource_id: str) -> None:
        """Removes a resource and all below it, whoever uses it."""
        self._seed("DELETE", resource_id)

    def _seed(self, method: str, resource_id: str, body: Json | None = None) -> Json:
        query = {"api-version": SEED_API_VERSION}
        request = Request(method, resource_id, query, body=body, base_url=self.url, seeding=True)
        with self._azure.lock:
            answer = router.dispatch(self._azure, request).body
        return answer if isinstance(answer, dict) else {}

    def records(self, below: str = "") -> list[Record]:
        """The stored resources below a scope, for tests of the simulator itself."""
        with self._azure.lock:
            return self._azure.store.all(below)

    def token(self, client_id: str | None = None) -> str:
        """A bearer token for a client id; the default caller's without one."""
        directory = self._azure.directory
        principal = directory.by_client(client_id) if client_id else None
        return login.make_token(self._azure, principal or directory.caller, self.url)

    def add_subscription(self, subscription_id: str, name: str = "Another Subscription", role: str = "Owner") -> None:
        """One more subscription; the caller has `role` there, or nothing for an empty one."""
        with self._azure.lock:
            self._azure.directory.subscriptions[subscription_id.lower()] = name
            if role:
                assignments.grant(self._azure, self._azure.directory.caller, f"/subscriptions/{subscription_id}", role)

    def set_caller_roles(self, roles: Iterable[tuple[str, str]]) -> None:
        """Replaces all roles of the default caller by these (scope, role name or id)."""
        with self._azure.lock:
            caller = self._azure.directory.caller
            assignments.revoke_all(self._azure, caller)
            for scope, role in roles:
                assignments.grant(self._azure, caller, scope, role)

    def grant(self, principal_id: str, scope: str, role: str) -> None:
        """Assigns a role at once and effectively, whatever the propagation settings say."""
        with self._azure.lock:
            known = self._azure.directory.find(principal_id)
            assignments.grant(self._azure, known or Principal(principal_id, principal_id), scope, role)

    def add_principal(
        self,
        client_id: str | None = None,
        object_id: str | None = None,
        kind: str = "ServicePrincipal",
        roles: Iterable[tuple[str, str]] = (),
    ) -> Principal:
        """Somebody who may sign in with `client_id`, with the roles given."""
        principal = Principal(object_id or str(uuid.uuid4()), client_id or str(uuid.uuid4()), kind)
        with self._azure.lock:
            self._azure.directory.add(principal)
            for scope, role in roles:
                assignments.grant(self._azure, principal, scope, role)
        return principal

    def add_group(self, members: Iterable[str], object_id: str | None = None) -> Principal:
        """A group of these object ids, other groups among them."""
        with self._azure.lock:
            return self._azure.directory.add_group(object_id or str(uuid.uuid4()), members)

    def add_fault(self, **fields: Any) -> Fault:
        """A rule of class Fault: `sim.add_fault(method="PUT", path="routeTables", status=429)`."""
        with self._azure.lock:
            return self._faults.add(Fault(**fields))

    def clear_faults(self) -> None:
        with self._azure.lock:
            self._faults.clear()

    def fail_operation(self, pattern: str, code: str, message: str = "It failed.", times: int = 1) -> None:
        """The next operations on ids matching `pattern` are accepted and end as Failed."""
        with self._azure.lock:
            self._azure.operations.plan_failure(pattern, code, message, times)

    def advance(self, seconds: float) -> None:
        """Lets time pass for the route controllers of all clusters: each runs a cycle at the end of it."""
        with self._azure.lock:
            route_controller.advance(self._azure, seconds)

    def let_graph_lag(self, lags: bool = True) -> None:
        """From now on Resource Graph shows what is there at this moment, whatever happens; or again what is there."""
        with self._azure.lock:
            self._azure.graph_rows = graph_rows.seen_now(self._azure) if lags else None

    def add_management_group(self, name: str, subscriptions: Iterable[str]) -> None:
        """A management group that Resource Graph can be asked about."""
        with self._azure.lock:
            self._azure.management_groups[name.lower()] = list(subscriptions)

    def finish_operations(self, resource_id: str) -> None:
        """Ends the running operations on a resource, on what is above and below it, without further polls."""
        with self._azure.lock:
            self._azure.operations.finish(parse(resource_id).key)

    def occupy(self, resource_id: str, *, times: int = 1, answer: str = "RetryableError") -> None:
        """Somebody else's operation runs on a network resource: the next `times` writes that touch it are refused.

        `answer` is `RetryableError` (429, with Retry-After) or `AnotherOperationInProgress` (409, without). A write
        that merely refers to it is refused with ReferencedResourceNotProvisioned. A managed cluster has its own answer.
        """
        target = parse(resource_id)
        with self._azure.lock:
            self._azure.operations.occupy(target.key, target.types[-1], times, answer)

    def knows(self, resource_type: str) -> bool:
        """Whether there are resources of a type here; of others a request is refused with InvalidResourceType."""
        return subscriptions.knows(resource_type)

    def put_if_known(self, resource_id: str, body: Json) -> Json | None:
        """As `put`, but None for a resource of a type that there is none of here."""
        try:
            return self.put(resource_id, body)
        except ArmError as error:
            if error.code not in ("InvalidResourceType", "NoRegisteredProviderFound"):
                raise
            return None

    def set_policy_states(self, states: list[Json]) -> None:
        """What policyStates/latest/queryResults lists; each state is shown at or above its `resourceId`."""
        with self._azure.lock:
            self._azure.policy_states = list(states)
