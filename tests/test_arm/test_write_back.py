"""What is written back equals what was read, but for the one member that is meant and the ETag, which is a header.

The documents are recorded ones, read where they lie, and generated ones: any of Azure's members, members that nobody
knows yet, nulls, empty lists, and names in any casing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from azext_kubenet.arm.parse.networks import parse_subnet
from azext_kubenet.arm.reads import Reads
from azext_kubenet.arm.writes import send
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import (
    Action,
    AssociateRouteTable,
    Change,
    CreateRouteTable,
    Write,
    WriteAgain,
)

from .documents import GATEWAY, GROUP, OTHER_TABLE, SUBNET, TABLE, Json
from .fake import Call, FakeArm, stale
from .reference import needs_reference, recorded

FREE_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=6,
)
READ_OR_WRITTEN = {"id", "name", "etag", "properties", "tags", "routetable", "provisioningstate"}
UNKNOWN = st.dictionaries(
    st.text(max_size=12).filter(lambda name: name.lower() not in READ_OR_WRITTEN).map(lambda name: f"new{name}"),
    FREE_JSON,
    max_size=3,
)
"""Members of api-versions to come."""

SUBNET_PROPERTIES: Json = {
    "addressPrefix": "10.1.0.0/24",
    "addressPrefixes": ["10.1.0.0/24", "fd00::/64"],
    "applicationGatewayIPConfigurations": [{"id": f"{GATEWAY}/gatewayIPConfigurations/g"}],
    "defaultOutboundAccess": False,
    "delegations": [
        {"name": "d", "properties": {"serviceName": "Microsoft.Sql/managedInstances", "actions": ["join"]}}
    ],
    "ipAllocations": [{"id": "/subscriptions/s/allocation"}],
    "ipConfigurations": [{"id": "/subscriptions/s/nic/1"}],
    "ipamPoolPrefixAllocations": [{"numberOfIpAddresses": "16", "pool": {"id": "/subscriptions/s/pool"}}],
    "natGateway": {"id": str(GATEWAY)},
    "networkSecurityGroup": {"id": str(GROUP)},
    "privateEndpointNetworkPolicies": "Disabled",
    "privateLinkServiceNetworkPolicies": "Enabled",
    "provisioningState": "Succeeded",
    "purpose": "PrivateEndpoints",
    "resourceNavigationLinks": [],
    "serviceAssociationLinks": [{"properties": {"link": "/sites/x", "allowDelete": True}}],
    "serviceEndpointPolicies": [{"id": "/subscriptions/s/policy"}],
    "serviceEndpoints": [{"service": "Microsoft.Storage", "locations": ["westeurope", "*"]}],
    "sharingScope": "Tenant",
}
ROUTE: Json = {
    "name": "r",
    "etag": 'W/"5"',
    "properties": {"addressPrefix": "10.8.0.0/16", "nextHopType": "None", "hasBgpOverride": False},
}
TABLE_PROPERTIES: Json = {
    "disableBgpRoutePropagation": True,
    "provisioningState": "Failed",
    "resourceGuid": "g",
    "routes": [ROUTE],
    "subnets": [{"id": str(SUBNET)}],
}


def in_any_casing(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name[:1].upper() + name[1:], name.lower(), name.upper()])


@st.composite
def documents_of(draw: st.DrawFn, resource_id: ResourceId, known: Json) -> Json:
    """A resource with some of what is known, and some that is not."""
    properties = draw(st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in known.items()}))
    top = draw(st.fixed_dictionaries({}, optional={"location": st.just("westeurope"), "zones": st.just(["1"])}))
    return {
        **top,
        **draw(UNKNOWN),
        draw(in_any_casing("etag")): 'W/"1"',
        "id": str(resource_id),
        "name": resource_id.name,
        draw(in_any_casing("properties")): deepcopy({**properties, **draw(UNKNOWN)}),
    }


def full(resource_id: ResourceId, properties: Json) -> Json:
    return {"id": str(resource_id), "name": resource_id.name, "etag": 'W/"1"', "properties": deepcopy(properties)}


SUBNETS = documents_of(SUBNET, SUBNET_PROPERTIES)
TAGGED = documents_of(TABLE, TABLE_PROPERTIES)
ANOTHER: Json = {"id": str(OTHER_TABLE)}
TABLES: tuple[tuple[Json, ResourceId | None], ...] = (
    ({}, TABLE),
    ({"routeTable": None}, TABLE),
    ({"routeTable": ANOTHER}, TABLE),
    ({"RouteTable": ANOTHER}, TABLE),
    ({"routeTable": ANOTHER}, None),
    ({"ROUTETABLE": ANOTHER}, None),
)
"""What a subnet carries, and what it is to carry."""


def key_of(members: Json, name: str) -> str:
    return next((key for key in members if key.lower() == name.lower()), name)


def less_the_etag(document: Json) -> Json:
    return {name: value for name, value in document.items() if name.lower() != "etag"}


def with_table(document: Json, table: Json | None) -> Json:
    """A subnet whose route table is `table`, or that has none."""
    properties = document.get(key_of(document, "properties")) or {}
    others = {name: value for name, value in properties.items() if name.lower() != "routetable"}
    changed = others if table is None else {**others, "routeTable": table}
    return {**document, key_of(document, "properties"): changed}


def exact(value: object) -> str:
    """As text, because to Python 1, 1.0 and True are equal."""
    return json.dumps(value, sort_keys=True)


def written(document: Json, write: Write, *, fake: FakeArm | None = None) -> Call:
    """The PUT for a document that is read as every command reads it."""
    fake = fake or FakeArm.of(document)
    resource_id = ResourceId.parse(document["id"])
    reads = Reads(fake)
    read = reads.resource(resource_id, lambda found: found)
    assert read is not None
    read.call()
    change = Change(action=Action.UPDATE, resource_type="", resource_id=str(resource_id), reason="", write=write)
    before = deepcopy(reads.documents)
    send(fake, change, reads.documents, wait=True)
    assert exact(reads.documents[resource_id]) == exact(before[resource_id]), "what was read stays as it was"
    *_, call = (call for call in fake.calls if call.method == "PUT")
    return call


def associate(table: ResourceId | None, document: Json) -> AssociateRouteTable:
    """Another table, where the present one is the expected one."""
    subnet_id = ResourceId.parse(document["id"])
    return AssociateRouteTable(
        subnet_id=subnet_id, route_table_id=table, expected=parse_subnet(document).route_table_id
    )


def check_association(document: Json, table: ResourceId | None) -> None:
    call = written(document, associate(table, document))
    wanted = with_table(less_the_etag(document), None if table is None else {"id": str(table)})
    assert exact(call.body) == exact(wanted)
    assert (call.path.lower(), call.etag, call.new) == (document["id"].lower(), etag_of(document), False)


def etag_of(document: Json) -> object:
    return document.get(key_of(document, "etag"))


@given(document=SUBNETS, tables=st.sampled_from(TABLES))
@example(document=full(SUBNET, SUBNET_PROPERTIES), tables=TABLES[0])
@settings(deadline=None)
def test_a_subnet_is_written_back_but_for_its_table(document: Json, tables: tuple[Json, ResourceId | None]) -> None:
    present, wanted = tables
    document[key_of(document, "properties")] |= present | {"provisioningState": "Succeeded"}
    check_association(document, wanted)


@given(document=SUBNETS)
@settings(deadline=None)
def test_a_subnet_that_failed_is_written_back_as_it_is(document: Json) -> None:
    document[key_of(document, "properties")] |= {"routeTable": {"id": str(TABLE)}, "provisioningState": "Failed"}
    check_association(document, TABLE)


@given(first=SUBNETS, second=SUBNETS)
@settings(deadline=None)
def test_a_subnet_that_somebody_changed_meanwhile_is_written_back_as_it_is_then(first: Json, second: Json) -> None:
    for document in (first, second):
        document[key_of(document, "properties")]["provisioningState"] = "Updating"
    fake = _Changing(first, second)
    call = written(first, associate(TABLE, first), fake=fake)
    assert exact(call.body) == exact(with_table(less_the_etag(second), {"id": str(TABLE)}))


class _Changing(FakeArm):
    """One in which somebody else is faster than the first PUT."""

    def __init__(self, first: Json, second: Json) -> None:
        super().__init__()
        self.add(first)
        self._second = second
        self.refuse("PUT", first["id"], stale(), times=1)

    def put(self, path: str, body: Json, *, etag: str | None = None, new: bool = False, wait: bool = True) -> Json:
        self.add(self._second)
        return super().put(path, body, etag=etag, new=new, wait=wait)


TAGS = st.dictionaries(st.sampled_from(["Team", "cost", "", "ä b"]), st.text(max_size=4), max_size=3)


def tagged(present: dict[str, str], wanted: dict[str, str]) -> dict[str, str]:
    """What is there stays; what is lacking, in any casing, is added."""
    return {**{name: value for name, value in wanted.items() if name.lower() not in map(str.lower, present)}, **present}


def check_tags(document: Json, tags: dict[str, str]) -> None:
    resource_id = ResourceId.parse(document["id"])
    call = written(document, WriteAgain(id=resource_id, tags=tuple(tags.items())))
    name = key_of(document, "tags")
    present = document.get(name) or {}
    merged = tagged(present, tags)
    wanted = less_the_etag(document) | ({name: merged} if merged != present else {})
    assert exact(call.body) == exact(wanted)
    assert (call.path.lower(), call.etag, call.new) == (document["id"].lower(), etag_of(document), False)


@given(document=TAGGED, name=in_any_casing("tags"), present=st.none() | TAGS, tags=TAGS)
@example(document=full(TABLE, TABLE_PROPERTIES), name="tags", present=None, tags={"cost": "1"})
@example(document=full(TABLE, TABLE_PROPERTIES), name="Tags", present={"Team": "net"}, tags={"cost": "1"})
@settings(deadline=None)
def test_a_table_is_written_back_but_for_the_tags_it_lacks(
    document: Json, name: str, present: dict[str, str] | None, tags: dict[str, str]
) -> None:
    check_tags({**document, name: present}, tags)


@given(document=documents_of(TABLE, TABLE_PROPERTIES))
@settings(deadline=None)
def test_a_table_that_failed_while_it_was_made_is_written_back_as_it_is(document: Json) -> None:
    document[key_of(document, "properties")] |= {"routes": [], "provisioningState": "Failed"}
    fake = FakeArm.of(document)
    fake.refuse("PUT", str(TABLE), stale(), times=1)
    write = CreateRouteTable(id=TABLE, location="westeurope", tags=(), default_route_next_hop=None)
    call = written(document, write, fake=fake)
    assert exact(call.body) == exact(less_the_etag(document))
    assert call.etag == etag_of(document)


@given(first=documents_of(TABLE, TABLE_PROPERTIES), second=documents_of(TABLE, TABLE_PROPERTIES))
@settings(deadline=None, max_examples=30)
def test_a_table_that_somebody_changed_meanwhile_is_written_again_as_it_is_then(first: Json, second: Json) -> None:
    fake = _Changing(first, second)
    call = written(first, WriteAgain(id=TABLE, tags=()), fake=fake)
    assert exact(call.body) == exact(less_the_etag(second))
    assert call.etag == etag_of(second)


def check_recorded_subnet(document: Json) -> None:
    present = parse_subnet(document).route_table_id
    check_association(document, OTHER_TABLE if present == TABLE else TABLE)
    if present is not None:
        check_association(document, None)


@needs_reference
@pytest.mark.parametrize(
    ("resource_type", "least", "check"),
    [
        ("microsoft.network/virtualnetworks/subnets", 50, check_recorded_subnet),
        ("microsoft.network/routetables", 10, lambda document: check_tags(document, {"cost": "1"})),
    ],
)
def test_recorded_documents(resource_type: str, least: int, check: Callable[[Json], None]) -> None:
    documents = list(recorded(resource_type))
    assert len(documents) >= least
    for document in documents:
        check(document)
