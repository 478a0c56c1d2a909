"""Kinds of identities that a cluster's control plane can have. No IO."""

from __future__ import annotations

from enum import Enum


class IdentityKind(str, Enum):
    """Who the cluster's control plane is."""

    SYSTEM_ASSIGNED = "SystemAssigned"
    USER_ASSIGNED = "UserAssigned"
    SERVICE_PRINCIPAL = "ServicePrincipal"
