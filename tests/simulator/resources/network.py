"""GET, list, PUT, PATCH and DELETE of Microsoft.Network, the same for all its types. No IO."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable

from ..access import action_of, readable, require_link
from ..azure import Azure, ensure_group
from ..errors import (
    Json,
    child_not_found,
    method_not_allowed,
    parent_not_found,
    resource_not_found,
    unknown_type,
)
from ..identifiers import Target, parse
from ..lists import paged
from ..locations import check_location
from ..messages import Request, Response
from ..store import Record
from .network_type import NetworkType
from .preconditions import check_etag, check_pending, check_references
from .registry import NETWORK_TYPES, TOP_LEVEL, etag, render
from .virtual_networks import check_address, usages

_VNET_READS = {"usages": usages, "checkipaddressavailability": check_address}


def serve(azure: Azure, request: Request) -> Response:
    """Answers one request below /providers/Microsoft.Network."""
    target = request.target
    kind = NETWORK_TYPES.get(target.type.lower())
    if kind is None:
        return _serve_below(azure, request)
    if target.is_collection:
        if request.method != "GET":
            raise method_not_allowed(request.method)
        return _list(azure, request, kind)
    match request.method:
        case "GET":
            return _get(azure, request)
        case "PUT":
            return _put(azure, request, kind)
        case "PATCH":
            return _patch(azure, request)
        case "DELETE":
            return _delete(azure, request, kind)
    raise method_not_allowed(request.method)


def _serve_below(azure: Azure, request: Request) -> Response:
    target = request.target
    read = _VNET_READS.get(target.types[-1].lower()) if target.types else None
    if read is None or len(target.types) != 2 or target.types[0].lower() != "virtualnetworks":
        raise unknown_type("/".join(target.types), target.namespace, request.api_version)
    return read(azure, request, _existing(azure, target.parent))


def _existing(azure: Azure, target: Target) -> Record:
    """The record of a target, or the right one of the three kinds of 404."""
    azure.group(target)
    top = azure.store.find(target.top.path)
    if top is None:
        raise resource_not_found(target.top.type_and_names, target.group)
    record = azure.store.find(target.path)
    if record is None:
        raise child_not_found(target.path)
    return record


def _get(azure: Azure, request: Request) -> Response:
    record = _existing(azure, request.target)
    if not request.seeding:
        azure.operations.touch(record.target.top.key)
        record = _existing(azure, request.target)
    body = render(azure, record, request.api_version)
    shows_etag = NETWORK_TYPES[record.type.lower()].has_etag_header
    return Response(body=body, headers={"ETag": etag(azure, record)} if shows_etag else {})


def _list(azure: Azure, request: Request, kind: NetworkType) -> Response:
    target = request.target
    if target.group:
        azure.group(target)
    if kind.is_child:
        parent = _existing(azure, target.parent)
        records = azure.store.of_type(kind.name, parent.id)
    else:
        records = azure.store.of_type(kind.name, target.scope)
        records = readable(azure, request, records, f"{kind.name}/read")
    return paged(azure, request, [render(azure, record, request.api_version) for record in records])


def canonical(target: Target, kind: NetworkType) -> Target:
    """The id as the service writes it: its own casing for type names, the client's for the rest."""
    types = kind.name.split("/")[1:]
    pairs = "/".join(f"{word}/{name}" for word, name in zip(types, target.names, strict=True))
    scope = f"/subscriptions/{target.subscription}/resourceGroups/{target.group}"
    return parse(f"{scope}/providers/Microsoft.Network/{pairs}")


def _put(azure: Azure, request: Request, kind: NetworkType) -> Response:
    target = request.target
    if request.seeding:
        ensure_group(azure, target)
    azure.group(target)
    parent = azure.store.find(target.parent.path) if target.is_child else None
    if target.is_child and parent is None:
        raise parent_not_found(target.parent.name)
    old = azure.store.find(target.path)
    kept = (
        old.target
        if old
        else canonical(target, kind)
        if parent is None
        else parent.target.child(kind.name.rsplit("/", 1)[-1], target.name)
    )
    if not request.seeding:
        check_etag(azure, request, old)
        check_pending(azure, request, kept)
        if not kind.is_child and not kind.is_global:
            check_location(kind.name, target, request.json, old)
    before = _tree(azure, kept)
    with azure.store.transaction():
        written = _compose(azure, request, kind, kept, request.json, old)
        if not request.seeding:
            _validate(azure, request, written)
    after = _tree(azure, kept)
    provisioned = _without_tags(after) != _without_tags(before)
    return _answer_put(azure, request, kept, old, changed=after != before, provisioned=provisioned)


def _validate(azure: Azure, request: Request, written: list[Record]) -> None:
    action = action_of(request, NETWORK_TYPES[request.target.type.lower()].name)
    for record in written:
        kind = NETWORK_TYPES[record.type.lower()]
        for link, linked in kind.links(record):
            require_link(azure, request, action, link, linked)
        check_references(azure, record)
        kind.validate(azure, record)


def _tree(azure: Azure, target: Target) -> Json:
    records = azure.store.all(target.path)
    own = azure.store.find(target.path)
    return {record.key: copy.deepcopy(record.body) for record in ([own] if own else []) + records}


def _without_tags(tree: Json) -> Json:
    """What a PUT has to provision: tags are only noted down, so a PUT that changes no more has nothing to wait for."""
    return {key: {name: value for name, value in body.items() if name != "tags"} for key, body in tree.items()}


