"""Who may get the token: the Resource Manager of the cloud, wherever an answer points. No IO."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from .errors import ArmError

FOREIGN_HOST: Final = "ForeignHost"

_AUTHORITY: Final = re.compile(r"[a-z][a-z0-9+.-]*:/*([^/?#\\]*)", re.IGNORECASE)


class ResourceManagerOnly(SansIOHTTPPolicy[Any, Any]):
    """Refuses, before anything is sent, a request to another host than the Resource Manager and its subdomains.

    `nextLink`, `Azure-AsyncOperation` and `Location` come from an answer; the token would go where they point. Only
    letters, digits, hyphens and dots may stand in the host, so that no two readers of a URL see different hosts in it.
    """

    def __init__(self, base_url: str) -> None:
        base = urlsplit(base_url)
        default = {"https": 443, "http": 80}.get(base.scheme)
        port = base.port or default
        ending = rf"(:{port})?" if port == default else f":{port}"
        self._host = base.netloc
        self._allowed = re.compile(
            rf"{base.scheme}://([a-z0-9-]+\.)*{re.escape(base.hostname or '')}{ending}([/?#].*)?",
            re.ASCII | re.IGNORECASE,
        )

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raise ArmError where the request would go elsewhere."""
        url = request.http_request.url
        if self._allowed.fullmatch(url):
            return
        authority = _AUTHORITY.match(url)
        where = authority.group(1).rpartition("@")[2] if authority else url
        raise ArmError(
            status=200,
            code=FOREIGN_HOST,
            message=f"Azure's answer points to '{where[:200]}', which is not '{self._host}'; nothing was sent there.",
        )
