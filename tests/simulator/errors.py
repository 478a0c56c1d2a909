"""The refusals of Azure: one exception type and the exact sentences of the common ones. No IO."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Details = list[Json]

FAILURE_CAUSE = {"x-ms-failure-cause": "gateway"}


class ArmError(Exception):
    """A refused request, in either of the two body shapes Azure uses.

    ARM, Network and Authorization wrap the body in `error`; AKS does not, and always says `details` and `subcode`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Details | None = None,
        headers: dict[str, str] | None = None,
        wrapped: bool = True,
        target: str | None = None,
        subcode: str = "",
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.wrapped = wrapped
        self.target = target
        self.subcode = subcode

    def body(self) -> Json:
        if self.wrapped:
            error: Json = {"code": self.code, "message": self.message}
            if self.details is not None:
                error["details"] = self.details
            return {"error": error}
        body: Json = {"code": self.code, "details": self.details, "message": self.message, "subcode": self.subcode}
        if self.target is not None:
            body["target"] = self.target
        return body


def network_error(code: str, message: str, *, status: int = 400, details: Details | None = None) -> ArmError:
    """A refusal of Microsoft.Network, which always lists `details`."""
    return ArmError(status, code, message, details=details or [])


def aks_error(code: str, message: str, *, status: int = 400, target: str | None = None) -> ArmError:
    """A refusal of Microsoft.ContainerService, which wraps nothing."""
    return ArmError(status, code, message, wrapped=False, target=target)


def gateway_error(status: int, code: str, message: str) -> ArmError:
    """A refusal of Azure Resource Manager itself, before any resource provider saw the request."""
    return ArmError(status, code, message, headers=dict(FAILURE_CAUSE))


def resource_not_found(type_and_name: str, group: str) -> ArmError:
    return gateway_error(
        404,
        "ResourceNotFound",
        f"The Resource '{type_and_name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def child_not_found(resource_id: str) -> ArmError:
    return network_error("NotFound", f"Resource {resource_id} not found.", status=404)


def group_not_found(group: str) -> ArmError:
    return gateway_error(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def subscription_not_found(subscription: str) -> ArmError:
    return gateway_error(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def parent_not_found(name: str) -> ArmError:
    message = f"Can not perform requested operation on nested resource. Parent resource '{name}' not found."
    return gateway_error(404, "ParentResourceNotFound", message)


def unknown_type(resource_type: str, namespace: str, api_version: str) -> ArmError:
    message = f"The resource type '{resource_type}' could not be found in the namespace '{namespace}'"
    return gateway_error(404, "InvalidResourceType", f"{message} for api version '{api_version}'.")


def authorization_failed(client: str, object_id: str, action: str, scope: str) -> ArmError:
    return gateway_error(
        403,
        "AuthorizationFailed",
        f"The client '{client}' with object id '{object_id}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def linked_authorization_sentence(client: str, object_id: str, action: str, scope: str, link: str, linked: str) -> str:
    return (
        f"The client '{client}' with object id '{object_id}' has permission to perform action '{action}' on scope "
        f"'{scope}'; however, it does not have permission to perform action '{link}' on the linked scope(s) "
        f"'{linked}' or the linked scope(s) are invalid."
    )


def scope_locked(scope: str, verb: str, locked: list[str]) -> ArmError:
    scopes = "','".join(locked)
    message = f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{scopes}'."
    return gateway_error(409, "ScopeLocked", f"{message} Please remove the lock and try again.")


def precondition_failed(sent: str, current: str, resource_id: str) -> ArmError:
    detail = (
        f"Etag provided in if-match header {sent} does not match etag {current} of resource {resource_id} "
        "in NRP data store."
    )
    details = [{"code": "PreconditionFailedEtagMismatch", "message": detail}]
    return network_error("PreconditionFailed", "Precondition failed.", status=412, details=details)


def method_not_allowed(method: str) -> ArmError:
    message = f"The requested resource does not support http method '{method}'."
    return gateway_error(405, "MethodNotAllowed", message)
