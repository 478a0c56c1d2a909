"""Azure's refusals as one type, whichever of its two error shapes they came in. No IO."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]


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
    def is_not_found(self) -> bool:
        return self.status == 404

    @property
    def is_forbidden(self) -> bool:
        return self.status == 403

    @property
    def is_signed_out(self) -> bool:
        return self.status == 401

    def __str__(self) -> str:
        return f"({self.code}) {self.message}"


class ArmUnreachableError(Exception):
    """No answer: the name does not resolve, nothing listens there, or the connection broke."""


def parse_error(status: int, text: str, *, action: str = "") -> ArmError:
    """Read an error body: `{"error": {...}}` (Resource Manager), a bare `{"code", "message"}` (AKS) or neither.

    Source: https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):  # the second where it is nested without end
        body = None
    error = body.get("error", body) if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping) or not (error.get("code") or error.get("message")):
        return ArmError(status=status, code=f"Http{status}", message=_plain(text, status), action=action)
    return ArmError(
        status=status,
        code=str(error.get("code") or f"Http{status}"),
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
    first = " ".join(text.split())[:300]
    return first or f"Azure answered with HTTP status {status} and no body."
