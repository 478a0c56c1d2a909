"""What prepare decided or did, as a dict with the contract's JSON keys and as table rows. No IO."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Final

from ..core.azure.model import ManagedIdentity
from ..core.azure.printable import printable
from ..core.azure.resource_id import ResourceId
from ..core.changes.change import AssignRole, Change
from ..core.changes.prepare import Intent, PrepareRequest
from ..core.changes.role_grants import RoleChoice
from .report import render_value

NAME_WIDTH: Final = 22
REASON_WIDTH: Final = 22
"""Columns of a name and of a reason in a table: with the columns before them, 80, as az makes each two wider than its
heading."""


def render_change(change: Change) -> dict[str, Any]:
    """One Change with every key of the contract."""
    return {
        "action": change.action.value,
        "resourceType": change.resource_type,
        "resourceId": None if change.resource_id is None else printable(change.resource_id),
        "reason": printable(change.reason),
    }


def render_prepared(
    request: PrepareRequest, intent: Intent, changes: tuple[Change, ...], identity: ManagedIdentity | None
) -> dict[str, Any]:
    """The answer of prepare, for what will be (`--dry-run`, identity perhaps None) or what is."""
    table_id = intent.route_table_id
    result = {
        "identity": {
            "id": str(intent.identity_id),
            "name": intent.identity_id.name,
            "principalId": None if identity is None else identity.principal_id,
            "clientId": None if identity is None else identity.client_id,
            "resourceGroup": intent.identity_id.resource_group,
        },
        "routeTable": {"id": str(table_id), "name": table_id.name},
        "subnet": {
            "id": str(request.subnet_id),
            "addressPrefix": ", ".join(str(prefix) for prefix in intent.subnet.address_prefixes),
            "routeTableId": str(table_id),
        },
        "roleAssignments": [
            {
                "id": change.resource_id,
                "roleName": change.write.role_name,
                "scope": change.write.scope,
                "principalId": change.write.principal_id,
            }
            for change in changes
            if isinstance(change.write, AssignRole)
        ]
        + [
            {"id": held.id, "roleName": held.role_name, "scope": held.scope, "principalId": held.principal_id}
            for held in intent.held
        ],
        "changes": [render_change(change) for change in changes],
        "createCommand": create_command(request, intent),
    }
    shown: dict[str, Any] = render_value(result)
    return shown


def create_command(request: PrepareRequest, intent: Intent) -> str:
    """The command that makes the cluster on what prepare made, complete and quoted for a POSIX shell."""
    cluster = request.cluster_id
    return shlex.join(
        [
            *("az", "aks", "kubenet", "create", "--subscription", cluster.subscription_id),
            *("--resource-group", cluster.resource_group, "--name", cluster.name, "--location", intent.location),
            *("--vnet-subnet-id", str(request.subnet_id), "--assign-identity", str(intent.identity_id)),
            "--generate-ssh-keys",
        ]
    )


def prepare_command(request: PrepareRequest, *, yes: bool = False, no_wait: bool = False) -> str:
    """The command that goes on with a preparation that was interrupted, complete and quoted for a POSIX shell."""
    words = ["az", "aks", "kubenet", "prepare", *_cluster_words(request.cluster_id)]
    words += ["--vnet-subnet-id", str(request.subnet_id)]
    if request.location is not None:
        words += ["--location", request.location]
    if request.identity_given:
        words += ["--identity", str(request.identity_id)]
    if request.route_table_given:
        words += ["--route-table", str(request.route_table_id)]
    if request.role is not RoleChoice.NETWORK_CONTRIBUTOR:
        words += ["--role", request.role.value]
    if request.default_route_next_hop is not None:
        words += ["--default-route-next-hop", str(request.default_route_next_hop)]
    if request.tags:
        words += ["--tags", *(f"{name}={value}" for name, value in request.tags)]
    return shlex.join([*words, *_flags(yes=yes, no_wait=no_wait)])


def cleanup_command(cluster_id: ResourceId, *, yes: bool = False, no_wait: bool = False) -> str:
    """The command that goes on with a cleanup that was interrupted, complete and quoted for a POSIX shell."""
    words = ["az", "aks", "kubenet", "cleanup", *_cluster_words(cluster_id)]
    return shlex.join([*words, *_flags(yes=yes, no_wait=no_wait)])


def _flags(*, yes: bool, no_wait: bool) -> list[str]:
    return [*(["--yes"] if yes else []), *(["--no-wait"] if no_wait else [])]


def _cluster_words(cluster_id: ResourceId) -> list[str]:
    return [
        *("--subscription", cluster_id.subscription_id),
        *("--resource-group", cluster_id.resource_group, "--cluster-name", cluster_id.name),
    ]


def render_cleaned(changes: tuple[Change, ...]) -> dict[str, Any]:
    """The answer of cleanup, for what will be (`--dry-run`) or was taken away."""
    return {"changes": [render_change(change) for change in changes]}


def changes_table(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each Change, within 80 columns."""
    return [
        {
            "Action": change["action"],
            "Type": change["resourceType"].rsplit("/", 1)[-1],
            "Name": "\n".join(wrap((change["resourceId"] or "(new)").rsplit("/", 1)[-1], NAME_WIDTH)),
            "Reason": "\n".join(wrap(change["reason"], REASON_WIDTH)),
        }
        for change in result["changes"]
    ]
