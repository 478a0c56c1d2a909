"""Which members an answer of AKS carries: that follows the service's own age as much as the api-version. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from ..azure import Azure
from ..messages import Request, is_modern

_ETAGS_SINCE = "2025-06"


@dataclass(frozen=True, kw_only=True)
class Vintage:
    """`modern`: what came in 2024. `preview`: the api-version says so. `etag`: clusters and pools show theirs."""

    modern: bool
    preview: bool
    etag: bool


def vintage_of(azure: Azure, api_version: str) -> Vintage:
    """The setting `aks_is_modern` outranks the api-version, which recordings have edited after the fact."""
    chosen = azure.settings.aks_is_modern
    preview = api_version.endswith("-preview")
    modern = is_modern(api_version) if chosen is None else chosen
    return Vintage(modern=modern, preview=preview, etag=modern and not preview and api_version >= _ETAGS_SINCE)


def vintage(azure: Azure, request: Request) -> Vintage:
    return vintage_of(azure, request.api_version)
