"""The one way to Azure Resource Manager: a protocol, and its implementation on azure-core. Does network IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from azure.cli.core._profile import Profile
from azure.cli.core.commands.client_factory import _prepare_mgmt_client_kwargs_track2
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, RetryPolicy
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import LocationPolling, StatusCheckPolling
from azure.core.rest import HttpRequest
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.polling.arm_polling import ARMPolling, AzureAsyncOperationPolling, BodyContentPolling
from knack.log import get_logger
from requests.exceptions import RequestException

from .answers import Page, document_of, page_of_graph, page_of_list, resource_of
from .api_versions import UNKNOWN_VERSION, api_version_of, has_older_version
from .bounds import Memory, Patience, Reading, decoded_size
from .errors import ArmError, ArmUnreachableError, JsonObject, MayHaveReplacedError, no_answer, parse_error
from .hosts import ResourceManagerOnly
from .transport import BoundedTransport
from .unreachable import sign_in_unreachable, unreachable

if TYPE_CHECKING:
    from azure.cli.core import AzCli

T = TypeVar("T")

logger = get_logger(__name__)


RESOURCE_GRAPH: Final = "/providers/Microsoft.ResourceGraph/resources"

_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the standard library and azure-core raise where an answer, or a link or wait in it, is not what it should be."""


class ArmClient(Protocol):
    """What reads and writes need of Azure. Paths are resource ids, or collections below them.

    Every method raises ArmError where Azure refuses or sends what is no answer (`answers.py`), and ArmUnreachableError
    where nothing comes, or not in time.
    """

    def get(self, path: str) -> JsonObject:
        """The resource; its ETag is in the body."""
        ...

    def list(self, path: str, *, filter_text: str | None = None) -> list[JsonObject]:
        """All elements of a collection, over all its pages."""
        ...

    def query(self, path: str, body: JsonObject) -> Sequence[JsonObject]:
        """All that a question with a body finds, over all its pages; never used to write."""
        ...

    def put(
        self, path: str, body: JsonObject, *, etag: str | None = None, new: bool = False, wait: bool = True
    ) -> JsonObject:
        """Create or replace; the resource as Azure accepted it, with `wait` once the operation has ended.

        `etag` goes as If-Match. `new` goes as If-None-Match: what is there by now is not replaced (412), where the
        service honours it; where it answers as to a replacement, MayHaveReplacedError.
        """
        ...

    def patch(self, path: str, body: JsonObject) -> None:
        """Change a part of a resource, and wait for the end of that."""
        ...

    def delete(self, path: str, *, wait: bool = True) -> None:
        """Delete; what is already gone is no error."""
        ...


