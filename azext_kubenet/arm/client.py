"""The one way to Azure Resource Manager: a protocol, and its implementation on azure-core. Does network IO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from azure.cli.core._profile import Profile
from azure.cli.core.commands.client_factory import _prepare_mgmt_client_kwargs_track2
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, RetryPolicy
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import LocationPolling, StatusCheckPolling
from azure.core.rest import HttpRequest
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.polling.arm_polling import ARMPolling, AzureAsyncOperationPolling, BodyContentPolling

from .errors import ArmError, ArmUnreachableError, JsonObject, parse_error

if TYPE_CHECKING:
    from azure.cli.core import AzCli

API_VERSIONS: Final[Mapping[str, str]] = {
    "microsoft.authorization/denyassignments": "2022-04-01",
    "microsoft.authorization/locks": "2020-05-01",
    "microsoft.authorization/permissions": "2022-04-01",
    "microsoft.authorization/roleassignments": "2022-04-01",
    "microsoft.authorization/roledefinitions": "2022-04-01",
    "microsoft.containerservice/managedclusters": "2025-05-01",
    "microsoft.managedidentity/userassignedidentities": "2024-11-30",
    "microsoft.network/localnetworkgateways": "2024-05-01",
    "microsoft.network/natgateways": "2024-05-01",
    "microsoft.network/networksecuritygroups": "2024-05-01",
    "microsoft.network/routetables": "2024-05-01",
    "microsoft.network/routetables/routes": "2024-05-01",
    "microsoft.network/virtualnetworkgateways": "2024-05-01",
    "microsoft.network/virtualnetworks": "2024-05-01",
    "microsoft.network/virtualnetworks/subnets": "2024-05-01",
    "microsoft.network/virtualnetworks/usages": "2024-05-01",
    "microsoft.policyinsights/policystates/queryresults": "2019-10-01",
    "microsoft.resourcegraph/resources": "2022-10-01",
    "microsoft.resources/resourcegroups": "2024-11-01",
}


class ArmClient(Protocol):
    """What reads and writes need of Azure. Paths are resource ids, or collections below them.

    Every method raises ArmError where Azure refuses and ArmUnreachableError where it does not answer.
    """

    def get(self, path: str) -> JsonObject:
        """The resource; its ETag is in the body."""
        ...

    def list(self, path: str, *, filter_text: str | None = None) -> list[JsonObject]:
        """All elements of a collection, over all its pages."""
        ...

    def put(
        self, path: str, body: JsonObject, *, etag: str | None = None, new: bool = False, wait: bool = True
    ) -> JsonObject:
        """Create or replace; the resource as Azure accepted it, with `wait` once the operation has ended.

        `etag` goes as If-Match. `new` goes as If-None-Match: what is there by now is not replaced (412), where the
        service honours it.
        """
        ...

    def delete(self, path: str, *, wait: bool = True) -> None:
        """Delete; what is already gone is no error."""
        ...

    def post(self, path: str, body: JsonObject) -> JsonObject:
        """Ask a query that needs a body; never used to write."""
        ...


def api_version_of(path: str) -> str:
    """The pinned api-version of the type that `path` names: the last provider in it decides."""
    _, provider, resource = path.lower().rpartition("/providers/")
    if not provider:
        return API_VERSIONS["microsoft.resources/resourcegroups"]
    parts = resource.split("/")
    if parts[0] == "microsoft.policyinsights":
        return API_VERSIONS["microsoft.policyinsights/policystates/queryresults"]
    return API_VERSIONS["/".join([parts[0], *parts[1::2]])]


class _OperationOnly(AzureAsyncOperationPolling[Any, Any]):
    """Follows Azure-AsyncOperation to its end, and does not read the resource once more: nobody needs it."""

    def get_final_get_url(self, pipeline_response: Any) -> None:
        """No further request."""


class AzureCoreClient:
    """ArmClient on azure-core's pipeline: its retries, its challenge authentication, its polling."""

    def __init__(self, pipeline_client: ARMPipelineClient[Any, Any]) -> None:
        self._client = pipeline_client

    def get(self, path: str) -> JsonObject:
        return self._send("GET", path, action=f"reading {path}")

    def list(self, path: str, *, filter_text: str | None = None) -> list[JsonObject]:
        query = {} if filter_text is None else {"$filter": filter_text}
        page = self._send("GET", path, query=query, action=f"reading {path}")
        items = _elements(page, path)
        followed: set[str] = set()
        while isinstance(link := page.get("nextLink"), str) and link and link not in followed:
            followed.add(link)  # pages that go in circles must end
            page = self._send("GET", link, absolute=True, action=f"reading {path}")
            items.extend(_elements(page, path))
        return items

    def put(
        self, path: str, body: JsonObject, *, etag: str | None = None, new: bool = False, wait: bool = True
    ) -> JsonObject:
        headers = {**({} if etag is None else {"If-Match": etag}), **({"If-None-Match": "*"} if new else {})}
        return self._send("PUT", path, body=body, headers=headers, wait=wait, action=f"writing {path}")

    def delete(self, path: str, *, wait: bool = True) -> None:
        try:
            self._send("DELETE", path, wait=wait, action=f"deleting {path}")
        except ArmError as error:
            if not error.is_not_found:
                raise

    def post(self, path: str, body: JsonObject) -> JsonObject:
        return self._send("POST", path, body=body, action=f"reading {path}")

    def _send(
        self,
        method: str,
        path: str,
        *,
        action: str,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
        headers: Mapping[str, str] | None = None,
        absolute: bool = False,
        wait: bool = False,
    ) -> JsonObject:
        parameters = None if absolute else {"api-version": api_version_of(path), **(query or {})}
        request = HttpRequest(method, path, params=parameters, headers=dict(headers or {}), json=body)
        request.url = self._client.format_url(request.url)
        try:
            result = self._client._pipeline.run(request)  # send_request hides what the poller needs
            response = result.http_response
            response.read()
            if response.status_code >= 400:
                raise parse_error(response.status_code, response.text(), action=action)
            if wait:
                self._wait(result)
            return _json_of(response)
        except HttpResponseError as error:
            text = error.response.text() if error.response is not None else ""
            status = error.status_code or 0
            raise parse_error(status, text or str(error.message), action=action) from error
        except (ServiceRequestError, ServiceResponseError) as error:
            raise ArmUnreachableError(f"No answer from {self._client.format_url('/')} while {action}") from error
        except AzureError as error:
            raise ArmError(status=0, code=type(error).__name__, message=str(error), action=action) from error

    def _wait(self, result: Any) -> None:
        polling = ARMPolling(
            lro_algorithms=[_OperationOnly(), LocationPolling(), BodyContentPolling(), StatusCheckPolling()]
        )
        LROPoller[None](self._client, result, lambda _: None, polling).result()


