"""What prepare decided or did, as a dict with the contract's JSON keys and as table rows. No IO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ..core.azure import limits
from ..core.azure.access import ManagedIdentity
from ..core.azure.az_words import Option, add_node_pool, group_of, kubenet, named
from ..core.azure.managed_clusters import ManagedCluster
from ..core.azure.networks import Subnet
from ..core.azure.printable import printable
from ..core.azure.resource_id import ResourceId
from ..core.azure.resource_types import ROLE_ASSIGNMENT_TYPE
from ..core.changes.change import Action, AssignRole, Change
from ..core.changes.cleanup import Cleanup
from ..core.changes.prepare import Intent, PrepareRequest
from ..core.changes.refuse_without_rights import MissingRight
from ..core.changes.role_grants import RoleChoice
from ..core.clusters.as_options import POOL_OPTIONS, options_of, pools_in_one_subnet, private_dns_zone_option
from ..core.clusters.request import DEFAULT_SURGE, ClusterRequest, NodePool
from ..core.plan.next_commands import pool_add, pool_options, surge_updates
from .report import render_value
from .tables import NARROW, Row, Screen, fit

_WIDTHS: Final = (len("Action") + 2, len("userAssignedIdentities"))
"""Columns of action and type; names and reasons share what is left of the screen."""


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
        "identity": _identity(request, intent, identity),
        "routeTable": None if table_id is None else {"id": str(table_id), "name": table_id.name},
        "subnet": {
            "id": str(request.subnet_id),
            "addressPrefix": ", ".join(str(prefix) for prefix in intent.subnet.address_prefixes),
            "routeTableId": None if table_id is None else str(table_id),
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
        "createCommand": None if intent.runs else create_command(request, intent),
        "nextCommands": next_commands(request, intent),
    }
    shown: dict[str, Any] = render_value(result)
    return shown


def _identity(request: PrepareRequest, intent: Intent, identity: ManagedIdentity | None) -> dict[str, Any]:
    """Who the cluster is or will be; a system-assigned identity is no resource, so it has no id of its own."""
    own_id = None if intent.identity_id == request.cluster_id else intent.identity_id
    return {
        "id": None if own_id is None else str(own_id),
        "name": None if own_id is None else own_id.name,
        "principalId": None if identity is None else identity.principal_id,
        "clientId": None if identity is None else identity.client_id or None,
        "resourceGroup": None if own_id is None else own_id.resource_group,
    }


def render_forecast(changes: tuple[Change, ...], missing: tuple[MissingRight, ...]) -> dict[str, Any]:
    """What would be written, and each permission that the caller lacks for it, once."""
    rights = dict.fromkeys((each.action, each.scope) for each in missing)
    return {
        "changes": [render_change(change) for change in changes],
        "missingRights": [{"action": action, "scope": printable(scope)} for action, scope in rights],
    }


def create_command(request: PrepareRequest, intent: Intent) -> str:
    """The command that makes the cluster on what prepare made, complete and quoted for a POSIX shell."""
    return kubenet(
        "create",
        **named(request.cluster_id),
        location=intent.location,
        **_description(request),
        vnet_subnet_id=request.subnet_id,
        assign_identity=intent.identity_id,
        enable_private_cluster=request.private_cluster,
        private_dns_zone=_private_dns_zone(request),
        enable_apiserver_vnet_integration=request.api_server_subnet_id is not None,
        apiserver_subnet_id=request.api_server_subnet_id,
        generate_ssh_keys=True,
    )


def _description(request: PrepareRequest) -> dict[str, Option]:
    """What `create` can be told of the cluster that was described."""
    wanted = request.wanted
    if wanted is None:
        return {}
    pool, *_ = _pools(request, wanted)
    ranges = {name: value for name, value in options_of(wanted).items() if name not in POOL_OPTIONS}
    return {
        "nodepool_name": pool.name,
        **pool_options(pool),
        "max_surge": None if pool.max_surge == DEFAULT_SURGE else str(pool.max_surge),
        **ranges,
        "assign_kubelet_identity": wanted.kubelet_identity_id,
    }


def _pools(request: PrepareRequest, wanted: ClusterRequest) -> list[NodePool]:
    """The pools, those of the prepared subnet first."""
    here = _pools_here(request, wanted)
    return [*here, *(pool for pool in wanted.node_pools if pool not in here)]


def _pools_here(request: PrepareRequest, wanted: ClusterRequest) -> tuple[NodePool, ...]:
    """The pools of the prepared subnet."""
    return wanted.pools_in(Subnet(name="", address_prefixes=(), id=request.subnet_id))


def next_commands(request: PrepareRequest, intent: Intent) -> list[str]:
    """What follows: for a cluster that will be made what `create` cannot say of it, for one that runs its new pools."""
    place, wanted = _prepared_for(request.cluster_id), request.wanted
    if intent.joins is not None:
        return _joining(request, intent.joins)
    if intent.runs or wanted is None:
        return []
    first, *others = _pools(request, wanted)
    further: dict[str, list[NodePool]] = {}
    for pool in others:
        if pool.subnet is not None and pool not in _pools_here(request, wanted):
            further.setdefault(pool.subnet, []).append(pool)
    role = _role(request)
    subnets = [
        kubenet("prepare", **place, vnet_subnet_id=subnet, role=role, **pools_in_one_subnet(pools))
        for subnet, pools in further.items()
    ]
    added = [pool_add(place, pool, pool.subnet or request.subnet_id) for pool in others]
    return [*surge_updates(place, first), *subnets, *added]


def _joining(request: PrepareRequest, cluster: ManagedCluster) -> list[str]:
    """The commands that add the pools in the subnet; one without a name gets the first that no pool has."""
    taken = {pool.name for pool in cluster.agent_pools}
    free = next(name for number in range(1, len(taken) + 2) if (name := f"nodepool{number}") not in taken)
    place, wanted = _prepared_for(request.cluster_id), request.wanted
    if wanted is None:
        return [add_node_pool(place, name=free, node_count=limits.DEFAULT_NODE_COUNT, subnet_id=request.subnet_id)]
    pools = _pools_here(request, wanted)
    named_pools = [replace(pool, name=free) if pool.name in taken else pool for pool in pools]
    return [pool_add(place, pool, request.subnet_id) for pool in named_pools]


def prepare_command(request: PrepareRequest, *, yes: bool = False, no_wait: bool = False) -> str:
    """The command that goes on with a preparation that was interrupted, complete and quoted for a POSIX shell."""
    wanted = request.wanted
    return kubenet(
        "prepare",
        **_prepared_for(request.cluster_id),
        vnet_subnet_id=request.subnet_id,
        location=request.location,
        identity=request.identity_id if request.identity_given else None,
        route_table=request.route_table_id if request.route_table_given else None,
        no_route_table=request.without_route_table,
        role=_role(request),
        default_route_next_hop=request.default_route_next_hop,
        private_dns_zone=private_dns_zone_option(
            is_private=request.private_cluster,
            zone_id=request.private_dns_zone_id,
            public_only=request.public_dns_only,
        ),
        apiserver_subnet_id=request.api_server_subnet_id,
        **({} if wanted is None else options_of(wanted)),
        assign_kubelet_identity=None if wanted is None else wanted.kubelet_identity_id,
        tags=[f"{name}={value}" for name, value in request.tags],
        yes=yes,
        no_wait=no_wait,
    )


def _role(request: PrepareRequest) -> Option:
    return None if request.role is RoleChoice.NETWORK_CONTRIBUTOR else request.role.value


def _private_dns_zone(request: PrepareRequest) -> Option:
    return "none" if request.public_dns_only else request.private_dns_zone_id


def cleanup_command(cluster_id: ResourceId, *, yes: bool = False, no_wait: bool = False) -> str:
    """The command that goes on with a cleanup that was interrupted, complete and quoted for a POSIX shell."""
    return kubenet("cleanup", **_prepared_for(cluster_id), yes=yes, no_wait=no_wait)


def _prepared_for(cluster_id: ResourceId) -> dict[str, Option]:
    return {**group_of(cluster_id), "cluster_name": cluster_id.name}


def render_cleaned(cleanup: Cleanup) -> dict[str, Any]:
    """The answer of cleanup, for what will be (`--dry-run`) or was taken away, and for what is kept."""
    result = {
        "changes": [render_change(change) for change in cleanup.changes],
        "kept": [
            {
                "resourceType": kept.resource_type,
                "resourceId": kept.resource_id,
                "reason": kept.reason,
                "destructiveCommands": list(kept.destructive_commands),
            }
            for kept in cleanup.kept
        ],
    }
    shown: dict[str, Any] = render_value(result)
    return shown


def changes_table(result: Mapping[str, Any], screen: Screen = NARROW) -> list[Row]:
    """A row for each Change, how many there are of each kind, and after a preparation the next command."""
    kept = [{"action": "keep", **each} for each in result.get("kept", ())]
    changes = [*result["changes"], *kept]
    left = screen.left_of(*_WIDTHS)
    name_width = left // 2 - 1
    names = _names(result, changes)
    rows = [
        {
            "Action": change["action"],
            "Type": change["resourceType"].rsplit("/", 1)[-1],
            "Name": fit(name, name_width),
            "Reason": fit(change["reason"], left - name_width - 2),
        }
        for change, name in zip(changes, names, strict=True)
    ]
    counts = Counter(change["action"] for change in changes)
    told = [_told(counts[action.value], action, screen) for action in Action if action is not Action.NONE]
    told.append(f"{len(kept)} kept")
    summary = ", ".join(text for text in told if not text.startswith("0 ")) or "nothing to do"
    last = [("Total", summary, "")]
    if result.get("createCommand"):
        last.append(("Next", "the command that creates the cluster", "add --query createCommand -o tsv"))
    if result.get("nextCommands"):
        last.append(("Then", "what follows, such as node pools", 'add --query "nextCommands[]" -o tsv'))
    rows += [
        {"Action": "", "Type": what, "Name": fit(name, name_width), "Reason": fit(how, left - name_width - 2)}
        for what, name, how in last
    ]
    return rows


def _told(count: int, action: Action, screen: Screen) -> str:
    return f"{count} {action.value}d" if screen.written else f"{count} to {action.value}"


def _names(result: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each Change is about; of a role assignment, which has a GUID for a name, role and scope."""
    assigned = list(result.get("roleAssignments", ()))
    roles = {each["id"]: each for each in assigned if each["id"] is not None}
    planned = iter([each for each in assigned if each["id"] is None])
    return [_name(change, roles, planned) for change in changes]


def _name(
    change: Mapping[str, Any], roles: Mapping[str, Mapping[str, Any]], planned: Iterator[Mapping[str, Any]]
) -> str:
    resource_id = change["resourceId"]
    if change["resourceType"] != ROLE_ASSIGNMENT_TYPE:
        return _last(resource_id or "(new)")
    role = roles.get(resource_id) if resource_id is not None else next(planned, None)
    if role is not None:
        return f"{role['roleName']} on {_last(role['scope'])}"
    scope = (resource_id or "").partition(f"/providers/{ROLE_ASSIGNMENT_TYPE}/")[0]
    return f"role on {_last(scope)}"


def _last(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]
