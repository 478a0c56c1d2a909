"""From a request to the handler that answers it: sign-in, authorization, locks, then the provider. No IO."""

from __future__ import annotations

import re

from . import (
    access,
    assignments,
    compute,
    groups,
    locks,
    login,
    management_groups,
    policy,
    polling,
    resource_graph,
    roles,
    subscriptions,
    tags,
)
from .azure import Azure, Handler
from .container_service import clusters, reads
from .errors import gateway_error, method_not_allowed, subscription_not_found
from .messages import Request, Response
from .resources import identity, network, plain
from .resources.registry import NETWORK_TYPES

_AUTHORIZATION: dict[str, Handler] = {
    "roleassignments": assignments.serve,
    "roledefinitions": roles.serve,
    "denyassignments": assignments.serve_deny_assignments,
    "permissions": assignments.serve_permissions,
    "locks": locks.serve,
}
_PROVIDERS: dict[str, Handler] = {
    "microsoft.network": network.serve,
    "microsoft.managedidentity": identity.serve,
    "microsoft.containerservice": clusters.serve,
    "microsoft.management": management_groups.serve,
    "microsoft.policyinsights": policy.serve,
    "microsoft.containerregistry": plain.serve,
    "microsoft.compute": plain.serve,
}
_WORDS = (
    "managedClusters", "agentPools", "machines", "userAssignedIdentities", "roleAssignments", "roleDefinitions",
    "denyAssignments", "permissions", "locks", "policyStates", "registries", "virtualMachineScaleSets",
)  # fmt: skip
_CASING = {word.lower(): word for word in _WORDS}
_CASING.update({word.lower(): word for name in NETWORK_TYPES.values() for word in name.name.split("/")})
_CASING.update({f"microsoft.{word.lower()}": f"Microsoft.{word}" for word in (
    "Network", "ManagedIdentity", "ContainerService", "Authorization", "PolicyInsights", "Compute",
    "ContainerRegistry", "ResourceGraph",
)})  # fmt: skip


def dispatch(azure: Azure, request: Request) -> Response:
    """Answers one request, or raises the ArmError that refuses it."""
    answer = _sign_in(azure, request)
    if answer is not None:
        return answer
    if not request.seeding:
        request.caller = login.caller_of(azure, request.header("authorization"))
        if request.caller is None:
            raise access.unauthenticated()
    if request.path.lower().startswith("/v1.0/"):
        return login.graph(azure, request)
    return _resource_manager(azure, request)


def _sign_in(azure: Azure, request: Request) -> Response | None:
    if request.path.lower() == "/metadata/endpoints":
        return login.endpoints(request)
    configuration = re.fullmatch(r"/([^/]+)(?:/v2\.0)?/\.well-known/openid-configuration", request.path)
    if configuration:
        return login.openid_configuration(request, configuration.group(1))
    if re.fullmatch(r"/[^/]+/oauth2/(?:v2\.0/)?token", request.path) and request.method == "POST":
        return login.token(azure, request)
    return None


def canonical_type(resource_type: str) -> str:
    """A type with Azure's own casing where it is known."""
    return "/".join(_CASING.get(word.lower(), word) for word in resource_type.split("/"))


def _resource_manager(azure: Azure, request: Request) -> Response:
    target = request.target
    if request.path.lower().rstrip("/") == "/subscriptions":
        return subscriptions.list_subscriptions(azure, request)
    if not target.subscription and not target.namespace:
        raise _no_such_provider(request)
    if target.subscription and target.subscription.lower() not in azure.directory.subscriptions:
        raise subscription_not_found(target.subscription)
    if target.namespace.lower() == "microsoft.resourcegraph":
        return resource_graph.serve(azure, request)
    if _is_polling(request):
        return _poll(azure, request)
    resource_type = canonical_type(target.type)
    access.authorize(azure, request, resource_type)
    locks.enforce(azure, request, resource_type)
    return _find_handler(request)(azure, request)


def _is_polling(request: Request) -> bool:
    target = request.target
    in_provider = bool(target.types) and target.types[0].lower() == "locations"
    return in_provider or "/operationresults/" in target.key


def _poll(azure: Azure, request: Request) -> Response:
    word = request.path.rstrip("/").rsplit("/", 2)[-2].lower()
    if request.path.lower().rstrip("/").endswith("/kubernetesversions"):
        return Response(body=reads.kubernetes_versions(), content_type="application/json")
    if request.target.type.lower() == "microsoft.compute/locations/usages":
        return compute.serve_usages(azure, request)
    if word == "operations":
        return polling.status(azure, request)
    if word == "operationresults":
        return polling.results(azure, request)
    raise _no_such_provider(request)


def _find_handler(request: Request) -> Handler:
    target = request.target
    if not target.namespace:
        return _below_subscription(request)
    if not target.types:
        return subscriptions.get_provider
    namespace = target.namespace.lower()
    if namespace == "microsoft.resources" and target.types[0].lower() == "tags":
        return tags.serve
    if namespace == "microsoft.authorization":
        handler = _AUTHORIZATION.get(target.types[0].lower())
    else:
        handler = _PROVIDERS.get(namespace)
    if handler is None:
        raise _no_such_provider(request)
    return handler


def _below_subscription(request: Request) -> Handler:
    """Paths without a provider: /subscriptions/S, its groups, resources, locations and providers."""
    words = request.path.lower().strip("/").split("/")
    match words:
        case ["subscriptions", _]:
            return subscriptions.get_subscription
        case ["subscriptions", _, "resourcegroups"]:
            return groups.serve_list
        case ["subscriptions", _, "resourcegroups", _]:
            return groups.serve
        case ["subscriptions", _, "resources"] | ["subscriptions", _, "resourcegroups", _, "resources"]:
            return subscriptions.list_resources
        case ["subscriptions", _, "locations"]:
            return subscriptions.list_locations
    raise _no_such_provider(request)


def _no_such_provider(request: Request) -> Exception:
    if request.method not in ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"):
        return method_not_allowed(request.method)
    target = request.target
    message = (
        f"No registered resource provider found for location '' and API version '{request.api_version}' for type "
        f"'{target.type or request.path}'."
    )
    return gateway_error(404, "NoRegisteredProviderFound", message)
