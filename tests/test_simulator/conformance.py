"""Replays recorded traffic against the simulator and says where the two differ. IO: reads recordings, HTTPS."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulator import Simulator
from tests.simulator.identifiers import parse

from .client import Answer, Client

HOST = "https://management.azure.com"
HEADERS = ("azure-asyncoperation", "location", "etag", "x-ms-failure-cause", "content-type")
COMPARED_VALUES = ("code", "status", "provisioningState", "type", "name", "networkPlugin", "maxPods", "podCidr")
NOT_COVERED = re.compile(
    r"privateDns|nfvOperations|^/providers/Microsoft\.ManagedIdentity/operations|Microsoft\.Storage", re.IGNORECASE
)
# Tags and rules somebody chose, and the keys of userAssignedIdentities, are data rather than shape.
OPEN_MAPS = re.compile(r"(tags|userAssignedIdentities|patchVersions|values\[\]|data\[\])$")


@dataclass(frozen=True)
class Pair:
    """One recorded request with its response."""

    file: str
    index: int
    method: str
    path: str
    request: Any
    status: int
    headers: dict[str, str]
    response: Any

    @property
    def name(self) -> str:
        return f"{self.file}:{self.index}"

    def __str__(self) -> str:
        return f"{self.name} {self.method} {self.bare_path.rsplit('/providers/')[-1]}:"

    @property
    def bare_path(self) -> str:
        return urllib.parse.unquote(self.path.split("?")[0])

    @property
    def operation(self) -> str | None:
        """The id of the operation that this pair polls."""
        match = re.search(r"/operation(?:s|results)/([^/?]+)", self.path, re.IGNORECASE)
        return match.group(1) if match else None


@dataclass
class Outcome:
    pair: Pair
    differences: list[str] = field(default_factory=list)
    covered: bool = True


def read_pairs(file: Path) -> list[Pair]:
    pairs = []
    for index, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        entry = json.loads(line)
        headers = {
            name.lower(): value if isinstance(value, str) else value[0]
            for name, value in (entry.get("headers") or {}).items()
        }
        path = entry["uri"].replace(HOST, "")
        request, response = entry.get("request"), entry.get("response")
        pairs.append(Pair(file.stem, index, entry["method"], path, request, entry["status"], headers, response))
    return pairs


def replay(simulator: Simulator, file: Path) -> Iterator[Outcome]:
    """Sends a file's requests in order, seeding beforehand what each presupposes."""
    pairs = read_pairs(file)
    client = Client(simulator)
    operations: dict[str, str] = {}
    for pair in pairs:
        outcome = Outcome(pair)
        if NOT_COVERED.search(pair.path):
            outcome.covered = False
            yield outcome
            continue
        simulator.settings.operation_polls = _polls_in_progress(pairs, pair)
        simulator.settings.aks_poll_warning = _warning(pair)
        _seed(simulator, client, pairs, pair, operations)
        headers = {"If-Match": "invalid"} if pair.status == 412 else {}
        answer = client.send(pair.method, _path(pair, operations), pair.request, headers)
        recorded = _operation_of(pair.headers)
        ours = _operation_of(answer.headers)
        if pair.method in ("PUT", "DELETE") and recorded and ours:
            operations[recorded] = ours
        outcome.differences = _compare_answers(pair, answer)
        yield outcome
    client.close()


def _operation_of(headers: dict[str, str]) -> str | None:
    url = headers.get("azure-asyncoperation") or headers.get("location") or ""
    match = re.search(r"/operation(?:s|results)/([^/?]+)", url, re.IGNORECASE)
    return match.group(1) if match else None


def _polls_in_progress(pairs: list[Pair], pair: Pair) -> int:
    started = _operation_of(pair.headers)
    if started is None or pair.method not in ("PUT", "DELETE"):
        return 0
    following = [later for later in pairs[pair.index + 1 :] if later.operation == started]
    running = [later for later in following if (later.response or {}).get("status") == "InProgress"]
    # Recordings of cloud-provider-azure give all operations one id, and hold one poll of each.
    return 0 if set(started) <= set("0-") else len(running)


def _path(pair: Pair, operations: dict[str, str]) -> str:
    recorded = pair.operation
    if recorded is None:
        return pair.path
    before, _, after = pair.path.rpartition(recorded)
    return before + operations.get(recorded, recorded) + after


def _warning(pair: Pair) -> Any:
    """The error of a poll that nevertheless did not fail."""
    response = pair.response if pair.operation and isinstance(pair.response, dict) else {}
    return response.get("error") if response.get("status") in ("InProgress", "Succeeded") else None


def _recorded_group(pairs: list[Pair], group: str) -> Any:
    """The group as the file shows it anywhere; it was there from the start."""
    shown = (pair.response for pair in pairs if pair.method == "GET" and pair.bare_path.lower() == group.lower())
    return next((response for response in shown if response), {"location": "westus"})


