"""How each Change is sent: what is new over nothing, what is there as a whole and by its ETag. Does network IO."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..core.azure.access import ManagedIdentity
from ..core.azure.resource_id import ResourceId
from ..core.azure.route_tables import Route
from ..core.changes.change import (
    Action,
    AddTags,
    AssignRole,
    AssociateRouteTable,
    Change,
    CreateIdentity,
    CreateRole,
    CreateRoute,
    CreateRouteTable,
    DeleteResource,
    WriteAgain,
)
from ..core.changes.kept import FAILED
from . import bodies
from .client import ArmClient
from .confirm import NotWrittenError, StillThereError, confirmed, holds
from .errors import ArmError, JsonObject, MayHaveReplacedError
from .json_reader import JsonReader
from .parse.access import parse_identity, parse_role_assignment
from .parse.networks import parse_route_table, parse_subnet
from .tags import add_tags, name_in, with_tags

SUBNET_TRIES: Final = 5
"""How often a subnet that somebody else changes at the same time is read and written anew."""


class ConcurrentChangeError(Exception):
    """Somebody else made or changed the same thing meanwhile, otherwise than was to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a Change turned out to be, and the identity that it made."""

    change: Change
    identity: ManagedIdentity | None = None


def send(client: ArmClient, change: Change, documents: Mapping[ResourceId, JsonObject], *, wait: bool) -> Written:
    """Send the one write of `change`; with `wait` until its operation has ended.

    `documents` are the resources as read. Raises ArmError, ArmUnreachableError, ParseError, ConcurrentChangeError or
    NotWrittenError.
    """
    match change.write:
        case CreateIdentity() as write:
            _create(client, write.id, bodies.identity_body(write), wait=False)  # answers at once
            # who it is only the identity itself tells, whatever the write answered
            return Written(change=change, identity=parse_identity(client.get(str(write.id))))
        case CreateRouteTable() as write:
            _create(client, write.id, bodies.route_table_body(write), wait=wait)
        case CreateRoute() as write:
            path = write.route_table_id.child("routes", write.name)
            _create(client, path, bodies.route_body(write), wait=wait)
        case CreateRole() as write:
            _create_role(client, write)
        case AddTags(id=resource_id, tags=tags):
            add_tags(client, resource_id, dict(tags))
        case WriteAgain(id=resource_id, tags=tags):
            _write_again(client, resource_id, dict(tags), wait)
        case AssociateRouteTable() as write:
            _associate(client, write, documents.get(write.subnet_id), wait)
        case AssignRole() as write:
            return Written(change=_assign(client, change, write))
        case DeleteResource() as write:
            if write.routes is not None:
                _refuse_further_routes(client, write.id, write.routes)
            _delete(client, write.id, wait)
        case None:
            raise ValueError(f"{change.action.value} of {change.resource_id} has nothing to write")
    return Written(change=change)


def _create(client: ArmClient, resource_id: ResourceId, body: JsonObject, *, wait: bool) -> None:
    """PUT what was not there; what somebody else made meanwhile is not written over.

    A PUT whose answer was lost, or whose operation failed, is repeated and then finds its own work: all of `body`.
    """
    own = {name: value for name, value in body.items() if name != "location"}  # Azure writes regions its own way

    def is_done(document: JsonObject) -> bool:
        return holds(document, own)

    found = _found(client, str(resource_id))
    if found is None:
        try:
            answer = client.put(str(resource_id), body, new=True, wait=wait)
            confirmed(client, str(resource_id), answer, is_done, wait=wait)
            return
        except MayHaveReplacedError as error:
            confirmed(client, str(resource_id), error.document, is_done, wait=wait)
            raise
        except ArmError as error:
            if error.status != 412:
                raise
        found = client.get(str(resource_id))
    if not is_done(found):
        raise ConcurrentChangeError(f"Somebody else made '{resource_id}' meanwhile.")
    if _has_failed(found):
        _rewrite(client, resource_id, found, lambda document: document, wait, is_done)


def _found(client: ArmClient, resource_id: str) -> JsonObject | None:
    """What is there a moment before it is to be made."""
    try:
        return client.get(resource_id)
    except ArmError as error:
        if not error.is_not_found:
            raise
        return None


def _has_failed(document: JsonObject) -> bool:
    return JsonReader(document).text_or("properties.provisioningState") == FAILED


def _write_again(client: ArmClient, resource_id: ResourceId, tags: Mapping[str, str], wait: bool) -> None:
    """Write it back with those of `tags` that it lacks; it must not stay failed."""

    def changed(document: JsonObject) -> JsonObject:
        return with_tags(document, tags)

    def is_done(document: JsonObject) -> bool:
        return not _has_failed(document) and with_tags(document, tags) == document

    _rewrite(client, resource_id, None, changed, wait, is_done)


def _create_role(client: ArmClient, write: CreateRole) -> None:
    """PUT the custom role, whose id follows from the subscription; one that somebody renamed is not written over."""
    found = _found(client, write.id)
    if found is None:
        answer = client.put(write.id, bodies.role_body(write), wait=False)
        wanted = {"roleName": write.name, "permissions": [{"actions": list(write.actions)}]}
        confirmed(client, write.id, answer, lambda role: holds(role, {"properties": wanted}))
        return
    name = JsonReader(found).text_or("properties.roleName")
    if name != write.name:
        raise ConcurrentChangeError(f"The role that prepare would make, '{write.id}' exists, and is called '{name}'.")


def _with_table(subnet: JsonObject, table: ResourceId | None) -> JsonObject:
    here = name_in(subnet, "properties")
    properties = dict(subnet.get(here) or {})
    properties.pop(name_in(properties, "routeTable"), None)
    return {**subnet, here: properties if table is None else {**properties, "routeTable": {"id": str(table)}}}


def _associate(client: ArmClient, write: AssociateRouteTable, document: JsonObject | None, wait: bool) -> None:
    """Write the subnet back with only its route table changed."""

    def changed(subnet: JsonObject) -> JsonObject | None:
        read = parse_subnet(subnet)
        present = read.route_table_id
        if present == write.route_table_id and read.provisioning_state == "Succeeded":
            return None
        if present is not None and present not in (write.expected, write.route_table_id):
            raise ConcurrentChangeError(f"Subnet '{write.subnet_id.name}' meanwhile carries route table '{present}'.")
        return _with_table(subnet, write.route_table_id)

    def is_done(subnet: JsonObject) -> bool:
        return parse_subnet(subnet).route_table_id == write.route_table_id

    try:
        _rewrite(client, write.subnet_id, document, changed, wait, is_done)
    except ArmError as error:
        if write.route_table_id is not None or not error.is_not_found:  # a subnet that is gone carries no table
            raise


def _rewrite(
    client: ArmClient,
    resource_id: ResourceId,
    document: JsonObject | None,
    changed: Callable[[JsonObject], JsonObject | None],
    wait: bool,
    is_done: Callable[[JsonObject], bool],
) -> None:
    """PUT a resource back as it was read, but for what `changed` does to it; read it anew where somebody was faster.

    Nothing is written where `changed` returns None, nor without an ETag. `is_done` tells whether
    what was asked for is there.
    """
    for attempt in range(SUBNET_TRIES):
        if document is None or attempt:
            document = client.get(str(resource_id))
        changed_document = changed(document)
        if changed_document is None:
            return
        body = dict(changed_document)
        etag = body.pop(name_in(body, "etag"), None)
        if not etag:
            raise NotWrittenError(
                f"Azure's answer for '{resource_id}' has no ETag, so writing it back could undo somebody's change."
            )
        try:
            answer = client.put(str(resource_id), body, etag=etag, wait=wait)
        except ArmError as error:
            if error.status != 412 or attempt == SUBNET_TRIES - 1:
                raise
        else:
            confirmed(client, str(resource_id), answer, is_done, wait=wait)
            return


def _refuse_further_routes(client: ArmClient, table_id: str, known: tuple[Route, ...]) -> None:
    """Azure deletes a route table with all its routes, whatever its ETag: so look once more, right before."""
    document = _found(client, table_id)
    further = (
        [] if document is None else [each.name for each in parse_route_table(document).routes if each not in known]
    )
    if further:
        raise ConcurrentChangeError(
            f"Route table '{table_id}' meanwhile has a route that nobody has agreed to lose: {', '.join(further)}."
        )


def _delete(client: ArmClient, resource_id: str, wait: bool) -> None:
    """DELETE, and look whether it is gone, where the end of that is waited for."""
    client.delete(resource_id, wait=wait)
    if not wait:
        return
    try:
        client.get(resource_id)
    except ArmError as error:
        if not error.is_not_found:
            raise
    else:
        raise StillThereError(f"Azure reported that '{resource_id}' was deleted, but it still exists.")


def _assign(client: ArmClient, change: Change, write: AssignRole) -> Change:
    """PUT the assignment; an equal one under another name is as good."""
    if change.resource_id is None or write.principal_id is None:
        raise ValueError(f"the principal of the assignment on {write.scope} is not known yet")
    try:
        answer = client.put(change.resource_id, bodies.assignment_body(write), wait=False)
    except ArmError as error:
        if error.code != "RoleAssignmentExists":
            raise
        equal = _equal_assignment(client, write, write.principal_id)
        if equal is None:
            raise
        return replace(change, action=Action.NONE, resource_id=equal, reason="an equal one is already there")
    wanted = {"properties": {"principalId": write.principal_id}}
    confirmed(client, change.resource_id, answer, lambda assignment: holds(assignment, wanted))
    return change


def _equal_assignment(client: ArmClient, write: AssignRole, principal_id: str) -> str | None:
    """The id of the assignment of the same role to the same principal on the same scope, without a condition."""
    path = f"{write.scope}/providers/Microsoft.Authorization/roleAssignments"
    listed = client.list(path, filter_text=f"principalId eq '{principal_id}'")
    wanted = (write.scope.lower(), write.role_definition_id.rsplit("/", 1)[-1].lower(), False)
    found = (parse_role_assignment(each) for each in listed)
    return next(
        (each.id for each in found if (each.scope.lower(), each.role_guid, bool(each.condition)) == wanted), None
    )
