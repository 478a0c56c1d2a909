"""Why no answer came, told apart: certificate, proxy, name, or silence; each with what to do. No IO."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from azure.cli.core.util import SSLERROR_TEMPLATE
from requests.exceptions import ProxyError

from ..core.azure.printable import without_credentials
from .errors import ArmUnreachableError

_DEEPEST: Final = 20


def unreachable(error: BaseException, url: str, action: str) -> ArmUnreachableError:
    """What `error`, raised by requests or around it, means for somebody who runs a command."""
    host = urlsplit(url).hostname or url
    causes = list(_causes(error))
    if any(isinstance(each, ProxyError) for each in causes):
        return ArmUnreachableError(
            f"The proxy {_proxy(url)} gave no answer while {action}",
            recommendation="Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names the hosts that need none.",
        )
    distrust = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if distrust is not None:
        return ArmUnreachableError(
            f"The certificate of '{host}' is not trusted ({distrust.verify_message}), while {action}",
            recommendation=SSLERROR_TEMPLATE,
        )
    if any(isinstance(each, socket.gaierror) or "NameResolution" in type(each).__name__ for each in causes):
        return ArmUnreachableError(
            f"The name '{host}' does not resolve, while {action}",
            recommendation="Check the network, its DNS servers, and the cloud that 'az cloud show' names.",
        )
    return ArmUnreachableError(
        f"No answer from {url} while {action}",
        recommendation="Check the network and 'az cloud show'; then run the command again.",
    )


def sign_in_unreachable(error: Exception) -> ArmUnreachableError:
    """The same for requests' own exceptions: MSAL lets them through where it asks for a token."""
    url = getattr(getattr(error, "request", None), "url", None)
    return unreachable(error, str(url or "Azure's sign-in service").partition("?")[0], "signing in")


def _causes(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    """The exception and all it came from: requests keeps urllib3's in `args`, urllib3 its own in `reason`."""
    if error is None or depth > _DEEPEST:
        return
    yield error
    inner = (
        error.__cause__,
        error.__context__,
        getattr(error, "inner_exception", None),
        getattr(error, "reason", None),
        *error.args,
    )
    for each in {id(each): each for each in inner if isinstance(each, BaseException) and each is not error}.values():
        yield from _causes(each, depth + 1)


def _proxy(url: str) -> str:
    found = getproxies()
    proxy = found.get(urlsplit(url).scheme) or found.get("all")
    return f"'{without_credentials(proxy)}'" if proxy else "that requests go through"
