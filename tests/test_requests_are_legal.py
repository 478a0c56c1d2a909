"""Every body that the extension sends, against what Azure's own descriptions know of its type.

The bodies: what `arm.apply` makes of each kind of write, and of every recorded subnet and route table; and all that is
on the cassettes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from ipaddress import IPv4Address
from typing import Any, Final, get_args
from urllib.parse import urlsplit

import pytest

from azext_kubenet.arm.apply import apply_changes
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import (
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
    Write,
    WriteAgain,
    assignment_id,
    least_privilege_role_id,
    least_privilege_role_name,
)
from azext_kubenet.progress import SilentReporter
from tests.api_shapes import CommandModel, Json, Shape, complaints, differences, openapi_shape
from tests.scenarios.base import RECORDINGS
from tests.scenarios.cassette import read_cassette
from tests.test_arm.documents import (
    IDENTITY,
    PRINCIPAL,
    ROLE_ID,
    SUBNET,
    SUBSCRIPTION,
    TABLE,
    identity_document,
    subnet_document,
    table_document,
)
from tests.test_arm.fake import FakeArm
from tests.test_arm.reference import REFERENCE, needs_reference, recorded, type_of

pytestmark = needs_reference

MODELS: Final = {
    "microsoft.authorization/roleassignments": "roleAssignments.2022-04-01",
    "microsoft.managedidentity/userassignedidentities": "userAssignedIdentities.2024-11-30",
    "microsoft.network/routetables": "routeTables.2025-07-01",
    "microsoft.network/routetables/routes": "routes.2021-08-01",
    "microsoft.network/virtualnetworks/subnets": "subnets.2024-07-01",
}
SPECIFICATIONS: Final = {
    "microsoft.authorization/roledefinitions": (
        "authorization/resource-manager/Microsoft.Authorization/preview/2018-01-01-preview/"
        "authorization-RoleDefinitionsCalls.json",
        "RoleDefinition",
    ),
    "microsoft.resourcegraph/resources": (
        "resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/2019-04-01/resourcegraph.json",
        "QueryRequest",
    ),
}
AZURE_CLIS_OWN: Final = "microsoft.containerservice/managedclusters"
"""What `az aks create` sends is made and checked by azure-cli."""

SCOPE: Final = f"/subscriptions/{SUBSCRIPTION}"
TAGS: Final = (("aks-kubenet-prepared-for", "aks"), ("owner", "somebody"))
APPLIANCE: Final = IPv4Address("10.1.9.4")
WRITES: Final[tuple[Write, ...]] = (
    CreateIdentity(id=IDENTITY, location="westeurope", tags=TAGS),
    CreateRouteTable(id=TABLE, location="westeurope", tags=TAGS, default_route_next_hop=APPLIANCE),
    CreateRouteTable(id=TABLE, location="westeurope", tags=(), default_route_next_hop=None),
    CreateRoute(route_table_id=TABLE, name="default", next_hop=APPLIANCE),
    CreateRole(
        id=least_privilege_role_id(SUBSCRIPTION),
        name=least_privilege_role_name(SUBSCRIPTION),
        actions=("Microsoft.Network/routeTables/read",),
        assignable_scope=SCOPE,
    ),
    AssociateRouteTable(subnet_id=SUBNET, route_table_id=TABLE),
    AssociateRouteTable(subnet_id=SUBNET, route_table_id=None, expected=TABLE),
    AssignRole(
        scope=str(TABLE),
        role_definition_id=ROLE_ID,
        role_name="Network Contributor",
        principal_id=PRINCIPAL,
        mark="made by prepare",
    ),
    WriteAgain(id=TABLE),
    WriteAgain(id=TABLE, tags=(("owner", "somebody"),)),
)


@cache
def model(resource_type: str) -> CommandModel:
    return CommandModel(REFERENCE / "aaz" / f"{MODELS[resource_type]}.json")


def known(resource_type: str, *, made: bool) -> tuple[Shape, ...]:
    """What may be sent to a type; `made` by the extension alone, else written back as it was read."""
    if resource_type in MODELS:
        described = model(resource_type)
        return (described.request,) if made else (described.request, described.answer)
    file, definition = SPECIFICATIONS[resource_type]
    return (openapi_shape(REFERENCE / "specs" / "specification" / file, definition),)


def sent_for(write: Write, *documents: Json) -> tuple[str, Json]:
    """The one body that executing a write sends, and the type it goes to."""
    resource_id = str(getattr(write, "id", "")) or assignment_id(str(TABLE), PRINCIPAL, ROLE_ID)
    change = Change(action=Action.UPDATE, resource_type="", resource_id=resource_id, reason="", write=write)
    client = _Azure.of(*documents)
    if isinstance(write, CreateIdentity | CreateRouteTable):
        client.documents.pop(str(write.id).lower(), None)
    apply_changes(client, (change,), {}, SilentReporter())
    (call,) = [call for call in client.calls if call.method == "PUT"]
    assert call.body is not None
    return type_of(call.path), call.body


class _Azure(FakeArm):
    def put(self, path: str, body: Json, **how: Any) -> Json:
        stored = super().put(path, body, **how)
        if path == str(IDENTITY):
            stored |= {"properties": {"principalId": PRINCIPAL, "clientId": PRINCIPAL}}
            self.add(stored)
        return stored


def of_cassettes() -> Iterator[tuple[str, str, str, Any]]:
    """Cassette, method, type and body of everything that is sent with a body."""
    for cassette in sorted(RECORDINGS.glob("*.yaml")):
        for interaction in read_cassette(cassette):
            request = interaction["request"]
            if request["body"]:
                path = urlsplit(request["uri"]).path
                yield cassette.stem, request["method"], type_of(path), json.loads(request["body"])


@pytest.mark.parametrize("write", WRITES, ids=lambda write: type(write).__name__)
def test_body_of_each_write(write: Write) -> None:
    present = {"routeTable": {"id": str(TABLE)}} if getattr(write, "expected", None) else {}
    resource_type, body = sent_for(write, subnet_document(**present), table_document(), identity_document())
    made = not isinstance(write, AssociateRouteTable | WriteAgain)
    assert list(complaints(known(resource_type, made=made), body)) == []


def test_every_kind_of_write_is_covered() -> None:
    assert {type(write) for write in WRITES} == set(get_args(Write)) - {
        DeleteResource,
        AddTags,
    }  # of tags no description is at hand


def test_every_recorded_subnet_is_written_back_legally() -> None:
    found = set()
    for document in recorded("microsoft.network/virtualnetworks/subnets"):
        resource_id = ResourceId.parse(document["id"])
        document["properties"].pop("routeTable", None)
        resource_type, body = sent_for(AssociateRouteTable(subnet_id=resource_id, route_table_id=TABLE), document)
        assert body["properties"]["routeTable"] == {"id": str(TABLE)}
        found |= set(complaints(known(resource_type, made=False), body))
    assert found == set()


def test_every_recorded_route_table_is_written_back_legally() -> None:
    found = set()
    for document in recorded("microsoft.network/routetables"):
        resource_type, body = sent_for(WriteAgain(id=ResourceId.parse(document["id"])), document)
        found |= set(complaints(known(resource_type, made=False), body))
    assert found == set()


def test_every_recorded_request() -> None:
    found, types = set(), set()
    for cassette, method, resource_type, body in of_cassettes():
        types.add(resource_type)
        if resource_type == AZURE_CLIS_OWN:
            continue
        if resource_type.startswith("microsoft.policyinsights/") or resource_type.endswith("/listassociatedresources"):
            assert body == {}
            continue
        shape = known(resource_type, made=False)
        found |= {f"{cassette}: {method} {resource_type} {each}" for each in complaints(shape, body)}
    assert found == set()
    assert {"microsoft.network/virtualnetworks/subnets", "microsoft.authorization/roleassignments"} <= types


@pytest.mark.parametrize(
    ("write", "example", "of"),
    [
        (WRITES[7], "RoleAssignments_CreateForResource.2022-04-01", ("parameters", "parameters")),
        (WRITES[0], "IdentityGet.2024-11-30", ("responses", "200", "body")),
    ],
    ids=["role assignment", "identity"],
)
def test_shape_of_the_official_example(write: Write, example: str, of: tuple[str, ...]) -> None:
    shown: Any = json.loads((REFERENCE / "specs" / "modern-examples" / f"{example}.json").read_text(encoding="utf-8"))
    for name in of:
        shown = shown[name]
    read_only = re.compile(r"\.(id|name|type|properties(\.\w+Id)?|tags\.\w+): in the example only")
    _, body = sent_for(write)
    assert [each for each in differences(shown, body) if not read_only.fullmatch(each)] == []


def test_subnet_of_the_official_example_is_written_back_legally() -> None:
    file = REFERENCE / "specs" / "modern-examples" / "VirtualNetworkGet.2025-05-01.json"
    (subnet, *_) = json.loads(file.read_text(encoding="utf-8"))["responses"]["200"]["body"]["properties"]["subnets"]
    subnet["id"] = str(SUBNET)
    subnet["etag"] = 'W/"1"'  # the example leaves it out; without one nothing is written back
    subnet["properties"].pop("routeTable", None)
    resource_type, body = sent_for(AssociateRouteTable(subnet_id=SUBNET, route_table_id=TABLE), subnet)
    assert list(complaints(known(resource_type, made=False), body)) == []
    assert list(differences(subnet["properties"], body["properties"])) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"adressPrefix": "10.0.0.0/24"}, ".properties.adressPrefix: unknown"),
        ({"addressPrefix": 10}, ".properties.addressPrefix: string expected, 10 sent"),
        ({"delegations": {}}, ".properties.delegations: array expected, {} sent"),
        ({"serviceEndpoints": [{"servce": "Microsoft.Sql"}]}, ".properties.serviceEndpoints[].servce: unknown"),
        ({"defaultOutboundAccess": "no"}, '.properties.defaultOutboundAccess: boolean expected, "no" sent'),
        (
            {"privateEndpointNetworkPolicies": "Sometimes"},
            ".properties.privateEndpointNetworkPolicies: 'Sometimes' is none of "
            "['disabled', 'enabled', 'networksecuritygroupenabled', 'routetableenabled']",
        ),
    ],
)
def test_what_is_illegal_is_found(change: Json, complaint: str) -> None:
    subnet = known("microsoft.network/virtualnetworks/subnets", made=False)
    assert list(complaints(subnet, subnet_document())) == []
    assert list(complaints(subnet, subnet_document(**change))) == [complaint]


def test_missing_fields_are_found() -> None:
    assignment = known("microsoft.authorization/roleassignments", made=True)
    found = list(complaints(assignment, {"properties": {"principalId": "x"}}))
    assert found == [".properties.roleDefinitionId: required, not sent"]
