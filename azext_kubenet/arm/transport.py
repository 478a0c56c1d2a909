"""azure-core's transport, with bounds: how large an answer may be, how long it may take, how long is waited. IO."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from email.utils import parsedate_to_datetime
from io import BytesIO
from threading import Thread
from typing import Any, Final, TypeVar

from azure.core.pipeline.transport import RequestsTransport

from ..core.azure.limits import CONNECT_SECONDS, MAX_TRANSFER_SECONDS, SILENCE_SECONDS
from .bounds import Memory, Patience, Reading
from .errors import ArmError, ArmUnreachableError

T = TypeVar("T")

WAIT_HEADERS: Final = ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms")
_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")


class BoundedTransport(RequestsTransport):  # type: ignore[misc] # azure-core exports it lazily, as Any
    """Reads each answer whole, within the bounds of its Reading, and waits with the Patience of its command.

    A request carries its Reading as the option `reading`.
    """

    def __init__(self, patience: Patience, **further: Any) -> None:
        super().__init__(connection_timeout=CONNECT_SECONDS, read_timeout=SILENCE_SECONDS, **further)
        self._patience = patience

    def sleep(self, duration: float) -> None:
        """Wait between two tries, or two looks at an operation."""
        self._patience.wait(duration)

    def send(self, request: Any, *, reading: Reading | None = None, **options: Any) -> Any:
        """The answer, with its body; raises ArmError or ArmUnreachableError where it is too large or too slow."""
        reading = reading or Reading(Memory())
        begun = time.monotonic()
        try:
            return _within(reading.seconds, lambda: self._receive(request, reading, {**options, "stream": True}))
        finally:
            reading.seconds = max(0.0, reading.seconds - (time.monotonic() - begun))

    def _receive(self, request: Any, reading: Reading, options: dict[str, Any]) -> Any:
        response = super().send(request, **options)
        _drop_unreadable_waits(response.headers)
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in ("identity", "gzip", "deflate"):  # several in a row multiply
            message = f"Azure's answer is packed as '{encoding[:60]}', which was not asked for."
            raise ArmError(status=response.status_code, code="InvalidAnswer", message=message)
        body = BytesIO()
        for chunk in response.iter_bytes():
            reading.received(len(chunk))
            body.write(chunk)
        response._content = body.getvalue()  # what response.read() does, which knows no bound
        return response


def _drop_unreadable_waits(headers: Any) -> None:
    """Forget a wait that is neither a number nor a date: azure-core ends in ValueError or OverflowError on it."""
    for name in WAIT_HEADERS:
        value = headers.get(name)
        if value is not None and not _SECONDS.fullmatch(value) and not _is_date(value):
            del headers[name]


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return True


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises; ArmUnreachableError where it takes longer.

    The timeouts of sockets bound the silence between two bytes, not the whole: who sends a byte a minute never meets
    them. So it runs on a thread that nobody waits for at the end of the process.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 # pylint: disable=broad-except # raised by whoever waits
            outcome.set_exception(error)

    Thread(target=run, daemon=True, name="azure-answer").start()
    try:
        return outcome.result(seconds)
    except FutureTimeoutError:
        if outcome.done():
            raise
        raise ArmUnreachableError(
            f"Azure's answer did not end within {MAX_TRANSFER_SECONDS} s",
            recommendation="The network, or something on the way, is too slow: run the command again.",
        ) from None
