"""Azure's refusals as one type, whichever of its two error shapes they came in. No IO."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

JsonObject = dict[str, Any]

NO_ANSWER: Final = "InvalidAnswer"
_BARE: Final = "Http"
_LONGEST_ERROR: Final = 1 << 20
"""Characters of an error that are looked into; of a longer one the beginning is shown."""


class ArmError(Exception):
    """A request that Azure answered with an error, or an operation that ended in one.

    `status` is the HTTP status (200 where an asynchronous operation failed), `code` Azure's code, `inner_codes` the
    codes of the details, `action` what was being done, in words.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        inner_codes: tuple[str, ...] = (),
        action: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner_codes = inner_codes
        self.action = action

    @property
    def codes(self) -> tuple[str, ...]:
        """The code and those of its details, outermost first."""
        return (self.code, *self.inner_codes)

    @property
    def is_azures(self) -> bool:
        """Whether it came in one of Azure's shapes; a page of HTML is something else's that stands between."""
        return not self.code.startswith(_BARE)

    @property
    def is_not_found(self) -> bool:
        """Whether Azure says that it is not there."""
        return self.status == 404 and self.is_azures

    @property
    def is_forbidden(self) -> bool:
        """Whether Azure says that a right is missing."""
        return self.status == 403 and self.is_azures

    @property
    def is_busy(self) -> bool:
        """Whether Azure cannot answer now, and may later."""
        return self.status in (429, 502, 503, 504)

    @property
    def is_signed_out(self) -> bool:
        return self.status == 401

    def __str__(self) -> str:
        return f"({self.code}) {self.message}"


class ArmUnreachableError(Exception):
    """No answer: what is in the way, and what to do about it."""

    def __init__(self, message: str, *, recommendation: str = "") -> None:
        super().__init__(message)
        self.recommendation = recommendation

    def while_doing(self, action: str) -> ArmUnreachableError:
        """The same, and what was being done."""
        return type(self)(f"{self}, while {action}", recommendation=self.recommendation)


class MayHaveReplacedError(Exception):
    """Azure answered the making of a resource as it answers a replacement; `document` is what it sent with that."""

    def __init__(self, resource_id: str, document: JsonObject) -> None:
        super().__init__(
            f"Azure answered as if '{resource_id}' had already existed when it was created: if somebody else created "
            "it, what it held has been replaced."
        )
        self.document = document


def no_answer(message: str, *, status: int = 200, action: str = "") -> ArmError:
    """What came is not what is documented for the request."""
    return ArmError(status=status, code=NO_ANSWER, message=message, action=action)


def parse_error(status: int, text: str, *, action: str = "") -> ArmError:
    """Read an error body: `{"error": {...}}` (Resource Manager), a bare `{"code", "message"}` (AKS) or neither.

    Source: https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md
    """
    try:
        body = json.loads(text) if len(text) <= _LONGEST_ERROR else None
    except (ValueError, RecursionError):  # the second where it is nested without end
        body = None
    error = body.get("error", body) if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping) or not (error.get("code") or error.get("message")):
        return ArmError(status=status, code=f"{_BARE}{status}", message=_plain(text, status), action=action)
    return ArmError(
        status=status,
        code=str(error.get("code") or f"{_BARE}{status}"),
        message=str(error.get("message") or "Azure gave no reason."),
        inner_codes=tuple(_inner_codes(error)),
        action=action,
    )


def _inner_codes(error: Mapping[str, Any], depth: int = 0) -> list[str]:
    codes: list[str] = []
    subcode = error.get("subcode")
    if isinstance(subcode, str) and subcode:
        codes.append(subcode)
    details = error.get("details")
    if isinstance(details, list) and depth < 5:
        for detail in details:
            if isinstance(detail, Mapping):
                if isinstance(detail.get("code"), str):
                    codes.append(detail["code"])
                codes.extend(_inner_codes(detail, depth + 1))
    return codes


def _plain(text: str, status: int) -> str:
    first = " ".join(text[:3_000].split())[:300]
    return first or f"Azure answered with HTTP status {status} and no body."
