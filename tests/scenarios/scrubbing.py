"""What never reaches a cassette, in two steps: processors for each exchange, and identifiers over a whole recording.

The processors also see the requests of a playback, so that both sides of a comparison look alike. No IO.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from azure_devtools.scenario_tests import RecordingProcessor  # type: ignore[import-untyped] # it has no types
from vcr.request import Request  # type: ignore[import-untyped] # it has no types

from azext_kubenet.core.azure import limits
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import assignment_id, least_privilege_role_id, least_privilege_role_name
from azext_kubenet.core.changes.marks import PREPARED_FOR_TAG, assignment_mark, made_for_tag, part_tag
from azext_kubenet.core.rights.permissions import NETWORK_CONTRIBUTOR_ROLE, PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE

ARM_HOST: Final = "management.azure.com"
SUBSCRIPTION_ID: Final = "00000000-0000-0000-0000-000000000001"
TENANT_ID: Final = "00000000-0000-0000-0000-00000000007e"
NUMBERED: Final = "00000000-0000-4000-8000-"
"""How the GUIDs begin that stand for all others: object and client ids, ETags, operations, ..."""

PUBLIC_GUIDS: Final = frozenset(
    {
        "00000000-0000-0000-0000-000000000000",
        limits.NETWORK_CONTRIBUTOR,
        limits.MANAGED_IDENTITY_OPERATOR,
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",  # Owner
        "b24988ac-6180-42a0-ab88-20f7382dd24c",  # Contributor
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",  # Reader
    }
)
"""Role definitions that are the same in every tenant, and nobody.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles"""

REPLACED: Final = "REPLACED"
REPLACED_TIME: Final = "2026-01-01T00:00:00Z"

GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
BARE_GUID: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])", re.IGNORECASE)

_MASKS: Final = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), REPLACED),
    (re.compile(r"(?i)\bbearer [\w.~+/=-]+"), f"Bearer {REPLACED}"),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL), REPLACED),
    (re.compile(r"\b(ssh-(?:rsa|ed25519)|ecdsa-[\w-]+) [A-Za-z0-9+/=]+(?: [^\"\\\n]*)?"), rf"\1 {REPLACED}"),
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={1,2}"), REPLACED),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "user@example.com"),
    (re.compile(r"[\w-]+((?:\.portal)?\.hcp\.)"), r"cluster\1"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"), REPLACED_TIME),
)
_SECRET_NAME: Final = re.compile(
    r"(?i)(?:password|secret|token|primarykey|secondarykey|accesskey|connectionstring|certificate|kubeconfigs?)$"
)
_KEPT_REQUEST_HEADERS: Final = ("content-type", "if-match", "if-none-match")
_KEPT_RESPONSE_HEADERS: Final = (
    "azure-asyncoperation",
    "content-type",
    "etag",
    "location",
    "www-authenticate",
    "x-ms-failure-cause",
)
_SIGN_IN: Final = re.compile(r"/oauth2/|/\.well-known/|^/metadata/|^/v1\.0/", re.IGNORECASE)


def mask(text: str) -> str:
    """Text without tokens, keys, certificates, mail addresses, API server names and points in time."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def _without_secrets(value: Any) -> Any:
    """JSON with the values of everything that is called a secret replaced."""
    if isinstance(value, dict):
        return {
            name: REPLACED if isinstance(inner, str) and _SECRET_NAME.search(name) else _without_secrets(inner)
            for name, inner in value.items()
        }
    return [_without_secrets(element) for element in value] if isinstance(value, list) else value


def mask_body(text: str) -> str:
    """A body, masked; JSON one property a line."""
    try:
        document = json.loads(text)
    except ValueError:
        return mask(text)
    return mask(json.dumps(_without_secrets(document), indent=1, ensure_ascii=False))


class ResourceManagerOnly(RecordingProcessor):  # type: ignore[misc] # azure-devtools ships no type information
    """Drops every exchange with another host, and those that sign in; the host becomes that of public Azure."""

    def __init__(self, origin: str) -> None:
        self._origin = urlsplit(origin).netloc.lower() or ARM_HOST

    def process_request(self, request: Request) -> Request | None:
        parts = urlsplit(request.uri)
        if parts.netloc.lower() not in (self._origin, ARM_HOST) or _SIGN_IN.search(parts.path):
            return None
        request.uri = parts._replace(netloc=ARM_HOST).geturl()
        return request

    def process_response(self, response: dict[str, Any]) -> dict[str, Any]:
        return _rewritten(response, lambda text: re.sub(re.escape(self._origin), ARM_HOST, text, flags=re.IGNORECASE))


class KnownHeaders(RecordingProcessor):  # type: ignore[misc] # azure-devtools ships no type information
    """Drops every header but those that matter to the commands: user agents, request ids and dates among them."""

    def process_request(self, request: Request) -> Request:
        kept = {name.lower(): value for name, value in request.headers.items()}
        request.headers = {name: _text(kept[name]) for name in _KEPT_REQUEST_HEADERS if name in kept}
        return request

    def process_response(self, response: dict[str, Any]) -> dict[str, Any]:
        kept = {name.lower(): values for name, values in response["headers"].items()}
        response["headers"] = {name: kept[name] for name in _KEPT_RESPONSE_HEADERS if name in kept}
        return response


class Secrets(RecordingProcessor):  # type: ignore[misc] # azure-devtools ships no type information
    """Masks tokens, keys, names of hosts and people, and points in time in both bodies."""

    def process_request(self, request: Request) -> Request:
        request.uri = mask(request.uri)
        if request.body:
            request.body = mask_body(_text(request.body))
        return request

    def process_response(self, response: dict[str, Any]) -> dict[str, Any]:
        response = _rewritten(response, mask)
        response["body"]["string"] = _like(response["body"]["string"], mask_body(_text(response["body"]["string"])))
        return response