def _compose(
    azure: Azure, request: Request, kind: NetworkType, target: Target, sent: Json, old: Record | None
) -> list[Record]:
    """Stores a resource and the children its body embeds; children the body leaves out are deleted, but for those
    that the type keeps where the whole list is missing.
    """
    sent_properties: Json = copy.deepcopy(sent.get("properties") or {})
    body: Json = {name: copy.deepcopy(sent[name]) for name in TOP_LEVEL if sent.get(name) is not None}
    if kind.sku is not None:
        body["sku"] = {**kind.sku, **(body.get("sku") or {})}
    if not kind.is_child:
        default = old.location if old else azure.settings.location
        body["location"] = str(body.get("location") or default).lower().replace(" ", "")
    body["properties"] = _own_properties(request, kind, sent_properties, old)
    record = Record(target, body, state=str(sent_properties.get("provisioningState") or "Succeeded"))
    if not request.seeding:
        record.state = "Succeeded"
    if old is not None:
        record.etag, record.created, record.private = old.etag, old.created, old.private
    azure.store.put(record)
    written = [record]
    for name, child in kind.children.items():
        if name not in sent_properties and (request.seeding or _keeps(azure, kind, name)):
            continue
        written += _compose_children(azure, request, record, child, sent_properties.get(name) or [])
    return written


def _keeps(azure: Azure, kind: NetworkType, name: str) -> bool:
    return name in kind.kept_children or (name == "subnets" and azure.settings.keeps_subnets_left_out)


def _own_properties(request: Request, kind: NetworkType, sent: Json, old: Record | None) -> Json:
    never = {"provisioningState", "resourceGuid", *kind.children, *kind.hidden}
    if not request.seeding:
        never |= kind.read_only
    properties: Json = {**copy.deepcopy(dict(kind.defaults))}
    properties.update({name: value for name, value in sent.items() if name not in never and value is not None})
    if not request.seeding:
        for name, writable in kind.writable.items():
            if name in properties:
                properties[name] = [writable(entry) for entry in properties[name]]
    if old is not None and not request.seeding:
        properties.update({name: old.properties[name] for name in kind.read_only if name in old.properties})
    return properties


def _compose_children(
    azure: Azure, request: Request, parent: Record, child: str, entries: Iterable[Json]
) -> list[Record]:
    kind = NETWORK_TYPES[f"{parent.type}/{child}".lower()]
    existing = {record.name.lower(): record for record in azure.store.children(parent, child)}
    written: list[Record] = []
    for entry in entries:
        old = existing.pop(str(entry["name"]).lower(), None)
        target = old.target if old else parent.target.child(child, str(entry["name"]))
        written += _compose(azure, request, kind, target, entry, old)
    for left_out in existing.values():
        if not request.seeding:
            kind.check_delete(azure, left_out)
        azure.store.remove(left_out.id)
    return written


def _answer_put(
    azure: Azure, request: Request, target: Target, old: Record | None, *, changed: bool, provisioned: bool
) -> Response:
    """`changed` renews the ETag; `provisioned` also takes its time, and renews it once more at the end."""
    record = azure.store.find(target.path)
    assert record is not None
    affected = [record, *azure.store.all(target.path)]
    if changed:
        _renew_etag(azure, target)
    if request.seeding:
        return Response(200 if old else 201, render(azure, record, request.api_version))
    if provisioned:
        _set_state(affected, "Updating")
    operation = azure.start_operation(
        request,
        target,
        "Put",
        lambda: _finish_put(azure, target, affected, provisioned=provisioned),
        lambda: _set_state(affected, "Failed"),
    )
    body = render(azure, record, request.api_version)
    location = _location(azure, target)
    headers = azure.operation_headers(request, target, location, operation)
    azure.settle(operation)
    return Response(200 if old else 201, body, headers)


def _finish_put(azure: Azure, target: Target, affected: list[Record], *, provisioned: bool) -> None:
    _set_state(affected, "Succeeded")
    if provisioned:
        _renew_etag(azure, target)


def _set_state(records: list[Record], state: str) -> None:
    for record in records:
        record.state = state


def _renew_etag(azure: Azure, target: Target) -> None:
    top = azure.store.find(target.top.path)
    if top is not None:
        top.etag = str(uuid.uuid4())


def _location(azure: Azure, target: Target) -> str:
    top = azure.store.find(target.top.path)
    return top.location if top else azure.settings.location


def _patch(azure: Azure, request: Request) -> Response:
    """Only tags: what `az tag` and the Tags API of each type change."""
    record = _existing(azure, request.target)
    record.body["tags"] = dict(request.json.get("tags") or {})
    _renew_etag(azure, record.target)
    return Response(body=render(azure, record, request.api_version))


def _delete(azure: Azure, request: Request, kind: NetworkType) -> Response:
    target = request.target
    azure.group(target)
    if target.is_child and azure.store.find(target.top.path) is None:
        raise resource_not_found(target.top.type_and_names, target.group)
    record = azure.store.find(target.path)
    if record is None:
        return Response(204)
    check_etag(azure, request, record)
    if request.seeding:
        azure.store.remove(record.id)
        return Response(204)
    check_pending(azure, request, record.target)
    if azure.settings.deletes_in_use == "refused":
        kind.check_delete(azure, record)
    record.state = "Deleting"
    location = _location(azure, record.target)

    def finish() -> None:
        kind.check_delete(azure, record)
        azure.store.remove(record.id)
        _renew_etag(azure, record.target)

    operation = azure.start_operation(request, record.target, "Delete", finish, lambda: _set_state([record], "Failed"))
    headers = azure.operation_headers(request, record.target, location, operation, results="operationResults")
    azure.settle(operation)
    return Response(202, None, headers)