def _elements(page: JsonObject, path: str) -> list[JsonObject]:
    elements = page["value"] or [] if "value" in page else None  # a list that is not there is no empty list
    if not isinstance(elements, list):
        message = "Azure answered with something that is not a list."
        raise ArmError(status=200, code="InvalidAnswer", message=message, action=f"reading {path}")
    return elements


def _json_of(response: Any) -> JsonObject:
    if response.status_code == 204 or not response.content:
        return {}
    try:
        body = response.json()
    except (ValueError, RecursionError) as error:
        raise ArmError(
            status=response.status_code, code="InvalidAnswer", message="Azure answered with something that is not JSON."
        ) from error
    return body if isinstance(body, dict) else {"value": body}


def arm_client(cli_ctx: AzCli, subscription_id: str | None = None) -> tuple[AzureCoreClient, str]:
    """A client signed in as `az` is, for the cloud that `az` is set to, and the subscription's id.

    Raises knack's CLIError where nobody is logged in or the subscription is not among the known ones.
    """
    credential, subscription, _ = Profile(cli_ctx=cli_ctx).get_login_credentials(subscription_id=subscription_id)
    settings = _prepare_mgmt_client_kwargs_track2(cli_ctx, credential)
    policies: list[Any] = [
        RequestIdPolicy(**settings),
        HeadersPolicy(**settings),
        settings["user_agent_policy"],
        RetryPolicy(),
        settings["authentication_policy"],
        *([settings["custom_hook_policy"]] if "custom_hook_policy" in settings else []),  # newer azure-cli only
        settings["logging_policy"],
    ]
    client: ARMPipelineClient[Any, Any] = ARMPipelineClient(
        base_url=cli_ctx.cloud.endpoints.resource_manager.rstrip("/"),
        policies=policies,
        connection_verify=settings.get("connection_verify", True),
    )
    return AzureCoreClient(client), subscription
