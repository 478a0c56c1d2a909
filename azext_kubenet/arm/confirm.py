"""Whether what was asked for is there after a write: from the answer, or else read back once. Does network IO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .client import ArmClient
from .errors import ArmError, JsonObject
from .json_reader import JsonReader

SUCCEEDED: Final = "Succeeded"


class NotWrittenError(Exception):
    """Azure reported a success, and what was asked for is not there; or a write that could undo another's was held."""


class StillThereError(NotWrittenError):
    """Azure reported a deletion, and what was to go is there: perhaps for a moment only."""


def confirmed(
    client: ArmClient,
    resource_id: str,
    answer: JsonObject,
    is_done: Callable[[JsonObject], bool],
    *,
    wait: bool = True,
) -> None:
    """Raise NotWrittenError unless what was asked for is there: by the answer to the write, or else read back.

    Where the write's end was waited for, an answer from before that end proves nothing.
    """

    def is_it(document: JsonObject) -> bool:
        return holds(document, {"id": resource_id}) and is_done(document)

    state = JsonReader(answer).text_or("properties.provisioningState", SUCCEEDED)
    if is_it(answer) and (state == SUCCEEDED or not wait):
        return
    try:
        found = client.get(resource_id)
    except ArmError as error:
        if not error.is_not_found:
            raise
        raise NotWrittenError(f"Azure reported that '{resource_id}' was written, but it does not exist.") from error
    if not is_it(found):
        raise NotWrittenError(
            f"Azure reported that '{resource_id}' was written, but it differs from what was asked for."
        )


def holds(found: object, wanted: object) -> bool:
    """Whether all that is wanted is there, in any casing; there may be more."""
    if isinstance(wanted, dict):
        there = {name.lower(): value for name, value in found.items()} if isinstance(found, dict) else {}
        return all(holds(there.get(name.lower()), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        elements = found if isinstance(found, list) else []
        return all(any(holds(each, value) for each in elements) for value in wanted)
    return str(found).lower() == str(wanted).lower()
