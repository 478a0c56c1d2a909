"""Signing in: cloud metadata, OpenID configuration, tokens, and Microsoft Graph as far as az asks. No IO."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.parse

from .azure import Azure
from .errors import Json
from .messages import Principal, Request, Response

TOKEN_LIFETIME = 86400


def endpoints(request: Request) -> Response:
    """GET /metadata/endpoints: what `az cloud register` reads."""
    base = request.base_url
    return Response(
        body={
            "name": "Simulator",
            "portal": f"{base}/portal",
            "resourceManager": f"{base}/",
            "authentication": {
                "loginEndpoint": base,
                "audiences": [base],
                "tenant": "common",
                "identityProvider": "AAD",
            },
            "graph": base,
            "graphAudience": base,
            "microsoftGraphResourceId": base,
            "media": base,
            "batch": base,
            "suffixes": {"storage": "storage.invalid", "keyVaultDns": "vault.invalid", "acrLoginServer": "acr.invalid"},
        }
    )


def openid_configuration(request: Request, tenant: str) -> Response:
    base = f"{request.base_url}/{tenant}"
    return Response(
        body={
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "tenant_region_scope": None,
        }
    )


def make_token(azure: Azure, principal: Principal, audience: str) -> str:
    """A token with the shape of a JWT and no signature worth the name."""
    now = int(time.time())
    claims = {
        "aud": audience,
        "iss": f"{audience}/{azure.directory.tenant_id}/",
        "iat": now,
        "nbf": now,
        "exp": now + TOKEN_LIFETIME,
        "tid": azure.directory.tenant_id,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "appid": principal.name,
        "idtyp": "app",
    }
    header = {"typ": "JWT", "alg": "none"}
    return ".".join((_encode(header), _encode(claims), "simulated"))


def _encode(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(azure: Azure, request: Request) -> Response:
    """POST /{tenant}/oauth2/v2.0/token; an unknown client id signs in as the Owner unless a setting forbids it."""
    form = dict(urllib.parse.parse_qsl(request.body if isinstance(request.body, str) else ""))
    client = form.get("client_id", "")
    principal = azure.directory.by_client(client)
    if principal is None:
        if azure.settings.require_known_clients:
            text = f"AADSTS700016: Application with identifier '{client}' was not found in the directory 'Simulator'."
            return Response(401, {"error": "unauthorized_client", "error_description": text})
        principal = azure.directory.caller
    body = {
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "ext_expires_in": TOKEN_LIFETIME,
        "access_token": make_token(azure, principal, request.base_url),
    }
    return Response(body=body)


def caller_of(azure: Azure, authorization: str | None) -> Principal | None:
    """The principal of a bearer token; one this simulator did not make belongs to the default caller."""
    if not authorization or not authorization.lower().startswith("bearer "):
        return None
    parts = authorization.split(" ", 1)[1].split(".")
    if len(parts) == 3:
        try:
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except ValueError:
            return azure.directory.caller
        known = azure.directory.find(str(claims.get("oid", "")))
        if known is not None:
            return known
    return azure.directory.caller


def graph(azure: Azure, request: Request) -> Response:
    """Microsoft Graph below /v1.0: service principals by name or id, nobody else."""
    found: list[Json] = []
    if request.path.lower().endswith("/serviceprincipals"):
        for word in re.findall(r"'([^']*)'", request.query.get("$filter", "")):
            principal = azure.directory.by_client(word) or azure.directory.find(word)
            found += [_service_principal(principal)] if principal else []
    elif request.path.lower().endswith("/directoryobjects/getbyids"):
        for object_id in request.json.get("ids") or []:
            principal = azure.directory.find(str(object_id))
            found += [_service_principal(principal)] if principal else []
    elif re.search(r"/(users|groups|applications)$", request.path, re.IGNORECASE) is None:
        error = {"code": "Request_ResourceNotFound", "message": f"Resource '{request.path}' does not exist."}
        return Response(404, {"error": error})
    return Response(body={"value": found})


def _service_principal(principal: Principal) -> Json:
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": principal.object_id,
        "appId": principal.name,
        "displayName": principal.name,
        "servicePrincipalNames": [principal.name],
        "servicePrincipalType": "ManagedIdentity",
    }
