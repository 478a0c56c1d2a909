"""Our exceptions as azure-cli's, in one place: what, why and what to do; a resource that is not there exits with 3."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from azure.cli.core.azclierror import (
    AzCLIError,
    AzureConnectionError,
    AzureInternalError,
    AzureResponseError,
    BadRequestError,
    ForbiddenError,
    InvalidArgumentValueError,
    ManualInterrupt,
    ResourceNotFoundError,
    UnauthorizedError,
    ValidationError,
)

from .arguments.values import UsageError
from .core.azure.printable import printable
from .core.changes.change import MissingResourceError, RefusedError, described

if TYPE_CHECKING:
    from .arm.apply import InterruptedApplyError
    from .arm.errors import ArmError
    from .core.changes.change import Change

NOT_FOUND_EXIT = 3


def handle(error: Exception) -> NoReturn:
    """Raise azure-cli's error for ours; registered as the exception handler of all commands but wait."""
    translated = translate(error)
    if isinstance(translated, ResourceNotFoundError):
        translated.print_error()
        translated.send_telemetry()
        sys.exit(NOT_FOUND_EXIT)
    raise translated from error


def translate(error: Exception) -> Any:
    """azure-cli's exception for `error`; what is not ours stays as it is, but cannot steer a terminal either."""
    translated = _translate(error)
    if translated.args and isinstance(translated.args[0], str):  # what az prints of an error that is not its own
        translated.args = (printable(translated.args[0]), *translated.args[1:])
    if isinstance(translated, AzCLIError):
        translated.error_msg = printable(str(translated.error_msg))
        translated.recommendations = [printable(each) for each in translated.recommendations]
    return translated


def _translate(error: Exception) -> Any:
    if isinstance(error, AzCLIError):
        return error
    if isinstance(error, UsageError):
        return InvalidArgumentValueError(printable(error.message), recommendation=error.recommendation)
    if isinstance(error, MissingResourceError):
        return ResourceNotFoundError(printable(error.message), recommendation=_advice(error.recommendation))
    if isinstance(error, RefusedError):
        return ValidationError(printable(error.message), recommendation=_advice(error.recommendation))
    if isinstance(error, EOFError):  # Ctrl-D at a question of az aks create
        return ValidationError("Stopped: the question was not answered.", recommendation="Answer it, or add --yes.")
    return _of_azure(error)


def _advice(recommendation: str | tuple[str, ...]) -> str | list[str]:
    return recommendation if isinstance(recommendation, str) else list(recommendation)


def _of_azure(error: Exception) -> Any:
    """The errors of `arm`; imported only now, as `plan` works without that package."""
    from requests.exceptions import RequestException

    from .aks_create.failure import CreationError, InterruptedCreationError
    from .arm.apply import InterruptedApplyError
    from .arm.confirm import NotWrittenError
    from .arm.errors import ArmError, ArmUnreachableError
    from .arm.json_reader import ParseError
    from .arm.unreachable import sign_in_unreachable
    from .arm.writes import ConcurrentChangeError

    if isinstance(error, InterruptedApplyError):
        return _interrupted(error)
    if isinstance(error, CreationError):
        kind = ManualInterrupt if isinstance(error, InterruptedCreationError) else AzureResponseError
        return kind(printable(error.message), recommendation=list(error.recommendation))
    if isinstance(error, ConcurrentChangeError):
        return ValidationError(printable(str(error)), recommendation="Run the command again to continue from there.")
    if isinstance(error, NotWrittenError):
        return AzureResponseError(printable(str(error)), recommendation="Run the command again to continue from there.")
    if isinstance(error, RequestException):
        error = sign_in_unreachable(error)
    if isinstance(error, ArmUnreachableError):
        return AzureConnectionError(printable(f"{error}."), recommendation=error.recommendation)
    if isinstance(error, ParseError):
        return AzureResponseError(printable(f"Azure's answer has an unexpected format: {error}."))
    if isinstance(error, ArmError):
        return _of_status(error)
    return error


def _of_status(error: ArmError) -> Any:
    text = printable(f"Azure refused {error.action or 'the request'}: {error}")
    match error.status:
        case 401:
            return UnauthorizedError(text, recommendation="Sign in again with 'az login'.")
        case 403 if error.code == "LinkedAuthorizationFailed":
            return ForbiddenError(
                text,
                recommendation="Whoever writes a subnet needs the join action, named above, on everything the subnet "
                "carries: ask for Network Contributor on that scope.",
            )
        case 403:
            return ForbiddenError(text, recommendation="Ask for the permission named above, or use another account.")
        case 404:
            return ResourceNotFoundError(text, recommendation="Check the names and '--subscription'.")
        case _ if error.is_busy:
            busy = f"Azure is busy ({error.status}), and did not answer {error.action or 'the request'}: {error}"
            return AzureInternalError(printable(busy), recommendation="Run the command again in a minute.")
        case status if 400 <= status < 500:
            return BadRequestError(text)
        case status if status >= 500:
            return AzureInternalError(text, recommendation="Run the command again in a minute.")
        case _:
            return AzureResponseError(text)


def _interrupted(error: InterruptedApplyError) -> Any:
    """One error that says what failed and why, what is made, and how to go on."""
    made = ", ".join(described(change) for change in error.done)
    unsure = ", ".join(described(change) for change in error.unsure)
    kept = " ".join(
        [f"Already done, and kept: {made}."] * bool(made) + [f"In progress, and perhaps done: {unsure}."] * bool(unsure)
    )
    kept = kept or ("Nothing else had been made." if error.failures else "Nothing had been written.")
    again = ["Run the same command again: it continues where this run stopped."]
    if error.resume_command:
        again = ["To continue where this run stopped, run:", error.resume_command]
    if not error.failures:
        return ManualInterrupt(printable(f"Interrupted. {kept}"), recommendation=again)
    causes = [(change, translate(cause)) for change, cause in error.failures]
    what = " ".join(_could_not(change, cause) for change, cause in causes)
    advice = [each for _, cause in causes for each in getattr(cause, "recommendations", ())]
    return AzureResponseError(printable(f"{what} {kept}"), recommendation=[*dict.fromkeys(advice), *again])


def _could_not(change: Change, cause: Exception) -> str:
    why = str(cause) or type(cause).__name__
    return f"Could not {described(change)}. {why}{'' if why.endswith('.') else '.'}"
