"""What a recording took for granted, put into the simulator before each of its requests. IO: HTTPS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import Simulator
from tests.simulator.identifiers import Target, parse, within

from .client import Client
from .least_bodies import RESOURCE_ID, SUBNETS_OF_NODES, holding, is_one_of, minimal, named
from .recorded import Pair, operation_of, walk

AKS_BUSY = "OperationNotAllowed"
BUSY = ("RetryableErrorDueToAnotherOperation", "AnotherOperationInProgress", "ReferencedResourceNotProvisioned")
_A_YEAR = 365 * 86400.0


@dataclass
class Presupposed:
    """The state behind one file of recorded traffic."""

    simulator: Simulator
    client: Client
    pairs: list[Pair]
    operations: dict[str, str] = field(default_factory=dict)
    """The id of each recorded operation here."""
    _groups: set[str] = field(default_factory=set)
    _is_modern: bool | None = None

    def __post_init__(self) -> None:
        """The age of the AKS that was recorded shows in its clusters; the api-versions have been edited since."""
        clusters = (
            pair.body.get("properties") or {}
            for pair in self.pairs
            if pair.succeeded and str(pair.body.get("type", "")).lower().endswith("/managedclusters")
        )
        first = next(clusters, None)
        self._is_modern = None if first is None else "resourceUID" in first

    def prepare(self, pair: Pair) -> None:
        """Makes what the recording must have found: groups, parents, references, principals, operations."""
        self._set_knobs(pair)
        if pair.polled is not None:
            self._operation(pair)
            return
        target = pair.target
        if target.namespace.lower() == "microsoft.resourcegraph":
            self._rows(pair)
        if not target.group:
            return
        if pair.status == 404:
            self._gone(pair)
        self._group(pair)
        if not target.namespace:
            return
        if pair.succeeded:
            self._parents(pair)
            self._itself(pair)
            self._references(pair)
            self._attachments(pair)
            self._principals(pair)
        self._busy(pair)
        self._busy_cluster(pair)
        self._failure(pair)

    def _rows(self, pair: Pair) -> None:
        """The resources that the rows of a query show, and those of the pages before it."""
        for row in pair.body.get("data") or []:
            target = parse(str(row.get("id", "")))
            if target.group and self.simulator.get(target.path) is None:
                self._put(target, {"location": "westus", **minimal(target, pair)})

    def _gone(self, pair: Pair) -> None:
        """Deletions have ended by now; what the recording does not delete itself somebody else has deleted."""
        path = pair.bare_path
        self.simulator.finish_operations(path)
        deleted = [each.bare_path.lower() for each in self.pairs[: pair.index] if each.method == "DELETE"]
        by_recording = any(within(each, path) for each in deleted)
        if (
            pair.target.names
            and not pair.target.is_collection
            and not by_recording
            and self.simulator.get(path) is not None
        ):
            self.simulator.delete(path)

    def _set_knobs(self, pair: Pair) -> None:
        settings = self.simulator.settings
        settings.operation_polls = self._polls(pair)
        settings.refuse_concurrent_writes = any(code in BUSY for code in pair.codes)
        settings.identity_replication_seconds = _A_YEAR if "PrincipalNotFound" in pair.codes else 0.0
        warning = pair.body.get("error") if pair.polled and pair.body.get("status") != "Failed" else None
        settings.aks_poll_warning = warning
        settings.aks_phases = [pair.body["status"]] if pair.still_running and "status" in pair.body else []
        settings.aks_is_modern = self._is_modern
        settings.aks_answers_for_what_is_gone = "HCPServerError" in str(pair.error.get("subcode"))

    def _polls(self, pair: Pair) -> int:
        """How many polls of the operation that `pair` starts found it running."""
        started = pair.started
        if started is None or pair.method not in ("PUT", "PATCH", "POST", "DELETE"):
            return 0
        # Recordings of cloud-provider-azure give all operations one id, and hold one poll of each.
        if set(started) <= set("0-"):
            return 0
        later = self.pairs[pair.index + 1 :]
        polls = [each for each in later if each.polled == started]
        if not polls and pair.method == "DELETE":
            polls = [each for each in later if each.asked.lower() == f"get {pair.bare_path}".lower()]
            return sum(each.succeeded for each in polls)
        return sum(each.still_running for each in polls)

    def _group(self, pair: Pair) -> None:
        target = pair.target
        group = f"/subscriptions/{target.subscription}/resourceGroups/{target.group}"
        if "ResourceGroupNotFound" in pair.codes:
            # Azure's own memory of a group lasts for a moment; what was put here for it goes with it.
            if group.lower() in self._groups and self.simulator.get(group) is not None:
                self.simulator.delete(group)
            return
        about_the_group = not target.namespace and target.key == group.lower()
        if about_the_group and (pair.status not in (200, 202, 204) or self._is_written_before(group, pair)):
            return
        if self.simulator.get(group) is None:
            self._groups.add(group.lower())
            self.simulator.put(group, self._shown(group) or {"location": "westus"})

    def _shown(self, resource_id: str) -> dict[str, Any] | None:
        """A resource as any answer of the file shows it; the earliest."""
        for pair in self.pairs:
            for found in walk(pair.response) if pair.succeeded else ():
                if str(found.get("id", "")).lower() == resource_id.lower() and len(found) > 1:
                    return found
        return None

    def _is_written_before(self, resource_id: str, pair: Pair) -> bool:
        """Whether the recording itself made or removed a resource, alone or with what it lies in."""
        earlier = (each for each in self.pairs[: pair.index] if each.method in ("PUT", "DELETE") and each.succeeded)
        return any(each.bare_path.lower() == resource_id.lower() for each in earlier)

    def _missing(self, resource_id: str, pair: Pair) -> bool:
        return self.simulator.get(resource_id) is None and not self._is_written_before(resource_id, pair)

    def _parents(self, pair: Pair) -> None:
        target = pair.target
        for depth in range(1, len(target.names) + (1 if target.is_collection else 0)):
            parent = target.ancestor(depth)
            if self._missing(parent.path, pair):
                shown = self._shown(parent.path)
                self._put(parent, self._without_later(shown, pair) if shown else holding(parent, pair))
        scope = parse(target.scope)
        if (
            target.namespace.lower() == "microsoft.authorization"
            and scope.namespace
            and self._missing(scope.path, pair)
        ):
            self._put(scope, self._shown(scope.path) or {})

    def _without_later(self, body: dict[str, Any], pair: Pair) -> dict[str, Any]:
        """A parent as it was before the recording created children of it."""
        created = {each.bare_path.lower() for each in self.pairs[pair.index :] if each.status == 201}
        properties = {
            name: [entry for entry in value if not is_one_of(entry, created)] if isinstance(value, list) else value
            for name, value in (body.get("properties") or {}).items()
        }
        return {**body, "properties": properties}

    def _itself(self, pair: Pair) -> None:
        """What was there already when it was read, replaced or deleted."""
        target = pair.target
        existed = pair.status == 200 if pair.method in ("GET", "PUT", "PATCH") else pair.status in (200, 202)
        if target.is_collection and pair.method == "GET" and target.namespace.lower() != "microsoft.authorization":
            self._elements(pair)
        if target.is_collection or pair.method == "POST" or not existed or not self._missing(target.path, pair):
            return
        found = pair.body if pair.method == "GET" else self._shown(target.path) if pair.method == "DELETE" else None
        self._put(target, found or pair.sent)

    def _elements(self, pair: Pair) -> None:
        """What a list shows and the recording never made."""
        for element in pair.body.get("value") or []:
            resource_id = str(element.get("id", ""))
            if parse(resource_id).names and self._missing(resource_id, pair):
                self._put(parse(resource_id), element)

    def _references(self, pair: Pair) -> None:
        """Route tables, identities, addresses, networks that a body names and the recording never made."""
        if pair.method != "PUT":
            return
        location = str(pair.sent.get("location") or (self._shown(pair.target.top.path) or {}).get("location") or "")
        for resource_id in named(pair.sent, pair.bare_path):
            target = parse(resource_id)
            if len(target.types) != len(target.names) or not self._missing(resource_id, pair):
                continue
            for depth in range(1, len(target.names) + 1):
                link = target.ancestor(depth)
                if self._missing(link.path, pair):
                    shown = self._shown(link.path)
                    self._put(link, shown or {"location": location, **minimal(link, pair)})

    def _attachments(self, pair: Pair) -> None:
        """What holds addresses of a subnet and was made outside the recording."""
        for found in walk(pair.response):
            configurations = (found.get("properties") or {}).get("ipConfigurations") if found.get("id") else None
            if not configurations or not str(found["id"]).lower().rpartition("/")[0].endswith("/subnets"):
                continue
            here = self.simulator.get(str(found["id"])) or {}
            known = here.get("properties", {}).get("ipConfigurations") or []
            if here and not known:
                properties = {**here["properties"], "ipConfigurations": configurations}
                self.simulator.put(str(found["id"]), {**here, "properties": properties})

    def _principals(self, pair: Pair) -> None:
        kind = pair.target.type.lower()
        properties = pair.sent.get("properties") or {}
        if pair.method == "PUT" and kind.endswith("/roleassignments"):
            self.simulator.add_principal(
                object_id=properties.get("principalId"), kind=properties.get("principalType", "ServicePrincipal")
            )
        if pair.method == "PUT" and kind.endswith("/managedclusters"):
            self._cluster_permissions(pair)

    def _cluster_permissions(self, pair: Pair) -> None:
        """The recorded cluster was accepted, so its identity could join its subnets and write their tables."""
        for identity in (pair.sent.get("identity") or {}).get("userAssignedIdentities") or {}:
            principal = ((self.simulator.get(identity) or {}).get("properties") or {}).get("principalId")
            for pool in (pair.sent.get("properties") or {}).get("agentPoolProfiles") or []:
                for name in SUBNETS_OF_NODES:
                    if principal and pool.get(name):
                        self.simulator.grant(principal, pool[name], "Network Contributor")

    def _busy(self, pair: Pair) -> None:
        """An operation of somebody else, on the resource that the recorded refusal names."""
        code = next((each for each in pair.codes if each in BUSY), None)
        if code is None:
            return
        messages = [str(entry.get("message")) for entry in (pair.error, *(pair.error.get("details") or []))]
        named = RESOURCE_ID.search(" ".join(messages))
        resource_id = named.group(0).rstrip(".,") if named else pair.bare_path
        top = parse(resource_id).top.path
        if code == "ReferencedResourceNotProvisioned":
            target = parse(resource_id)
            if self.simulator.get(resource_id) is None:
                self._put(target, {"location": str(pair.sent.get("location") or "westus"), **minimal(target, pair)})
        self.simulator.occupy(
            resource_id if code == "ReferencedResourceNotProvisioned" else top,
            times=1,
            answer="AnotherOperationInProgress" if code == "AnotherOperationInProgress" else "RetryableError",
        )

    def _busy_cluster(self, pair: Pair) -> None:
        """Another operation on a cluster, where the recording was refused for it; none, where it was not."""
        target = pair.target
        if target.type.lower().startswith("microsoft.containerservice/managedclusters") and target.names:
            cluster = target.top.path
            if AKS_BUSY in pair.codes and "nother operation" in str(pair.error.get("message")):
                self.simulator.occupy(cluster)
            elif pair.succeeded and pair.method in ("PUT", "DELETE"):
                here = self.simulator.get(cluster) or {}
                if (here.get("properties") or {}).get("provisioningState") == "Creating":
                    self.simulator.finish_operations(cluster)

    def _failure(self, pair: Pair) -> None:
        """An operation that the recording saw fail."""
        polls = (each for each in self.pairs[pair.index + 1 :] if each.polled == pair.started)
        failed = next((each for each in polls if each.body.get("status") == "Failed"), None)
        if failed is not None and pair.started:
            self._plan_failure(failed, f"{re.escape(pair.target.key)}$")

    def _plan_failure(self, failed: Pair, pattern: str) -> None:
        error = failed.body.get("error") or {}
        self.simulator.fail_operation(pattern, str(error.get("code", "")), str(error.get("message", "")))

    def _operation(self, pair: Pair) -> None:
        """A poll whose start was not recorded: an operation that ends as the recorded one did."""
        if pair.polled in self.operations or not pair.succeeded:
            return
        target = pair.target
        path = f"/subscriptions/{target.subscription}/resourceGroups/polled/providers/"
        polls = [each for each in self.pairs[pair.index :] if each.polled == pair.polled]
        self.simulator.settings.operation_polls = sum(each.still_running for each in polls)
        aks = target.namespace.lower() == "microsoft.containerservice"
        if not target.namespace:
            group = path.split("/providers/", maxsplit=1)[0]
            self.simulator.put(group, {"location": "westus"})
            self.operations[str(pair.polled)] = str(operation_of(self.client.delete(group).headers))
            return
        if not aks and target.namespace.lower() != "microsoft.network":
            return
        path += "Microsoft.ContainerService/managedClusters/polled" if aks else "Microsoft.Network/routeTables/polled"
        self.simulator.put(path.split("/providers/")[0], {"location": "westus"})
        failed = next((each for each in polls if each.body.get("status") == "Failed"), None)
        if failed is not None:
            self._plan_failure(failed, "/polled$")
        properties = {"agentPoolProfiles": [{"name": "one", "count": 1}], "dnsPrefix": pair.polled}
        started = self.client.put(path, {"location": "westus", "properties": properties, "tags": {"poll": pair.polled}})
        self.operations[str(pair.polled)] = str(operation_of(started.headers))

    def _put(self, target: Target, body: dict[str, Any]) -> None:
        """Seeds a resource; one of a type that the simulator does not have stays away."""
        known = {name: value for name, value in body.items() if name not in ("id", "name", "type", "etag")}
        self.simulator.put_if_known(target.path, known)