def _seed(simulator: Simulator, client: Client, pairs: list[Pair], pair: Pair, operations: dict[str, str]) -> None:
    """Makes what the recording took for granted: groups, parents, principals, permissions, operations."""
    target = parse(pair.bare_path)
    if pair.operation is not None:
        _seed_operation(simulator, client, pair, operations)
        return
    code = (pair.response or {}).get("error", {}).get("code") if isinstance(pair.response, dict) else None
    group = f"/subscriptions/{target.subscription}/resourceGroups/{target.group}"
    creates_group = pair.method == "PUT" and not target.namespace
    if target.group and code != "ResourceGroupNotFound" and not creates_group and simulator.get(group) is None:
        simulator.put(group, _recorded_group(pairs, group))
    if pair.method == "PUT" and pair.status == 200 and target.namespace and simulator.get(pair.bare_path) is None:
        simulator.put(pair.bare_path, pair.request)
    if pair.method == "PUT" and target.type.lower().endswith("/roleassignments"):
        simulator.add_principal(
            object_id=pair.request["properties"]["principalId"],
            kind=pair.request["properties"].get("principalType", "User"),
        )
    if pair.method == "PUT" and target.type.lower().endswith("/managedclusters"):
        _seed_subnet_permission(simulator, pair.request)


def _seed_subnet_permission(simulator: Simulator, request: Any) -> None:
    identities = (request.get("identity") or {}).get("userAssignedIdentities") or {}
    for identity in identities:
        principal = (simulator.get(identity) or {})["properties"]["principalId"]
        for pool in request["properties"]["agentPoolProfiles"]:
            if pool.get("vnetSubnetID"):
                simulator.grant(principal, pool["vnetSubnetID"], "Network Contributor")


def _seed_operation(simulator: Simulator, client: Client, pair: Pair, operations: dict[str, str]) -> None:
    """A poll whose start was not recorded: an operation that ends as the recorded one did."""
    if pair.operation in operations:
        return
    target = parse(pair.bare_path)
    error = (pair.response or {}).get("error")
    path = f"/subscriptions/{target.subscription}/resourceGroups/polled/providers/"
    aks = target.namespace.lower() == "microsoft.containerservice"
    path += "Microsoft.ContainerService/managedClusters/polled" if aks else "Microsoft.Network/routeTables/polled"
    simulator.put(path.split("/providers/")[0], {"location": "westus"})
    if error:
        simulator.fail_operation("/polled$", error["code"], error["message"])
    properties = {"agentPoolProfiles": [{"name": "one", "count": 1}], "dnsPrefix": pair.operation}
    started = client.put(path, {"location": "westus", "properties": properties, "tags": {"poll": pair.operation}})
    operations[str(pair.operation)] = str(_operation_of(started.headers))


def _compare_answers(pair: Pair, answer: Answer) -> list[str]:
    found = []
    if pair.status != answer.status:
        found.append(f"status: {pair.status} recorded, {answer.status} here ({answer.code})")
    for name in HEADERS:
        theirs, ours = pair.headers.get(name), answer.headers.get(name)
        if (theirs is None) != (ours is None):
            found.append(f"header {name}: {'recorded only' if theirs else 'here only'}")
        elif name == "content-type" and theirs and ours and theirs.split(";")[0] != ours.split(";")[0]:
            found.append(f"header {name}: {theirs} recorded, {ours} here")
    if pair.status == answer.status:
        found += compare(pair.response, answer.body, "")
    return list(dict.fromkeys(found))


def _kind(value: Any) -> str:
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def compare(recorded: Any, ours: Any, path: str) -> list[str]:
    """Differences in presence and type of every field, and in the values that clients branch on."""
    if recorded in (None, "") and ours in (None, ""):
        return []
    if _kind(recorded) != _kind(ours):
        return [f"{path}: {_kind(recorded)} recorded, {_kind(ours)} here"]
    if isinstance(recorded, dict):
        return _compare_objects(recorded, ours, path)
    if isinstance(recorded, list):
        return _compare_lists(recorded, ours, path)
    last = path.rsplit(".", 1)[-1]
    if last in COMPARED_VALUES and str(recorded).lower() != str(ours).lower() and not _is_guid(recorded):
        return [f"{path}: {recorded!r} recorded, {ours!r} here"]
    return []


def _compare_objects(recorded: dict[str, Any], ours: dict[str, Any], path: str) -> list[str]:
    if OPEN_MAPS.search(path):
        return []
    found = []
    for name, value in recorded.items():
        # Who prepared the recordings left out entries of long lists and noted how many.
        if name == "_elided_items":
            continue
        if name not in ours:
            found.append(f"{path}.{name}: recorded only")
        else:
            found += compare(value, ours[name], f"{path}.{name}")
    return found + [f"{path}.{name}: here only" for name in ours if name not in recorded]


def _compare_lists(recorded: list[Any], ours: list[Any], path: str) -> list[str]:
    """Elements by name; those of lists that a whole subscription fills are only compared where both have them."""
    if not recorded or not ours:
        return [] if bool(recorded) == bool(ours) else [f"{path}: {len(recorded)} recorded, {len(ours)} here"]
    if not isinstance(recorded[0], dict):
        return compare(recorded[0], ours[0], f"{path}[]")
    by_name = {_label(entry): entry for entry in recorded}
    common = [(by_name[_label(entry)], entry) for entry in ours if _label(entry) in by_name]
    found = []
    for theirs, mine in common or [(recorded[0], ours[0])]:
        found += compare(theirs, mine, f"{path}[]")
    return found


def _label(entry: dict[str, Any]) -> str:
    """What tells one element of a list from another; recordings zero the GUIDs that roles are named by."""
    properties = entry.get("properties")
    role = properties.get("roleName") if isinstance(properties, dict) else None
    return str(role or entry.get("name")).lower()


def _is_guid(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}", value) is not None