class FleetClient(ArmClient, Protocol):
    """What reading all clusters needs besides: the headers of single pages, and that pages are not kept."""

    def ask(self, path: str, body: JsonObject, read: Callable[[JsonObject, Mapping[str, str]], T]) -> T:
        """What `read` makes of the one answer to a question with a body, and of its headers; never used to write."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request, what is being done with it in words, and which statuses are documented as its success.

    With `is_link`, `path` came from an answer, and is sent as it is. `is_kept` says that the whole answer is, `is_new`
    that nothing was there.
    """

    method: str
    path: str
    action: str
    documented: tuple[int, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None
    is_link: bool = False
    is_kept: bool = True
    is_new: bool = False
    wait: bool = False


class _OperationOnly(AzureAsyncOperationPolling[Any, Any]):
    """Follows Azure-AsyncOperation to its end, and does not read the resource once more: nobody needs it."""

    def get_final_get_url(self, pipeline_response: Any) -> None:
        """No further request."""


class AzureCoreClient:
    """ArmClient on azure-core's pipeline: its retries, its challenge authentication, its polling."""

    def __init__(self, pipeline_client: ARMPipelineClient[Any, Any]) -> None:
        self._client = pipeline_client
        self._memory = Memory()
        self._older_versions = False

    def get(self, path: str) -> JsonObject:
        request = _Request(method="GET", path=path, action=f"reading {path}", documented=(200,))
        return self._run(request, lambda answer: resource_of(document_of(answer), path))

    def _pages(self, request: _Request, page_of: Callable[[JsonObject, JsonObject, int], Page]) -> list[JsonObject]:
        """All elements; a list that ends early, or never, is an error as a whole."""
        reading, found = Reading(self._memory), list[JsonObject]()
        followed = {request.path}

        def read(answer: bytes) -> Page:
            return page_of(document_of(answer), request.body or {}, len(found))

        while True:
            reading.page()
            page = self._run(request, read, reading)
            found.extend(page.elements)
            if page.is_last:
                return found
            if page.link in followed:
                raise no_answer("Azure's list goes in circles: a page links to one before it.", action=request.action)
            if page.link is not None:
                followed.add(page.link)
                request = replace(request, path=page.link, query={}, is_link=True)
            else:
                request = replace(request, body=page.body)

    def list(self, path: str, *, filter_text: str | None = None) -> list[JsonObject]:
        query = {} if filter_text is None else {"$filter": filter_text}
        first = _Request(method="GET", path=path, query=query, action=f"reading {path}", documented=(200,))
        return self._pages(first, lambda document, *_: page_of_list(document))

    def query(self, path: str, body: JsonObject) -> Sequence[JsonObject]:
        first = _Request(method="POST", path=path, body=body, action=f"reading {path}", documented=(200,))
        if path.lower() == RESOURCE_GRAPH.lower():
            return self._pages(first, page_of_graph)
        return self._pages(first, lambda document, *_: page_of_list(document))

    def ask(self, path: str, body: JsonObject, read: Callable[[JsonObject, Mapping[str, str]], T]) -> T:
        request = _Request(
            method="POST", path=path, body=body, action=f"reading {path}", documented=(200,), is_kept=False
        )
        heard: dict[str, str] = {}
        return self._run(request, lambda answer: read(document_of(answer), heard), hear=heard)

    def put(
        self, path: str, body: JsonObject, *, etag: str | None = None, new: bool = False, wait: bool = True
    ) -> JsonObject:
        headers = {**({} if etag is None else {"If-Match": etag}), **({"If-None-Match": "*"} if new else {})}
        request = _Request(
            method="PUT",
            path=path,
            body=body,
            headers=headers,
            action=f"writing {path}",
            documented=(200, 201, 202),
            is_new=new,
            wait=wait,
        )
        return self._run(request, lambda answer: document_of(answer) if answer else {})

    def patch(self, path: str, body: JsonObject) -> None:
        request = _Request(
            method="PATCH", path=path, body=body, action=f"writing {path}", documented=(200, 202), wait=True
        )
        self._run(request, lambda _: None)

    def delete(self, path: str, *, wait: bool = True) -> None:
        request = _Request(method="DELETE", path=path, action=f"deleting {path}", documented=(200, 202, 204), wait=wait)
        try:
            self._run(request, lambda _: None)
        except ArmError as error:
            if not error.is_not_found:
                raise

    def _run(
        self,
        request: _Request,
        read: Callable[[bytes], T],
        reading: Reading | None = None,
        hear: dict[str, str] | None = None,
    ) -> T:
        """Send, and read what comes; each failure is ours, and knows what was being done. `hear` takes the headers."""
        reading, with_older = reading or Reading(self._memory), self._older_versions
        try:
            return self._answer(request, read, reading, {} if hear is None else hear)
        except ArmError as error:
            if UNKNOWN_VERSION in error.codes and has_older_version(request.path) and not with_older:
                self._older_versions = True  # from now on for all, so that what is read is written as the same
                return self._run(request, read, reading, hear)
            error.action = error.action or request.action
            raise
        except ArmUnreachableError as error:
            raise error.while_doing(request.action) from error
        except HttpResponseError as error:
            text = error.response.text() if error.response is not None else ""
            status = error.status_code or 0
            raise parse_error(status, text or str(error.message), action=request.action) from error
        except (ServiceRequestError, ServiceResponseError) as error:
            raise unreachable(error, self._client.format_url("/"), request.action) from error
        except RequestException as error:
            raise sign_in_unreachable(error) from error
        except AzureError as error:
            raise ArmError(status=0, code=type(error).__name__, message=str(error), action=request.action) from error
        except _BROKEN as error:
            message = f"Azure's answer could not be read: {type(error).__name__}: {str(error)[:200]}"
            raise no_answer(message, action=request.action) from error

    def _answer(self, request: _Request, read: Callable[[bytes], T], reading: Reading, hear: dict[str, str]) -> T:
        result = self._client._pipeline.run(self._http(request), reading=reading)  # send_request hides what polls need
        response = result.http_response
        if response.status_code >= 400:
            raise parse_error(response.status_code, response.text())
        if response.status_code not in request.documented:
            message = f"Azure answered with HTTP status {response.status_code}, which is not documented there."
            raise no_answer(message, status=response.status_code)
        if request.wait:
            self._wait(result)
        hear.update({name.lower(): value for name, value in response.headers.items()})
        content = response.content
        size = decoded_size(content)
        self._memory.take(size)
        self._memory.give(len(content))
        found = read(content)
        if not request.is_kept:
            self._memory.give(size)
        if request.is_new and response.status_code == 200 and not result.context.get("history"):
            # a retry finds what the try before it made
            raise MayHaveReplacedError(request.path, document_of(content) if content else {})
        return found

    def _http(self, request: _Request) -> HttpRequest:
        path = request.path
        parameters = None if request.is_link else {"api-version": self._version(path), **request.query}
        made = HttpRequest(request.method, path, params=parameters, headers=dict(request.headers), json=request.body)
        made.url = self._client.format_url(made.url)
        return made

    def _version(self, path: str) -> str:
        return api_version_of(path, older=self._older_versions)

    def _wait(self, result: Any) -> None:
        polling = ARMPolling(
            lro_algorithms=[_OperationOnly(), LocationPolling(), BodyContentPolling(), StatusCheckPolling()]
        )
        LROPoller[None](self._client, result, lambda _: None, polling).result()


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
    base_url = cli_ctx.cloud.endpoints.resource_manager.rstrip("/")
    verify = settings.get("connection_verify", True)
    return AzureCoreClient(bounded_pipeline(base_url, policies, verify)), subscription


def bounded_pipeline(
    base_url: str, policies: Sequence[Any], verify: bool | str = True, patience: Patience | None = None
) -> ARMPipelineClient[Any, Any]:
    """azure-core's client with these policies, none of which sees another host than that of `base_url`."""
    transport = BoundedTransport(patience or Patience(logger.warning), connection_verify=verify)
    return ARMPipelineClient(
        base_url=base_url, policies=[ResourceManagerOnly(base_url), *policies], transport=transport
    )