def processors(origin: str) -> list[RecordingProcessor]:
    """All of them, for a recorder that talks to Resource Manager at `origin`."""
    return [ResourceManagerOnly(origin), KnownHeaders(), Secrets()]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return value.decode() if isinstance(value, bytes) else str(value or "")


def _like(old: Any, new: str) -> Any:
    """vcr keeps bodies as bytes while it plays back, azure-devtools as text while it records."""
    return new.encode() if isinstance(old, bytes) else new


def _rewritten(response: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    body = response["body"]["string"]
    response["body"]["string"] = _like(body, change(_text(body)))
    response["headers"] = {name: [change(value) for value in values] for name, values in response["headers"].items()}
    return response


DIGEST: Final = re.compile(r"(?<![0-9a-z])[0-9a-f]{16}(?![0-9a-z])")
"""As prepare's marks have it."""


class Identifiers:
    """Gives every GUID of a recording its replacement; the same GUID the same one, everywhere.

    Names that the extension derives from other identifiers are derived anew, as a playback will derive them.
    `names` are further replacements, such as that of a random resource group.
    """

    def __init__(self, subscription_id: str, tenant_id: str, names: Mapping[str, str] | None = None) -> None:
        self._subscription = subscription_id.lower()
        self._known = {tenant_id.lower(): TENANT_ID, self._subscription: SUBSCRIPTION_ID}
        self._names = dict(names or {})
        self._assignments: dict[str, tuple[str, str, str]] = {}
        self._custom_role = least_privilege_role_id(self._subscription).rsplit("/", 1)[-1]
        self._clusters: set[ResourceId] = set()
        self._written: set[ResourceId] = set()
        self._marks: dict[str, str] | None = None

    def note_write(self, method: str, uri: str, body: str) -> None:
        """Look at a request before anything is replaced: is it a role assignment named by the extension, or marked?"""
        path = urlsplit(uri).path
        scope, _, name = path.partition("/providers/Microsoft.Authorization/roleAssignments/")
        if method != "PUT":
            return
        if not name:
            self._note_marked(path, body)
            return
        properties = json.loads(body)["properties"]
        principal, role = properties["principalId"], properties["roleDefinitionId"]
        if assignment_id(scope, principal, role).endswith(f"/{name}"):
            self._assignments[name.lower()] = (scope, principal, role)

    def _note_marked(self, path: str, body: str) -> None:
        """What prepare writes lies in the cluster's group, or is a subnet that it puts its table on."""
        if "/providers/Microsoft.Network/" not in path and "/providers/Microsoft.ManagedIdentity/" not in path:
            return
        written = ResourceId(path)
        self._written.add(written)
        for cluster in re.findall(rf'"{PREPARED_FOR_TAG}": *"([^":]+):', body):
            kind = "providers/Microsoft.ContainerService/managedClusters"
            self._clusters.add(ResourceId(f"{written.resource_group_id}/{kind}/{cluster}"))

    def replace(self, text: str) -> str:
        """The text with all identifiers replaced, random ones numbered in order of appearance."""
        if self._marks is None:
            self._marks = dict(self._derived_marks())
        marks = self._marks
        return DIGEST.sub(lambda found: marks.get(found.group(), found.group()), self._replace(text))

    def _derived_marks(self) -> Iterator[tuple[str, str]]:
        """The digest of each mark that prepare may have written, and that of what a playback sees in its place."""
        roles = (NETWORK_CONTRIBUTOR_ROLE, PRIVATE_DNS_ZONE_CONTRIBUTOR_ROLE)
        custom = (least_privilege_role_name(self._subscription), least_privilege_role_name(SUBSCRIPTION_ID))
        for real in self._clusters:
            seen = self._seen(real)
            for one in self._written:
                yield _digest(made_for_tag(real, one)[1]), _digest(made_for_tag(seen, self._seen(one))[1])
                for role, shown in (*zip(roles, roles, strict=True), custom):
                    shown_mark = assignment_mark(seen, str(self._seen(one)), shown)
                    yield _digest(assignment_mark(real, str(one), role)), _digest(shown_mark)
                for part in (*self._written, one.child("routes", "default")):
                    shown_tag, _ = part_tag(seen, self._seen(one), self._seen(part))
                    yield _digest(part_tag(real, one, part)[0]), _digest(shown_tag)

    def _seen(self, real: ResourceId) -> ResourceId:
        return ResourceId(self._replace(str(real)))

    def _replace(self, text: str) -> str:
        for name, replacement in self._names.items():
            text = text.replace(name, replacement)
        text = GUID.sub(lambda found: self._of(found.group().lower()), text)
        text = BARE_GUID.sub(lambda found: self._of(_dashed(found.group().lower())).replace("-", ""), text)
        # az names a cluster's DNS after the first six digits of the subscription
        return re.sub(rf"-{self._subscription[:6]}(?=[-\".])", f"-{SUBSCRIPTION_ID[:6]}", text)

    def _of(self, guid: str) -> str:
        if guid in PUBLIC_GUIDS or guid.startswith(NUMBERED):
            return guid
        if guid not in self._known:
            self._known[guid] = self._derived(guid) or f"{NUMBERED}{len(self._known):012}"
        return self._known[guid]

    def _derived(self, guid: str) -> str | None:
        if guid == self._custom_role:
            return least_privilege_role_id(SUBSCRIPTION_ID).rsplit("/", 1)[-1]
        if guid not in self._assignments:
            return None
        return assignment_id(*map(self.replace, self._assignments[guid])).rsplit("/", 1)[-1]


def _digest(mark: str) -> str:
    """The digest at the end of a mark."""
    return str(DIGEST.findall(mark)[-1])


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
