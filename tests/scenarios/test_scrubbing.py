"""Nothing of the recorder reaches a cassette: live-shaped exchanges through the processors and the writer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from vcr.request import Request  # type: ignore[import-untyped] # it has no types

from azext_kubenet.core.azure import limits
from azext_kubenet.core.changes.change import assignment_id, least_privilege_role_id, role_definition_id

from .cassette import Recording, json_of, read_cassette, write_cassette
from .scrubbing import (
    ARM_HOST,
    NUMBERED,
    REPLACED,
    SUBSCRIPTION_ID,
    TENANT_ID,
    Identifiers,
    mask,
    mask_body,
    processors,
)

SUBSCRIPTION = "7b3f0c52-9d1e-4a6b-8c2f-5e4d3c2b1a09"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PRINCIPAL = "886f851f-845a-47a2-8b6c-fa7d7e213179"
CLIENT = "c1d2e3f4-0a1b-4c2d-9e3f-a4b5c6d7e8f9"
OPERATION = "0d8ad43e-4f9c-4a3e-9d12-1f2e3d4c5b6a"
GROUP = "clitest.kubenetx7k2m9q4"
BEARER = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJvaWQiOiI4ODZmODUxZi04NDVhLTQ3YTIifQ.c2lnbmF0dXJl-with_all-characters"
KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA+2w/abcdefghijk== somebody@laptop"
STORAGE_KEY = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v/w=="
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
TABLE = f"{GROUP_ID}/providers/Microsoft.Network/routeTables/routes"
ROLE = role_definition_id(SUBSCRIPTION, limits.NETWORK_CONTRIBUTOR)
ASSIGNMENT = assignment_id(TABLE, PRINCIPAL, ROLE)
HEADERS = {
    "User-Agent": "AZURECLI/2.91.0 (PIP) azsdk-python-core/1.35 Python/3.11 (Linux-6.8.0-laptop)",
    "Authorization": f"Bearer {BEARER}",
    "CommandName": "aks kubenet prepare",
    "ParameterSetName": "--resource-group",
    "X-IDENTITY-HEADER": "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a",
    "x-ms-client-request-id": "e15c1b8e-c7d5-11f0-8de9-0242ac120002",
    "Content-Type": "application/json",
}

Json = dict[str, Any]


def request(method: str, path: str, body: Json | None = None, host: str = ARM_HOST, **headers: str) -> Request:
    payload = None if body is None else json.dumps(body).encode()
    return Request(method, f"https://{host}{path}", payload, {**HEADERS, **headers})


def response(body: Json, **headers: str) -> Json:
    sent = {
        "Content-Type": "application/json",
        "Date": "Sun, 22 Nov 2026 18:14:02 GMT",
        "x-ms-correlation-request-id": OPERATION,
        "x-ms-routing-request-id": f"WESTEUROPE:20261122T181402Z:{OPERATION}",
        **headers,
    }
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": {name.lower(): [value] for name, value in sent.items()},
        "body": {"string": json.dumps(body)},
    }


def record(tmp_path: Path, *exchanges: tuple[Request, Json], origin: str = f"https://{ARM_HOST}/") -> list[Json]:
    """The interactions that a cassette holds after these exchanges; its text must not hold anything of the recorder."""
    kept = []
    for sent, answer in exchanges:
        asked: Request | None = sent
        answered = answer
        for processor in processors(origin):
            asked = processor.process_request(asked) if asked else None
            answered = processor.process_response(answered)
        if asked:
            kept.append((asked, answered))
    file = tmp_path / "cassette.yaml"
    identifiers = Identifiers(SUBSCRIPTION, TENANT, {GROUP: "clitest.kubenet000001"})
    write_cassette(file, Recording(kept, "AzureCloud (live)", "2.91.0"), identifiers)
    text = file.read_text(encoding="utf-8").lower()
    for private in (SUBSCRIPTION, SUBSCRIPTION[:6], TENANT, PRINCIPAL, CLIENT, OPERATION, GROUP, "laptop", "eyj0"):
        assert private not in text, private
        assert private.replace("-", "") not in text, private
    for header in HEADERS:
        assert header == "Content-Type" or f"{header.lower()}:" not in text
    assert "aaaab3nza" not in text
    assert "2026-11-22" not in text
    return read_cassette(file)


def test_identity_and_its_assignment(tmp_path: Path) -> None:
    identity = f"{GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/identity"
    properties = {"tenantId": TENANT, "principalId": PRINCIPAL, "clientId": CLIENT}
    grant = {"properties": {"roleDefinitionId": ROLE, "principalId": PRINCIPAL, "principalType": "ServicePrincipal"}}
    answer = {"id": ASSIGNMENT, "name": ASSIGNMENT.rsplit("/", 1)[-1], **grant}
    made, granted, read = record(
        tmp_path,
        (
            request("PUT", f"{identity}?api-version=2024-11-30", {}),
            response({"id": identity, "properties": properties}),
        ),
        (request("PUT", f"{ASSIGNMENT}?api-version=2022-04-01", grant), response(answer)),
        (request("GET", f"{ASSIGNMENT}?api-version=2022-04-01"), response(answer)),
    )
    shown = json_of(made["response"]["body"]["string"])["properties"]
    assert shown["tenantId"] == TENANT_ID
    assert shown["principalId"].startswith(NUMBERED)
    assert shown["clientId"].startswith(NUMBERED)
    assert shown["principalId"] != shown["clientId"]
    sent = json_of(granted["request"]["body"])["properties"]
    assert sent["principalId"] == shown["principalId"]
    assert sent["roleDefinitionId"] == role_definition_id(SUBSCRIPTION_ID, limits.NETWORK_CONTRIBUTOR)
    # a playback derives the name from what it was played, and must find it
    table = TABLE.replace(SUBSCRIPTION, SUBSCRIPTION_ID).replace(GROUP, "clitest.kubenet000001")
    expected = assignment_id(table, sent["principalId"], sent["roleDefinitionId"])
    for interaction in (granted, read):
        assert interaction["request"]["uri"] == f"https://{ARM_HOST}{expected}?api-version=2022-04-01"
        assert json_of(interaction["response"]["body"]["string"])["id"] == expected


def test_custom_role_is_derived_anew(tmp_path: Path) -> None:
    role = least_privilege_role_id(SUBSCRIPTION)
    (interaction,) = record(tmp_path, (request("PUT", role, {"properties": {}}), response({"id": role})))
    assert interaction["request"]["uri"] == f"https://{ARM_HOST}{least_privilege_role_id(SUBSCRIPTION_ID)}"


def test_assignment_that_somebody_else_named_is_numbered(tmp_path: Path) -> None:
    path = f"{TABLE}/providers/Microsoft.Authorization/roleAssignments/{OPERATION}"
    body = {"properties": {"roleDefinitionId": ROLE, "principalId": PRINCIPAL}}
    (interaction,) = record(tmp_path, (request("PUT", path, body), response({})))
    assert interaction["request"]["uri"].rsplit("/", 1)[-1].startswith(NUMBERED)


def test_operations_and_etags_stay_apart(tmp_path: Path) -> None:
    other = "5f0c9a7e-3a1b-4d2c-8e9f-0a1b2c3d4e5f"
    operations = f"https://{ARM_HOST}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/locations/x/operations"
    started = response(
        {"etag": f'W/"{CLIENT}"'}, **{"Azure-AsyncOperation": f"{operations}/{OPERATION}", "ETag": f'W/"{CLIENT}"'}
    )
    first, second, third = record(
        tmp_path,
        (request("PUT", TABLE, {}), started),
        (request("PUT", TABLE, {}, **{"If-Match": f'W/"{CLIENT}"'}), started),
        (request("PUT", TABLE, {}), response({}, **{"Azure-AsyncOperation": f"{operations}/{other}"})),
    )
    etag = json_of(first["response"]["body"]["string"])["etag"]
    assert first["response"]["headers"]["etag"] == second["request"]["headers"]["if-match"] == [etag]
    urls = [each["response"]["headers"]["azure-asyncoperation"][0] for each in (first, second, third)]
    assert urls[0] == urls[1] != urls[2]
    assert all(f"/subscriptions/{SUBSCRIPTION_ID}/" in url and f"/operations/{NUMBERED}" in url for url in urls)


def test_refusal_names_nobody(tmp_path: Path) -> None:
    message = (
        f"The client 'jane.doe@contoso.onmicrosoft.com' with object id '{PRINCIPAL}' does not have authorization "
        f"over scope '{GROUP_ID}'. Principal {PRINCIPAL.replace('-', '')} of tenant '{TENANT.upper()}'."
    )
    body = {"error": {"code": "AuthorizationFailed", "message": message}}
    (interaction,) = record(tmp_path, (request("GET", GROUP_ID), response(body)))
    shown = json_of(interaction["response"]["body"]["string"])["error"]["message"]
    assert "'user@example.com'" in shown
    number = shown.split("object id '")[1].split("'")[0]
    assert number.startswith(NUMBERED)
    assert f"Principal {number.replace('-', '')} of tenant '{TENANT_ID}'" in shown


def test_cluster_without_keys_and_host_names(tmp_path: Path) -> None:
    cluster = f"{GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/aks"
    properties = {
        "dnsPrefix": f"aks-group-{SUBSCRIPTION[:6]}",
        "fqdn": f"aks-group-{SUBSCRIPTION[:6]}-7xk2p9.hcp.westeurope.azmk8s.io",
        "azurePortalFQDN": f"aks-group-{SUBSCRIPTION[:6]}-7xk2p9.portal.hcp.westeurope.azmk8s.io",
        "linuxProfile": {"adminUsername": "azureuser", "ssh": {"publicKeys": [{"keyData": f"{KEY}\n"}]}},
        "servicePrincipalProfile": {"clientId": CLIENT, "secret": "Q8~secret-of-an-application"},
        "kubeconfigs": [{"name": "admin", "value": STORAGE_KEY}],
    }
    (interaction,) = record(
        tmp_path, (request("PUT", cluster, {"properties": properties}), response({"properties": properties}))
    )
    for body in (interaction["request"]["body"], interaction["response"]["body"]["string"]):
        shown = json_of(body)["properties"]
        assert shown["dnsPrefix"] == f"aks-group-{SUBSCRIPTION_ID[:6]}"
        assert shown["fqdn"] == "cluster.hcp.westeurope.azmk8s.io"
        assert shown["azurePortalFQDN"] == "cluster.portal.hcp.westeurope.azmk8s.io"
        assert shown["linuxProfile"]["ssh"]["publicKeys"] == [{"keyData": f"ssh-rsa {REPLACED}\n"}]
        assert shown["linuxProfile"]["adminUsername"] == "azureuser"
        assert shown["servicePrincipalProfile"]["secret"] == REPLACED
        assert shown["kubeconfigs"] == [{"name": "admin", "value": REPLACED}]


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("login.microsoftonline.com", f"/{TENANT}/oauth2/v2.0/token"),
        ("login.microsoftonline.com", f"/{TENANT}/v2.0/.well-known/openid-configuration"),
        ("graph.microsoft.com", f"/v1.0/servicePrincipals/{PRINCIPAL}"),
        ("169.254.169.254", "/metadata/identity/oauth2/token"),
        (ARM_HOST, "/metadata/endpoints"),
        ("localhost:41234", f"/{TENANT}/oauth2/v2.0/token"),
    ],
)
def test_other_exchanges_are_dropped(tmp_path: Path, host: str, path: str) -> None:
    exchange = (request("POST", path, {"client_secret": "x"}, host=host), response({"access_token": BEARER}))
    assert record(tmp_path, exchange) == []
    assert record(tmp_path, exchange, origin="https://localhost:41234") == []


def test_recorders_host_becomes_public_azure(tmp_path: Path) -> None:
    url = f"https://localhost:41234/subscriptions/{SUBSCRIPTION}/operations/{OPERATION}"
    (interaction,) = record(
        tmp_path,
        (request("GET", TABLE, host="localhost:41234"), response({"nextLink": url}, Location=url)),
        origin="https://localhost:41234",
    )
    assert interaction["request"]["uri"].startswith(f"https://{ARM_HOST}/")
    assert interaction["response"]["headers"]["location"][0].startswith(f"https://{ARM_HOST}/")
    assert json_of(interaction["response"]["body"]["string"])["nextLink"].startswith(f"https://{ARM_HOST}/")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (BEARER, REPLACED),
        (f"Authorization: Bearer {BEARER}", f"Authorization: Bearer {REPLACED}"),
        ("Bearer abc.def~ghi", f"Bearer {REPLACED}"),
        (f'"{KEY}"', f'"ssh-rsa {REPLACED}"'),
        (STORAGE_KEY, REPLACED),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", REPLACED),
        ("2026-11-22T18:14:02.1234567Z and 2026-11-22T18:14:02+00:00", "2026-01-01T00:00:00Z and 2026-01-01T00:00:00Z"),
    ],
)
def test_mask(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        f"{TABLE}/routes/default",
        quote(TABLE, safe=""),
        "Network Contributor",
        "10.244.0.0/16",
        "aksManagedAutoUpgradeSchedule",
        '"nodeImageVersion": "AKSUbuntu-2204gen2containerd-202511.03.0"',
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


def test_masked_bodies_stay_as_they_are() -> None:
    once = mask_body(json.dumps({"$skipToken": "abc", "keyData": KEY, "at": "2026-11-22T18:14:02Z", "n": [1, None]}))
    assert mask_body(once) == once
    assert json_of(once)["$skipToken"] == REPLACED


def test_scrubbed_identifiers_stay_as_they_are() -> None:
    text = Identifiers(SUBSCRIPTION, TENANT).replace(f"{ASSIGNMENT} {PRINCIPAL} {TENANT} {limits.NETWORK_CONTRIBUTOR}")
    assert limits.NETWORK_CONTRIBUTOR in text
    assert Identifiers(SUBSCRIPTION_ID, TENANT_ID).replace(text) == text
